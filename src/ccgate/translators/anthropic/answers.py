"""What a reply is made of, in the words of this dialect: message, blocks, ending. Shared by both encoders."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import define, field

from ccgate import ir
from ccgate.translators.anthropic.decoder import REASONS
from ccgate.translators.anthropic.fields import DIALECT
from ccgate.translators.anthropic.names import tool_name
from ccgate.translators.anthropic.pen import arguments, citation
from ccgate.translators.anthropic.usage import write_usage
from ccgate.wire import seals

WORDS: Final = {reason: word for word, reason in REASONS.items()}


def fresh() -> str:
    """An id that nobody has."""
    return secrets.token_hex(12)


@define(eq=False)
class Answer:
    """One reply under way. `losses` is what of it could not be said."""

    fresh: Callable[[], str] = fresh
    losses: list[ir.Loss] = field(factory=list)
    called: bool = False
    """A tool was called."""
    _ids: set[str] = field(factory=set)

    def lose(self, at: str, why: str, grade: ir.Grade = "content", *, shown: bool = False) -> None:
        self.losses.append(ir.Loss(at, "changed" if shown else "dropped", why, grade))

    def put(self, extra: ir.Opaque | None, at: str, out: dict[str, Any]) -> dict[str, Any]:
        """Our own unknown fields; those of a stranger are lost."""
        if extra is not None and extra.dialect == DIALECT:
            out.update((key, value) for key, value in extra.value.items() if key not in out)
        elif extra is not None:
            for key in extra.value:
                self.lose(ir.child(extra.at or at, key), "only its own dialect knows this field", "hint")
        return out

    def message(self, start: ir.Started) -> dict[str, Any]:
        """The message before anything is said; content, stop reason and usage are still to come."""
        name = start.id or self.fresh()
        out: dict[str, Any] = {
            "id": name if name.startswith("msg_") else f"msg_{name}",
            "type": "message",
            "role": "assistant",
            "model": start.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": write_usage(None),
        }
        return self.put(start.extra, "", out)

    def call(self, block: ir.ToolUse) -> dict[str, Any]:
        """A call without its input. Its id is kept; an empty or repeated one would break the pairing."""
        self.called = True
        name = block.id
        if not name or name in self._ids:
            name = f"toolu_{self.fresh()}"
        self._ids.add(name)
        out = {"type": "tool_use", "id": name, "name": tool_name(block.name, block.namespace), "input": {}}
        return self.put(block.extra, block.at, out)

    def opened(self, block: ir.Text | ir.Thinking) -> dict[str, Any]:
        """A block of words, still empty."""
        out: dict[str, Any] = {"type": "text", "text": ""}
        if isinstance(block, ir.Thinking):
            out = {"type": "thinking", "thinking": "", "signature": ""}
        return self.put(block.extra, block.at, out)

    def signature(self, block: ir.Thinking, seal: ir.Seal | None) -> str:
        """Our own signature as it is; the seal of another provider rides in its place. Empty when there is none."""
        if seal is None or seal.maker == DIALECT:
            return seal.value if seal else ""
        return seals.wrap(seal.maker, seal.kind, seal.value, block.form)

    def carrier(self, seal: ir.Seal, of: seals.Of) -> dict[str, Any]:
        """A thinking block without words, which carries the seal of a block that has no place for one."""
        signature = seals.wrap(seal.maker, seal.kind, seal.value, of)
        return {"type": "thinking", "thinking": "", "signature": signature}

    def citation(self, cited: ir.Citation) -> dict[str, Any] | None:
        """A citation; one from elsewhere that has a URL is told as a search result."""
        if cited.extra is not None and cited.extra.dialect == DIALECT:
            return citation(cited)
        self.put(cited.extra, cited.at, {})
        if cited.url is None:
            self.lose(cited.at, "a citation without a URL has no form here", "hint")
            return None
        return {
            "type": "web_search_result_location",
            "cited_text": cited.text or "",
            "url": cited.url,
            "title": cited.title,
            "encrypted_index": "",
        }

    def ending(self, end: ir.Finished) -> tuple[str, dict[str, Any]]:
        """The stop reason, and what else our own dialect said of the end."""
        detail: dict[str, Any] = {}
        if end.detail is not None and end.detail.dialect == DIALECT:
            detail = dict(end.detail.value)
        elif end.detail is not None:
            self.lose(end.detail.at, "only its own dialect knows how this ended", "hint")
        word = detail.pop("stop_reason", None) or WORDS.get(end.reason, "end_turn")
        if end.reason in {"end", "other"} and word == "end_turn" and self.called:
            word = "tool_use"
        return word, detail

    def content(self, blocks: Sequence[ir.Block]) -> list[dict[str, Any]]:
        """The blocks of a whole answer; in front of each that has a seal, what carries it."""
        out: list[dict[str, Any]] = []
        for block in blocks:
            written = self.whole(block)
            if isinstance(block, ir.Text | ir.ToolUse) and block.seal is not None and not silent(block.seal):
                out.append(self.carrier(block.seal, "text" if written is None else "next"))
            if written is not None:
                out.append(written)
        return out

    def whole(self, block: ir.Block) -> dict[str, Any] | None:
        """A block in one piece; None for one that says nothing here."""
        match block:
            case ir.Text():
                return self._text(block)
            case ir.Thinking():
                return self._thinking(block)
            case ir.ToolUse():
                return self._call(block)
            case ir.Opaque():
                return self._opaque(block)
        self.put(block.extra, block.at, {})
        kind = block.kind if isinstance(block, ir.Media) else type(block).__name__
        self.lose(block.at, "an answer cannot hold this here", shown=True)
        return {"type": "text", "text": f"[{kind}: left out]"}

    def _text(self, block: ir.Text) -> dict[str, Any] | None:
        citations = [each for each in map(self.citation, block.citations) if each]
        if not block.text and not citations:
            return None
        out = {**self.opened(block), "text": block.text}
        return {**out, "citations": citations} if citations else out

    def _thinking(self, block: ir.Thinking) -> dict[str, Any] | None:
        signature = self.signature(block, block.seal)
        words = "" if block.form == "redacted" else "\n\n".join(block.parts)
        if silent(block.seal) and not words:
            return None
        if redacted(block, block.seal):
            return self.put(block.extra, block.at, {"type": "redacted_thinking", "data": signature})
        return {**self.opened(block), "thinking": words, "signature": signature}

    def _call(self, block: ir.ToolUse) -> dict[str, Any]:
        value, broken = arguments(block)
        if broken:
            self.lose(block.at, "the arguments are not a JSON object; shown as its `input`", shown=True)
        return {**self.call(block), "input": value}

    def _opaque(self, block: ir.Opaque) -> dict[str, Any] | None:
        if block.dialect == DIALECT:
            return dict(block.value)
        self.lose(block.at, "only its own dialect knows this block", shown=block.says is not None)
        return None if block.says is None else {"type": "text", "text": block.says}


def silent(seal: ir.Seal | None) -> bool:
    """Whether the seal tells nothing that must come back. An empty one only says whose words these are."""
    return seal is None or not seal.value


def redacted(block: ir.Thinking, seal: ir.Seal | None) -> bool:
    """Whether this dialect has its own block for it."""
    return block.form == "redacted" and seal is not None and seal.maker == DIALECT
