"""Laws of replies: whole and streamed they are one answer, however the network cuts them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import attrs

from ccgate import errors, ir
from ccgate.testing.laws.cases import ReplyCase, Tables
from ccgate.testing.laws.compare import broken, judged, same, shown
from ccgate.testing.laws.walk import decode, encode
from ccgate.translators.protocol import Translator

MOST_CUTS = 300
"""Longer streams are cut at evenly spread places only."""


def payloads(case: ReplyCase) -> Iterator[tuple[str, bytes, bool, ir.Reply]]:
    """Name, bytes, whether streamed, and meaning of each form the case has."""
    if case.document is not None:
        yield f"{case.name} (whole)", json.dumps(case.document, ensure_ascii=False).encode(), False, case.reply
    if case.stream is not None:
        yield f"{case.name} (streamed)", case.stream, True, case.streamed or case.reply


def cuts(data: bytes) -> range:
    """Places to cut these bytes, the very beginning included, the end not."""
    return range(0, len(data), max(1, len(data) // MOST_CUTS))


def replies_are_decoded_as_stated(tables: Tables) -> None:
    """The whole document and the stream fold to the reply of the table, and obey the grammar on the way."""
    law = "a reply is decoded as stated, in events that obey the grammar"
    for case in tables.replies:
        for name, data, stream, reply in payloads(case):
            with judged(law, name):
                same(law, name, reply, ir.fold(ir.checked(decode(tables.translator, data, stream=stream))))


def every_cut_gives_the_same_events(tables: Tables) -> None:
    """At once, byte by byte, or in any two pieces: the events are equal."""
    law = "every cut of the bytes gives the same events"
    for case in tables.replies:
        for name, data, stream, _ in payloads(case):
            with judged(law, name):
                expected = decode(tables.translator, data, stream=stream)
            single = [data[n : n + 1] for n in range(len(data))]
            with judged(law, f"{name}, byte by byte"):
                same(law, f"{name}, byte by byte", expected, decode(tables.translator, *single, stream=stream))
            for n in cuts(data):
                with judged(law, f"{name}, cut at byte {n}"):
                    got = decode(tables.translator, data[:n], data[n:], stream=stream)
                    same(law, f"{name}, cut at byte {n}", expected, got)


def a_stream_cut_short_raises(tables: Tables) -> None:
    """What ends too early raises `TruncatedReply` at its close; what does not raise had told the whole answer."""
    law = "a reply cut short raises TruncatedReply"
    for case in tables.replies:
        for name, data, stream, _ in payloads(case):
            with judged(law, name):
                full = ir.fold(decode(tables.translator, data, stream=stream))
            accepted = (errors.TruncatedReply,) if stream else (errors.TruncatedReply, errors.MalformedReply)
            for n in cuts(data):
                with judged(law, f"{name}, cut at byte {n}"):
                    part = part_of(tables.translator, data[:n], stream, accepted)
                if part is None:
                    continue
                if (part.blocks, part.reason, part.failure) != (full.blocks, full.reason, full.failure):
                    raise broken(law, f"{name}, cut at byte {n}", f"nothing was raised, and it read {shown(part)}")
                if n == 0:
                    raise broken(law, f"{name}, nothing at all", "an empty reply was taken for an answer")


def part_of(
    translator: Translator, data: bytes, stream: bool, accepted: tuple[type[errors.ReplyError], ...]
) -> ir.Reply | None:
    """The reply that this beginning tells; None when it is refused as it should be."""
    try:
        return ir.fold(decode(translator, data, stream=stream))
    except accepted:
        return None


def replies_are_written_as_stated(tables: Tables) -> None:
    """The whole encoder writes the document of the table, without a loss; from the stream's events too."""
    law = "a reply is written as stated"
    for case in tables.replies:
        document = case.document if case.written is None else case.written
        if document is None:
            continue
        sources = {"from the whole": list(ir.unfold(case.reply))}
        with judged(law, case.name):
            if case.stream is not None and case.streamed is None:
                sources["from the stream"] = decode(tables.translator, case.stream, stream=True)
        for source, events in sources.items():
            with judged(law, f"{case.name}, {source}"):
                data, losses = encode(tables.translator, *events, stream=False)
                same(law, f"{case.name}, {source}", document, json.loads(data))
            if losses:
                raise broken(law, f"{case.name}, {source}", f"reported {shown(losses)}")


def streams_are_written_as_stated(tables: Tables) -> None:
    """What the stream encoder writes is read back as the same reply, and is the very bytes where the table says so."""
    law = "a stream that we write is read back as the same reply"
    for case in tables.replies:
        with judged(law, case.name):
            data, losses = encode(tables.translator, *ir.unfold(case.reply), stream=True)
        if case.written_stream is not None and data != case.written_stream:
            raise broken(law, case.name, f"expected the bytes {case.written_stream!r}, got {data!r}")
        if losses:
            raise broken(law, case.name, f"reported {shown(losses)}")
        with judged(law, f"{case.name}, read back from {shown(data)}"):
            told = _bare(ir.fold(ir.checked(decode(tables.translator, data, stream=True))))
        if case.streamed is None or told != _bare(case.streamed):
            same(law, case.name, _bare(case.reply), told)


def _bare(reply: ir.Reply) -> ir.Reply:
    """Of a failure only its kind and words: a stream has no status, and the raw document is another one."""
    failure = reply.failure
    bare = None if failure is None else ir.Failure(kind=failure.kind, message=failure.message)
    return attrs.evolve(reply, failure=bare)


def text_flows_through(tables: Tables) -> None:
    """The stream encoder never holds words back: each piece of the only open text is written at once."""
    law = "the encoder writes words as they come"
    for case in tables.replies:
        encoder = tables.translator.encoder(stream=True)
        texts: set[int] = set()
        for event in ir.unfold(case.reply):
            with judged(law, f"{case.name}, {event}"):
                data = encoder.feed(event)
            if isinstance(event, ir.Opened) and isinstance(event.block, ir.Text):
                texts.add(event.index)
            if isinstance(event, ir.Delta) and event.index in texts and isinstance(event.piece, str) and not data:
                raise broken(law, case.name, f"nothing was written for {event}")


def a_failure_ends_what_we_stream(tables: Tables) -> None:
    """After any part of a reply a `Failed` is written so that a client of the dialect reads a failure."""
    law = "a failure ends a stream that we write"
    failure = ir.Failure.of("overloaded", "the upstream is on fire")
    for case in tables.replies:
        events = list(ir.unfold(attrs.evolve(case.reply, failure=None)))
        open_ended = [n for n in range(len(events) + 1) if not any(isinstance(e, ir.Finished) for e in events[:n])]
        for n in open_ended:
            with judged(law, f"{case.name}, after {n} events"):
                data, _ = encode(tables.translator, *events[:n], ir.Failed(failure), stream=True)
                told = ir.fold(ir.checked(decode(tables.translator, data, stream=True))).failure
            if told is None or failure.message not in told.message:
                raise broken(law, f"{case.name}, after {n} events", f"read back: {told}, from {data!r}")
