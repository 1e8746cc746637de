"""The answer of one choice while it grows, from the deltas of a stream or from a message that came whole.

Theory. Three kinds of things grow: reasoning, text, and calls. At most one reasoning block and one text block are open;
they close when another kind begins. Calls stay open until the end, since their pieces may come in any order.

    reasoning   opens on reasoning words; closed by text, by a call, by the end
    text        opens on words; closed by reasoning, by a call, by a change between words and refusal, by the end
    call        opens once its name is known; closed by the end

A piece of a call belongs to the call of its `index`; a new id under the same index begins a new call. Where there is
no index, the id tells, and without an id it goes on with the last call. Ids that are missing or used twice are replaced
by one made of the reply's id and the place of the call: always the same, and unlikely to meet another's.
"""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.translators.openai_chat.messages import CALLS, REASONING_FIELDS
from ccgate.translators.openai_chat.names import Own, digest
from ccgate.wire import jsontext
from ccgate.wire.jsonstring import FreeText

Restored = dict[str, Own]


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
class Call:
    """One call. `block` is None until its name is known; what comes before is held."""

    n: int
    id: str
    told: str
    """The id as the upstream told it; empty while it has not."""
    block: int | None = None
    held: str = ""
    free: FreeText | None = None
    """What reads free text out of arguments that had to be JSON."""

    def tell(self, said: str, out: list[ir.Event], *, last: bool = False) -> None:
        """More of the arguments of an open call."""
        if self.free is not None:
            said = self.free.feed(said) + (self.free.close() if last else "")
        if said and self.block is not None:
            out.append(ir.Delta(self.block, said))


@define
class Growth:
    """The blocks of one answer, as events."""

    reply: str = ""
    """The id of the reply."""
    restored: Restored = field(factory=dict)
    blocks: int = 0
    thinking: int | None = None
    seal: str = REASONING_FIELDS[0]
    text: int | None = None
    refusing: bool = False
    refused: bool = False
    calls: list[Call] = field(factory=list)
    by_index: dict[int, Call] = field(factory=dict)
    audio: dict[str, Any] = field(factory=dict)

    def feed(self, delta: dict[str, Any]) -> list[ir.Event]:
        """The events of one delta, or of a whole message."""
        out: list[ir.Event] = []
        self._reasoning(delta, out)
        content = delta.get("content")
        if content.__class__ is list:
            self._parts(a_list(delta, "content"), out)
        elif content:
            self._text(words(delta, "content"), out, refusal=False)
        if delta.get("refusal"):
            self._text(words(delta, "refusal"), out, refusal=True)
        if delta.get("annotations"):
            self._citations(a_list(delta, "annotations"), out)
        if delta.get("function_call"):
            self._piece({"index": -1, "function": an_object(delta, "function_call")}, out)
        if delta.get("tool_calls"):
            for piece in a_list(delta, "tool_calls"):
                self._piece(piece, out)
        if delta.get("audio"):
            self._audio(an_object(delta, "audio"))
        return out

    def end(self) -> list[ir.Event]:
        """Everything is complete."""
        out: list[ir.Event] = []
        self._close_words(out)
        for call in self.calls:
            if call.block is None:
                raise MalformedReply("a tool call without a name")
            call.tell("", out, last=True)
            out.append(ir.Closed(call.block))
        if self.audio:
            block = ir.Opaque(DIALECT, {"audio": self.audio}, words(self.audio, "transcript") or None)
            index = self._next()
            out += (ir.Opened(index, block), ir.Closed(index))
        return out

    def _next(self) -> int:
        self.blocks += 1
        return self.blocks - 1

    def _reasoning(self, delta: dict[str, Any], out: list[ir.Event]) -> None:
        for key in REASONING_FIELDS:
            if delta.get(key):
                self._think(words(delta, key), key, out)
                return
        if delta.get("reasoning_details"):
            # The words of OpenRouter's structured reasoning; it nearly always repeats them in `reasoning`.
            details = a_list(delta, "reasoning_details")
            told = "".join(words(each, "text") or words(each, "summary") for each in details)
            self._think(told, "reasoning", out)

    def _think(self, said: str, key: str, out: list[ir.Event]) -> None:
        if not said:
            return
        if self.thinking is None:
            self._close_words(out)
            self.seal = key
            self.thinking = self._next()
            out.append(ir.Opened(self.thinking, ir.Thinking()))
        out.append(ir.Delta(self.thinking, said))

    def _text(self, said: str, out: list[ir.Event], *, refusal: bool) -> None:
        if not said:
            return
        if self.text is None or self.refusing is not refusal:
            self._close_words(out)
            self.refusing = refusal
            self.refused = self.refused or refusal
            self.text = self._next()
            out.append(ir.Opened(self.text, ir.Text("", refusal=refusal)))
        out.append(ir.Delta(self.text, said))

    def _parts(self, parts: list[dict[str, Any]], out: list[ir.Event]) -> None:
        """Mistral's reasoning models answer in parts (https://github.com/spring-projects/spring-ai/pull/5020)."""
        for part in parts:
            if part.get("type") == "thinking" and isinstance(part.get("thinking"), list):
                for each in a_list(part, "thinking"):
                    self._think(words(each, "text"), REASONING_FIELDS[0], out)
            else:
                self._text(words(part, "text"), out, refusal=False)

    def _citations(self, notes: list[dict[str, Any]], out: list[ir.Event]) -> None:
        for note in notes:
            cited = an_object(note, "url_citation")
            if self.text is not None and cited:
                out.append(ir.Delta(self.text, _citation(cited)))
            else:
                out.append(ir.Kept(ir.Opaque(DIALECT, {"annotations": [note]})))

    def _audio(self, audio: dict[str, Any]) -> None:
        """Sound is complete in one block: its pieces are gathered."""
        for key, value in audio.items():
            known = self.audio.get(key)
            if key in {"data", "transcript"} and isinstance(known, str) and isinstance(value, str):
                self.audio[key] = known + value
            else:
                self.audio[key] = value

    def _close_words(self, out: list[ir.Event]) -> None:
        if self.thinking is not None:
            # The seal says where it came from: only there it may be sent again.
            out += (ir.Delta(self.thinking, ir.Seal(DIALECT, self.seal, "")), ir.Closed(self.thinking))
            self.thinking = None
        if self.text is not None:
            out.append(ir.Closed(self.text))
            self.text = None

    def _piece(self, piece: dict[str, Any], out: list[ir.Event]) -> None:
        kind = "custom" if piece.get("custom") else "function"
        form, key = CALLS[kind]
        called = an_object(piece, kind)
        call = self._call(piece)
        said = _arguments(called, key)
        if call.block is None:
            call.held += said
            self._open(call, words(called, "name"), form, out)
        else:
            call.tell(said, out)

    def _open(self, call: Call, name: str, form: Literal["json", "text"], out: list[ir.Event]) -> None:
        if not name:
            return
        self._close_words(out)
        call.block = self._next()
        own, namespace, asked = self.restored.get(name, (name, None, form))
        if asked == "text" and form == "json":
            form, call.free = asked, FreeText()
        out.append(ir.Opened(call.block, ir.ToolUse(call.id, own, "", namespace, form)))
        call.tell(call.held, out)
        call.held = ""

    def _call(self, piece: dict[str, Any]) -> Call:
        """The call this piece belongs to; a new one if it is the first of its own."""
        id_, index = words(piece, "id"), piece.get("index")
        if isinstance(index, int):
            known = self.by_index.get(index)
            if known is None or (id_ and known.told and known.told != id_):
                known = self.by_index[index] = self._new(id_)
            elif id_ and known.block is None and not known.told:
                known.told, known.id = id_, self._unique(id_, known.n)
            return known
        if index is not None:
            raise MalformedReply("the index of a tool call is not a number")
        if self.calls and not id_ and not words(an_object(piece, "function"), "name"):
            return self.calls[-1]
        same = [call for call in self.calls if id_ and call.told == id_]
        return same[0] if same else self._new(id_)

    def _new(self, id_: str) -> Call:
        n = len(self.calls)
        self.calls.append(Call(n, self._unique(id_, n), id_))
        return self.calls[n]

    def _unique(self, id_: str, n: int) -> str:
        return self._id(n) if not id_ or any(call.id == id_ for call in self.calls) else id_

    def _id(self, n: int) -> str:
        return f"call_{digest(f'{self.reply} {n}')[:24]}"


def _arguments(called: dict[str, Any], key: str) -> str:
    """The arguments as text; some servers send the object itself."""
    value = called.get(key)
    if isinstance(value, dict):
        return jsontext.dump(value).decode()
    return words(called, key)


def _citation(cited: dict[str, Any]) -> ir.Citation:
    start, end = cited.get("start_index"), cited.get("end_index")
    return ir.Citation(
        title=words(cited, "title") or None,
        url=words(cited, "url") or None,
        start=start if isinstance(start, int) else None,
        end=end if isinstance(end, int) else None,
    )
