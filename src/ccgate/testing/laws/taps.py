"""Laws of taps: they see what a decoder would see, disturb nothing, and can end what breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from ccgate import errors, ir
from ccgate.testing.laws.cases import Tables
from ccgate.testing.laws.compare import broken, judged, same
from ccgate.testing.laws.replies import payloads
from ccgate.testing.laws.walk import decode, frames
from ccgate.translators.protocol import Translator

GARBAGE = (b"", b"\xff\xfe\n\n", b"data: {broken\n\n", b"data: [1]\n\n", b"data: null\n\n", b"<html>", b'{"usage": 5}')


def a_tap_sees_what_a_decoder_sees(tables: Tables) -> None:
    """Usage, failure, and whether content and the end have passed."""
    law = "a tap sees what a decoder sees"
    for case in tables.replies:
        for name, data, stream, _ in payloads(case):
            tap = tables.translator.tap(stream=stream)
            same(law, f"{name}, before anything was fed", (False, False), (tap.content, tap.complete))
            with judged(law, name):
                for piece in frames(data) if stream else [data]:
                    tap.feed(piece)
                reply = ir.fold(decode(tables.translator, data, stream=stream))
            same(law, f"{name}, usage", reply.usage, tap.usage)
            same(law, f"{name}, failure", reply.failure and reply.failure.kind, tap.failure and tap.failure.kind)
            same(law, f"{name}, complete", expected=True, got=tap.complete or reply.failure is not None)
            same(law, f"{name}, content", expected=True, got=tap.content or not reply.blocks)


def a_tap_follows_the_stream(tables: Tables) -> None:
    """`content` is true once a decoder has told of any, and `complete` only when a decoder may close."""
    law = "a tap follows the stream"
    for name, data, translator in _streams(tables):
        tap = translator.tap(stream=True)
        decoder = translator.decoder(stream=True)
        for n, frame in enumerate(frames(data)):
            with judged(law, f"{name}, frame {n}"):
                tap.feed(frame)
                told = any(isinstance(event, ir.Delta) for event in decoder.feed(frame))
            if told and not tap.content:
                raise broken(law, f"{name}, frame {n}", "a decoder has told of content, the tap has seen none")
            if tap.complete and not _may_end(translator, b"".join(frames(data)[: n + 1])):
                raise broken(law, f"{name}, frame {n}", "complete for the tap, cut short for the decoder")


def a_tap_ends_a_broken_stream(tables: Tables) -> None:
    """After a cut behind any frame, what passed and `end(failure)` together are read as a failed reply."""
    law = "a tap ends a broken stream"
    failure = ir.Failure.of("overloaded", "the upstream is on fire")
    for name, data, translator in _streams(tables):
        for n, passed in enumerate(accumulate([b"", *frames(data)])):
            if _may_end(translator, passed):
                break
            with judged(law, f"{name}, after {n} frames"):
                tap = translator.tap(stream=True)
                for frame in frames(passed):
                    tap.feed(frame)
                whole = passed + tap.end(failure)
                told = ir.fold(ir.checked(decode(translator, whole, stream=True))).failure
            if told is None or failure.message not in told.message:
                raise broken(law, f"{name}, after {n} frames", f"a client reads {told} from {whole!r}")


def a_tap_never_raises(tables: Tables) -> None:
    """Whatever passes: the tap is not the judge."""
    for stream in (True, False):
        for garbage in GARBAGE:
            with judged("a tap never raises", repr(garbage)):
                tap = tables.translator.tap(stream=stream)
                tap.feed(garbage)
                same("a tap never raises", repr(garbage), expected=False, got=tap.complete)


def _streams(tables: Tables) -> Iterator[tuple[str, bytes, Translator]]:
    for case in tables.replies:
        if case.stream is not None:
            yield case.name, case.stream, tables.translator


def _may_end(translator: Translator, data: bytes) -> bool:
    try:
        decode(translator, data, stream=True)
    except errors.TruncatedReply:
        return False
    return True
