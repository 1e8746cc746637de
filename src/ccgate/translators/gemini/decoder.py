"""A reply, decoded: a stream of events, one document, or a list of them (a stream that was not asked for with
`alt=sse`). All are made of the same message: https://ai.google.dev/api/generate-content#generatecontentresponse

Theory. A reply is *begun* by the first message that is no error. It is *finished* by the first `finishReason` of the
first candidate, or by a `blockReason` where the prompt was refused and there is no candidate; of what follows only
usage counts. The stream has no last event: it is over when it has finished and told its usage, which stands in the
same message, or when it is closed. An `error` in place of a message ends it as failed, and so does a reason that says
that the model failed to write a call: then the same question may well be answered when it is asked again.

Candidates other than the first are not read. What else a candidate holds (grounding, safety ratings) is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply, TruncatedReply
from ccgate.translators.gemini.failures import failure_of, is_failure
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.growth import Growth, a_list, an_object, words
from ccgate.translators.gemini.names import Restored
from ccgate.translators.gemini.usage import read_usage
from ccgate.wire import jsontext, sse

REASONS: Final[dict[str, ir.Reason]] = {
    "STOP": "end",
    "MAX_TOKENS": "limit",
    "SAFETY": "refusal",
    "RECITATION": "refusal",
    "BLOCKLIST": "refusal",
    "PROHIBITED_CONTENT": "refusal",
    "SPII": "refusal",
    "IMAGE_SAFETY": "refusal",
    "IMAGE_PROHIBITED_CONTENT": "refusal",
    "IMAGE_RECITATION": "refusal",
    "MODEL_ARMOR": "refusal",
}
"""https://ai.google.dev/api/generate-content#FinishReason; others are `other`, with the word in the detail."""

FAILED: Final = frozenset(
    {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE"}
)
TOP: Final = frozenset({"candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback", "createTime"})
CANDIDATE: Final = frozenset({"content", "finishReason", "finishMessage", "index", "tokenCount"})


def not_answered(candidate: dict[str, Any], told: str) -> ir.Failure:
    """The failure that one of the reasons `FAILED` stands for."""
    more = candidate.get("finishMessage")
    message = more if isinstance(more, str) and more else f"the model failed to answer: {told}"
    kind: ir.Kind = "invalid_request" if told == "MISSING_THOUGHT_SIGNATURE" else "api"
    return ir.Failure.of(kind, message, code=told, raw=candidate)


@define
class Answer:
    """What streams and whole documents have in common."""

    growth: Growth = field(factory=Growth)
    begun: bool = False
    finished: bool = False
    metered: bool = False
    failed: bool = False

    @property
    def over(self) -> bool:
        """Nothing that follows matters."""
        return self.failed or (self.finished and self.metered)

    def message(self, message: ir.JSON, out: list[ir.Event]) -> None:
        """The events of one message."""
        if self.failed:
            return
        if not isinstance(message, dict):
            raise MalformedReply("a message is not an object")
        if is_failure(message):
            self.fail(failure_of(message), out)
            return
        self._begin(message, out)
        for candidate in a_list(message, "candidates"):
            if candidate.get("index") in (0, None):
                self._candidate(candidate, out)
        self._blocked(message, out)
        if message.get("usageMetadata") and not self.failed:
            self.metered = True
            out.append(ir.Metered(read_usage(an_object(message, "usageMetadata"))))

    def fail(self, failure: ir.Failure, out: list[ir.Event]) -> None:
        out.append(ir.Failed(failure))
        self.failed = True

    def finish(self, reason: ir.Reason, detail: ir.Opaque | None, out: list[ir.Event]) -> None:
        self.growth.end(out)
        out.append(ir.Finished(reason, None, detail))
        self.finished = True

    def _begin(self, message: dict[str, Any], out: list[ir.Event]) -> None:
        if not self.begun:
            self.begun = True
            self.growth.reply = words(message, "responseId")
            extra = ir.leftover(DIALECT, message, TOP, "")
            out.append(ir.Started(self.growth.reply, words(message, "modelVersion"), extra))

    def _candidate(self, candidate: dict[str, Any], out: list[ir.Event]) -> None:
        if self.finished or self.failed:
            return
        for part in a_list(an_object(candidate, "content"), "parts"):
            self.growth.part(part, out)
        kept = {key: value for key, value in candidate.items() if key not in CANDIDATE}
        if kept:
            out.append(ir.Kept(ir.Opaque(DIALECT, kept)))
        told = words(candidate, "finishReason")
        if told in FAILED:
            self.fail(not_answered(candidate, told), out)
        elif told and told != "FINISH_REASON_UNSPECIFIED":
            self._finish(told, candidate, out)

    def _finish(self, told: str, candidate: dict[str, Any], out: list[ir.Event]) -> None:
        reason = REASONS.get(told, "other")
        if reason == "end" and self.growth.calls:
            reason = "tool_use"
        more = words(candidate, "finishMessage")
        detail: dict[str, Any] = {} if told in {"STOP", "MAX_TOKENS"} else {"finishReason": told}
        if more:
            detail = {"finishReason": told, "finishMessage": more}
        self.finish(reason, ir.Opaque(DIALECT, detail, more or told) if detail else None, out)

    def _blocked(self, message: dict[str, Any], out: list[ir.Event]) -> None:
        """The prompt was refused: there is no answer."""
        feedback = an_object(message, "promptFeedback")
        told = words(feedback, "blockReason")
        if told and not self.finished and not self.failed:
            why = words(feedback, "blockReasonMessage") or told
            self.finish("refusal", ir.Opaque(DIALECT, {"promptFeedback": feedback}, why), out)


@define
class StreamDecoder:
    """Events of a stream to events of ours."""

    restored: Restored = field(factory=dict)
    answer: Answer = field(init=False)
    frames: sse.Frames = field(factory=sse.Frames, init=False)

    def __attrs_post_init__(self) -> None:
        self.answer = Answer(Growth(self.restored))

    @property
    def done(self) -> bool:
        return self.answer.over

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
            raise TruncatedReply("the stream ended without a finishReason")
        return out

    def _frame(self, frame: sse.Frame, out: list[ir.Event]) -> None:
        if frame.data and frame.data != b"[DONE]":
            self.answer.message(jsontext.load(frame.data), out)


@define
class WholeDecoder:
    """One document, or a list of them, to events, when it is complete."""

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
        answer = Answer(Growth(self.restored))
        out: list[ir.Event] = []
        for message in document if isinstance(document, list) else [document]:
            answer.message(message, out)
        if not (answer.finished or answer.failed):
            self._forgotten(document, answer, out)
        self.done = True
        return out

    @staticmethod
    def _forgotten(document: ir.JSON, answer: Answer, out: list[ir.Event]) -> None:
        """A whole answer is complete, even where a server forgets to say why; a list of them is a stream."""
        if isinstance(document, list):
            raise TruncatedReply("the reply ended without a finishReason")
        if not document.get("candidates"):
            raise MalformedReply("the reply has no candidate")
        answer.finish("tool_use" if answer.growth.calls else "end", None, out)
