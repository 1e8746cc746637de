from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.errors import MalformedReply
from ccgate.wire.sse import Frame, Frames, Splitter, frame

BOM = b"\xef\xbb\xbf"
ODD = "\u2028\x85\x0b\x0c\x1c".encode()
PIECES = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"data: ",
    b"data",
    b"event: x",
    b"event",
    b":",
    b" ",
    b"id: 7",
    b"x",
    ODD,
    BOM,
]
STREAMS = st.lists(st.sampled_from(PIECES), max_size=24).map(b"".join)
CUTS = st.lists(st.integers(0, 60), max_size=10)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def read(data: bytes, cuts: list[int]) -> tuple[list[Frame], bytes]:
    reader = Frames()
    return [frame for piece in pieces(data, cuts) for frame in reader.feed(piece)], reader.rest


def dispatched(data: bytes) -> list[tuple[str, str]]:
    """The algorithm of the standard, word by word: the events with data, each with its name."""
    events: list[tuple[str, str]] = []
    name, lines = "", list[str]()
    for line in re.split(r"\r\n|\n|\r", data.decode("utf-8-sig", "replace"))[:-1]:
        key, _, value = line.partition(":")
        if not line:
            events += [(name, "\n".join(lines))] if lines else []
            name, lines = "", []
        elif key == "data":
            lines.append(value.removeprefix(" "))
        elif key == "event":
            name = value.removeprefix(" ")
    return events


@pytest.mark.parametrize(
    ("raw", "data", "event", "last_id"),
    [
        (b"data: a\n\n", b"a", "", ""),
        (b"data:a\n\n", b"a", "", ""),
        (b"data:  a\n\n", b" a", "", ""),
        (b"data\n\n", b"", "", ""),
        (b"data: a\ndata: b\n\n", b"a\nb", "", ""),
        (b"data\ndata\n\n", b"\n", "", ""),
        (b"event: ping\ndata: {}\n\n", b"{}", "ping", ""),
        (b"data: {}\nevent:ping\nid: 7\nretry: 3\n\n", b"{}", "ping", "7"),
        (b"id: a\0b\n\n", b"", "", ""),
        (b"event: a\nevent\n\n", b"", "", ""),
        (b": keep-alive\n\n", b"", "", ""),
        (b"datum: a\n data: b\nDATA: c\n\n", b"", "", ""),
        (b"event: ping\r\ndata: a\r\ndata: b\r\n\r\n", b"a\nb", "ping", ""),
        (b"event: ping\rdata: a\r\r", b"a", "ping", ""),
        (b"data: a\r\n\n", b"a", "", ""),
        (b"data: a\n\r\n", b"a", "", ""),
        (BOM + b"data: a\n\n", b"a", "", ""),
        (b"\ndata: a\n\n", b"a", "", ""),
        (b"\n\n", b"", "", ""),
        (b"data: a" + ODD + b"b\n\n", b"a" + ODD + b"b", "", ""),
        (b"event: \xff\ndata: \xff\n\n", b"\xff", "\ufffd", ""),
    ],
)
def test_a_frame_is_read_as_the_standard_says(raw, data, event, last_id):
    assert Frames().feed(raw) == [Frame(raw, data, event, last_id)]


def test_a_byte_order_mark_counts_only_at_the_very_start():
    first, second = Frames().feed(BOM + b"data: a\n\n" + BOM + b"data: b\n\n")
    assert (first.data, second.data) == (b"a", b"")


def test_a_line_feed_behind_two_carriage_returns_opens_the_next_frame():
    raws = [frame.raw for frame in Frames().feed(b"data: a\r\r\ndata: b\r\r")]
    assert raws == [b"data: a\r\r", b"\ndata: b\r\r"]


def test_an_end_that_may_go_on_waits_for_the_next_byte():
    reader = Frames()
    assert reader.feed(b"data: a\r\n\r") == []
    assert [frame.raw for frame in reader.feed(b"\n")] == [b"data: a\r\n\r\n"]
    assert reader.feed(b"data: a\n\r") == []
    assert [frame.raw for frame in reader.feed(b"data: b")] == [b"data: a\n\r"]
    assert reader.rest == b"data: b"


@pytest.mark.parametrize(
    "last",
    [
        b"data: a\n",
        b"data: a\r",
        b"data: a\r\n",
        b"data: a\n\r",
        b"data: [DONE]",
        b'data: {"a": 1}',
        b"event: x\ndata:{}",
    ],
)
def test_a_last_frame_without_its_blank_line_counts_when_it_is_whole(last):
    reader = Frames()
    assert reader.feed(b"data: 1\n\n" + last)[0].data == b"1"
    assert [frame.raw for frame in reader.close()] == [last]
    assert reader.rest == b""
    assert reader.close() == []


@pytest.mark.parametrize(
    "last", [b'data: {"a": ', b"data: [DON", b"data: 12", b"data", b"event: pin", b'data: {"a": 1}\neven', b": pi", BOM]
)
def test_a_last_frame_that_was_cut_is_left_in_the_rest(last):
    reader = Frames()
    assert reader.feed(last) == []
    assert reader.close() == []
    assert reader.rest == last


@pytest.mark.parametrize("data", [b"data: 123456789\n\n", b"data: 1\n\ndata: 123456789\n\n", b"data: 123456789"])
def test_a_frame_over_the_limit_is_malformed(data):
    with pytest.raises(MalformedReply, match="more than 10 bytes"):
        Frames(max_frame=10).feed(data)


@given(STREAMS, CUTS)
def test_a_cut_at_any_byte_gives_the_same_frames_and_loses_no_byte(data, cuts):
    frames, rest = read(data, cuts)
    assert (frames, rest) == read(data, [])
    assert b"".join(frame.raw for frame in frames) + rest == data


@given(STREAMS, CUTS)
def test_the_events_are_those_of_the_standard(data, cuts):
    frames, rest = read(data, cuts)
    ours = [(frame.event, frame.data.decode()) for frame in frames if frame.data]
    expected = [event for event in dispatched(data[: len(data) - len(rest)]) if event[1]]
    assert ours == expected


@given(STREAMS, CUTS, st.integers(0, 20))
def test_a_splitter_loses_no_byte_and_ends_only_at_blank_lines(data, cuts, max_held):
    splitter = Splitter(max_held=max_held)
    sent = b""
    for piece in pieces(data, cuts):
        sent += splitter.feed(piece)
        assert sent + splitter.rest == data[: len(sent) + len(splitter.rest)]
        at_an_end = not sent or sent.endswith((b"\n\n", b"\r\r", b"\n\r\n", b"\n\r"))
        assert at_an_end or splitter.inside
    assert sent + splitter.rest == data


@given(STREAMS, CUTS)
def test_what_a_splitter_holds_is_never_a_whole_frame(data, cuts):
    splitter = Splitter()
    sent = [splitter.feed(piece) for piece in pieces(data, cuts)]
    assert Frames().feed(splitter.rest) == []
    assert not splitter.inside
    parted = [event for part in sent for event in read(part, [])[0]]
    whole = read(b"".join(sent), [])[0]
    # A mark at the start of a part is one of the whole stream only if the part is the first.
    if BOM not in data:
        assert [(f.event, f.data) for f in parted if f.data] == [(f.event, f.data) for f in whole if f.data]


def test_a_splitter_passes_whole_frames_on_as_the_same_object():
    data = b"data: a\n\ndata: b\n\n"
    assert Splitter().feed(data) is data


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r", b"\n\r\n"])
def test_a_splitter_does_not_hold_a_giant_frame(end):
    splitter = Splitter(max_held=8)
    assert splitter.feed(b"data: a") == b""
    assert splitter.feed(b"bcdefg") == b"data: abcdefg"
    assert splitter.inside
    assert splitter.feed(b"hij" + end[:1]) == b"hij" + end[:1]
    assert splitter.feed(end[1:] + b"data: b") == end[1:]
    assert not splitter.inside
    assert splitter.rest == b"data: b"
    assert splitter.feed(b"\n\n") == b"data: b\n\n"


def test_a_giant_frame_whose_end_was_undecided_ends_before_the_next_byte():
    splitter = Splitter(max_held=4)
    assert splitter.feed(b"data: a\n\r") == b"data: a\n\r"
    assert splitter.inside
    assert splitter.feed(b"d") == b""
    assert not splitter.inside
    assert splitter.rest == b"d"


@pytest.mark.parametrize("make", [Frames, Splitter])
@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n"])
def test_a_giant_frame_in_small_pieces_costs_no_more_than_its_bytes(make, end):
    # Searching again from the start at each piece would take minutes, and fall to the test's time limit.
    reader = make()
    piece = b"data: " + b"x" * 94
    for _ in range(40_000):
        reader.feed(piece)
    assert reader.feed(end)
    assert reader.rest == b""


@pytest.mark.parametrize(
    ("data", "event", "raw"),
    [
        (b"{}", "", b"data: {}\n\n"),
        (b"{}", "ping", b"event: ping\ndata: {}\n\n"),
        (b"", "", b"data: \n\n"),
        (b"a\nb\r\nc\rd", "", b"data: a\ndata: b\ndata: c\ndata: d\n\n"),
    ],
)
def test_a_frame_is_written(data, event, raw):
    assert frame(data, event) == raw


@pytest.mark.parametrize("event", ["a\nb", "a\r"])
def test_the_name_of_an_event_is_one_line(event):
    with pytest.raises(ValueError, match="one line"):
        frame(b"", event)


@given(st.binary(max_size=40), st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=8))
def test_what_is_written_is_read_back(data, event):
    (back,) = Frames().feed(frame(data, event))
    assert back.data == re.sub(rb"\r\n|\r", b"\n", data)
    assert back.event == event
