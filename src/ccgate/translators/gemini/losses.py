"""What a request loses on its way into this dialect, each thing once."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.policy.losses import strange
from ccgate.translators.gemini.fields import DIALECT

HINTS = frozenset(
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


@define
class Losses:
    """The losses so far."""

    found: list[ir.Loss] = field(factory=list)

    def add(self, at: str, what: ir.What, why: str, grade: ir.Grade = "content") -> None:
        self.found.append(ir.Loss(at, what, why, grade))

    def own(self, node: ir.Node) -> dict[str, Any]:
        """What is left over of a node that was read in this dialect; a stranger's fields are lost."""
        extra = node.extra
        if extra is None:
            return {}
        if extra.dialect == DIALECT:
            return dict(extra.value)
        self.found += strange(extra, node.at, HINTS)
        return {}

    def mark(self, block: ir.Block | ir.AnyTool) -> None:
        """Cache breakpoints: prompts are cached without them."""
        if getattr(block, "mark", None) is not None:
            at = block.place("mark") if isinstance(block, ir.Node) else block.at
            self.add(at, "dropped", "prompts are cached without marks", "hint")

    def signature(self, block: ir.Text | ir.ToolUse | ir.Thinking) -> dict[str, Any]:
        """A seal of this dialect, where it stood; another's only its maker may see."""
        seal = block.seal
        if seal is None or (seal.maker == DIALECT and not seal.value):
            return {}
        if seal.maker == DIALECT:
            return {"thoughtSignature": seal.value}
        self.add(block.place("seal"), "dropped", f"only {seal.maker} can read its {seal.kind}", "hint")
        return {}


def merged(target: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """`target` with what was left over when it was read, put back where it stood."""
    for key, value in extra.items():
        here = target.get(key)
        target[key] = merged(dict(here), value) if isinstance(here, dict) and isinstance(value, dict) else value
    return target
