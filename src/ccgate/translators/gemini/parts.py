"""Parts of a content, read: text, thoughts, calls and their responses, media, and what only this dialect has.

https://ai.google.dev/api/caching#Part. A part holds one kind of data, and beside it a thought signature, which goes
back with exactly that part. Thoughts always have a seal, an empty one where there is no signature: it says whose they
are, and so where they may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from attrs import define, field

from ccgate import ir
from ccgate.translators.gemini.fields import DIALECT, Fields, objects
from ccgate.translators.gemini.names import UNNAMED
from ccgate.wire import jsontext

SEAL = "thought_signature"
SPELLED = {"seal": "thoughtSignature"}
WORDS = ("output", "error", "result")
"""Keys of a function's response that hold all of it."""

OWN_FILES = ("https://generativelanguage.googleapis.com/", "gs://")

MediaKind = Literal["image", "document", "audio", "video"]


def kind_of(media_type: str) -> MediaKind:
    head = media_type.partition("/")[0]
    kinds: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}
    return kinds.get(head, "document")


def seal_of(value: ir.JSON) -> ir.Seal | None:
    return ir.Seal(DIALECT, SEAL, value) if isinstance(value, str) and value else None


@define
class Conversation:
    """The parts so far: calls that have no answer yet, as name and id."""

    open: list[tuple[str, str]] = field(factory=list)

    def part(self, part: Fields, raw: ir.JSON, place: tuple[int, int]) -> ir.Block:
        """One part. What has no word goes home as it came."""
        for name, read in READERS.items():
            if part.get(name) is not None:
                block = read(self, part, place)
                if block is not None:
                    return block
                return ir.Opaque(DIALECT, raw, at=part.at)
        seal = self._seal(part)
        if seal is not None and not part.rest:
            return ir.Text("", seal=seal, at=part.at, spelled=SPELLED)
        return ir.Opaque(DIALECT, raw, says(raw), at=part.at)

    def text(self, part: Fields, place: tuple[int, int]) -> ir.Block | None:
        del place
        text = part.text("text")
        if text is None:
            return None
        seal = self._seal(part)
        if part.get("thought") is True:
            part.take("thought", bool)
            seal = seal or ir.Seal(DIALECT, SEAL, "")
            parts = (text,) if text else ()
            return ir.Thinking(parts, "summary", seal, at=part.at, extra=part.extra, spelled=SPELLED)
        return ir.Text(text, seal=seal, at=part.at, extra=part.extra, spelled=SPELLED)

    def call(self, part: Fields, place: tuple[int, int]) -> ir.Block | None:
        if not isinstance(part.get("functionCall"), dict):
            return None
        call = part.inner("functionCall")
        name = call.need("name")
        arguments = call.take("args", dict)
        id_ = call.text("id") or f"{UNNAMED}{place[0]}_{place[1]}"
        self.open.append((name, id_))
        words = "{}" if arguments is None else jsontext.dump(arguments).decode()
        return ir.ToolUse(id_, name, words, seal=self._seal(part), at=part.at, extra=part.extra, spelled=SPELLED)

    def response(self, part: Fields, place: tuple[int, int]) -> ir.Block | None:
        if not isinstance(part.get("functionResponse"), dict):
            return None
        told = part.inner("functionResponse")
        name = told.need("name")
        id_ = self._answered(name, told.text("id")) or f"{UNNAMED}{place[0]}_{place[1]}"
        at = told.place("response")
        response = told.take("response", dict) or {}
        blocks = [*_said(response, at), *self._media(told)]
        error = bool(response.get("error"))
        return ir.ToolResult(id_, tuple(blocks), error, name, at=part.at, extra=part.extra)

    def _answered(self, name: str, id_: str | None) -> str | None:
        """The id of the call this answers: the one it names, else the first open one of that name."""
        if id_:
            self.open = [each for each in self.open if each[1] != id_]
            return id_
        found = next((each for each in self.open if each[0] == name), None)
        if found is None:
            return None
        self.open.remove(found)
        return found[1]

    def _media(self, told: Fields) -> list[ir.Block]:
        at = told.place("parts")
        parts = told.take("parts", list) or []
        return [self.part(each, parts[n], (0, n)) for n, each in enumerate(objects(parts, at))]

    def inline(self, part: Fields, place: tuple[int, int]) -> ir.Block | None:
        del place
        blob = part.inner("inlineData")
        media_type, data = blob.text("mimeType"), blob.text("data")
        if media_type is None or data is None:
            return None
        return ir.Media(kind_of(media_type), ir.Inline(media_type, data), at=part.at, extra=_hint(part))

    def file(self, part: Fields, place: tuple[int, int]) -> ir.Block | None:
        del place
        held = part.inner("fileData")
        uri, media_type = held.text("fileUri"), held.get("mimeType")
        if uri is None:
            return None
        source = ir.File(uri, DIALECT) if uri.startswith(OWN_FILES) else ir.Url(uri)
        kind = kind_of(media_type) if isinstance(media_type, str) else "document"
        return ir.Media(kind, source, at=part.at, extra=_hint(part))

    @staticmethod
    def _seal(part: Fields) -> ir.Seal | None:
        value = part.get("thoughtSignature")
        if isinstance(value, str) and value:
            part.text("thoughtSignature")
        return seal_of(value)


READERS: dict[str, Callable[[Conversation, Fields, tuple[int, int]], ir.Block | None]] = {
    "text": Conversation.text,
    "functionCall": Conversation.call,
    "functionResponse": Conversation.response,
    "inlineData": Conversation.inline,
    "fileData": Conversation.file,
}


def _hint(part: Fields) -> ir.Opaque | None:
    """What is left over of a part with media only says how to look at it."""
    left = part.left
    return ir.Opaque(DIALECT, left, at=part.at, grade="hint") if left else None


def _said(response: dict[str, Any], at: str) -> list[ir.Block]:
    """The words of a response; of one that is more than words, its JSON. `at` tells the writer which."""
    if not response:
        return []
    key, value = next(iter(response.items()))
    if len(response) == 1 and key in WORDS and isinstance(value, str):
        return [ir.Text(value, at=ir.child(at, key))] if value else []
    return [ir.Text(jsontext.dump(response).decode(), at=at)]


def says(part: Mapping[str, Any]) -> str | None:
    """What a stranger may read of a part that only this dialect has: code that was run, and what came of it."""
    for key, inner in (("executableCode", "code"), ("codeExecutionResult", "output")):
        held = part.get(key)
        words = held.get(inner) if isinstance(held, dict) else None
        if isinstance(words, str) and words:
            return words
    return None
