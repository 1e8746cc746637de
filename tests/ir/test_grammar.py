from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate import ir
from ccgate.errors import CcgateError, GrammarBroken, TruncatedReply
from ccgate.ir.grammar import Grammar
from strategies import blocks, citations, seals, streams

START = ir.Started("id", "model")
OPEN = ir.Opened(0, ir.Text(""))
CLOSE = ir.Closed(0)
WORD = ir.Delta(0, "word")
END = ir.Finished("end")
FAIL = ir.Failed(ir.Failure.of("api", "broken"))
METER = ir.Metered(ir.Usage())
KEPT = ir.Kept(ir.Opaque("martian", {}))
CITATION = ir.Citation(text="x")
SEAL = ir.Seal("martian", "signature", "s")

LEGAL = {
    "nothing but an end": [START, END],
    "words": [START, OPEN, WORD, WORD, CLOSE, END],
    "two blocks at once": [START, OPEN, ir.Opened(1, ir.Thinking()), WORD, ir.Delta(1, "hm"), CLOSE, ir.Closed(1), END],
    "indexes in any order": [START, ir.Opened(7, ir.Text("")), ir.Closed(7), OPEN, CLOSE, END],
    "meters and kept events between": [START, METER, OPEN, KEPT, WORD, METER, CLOSE, KEPT, END],
    "meters and kept events behind the end": [START, END, METER, KEPT, METER],
    "a failure at once": [FAIL],
    "a failure within a block": [START, OPEN, WORD, FAIL],
    "a failure behind the end": [START, END, FAIL],
    "a text takes words, citations and a seal": [
        START,
        OPEN,
        WORD,
        ir.Delta(0, CITATION),
        ir.Delta(0, SEAL),
        CLOSE,
        END,
    ],
    "thinking takes words, breaks and a seal": [
        START,
        ir.Opened(0, ir.Thinking()),
        WORD,
        ir.Delta(0, ir.Break()),
        ir.Delta(0, SEAL),
        CLOSE,
        END,
    ],
    "a tool call takes words and a seal": [
        START,
        ir.Opened(0, ir.ToolUse("1", "f", "")),
        WORD,
        ir.Delta(0, SEAL),
        CLOSE,
        END,
    ],
}

ILLEGAL = {
    "words before the start": [OPEN],
    "an end before the start": [END],
    "a meter before the start": [METER],
    "two starts": [START, START],
    "a block behind the end": [START, END, OPEN],
    "two ends": [START, END, END],
    "an end within a block": [START, OPEN, END],
    "anything behind a failure": [FAIL, KEPT],
    "two failures": [START, FAIL, FAIL],
    "a block opened twice": [START, OPEN, OPEN],
    "an index used again": [START, OPEN, CLOSE, OPEN],
    "a delta for no block": [START, WORD],
    "a delta for a closed block": [START, OPEN, CLOSE, WORD],
    "a close of no block": [START, CLOSE],
    "a block closed twice": [START, OPEN, CLOSE, CLOSE],
    "a break in a text": [START, OPEN, ir.Delta(0, ir.Break())],
    "a citation in a tool call": [START, ir.Opened(0, ir.ToolUse("1", "f", "")), ir.Delta(0, CITATION)],
    "a citation in thinking": [START, ir.Opened(0, ir.Thinking()), ir.Delta(0, CITATION)],
    "words in what does not grow": [START, ir.Opened(0, ir.ToolRef("f")), WORD],
}

SHORT = {
    "nothing at all": [],
    "only a start": [START],
    "an open block": [START, OPEN, WORD],
    "no end": [START, OPEN, WORD, CLOSE, METER],
}


@pytest.mark.parametrize("events", LEGAL.values(), ids=LEGAL)
def test_a_legal_reply_passes(events: list[ir.Event]):
    assert list(ir.checked(events)) == events


@pytest.mark.parametrize("events", ILLEGAL.values(), ids=ILLEGAL)
def test_an_illegal_reply_is_stopped_at_its_last_event(events: list[ir.Event]):
    grammar = Grammar()
    for event in events[:-1]:
        grammar.feed(event)
    with pytest.raises(GrammarBroken):
        grammar.feed(events[-1])


@pytest.mark.parametrize("events", SHORT.values(), ids=SHORT)
def test_a_reply_that_stops_too_early_is_truncated(events: list[ir.Event]):
    with pytest.raises(TruncatedReply):
        list(ir.checked(events))


@given(streams())
def test_every_stream_that_follows_the_rule_is_accepted(events: list[ir.Event]):
    assert list(ir.checked(events)) == events


def legal(events: list[ir.Event]) -> bool:
    """The rule again, told the long way round: over whole lists instead of step by step."""
    kinds = [type(event) for event in events]
    if ir.Failed in kinds[:-1] or not kinds or (kinds[-1] is not ir.Failed and kinds.count(ir.Finished) != 1):
        return False
    body = events[:-1] if kinds[-1] is ir.Failed else events
    if not body:
        return True
    heads = [n for n, event in enumerate(body) if isinstance(event, ir.Started)]
    ends = [n for n, event in enumerate(body) if isinstance(event, ir.Finished)]
    if heads != [0] or len(ends) > 1:
        return False
    if ends and any(isinstance(event, ir.Opened | ir.Delta | ir.Closed) for event in body[ends[0] :]):
        return False
    of_blocks = [event for event in body if isinstance(event, ir.Opened | ir.Delta | ir.Closed)]
    return all(
        legal_block([event for event in of_blocks if event.index == index], finished=bool(ends))
        for index in {event.index for event in of_blocks}
    )


def legal_block(events: list[ir.Opened | ir.Delta | ir.Closed], *, finished: bool) -> bool:
    first, *rest = events
    if not isinstance(first, ir.Opened):
        return False
    closed = isinstance(events[-1], ir.Closed)
    deltas = rest[:-1] if closed else rest
    if finished and not closed:
        return False
    takes = {
        ir.Text: str | ir.Citation | ir.Seal,
        ir.ToolUse: str | ir.Seal,
        ir.Thinking: str | ir.Break | ir.Seal,
    }.get(type(first.block))
    return all(isinstance(each, ir.Delta) and takes is not None and isinstance(each.piece, takes) for each in deltas)


small = st.integers(0, 3)
any_event = st.one_of(
    st.just(START),
    st.builds(ir.Opened, small, blocks),
    st.builds(ir.Delta, small, st.just("word") | st.just(ir.Break()) | seals | citations),
    st.builds(ir.Closed, small),
    st.just(METER),
    st.just(KEPT),
    st.just(END),
    st.just(FAIL),
)


@given(streams(), st.data())
def test_a_changed_stream_is_judged_as_the_rule_says(events: list[ir.Event], data: st.DataObject):
    for _ in range(data.draw(st.integers(1, 2))):
        n = data.draw(st.integers(0, len(events) - 1)) if events else 0
        cut = data.draw(st.integers(0, 1))
        events = [*events[:n], *data.draw(st.lists(any_event, max_size=1)), *events[n + cut :]]
    try:
        list(ir.checked(events))
    except CcgateError:
        assert not legal(events)
    else:
        assert legal(events)
