"""What a reply loses in this dialect, and the small pieces both encoders write alike."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.wire import seals

REASONS: dict[ir.Reason, str] = {
    "end": "stop",
    "limit": "length",
    "tool_use": "tool_calls",
    "stop": "stop",
    "refusal": "content_filter",
    "pause": "stop",
    "context_full": "length",
    "other": "stop",
}


@define
class ReplyLosses:
    """The losses of a reply so far, and the seals of its thoughts that wait for a call to ride on."""

    found: list[ir.Loss] = field(factory=list)
    waiting: list[tuple[ir.Thinking, ir.Seal]] = field(factory=list)

    def add(self, at: str, what: ir.What, why: str, grade: ir.Grade = "content") -> None:
        self.found.append(ir.Loss(at, what, why, grade))

    def head(self, extra: ir.Opaque | None) -> None:
        for key in extra.value if extra is not None else ():
            self.add(ir.child(extra.at if extra else "", key), "dropped", "this dialect has no such field", "hint")

    def kept(self, opaque: ir.Opaque) -> None:
        self.add(opaque.at, "dropped", "only its own dialect has such an event", "hint")

    def called(self, block: ir.ToolUse) -> str:
        """The id of a call. It carries what clients would not send back by itself: the seals of the thoughts before it,
        and its own."""
        if block.seal is None and not self.waiting:
            return block.id
        riding = [seals.wrap(seal.maker, seal.kind, seal.value, thought.form) for thought, seal in self.waiting]
        self.waiting.clear()
        if block.seal is not None:
            riding.append(seals.wrap(block.seal.maker, block.seal.kind, block.seal.value, "next"))
        return block.id + "".join(riding)

    def thought(self, block: ir.Thinking, seal: ir.Seal | None) -> None:
        """A seal of ours says no more than the field the words stand in; so does an empty one."""
        if seal is not None and seal.maker != DIALECT and seal.value:
            self.waiting.append((block, seal))

    def end(self) -> None:
        """No call has come to carry them."""
        for block, seal in self.waiting:
            self.seal(block, seal)

    def seal(self, block: ir.Block, seal: ir.Seal | None) -> None:
        """A seal that cannot be carried: that of a text, and one that is told when its call is under way."""
        if seal is not None and seal.maker != DIALECT:
            at = getattr(block, "at", "")
            self.add(at, "dropped", f"this dialect cannot carry the {seal.kind} of {seal.maker}", "hint")

    def citation(self, citation: ir.Citation) -> dict[str, Any] | None:
        if citation.url is not None:
            return annotation(citation)
        self.add(citation.at, "dropped", "only citations of web pages can be told", "hint")
        return None

    def says(self, block: ir.Block) -> dict[str, Any] | str:
        """What can be told of a block that is neither text nor reasoning nor a call: fields, or words."""
        if isinstance(block, ir.Opaque) and block.dialect == DIALECT:
            return dict(block.value)
        words = block.says if isinstance(block, ir.Opaque) else None
        self.add(block.at, "changed" if words else "dropped", "this dialect cannot hold such a block")
        return words or {}


def annotation(citation: ir.Citation) -> dict[str, Any]:
    told = {"url": citation.url, "title": citation.title, "start_index": citation.start, "end_index": citation.end}
    return {"type": "url_citation", "url_citation": {key: value for key, value in told.items() if value is not None}}


def finish_reason(finished: ir.Finished, report: ReplyLosses, *, refused: bool) -> str:
    """The word for why it ended. A refusal in words ends like any answer; only a filter has a reason of its own."""
    detail = finished.detail
    if detail is not None and detail.dialect == DIALECT:
        return str(detail.value.get("finish_reason", "stop"))
    if detail is not None:
        report.add(detail.at, "dropped", "this dialect gives no details of an end", "hint")
    if finished.stop is not None:
        report.add("", "dropped", "this dialect does not tell which stop sequence was hit", "hint")
    return "stop" if refused and finished.reason == "refusal" else REASONS[finished.reason]
