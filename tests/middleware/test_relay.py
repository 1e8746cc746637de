"""Both sides speak one dialect: the caller's bytes go up and the upstream's bytes come down."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from ccgate.errors import ConnectionLost
from ccgate.middleware.relay import remainder
from ccgate.observe import CallEnded
from ccgate.testing import ScriptedReply, ScriptedTransport, ask, open_call
from ccgate.wire.sse import Splitter
from scripted import (
    CONTENT,
    DIALECTS,
    DONE,
    ERROR_EVENT,
    FRAMES,
    JSON_TYPE,
    KEY,
    MODEL,
    PATHS,
    PRELUDE,
    PROVIDER_KEY,
    SSE_TYPE,
    STOP,
    WHOLE,
    Heard,
    asking,
    house,
    member,
    stream,
    whole,
)

both = pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
AUTHORIZED = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
ODD = (
    b'{ "x-unknown": {"b":1,"a":[1.0,1e5,-0.0,12345678901234567890123]},\r\n\t"model" : "asked-model" ,"stream":%s,'
    b'"messages":[{"content":"caf\\u00e9 \xf0\x9f\x98\x80 \\/","role":"user" } ],"max_tokens":  17, "":""} \n'
)


async def answered(dialect: str, *chunks: Any, **body: Any) -> tuple[bytes, CallEnded]:
    """The whole stream a caller gets, and what was told of it. Chunks are the upstream's."""
    heard, transport = Heard(), ScriptedTransport([stream(*chunks)])
    got = await ask(house(member(transport, dialect), observers=[heard]), **asking(dialect, stream=True, **body))
    assert transport.unclosed == []
    return got.body, heard.of(CallEnded)[0]


def failure_in(dialect: str, body: bytes) -> Any:
    tap = DIALECTS[dialect].tap(stream=True)
    tap.feed(body)
    return tap.failure


@both
@pytest.mark.parametrize("streams", [b"true", b"false"])
async def test_the_request_goes_up_byte_for_byte(dialect: str, streams: bytes):
    transport = ScriptedTransport([whole(dialect)])
    raw = ODD % streams
    await ask(house(member(transport, dialect)), path=PATHS[dialect], headers=AUTHORIZED, body=raw)
    assert transport.sent[0].body == raw


@both
async def test_only_the_model_is_spliced_where_another_is_asked(dialect: str):
    transport = ScriptedTransport([whole(dialect)])
    app = house(member(transport, dialect, model='their "best"'))
    await ask(app, path=PATHS[dialect], headers=AUTHORIZED, body=ODD % b"false")
    assert transport.sent[0].body == (ODD % b"false").replace(b'"asked-model"', b'"their \\"best\\""')


async def test_the_query_and_the_betas_go_up():
    transport = ScriptedTransport([whole("anthropic")])
    arguments = asking(headers={"anthropic-beta": "a-2025,b-2026", "anthropic-version": "2026-10-21"})
    await ask(house(member(transport)), query=b"beta=true&odd=%2F", **arguments)
    (sent,) = transport.sent
    assert sent.url == "https://anthropic.test/v1/messages?beta=true&odd=%2F"
    headers = dict(sent.headers)
    assert headers[b"anthropic-beta"] == b"a-2025,b-2026"
    assert headers[b"anthropic-version"] == b"2026-10-21"
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"x-api-key"] == PROVIDER_KEY.encode()
    assert b"authorization" not in headers


async def test_a_count_of_tokens_is_asked_where_it_can_be():
    transport = ScriptedTransport([ScriptedReply(200, (JSON_TYPE,), [b'{"input_tokens":  12}'])])
    arguments = {**asking(), "path": "/v1/messages/count_tokens"}
    got = await ask(house(member(transport)), **arguments)
    assert got.body == b'{"input_tokens":  12}'
    assert transport.sent[0].url == "https://anthropic.test/v1/messages/count_tokens"


ODDITIES = {
    "an event nobody knows": b'event: brand_new\ndata: {"type":"brand_new","x":[1.0]}\n\n',
    "a comment": b": keep-alive\n\n",
    "crlf": b'event: ping\r\ndata: {"type": "ping"}\r\n\r\n',
    "cr": b'event: ping\rdata: {"type": "ping"}\r\r',
    "blank lines": b"\n\n\n",
    "an id and a retry": b'id: 7\nretry: 100\ndata: {"type":"ping","choices":[]}\n\n',
    "data in two lines": b'data: {"type":\ndata: "ping","choices":[]}\n\n',
    "broken json": b"data: {oops\n\n",
}


@both
@pytest.mark.parametrize("odd", ODDITIES.values(), ids=ODDITIES.keys())
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_the_reply_comes_down_byte_for_byte_in_whole_frames(dialect: str, odd: bytes, size: int):
    *most, last = FRAMES[dialect]
    sent = b"".join((most[0], odd, *most[1:], odd, last))
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    heard, transport = Heard(), ScriptedTransport([stream(*pieces)])
    got = await ask(house(member(transport, dialect), observers=[heard]), **asking(dialect, stream=True))
    assert got.body == sent
    for each in got.chunks:
        splitter = Splitter()
        splitter.feed(each)
        assert splitter.rest == b""
    (ended,) = heard.of(CallEnded)
    assert (ended.outcome, ended.usage.output if ended.usage else None) == ("answered", 7)
    assert transport.unclosed == []


@both
async def test_a_whole_reply_comes_down_byte_for_byte_and_is_metered(dialect: str):
    raw = json.dumps({**WHOLE[dialect], "x-unknown": 1.0}, indent=3).encode() + b"\n"
    heard = Heard()
    reply = ScriptedReply(201, (JSON_TYPE, (b"x-odd", b"1"), (b"server", b"s")), [raw[:40], raw[40:], b""])
    got = await ask(house(member([reply], dialect), observers=[heard]), **asking(dialect))
    assert (got.status, got.body, got.header("x-odd"), got.header("server")) == (201, raw, "1", None)
    usage = heard.of(CallEnded)[0].usage
    assert (usage.input, usage.output) == (11, 7)


@both
async def test_the_answer_ends_at_the_terminal_event_though_the_upstream_lingers(dialect: str):
    transport = ScriptedTransport([stream(*FRAMES[dialect], anyio.Event())])
    got = await ask(house(member(transport, dialect)), **asking(dialect, stream=True))
    assert got.body == b"".join(FRAMES[dialect])
    assert transport.unclosed == []


@both
async def test_frames_behind_the_terminal_event_in_one_piece_pass_too(dialect: str):
    body, _ = await answered(dialect, b"".join(FRAMES[dialect]) + b": bye\n\n")
    assert body == b"".join(FRAMES[dialect]) + b": bye\n\n"


@both
@pytest.mark.parametrize("how", ["closed", "reset", "half an event"])
async def test_a_stream_cut_short_ends_with_the_dialects_error(dialect: str, how: str):
    begun = (*PRELUDE[dialect], *CONTENT[dialect])
    tails = {"closed": (), "reset": (ConnectionLost("reset"),), "half an event": (b'data: {"type":"cont',)}
    body, ended = await answered(dialect, *begun, *tails[how])
    assert body.startswith(b"".join(begun))
    assert b'"type":"cont' not in body.removeprefix(b"".join(begun))
    failure = failure_in(dialect, body)
    assert failure is not None
    assert failure.message == ("reset" if how == "reset" else "the upstream ended its stream too early")
    assert STOP not in body
    assert DONE not in body
    assert ended.outcome == "failed"


async def test_what_came_with_the_end_in_one_piece_is_delivered_before_the_error():
    body, _ = await answered("anthropic", b"".join((*PRELUDE["anthropic"], *CONTENT["anthropic"])))
    assert body.startswith(b"".join((*PRELUDE["anthropic"], *CONTENT["anthropic"])))
    assert failure_in("anthropic", body) is not None


@both
async def test_an_error_event_of_the_upstreams_ends_the_stream_as_it_is(dialect: str):
    sent = (*PRELUDE[dialect], *CONTENT[dialect], ERROR_EVENT[dialect])
    body, ended = await answered(dialect, *sent, anyio.Event())
    assert body == b"".join(sent)
    assert ended.outcome == "failed"


@pytest.mark.parametrize("tail", [(), (ConnectionLost("reset"),), (b"data: [DO",), (b"data: [DO", ConnectionLost("x"))])
async def test_a_chat_stream_is_complete_with_its_finish_reason(tail: Any):
    frames = FRAMES["openai_chat"][:4]
    body, ended = await answered("openai_chat", *frames, *tail)
    assert body == b"".join(frames)
    assert ended.outcome == "answered"


LAST = {"anthropic": STOP, "openai_chat": DONE}


@both
@pytest.mark.parametrize("missing", [1, 2])
async def test_a_last_frame_that_forgot_its_blank_line_counts(dialect: str, missing: int):
    sent = b"".join(FRAMES[dialect])[:-missing]
    body, ended = await answered(dialect, sent)
    assert body == sent
    assert ended.outcome == "answered"


async def test_a_delta_that_forgot_its_blank_line_is_delivered_apart_from_the_error():
    delta = CONTENT["anthropic"][1]
    body, _ = await answered("anthropic", *PRELUDE["anthropic"], CONTENT["anthropic"][0], delta[:-1])
    assert delta in body
    assert failure_in("anthropic", body) is not None


@pytest.mark.parametrize(
    ("rest", "kept"),
    [
        (b"", False),
        (b"data: [DONE]", True),
        (b"data: {}\n", True),
        (b'data: {"a": 1}', True),
        (b'data: {"a": ', False),
        (b"data: [DO", False),
        (b"event: x", False),
    ],
)
def test_what_a_stream_ends_with_is_kept_when_it_is_whole(rest: bytes, kept: bool):
    assert remainder(rest) == (rest if kept else b"")


@both
async def test_nothing_is_put_behind_half_of_a_giant_event(dialect: str):
    begun = (*PRELUDE[dialect], *CONTENT[dialect])
    giant = b'data: {"x": "' + b"x" * 2**20
    reply = stream(*begun, giant, ConnectionLost("reset"))
    app = house(member([reply], dialect))
    async with open_call(app, **asking(dialect, stream=True)) as call:
        await call.start()
        body = await call.rest()
        await call.ended()
    assert body == b"".join(begun) + giant
    assert not call.conversation.complete


@both
async def test_a_giant_event_passes(dialect: str):
    begun = (*PRELUDE[dialect], *CONTENT[dialect])
    giant = b'data: {"type": "x", "x": "' + b"x" * 2**21 + b'"}\n\n'
    pieces = [giant[at : at + 2**19] for at in range(0, len(giant), 2**19)]
    rest = FRAMES[dialect][len(begun) :]
    body, ended = await answered(dialect, *begun, *pieces, *rest)
    assert body == b"".join((*begun, giant, *rest))
    assert ended.outcome == "answered"


@both
@pytest.mark.parametrize("status", [400, 404, 413, 422])
@pytest.mark.parametrize("kind", [b"application/json", b"text/html", b"text/event-stream"])
async def test_errors_pass_verbatim_with_their_status(dialect: str, status: int, kind: bytes):
    raw = b'{ "type":"error" , "error":{"type":"odd","message":"caf\\u00e9","x":1.0} ,"request_id":"r"}\r\n half'
    headers = ((b"content-type", kind), (b"request-id", b"r-1"), (b"retry-after", b"3"), (b"x-should-retry", b"false"))
    got = await ask(house(member([ScriptedReply(status, headers, [raw[:9], raw[9:]])], dialect)), **asking(dialect))
    assert (got.status, got.body) == (status, raw)
    assert got.headers[:4] == headers


@both
async def test_a_web_page_is_no_answer(dialect: str):
    reply = ScriptedReply(200, ((b"content-type", b"Text/HTML; charset=utf-8"),), [b"<html>log in</html>"])
    got = await ask(house(member([reply], dialect)), **asking(dialect))
    assert got.status == 502
    assert b"<html>" not in got.body
    assert "web page" in got.json()["error"]["message"]


@both
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_no_answer_and_leads_the_caller_nowhere(dialect: str, status: int):
    reply = ScriptedReply(status, ((b"location", b"https://evil.test/"),), [b""])
    got = await ask(house(member([reply], dialect)), **asking(dialect))
    assert got.status == 502
    assert got.header("location") is None


@both
async def test_the_providers_key_and_the_callers_are_hidden_in_errors_and_streams(dialect: str):
    leak = f"keys {PROVIDER_KEY} {KEY}".encode()
    got = await ask(
        house(member([ScriptedReply(400, (JSON_TYPE,), [leak[:11], leak[11:]])], dialect)), **asking(dialect)
    )
    assert got.body == b"keys *** ***"
    frames = FRAMES[dialect]
    said = b"data: " + leak + b"\n\n"
    body, _ = await answered(dialect, *frames[:-1], said[:20], said[20:], frames[-1])
    assert body == b"".join((*frames[:-1], b"data: keys *** ***\n\n", frames[-1]))


@both
async def test_headers_down_are_filtered(dialect: str):
    headers = ((b"x-request-id", b"1"), (b"set-cookie", b"a=b"), (b"openai-model", b"m"), (b"x-codex-x", b"1"))
    got = await ask(
        house(member([ScriptedReply(200, (SSE_TYPE, *headers), FRAMES[dialect])], dialect)), **asking(dialect)
    )
    names = {name for name, _ in got.headers}
    assert b"x-request-id" in names
    assert not {b"set-cookie", b"openai-model", b"x-codex-x"} & names


@both
async def test_a_whole_answer_to_a_caller_that_wants_a_stream_passes_as_it_is(dialect: str):
    got = await ask(house(member([whole(dialect)], dialect)), **asking(dialect, stream=True))
    assert got.json() == WHOLE[dialect]


async def test_a_reply_is_not_edited_for_the_name_of_the_model():
    body, ended = await answered("openai_chat", *FRAMES["openai_chat"])
    assert b"their-model" in body
    assert ended.model == MODEL
