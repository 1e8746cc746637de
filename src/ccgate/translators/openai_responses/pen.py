"""What a writer of this dialect does with what is not its own: it writes what is, and tells of the rest once."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.policy.losses import UNKNOWN, strange
from ccgate.translators.openai_responses.fields import DIALECT

HINTS = frozenset(
    {
        "betas",
        "cache_control",
        "caller",
        "citations",
        "client_metadata",
        "context_management",
        "created_by",
        "defer_loading",
        "id",
        "include",
        "metadata",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "status",
        "store",
        "stream_options",
        "type",
    }
)
"""Fields that say nothing about the answer, whoever's they are."""


@define
class Pen:
    """The losses of one request, as they are found."""

    losses: list[ir.Loss] = field(factory=list)

    def lose(self, at: str, why: str, grade: ir.Grade = "content", what: ir.What = "dropped") -> None:
        self.losses.append(ir.Loss(at, what, why, grade))

    def back(self, written: dict[str, Any], node: ir.Node) -> dict[str, Any]:
        """`written`, with what was left over when the node was read. A null takes back what we would write."""
        extra = node.extra
        if extra is None:
            return written
        if extra.dialect != DIALECT:
            self.losses += strange(extra, node.at, HINTS)
            return written
        for key, value in extra.value.items():
            if value is None and key in written:
                del written[key]
            else:
                written[key] = value
        return written

    def own(self, node: ir.Node) -> dict[str, Any]:
        """What was left over of a node, if it was ours."""
        return node.extra.value if node.extra is not None and node.extra.dialect == DIALECT else {}

    def stranger(self, opaque: ir.Opaque) -> None:
        """Content of another dialect: at most its words are shown."""
        shown = opaque.says is not None
        what: ir.What = "changed" if shown else "dropped"
        self.lose(opaque.at, UNKNOWN, opaque.grade or "content", what)

    def seal(self, seal: ir.Seal | None, at: str) -> str | None:
        """What may be handed back to its maker: nothing of another's."""
        if seal is None or seal.maker == DIALECT:
            return None if seal is None else seal.value
        if seal.value:  # an empty one only says whose the thought is
            self.lose(at, "only its maker may see it", "hint")
        return None
