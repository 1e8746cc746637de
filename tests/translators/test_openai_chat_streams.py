"""Streams of servers that are nearly OpenAI's, and what the encoders make of other dialects' replies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import errors, ir
from ccgate.translators.openai_chat import OpenAIChat, translator

DONE = b"data: [DONE]\n\n"
STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
THOUGHT = ir.Seal("openai_chat", "reasoning_content", "")


def frames(*chunks: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def deltas(*deltas: dict[str, Any]) -> bytes:
    chunks = [{"id": "r", "model": "m", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return frames(*chunks, STOP) + DONE


def calls(*pieces: dict[str, Any]) -> bytes:
    return deltas(*({"tool_calls": [piece]} for piece in pieces))


def decode(data: bytes, *, stream: bool = True) -> ir.Reply:
    decoder = translator.decoder(stream=stream)
    return ir.fold(ir.checked([*decoder.feed(data), *decoder.close()]))


def whole(message: dict[str, Any], **choice: Any) -> bytes:
    document = {"id": "r", "model": "m", "choices": [{"index": 0, "message": message} | choice]}
    return json.dumps(document).encode()


def encode(*events: ir.Event, stream: bool = True) -> tuple[bytes, list[tuple[str, str]]]:
    encoder = translator.encoder(stream=stream)
    data = b"".join([*(encoder.feed(event) for event in events), encoder.close()])
    return data, [(loss.what, loss.grade) for loss in encoder.losses]


def both(*blocks: ir.Block, **fields: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The message a client reads, streamed and whole alike."""
    reply = ir.Reply(**({"id": "r", "model": "m", "blocks": blocks, "reason": "end"} | fields))
    document, losses = encode(*ir.unfold(reply), stream=False)
    streamed, losses_too = encode(*ir.unfold(reply))
    assert losses == losses_too
    message: dict[str, Any] = json.loads(document)["choices"][0]["message"]
    for key in ("content", "reasoning_content", "refusal"):
        told = [json.loads(line[6:]) for line in streamed.split(b"\n\n") if line[6:].startswith(b"{")]
        words = [chunk["choices"][0]["delta"].get(key) for chunk in told if chunk["choices"]]
        assert "".join(word for word in words if word) == (message.get(key) or "")
    return message, losses


def test_the_odd_servers_are_read() -> None:
    data = (
        b": OPENROUTER PROCESSING\r\n\r\n"
        + frames(
            {"id": "", "model": "", "choices": [], "prompt_filter_results": []},
            {"id": "r", "model": "m", "choices": [{"delta": {"content": "a"}, "finish_reason": None}], "usage": None},
            {"id": "r", "model": "m", "choices": [{"index": 1, "delta": {"content": "other"}}]},
            {"id": "r", "model": "m", "choices": [{"index": 0, "delta": None, "finish_reason": "stop"}]},
            {"id": "r", "choices": [{"index": 0, "delta": {}, "finish_reason": "length"}], "usage": {}},
            {"choices": [], "usage": {"prompt_tokens": 5, "prompt_cache_hit_tokens": 3, "completion_tokens": -1}},
        ).replace(b"\n", b"\r\n")
        + b"data: [DONE]\r\n\r\ndata: nonsense\n\n"
    )
    decoder = translator.decoder(stream=True)
    events = [*decoder.feed(data), *decoder.close()]
    assert decoder.done
    assert ir.fold(ir.checked(events)) == ir.Reply(
        id="r", model="m", blocks=(ir.Text("a"),), reason="end", usage=ir.Usage(input=2, cache_read=3)
    )


def test_usage_before_any_choice_begins_the_reply() -> None:
    data = frames({"id": "r", "model": "m", "choices": [], "usage": {"prompt_tokens": 1}}, STOP)
    assert decode(data) == ir.Reply(id="r", model="m", reason="end", usage=ir.Usage(input=1))


def test_done_is_optional_even_without_its_blank_line() -> None:
    assert decode(frames(STOP)).reason == "end"
    assert decode(frames(STOP)[:-1]).reason == "end"
    assert decode(frames(STOP).rstrip()).reason == "end"


@pytest.mark.parametrize("data", [b"", DONE, frames({"choices": [{"delta": {"content": "x"}}]}) + DONE])
def test_a_stream_without_a_reason_to_finish_is_cut_short(data: bytes) -> None:
    with pytest.raises(errors.TruncatedReply):
        decode(data)


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "hm"},
        {"reasoning_content": "hm", "reasoning": "hm"},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": ""}]},
    ],
)
def test_reasoning_has_several_spellings(delta: dict[str, Any]) -> None:
    assert decode(deltas(delta, {"content": "x"})).blocks == (ir.Thinking(("hm",), seal=THOUGHT), ir.Text("x"))


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "h"}, {"text": "m"}, {"data": "secret"}]},
    ],
)
def test_reasoning_of_routers_goes_home_under_its_own_name(delta: dict[str, Any]) -> None:
    seal = ir.Seal("openai_chat", "reasoning", "")
    assert decode(deltas(delta)).blocks == (ir.Thinking(("hm",), seal=seal),)
    assert decode(deltas({"reasoning_details": [{"data": "secret"}]})).blocks == ()


def test_words_and_reasoning_may_alternate() -> None:
    data = deltas({"reasoning": "a"}, {"content": "b"}, {"reasoning": "c"}, {"refusal": "d"}, {"content": "e"})
    seal = ir.Seal("openai_chat", "reasoning", "")
    assert decode(data).blocks == (
        ir.Thinking(("a",), seal=seal),
        ir.Text("b"),
        ir.Thinking(("c",), seal=seal),
        ir.Text("d", refusal=True),
        ir.Text("e"),
    )


def named(index: int | None, id_: str | None, name: str | None, arguments: object = "") -> dict[str, Any]:
    piece: dict[str, Any] = {"function": {"arguments": arguments} | ({} if name is None else {"name": name})}
    return piece | ({} if index is None else {"index": index}) | ({} if id_ is None else {"id": id_})


def uses(data: bytes) -> list[tuple[str, str]]:
    reply = decode(data)
    assert reply.reason == "tool_use"
    blocks = [block for block in reply.blocks if isinstance(block, ir.ToolUse)]
    assert len({block.id for block in blocks}) == len(blocks)
    return [(block.name, block.arguments) for block in blocks]


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([named(0, "a", "f", "{"), named(0, None, None, "}")], [("f", "{}")]),
        ([named(0, "a", "f", "{"), named(0, "a", "f", "}")], [("f", "{}")]),
        ([named(0, "a", "f", "1"), named(0, "b", "g", "2")], [("f", "1"), ("g", "2")]),
        (
            [named(None, "a", "f", "1"), named(None, "b", "g", "2"), named(None, "a", None, "3")],
            [("f", "13"), ("g", "2")],
        ),
        ([named(None, "a", "f", "1"), named(None, None, None, "2")], [("f", "12")]),
        ([named(None, None, "f", "1"), named(None, None, "f", "2")], [("f", "1"), ("f", "2")]),
        ([named(0, "a", "f"), named(1, "a", "g")], [("f", ""), ("g", "")]),
        ([named(0, "", "f"), named(1, "", "g")], [("f", ""), ("g", "")]),
        ([named(0, None, None, "1"), named(0, "a", "f", "2")], [("f", "12")]),
        ([named(0, None, "f", "1"), named(0, "a", None, "2")], [("f", "12")]),
        ([named(0, "a", "f", {"x": 1})], [("f", '{"x":1}')]),
        ([named(0, "a", "f", None)], [("f", "")]),
    ],
)
def test_pieces_of_calls_find_their_call(pieces: list[dict[str, Any]], found: list[tuple[str, str]]) -> None:
    assert uses(calls(*pieces)) == found


def test_an_id_that_comes_before_the_name_is_kept() -> None:
    reply = decode(calls(named(0, None, None, "1"), named(0, "a", None), named(0, None, "f")))
    assert reply.blocks == (ir.ToolUse("a", "f", "1"),)


def test_ids_we_make_are_always_the_same_and_differ_between_replies() -> None:
    first = calls(named(0, None, "f"))
    assert decode(first) == decode(first)
    assert decode(first).blocks != decode(first.replace(b'"r"', b'"s"')).blocks


def test_a_call_of_old_is_a_call() -> None:
    data = deltas({"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}})
    assert uses(data) == [("f", "{}")]


def test_a_whole_answer_of_old_and_without_ids() -> None:
    calls_ = [{"function": {"name": "f", "arguments": "{}"}}, {"function": {"name": "g", "arguments": {}}}]
    reply = decode(whole({"content": "", "tool_calls": calls_}), stream=False)
    assert [block.name for block in reply.blocks if isinstance(block, ir.ToolUse)] == ["f", "g"]
    assert decode(whole({"content": "x"}), stream=False).reason == "end"


@pytest.mark.parametrize(
    "data",
    [
        frames({"choices": [{"delta": {"content": 5}, "finish_reason": "stop"}]}),
        frames({"choices": {}}),
        frames({"choices": [{"delta": {"tool_calls": [{"index": "0", "function": {"name": "f"}}]}}]}),
        calls(named(0, "a", None, "x")),
        b"data: [1]\n\n",
        b"data: {\n\n",
    ],
)
def test_nonsense_in_a_stream_is_malformed(data: bytes) -> None:
    with pytest.raises(errors.MalformedReply):
        decode(data)


@pytest.mark.parametrize("data", [b"[1]", b"{}", b'{"choices": [{"index": 1}]}'])
def test_a_document_without_an_answer_is_malformed(data: bytes) -> None:
    with pytest.raises(errors.MalformedReply):
        decode(data, stream=False)


def test_an_error_inside_a_stream_ends_it() -> None:
    error = {"error": {"code": 502, "message": "provider down"}, "id": "r", "model": "m"}
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    late = frames({"choices": [{"index": 0, "delta": {"content": "late"}}]})
    started = frames({"id": "r", "model": "m", "choices": [{"index": 0, "delta": {"content": "x"}}]})
    failure = decode(started + frames(error | {"choices": [choice]}) + late).failure
    assert failure is not None
    assert (failure.kind, failure.message, failure.status, failure.scope) == ("api", "provider down", 502, "provider")
    named_ = decode(started + b'event: error\ndata: {"message": "Rate limit", "type": "rate_limit_error"}\n\n').failure
    assert named_ is not None
    assert (named_.kind, named_.message) == ("rate_limit", "Rate limit")


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_object_in_place_of_an_answer_is_a_failure(stream: bool) -> None:
    document = {"object": "error", "message": "prompt rejected", "type": "BadRequestError", "code": 400}
    data = frames(document) if stream else json.dumps(document).encode()
    told = decode(data, stream=stream).failure
    tap = translator.tap(stream=stream)
    tap.feed(data)
    assert told == tap.failure
    assert told is not None
    assert (told.kind, told.message, told.status) == ("invalid_request", "prompt rejected", 400)


def test_the_reason_error_is_a_failure() -> None:
    choice = {"index": 0, "delta": {}, "finish_reason": "error", "error": {"message": "cut", "code": 429}}
    data = frames({"id": "r", "choices": [choice, choice], "usage": {"prompt_tokens": 1}})
    failure = decode(data).failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("rate_limit", "cut")


def test_a_note_without_text_is_kept_aside() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "u"}}
    assert decode(deltas({"annotations": [note]})).kept == (ir.Opaque("openai_chat", {"annotations": [note]}),)
    with_text = decode(deltas({"content": "x"}, {"annotations": [note, {"type": "odd"}]}))
    assert with_text.blocks == (ir.Text("x", citations=(ir.Citation(url="u"),)),)
    assert len(with_text.kept) == 1


def test_texts_run_on_and_paragraphs_do_not() -> None:
    cite = ir.Citation(title="t", at="/c")
    message, losses = both(
        ir.Thinking(("a", "b")),
        ir.Thinking(("c",)),
        ir.Text("It is "),
        ir.Text("warm", citations=(cite,)),
        ir.Opaque("mars", {}, "saw a map"),
        ir.ToolUse("1", "f", ""),
        ir.Text("so"),
    )
    assert message["reasoning_content"] == "a\n\nb\n\nc"
    assert message["content"] == "It is warm\n\nsaw a map\n\nso"
    assert message["tool_calls"] == [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    assert losses == [("dropped", "hint"), ("changed", "content")]


def test_what_cannot_be_said_is_reported() -> None:
    seal = ir.Seal("mars", "signature", "x")
    reply = {
        "extra": ir.Opaque("mars", {"container": 1}),
        "kept": (ir.Opaque("mars", {}),),
        "reason": "stop",
        "stop": "END",
        "detail": ir.Opaque("mars", {}),
    }
    blocks = (
        ir.Thinking((), "redacted", seal),
        ir.Text("x", seal=seal),
        ir.ToolUse("1", "f", "{}", "files", seal=seal),
        ir.Opaque("mars", {"secret": 1}),
        ir.Media("image", ir.Url("u")),
    )
    # A thought's seal rides on the call; the call's own does, where it is known when the call begins.
    for stream, hints in ((True, 6), (False, 5)):
        events = ir.unfold(ir.Reply(id="r", model="m", blocks=blocks, **reply))
        data, losses = encode(*events, stream=stream)
        assert b"secret" not in data
        assert b"signature" not in data
        assert b'"files__f"' in data
        assert sorted(losses) == [("dropped", "content")] * 2 + [("dropped", "hint")] * hints


@pytest.mark.parametrize(
    ("reason", "written"),
    [
        ("end", "stop"),
        ("limit", "length"),
        ("pause", "stop"),
        ("context_full", "length"),
        ("refusal", "content_filter"),
    ],
)
def test_the_reasons_of_others(reason: ir.Reason, written: str) -> None:
    data, losses = encode(*ir.unfold(ir.Reply(id="r", reason=reason)), stream=False)
    assert json.loads(data)["choices"][0]["finish_reason"] == written
    assert losses == []


def test_arguments_flow_as_they_come() -> None:
    encoder = translator.encoder(stream=True)
    encoder.feed(ir.Started("r", "m"))
    opened = [encoder.feed(ir.Opened(n, ir.ToolUse(f"c{n}", "f", ""))) for n in (0, 1)]
    assert [b'"index":%d' % n in data for n, data in enumerate(opened)] == [True, True]
    assert b'{"tool_calls":[{"index":1,"function":{"arguments":"{"}}]}' in encoder.feed(ir.Delta(1, "{"))


def test_a_failure_ends_a_stream_and_is_the_whole_of_a_document() -> None:
    failed = ir.Failed(ir.Failure.of("overloaded", "busy"))
    error = {"message": "busy", "type": "overloaded_error", "param": None, "code": "server_overloaded"}
    data, _ = encode(ir.Started("r", "m"), failed)
    assert data.endswith(b"data: " + json.dumps({"error": error}, separators=(",", ":")).encode() + b"\n\n")
    assert json.loads(encode(failed, stream=False)[0]) == {"error": error}


@pytest.mark.parametrize("stream", [True, False])
def test_an_unfinished_reply_cannot_be_closed(stream: bool) -> None:
    encoder = translator.encoder(stream=stream)
    encoder.feed(ir.Started("r", "m"))
    with pytest.raises(errors.GrammarBroken):
        encoder.close()


def test_a_tap_takes_a_role_for_a_prelude() -> None:
    tap = translator.tap(stream=True)
    tap.feed(b": hello\n\n" + frames({"choices": [{"delta": {"role": "assistant", "content": ""}}], "usage": None}))
    assert (tap.content, tap.complete, tap.endable) == (False, False, False)
    tap.feed(frames({"choices": [{"delta": {"content": 'say "finish_reason": "stop" and "usage": {'}}]}))
    assert (tap.content, tap.endable, tap.usage) == (True, False, None)
    tap.feed(frames(STOP | {"usage": {"prompt_tokens": 3}}))
    assert (tap.endable, tap.complete, tap.usage) == (True, False, ir.Usage(input=3))
    assert tap.end(ir.Failure.of("api", "gone")) == b""
    tap.feed(b"data:[DONE]\n\n")
    assert tap.complete


def test_a_tap_of_a_document_ends_nothing() -> None:
    tap = translator.tap(stream=False)
    tap.feed(whole({"content": "x"})[:-5])
    assert (tap.content, tap.endable, tap.end(ir.Failure.of("api", "gone"))) == (True, False, b"")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "model"),
        ({"model": 5}, "expected a string, but got a number"),
        ({"model": "a\nb"}, "printable"),
        ({"model": "x" * 257}, "256"),
        ({"model": "m"}, "'messages'"),
        ({"model": "m", "messages": "hi"}, "got a string"),
        ({"model": "m", "messages": []}, "empty array"),
        ({"model": "m", "messages": [None]}, "'messages[0]': expected an object, but got null"),
        ({"model": "m", "messages": [{}]}, "'messages[0].role'"),
    ],
)
def test_a_request_without_sense_is_refused_before_anybody_is_asked(body: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.RequestRefused) as refused:
        translator.check(body, "generate")
    assert words in refused.value.message
    assert (refused.value.status, refused.value.kind) == (400, "invalid_request")
    translator.check(body, "models")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"role": "king"}, "messages.0.role: must be one of system"),
        ({"role": "tool", "content": "x"}, "messages.0.tool_call_id: must be a string"),
        ({"role": "function", "content": "x"}, "messages.0.name: must be a string"),
        ({"role": "user", "content": [5]}, "messages.0.content.0: must be an object"),
    ],
)
def test_a_message_without_sense_is_refused_by_name(message: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.RequestRefused, match=words):
        translator.read_request({"model": "m", "messages": [message]})


@pytest.mark.parametrize(
    "choice",
    [
        "maybe",
        {"type": []},
        {"type": "function", "function": {"name": "f", "x": 1}},
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}},
        {"type": "allowed_tools", "allowed_tools": {"mode": "none", "tools": [{"type": "oracle", "oracle": {}}]}},
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [5]}},
    ],
)
def test_a_choice_we_have_no_words_for_goes_home_as_it_came(choice: object) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "tool_choice": choice}
    assert translator.read_request(body).choice is None
    assert translator.write_request(translator.read_request(body)).body == body


def test_the_words_of_the_caller_go_home_to_a_server_we_do_not_know() -> None:
    body = {
        "model": "qwen",
        "messages": [{"role": "user", "content": "hi"}],
        "reasoning_effort": "low",
        "verbosity": "x",
    }
    draft = translator.write_request(translator.read_request(body))
    assert (draft.body, draft.losses) == (body, ())


def test_the_session_is_named_by_header_or_key() -> None:
    body = {"prompt_cache_key": "key"}
    headers = ((b"session-id", b"s"), (b"thread-id", b"t"))
    assert translator.session(body, ((b"x-claude-code-session-id", b"c"),)) == "c"
    assert translator.session(body, headers) == "key"
    assert translator.session({"prompt_cache_key": 5}, headers) == "s"
    assert translator.session({}, headers[1:]) == "t"
    assert translator.session({}, ()) is None


def test_paths_keys_and_lists() -> None:
    assert translator.dialect == OpenAIChat().dialect == "openai_chat"
    assert translator.paths == {"/v1/chat/completions": "generate", "/v1/models": "models"}
    assert translator.asks(())
    assert translator.streams({"stream": True})
    assert not translator.streams({"stream": "yes"})
    assert translator.path("generate", model="m", stream=True) == "/chat/completions"
    assert translator.path("models", model="m", stream=False) == "/models"
    assert translator.path("count_tokens", model="m", stream=False) is None
    assert translator.authorize("key") == ((b"authorization", b"Bearer key"),)
    one = {"id": "a", "object": "model", "created": 0, "owned_by": "ccgate"}
    assert translator.write_models(["a"]) == {"object": "list", "data": [one]}
    assert translator.write_count(5)["input_tokens"] == 5


def test_a_failure_keeps_its_status_where_its_kind_has_several() -> None:
    def written(failure: ir.Failure) -> tuple[int, Any]:
        status, headers, _ = translator.write_failure(failure)
        return status, headers

    assert written(ir.Failure.of("api", "x", status=502, retry_after=1.2)) == (502, ((b"retry-after", b"2"),))
    assert written(ir.Failure.of("overloaded", "x", retry=False)) == (503, ((b"x-should-retry", b"false"),))
    assert written(ir.Failure.of("billing", "x", status=429)) == (402, ())
    raw = {"error": {"message": "x", "param": "messages"}}
    assert translator.write_failure(ir.Failure.of("invalid_request", "x", raw=raw))[2]["error"]["param"] == "messages"
    overflow = ir.Failure.of("context_overflow", "5 > 4")
    assert translator.write_failure(overflow)[2]["error"]["message"] == "prompt is too long: 5 > 4"


def test_empty_words_are_no_paragraph_and_usage_without_a_cache_names_none() -> None:
    reply = ir.Reply(id="r", blocks=(ir.Text(""), ir.Text("x")), reason="end", usage=ir.Usage(input=1))
    document = json.loads(encode(*ir.unfold(reply), stream=False)[0])
    assert document["choices"][0]["message"]["content"] == "x"
    assert document["usage"]["prompt_tokens_details"] == {"cached_tokens": 0}


def test_a_tap_is_not_the_judge_of_what_it_cannot_read() -> None:
    tap = translator.tap(stream=True)
    tap.feed(b'data: {"usage": {\n\ndata: {"usage": 5}\n\ndata: [{"usage": 5}]\n\n')
    assert (tap.usage, tap.failure) == (None, None)


def test_a_custom_tool_of_free_text_needs_no_format() -> None:
    tool = {"type": "custom", "custom": {"name": "note", "format": {"type": "text"}}}
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "tools": [tool]}
    assert translator.read_request(body).tools == (ir.Tool("note", form="text"),)
