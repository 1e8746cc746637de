"""Two dialects: the request is said in the upstream's words, the reply in the caller's."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from ccgate import ir
from ccgate.errors import ConnectFailed, ConnectionLost, ReplyTimeout
from ccgate.middleware.crossing import MAX_ERROR_BODY
from ccgate.middleware.translate import Translate
from ccgate.observe import AttemptEnded, CallEnded
from ccgate.testing import Answer, ScriptedReply, ScriptedTransport, ask
from scripted import (
    BODIES,
    CONTENT,
    DIALECTS,
    DONE,
    ERROR_EVENT,
    FRAMES,
    JSON_TYPE,
    MODEL,
    PATHS,
    PRELUDE,
    PROVIDER_KEY,
    SSE_TYPE,
    STOP,
    WHOLE,
    Heard,
    asking,
    chunk,
    error,
    house,
    in_dialect,
    member,
    page,
    stream,
    streamed,
    whole,
)

ways = pytest.mark.parametrize(("dialect", "speaks"), [("anthropic", "openai_chat"), ("openai_chat", "anthropic")])


async def crossed(
    dialect: str, speaks: str, reply: ScriptedReply | Exception, model: str | None = "theirs", **body: Any
) -> tuple[Answer, ScriptedTransport, CallEnded]:
    transport, heard = ScriptedTransport([reply]), Heard()
    app = house(member(transport, speaks, model=model), observers=[heard])
    got = await ask(app, **asking(dialect, **body))
    assert transport.unclosed == []
    return got, transport, heard.of(CallEnded)[0]


def read(dialect: str, body: bytes, *, as_stream: bool) -> ir.Reply:
    """What a client of this dialect understands."""
    decoder, folder = DIALECTS[dialect].decoder(stream=as_stream), ir.Folder()
    for event in (*decoder.feed(body), *decoder.close()):
        folder.feed(event)
    return folder.reply


@ways
@pytest.mark.parametrize("wants", [True, False], ids=["wants a stream", "wants it whole"])
@pytest.mark.parametrize("streams", [True, False], ids=["comes as a stream", "comes whole"])
async def test_all_four_ways_of_wanting_and_giving(dialect: str, speaks: str, wants: bool, streams: bool):
    reply = streamed(speaks) if streams else whole(speaks)
    got, _, ended = await crossed(dialect, speaks, reply, stream=wants)
    assert got.status == 200
    assert (got.header("content-type") or "").startswith("text/event-stream" if wants else "application/json")
    said = read(dialect, got.body, as_stream=wants)
    assert [block.text for block in said.blocks if isinstance(block, ir.Text)] == ["Hello"]
    assert said.model == MODEL
    assert said.reason == "end"
    assert ended.usage is not None
    assert (ended.usage.input, ended.usage.output, ended.usage.estimated) == (11, 7, False)
    assert (ended.outcome, ended.model) == ("answered", "theirs")
    if not wants:
        assert got.header("content-length") == str(len(got.body))


@ways
async def test_the_request_is_said_in_the_upstreams_words(dialect: str, speaks: str):
    _, transport, _ = await crossed(dialect, speaks, whole(speaks), stream=True)
    (sent,) = transport.sent
    body = json.loads(sent.body)
    assert (body["model"], body["stream"]) == ("theirs", True)
    assert sent.url.endswith("/v1/messages" if speaks == "anthropic" else "/chat/completions")
    headers = dict(sent.headers)
    assert headers[b"content-type"] == b"application/json"
    assert DIALECTS[speaks].authorize(PROVIDER_KEY)[0] in sent.headers


async def test_only_what_the_other_dialect_needs_goes_up():
    transport = ScriptedTransport([whole("openai_chat")])
    mine = {"anthropic-beta": "x", "anthropic-version": "1", "x-odd": "1", "user-agent": "claude-cli"}
    await ask(house(member(transport, "openai_chat")), query=b"beta=true", **asking(headers=mine))
    (sent,) = transport.sent
    assert {name for name, _ in sent.headers} == {b"content-type", b"accept-encoding", b"authorization"}
    assert "?" not in sent.url


@ways
async def test_each_piece_goes_out_as_it_comes(dialect: str, speaks: str):
    got, _, _ = await crossed(dialect, speaks, streamed(speaks), stream=True)
    first, second = (next(n for n, each in enumerate(got.chunks) if word in each) for word in (b'"Hel"', b'"lo"'))
    assert first < second


@ways
@pytest.mark.parametrize("size", [1, 13])
async def test_the_reply_does_not_depend_on_the_cuts(dialect: str, speaks: str, size: int):
    raw = b"".join(FRAMES[speaks])
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    got, _, _ = await crossed(dialect, speaks, stream(*pieces), stream=True)
    assert [block.text for block in read(dialect, got.body, as_stream=True).blocks] == ["Hello"]


@ways
@pytest.mark.parametrize("wants", [True, False])
async def test_the_answer_ends_at_the_terminal_event_though_the_upstream_lingers(dialect, speaks, wants):
    got, _, ended = await crossed(dialect, speaks, stream(*FRAMES[speaks], anyio.Event()), stream=wants)
    assert got.status == 200
    assert ended.outcome == "answered"


@ways
@pytest.mark.parametrize("wants", [True, False])
async def test_usage_that_nobody_told_is_estimated(dialect: str, speaks: str, wants: bool):
    silent = {key: value for key, value in WHOLE[speaks].items() if key != "usage"}
    wish = {"stream_options": {"include_usage": True}} if dialect == "openai_chat" else {}
    got, _, ended = await crossed(dialect, speaks, page(silent), stream=wants, **wish)
    assert ended.usage is not None
    assert ended.usage.estimated
    assert ended.usage.input > 0
    assert ended.usage.output > 0
    told = read(dialect, got.body, as_stream=wants).usage
    assert told is not None
    assert told.output == ended.usage.output


# What cannot be said


async def test_the_losses_of_a_request_are_in_the_header():
    got, _, ended = await crossed("anthropic", "openai_chat", whole("openai_chat"), top_k=5)
    header = got.header("x-ccgate-loss") or ""
    assert "/top_k=dropped" in header
    assert header.startswith(f"{len(ended.losses)}; ")


async def test_a_lone_surrogate_is_replaced_and_reported():
    messages = [{"role": "user", "content": "half \ud83d"}]
    transport = ScriptedTransport([whole("openai_chat")])
    arguments = asking()
    arguments["headers"]["content-type"] = "application/json"
    arguments["body"] = json.dumps({**arguments["body"], "messages": messages}).encode()
    got = await ask(house(member(transport, "openai_chat")), **arguments)
    assert got.status == 200
    assert "half \ufffd" in json.loads(transport.sent[0].body)["messages"][-1]["content"]
    assert "/messages/0/content=changed" in (got.header("x-ccgate-loss") or "")


@ways
async def test_headers_that_ask_for_something_are_told_as_lost(dialect: str, speaks: str):
    name = "anthropic-beta" if dialect == "anthropic" else "openai-beta"
    transport = ScriptedTransport([whole(speaks)])
    got = await ask(house(member(transport, speaks)), **asking(dialect, headers={name: "x"}))
    assert f"header:{name}=dropped" in (got.header("x-ccgate-loss") or "")
    assert name.encode() not in dict(transport.sent[0].headers)


async def test_where_nothing_may_be_lost_such_a_request_is_refused_and_nobody_asked():
    transport = ScriptedTransport()
    surrogate = json.dumps({**asking()["body"], "messages": [{"role": "user", "content": "\ud83d"}]}).encode()
    arguments = {**asking(headers={"content-type": "application/json"}), "body": surrogate}
    got = await ask(house(member(transport, "openai_chat", on_loss="refuse")), **arguments)
    assert got.status == 400
    assert "/messages/0/content" in in_dialect("anthropic", got.json())["message"]
    assert transport.exchanges == []


async def test_losses_of_settings_and_hints_do_not_refuse():
    transport = ScriptedTransport([whole("openai_chat")])
    got = await ask(house(member(transport, "openai_chat", on_loss="refuse")), **asking(top_k=5))
    assert got.status == 200


async def test_a_member_that_would_lose_makes_room_for_one_that_would_not():
    lossy, faithful, heard = ScriptedTransport(), ScriptedTransport([whole("anthropic")]), Heard()
    surrogate = json.dumps({**asking()["body"], "messages": [{"role": "user", "content": "\ud83d"}]}).encode()
    arguments = {**asking(headers={"content-type": "application/json"}), "body": surrogate}
    members = member(lossy, "openai_chat", on_loss="refuse"), member(faithful, provider="two")
    got = await ask(house(*members, observers=[heard], attempts=1), **arguments)
    assert got.status == 200
    assert lossy.exchanges == []
    assert [each.asked for each in heard.of(AttemptEnded)] == [False, True]


async def test_a_count_of_tokens_is_estimated_where_the_upstream_has_no_such_thing():
    transport = ScriptedTransport()
    got = await ask(house(member(transport, "openai_chat")), **{**asking(), "path": "/v1/messages/count_tokens"})
    assert got.status == 200
    assert got.json()["input_tokens"] > 0
    assert got.header("x-ccgate-estimated") == "true"
    assert transport.exchanges == []


@ways
async def test_a_request_that_makes_no_sense_is_400(dialect: str, speaks: str):
    transport = ScriptedTransport()
    bad = [{"role": "user", "content": [5]}]
    got = await ask(house(member(transport, speaks)), **asking(dialect, messages=bad))
    assert got.status == 400
    assert in_dialect(dialect, got.json())["type"] == "invalid_request_error"
    assert transport.exchanges == []


# Failures


@ways
@pytest.mark.parametrize(
    ("status", "seen"), [(400, 400), (402, 402), (404, 404), (413, 413), (429, 429), (500, 500), (502, 502), (504, 504)]
)
async def test_errors_are_told_in_the_callers_dialect(dialect: str, speaks: str, status: int, seen: int):
    got, _, _ = await crossed(dialect, speaks, error(speaks, status, "their own words"))
    assert got.status == seen
    assert in_dialect(dialect, got.json())["message"] == "their own words"
    assert (got.header("retry-after") is not None) is (status == 429)


@ways
async def test_overload_has_the_status_of_each_dialect(dialect: str, speaks: str):
    status = 503 if speaks == "openai_chat" else 529
    got, _, _ = await crossed(dialect, speaks, error(speaks, status, "busy", kind="overloaded_error"))
    assert got.status in {503, 529}
    assert in_dialect(dialect, got.json())["type"] == "overloaded_error"


@ways
async def test_a_retry_after_goes_along(dialect: str, speaks: str):
    got, _, _ = await crossed(dialect, speaks, error(speaks, 429, "slow", (b"retry-after", b"17")))
    assert got.header("retry-after") == "17"


@ways
async def test_an_error_in_pieces_is_read_whole(dialect: str, speaks: str):
    raw = json.dumps({"type": "error", "error": {"type": "x", "message": "in pieces"}}).encode()
    got, _, _ = await crossed(dialect, speaks, ScriptedReply(400, (JSON_TYPE,), [raw[:5], raw[5:9], raw[9:], b""]))
    assert in_dialect(dialect, got.json())["message"] == "in pieces"


@ways
async def test_an_error_without_end_is_none(dialect: str, speaks: str):
    got, _, _ = await crossed(dialect, speaks, ScriptedReply(400, (JSON_TYPE,), [b"x" * (MAX_ERROR_BODY + 1)]))
    assert got.status == 502


@ways
@pytest.mark.parametrize("wants", [True, False])
async def test_an_error_inside_a_200_is_an_error(dialect: str, speaks: str, wants: bool):
    document = {"type": "error", "error": {"type": "overloaded_error", "message": "busy inside"}}
    got, _, ended = await crossed(dialect, speaks, page(document), stream=wants)
    assert got.status in {503, 529}
    assert in_dialect(dialect, got.json())["message"] == "busy inside"
    assert ended.outcome == "refused"


@ways
@pytest.mark.parametrize("wants", [True, False])
@pytest.mark.parametrize("prelude", [True, False])
async def test_an_error_event_before_content_is_a_refusal_with_a_status(dialect, speaks, wants, prelude):
    frames = (*(PRELUDE[speaks] if prelude else ()), ERROR_EVENT[speaks], anyio.Event())
    got, _, ended = await crossed(dialect, speaks, stream(*frames), stream=wants)
    assert got.status in {503, 529}
    assert in_dialect(dialect, got.json())["message"] == "too busy"
    assert ended.outcome == "refused"


@ways
async def test_an_error_event_after_content_ends_the_stream_in_the_callers_dialect(dialect: str, speaks: str):
    frames = (*PRELUDE[speaks], *CONTENT[speaks], ERROR_EVENT[speaks], anyio.Event())
    got, _, ended = await crossed(dialect, speaks, stream(*frames), stream=True)
    tap = DIALECTS[dialect].tap(stream=True)
    tap.feed(got.body)
    assert b"Hel" in got.body
    assert tap.failure is not None
    assert tap.failure.message == "too busy"
    assert not tap.complete
    assert ended.outcome == "failed"


@ways
async def test_an_error_event_after_content_is_a_refusal_for_who_wants_it_whole(dialect: str, speaks: str):
    frames = (*PRELUDE[speaks], *CONTENT[speaks], ERROR_EVENT[speaks])
    got, _, _ = await crossed(dialect, speaks, stream(*frames))
    assert got.status in {503, 529}
    in_dialect(dialect, got.json())


CUTS: dict[str, tuple[Any, ...]] = {
    "closed": (),
    "reset": (ConnectionLost("reset"),),
    "garbage": (b"data: {oops\n\n",),
    "not an object": (b"data: [1]\n\n",),
}


@ways
@pytest.mark.parametrize("cut", CUTS)
async def test_a_stream_cut_short_delivers_what_came_and_then_the_error(dialect: str, speaks: str, cut: str):
    frames = (*PRELUDE[speaks], *CONTENT[speaks], *CUTS[cut])
    got, _, ended = await crossed(dialect, speaks, stream(*frames), stream=True)
    assert got.status == 200
    assert b"Hel" in got.body
    tap = DIALECTS[dialect].tap(stream=True)
    tap.feed(got.body)
    assert tap.failure is not None
    assert STOP not in got.body
    assert DONE not in got.body
    assert ended.outcome == "failed"


@ways
async def test_what_came_with_the_early_end_in_one_piece_is_delivered(dialect: str, speaks: str):
    got, _, ended = await crossed(dialect, speaks, stream(b"".join((*PRELUDE[speaks], *CONTENT[speaks]))), stream=True)
    assert b"Hel" in got.body
    assert ended.outcome == "failed"


@ways
@pytest.mark.parametrize("cut", CUTS)
async def test_a_stream_cut_short_is_502_for_who_wants_it_whole(dialect: str, speaks: str, cut: str):
    got, _, _ = await crossed(dialect, speaks, stream(*PRELUDE[speaks], *CONTENT[speaks], *CUTS[cut]))
    assert got.status == 502
    in_dialect(dialect, got.json())


@pytest.mark.parametrize("wants", [True, False])
@pytest.mark.parametrize("tail", [(), (ConnectionLost("reset"),), (b"data: [DO", ConnectionLost("reset"))])
async def test_a_chat_stream_is_complete_with_its_finish_reason(wants: bool, tail: Any):
    frames = (*FRAMES["openai_chat"][:4], *tail)
    got, _, ended = await crossed("anthropic", "openai_chat", stream(*frames), stream=wants)
    assert got.status == 200
    assert read("anthropic", got.body, as_stream=wants).reason == "end"
    assert ended.outcome == "answered"


@ways
@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (ConnectFailed("refused"), 502),
        (ReplyTimeout("silent"), 504),
        (ScriptedReply(200, (JSON_TYPE,), [b"{oops"]), 502),
        (ScriptedReply(200, (JSON_TYPE,), [b""]), 502),
        (ScriptedReply(200, (JSON_TYPE,), [b"[1]"]), 502),
        (ScriptedReply(200, (JSON_TYPE,), [b"{}"]), 502),
        (ScriptedReply(200, (JSON_TYPE,), [b'{"id":', ConnectionLost("cut")]), 502),
        (ScriptedReply(200, ((b"content-type", b"text/html"),), [b"<html>"]), 502),
        (ScriptedReply(302, ((b"location", b"https://evil.test"),), [b""]), 502),
    ],
)
@pytest.mark.parametrize("wants", [True, False])
async def test_a_reply_that_is_none_is_told_with_a_status(dialect, speaks, reply, status, wants):
    got, _, ended = await crossed(dialect, speaks, reply, stream=wants)
    assert got.status == status
    in_dialect(dialect, got.json())
    assert ended.outcome == "refused"


async def test_a_tool_call_crosses_both_ways():
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"a":'}}
    more = {"index": 0, "function": {"arguments": "1}"}}
    frames = (chunk({"tool_calls": [call]}), chunk({"tool_calls": [more]}), chunk({}, "tool_calls"), DONE)
    tools = [{"name": "look", "input_schema": {"type": "object", "properties": {}}}]
    got, transport, _ = await crossed("anthropic", "openai_chat", stream(*frames), tools=tools)
    (used,) = got.json()["content"]
    assert (used["type"], used["name"], used["input"]) == ("tool_use", "look", {"a": 1})
    assert json.loads(transport.sent[0].body)["tools"][0]["function"]["name"] == "look"


@ways
async def test_what_an_app_still_sends_behind_the_end_goes_nowhere(dialect: str, speaks: str):
    async def talkative(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [SSE_TYPE]})
        for frame in (*FRAMES[speaks], b": more\n\n", b"data: {oops\n\n"):
            await send({"type": "http.response.body", "body": frame, "more_body": True})

    for wants in (dialect, speaks):
        app = Translate(app=talkative, speaks=DIALECTS[speaks])
        got = await ask(app, path=PATHS[wants], body={**BODIES[wants], "stream": True})
        assert b"more" not in got.body
