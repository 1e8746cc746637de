"""Every pair of dialects: what a model says, and what it is told, survives the way from one into the other.

A reply is written in the words of the upstream's dialect, cut and disturbed as networks and proxies do, read, written
in the words of the client's dialect, and read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from ccgate import ir
from ccgate.errors import ReplyError, RequestRefused
from ccgate.testing.fidelity import matrix
from ccgate.testing.fidelity.judge import native
from ccgate.testing.laws.walk import frames
from ccgate.translators import Decoder, Translator

DIALECTS = matrix.speakers()
pairs = pytest.mark.parametrize(
    ("client", "upstream"), [(one, two) for one in DIALECTS for two in DIALECTS], ids=lambda name: name
)
each_dialect = pytest.mark.parametrize("dialect", list(DIALECTS))
quick = settings(max_examples=40, deadline=None)

JOINED = frozenset({"openai_chat"})
"""Dialects in which the words of an answer are one string beside its calls: their order is not told."""
DONE = b"data: [DONE]\n\n"

letters = st.characters(exclude_categories=("Cs",))
said = st.text(letters, min_size=1, max_size=12).filter(str.strip)
names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(letters, max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(letters, max_size=4), inner, max_size=2),
    max_leaves=4,
)
arguments = st.dictionaries(st.text(letters, min_size=1, max_size=6), values, max_size=3).map(
    lambda value: json.dumps(value, ensure_ascii=False)
)
texts = st.builds(ir.Text, said)
thoughts = st.builds(ir.Thinking, said.map(lambda words: (words,)), st.just("summary"))
calls = st.builds(ir.ToolUse, st.just(""), names, arguments)


def numbered(blocks: Sequence[ir.Block]) -> tuple[ir.Block, ...]:
    """Every call gets an id of its own."""
    return tuple(
        ir.ToolUse(f"call_{n}", block.name, block.arguments) if isinstance(block, ir.ToolUse) else block
        for n, block in enumerate(blocks)
    )


@st.composite
def replies(draw: st.DrawFn, *, interleaved: bool) -> ir.Reply:
    """What a model answers: thoughts first, then words and calls, in any order where the dialects tell it."""
    first = draw(st.lists(thoughts, max_size=1))
    if interleaved:
        rest: list[Any] = draw(st.lists(texts | calls, min_size=1, max_size=5))
    else:
        rest = [*draw(st.lists(texts, max_size=2)), *draw(st.lists(calls, max_size=3))] or [draw(texts)]
    uses = any(isinstance(block, ir.ToolUse) for block in rest)
    reason = "tool_use" if uses else draw(st.sampled_from(["end", "limit"]))
    usage = ir.Usage(input=draw(st.integers(1, 99)), output=draw(st.integers(1, 99)))
    return ir.Reply(id="r-1", model="m", blocks=numbered([*first, *rest]), usage=usage, reason=reason)


def meaning(reply: ir.Reply) -> list[Any]:
    """What was said, in its order. Texts that follow each other are one text; arguments mean what their JSON means."""
    told: list[Any] = []
    for block in reply.blocks:
        if isinstance(block, ir.ToolUse):
            told.append(("call", block.id, block.name, json.loads(block.arguments)))
        elif isinstance(block, ir.Text) and told and told[-1][0] == "text":
            told[-1] = ("text", told[-1][1] + block.text)
        elif isinstance(block, ir.Text):
            told.append(("text", block.text))
        elif isinstance(block, ir.Thinking) and block.parts:
            told.append(("thought", "".join(block.parts)))
    return [*told, reply.reason, reply.usage and (reply.usage.prompt, reply.usage.output)]


def write(translator: Translator, events: Iterator[ir.Event], *, stream: bool) -> bytes:
    encoder = translator.encoder(stream=stream)
    return b"".join([*(encoder.feed(event) for event in events), encoder.close()])


def read(decoder: Decoder, pieces: Sequence[bytes]) -> list[ir.Event]:
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return list(ir.checked([*events, *decoder.close()]))


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """The bytes in pieces, cut wherever it is, within a character too."""
    at = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[one:two] for one, two in pairwise(at)]


def disturbed(data: bytes, noise: Sequence[str]) -> bytes:
    """The same stream, as other servers and proxies would have sent it."""
    if "no [DONE]" in noise:
        data = data.replace(DONE, b"")
    if "no space" in noise:
        data = b"\n".join(b"data:" + line[6:] if line.startswith(b"data: ") else line for line in data.split(b"\n"))
    if "comments" in noise:
        data = b": \xc3\xa9\n\n" + b"".join(frame + b": ping\n\n" for frame in frames(data))
    if "comments within" in noise:
        data = data.replace(b"data:", b": within\ndata:")
    if "CRLF" in noise:
        data = data.replace(b"\n", b"\r\n")
    return data


noises = st.sets(st.sampled_from(["no [DONE]", "no space", "comments", "comments within", "CRLF"]))
places = st.lists(st.integers(0, 10**4), max_size=6)


@pairs
@quick
@given(data=st.data(), noise=noises, cuts=st.tuples(places, places))
def test_a_streamed_reply_survives(
    client: str, upstream: str, data: st.DataObject, noise: set[str], cuts: tuple[list[int], list[int]]
) -> None:
    reply = data.draw(replies(interleaved=JOINED.isdisjoint({client, upstream})))
    sent = disturbed(write(DIALECTS[upstream], ir.unfold(reply), stream=True), sorted(noise))
    events = read(DIALECTS[upstream].decoder(stream=True), cut(sent, cuts[0]))
    got = cut(write(DIALECTS[client], iter(events), stream=True), cuts[1])
    assert meaning(ir.fold(read(DIALECTS[client].decoder(stream=True), got))) == meaning(reply)


@pairs
@quick
@given(data=st.data(), stream=st.booleans(), cuts=st.tuples(places, places))
def test_a_reply_that_changes_its_form_survives(
    client: str, upstream: str, data: st.DataObject, stream: bool, cuts: tuple[list[int], list[int]]
) -> None:
    """One that came whole is streamed, one that was streamed is gathered."""
    reply = data.draw(replies(interleaved=JOINED.isdisjoint({client, upstream})))
    sent = write(DIALECTS[upstream], ir.unfold(reply), stream=stream)
    events = read(DIALECTS[upstream].decoder(stream=stream), cut(sent, cuts[0]))
    got = cut(write(DIALECTS[client], iter(events), stream=not stream), cuts[1])
    assert meaning(ir.fold(read(DIALECTS[client].decoder(stream=not stream), got))) == meaning(reply)


@each_dialect
@quick
@given(data=st.data())
def test_every_cut_and_every_noise_gives_the_same_events(dialect: str, data: st.DataObject) -> None:
    reply = data.draw(replies(interleaved=dialect not in JOINED))
    sent = write(DIALECTS[dialect], ir.unfold(reply), stream=True)
    expected = read(DIALECTS[dialect].decoder(stream=True), [sent])
    noisy = disturbed(sent, sorted(data.draw(noises)))
    n = data.draw(st.integers(1, 7))
    pieces = [noisy[at : at + n] for at in range(0, len(noisy), n)]
    assert read(DIALECTS[dialect].decoder(stream=True), pieces) == expected


def interleaved_events(reply: ir.Reply, order: Sequence[int]) -> Iterator[ir.Event]:
    """The blocks of a reply all open at once, their pieces one after the other in the given order."""
    queues = [
        [event for event in ir.unfold(ir.Reply(blocks=(block,))) if isinstance(event, ir.Delta)]
        for block in reply.blocks
    ]
    opened = [next(e for e in ir.unfold(ir.Reply(blocks=(b,))) if isinstance(e, ir.Opened)) for b in reply.blocks]
    yield ir.Started(reply.id, reply.model)
    yield from (ir.Opened(n, event.block) for n, event in enumerate(opened))
    for n in order:
        pieces = [event.piece for event in queues[n]]
        words = "".join(piece for piece in pieces if isinstance(piece, str))
        yield from (ir.Delta(n, letter) for letter in words)
    yield from (ir.Closed(n) for n in range(len(reply.blocks)))
    assert reply.usage is not None
    assert reply.reason is not None
    yield ir.Metered(reply.usage)
    yield ir.Finished(reply.reason)


@pairs
@quick
@given(data=st.data())
def test_calls_that_grow_at_the_same_time_survive(client: str, upstream: str, data: st.DataObject) -> None:
    blocks = numbered(data.draw(st.lists(calls, min_size=2, max_size=3)))
    reply = ir.Reply(id="r", model="m", blocks=blocks, usage=ir.Usage(input=1, output=1), reason="tool_use")
    order = data.draw(st.permutations(range(len(blocks))))
    sent = write(DIALECTS[upstream], interleaved_events(reply, order), stream=True)
    events = read(DIALECTS[upstream].decoder(stream=True), [sent])
    got = write(DIALECTS[client], iter(events), stream=True)
    assert meaning(ir.fold(read(DIALECTS[client].decoder(stream=True), [got]))) == meaning(reply)


# Requests.


@st.composite
def conversations(draw: st.DrawFn) -> ir.Request:
    """Words, calls and their results, turn by turn."""
    turns = [ir.Turn("system", (draw(texts),))] if draw(st.booleans()) else []
    turns.append(ir.Turn("user", (draw(texts),)))
    made = 0
    for _ in range(draw(st.integers(0, 2))):
        words = draw(st.lists(texts, max_size=1))
        count = draw(st.integers(0 if words else 1, 2))
        uses = [ir.ToolUse(f"call_{made + n}", "look", draw(arguments)) for n in range(count)]
        made += count
        turns.append(ir.Turn("assistant", (*words, *uses)))
        results = [ir.ToolResult(use.id, (draw(texts),)) for use in uses]
        more = draw(st.lists(texts, max_size=1)) if results else [draw(texts)]
        turns.append(ir.Turn("user", (*results, *more)))
    tool = ir.Tool("look", draw(st.none() | said), {"type": "object", "properties": {}})
    limits = ir.Limits(output=draw(st.integers(1024, 4096)))
    return ir.Request(model="any-model", turns=tuple(turns), tools=(tool,), limits=limits)


def script(request: ir.Request) -> list[Any]:
    """Who said what, in its order."""
    told: list[Any] = []
    for turn in request.turns:
        for block in turn.blocks:
            if isinstance(block, ir.Text):
                told.append(("system" if turn.role == "developer" else turn.role, block.text))
            elif isinstance(block, ir.ToolUse):
                told.append(("call", block.id, block.name, json.loads(block.arguments)))
            elif isinstance(block, ir.ToolResult):
                told.append(("result", block.id, [b.text for b in block.blocks if isinstance(b, ir.Text)]))
    tools = [(tool.name, tool.description, tool.schema) for tool in request.tools if isinstance(tool, ir.Tool)]
    return [*told, tools, request.limits.output]


@pairs
@quick
@given(request=conversations())
def test_a_conversation_survives(client: str, upstream: str, request: ir.Request) -> None:
    asked = attrs.evolve(native(DIALECTS[client], request), model=request.model)
    sent = DIALECTS[upstream].write_request(asked)
    assert script(DIALECTS[upstream].read_request(sent.body)) == script(request)
    assert sent.losses == ()


# Anything at all: it need not mean much, but it is carried over, or refused in words.

wild = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def strange(value: object) -> bool:
    """Without opaque words that pass for a dialect's own: only its reader makes these, and never so."""
    return "dialect='anthropic'" not in repr(value)


@wild
@given(request=strategies.requests.filter(strange))
def test_whatever_is_asked_is_written_or_refused(request: ir.Request) -> None:
    for client in DIALECTS.values():
        with suppress(RequestRefused):
            body = client.write_request(attrs.evolve(request, model="any-model")).body
            asked = attrs.evolve(client.read_request(body), model="any-model")
            for upstream in DIALECTS.values():
                assert json.loads(json.dumps(upstream.write_request(asked).body))


@wild
@given(events=strategies.streams().filter(strange), stream=st.booleans())
def test_whatever_is_answered_is_passed_on(events: list[ir.Event], stream: bool) -> None:
    for upstream in DIALECTS.values():
        sent = write(upstream, iter(events), stream=stream)
        with suppress(ReplyError):  # an error is no reply where it comes whole
            heard = read(upstream.decoder(stream=stream), [sent])
            for client in DIALECTS.values():
                assert write(client, iter(heard), stream=stream)
