"""A reply, decoded: a stream of chunks, or one document.

    https://platform.openai.com/docs/api-reference/chat-streaming

Theory. A stream is `begun` with the first chunk that has a choice or usage: then the reply's id and name are known. It
is *finished* by the first `finish_reason`; all blocks are closed there, and of what follows only usage counts, which
OpenAI sends in a chunk of its own, without choices. `[DONE]` ends the stream; it is optional, a `finish_reason` is not.
An `error` in place of a chunk, or the reason `error`, ends it as failed (https://openrouter.ai/docs/api/reference/errors-and-debugging).

Choices other than the first, log probabilities and fingerprints are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply, TruncatedReply
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.translators.openai_chat.growth import Growth, Restored, a_list, an_object, words
from ccgate.translators.openai_chat.usage import read_usage
from ccgate.wire import jsontext, sse
from ccgate.wire.errors_openai import failure_of, is_failure

REASONS: dict[str, ir.Reason] = {
    "stop": "end",
    "length": "limit",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}


@define
class Answer:
    """What chunks and whole documents have in common: the first choice, its end, and usage."""

    growth: Growth = field(factory=Growth)
    begun: bool = False
    finished: bool = False
    failed: bool = False

    def begin(self, document: dict[str, Any], out: list[ir.Event]) -> None:
        if not self.begun:
            self.begun = True
            self.growth.reply = words(document, "id")
            out.append(ir.Started(self.growth.reply, words(document, "model")))

    def finish(self, choice: dict[str, Any], out: list[ir.Event]) -> None:
        told = words(choice, "finish_reason")
        if told == "error":
            self.fail(choice, out)
            return
        out += self.growth.end()
        detail = None if told in REASONS else ir.Opaque(DIALECT, {"finish_reason": told}, told)
        out.append(ir.Finished(self._reason(told), None, detail))
        self.finished = True

    def _reason(self, told: str) -> ir.Reason:
        """Some servers say `stop` after calls; after a refusal OpenAI says it too."""
        reason = REASONS.get(told, "other")
        if reason != "end":
            return reason
        return "tool_use" if self.growth.calls else "refusal" if self.growth.refused else "end"

    def fail(self, document: ir.JSON, out: list[ir.Event]) -> None:
        out.append(ir.Failed(failure_of(document)))
        self.failed = True

    def meter(self, document: dict[str, Any], out: list[ir.Event]) -> None:
        self.begin(document, out)
        out.append(ir.Metered(read_usage(an_object(document, "usage"), document.get("service_tier"))))


@define
class StreamDecoder:
    """Chunks to events."""

    restored: Restored = field(factory=dict)
    answer: Answer = field(init=False)
    done: bool = field(default=False, init=False)
    frames: sse.Frames = field(factory=sse.Frames, init=False)

    def __attrs_post_init__(self) -> None:
        self.answer = Answer(Growth(restored=self.restored))

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        out: list[ir.Event] = []
        for frame in self.frames.feed(data):
            self._frame(frame, out)
        return out

    def close(self) -> Sequence[ir.Event]:
        out: list[ir.Event] = []
        for frame in self.frames.close():
            self._frame(frame, out)
        if not (self.answer.finished or self.answer.failed):
            raise TruncatedReply("the stream ended without a finish_reason")
        return out

    def _frame(self, frame: sse.Frame, out: list[ir.Event]) -> None:
        if not frame.data or self.done or self.answer.failed:
            return
        if frame.data == b"[DONE]":
            self.done = True
            return
        chunk = jsontext.load(frame.data)
        if not isinstance(chunk, dict):
            raise MalformedReply("a chunk is not an object")
        if is_failure(chunk) or frame.event == "error":
            self.answer.fail(chunk, out)
        else:
            self._chunk(chunk, out)

    def _chunk(self, chunk: dict[str, Any], out: list[ir.Event]) -> None:
        for choice in a_list(chunk, "choices"):
            if choice.get("index") in (0, None):
                self.answer.begin(chunk, out)
                self._choice(choice, out)
        if chunk.get("usage") and not self.answer.failed:
            self.answer.meter(chunk, out)

    def _choice(self, choice: dict[str, Any], out: list[ir.Event]) -> None:
        if self.answer.finished or self.answer.failed:
            return
        delta = choice.get("delta")
        if delta:
            out += self.answer.growth.feed(an_object(choice, "delta"))
        if choice.get("finish_reason"):
            self.answer.finish(choice, out)


@define
class WholeDecoder:
    """One document to events, when it is complete."""

    restored: Restored = field(factory=dict)
    held: bytearray = field(factory=bytearray, init=False)
    done: bool = field(default=False, init=False)

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        self.held += data
        return ()

    def close(self) -> Sequence[ir.Event]:
        if not self.held.strip():
            raise TruncatedReply("the reply is empty")
        document = jsontext.load(bytes(self.held))
        if not isinstance(document, dict):
            raise MalformedReply("the reply is not an object")
        answer = Answer(Growth(restored=self.restored))
        out: list[ir.Event] = []
        if is_failure(document):
            answer.fail(document, out)
        else:
            _whole(document, answer, out)
        self.done = True
        return out


def _whole(document: dict[str, Any], answer: Answer, out: list[ir.Event]) -> None:
    choices = [choice for choice in a_list(document, "choices") if choice.get("index") in (0, None)]
    if not choices:
        raise MalformedReply("the reply has no choice")
    answer.begin(document, out)
    message = an_object(choices[0], "message")
    calls = [{**call, "index": n} for n, call in enumerate(a_list(message, "tool_calls"))]
    out += answer.growth.feed({**message, "tool_calls": calls})
    if document.get("usage"):
        answer.meter(document, out)
    # A whole answer is complete, even where a server forgets to say why.
    answer.finish(choices[0] if choices[0].get("finish_reason") else {"finish_reason": "stop"}, out)
