from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate import ir
from strategies import replies, streams


@given(replies())
def test_a_reply_survives_unfolding_and_folding(reply: ir.Reply):
    events = list(ir.checked(ir.unfold(reply)))
    assert ir.fold(events) == reply


def test_a_block_unfolds_into_an_empty_one_and_its_pieces():
    seal, citation = ir.Seal("m", "k", "v"), ir.Citation(text="c")
    blocks = (
        ir.Text("words", citations=(citation,), seal=seal),
        ir.ToolUse("1", "f", "{}", seal=seal),
        ir.Thinking(("a", "", "b"), seal=seal),
        ir.ToolRef("f"),
        ir.Text(""),
        ir.ToolUse("2", "g", ""),
    )
    pieces: list[list[ir.Piece]] = [[] for _ in blocks]
    for event in ir.unfold(ir.Reply(blocks=blocks)):
        if isinstance(event, ir.Delta):
            pieces[event.index].append(event.piece)
    assert pieces == [["words", citation, seal], ["{}", seal], ["a", ir.Break(), ir.Break(), "b", seal], [], [], []]


def test_a_bare_failure_unfolds_to_nothing_else():
    failed = ir.Failed(ir.Failure.of("api", "broken"))
    assert list(ir.unfold(ir.Reply(failure=failed.failure))) == [failed]


def test_no_events_are_an_empty_reply():
    assert ir.fold([]) == ir.Reply()
    assert list(ir.unfold(ir.Reply())) == []


@given(streams(), st.data())
def test_folding_is_indifferent_to_how_words_are_cut(events: list[ir.Event], data: st.DataObject):
    cut: list[ir.Event] = []
    for event in events:
        if isinstance(event, ir.Delta) and isinstance(event.piece, str):
            n = data.draw(st.integers(0, len(event.piece)))
            cut += [ir.Delta(event.index, event.piece[:n]), ir.Delta(event.index, event.piece[n:])]
        else:
            cut.append(event)
    assert ir.fold(cut) == ir.fold(events)


def test_what_is_opened_with_something_in_it_grows_from_there():
    events = [
        ir.Started("id", "model"),
        ir.Opened(2, ir.Text("one ", citations=(ir.Citation(text="a"),), seal=ir.Seal("m", "k", "old"))),
        ir.Opened(1, ir.Thinking(("first",))),
        ir.Opened(0, ir.ToolUse("1", "f", '{"a"')),
        ir.Delta(2, "two"),
        ir.Delta(2, ir.Citation(text="b")),
        ir.Delta(1, " part"),
        ir.Delta(1, ir.Break()),
        ir.Delta(1, "second"),
        ir.Delta(1, ir.Seal("m", "k", "new")),
        ir.Delta(0, ": 1}"),
    ]
    assert ir.fold(events).blocks == (
        ir.ToolUse("1", "f", '{"a": 1}'),
        ir.Thinking(("first part", "second"), seal=ir.Seal("m", "k", "new")),
        ir.Text("one two", citations=(ir.Citation(text="a"), ir.Citation(text="b")), seal=ir.Seal("m", "k", "old")),
    )


def test_thinking_of_nothing_but_empty_parts_has_no_parts():
    assert ir.fold([ir.Opened(0, ir.Thinking()), ir.Delta(0, ir.Break()), ir.Delta(0, "")]).blocks == (ir.Thinking(),)


def test_a_later_meter_replaces_an_earlier_one():
    meters = [ir.Metered(ir.Usage(output=1)), ir.Metered(ir.Usage(output=5))]
    assert ir.fold(meters).usage == ir.Usage(output=5)


def of_block(events: list[ir.Event], index: int) -> list[ir.Event]:
    return [each for each in events if isinstance(each, ir.Opened | ir.Delta | ir.Closed) and each.index == index]


@given(streams())
def test_in_sequence_at_most_one_block_is_open(events: list[ir.Event]):
    order = [e.index for e in ir.sequential(events) if isinstance(e, ir.Opened | ir.Delta | ir.Closed)]
    indexes = [index for index, _ in groupby(order)]
    assert len(indexes) == len(set(indexes))
    open_blocks: set[int] = set()
    for event in ir.sequential(events):
        if isinstance(event, ir.Opened):
            assert not open_blocks
            open_blocks.add(event.index)
        elif isinstance(event, ir.Closed):
            open_blocks.remove(event.index)


@given(streams())
def test_in_sequence_the_reply_is_the_same_and_obeys_the_grammar(events: list[ir.Event]):
    assert ir.fold(ir.checked(ir.sequential(events))) == ir.fold(events)


@given(streams())
def test_in_sequence_nothing_is_lost_or_reordered_within_a_block(events: list[ir.Event]):
    after = list(ir.sequential(events))
    failed = isinstance(events[-1], ir.Failed)
    for index in {event.index for event in events if isinstance(event, ir.Opened)}:
        before, got = of_block(events, index), of_block(after, index)
        assert got == before or (failed and got == [*before, ir.Closed(index)])
    others = [each for each in events if not isinstance(each, ir.Opened | ir.Delta | ir.Closed)]
    assert [each for each in after if not isinstance(each, ir.Opened | ir.Delta | ir.Closed)] == others


@given(streams())
def test_in_sequence_the_first_open_block_and_all_asides_flow_at_once(events: list[ir.Event]):
    sequencer = ir.Sequencer()
    current: int | None = None
    for event in events:
        out = sequencer.feed(event)
        if isinstance(event, ir.Opened) and current is None:
            current = event.index
        if not isinstance(event, ir.Opened | ir.Delta | ir.Closed):
            assert out[-1] == event
        elif event.index == current:
            assert out[0] == event
            if isinstance(event, ir.Closed):
                still_open = {each.index for each in out if isinstance(each, ir.Opened)}
                still_open -= {each.index for each in out if isinstance(each, ir.Closed)}
                current = min(still_open, default=None)
        else:
            assert out == []


def test_what_was_held_comes_in_the_order_the_blocks_were_opened():
    sequencer = ir.Sequencer()
    opened = [ir.Opened(index, ir.Text("")) for index in (0, 2, 1)]
    assert [sequencer.feed(event) for event in opened] == [[opened[0]], [], []]
    assert sequencer.feed(ir.Delta(2, "x")) == []
    assert sequencer.feed(ir.Closed(2)) == []
    assert sequencer.feed(ir.Closed(0)) == [
        ir.Closed(0),
        opened[1],
        ir.Delta(2, "x"),
        ir.Closed(2),
        opened[2],
    ]
    assert sequencer.feed(ir.Delta(1, "flows")) == [ir.Delta(1, "flows")]


@pytest.mark.parametrize("second_closed", [True, False])
def test_a_failure_lets_go_of_what_was_held_one_block_at_a_time(second_closed: bool):
    failed = ir.Failed(ir.Failure.of("api", "broken"))
    held: list[ir.Event] = [ir.Opened(1, ir.Text("")), ir.Delta(1, "x"), *([ir.Closed(1)] if second_closed else [])]
    events = [ir.Opened(0, ir.Text("")), *held, ir.Opened(2, ir.Text("")), failed]
    tail = [ir.Closed(1), ir.Opened(2, ir.Text("")), failed]
    assert list(ir.sequential(events)) == [ir.Opened(0, ir.Text("")), ir.Closed(0), *held[:2], *tail]
