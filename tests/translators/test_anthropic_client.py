"""What a client of Anthropic Messages meets: refusals, sessions, answers from elsewhere, errors, lists of models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import errors, ir
from ccgate.translators.anthropic import translator
from ccgate.translators.anthropic.tap import StreamTap, WholeTap, error_frame

GOOD = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
OVERLONG = "Field 'model' must be a non-empty printable string of at most 256 characters"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Field 'model' is required"),
        ({"model": ""}, OVERLONG),
        ({"model": 5}, OVERLONG),
        ({"model": "a\nb"}, OVERLONG),
        ({"model": "m" * 257}, OVERLONG),
        ({"model": "m"}, "Field 'messages' is required"),
        ({"model": "m", "messages": []}, "Field 'messages' must be a non-empty array"),
        ({"model": "m", "messages": "hi"}, "Field 'messages' must be a non-empty array"),
        ({"model": "m", "messages": ["hi"]}, "Invalid message format"),
        ({"model": "m", "messages": [{"content": "hi"}]}, "Message missing required field 'role'"),
        ({"model": "m", "messages": [{"role": "user"}]}, "Message missing required field 'content'"),
    ],
)
def test_what_every_server_refuses_is_refused_in_its_words(body: dict[str, Any], message: str) -> None:
    for operation in ("generate", "count_tokens"):
        with pytest.raises(errors.RequestRefused) as refused:
            translator.check(body, operation)
        assert (refused.value.message, refused.value.status, refused.value.kind) == (message, 400, "invalid_request")
    translator.check(body, "models")


def test_a_good_body_passes() -> None:
    translator.check(GOOD, "generate")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": None}, "model: is required"),
        ({"messages": [{"role": "clown", "content": "hi"}]}, "messages.0.role: must be one of user, assistant, system"),
        (
            {"messages": [{"role": "user", "content": 5}]},
            "messages.0.content: must be a string or an array of content blocks",
        ),
        ({"messages": [{"role": "user", "content": [5]}]}, "messages.0.content.0: must be an object"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages.0.content.0.type: is required"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "messages.0.content.0.source: is required"),
        ({"temperature": True}, "temperature: must be a number"),
        ({"stop_sequences": [5]}, "stop_sequences.0: must be a string"),
    ],
)
def test_nonsense_is_refused_and_its_place_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.RequestRefused) as refused:
        translator.read_request({**GOOD, **change})
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("user", "session"),
    [
        ('{"session_id": "s1"}', "s1"),
        ('{"session_id": ""}', None),
        ('{"session_id": 5}', None),
        ("{broken", None),
        ("user_1_account__session_s2", "s2"),
        ("ada", None),
        (None, None),
        (5, None),
    ],
)
def test_the_user_id_tells_the_session(user: Any, session: str | None) -> None:
    assert translator.session({"metadata": {"user_id": user}}, ()) == session


def test_the_header_tells_the_session_first() -> None:
    headers = ((b"x-claude-code-session-id", b"s9"),)
    assert translator.session({"metadata": {"user_id": '{"session_id": "s1"}'}}, headers) == "s9"
    assert translator.session({"metadata": 5}, ()) is None


def test_paths_keys_and_versions_are_the_vendors() -> None:
    assert translator.dialect == "anthropic"
    assert translator.paths["/v1/messages/count_tokens"] == "count_tokens"
    assert [translator.path(each, model="m", stream=True) for each in ("generate", "count_tokens", "models")] == [
        "/v1/messages",
        "/v1/messages/count_tokens",
        "/v1/models",
    ]
    assert translator.authorize("sk-1") == ((b"x-api-key", b"sk-1"),)
    assert translator.asks(((b"anthropic-version", b"2023-06-01"),))
    assert not translator.asks(())
    assert translator.streams({"stream": True})
    assert not translator.streams({"stream": "yes"})


def test_models_and_counts_are_listed_as_the_vendor_lists_them() -> None:
    model = {
        "type": "model",
        "id": "b",
        "display_name": "b",
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active",
    }
    assert translator.write_model("b") == model
    assert translator.write_models(["a", "b"])["data"][1] == model
    assert translator.write_models(["a", "b"])["first_id"] == "a"
    assert translator.write_models(["a", "b"])["last_id"] == "b"
    assert translator.write_models([]) == {"data": [], "has_more": False, "first_id": None, "last_id": None}
    assert translator.write_count(5) == {"input_tokens": 5}


# Failures.


@pytest.mark.parametrize(
    ("failure", "status", "headers"),
    [
        (ir.Failure.of("rate_limit", "x"), 429, ((b"retry-after", b"5"),)),
        (ir.Failure.of("rate_limit", "x", retry_after=1.2), 429, ((b"retry-after", b"2"),)),
        (ir.Failure.of("billing", "x", retry=False), 402, ((b"x-should-retry", b"false"),)),
        (ir.Failure.of("provider_key", "x"), 502, ((b"x-should-retry", b"false"),)),
        (ir.Failure(kind="overloaded", message="x"), 529, ()),
    ],
)
def test_a_failure_tells_when_to_come_back(failure: ir.Failure, status: int, headers: Any) -> None:
    got_status, got_headers, document = translator.write_failure(failure)
    assert (got_status, got_headers) == (status, headers)
    assert document["error"]["message"] == "x"


def test_a_context_that_overflows_is_told_in_the_vendors_words() -> None:
    status, _, document = translator.write_failure(ir.Failure.of("context_overflow", "maximum context length is 5"))
    assert status == 400
    assert document == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "prompt is too long: maximum context length is 5"},
    }


def test_the_request_id_of_the_upstream_is_kept() -> None:
    failure = ir.Failure.of("api", "x", raw={"request_id": "req_1"})
    assert translator.write_failure(failure)[2]["request_id"] == "req_1"


def test_a_word_for_an_error_that_only_the_upstream_knows_is_kept() -> None:
    body = b'{"type": "error", "error": {"type": "policy_blocked", "message": "no"}}'
    failure = translator.read_failure(400, (), body)
    assert (failure.kind, failure.code) == ("invalid_request", "policy_blocked")
    assert translator.write_failure(failure)[2] == json.loads(body)


def test_a_page_without_a_content_type_is_known_by_its_look() -> None:
    failure = translator.read_failure(502, (), b"<!doctype html>")
    assert failure.message == "the upstream answered with a text/html page, status 502"


# Answers from elsewhere.

START = ir.Started("chatcmpl-1", "gpt")
END = ir.Finished("end")


def whole(*blocks: ir.Block, **fields: Any) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    encoder = translator.encoder(stream=False)
    reply = ir.Reply(**{"id": "chatcmpl-1", "model": "gpt", "blocks": blocks, "reason": "end", **fields})
    for event in ir.unfold(reply):
        assert encoder.feed(event) == b""
    return json.loads(encoder.close()), [(loss.at, loss.what, loss.grade) for loss in encoder.losses]


def streamed(*events: ir.Event) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    encoder = translator.encoder(stream=True)
    data = b"".join([*(encoder.feed(event) for event in events), encoder.close()])
    frames = [frame.split(b"\n") for frame in data.split(b"\n\n") if frame]
    told = [json.loads(lines[1].removeprefix(b"data: ")) for lines in frames]
    assert [lines[0].removeprefix(b"event: ").decode() for lines in frames] == [each["type"] for each in told]
    return told, [(loss.at, loss.what, loss.grade) for loss in encoder.losses]


def blocks(*content: ir.Block) -> tuple[ir.Event, ...]:
    reply = ir.Reply(id="chatcmpl-1", model="gpt", blocks=content, reason="end")
    return tuple(ir.unfold(reply))


def seen(*content: ir.Block) -> tuple[tuple[ir.Block, ...], list[tuple[str, str, str]]]:
    """What a client sees of these blocks, whole and streamed alike."""
    document, losses = whole(*content)
    encoder = translator.encoder(stream=True)
    data = b"".join([*(encoder.feed(event) for event in blocks(*content)), encoder.close()])
    decoder = translator.decoder(stream=True)
    reply = ir.fold([*decoder.feed(data), *decoder.close()])
    other = translator.decoder(stream=False)
    other.feed(json.dumps(document).encode())
    assert ir.fold(other.close()).blocks == reply.blocks
    assert [(loss.at, loss.what, loss.grade) for loss in encoder.losses] == losses
    return reply.blocks, losses


@pytest.mark.parametrize(
    ("block", "expected", "losses"),
    [
        (ir.Text(""), (), []),
        (ir.Thinking(("a", "b"), "summary"), (ir.Thinking(("a\n\nb",)),), []),
        (ir.Thinking((), seal=ir.Seal("martian", "reasoning", "")), (), []),
        (ir.Thinking(("left out",), "redacted"), (), []),
        (ir.Text("x", seal=ir.Seal("martian", "reasoning", "")), (ir.Text("x"),), []),
        (ir.ToolUse("c", "f", '*** "x"\n', form="text"), (ir.ToolUse("c", "f", '{"input":"*** \\"x\\"\\n"}'),), []),
        (ir.ToolUse("c", "f", "", namespace="ns"), (ir.ToolUse("c", "ns__f", "{}"),), []),
        (ir.Opaque("martian", {}, "a search", at="/a"), (ir.Text("a search"),), [("/a", "changed", "content")]),
        (ir.Opaque("martian", {}, at="/a"), (), [("/a", "dropped", "content")]),
        (
            ir.Media("image", ir.Url("https://x.example"), at="/a"),
            (ir.Text("[image: left out]"),),
            [("/a", "changed", "content")],
        ),
        (
            ir.ToolResult("c", at="/a", extra=ir.Opaque("martian", {"x": 1})),
            (ir.Text("[ToolResult: left out]"),),
            [("/a/x", "dropped", "hint"), ("/a", "changed", "content")],
        ),
        (
            ir.Text("Rome", citations=(ir.Citation(url="https://x.example", title="R"), ir.Citation(at="/c"))),
            (
                ir.Text(
                    "Rome",
                    citations=(
                        ir.Citation(
                            text="",
                            title="R",
                            url="https://x.example",
                            extra=ir.Opaque("anthropic", {"type": "web_search_result_location", "encrypted_index": ""}),
                        ),
                    ),
                ),
            ),
            [("/c", "dropped", "hint")],
        ),
    ],
)
def test_blocks_from_elsewhere_are_told_as_far_as_they_can(
    block: ir.Block, expected: tuple[ir.Block, ...], losses: list[Any]
) -> None:
    assert seen(block) == (expected, losses)


def test_a_message_gets_an_id_of_the_vendors_kind() -> None:
    assert whole()[0]["id"] == "msg_chatcmpl-1"
    assert whole(id="")[0]["id"].startswith("msg_")
    assert len(whole(id="")[0]["id"]) > len("msg_")


def test_calls_without_an_id_of_their_own_get_one() -> None:
    document, _ = whole(ir.ToolUse("", "f", "{}"), ir.ToolUse("c:1", "f", "{}"), ir.ToolUse("c:1", "f", "{}"))
    ids = [each["id"] for each in document["content"]]
    assert ids[1] == "c:1"
    assert len(set(ids)) == 3
    assert all(each.startswith("toolu_") for each in (ids[0], ids[2]))


def test_arguments_that_are_no_object_are_told_as_input() -> None:
    document, losses = whole(ir.ToolUse("c", "f", "{broken", at="/a"))
    assert document["content"][0]["input"] == {"input": "{broken"}
    assert losses == [("/a", "changed", "content")]


@pytest.mark.parametrize(
    ("finished", "word"),
    [
        (ir.Finished("end"), "tool_use"),
        (ir.Finished("other"), "tool_use"),
        (ir.Finished("limit"), "max_tokens"),
    ],
)
def test_an_answer_with_a_call_in_it_stops_for_the_call(finished: ir.Finished, word: str) -> None:
    events = [*blocks(ir.ToolUse("c", "f", "{}"))[:-1], finished]
    assert streamed(*events)[0][-2]["delta"]["stop_reason"] == word


def test_an_unknown_ending_is_the_end_of_the_turn() -> None:
    detail = ir.Opaque("martian", {"x": 1}, at="/d")
    document, losses = whole(reason="other", detail=detail)
    assert document["stop_reason"] == "end_turn"
    assert losses == [("/d", "dropped", "hint")]


def test_counts_that_come_late_are_told_at_the_end_and_early_ones_at_the_start() -> None:
    early, late = ir.Usage(input=5), ir.Usage(input=5, output=7)
    told, _ = streamed(START, ir.Metered(early), END, ir.Metered(late))
    assert told[0]["message"]["usage"]["input_tokens"] == 5
    assert told[0]["message"]["usage"]["output_tokens"] == 0
    assert told[-2]["usage"]["output_tokens"] == 7


def test_blocks_side_by_side_are_written_one_after_the_other() -> None:
    told, _ = streamed(
        START,
        ir.Opened(3, ir.ToolUse("a", "f", "")),
        ir.Opened(7, ir.ToolUse("b", "f", "")),
        ir.Delta(7, "{}"),
        ir.Delta(3, "{"),
        ir.Delta(3, "}"),
        ir.Closed(7),
        ir.Closed(3),
        END,
    )
    assert [each["index"] for each in told if "index" in each] == [0, 0, 0, 0, 1, 1, 1]


def test_events_of_strangers_are_lost_and_ours_go_on() -> None:
    ours = ir.Kept(ir.Opaque("anthropic", {"type": "news", "x": 1}))
    smell = {"type": "content_block_delta", "index": 5, "delta": {"type": "smell_delta"}}
    about = ir.Kept(ir.Opaque("anthropic", smell, at="/k"))
    theirs = ir.Kept(ir.Opaque("martian", {}, at="/m"))
    opened = (ir.Opened(5, ir.Text("")), ir.Delta(5, "x"))
    told, losses = streamed(START, ours, theirs, about, *opened, about, ir.Closed(5), END)
    assert {"type": "news", "x": 1} in told
    assert {**smell, "index": 0} in told
    assert losses == [("/m", "dropped", "hint"), ("/k", "dropped", "hint")]
    encoder = translator.encoder(stream=False)
    for event in (START, theirs, END):
        encoder.feed(event)
    encoder.close()
    assert [loss.at for loss in encoder.losses] == ["/m"]


def test_a_block_that_is_opened_full_is_written_in_pieces() -> None:
    seal = ir.Seal("anthropic", "redacted", "EmwK")
    told, _ = streamed(
        START,
        ir.Opened(0, ir.Text("full")),
        ir.Closed(0),
        ir.Opened(1, ir.Thinking((), "redacted", seal)),
        ir.Closed(1),
        END,
    )
    assert told[3]["delta"] == {"type": "text_delta", "text": "full"}
    assert told[5]["content_block"] == {"type": "redacted_thinking", "data": "EmwK"}


def test_thinking_without_words_or_seal_is_not_told() -> None:
    assert (
        len(
            streamed(START, ir.Opened(0, ir.Thinking()), ir.Delta(0, ir.Break()), ir.Delta(0, ""), ir.Closed(0), END)[0]
        )
        == 4
    )


def test_pieces_that_say_nothing_are_not_told() -> None:
    redacted = (ir.Opened(0, ir.Thinking((), "redacted")), ir.Delta(0, "x"), ir.Closed(0))
    call = (ir.Opened(1, ir.ToolUse("c", "f", "")), ir.Delta(1, ""), ir.Closed(1))
    text = (ir.Opened(2, ir.Text("")), ir.Delta(2, ""), ir.Closed(2))
    told, _ = streamed(START, *redacted, *call, *text, END)
    assert [each["type"] for each in told[2:4]] == ["content_block_start", "content_block_stop"]
    assert len(told) == 6


def test_a_reply_must_be_finished_before_it_is_closed() -> None:
    for stream in (True, False):
        encoder = translator.encoder(stream=stream)
        encoder.feed(START)
        with pytest.raises(errors.GrammarBroken):
            encoder.close()


def test_a_failure_ends_the_stream_for_good() -> None:
    encoder = translator.encoder(stream=True)
    data = encoder.feed(ir.Failed(ir.Failure.of("overloaded", "full")))
    assert data.startswith(b"event: error\n")
    assert encoder.feed(END) == b""
    assert encoder.close() == b""


# Upstreams that are not quite the vendor's.


def decoded(*events: dict[str, Any]) -> list[ir.Event]:
    decoder = translator.decoder(stream=True)
    data = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)
    return [*decoder.feed(data), *decoder.close()]


BEGUN = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": None}}
ENDED = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}


def test_a_delta_nobody_knows_is_kept() -> None:
    smell = {"type": "content_block_delta", "index": 0, "delta": {"type": "smell_delta"}}
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    assert ir.Kept(ir.Opaque("anthropic", smell)) in decoded(BEGUN, opened, smell, ENDED)


def test_a_reply_nested_beyond_reason_is_malformed() -> None:
    inner: dict[str, Any] = {"type": "text", "text": "x"}
    for _ in range(200):
        inner = {"type": "document", "source": {"type": "content", "content": [inner]}}
    decoder = translator.decoder(stream=False)
    decoder.feed(json.dumps({"content": [inner]}).encode())
    with pytest.raises(errors.MalformedReply):
        decoder.close()
    with pytest.raises(errors.MalformedReply):
        decoded(
            BEGUN,
            {"type": "content_block_start", "index": 0, "content_block": inner},
            {"type": "content_block_stop", "index": 0},
        )


def test_an_end_told_twice_ends_once_and_counts_may_follow() -> None:
    counted = {**ENDED, "usage": {"output_tokens": 5}}
    told = decoded(BEGUN, ENDED, counted, {"type": "message_stop"}, {"type": "message_stop"})
    assert told == [ir.Started("msg_1", "m"), ir.Finished("end"), ir.Metered(ir.Usage(output=5))]


def test_news_before_the_start_is_passed_over() -> None:
    assert decoded({"type": "news"}, BEGUN, ENDED)[0] == ir.Started("msg_1", "m")


@pytest.mark.parametrize(
    "events",
    [
        (BEGUN, BEGUN),
        ({"type": "message_start"},),
        ({"type": "message_stop"},),
        (ENDED,),
        (BEGUN, {"type": "content_block_stop", "index": 0}),
        (BEGUN, {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}}),
        (BEGUN, {"type": "content_block_start", "index": True, "content_block": {"type": "text", "text": ""}}),
        (BEGUN, {"type": "content_block_start", "index": 0, "content_block": 5}),
        ([],),
    ],
)
def test_a_stream_out_of_order_is_malformed(events: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(errors.MalformedReply):
        decoded(*events)


def test_a_total_that_outgrew_its_split_counts_as_the_default_life() -> None:
    first = {"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": 9}}
    begun = {"type": "message_start", "message": {"usage": first}}
    less = {**ENDED, "usage": {"cache_creation_input_tokens": 4}}
    more = {**ENDED, "usage": {"cache_creation_input_tokens": 12}}
    assert ir.fold(decoded(begun, less)).usage == ir.Usage(cache_write={"5m": 4})
    assert ir.fold(decoded(begun, more)).usage == ir.Usage(cache_write={"1h": 9, "5m": 3})


# Taps.


def test_a_tap_knows_when_a_reply_may_end() -> None:
    tap = StreamTap()
    tap.feed(b'data: {"type": "message_delta", "delta": {"stop_reason": null}}\n\n')
    assert (tap.content, tap.endable, tap.complete) == (True, False, False)
    tap.feed(b'data: {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}\n\n')
    assert (tap.endable, tap.complete) == (True, False)
    tap.feed(b'data: {"type": "message_stop"}\n\n')
    assert tap.complete
    assert tap.end(ir.Failure.of("api", "late")) == b""


def test_a_tap_puts_no_error_behind_an_error() -> None:
    tap = StreamTap()
    tap.feed(error_frame(ir.Failure.of("overloaded", "on fire")))
    assert (tap.complete, tap.end(ir.Failure.of("api", "late"))) == (False, b"")


def test_a_tap_on_a_whole_reply_adds_nothing_to_it() -> None:
    tap = WholeTap()
    tap.feed(b'{"content": []}')
    assert tap.endable
    assert tap.end(ir.Failure.of("api", "x")) == b""


def test_words_are_only_looked_for_near_the_surface_of_a_block() -> None:
    deep: Any = {"title": "deep"}
    for _ in range(20):
        deep = [deep]
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": "x", "title": "near", "more": deep}}
    block = ir.fold(decoded(BEGUN, opened, ENDED)).blocks[0]
    assert isinstance(block, ir.Opaque)
    assert block.says == "near"
