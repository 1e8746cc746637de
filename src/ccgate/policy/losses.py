"""How the unknown fields of a stranger are told, whatever the dialect: each once, and not once in every message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import attrs
from attrs import define, field

from ccgate import ir

UNKNOWN: Final = "only the caller's dialect knows it"

HINTS: Final = frozenset(
    {
        "betas",
        "cache_control",
        "caller",
        "citations",
        "client_metadata",
        "context_management",
        "defer_loading",
        "id",
        "include",
        "metadata",
        "prompt_cache_breakpoint",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "status",
        "store",
        "stream_options",
    }
)
"""Fields that change no answer, whatever dialect they come from."""


def strange(extra: ir.Opaque, at: str, hints: Collection[str]) -> Iterator[ir.Loss]:
    """One loss for each field that only another dialect knows, of a node at `at`. A null says nothing.

    How much is lost is what the dialect itself says of it; else a hint for those in `hints`, a setting for others.
    """
    for key, value in extra.value.items():
        if value is not None:
            grade = extra.grade_of(key) or ("hint" if key in hints else "setting")
            yield ir.Loss(ir.child(extra.at or at, key), "dropped", UNKNOWN, grade)


def summed(losses: Iterable[ir.Loss]) -> tuple[ir.Loss, ...]:
    """The losses, with each unknown field that is no more than a hint told once: where it was first, and how many
    more there are. In a long conversation each message has an id."""
    losses = tuple(losses)
    counts = Counter(_field(loss) for loss in losses if _repeats(loss))
    out = []
    for loss in losses:
        count = counts.pop(_field(loss), 0) if _repeats(loss) else 1
        if count:
            out.append(loss if count == 1 else attrs.evolve(loss, why=f"{loss.why} (and {count - 1} more)"))
    return tuple(out)


def _repeats(loss: ir.Loss) -> bool:
    return loss.grade == "hint" and loss.why == UNKNOWN


def _field(loss: ir.Loss) -> str:
    return loss.at.rpartition("/")[2]


@define
class Losses:
    """What a request loses on its way into `dialect`, each thing once; `found` so far."""

    dialect: str
    found: list[ir.Loss] = field(factory=list)

    def add(self, at: str, what: ir.What, why: str, grade: ir.Grade = "content") -> None:
        self.found.append(ir.Loss(at, what, why, grade))

    def own(self, node: ir.Node) -> dict[str, Any]:
        """What is left over of a node that was read in this dialect; a stranger's fields are lost."""
        extra = node.extra
        if extra is None:
            return {}
        if extra.dialect == self.dialect:
            return dict(extra.value)
        self.found += strange(extra, node.at, HINTS)
        return {}

    def mark(self, block: ir.Block | ir.AnyTool) -> None:
        """Cache breakpoints: prompts are cached without them."""
        if getattr(block, "mark", None) is not None:
            at = block.place("mark") if isinstance(block, ir.Node) else block.at
            self.add(at, "dropped", "prompts are cached without marks", "hint")

    def seal(self, block: ir.Text | ir.ToolUse | ir.Thinking) -> None:
        """Seals: only their maker may see them."""
        if block.seal is not None:
            self.add(block.place("seal"), "dropped", f"only {block.seal.maker} can read its {block.seal.kind}", "hint")
