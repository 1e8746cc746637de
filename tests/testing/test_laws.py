from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.testing import LAWS
from ccgate.testing.laws import differences
from toy import TABLES, StreamDecoder, StreamEncoder, Tap, Toy, WholeDecoder, WholeEncoder, with_translator

BY_NAME = {law.__name__: law for law in LAWS}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_good_translator_keeps_every_law(law):
    law(TABLES)


class SpeaksWrong(Toy):
    def read_request(self, body):
        return attrs.evolve(super().read_request(body), model="another")


class ForgetsTools(Toy):
    def write_request(self, request):
        return super().write_request(attrs.evolve(request, tools=()))


class LosesForNothing(Toy):
    def write_request(self, request):
        return attrs.evolve(super().write_request(request), losses=(ir.Loss("/x", "dropped", "for nothing"),))


class KnowsNoPlaces(Toy):
    def read_request(self, body):
        request = super().read_request(body)
        return attrs.evolve(request, turns=tuple(attrs.evolve(turn, at="") for turn in request.turns))


class KnowsWrongPlaces(Toy):
    def read_request(self, body):
        request = super().read_request(body)
        return attrs.evolve(request, turns=tuple(attrs.evolve(turn, at="/nowhere") for turn in request.turns))


class ForgetsUnknownFields(Toy):
    def read_request(self, body):
        return attrs.evolve(super().read_request(body), extra=None)


class PassesStrangersOn(Toy):
    def write_request(self, request):
        draft = super().write_request(request)
        foreign = [block.value for block in ir.blocks(request) if isinstance(block, ir.Opaque)]
        return attrs.evolve(draft, body=draft.body | {"foreign": foreign})


class SaysNothingOfStrangers(Toy):
    def write_request(self, request):
        return attrs.evolve(super().write_request(request), losses=())


class ChangesMoreThanItMust(Toy):
    def write_request(self, request):
        draft = super().write_request(request)
        return attrs.evolve(draft, body=draft.body | {"model": "another"}) if draft.losses else draft


class SilencesStrangers(Toy):
    def write_request(self, request):
        mute = [
            attrs.evolve(
                turn, blocks=tuple(attrs.evolve(b, says=None) if isinstance(b, ir.Opaque) else b for b in turn.blocks)
            )
            for turn in request.turns
        ]
        return super().write_request(attrs.evolve(request, turns=tuple(mute)))


class ShowsSeals(Toy):
    def write_request(self, request):
        draft = super().write_request(request)
        seals = [b.seal.value for b in ir.blocks(request) if isinstance(b, ir.Thinking) and b.seal]
        return attrs.evolve(draft, body=draft.body | {"seals": seals} if seals else draft.body)


class TripsOverNonsense(Toy):
    def read_request(self, body):
        return attrs.evolve(super().read_request(body), model=body["says"][0]["what"] and body["model"].lower())


class Decoding(Toy):
    """Decodes a reply with something changed; `change` gets all events of the reply."""

    def change(self, events: list[ir.Event]) -> list[ir.Event]:
        raise AssertionError

    def decoder(self, *, stream):
        inner, change = super().decoder(stream=stream), self.change

        class Changed:
            def feed(self, data):
                return change(list(inner.feed(data)))

            def close(self):
                return change(list(inner.close()))

        return Changed()


class MissesTheMeter(Decoding):
    def change(self, events):
        return [event for event in events if not isinstance(event, ir.Metered)]


class NeverCloses(Decoding):
    def change(self, events):
        return [event for event in events if not isinstance(event, ir.Closed)]


class DependsOnCuts(Toy):
    def decoder(self, *, stream):
        @attrs.define
        class Cut(StreamDecoder if stream else WholeDecoder):
            def feed(self, data):
                return [*super().feed(data), *([] if len(data) > 100 else [ir.Kept(ir.Opaque("toy", len(data)))])]

        return Cut()


class EndsAnywhere(Toy):
    def decoder(self, *, stream):
        @attrs.define
        class Patient(StreamDecoder):
            def close(self):
                return [ir.Finished("end")] if not self.done else super().close()

        return Patient() if stream else WholeDecoder()


class EndsWithNothing(Toy):
    def decoder(self, *, stream):
        @attrs.define
        class Patient(WholeDecoder):
            def close(self):
                self._data = (
                    self._data
                    or b'{"id": "r", "model": "m", "said": ["h\xc3\xa9", "ho"], "used": [3, 2], "end": "limit"}'
                )
                return super().close()

        return StreamDecoder() if stream else Patient()


class TrustsUpstreams(Toy):
    def decoder(self, *, stream):
        @attrs.define
        class Trusting(StreamDecoder if stream else WholeDecoder):
            def feed(self, data):
                try:
                    return super().feed(data)
                except MalformedReply as error:
                    raise KeyError("words") from error

            def close(self):
                try:
                    return super().close()
                except MalformedReply as error:
                    raise KeyError("words") from error

        return Trusting()


class WritesAnotherReply(Toy):
    def encoder(self, *, stream):
        @attrs.define
        class Other(StreamEncoder if stream else WholeEncoder):
            def feed(self, event):
                return super().feed(ir.Started("another", "m") if isinstance(event, ir.Started) else event)

        return Other()


class ReportsLossesOfItsOwn(Toy):
    def encoder(self, *, stream):
        kind = StreamEncoder if stream else WholeEncoder
        return kind(losses=(ir.Loss("/x", "dropped", "for nothing"),))


class HoldsWordsBack(Toy):
    def encoder(self, *, stream):
        @attrs.define
        class Slow(StreamEncoder):
            held: bytes = b""

            def feed(self, event):
                data, self.held = self.held + super().feed(event), b""
                if isinstance(event, ir.Delta):
                    data, self.held = b"", data
                return data

        return Slow() if stream else WholeEncoder()


class HidesFailures(Toy):
    def encoder(self, *, stream):
        @attrs.define
        class Brave(StreamEncoder):
            def feed(self, event):
                return super().feed(ir.Failed(ir.Failure.of("api", "oops")) if isinstance(event, ir.Failed) else event)

        return Brave() if stream else WholeEncoder()


def tapping(**changed: Any) -> type[Toy]:
    """A translator whose tap has these attributes instead."""

    class Tapping(Toy):
        def tap(self, *, stream):
            return type("Changed", (Tap,), changed)(stream)

    return Tapping


def always(value: Any) -> property:
    return property(lambda _: value, lambda *_: None)


SeesNoUsage = tapping(usage=always(None))
SeesContentAtOnce = tapping(content=always(True))
SeesNoContent = tapping(content=always(False))
SeesTheEndTooEarly = tapping(complete=property(lambda tap: tap.content, lambda *_: None))
EndsInSilence = tapping(end=lambda *_: b"")
Judges = tapping(feed=lambda _, data: json.loads(data))


class MistakesFailures(Toy):
    def read_failure(self, status, headers, body):
        return ir.Failure.of("api", "oops", status=status)


class ForgetsToWait(Toy):
    def write_failure(self, failure):
        status, _, document = super().write_failure(failure)
        return status, (), document


class ReadsOnlyItsOwnErrors(Toy):
    def read_failure(self, status, headers, body):
        return attrs.evolve(super().read_failure(status, headers, body), message="" if b"broke" not in body else "x")


BREAKERS: dict[str, tuple[type[Toy], ...]] = {
    "requests_are_read_as_stated": (SpeaksWrong,),
    "requests_are_written_as_stated": (ForgetsTools, LosesForNothing),
    "every_node_knows_its_place": (KnowsNoPlaces, KnowsWrongPlaces),
    "unknown_fields_survive": (ForgetsUnknownFields, LosesForNothing),
    "foreign_blocks_are_dropped_and_reported": (PassesStrangersOn, SaysNothingOfStrangers, ChangesMoreThanItMust),
    "a_foreign_block_may_say_something": (SilencesStrangers, SaysNothingOfStrangers),
    "foreign_extras_are_dropped_and_reported": (SaysNothingOfStrangers, ChangesMoreThanItMust),
    "foreign_tools_are_dropped_and_reported": (SaysNothingOfStrangers, ChangesMoreThanItMust),
    "foreign_seals_are_never_written": (ShowsSeals, SaysNothingOfStrangers),
    "nonsense_is_refused_by_name": (TripsOverNonsense,),
    "replies_are_decoded_as_stated": (MissesTheMeter, NeverCloses),
    "every_cut_gives_the_same_events": (DependsOnCuts,),
    "a_stream_cut_short_raises": (EndsAnywhere, EndsWithNothing),
    "nonsense_in_a_reply_is_malformed": (TrustsUpstreams,),
    "nonsense_in_a_stream_is_malformed": (TrustsUpstreams,),
    "replies_are_written_as_stated": (WritesAnotherReply, ReportsLossesOfItsOwn),
    "streams_are_written_as_stated": (WritesAnotherReply, ReportsLossesOfItsOwn),
    "text_flows_through": (HoldsWordsBack,),
    "a_failure_ends_what_we_stream": (HidesFailures,),
    "a_tap_sees_what_a_decoder_sees": (SeesNoUsage, SeesContentAtOnce, SeesNoContent),
    "a_tap_follows_the_stream": (SeesNoContent, SeesTheEndTooEarly),
    "a_tap_ends_a_broken_stream": (EndsInSilence,),
    "a_tap_never_raises": (Judges,),
    "failures_are_read_as_stated": (MistakesFailures,),
    "failures_are_told_and_read_again": (ForgetsToWait,),
    "every_error_body_is_readable": (ReadsOnlyItsOwnErrors,),
}


def test_every_law_has_somebody_who_breaks_it():
    assert set(BREAKERS) == set(BY_NAME)


@pytest.mark.parametrize(
    ("law", "breaker"), [(law, breaker) for law, breakers in BREAKERS.items() for breaker in breakers]
)
def test_a_law_stops_who_breaks_it(law: str, breaker: type[Toy]):
    with pytest.raises(AssertionError, match=r"law broken: .*\n  case: .*\n  .+"):
        BY_NAME[law](with_translator(breaker()))


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        (1, 1.0, []),
        (True, 1, ["(the whole): expected True, got 1"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["/a/1: expected 2, got 3"]),
        ({"a": 1}, {"b": 1}, ["/a: missing: 1", "/b: unexpected: 1"]),
        ((1,), [1, 2], [": expected 1 items, got 2: [1, 2]"]),
        (ir.Text("a", at="/x"), ir.Text("b", at="/y"), ["/text: expected 'a', got 'b'"]),
        (ir.Text("a"), ir.ToolRef("a"), None),
        ("x" * 400, "y", None),
    ],
)
def test_a_difference_is_named_by_its_place(expected: object, got: object, said: list[str] | None):
    found = list(differences(expected, got))
    assert found == said if said is not None else len(found) == 1


def test_no_difference_shows_more_than_a_reader_wants():
    (only,) = differences("x" * 10_000, "")
    assert len(only) < 400
