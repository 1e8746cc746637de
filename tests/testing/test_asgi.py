from __future__ import annotations

import anyio
import pytest

from ccgate.testing import ask, open_call
from ccgate.testing.asgi import Message, Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 201, "headers": [(b"X-Path", scope["path"].encode())]})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    await send({"type": "http.response.body", "body": b"!"})


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass
    await send({"type": "http.response.body", "body": b"nobody reads this"})


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    return


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise LookupError("the application is broken")


async def test_an_answer_keeps_its_chunks_as_they_were_sent():
    answer = await ask(echo, "PUT", "/x", body=b"words")
    assert (answer.status, answer.chunks, answer.body) == (201, (b"words", b"!"), b"words!")
    assert answer.headers == ((b"x-path", b"/x"),)
    assert (answer.header("X-Path"), answer.header("x-other")) == ("/x", None)


async def test_a_json_body_is_encoded_and_named():
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        message = await receive()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": message["body"]})

    answer = await ask(app, body={"a": ["é"]}, headers={"X-Key": "k"}, query=b"beta=true", state={"s": 1})
    assert answer.json() == {"a": ["é"]}
    assert scopes[0]["headers"] == [
        (b"x-key", b"k"),
        (b"content-type", b"application/json"),
        (b"content-length", b"12"),
        (b"host", b"127.0.0.1"),
    ]
    assert (scopes[0]["query_string"], scopes[0]["state"], scopes[0]["client"]) == (
        b"beta=true",
        {"s": 1},
        ("127.0.0.1", 50000),
    )


async def test_a_body_may_come_in_parts():
    answer = await ask(echo, body=[b"one ", b"two"], headers=[(b"Host", b"example.test")])
    assert answer.chunks == (b"one two", b"!")


async def test_an_application_that_does_not_answer_is_told_off():
    with pytest.raises(AssertionError, match="ended in the middle"):
        await ask(silent)


async def test_what_the_application_raises_comes_out_bare():
    with pytest.raises(LookupError):
        await ask(broken)
    async with open_call(broken) as call:
        with pytest.raises(LookupError):
            await call.next()
        with pytest.raises(LookupError):
            await call.ended()


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.response.body"}],
        [{"type": "http.response.start", "status": 200}, {"type": "http.response.start", "status": 200}],
        [
            {"type": "http.response.start", "status": 200},
            {"type": "http.response.body"},
            {"type": "http.response.body"},
        ],
    ],
)
async def test_messages_out_of_order_are_told_off(messages: list[Message]):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    with pytest.raises(AssertionError, match="expected"):
        await ask(app)


async def test_an_open_call_is_read_message_by_message():
    async with open_call(echo, body=b"words") as call:
        assert (await call.start()).status == 201
        assert await call.chunk() == b"words"
        assert await call.rest() == b"!"
        assert await call.next() is None


async def test_a_caller_may_hang_up():
    async with open_call(hanging) as call:
        await call.start()
        assert await call.chunk() == b"first"
        assert call.waiting
        call.hang_up()
        await call.ended()
        assert not call.waiting
        assert await call.chunk() == b""


async def test_leaving_cancels_an_application_that_waits():
    ended = anyio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await anyio.Event().wait()
        finally:
            ended.set()

    async with open_call(app):
        pass
    assert ended.is_set()


async def test_a_body_can_wait_for_the_test():
    go = anyio.Event()
    async with open_call(echo, body=[b"one ", go, b"two"]) as call:
        await anyio.wait_all_tasks_blocked()
        go.set()
        await call.start()
        assert await call.rest() == b"one two!"


async def test_a_caller_may_hang_up_in_the_middle_of_its_body():
    got: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while not got or got[-1] != "http.disconnect":
            got.append((await receive())["type"])

    async with open_call(app, body=[b"one ", anyio.Event(), b"two"]) as call:
        await anyio.wait_all_tasks_blocked()
        call.hang_up()
        await call.ended()
    assert got == ["http.request", "http.disconnect"]


async def test_a_silent_application_does_not_hang_the_test():
    async with open_call(hanging, patience=0.02) as call:
        await call.start()
        await call.chunk()
        with pytest.raises(TimeoutError):
            await call.next()


async def test_a_start_is_expected_first():
    async with open_call(silent) as call:
        with pytest.raises(AssertionError, match="expected a start"):
            await call.start()
