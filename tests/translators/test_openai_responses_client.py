"""Responses as its clients see it: what the encoders write, what the SDK reads, who asks, what a failure says."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from openai import omit
from openai._models import construct_type_unchecked
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from ccgate import errors, ir
from ccgate.testing.laws.walk import decode, frames
from ccgate.translators.openai_responses import translator
from ccgate.translators.openai_responses.failures import read_error
from ccgate.wire import seals
from ccgate.wire.jsontext import JsonText

OURS = "openai_responses"
EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
MARTIAN = ir.Seal("martian", "signature", "z")
USAGE = ir.Usage(input=5, output=3)

PATCH = ir.Tool("apply_patch", form="text")
ECHO = ir.Tool("echo", schema={}, namespace=ir.Namespace("mcp__echo"))
EXEC = ir.Tool("exec", schema={})
ASKED = ir.Request(
    model="m",
    turns=(ir.Turn("developer", (ir.Tools((PATCH,)),)),),
    tools=(ECHO, EXEC, ir.Hosted("web_search", ir.Opaque(OURS, {}))),
    choice=ir.Choice(parallel=False),
)


def told(*blocks: ir.Block, reason: ir.Reason = "end", **more: Any) -> list[ir.Event]:
    reply = {"id": "1", "model": "m", "blocks": blocks, "usage": USAGE, "reason": reason} | more
    return list(ir.unfold(ir.Reply(**reply)))


def streamed(events: list[ir.Event], asked: ir.Request | None = None) -> tuple[list[dict[str, Any]], list[ir.Loss]]:
    encoder = translator.encoder(stream=True, asked=asked)
    data = b"".join([*(encoder.feed(event) for event in events), encoder.close()])
    return [json.loads(frame.partition(b"data: ")[2]) for frame in frames(data)], list(encoder.losses)


def whole(events: list[ir.Event], asked: ir.Request | None = None) -> tuple[dict[str, Any], list[ir.Loss]]:
    encoder = translator.encoder(stream=False, asked=asked)
    data = b"".join([*(encoder.feed(event) for event in events), encoder.close()])
    return json.loads(data), list(encoder.losses)


def items(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What Codex reads: the complete items."""
    return [event["item"] for event in events if event["type"] == "response.output_item.done"]


EVERYTHING = told(
    ir.Thinking(("first", "", "second"), "summary", ir.Seal(OURS, "encrypted_content", "gAAA")),
    ir.Thinking(("raw", "thoughts"), "raw"),
    ir.Text("hello", citations=(ir.Citation(url="https://a.example", title="A"),)),
    ir.Text("no", refusal=True),
    ir.ToolUse("a", "exec", '{"cmd":"ls"}'),
    ir.ToolUse("b", "apply_patch", '{"input":"*** Begin"}'),
    ir.ToolUse("c", "echo", ""),
    ir.Opaque(
        OURS,
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
    ),
    reason="tool_use",
)


def test_the_sdk_takes_every_event_and_comes_to_the_same_response():
    events, losses = streamed(EVERYTHING, ASKED)
    assert not losses
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    state: Any = ResponseStreamState(input_tools=[], text_format=omit)
    for event in events:
        EVENTS.validate_python(event)
        state.handle_event(construct_type_unchecked(type_=ResponseStreamEvent, value=event))
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"] == items(events)
    assert [item.to_dict()["type"] for item in state._completed_response.output] == [
        item["type"] for item in items(events)
    ]


def test_the_sdk_takes_the_whole_document_which_is_the_end_of_the_stream():
    document, losses = whole(EVERYTHING, ASKED)
    assert not losses
    response = Response.model_validate(document)
    assert response.output_text == "hello"
    assert response.usage is not None
    assert response.usage.total_tokens == 8
    assert document == streamed(EVERYTHING, ASKED)[0][-1]["response"]
    assert document["parallel_tool_calls"] is False


@pytest.mark.parametrize("end", ["limit", "refusal", "context_full"])
def test_the_sdk_takes_an_answer_that_is_incomplete(end: ir.Reason):
    document, _ = whole(told(ir.Text("hel"), reason=end))
    assert Response.model_validate(document).incomplete_details is not None


# ---------------------------------------------------------------- calls

CALLS = (
    ("its own name", ir.ToolUse("a", "exec", "{}"), ("function_call", "exec", None, "{}")),
    ("a full name", ir.ToolUse("a", "mcp__echo__echo", "{}"), ("function_call", "echo", "mcp__echo", "{}")),
    ("a name alone", ir.ToolUse("a", "echo", "{}"), ("function_call", "echo", "mcp__echo", "{}")),
    ("name and group", ir.ToolUse("a", "echo", "{}", "mcp__echo"), ("function_call", "echo", "mcp__echo", "{}")),
    ("an unknown name", ir.ToolUse("a", "what", "{}"), ("function_call", "what", None, "{}")),
    ("an unknown group", ir.ToolUse("a", "echo", "{}", "x"), ("function_call", "echo", "x", "{}")),
    ("free text", ir.ToolUse("a", "apply_patch", "p", form="text"), ("custom_tool_call", "apply_patch", None, "p")),
    ("wrapped text", ir.ToolUse("a", "apply_patch", '{"input":"p"}'), ("custom_tool_call", "apply_patch", None, "p")),
    ("text in JSON's place", ir.ToolUse("a", "apply_patch", "p"), ("custom_tool_call", "apply_patch", None, "p")),
    (
        "text under another key",
        ir.ToolUse("a", "apply_patch", '{"patch":"p"}'),
        ("custom_tool_call", "apply_patch", None, '{"patch":"p"}'),
    ),
)


@pytest.mark.parametrize(("block", "seen"), [row[1:] for row in CALLS], ids=[row[0] for row in CALLS])
def test_a_call_is_told_as_the_caller_declared_the_tool(block: ir.ToolUse, seen: tuple[Any, ...]):
    for item in (items(streamed(told(block), ASKED)[0])[0], whole(told(block), ASKED)[0]["output"][0]):
        assert (item["type"], item["name"], item.get("namespace")) == seen[:3]
        assert item.get("input", item.get("arguments")) == seen[3]


def test_free_text_in_json_is_held_until_it_is_whole():
    events = [
        ir.Started("1", "m"),
        ir.Opened(0, ir.ToolUse("a", "apply_patch", "")),
        ir.Delta(0, '{"in'),
        ir.Delta(0, 'put":"p"}'),
        ir.Closed(0),
        ir.Finished("tool_use"),
    ]
    told_, _ = streamed(events, ASKED)
    deltas = [event for event in told_ if event["type"].endswith(".delta")]
    assert [(event["type"], event["delta"]) for event in deltas] == [("response.custom_tool_call_input.delta", "p")]


def test_arguments_may_come_with_the_beginning_of_a_call():
    events = [ir.Started("1", "m"), ir.Opened(0, ir.ToolUse("a", "exec", '{"a":')), ir.Delta(0, "1}"), ir.Closed(0)]
    told_, _ = streamed([*events, ir.Finished("tool_use")])
    assert items(told_)[0]["arguments"] == '{"a":1}'
    assert [event["delta"] for event in told_ if "delta" in event] == ['{"a":', "1}"]


def test_calls_have_ids_of_their_own():
    for output in (
        items(streamed(told(ir.ToolUse("", "f", "{}"), ir.ToolUse("a", "f", "{}"), ir.ToolUse("a", "f", "{}")))[0]),
        whole(told(ir.ToolUse("", "f", "{}"), ir.ToolUse("a", "f", "{}"), ir.ToolUse("a", "f", "{}")))[0]["output"],
    ):
        ids = [item["call_id"] for item in output]
        assert ids[1] == "a"
        assert len({*ids}) == 3
        assert all(ids)


# ---------------------------------------------------------------- the caller's own search for tools

SEARCH = {"type": "tool_search", "execution": "client", "description": "d", "parameters": {"type": "object"}}
FOUND = {"type": "namespace", "name": "mcp__echo", "tools": [{"type": "function", "name": "echo", "parameters": {}}]}
SEARCHING = {
    "model": "m",
    "tools": [SEARCH],
    "input": [
        {"type": "message", "role": "user", "content": "hi"},
        {"type": "tool_search_call", "call_id": "s", "execution": "client", "arguments": {"query": "echo"}},
        {"type": "tool_search_output", "call_id": "s", "status": "completed", "execution": "client", "tools": [FOUND]},
    ],
}


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ('{"query":"echo","limit":3}', {"query": "echo", "limit": 3}),
        ("", {}),
        (" ", {}),
        ("echo", "echo"),
        ("[1]", [1]),
    ],
)
def test_a_search_for_tools_is_told_as_the_caller_expects_it(arguments: str, seen: Any):
    """Its arguments are no text: they are told with the complete item, and in no pieces."""
    asked = translator.read_request(SEARCHING)
    call = told(ir.ToolUse("a", "tool_search", arguments, extra=ir.Opaque(OURS, {"x": 1})), reason="tool_use")
    events, losses = streamed(call, asked)
    assert not losses
    (item,) = items(events)
    assert item == {
        "id": "tsc_1_0",
        "type": "tool_search_call",
        "status": "completed",
        "call_id": "a",
        "execution": "client",
        "arguments": seen,
        "x": 1,
    }
    assert [event["type"] for event in events[2:-1]] == ["response.output_item.added", "response.output_item.done"]
    assert events[2]["item"] == {**item, "status": "in_progress", "arguments": {}}
    assert whole(call, asked)[0]["output"] == [item]
    for event in events:
        EVENTS.validate_python(event)
    back = translator.read_request({"model": "m", "input": [item]}).turns[0].blocks[0]
    assert isinstance(back, ir.ToolUse)
    assert (back.id, back.name, json.loads(back.arguments)) == ("a", "tool_search", seen)


@pytest.mark.parametrize("name", ["tool_search", "other"])
@pytest.mark.parametrize("namespace", [None, "ns"])
@pytest.mark.parametrize("tool", [{**SEARCH, "execution": "server"}, {"type": "function", "name": "tool_search"}])
def test_only_the_callers_own_search_is_told_as_one(name: str, namespace: str | None, tool: dict[str, Any]):
    call = told(ir.ToolUse("a", name, "{}", namespace))
    assert (
        items(streamed(call, translator.read_request({**SEARCHING, "tools": [tool]}))[0])[0]["type"] == "function_call"
    )
    asked = translator.read_request(SEARCHING)
    kinds = {items(streamed(call, asked)[0])[0]["type"], whole(call, asked)[0]["output"][0]["type"]}
    assert kinds == {"tool_search_call" if (name, namespace) == ("tool_search", None) else "function_call"}


def test_a_tool_that_was_found_is_called_in_its_namespace():
    (item,) = items(streamed(told(ir.ToolUse("a", "mcp__echo__echo", "{}")), translator.read_request(SEARCHING))[0])
    assert (item["name"], item["namespace"]) == ("echo", "mcp__echo")


# ---------------------------------------------------------------- what is lost, what is carried

STRANGERS = (
    ("a block that says nothing", [ir.Opaque("martian", {}, at="/b")], [], [("/b", "dropped", "content")]),
    ("a block that speaks", [ir.Opaque("martian", {}, "beep", at="/b")], ["beep"], [("/b", "changed", "content")]),
    ("an image", [ir.Media("image", ir.Url("u"), at="/b")], ["[image: left out]"], [("/b", "changed", "content")]),
    ("a result", [ir.ToolResult("a", at="/b")], ["[ToolResult: left out]"], [("/b", "changed", "content")]),
    ("a page", [ir.Text("x", citations=(ir.Citation(title="p", at="/b"),))], ["x"], [("/b", "dropped", "hint")]),
    (
        "a stranger's field",
        [ir.Text("x", extra=ir.Opaque("martian", {"a": 1, "b": None}, at="/b", grade="hint"))],
        ["x"],
        [("/b/a", "dropped", "hint")],
    ),
)


@pytest.mark.parametrize(("blocks", "words", "lost"), [row[1:] for row in STRANGERS], ids=[row[0] for row in STRANGERS])
def test_what_has_no_place_is_told_in_words_and_reported_once(blocks, words, lost):
    for document, losses in (
        (streamed(told(*blocks))[0][-1]["response"], streamed(told(*blocks))[1]),
        whole(told(*blocks)),
    ):
        assert [item["content"][0]["text"] for item in document["output"]] == words
        assert [(loss.at, loss.what, loss.grade) for loss in losses] == lost


def test_how_it_ended_is_reported_where_there_is_no_word_for_it():
    for losses in (
        streamed(told(reason="stop", stop="END", detail=ir.Opaque("martian", {})))[1],
        whole(told(reason="stop", stop="END", detail=ir.Opaque("martian", {})))[1],
    ):
        assert [loss.grade for loss in losses] == ["hint", "hint"]


def test_an_event_of_a_stranger_s_is_reported():
    _, losses = streamed([ir.Started("1", "m"), ir.Kept(ir.Opaque("martian", {}, at="/e")), ir.Finished("end")])
    assert [loss.at for loss in losses] == ["/e"]


def test_the_seal_of_thinking_rides_in_its_encrypted_content():
    blocks = (ir.Thinking(("hm",), "raw", MARTIAN), ir.Thinking((), "redacted", MARTIAN))
    for output in (items(streamed(told(*blocks))[0]), whole(told(*blocks))[0]["output"]):
        assert [seals.unwrap(item["encrypted_content"]) for item in output] == [
            seals.Sealed("martian", "signature", "z", "raw"),
            seals.Sealed("martian", "signature", "z", "redacted"),
        ]
        request = translator.read_request({"model": "m", "input": output})
        assert tuple(attrs.evolve(block, extra=None) for turn in request.turns for block in turn.blocks) == blocks


def test_the_seal_of_a_text_or_a_call_rides_behind_it():
    blocks = (ir.Text("x", seal=MARTIAN), ir.ToolUse("a", "f", "{}", seal=MARTIAN))
    for output in (items(streamed(told(*blocks))[0]), whole(told(*blocks))[0]["output"]):
        assert [item["type"] for item in output] == ["message", "reasoning", "function_call", "reasoning"]
        request = translator.read_request({"model": "m", "input": output})
        (text, call) = (block for turn in request.turns for block in turn.blocks)
        assert (text.seal, call.seal) == (MARTIAN, MARTIAN)


def test_a_seal_that_lost_its_block_stands_for_itself():
    carrier = {"type": "reasoning", "summary": [], "encrypted_content": seals.wrap("martian", "signature", "z", "last")}
    hi = {"type": "message", "role": "user", "content": "hi"}
    request = translator.read_request({"model": "m", "input": [hi, carrier, carrier]})
    assert [block for turn in request.turns[1:] for block in turn.blocks] == [
        ir.Text("", seal=MARTIAN),
        ir.Text("", seal=MARTIAN),
    ]
    cut = {**carrier, "encrypted_content": carrier["encrypted_content"][:-9]}
    request = translator.read_request({"model": "m", "input": [hi, cut]})
    assert request.turns[1].blocks == (ir.Thinking((), "summary"),)


def test_thinking_that_says_nothing_is_no_item():
    events = [ir.Started("1", "m"), ir.Opened(0, ir.Thinking()), ir.Delta(0, ""), ir.Closed(0), ir.Finished("end")]
    assert items(streamed(events)[0]) == whole(events)[0]["output"] == []


@pytest.mark.parametrize("form", ["raw", "summary"])
def test_thoughts_flow_as_they_come(form: Any):
    events: list[ir.Event] = [ir.Started("1", "m"), ir.Opened(0, ir.Thinking(form=form))]
    pieces: tuple[ir.Piece, ...] = ("a", "b", ir.Break(), "c", "d")
    events += [ir.Delta(0, piece) for piece in pieces]
    told_, _ = streamed([*events, ir.Closed(0), ir.Finished("end")])
    assert [event["delta"] for event in told_ if "delta" in event] == ["a", "b", "c", "d"]
    key = "content" if form == "raw" else "summary"
    assert [part["text"] for part in items(told_)[0][key]] == ["ab", "cd"]


def test_a_seal_that_comes_while_others_are_open_is_reported():
    events: list[ir.Event] = [ir.Started("1", "m")]
    events += [ir.Opened(n, ir.ToolUse(f"c{n}", "f", "{}", seal=MARTIAN if n == 0 else None)) for n in range(2)]
    told_, losses = streamed([*events, ir.Closed(0), ir.Closed(1), ir.Finished("tool_use")])
    assert len(items(told_)) == 2
    assert [loss.grade for loss in losses] == ["hint"]


def test_what_is_ours_is_cut_out_of_a_body_for_a_server_of_this_dialect():
    ours = {"type": "reasoning", "summary": [], "encrypted_content": seals.wrap("martian", "signature", "z")}
    theirs = {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
    bodies: tuple[tuple[Any, dict[str, None]], ...] = (
        ([theirs, ours, {"type": "message"}, 5], {"/input/1": None}),
        ([theirs], {}),
        (seals.MARK, {}),
    )
    for given, places in bodies:
        assert translator.edits(JsonText.read(json.dumps({"input": given}).encode()), model="m") == places


# ---------------------------------------------------------------- ends and failures


def test_a_reply_that_does_not_end_is_a_bug():
    for stream in (True, False):
        encoder = translator.encoder(stream=stream)
        encoder.feed(ir.Started("1", "m"))
        with pytest.raises(errors.GrammarBroken):
            encoder.close()


ENDS: tuple[tuple[ir.Kind, float | None, str, str], ...] = (
    ("context_overflow", None, "context_length_exceeded", "prompt is too long: on fire"),
    ("billing", None, "insufficient_quota", "on fire"),
    ("rate_limit", 1.5, "rate_limit_exceeded", "on fire Please try again in 1.5s."),
    ("rate_limit", None, "rate_limit_exceeded", "on fire"),
    ("overloaded", None, "slow_down", "on fire"),
    ("api", None, "server_error", "on fire"),
    ("authentication", None, "invalid_prompt", "on fire"),
    ("provider_key", None, "invalid_prompt", "on fire"),
    ("conflict", None, "conflict_error", "on fire"),
)


@pytest.mark.parametrize(("kind", "wait", "code", "words"), ENDS)
def test_a_stream_that_fails_says_what_codex_understands(kind: ir.Kind, wait: float | None, code: str, words: str):
    failure = ir.Failure.of(kind, "on fire", retry_after=wait)
    events, _ = streamed([ir.Started("1", "m"), ir.Metered(USAGE), ir.Failed(failure)])
    last = events[-1]
    EVENTS.validate_python({**last, "response": {**last["response"], "error": None}})
    assert (last["type"], last["response"]["id"]) == ("response.failed", "resp_1")
    assert (last["response"]["error"]["code"], last["response"]["error"]["message"]) == (code, words)
    assert last["response"]["usage"]["total_tokens"] == 8
    again = read_error(last["response"])
    assert again.retry_after == wait
    assert again.kind == ("permission" if kind == "provider_key" else kind)


def test_the_time_to_wait_may_be_told_in_milliseconds():
    assert read_error({"error": {"message": "Try again in 250ms", "code": "rate_limit_exceeded"}}).retry_after == 0.25


STATUS: tuple[tuple[ir.Kind, int, int, str | None], ...] = (
    ("invalid_request", 422, 422, None),
    ("context_overflow", 400, 400, "context_length_exceeded"),
    ("billing", 402, 429, "insufficient_quota"),
    ("provider_key", 502, 403, "provider_key_refused"),
    ("not_found", 404, 404, "model_not_found"),
    ("overloaded", 529, 503, "slow_down"),
)


@pytest.mark.parametrize(("kind", "status", "out", "code"), STATUS)
def test_a_failure_has_the_status_and_code_that_clients_act_on(kind: ir.Kind, status: int, out: int, code: str | None):
    got, headers, document = translator.write_failure(ir.Failure.of(kind, "no", status=status))
    assert (got, document["error"]["code"]) == (out, code)
    assert ((b"x-should-retry", b"false") in headers) is (kind == "billing")


# ---------------------------------------------------------------- the door

REFUSED = (
    ({}, "Missing required parameter: 'model'."),
    ({"model": ""}, "Missing required parameter: 'model'."),
    ({"model": 5}, "Invalid type for 'model': expected a string."),
    ({"model": "m\n"}, "Invalid 'model': expected at most 256 printable characters."),
    ({"model": "m"}, "Missing required parameter: 'input'."),
    ({"model": "m", "input": 5}, "Invalid type for 'input': expected a string or an array."),
    ({"model": "m", "input": []}, "Invalid 'input': it must not be empty."),
)


@pytest.mark.parametrize(("body", "why"), REFUSED)
def test_what_the_servers_would_refuse_is_refused(body: dict[str, Any], why: str):
    with pytest.raises(errors.RequestRefused) as refusal:
        translator.check(body, "generate")
    assert refusal.value.message == why
    translator.check(body, "models")


@pytest.mark.parametrize("body", [{"input": "hi"}, {"input": [{}]}, {"previous_response_id": "resp_1"}])
def test_what_the_servers_would_take_is_taken(body: dict[str, Any]):
    translator.check({"model": "m", **body}, "generate")


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        (((b"originator", b"codex_exec"),), True),
        (((b"user-agent", b"Codex_exec/0.169.0 (Linux)"),), True),
        (((b"x-codex-window-id", b"1"),), True),
        (((b"user-agent", b"OpenAI/Python 3.51.0"),), False),
        ((), False),
    ],
)
def test_codex_is_known_by_its_marks(headers: Any, ours: bool):
    assert translator.asks(headers) is ours


def test_paths_and_documents():
    assert translator.paths["/responses"] == translator.paths["/v1/responses"] == "generate"
    assert translator.paths["/v1/models"] == "models"
    assert translator.path("generate", model="m", stream=True) == "/responses"
    assert translator.path("models", model="m", stream=False) == "/models"
    assert translator.path("count_tokens", model="m", stream=False) is None
    assert translator.write_models(["a"])["data"] == [translator.write_model("a")]
    assert translator.write_count(3) == {"object": "response.input_tokens", "input_tokens": 3}
    assert translator.authorize("k") == ((b"authorization", b"Bearer k"),)


# ---------------------------------------------------------------- upstreams that differ


def event(kind: str, **fields: Any) -> bytes:
    return b"data: " + json.dumps({"type": kind, **fields}).encode() + b"\n\n"


def folded(*events: bytes) -> ir.Reply:
    return ir.fold(decode(translator, *events, stream=True))


END = event("response.completed", response={"id": "r", "model": "m", "output": []})
CALL = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}


def test_pieces_of_a_call_whose_beginning_was_lost_are_told_with_its_end():
    piece = event("response.function_call_arguments.delta", output_index=0, delta="{")
    assert folded(piece, event("response.output_item.done", output_index=0, item=CALL), END).blocks == (
        ir.ToolUse("a", "f", "{}"),
    )


def test_a_stream_is_done_with_its_last_event():
    decoder = translator.decoder(stream=True)
    decoder.feed(event("response.created", response={"id": "r"}))
    assert not decoder.done
    decoder.feed(END)
    assert decoder.done


def test_calls_get_ids_where_they_have_none():
    done = [event("response.output_item.done", output_index=n, item={**CALL, "call_id": None}) for n in range(2)]
    ids = {block.id for block in folded(*done, END).blocks if isinstance(block, ir.ToolUse)}
    assert len(ids) == 2


def test_a_part_that_nobody_knows_is_kept():
    part = {"type": "hologram", "text": "look"}
    item = {"type": "message", "role": "assistant", "content": [part]}
    (block,) = folded(event("response.output_item.done", output_index=0, item=item), END).blocks
    assert block == ir.Opaque(OURS, item, "look")


def test_an_annotation_may_come_before_the_words():
    note = {"type": "url_citation", "url": "u"}
    first = event("response.output_text.annotation.added", output_index=0, content_index=0, annotation=note)
    item = {"type": "message", "content": [{"type": "output_text", "text": "x", "annotations": [note]}]}
    reply = folded(first, event("response.output_item.done", output_index=0, item=item), END)
    assert reply.blocks == (ir.Text("x", citations=(ir.Citation(url="u"),)),)


def test_encrypted_reasoning_may_come_without_repeating_its_words():
    first = event("response.reasoning_text.delta", output_index=0, content_index=0, delta="hm")
    item = {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
    reply = folded(first, event("response.output_item.done", output_index=0, item=item), END)
    assert reply.blocks == (ir.Thinking(("hm",), "raw", ir.Seal(OURS, "encrypted_content", "gAAA")),)


def test_calls_that_the_provider_made_are_counted():
    used = {"usage": {"input_tokens": 1}, "tool_usage": {"web_search": {"num_requests": 2}}}
    assert folded(event("response.completed", response={"id": "r", **used})).usage == ir.Usage(
        input=1, hosted={"web_search": 2}
    )


def test_written_tokens_without_details_are_kept_for_the_usual_time():
    used = {"usage": {"input_tokens": 9, "input_tokens_details": {"cache_write_tokens": 4}}}
    reply = folded(event("response.completed", response={"id": "r", **used}))
    assert reply.usage == ir.Usage(input=5, cache_write={"30m": 4})


def test_a_failed_response_tells_what_it_cost():
    response = {"id": "r", "usage": {"input_tokens": 9}, "error": {"code": "server_error", "message": "on fire"}}
    reply = folded(event("response.failed", response=response))
    assert (reply.usage, reply.failure and reply.failure.kind) == (ir.Usage(input=9), "api")
    tap = translator.tap(stream=True)
    tap.feed(event("response.failed", response=response))
    assert (tap.usage, tap.complete, tap.failure and tap.failure.message) == (ir.Usage(input=9), True, "on fire")


def test_a_response_that_calls_itself_complete_and_failed_is_failed():
    response = {"id": "r", "error": {"code": "server_error", "message": "on fire"}}
    assert folded(event("response.completed", response=response)).failure is not None
    tap = translator.tap(stream=True)
    tap.feed(event("response.completed", response=response))
    assert tap.failure is not None


BROKEN = (
    event("response.output_item.added", output_index=0, item=CALL) * 2,
    event("response.output_item.done", output_index=0, item=CALL)
    + event("response.output_text.delta", output_index=0, delta="x"),
    event("response.output_item.done", output_index=0, item={**CALL, "name": ""}),
    event("response.output_text.delta", output_index="0", delta="x"),
    b"data: [1]\n\n",
)


@pytest.mark.parametrize("data", BROKEN)
def test_a_stream_that_makes_no_sense_is_malformed(data: bytes):
    with pytest.raises(errors.MalformedReply):
        folded(data)


@pytest.mark.parametrize("document", ["[1]", '{"id": "r"}', '{"output": [], "status": "queued"}'])
def test_a_document_that_is_no_response_is_malformed(document: str):
    with pytest.raises(errors.MalformedReply):
        decode(translator, document.encode(), stream=False)


def test_an_empty_reply_is_cut_short():
    with pytest.raises(errors.TruncatedReply):
        decode(translator, b" ", stream=False)


def test_a_tap_ends_a_stream_with_its_own_id_and_the_next_number():
    tap = translator.tap(stream=True)
    tap.feed(event("response.created", sequence_number=0, response={"id": "resp_7", "model": "gpt-5.5"}))
    assert not tap.content
    tap.feed(event("response.output_text.delta", output_index=0, delta='"sequence_number":99', sequence_number=41))
    assert tap.content
    tap.feed(b": comment\n\n")
    assert not tap.endable
    frame = json.loads(tap.end(ir.Failure.of("overloaded", "on fire")).partition(b"data: ")[2])
    assert (frame["type"], frame["sequence_number"]) == ("response.failed", 42)
    assert (frame["response"]["id"], frame["response"]["model"]) == ("resp_7", "gpt-5.5")
    tap.feed(event("response.output_text.delta", delta="x") + END)
    assert tap.complete
    assert tap.endable
    assert tap.end(ir.Failure.of("api", "late")) == b""


def test_an_error_event_is_no_end_for_a_tap_until_the_response_has_failed():
    tap = translator.tap(stream=True)
    tap.feed(event("error", code="server_error", message="on fire", sequence_number=1))
    assert tap.failure is not None
    tap.feed(event("response.in_progress", response={}, sequence_number=2))
    assert (tap.complete, tap.failure.message) == (False, "on fire")
    assert b'"response.failed"' in tap.end(tap.failure)
    tap.feed(event("response.failed", response={"status": "failed"}, sequence_number=3))
    assert (tap.complete, tap.failure.message, tap.end(tap.failure)) == (True, "on fire", b"")


def test_a_tap_of_a_document_reads_it_when_it_is_whole():
    tap = translator.tap(stream=False)
    tap.feed(b'{"id": "r", "output": [],')
    assert not tap.endable
    tap.feed(b'"status": "failed"}')
    assert tap.endable
    assert tap.failure is not None
    assert tap.end(ir.Failure.of("api", "late")) == b""
