"""`reasoning_details`, heard beside what the base hears: https://openrouter.ai/docs/use-cases/reasoning-tokens.

Theory. The base tells the words of the thoughts, and seals each with the name of the field they stood in. The details
say more: signatures, encrypted parts. They come in fragments; those of one `type` and `index` are one detail, whose
texts are joined (https://github.com/agno-agi/agno/pull/8861). Details are *held* until the base seals a thought; its
seal is then replaced by one of ours that holds them all. What is still held at the end of the answer, because there
were no words, gets a thought of its own in front of the end.

A frame is given to the base before the next one is looked at, so that a seal holds the same details however the bytes
were cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.protocol import Decoder
from ccgate.wire import jsontext, sse

DETAILS = "reasoning_details"
_MENTIONED = b'"reasoning_details"'
JOINED = ("text", "summary", "data")
_decoder = json.JSONDecoder()


def readable(value: str) -> bool:
    """Whether a seal that came back from a client still holds details."""
    try:
        details = json.loads(value)
    except (ValueError, RecursionError):
        return False  # it was changed on its way
    return isinstance(details, list) and all(isinstance(each, dict) for each in details)


def written(texts: str) -> list[Any]:
    """The details of one message: the values of the seals of its thoughts, one behind the other."""
    out: list[Any] = []
    while texts:
        details, end = _decoder.raw_decode(texts)
        out += details
        texts = texts[end:].lstrip()
    return out


@define
class Details:
    """The details of one reply that no seal holds yet. `maker` may read them again, `base` seals words."""

    maker: str
    base: str
    held: list[dict[str, Any]] = field(factory=list)
    blocks: int = 0

    def take(self, data: bytes) -> None:
        """Hold the details of a chunk or of a whole document. What is malformed is for the base to judge."""
        if _MENTIONED not in data:
            return
        try:
            document = jsontext.load(data)
        except MalformedReply:
            return  # the base is given the same bytes, and raises
        for detail in _details(document):
            self._add(detail)

    def _add(self, detail: dict[str, Any]) -> None:
        last = self.held[-1] if self.held else {}
        index = detail.get("index")
        if index is None or (last.get("type"), last.get("index")) != (detail.get("type"), index):
            self.held.append(dict(detail))
            return
        for key, value in detail.items():
            known = last.get(key)
            if key in JOINED and isinstance(known, str) and isinstance(value, str):
                last[key] = known + value
            elif value is not None:
                last[key] = value

    def sealed(self, events: Iterable[ir.Event]) -> Iterator[ir.Event]:
        """The base's events, with our seals."""
        for event in events:
            if isinstance(event, ir.Opened):
                self.blocks = max(self.blocks, event.index + 1)
            elif isinstance(event, ir.Finished) and self.held:
                thought = ir.Opened(self.blocks, ir.Thinking(form="redacted"))
                yield from (thought, ir.Delta(self.blocks, self._seal()), ir.Closed(self.blocks))
            yield self._resealed(event)

    def _resealed(self, event: ir.Event) -> ir.Event:
        if not (isinstance(event, ir.Delta) and isinstance(event.piece, ir.Seal)):
            return event
        own = event.piece.maker == self.base and self.held
        return attrs.evolve(event, piece=self._seal()) if own else event

    def _seal(self) -> ir.Seal:
        held, self.held = self.held, []
        return ir.Seal(self.maker, DETAILS, jsontext.dump(held).decode())


def _details(document: ir.JSON) -> Iterator[dict[str, Any]]:
    """Those of the first choice, in a chunk or in a whole document."""
    choices = document.get("choices") if isinstance(document, dict) else None
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict) or choice.get("index") not in (0, None):
            continue
        said = choice.get("delta") or choice.get("message")
        details = said.get(DETAILS) if isinstance(said, dict) else None
        yield from (each for each in details if isinstance(each, dict)) if isinstance(details, list) else ()


@define
class StreamListener:
    """A stream: frame by frame."""

    base: Decoder
    details: Details
    frames: sse.Frames = field(factory=sse.Frames, init=False)

    @property
    def done(self) -> bool:
        return self.base.done

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        return self._heard(self.frames.feed(data))

    def close(self) -> Sequence[ir.Event]:
        out = self._heard(self.frames.close())
        out += self.details.sealed(self.base.feed(self.frames.rest))
        out += self.details.sealed(self.base.close())
        return out

    def _heard(self, frames: Iterable[sse.Frame]) -> list[ir.Event]:
        out: list[ir.Event] = []
        for frame in frames:
            self.details.take(frame.data)
            out += self.details.sealed(self.base.feed(frame.raw))
        return out


@define
class WholeListener:
    """A whole document, when it is complete."""

    base: Decoder
    details: Details
    held: bytearray = field(factory=bytearray, init=False)

    @property
    def done(self) -> bool:
        return self.base.done

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        self.held += data
        return self.base.feed(data)

    def close(self) -> Sequence[ir.Event]:
        self.details.take(bytes(self.held))
        return list(self.details.sealed(self.base.close()))


def listening(base: Decoder, details: Details, *, stream: bool) -> Decoder:
    return StreamListener(base, details) if stream else WholeListener(base, details)
