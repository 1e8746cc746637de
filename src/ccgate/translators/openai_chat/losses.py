"""What a request loses on its way into this dialect, each thing once."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.policy.losses import strange
from ccgate.translators.openai_chat.fields import DIALECT

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

    def seal(self, block: ir.Text | ir.ToolUse) -> None:
        """Seals: only their maker may see them."""
        if block.seal is not None:
            self.add(block.place("seal"), "dropped", f"only {block.seal.maker} can read its {block.seal.kind}", "hint")
