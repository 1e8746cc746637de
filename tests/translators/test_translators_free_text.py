"""Tools that take free text (Codex's `apply_patch`), where an upstream only knows tools whose arguments are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate import ir
from ccgate.testing.laws.walk import decode
from ccgate.translators import find

CHAT, ANTHROPIC = find("openai_chat"), find("anthropic")
PATCH = ir.Tool("apply_patch", "patches", form="text", grammar=ir.Grammar("lark", "start: WORD"), at="/tools/0")
NOTE = ir.Tool("note", form="text", namespace=ir.Namespace("pad"))
SCHEMA = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
WORDS = '*** Begin Patch\n+"é"\\'


def asked(*turns: ir.Turn) -> ir.Request:
    return ir.Request(model="qwen", turns=(ir.Turn("user", (ir.Text("hi"),)), *turns), tools=(PATCH, NOTE))


def test_a_tool_with_free_text_is_a_function_with_one_string() -> None:
    draft = CHAT.write_request(asked())
    told = "patches\n\nThe input must follow this lark grammar:\nstart: WORD"
    assert draft.body["tools"] == [
        {"type": "function", "function": {"name": "apply_patch", "description": told, "parameters": SCHEMA}},
        {"type": "function", "function": {"name": "pad__note", "parameters": SCHEMA}},
    ]
    assert [(loss.at, loss.what, loss.grade) for loss in draft.losses][:1] == [("/tools/0", "changed", "setting")]


def test_a_call_with_free_text_is_told_with_that_string() -> None:
    use = ir.Turn("assistant", (ir.ToolUse("a", "apply_patch", WORDS, form="text"),))
    answer = ir.Turn("user", (ir.ToolResult("a", (ir.Text("done"),), form="text"),))
    call = CHAT.write_request(asked(use, answer)).body["messages"][1]["tool_calls"][0]
    assert (call["type"], call["function"]["name"]) == ("function", "apply_patch")
    assert json.loads(call["function"]["arguments"]) == {"input": WORDS}


def test_a_caller_of_the_same_dialect_keeps_its_custom_tools() -> None:
    tools = [{"type": "custom", "custom": {"name": "note"}}]
    call = {"id": "a", "type": "custom", "custom": {"name": "note", "input": WORDS}}
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": None, "tool_calls": [call]}]
    messages.append({"role": "tool", "tool_call_id": "a", "content": "ok"})
    body = {"model": "m", "messages": messages, "tools": tools}
    draft = CHAT.write_request(CHAT.read_request(body))
    assert (draft.body["tools"], draft.body["messages"][1]["tool_calls"], draft.losses) == (tools, [call], ())


def chat_stream(name: str, pieces: list[str]) -> bytes:
    head = {"index": 0, "id": "a", "function": {"name": name, "arguments": ""}}
    calls = [head, *({"index": 0, "function": {"arguments": piece}} for piece in pieces)]
    chunks = [{"id": "r", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]} for call in calls]
    chunks.append({"id": "r", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    return b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in chunks)


def messages_stream(name: str, pieces: list[str]) -> bytes:
    start = {"type": "tool_use", "id": "a", "name": name, "input": {}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": start},
    ]
    for piece in pieces:
        delta = {"type": "input_json_delta", "partial_json": piece}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    events += ({"type": "content_block_stop", "index": 0}, {"type": "message_stop"})
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)


STREAMS: dict[str, Callable[[str, list[str]], bytes]] = {"openai_chat": chat_stream, "anthropic": messages_stream}
upstreams = pytest.mark.parametrize("dialect", sorted(STREAMS))


def events_of(dialect: str, pieces: list[str], name: str = "apply_patch") -> list[ir.Event]:
    decoder = find(dialect).decoder(stream=True, asked=asked())
    return [*decoder.feed(STREAMS[dialect](name, pieces)), *decoder.close()]


def pieces_of(events: list[ir.Event]) -> list[ir.Piece]:
    return [event.piece for event in events if isinstance(event, ir.Delta)]


@upstreams
def test_the_text_flows_to_the_caller_as_it_comes(dialect: str) -> None:
    events = events_of(dialect, ['{"inp', 'ut":"*** Be', "gin\\", 'n+\\"', "\\u00", "e9", '"', "}"])
    assert pieces_of(events) == ["*** Be", "gin", '\n+"', "é"]
    assert ir.Opened(0, ir.ToolUse("a", "apply_patch", "", form="text")) in events


@upstreams
@given(st.text(max_size=20), st.lists(st.integers(0, 80), max_size=4), st.booleans())
def test_however_it_is_cut_the_text_is_what_the_model_wrote(
    dialect: str, text: str, cuts: list[int], ascii_only: bool
) -> None:
    arguments = json.dumps({"input": text}, ensure_ascii=ascii_only)
    places = [0, *sorted(cuts), len(arguments)]
    pieces = [arguments[one:two] for one, two in zip(places, [*places[1:], None], strict=True)]
    call = ir.fold(events_of(dialect, pieces, "pad__note")).blocks[0]
    assert call == ir.ToolUse("a", "note", text, "pad", form="text")


@upstreams
def test_a_model_that_writes_something_else_is_told_word_by_word(dialect: str) -> None:
    events = events_of(dialect, ["*** Begin", " Patch"])
    assert pieces_of(events) == ["*** Begin", " Patch"]


@upstreams
def test_what_was_held_is_told_at_the_end(dialect: str) -> None:
    assert pieces_of(events_of(dialect, ['{"input":"a\\'])) == ["a", "\\"]
    assert pieces_of(events_of(dialect, ['{"in'])) == ['{"in']


@upstreams
def test_a_whole_answer_says_the_same(dialect: str) -> None:
    function = {"name": "apply_patch", "arguments": json.dumps({"input": WORDS})}
    message = {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": function}]}
    use = {"type": "tool_use", "id": "a", "name": "apply_patch", "input": {"input": WORDS}}
    documents: dict[str, dict[str, Any]] = {
        "openai_chat": {"id": "r", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]},
        "anthropic": {"id": "m", "content": [use], "stop_reason": "tool_use"},
    }
    decoder = find(dialect).decoder(stream=False, asked=asked())
    decoder.feed(json.dumps(documents[dialect]).encode())
    assert ir.fold(decoder.close()).blocks == (ir.ToolUse("a", "apply_patch", WORDS, form="text"),)


def test_a_server_that_knows_custom_tools_may_answer_so() -> None:
    call = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "apply_patch", "input": '{"input":"x"}'}}
    chunk = {"id": "r", "choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    decoder = CHAT.decoder(stream=True, asked=asked())
    events = [*decoder.feed(b"data: %b\n\n" % json.dumps(chunk).encode()), *decoder.close()]
    assert ir.fold(events).blocks == (ir.ToolUse("a", "apply_patch", '{"input":"x"}', form="text"),)
    assert decode(CHAT, b"data: %b\n\n" % json.dumps(chunk).encode(), stream=True) == events
