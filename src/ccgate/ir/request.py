"""What a caller asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import frozen

from ccgate.ir.base import JSON, Node
from ccgate.ir.content import AnyTool, Block, Parts, ToolResult


@frozen
class Reasoning(Node):
    """How hard to think. All None: the model's own default.

    `mode`: "off"; "adaptive" (the model decides); "budget" (up to `budget` tokens); "between_tools"; None: only an
    effort was named. `effort` is one of none, minimal, low, medium, high, xhigh, max, or a word we do not know.
    `show` is what the caller wants to see of it: omitted, updates, summarized, auto, concise, detailed ...
    """

    mode: Literal["off", "adaptive", "budget", "between_tools"] | None = None
    effort: str | None = None
    budget: int | None = None
    show: str | None = None


@frozen
class Turn(Node):
    """One message. System and developer turns may stand anywhere; `reasoning` holds from here on."""

    role: Literal["system", "developer", "user", "assistant"]
    blocks: tuple[Block, ...] = ()
    reasoning: Reasoning | None = None
    phase: str | None = None


@frozen
class Choice(Node):
    """Which tools the model must, may or must not call. `parallel` False: one call at a time."""

    mode: Literal["auto", "any", "none", "named"] = "auto"
    names: tuple[str, ...] = ()
    parallel: bool | None = None


@frozen
class Format(Node):
    """What the answer must look like."""

    kind: Literal["text", "json", "json_schema"] = "text"
    name: str | None = None
    schema: Mapping[str, JSON] | None = None
    strict: bool | None = None
    description: str | None = None
    verbosity: str | None = None


@frozen
class Sampling(Node):
    """How the next token is drawn. None: the provider's default."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None


@frozen
class Limits(Node):
    """`output`: tokens the answer may have, reasoning included."""

    output: int | None = None


@frozen(kw_only=True)
class Request(Node):
    """One request for one answer.

    The system prompt is the leading system turn. `stream` is how the caller wants the answer; `cache_key` groups
    requests that share a prefix; `session` names the conversation; `user` is the end user as the caller names them.
    """

    model: str
    turns: tuple[Turn, ...]
    tools: tuple[AnyTool, ...] = ()
    choice: Choice | None = None
    reasoning: Reasoning | None = None
    format: Format | None = None
    sampling: Sampling = Sampling()
    limits: Limits = Limits()
    stop: tuple[str, ...] = ()
    cache_key: str | None = None
    tier: str | None = None
    session: str | None = None
    user: str | None = None
    stream: bool = False


def blocks(request: Request) -> Iterator[Block]:
    """Every block of every turn, those inside tool results and documents too, in the order they stand."""
    for turn in request.turns:
        for block in turn.blocks:
            yield from inside(block)


def inside(block: Block) -> Iterator[Block]:
    """The block, then those within it."""
    yield block
    nested: tuple[Block, ...] = ()
    if isinstance(block, ToolResult):
        nested = block.blocks
    elif isinstance(source := getattr(block, "source", None), Parts):
        nested = source.blocks
    for each in nested:
        yield from inside(each)
