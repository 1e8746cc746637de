"""Errors become answers in the caller's dialect."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate import ir
from ccgate.call import Call
from ccgate.errors import (
    Aborted,
    ConnectFailed,
    ConnectionLost,
    ConnectTimeout,
    GrammarBroken,
    MalformedReply,
    ReplyTimeout,
    ReplyTooLarge,
    RequestRefused,
    TruncatedReply,
)
from ccgate.middleware.answers import answer, refuse
from ccgate.middleware.errors import Errors, is_stream
from ccgate.testing import ask, open_call
from scripted import BLOCK, DIALECTS, HEL, JSON_TYPE, PATHS, SSE_TYPE, asking, house, in_dialect

both = pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])


class Raising:
    """An app that sends this much, then raises."""

    def __init__(self, error: Exception, *chunks: bytes, kind: tuple[bytes, bytes] = SSE_TYPE, end: bool = False):
        self.error, self.chunks, self.kind, self.end = error, chunks, kind, end

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.chunks:
            await send({"type": "http.response.start", "status": 200, "headers": [self.kind]})
        for chunk in self.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if self.end:
            await send({"type": "http.response.body"})
        raise self.error


@both
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RequestRefused("no"), 400),
        (RequestRefused("where?", kind="not_found", status=404), 404),
        (RequestRefused("not so", status=405), 405),
        (ConnectFailed("refused"), 502),
        (ConnectTimeout("no connection"), 502),
        (ConnectionLost("cut"), 502),
        (Aborted("gone"), 502),
        (ReplyTimeout("silent"), 504),
        (MalformedReply("garbage"), 502),
        (TruncatedReply("short"), 502),
        (ReplyTooLarge("long"), 502),
    ],
)
async def test_an_error_raised_on_purpose_is_told_without_a_traceback(error, status, dialect, caplog):
    got = await ask(Errors(Raising(error)), path=PATHS[dialect])
    assert got.status == status
    assert in_dialect(dialect, got.json())["message"] == str(error)
    assert got.header("request-id") is not None
    assert caplog.records == []


@both
@pytest.mark.parametrize("error", [ZeroDivisionError("sk-secret"), GrammarBroken("a delta for nothing")])
async def test_any_other_is_a_mistake_of_ours_told_plainly_and_logged(error, dialect, caplog):
    got = await ask(Errors(Raising(error)), path=PATHS[dialect])
    assert got.status == 500
    assert str(error) not in got.body.decode()
    assert in_dialect(dialect, got.json())["message"]
    assert [record.exc_info is not None for record in caplog.records] == [True]


@both
async def test_a_stream_that_has_begun_ends_with_the_dialects_error(dialect):
    got = await ask(Errors(Raising(ConnectionLost("cut"), b"data: {}\n\n")), path=PATHS[dialect])
    assert got.status == 200
    assert got.body.startswith(b"data: {}\n\n")
    tap = DIALECTS[dialect].tap(stream=True)
    tap.feed(got.body)
    assert tap.failure is not None
    assert tap.failure.message == "cut"


@pytest.mark.parametrize("chunks", [(b"data: {}\n\ndata: half",), (BLOCK, HEL[:-1]), (BLOCK, b"data: x\n", b"")])
async def test_nothing_is_put_behind_half_an_event(chunks):
    async with open_call(Errors(Raising(ConnectionLost("cut"), *chunks)), path="/v1/messages") as call:
        await call.start()
        assert await call.rest() == b"".join(chunks)
        await call.ended()
    assert not call.conversation.complete


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\r\r"])
async def test_a_frame_may_end_in_any_line_end(end: bytes):
    got = await ask(Errors(Raising(ConnectionLost("cut"), b"data: {}" + end, b"")), path="/v1/messages")
    assert b"event: error" in got.body


async def test_an_answer_that_came_whole_is_left_unfinished(caplog):
    app = Errors(Raising(ConnectionLost("cut"), b'{"a":', kind=JSON_TYPE))
    async with open_call(app, path="/v1/messages") as call:
        await call.start()
        assert await call.rest() == b'{"a":'
        await call.ended()
    assert not call.conversation.complete
    assert "broke after its answer had begun: cut" in caplog.text


async def test_behind_a_complete_answer_nothing_is_sent(caplog):
    got = await ask(Errors(Raising(ConnectionLost("cut"), HEL, end=True)), path="/v1/messages")
    assert got.body == HEL
    assert "broke after" in caplog.text


class Stopped:
    """An app whose call is stopped."""

    def __init__(self, *chunks: bytes) -> None:
        self.inner = Raising(Aborted("gone"), *chunks)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        Call.of(scope).stop("the client hung up")
        await self.inner(scope, receive, send)


async def test_a_hang_up_before_the_head_is_499_with_an_empty_body():
    got = await ask(Errors(Stopped()), path="/v1/messages")
    assert (got.status, got.body) == (499, b"")


async def test_a_hang_up_after_the_head_ends_in_silence(caplog):
    async with open_call(Errors(Stopped(HEL)), path="/v1/messages") as call:
        await call.start()
        assert await call.rest() == HEL
        await call.ended()
    assert caplog.records == []


@pytest.mark.parametrize(
    ("headers", "stream"),
    [
        ([SSE_TYPE], True),
        ([(b"content-type", b"Text/Event-Stream")], True),
        ([JSON_TYPE], False),
        ([], False),
        (None, False),
    ],
)
def test_a_stream_is_known_by_its_head(headers, stream):
    start = {"type": "http.response.start", "status": 200}
    assert is_stream(start if headers is None else {**start, "headers": headers}) is stream


async def sent(fn: Any, *args: Any) -> list[Any]:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await fn(*args[:1], send, *args[1:]) if isinstance(args[0], Call) else await fn(send, *args)
    return messages


@both
async def test_a_429_always_tells_for_how_long(dialect):
    call = Call.of({"type": "http", "path": PATHS[dialect], "headers": []})
    for wait, said in ((None, b"5"), (7.2, b"8")):
        start, _ = await sent(refuse, call, ir.Failure.of("rate_limit", "slow down", retry_after=wait))
        assert [value for name, value in start["headers"] if name == b"retry-after"] == [said]


async def test_an_answer_is_one_json_document_with_its_length():
    start, body = await sent(answer, 201, {"é": 1}, ((b"x-more", b"1"),))
    assert body["body"] == '{"é":1}'.encode()
    assert start["status"] == 201
    assert set(start["headers"]) == {JSON_TYPE, (b"x-more", b"1"), (b"content-length", b"8")}


async def test_an_anthropic_error_names_the_call_in_its_body_as_in_its_header():
    got = await ask(house(), **asking(model=""))
    assert got.status == 400
    assert got.json()["request_id"] == got.header("request-id")
