"""A reply, as a sequence of events. One that came whole is a sequence that arrived at once.

    Started (Opened Delta* Closed | Metered | Kept)* Finished (Metered | Kept)*      or, at any point, Failed

Several blocks may be open at once; each has an index of its own, never used twice. Text, tool calls and thinking
grow by deltas; everything else is complete in its `Opened`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from ccgate.ir.base import Opaque, Seal
from ccgate.ir.content import Block, Citation
from ccgate.ir.failure import Failure


@frozen(kw_only=True)
class Usage:
    """Tokens so far: cumulative, and the buckets never overlap. The whole prompt is input + cache_read + cache_write;
    `reasoning` is the one that lies within another: it is part of `output`."""

    input: int = 0
    cache_read: int = 0
    cache_write: Mapping[str, int] = field(factory=dict)
    """By time to live: {"5m": 12, "1h": 0}."""
    output: int = 0
    reasoning: int = 0
    hosted: Mapping[str, int] = field(factory=dict)
    """Calls of tools that the provider ran, by kind."""
    tier: str | None = None
    estimated: bool = False
    """True where the upstream said nothing and we counted ourselves."""

    @property
    def prompt(self) -> int:
        """All tokens of the prompt, cached or not."""
        return self.input + self.cache_read + sum(self.cache_write.values())


Reason = Literal["end", "limit", "tool_use", "stop", "refusal", "pause", "context_full", "other"]


@frozen
class Started:
    """The reply has begun. `model` is the name the provider gives."""

    id: str
    model: str
    extra: Opaque | None = None


@frozen
class Opened:
    """A block begins, empty if it is one that grows."""

    index: int
    block: Block


@frozen
class Break:
    """The next paragraph of a thinking block begins."""


Piece = str | Break | Seal | Citation


@frozen
class Delta:
    """More of block `index`."""

    index: int
    piece: Piece


@frozen
class Closed:
    """Block `index` is complete."""

    index: int


@frozen
class Metered:
    """Tokens so far. A later one replaces an earlier one."""

    usage: Usage


@frozen
class Finished:
    """The answer is complete. `stop` is the stop sequence that was hit, `detail` what else the provider says of it."""

    reason: Reason
    stop: str | None = None
    detail: Opaque | None = None


@frozen
class Failed:
    """The reply ends here, unfinished."""

    failure: Failure


@frozen
class Kept:
    """An event that only one dialect knows."""

    opaque: Opaque


Event = Started | Opened | Delta | Closed | Metered | Finished | Failed | Kept
