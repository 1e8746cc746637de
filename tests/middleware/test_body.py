"""A request is read once, within a limit, and strictly, before anybody is asked."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from ccgate.call import Call
from ccgate.errors import Aborted
from ccgate.middleware.body import DISCARD_BYTES, TooLarge, discard, read_body, read_call
from ccgate.testing import ScriptedTransport, ask, open_call
from scripted import BODIES, HELLO, KEY, PATHS, asking, house, in_dialect, member, whole

LIMIT = 100_000
both = pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
AUTHORIZED = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}


def receiving(*messages: dict[str, Any]):
    left = list(messages)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    return receive


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_the_parts_of_a_body_are_put_together():
    assert await read_body(receiving(part(b"a"), part(b""), part(b"bc", more=False)), (), 3) == b"abc"
    assert await read_body(receiving({"type": "http.request"}), (), 3) == b""


async def test_a_body_of_exactly_the_limit_is_taken():
    headers = ((b"content-length", b"3"),)
    assert await read_body(receiving(part(b"abc", more=False)), headers, 3) == b"abc"


@pytest.mark.parametrize("declared", [b"4", b"99999999999999", b"9" * 5000])
async def test_a_body_that_says_it_is_too_large_is_not_read_at_all(declared: bytes):
    with pytest.raises(TooLarge) as refused:
        await read_body(receiving(), ((b"content-length", declared),), 3)
    assert (refused.value.status, refused.value.kind) == (413, "too_large")


@pytest.mark.parametrize("declared", [b"", b"-1", b"x", b"2"])
async def test_any_other_is_read_up_to_the_limit(declared: bytes):
    with pytest.raises(TooLarge):
        await read_body(receiving(part(b"ab"), part(b"cd")), ((b"content-length", declared),), 3)


async def test_a_hang_up_during_the_upload_stops_the_call():
    call = Call.of({"type": "http", "path": "/v1/messages", "headers": []})
    with pytest.raises(Aborted):
        await read_call(call, receiving(part(b"{"), {"type": "http.disconnect"}), 100)
    assert call.gone == "the client hung up while it sent its request"


async def test_what_is_read_stands_in_the_call():
    body = {**BODIES["anthropic"], "stream": True, "metadata": {"user_id": "user_x_session_abc"}}
    call = Call.of({"type": "http", "path": "/v1/messages", "headers": []})
    await read_call(call, receiving(part(json.dumps(body).encode(), more=False)), LIMIT)
    assert (call.model, call.session, call.stream) == (body["model"], "abc", True)
    assert call.body is not None
    assert call.body.value == body


async def test_a_count_of_tokens_is_never_a_stream():
    body = {**BODIES["anthropic"], "stream": True}
    call = Call.of({"type": "http", "path": "/v1/messages/count_tokens", "headers": []})
    await read_call(call, receiving(part(json.dumps(body).encode(), more=False)), LIMIT)
    assert call.stream is False


async def test_a_path_that_nobody_serves_is_read_as_a_question():
    call = Call.of({"type": "http", "path": "/mine", "headers": [(b"anthropic-version", b"1")]})
    await read_call(call, receiving(part(json.dumps(BODIES["anthropic"]).encode(), more=False)), LIMIT)
    assert call.model == BODIES["anthropic"]["model"]


async def test_a_refused_upload_is_not_listened_to_for_ever():
    messages = [part(b"x" * (DISCARD_BYTES // 2)) for _ in range(3)]
    await discard(receiving(*messages))
    await discard(receiving({"type": "http.disconnect"}))


def nested(depth: int) -> bytes:
    return b'{"model":"m","messages":[{"role":"user","content":"x"}],"x":' + b"[" * depth + b"]" * depth + b"}"


MESSAGES = json.dumps(HELLO)
BEFORE_A_BYTE_GOES_UP = {
    "nothing": b"",
    "not utf-8": b'{"model":"m","messages":[{"role":"user","content":"\xff"}]}',
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(BODIES["anthropic"]).encode(),
    "utf-16": json.dumps(BODIES["anthropic"]).encode("utf-16"),
    "not json": b"model=m",
    "half of it": json.dumps(BODIES["anthropic"]).encode()[:-1],
    "two objects": json.dumps(BODIES["anthropic"]).encode() * 2,
    "an array": b"[1]",
    "a string": b'"m"',
    "null": b"null",
    "too deep": nested(100),
    "bottomless": nested(50_000 // 2),
    "nan": b'{"model":"m","messages":%b,"temperature":NaN}' % MESSAGES.encode(),
    "infinity": b'{"model":"m","messages":%b,"temperature":-Infinity}' % MESSAGES.encode(),
    "a huge number": b'{"model":"m","messages":%b,"temperature":1e999}' % MESSAGES.encode(),
    "the model twice": b'{"model":"m","model":"n","messages":%b}' % MESSAGES.encode(),
    "the model twice, once escaped": b'{"model":"m","\\u006dodel":"n","messages":%b}' % MESSAGES.encode(),
    "no model": {"messages": HELLO},
    "a null model": {"model": None, "messages": HELLO},
    "an empty model": {"model": "", "messages": HELLO},
    "a number for a model": {"model": 5, "messages": HELLO},
    "a list for a model": {"model": ["m"], "messages": HELLO},
    "a long model": {"model": "m" * 257, "messages": HELLO},
    "a model with a line break": {"model": "m\r\nx-evil: 1", "messages": HELLO},
    "a model with a NUL": {"model": "m\0", "messages": HELLO},
    "no messages": {"model": "m"},
    "null messages": {"model": "m", "messages": None},
    "empty messages": {"model": "m", "messages": []},
    "a string for messages": {"model": "m", "messages": "hi"},
    "an object for messages": {"model": "m", "messages": {"0": {"role": "user", "content": "x"}}},
}


@both
@pytest.mark.parametrize("body", BEFORE_A_BYTE_GOES_UP.values(), ids=BEFORE_A_BYTE_GOES_UP.keys())
async def test_before_a_byte_goes_up_it_is_400_and_nobody_is_asked(body: Any, dialect: str):
    for speaks in ("anthropic", "openai_chat"):
        transport = ScriptedTransport()
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        got = await ask(house(member(transport, speaks)), path=PATHS[dialect], headers=AUTHORIZED, body=raw)
        assert got.status == 400
        assert in_dialect(dialect, got.json())["type"] == "invalid_request_error"
        assert got.header("x-should-retry") == "false"
        assert transport.exchanges == []


@both
@pytest.mark.parametrize("length", [1, 256])
async def test_what_is_just_within_the_limits_goes_up(dialect: str, length: int):
    transport = ScriptedTransport([whole(dialect)])
    raw = json.dumps({**BODIES[dialect], "model": "m" * length, "x": json.loads("[" * 99 + "]" * 99)}).encode()
    got = await ask(house(member(transport, dialect)), path=PATHS[dialect], headers=AUTHORIZED, body=raw)
    assert got.status == 200
    assert transport.sent[0].body == raw
    assert transport.unclosed == []


@both
async def test_a_lone_surrogate_goes_up_as_it_was_written(dialect: str):
    transport = ScriptedTransport([whole(dialect)])
    raw = json.dumps(BODIES[dialect]).encode().replace(b"Hello", b"\\ud83d")
    got = await ask(house(member(transport, dialect)), path=PATHS[dialect], headers=AUTHORIZED, body=raw)
    assert got.status == 200
    assert b"\\ud83d" in transport.sent[0].body


@both
@pytest.mark.parametrize("coding", ["gzip", "zstd", "br", "identity, gzip", "x"])
async def test_a_compressed_body_is_415(coding: str, dialect: str):
    transport = ScriptedTransport()
    got = await ask(house(member(transport)), **asking(dialect, headers={"content-encoding": coding}))
    assert got.status == 415
    in_dialect(dialect, got.json())
    assert transport.exchanges == []


@pytest.mark.parametrize("coding", ["identity", ""])
async def test_a_body_that_is_not_compressed_may_say_so(coding: str):
    transport = ScriptedTransport([whole("anthropic")])
    got = await ask(house(member(transport)), **asking(headers={"content-encoding": coding}))
    assert got.status == 200


@both
async def test_a_413_is_out_before_the_body_is_received(dialect: str):
    transport, never = ScriptedTransport(), anyio.Event()
    headers = {**AUTHORIZED, "content-length": str(LIMIT + 1)}
    app = house(member(transport, dialect))
    async with open_call(app, path=PATHS[dialect], headers=headers, body=[never, b"{}"]) as call:
        start = await call.start()
        body = await call.chunk()
        assert call.waiting
        never.set()
        assert await call.rest() == b""
        await call.ended()
    assert start.status == 413
    assert start.header("connection") == "close"
    assert start.header("content-length") == str(len(body))
    assert (
        start.header(
            "request-id",
        )
        is not None
    )
    assert in_dialect(dialect, json.loads(body))["type"] == "request_too_large"
    assert transport.exchanges == []


@both
async def test_a_body_that_does_not_say_how_long_it_is_is_counted(dialect: str):
    transport, never = ScriptedTransport(), anyio.Event()
    parts = [b"x" * LIMIT, b"x", never, b"x" * 1000]
    app = house(member(transport, dialect))
    async with open_call(app, path=PATHS[dialect], headers=AUTHORIZED, body=parts) as call:
        assert (await call.start()).status == 413
        assert in_dialect(dialect, json.loads(await call.chunk()))["type"] == "request_too_large"
        assert call.waiting
        call.hang_up()
        await call.ended()
    assert transport.exchanges == []


@both
async def test_a_hang_up_during_the_upload_ends_the_call(dialect: str):
    transport = ScriptedTransport()
    app = house(member(transport, dialect))
    async with open_call(app, path=PATHS[dialect], headers=AUTHORIZED, body=[b"{", anyio.Event(), b"}"]) as call:
        call.hang_up()
        await call.ended()
    assert transport.exchanges == []
