"""The answer of one candidate while it grows, from the parts of chunks or of a document that came whole.

Theory. Text and thoughts grow: parts of the same kind that follow each other are one block. A part with a thought
signature is a block of its own, since the signature must go back with exactly that part; often its text is empty. A
call comes whole, and so does everything else. At most one block is open, and none behind a whole one.

Calls often have no id. One is made of the reply's id, the place of the call and what it says: always the same, and
unlikely to meet another's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.names import Restored, digest
from ccgate.translators.gemini.parts import SEAL, kind_of, says
from ccgate.wire import jsonstring, jsontext


def words(source: dict[str, Any], key: str) -> str:
    """A string that may be missing or null."""
    value = source.get(key)
    if value is None or isinstance(value, str):
        return value or ""
    raise MalformedReply(f"{key} is not a string")


def an_object(source: dict[str, Any], key: str) -> dict[str, Any]:
    """An object that may be missing or null."""
    value = source.get(key)
    if value is None or isinstance(value, dict):
        return value or {}
    raise MalformedReply(f"{key} is not an object")


def a_list(source: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects that may be missing or null."""
    value = source.get(key)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return value
    raise MalformedReply(f"{key} is not a list of objects")


@define
class Growth:
    """The blocks of one answer, as events."""

    restored: Restored = field(factory=dict)
    reply: str = ""
    """The id of the reply."""
    blocks: int = 0
    open: int | None = None
    thinking: bool = False
    calls: int = 0
    ids: set[str] = field(factory=set)

    def part(self, part: dict[str, Any], out: list[ir.Event]) -> None:
        """The events of one part."""
        for key, grow in KINDS.items():
            if part.get(key) is not None:
                grow(self, part, out)
                return
        if part.get("thoughtSignature"):
            self.text({**part, "text": ""}, out)
        elif part:
            self.whole(ir.Opaque(DIALECT, part, says(part)), out)

    def end(self, out: list[ir.Event]) -> None:
        """What was open is complete."""
        if self.open is not None:
            if self.thinking:  # the seal says where it came from: only there it may be sent again
                out.append(ir.Delta(self.open, ir.Seal(DIALECT, SEAL, "")))
            out.append(ir.Closed(self.open))
            self.open = None

    def text(self, part: dict[str, Any], out: list[ir.Event]) -> None:
        said, seal = words(part, "text"), words(part, "thoughtSignature")
        thinking = part.get("thought") is True
        if seal:
            self._sealed(said, seal, out, thinking=thinking)
        elif said:
            if self.open is None or self.thinking is not thinking:
                self.end(out)
                self.open = self._open(ir.Thinking((), "summary") if thinking else ir.Text(""), out)
                self.thinking = thinking
            out.append(ir.Delta(self.open, said))

    def _sealed(self, said: str, seal: str, out: list[ir.Event], *, thinking: bool) -> None:
        self.end(out)
        own = ir.Seal(DIALECT, SEAL, seal)
        index = self._open(ir.Thinking((), "summary", own) if thinking else ir.Text("", seal=own), out)
        if said:
            out.append(ir.Delta(index, said))
        out.append(ir.Closed(index))

    def call(self, part: dict[str, Any], out: list[ir.Event]) -> None:
        called = an_object(part, "functionCall")
        sent = words(called, "name")
        if not sent:
            raise MalformedReply("a function call without a name")
        arguments = an_object(called, "args")
        name, namespace, free = self.restored.get(sent, (sent, None, False))
        text = jsontext.dump(arguments).decode()
        id_ = self._id(words(called, "id"), sent + text)
        if free:
            told = arguments.get(jsonstring.KEY)
            text = told if isinstance(told, str) else text
        self.end(out)
        signature = words(part, "thoughtSignature")
        # The seal is told at once: some clients are given it with the head of a call, or not at all.
        seal = ir.Seal(DIALECT, SEAL, signature) if signature else None
        index = self._open(ir.ToolUse(id_, name, "", namespace, "text" if free else "json", seal), out)
        if text:
            out.append(ir.Delta(index, text))
        out.append(ir.Closed(index))

    def _id(self, told: str, said: str) -> str:
        n, self.calls = self.calls, self.calls + 1
        id_ = f"call_{digest(f'{self.reply} {n} {said}')[:24]}" if not told or told in self.ids else told
        self.ids.add(id_)
        return id_

    def media(self, part: dict[str, Any], out: list[ir.Event]) -> None:
        """An image or a sound that the model made."""
        blob = an_object(part, "inlineData")
        media_type = words(blob, "mimeType")
        plain = part.keys() == {"inlineData"} and blob.keys() == {"mimeType", "data"}
        if plain and media_type:
            self.whole(ir.Media(kind_of(media_type), ir.Inline(media_type, words(blob, "data"))), out)
        else:
            self.whole(ir.Opaque(DIALECT, part), out)

    def whole(self, block: ir.Block, out: list[ir.Event]) -> None:
        self.end(out)
        out.append(ir.Closed(self._open(block, out)))

    def _open(self, block: ir.Block, out: list[ir.Event]) -> int:
        index, self.blocks = self.blocks, self.blocks + 1
        out.append(ir.Opened(index, block))
        return index


KINDS: dict[str, Callable[[Growth, dict[str, Any], list[ir.Event]], None]] = {
    "text": Growth.text,
    "functionCall": Growth.call,
    "inlineData": Growth.media,
}
