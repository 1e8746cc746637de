from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import anyio
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ccgate.errors import Aborted, ConnectionLost
from ccgate.testing.peer import Setting, in_process
from ccgate.testing.transport import CHECKS, error_of, whole
from ccgate.transport import AsgiTransport, Outbound


@pytest.mark.parametrize("check", CHECKS)
async def test_the_contract_is_kept(check: Callable[[Setting], Awaitable[None]]) -> None:
    with anyio.fail_after(20):
        await check(in_process())


def asked(**changes) -> Outbound:
    return Outbound(**{"url": "http://inside/v1", "body": b"{}", **changes})


async def test_a_framework_sees_an_ordinary_request() -> None:
    async def show(request: Request) -> Response:
        seen = {
            "host": request.url.netloc,
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "method": request.method,
            "body": (await request.body()).decode(),
            "key": request.headers["x-key"],
        }
        return JSONResponse(seen, status_code=201)

    transport = AsgiTransport(Starlette(routes=[Route("/a b/{rest}", show, methods=["PUT"])]))
    outbound = asked(method="put", url="https://user:pw@inside:8443/a%20b/c?d=%20", headers=((b"x-key", b"k"),))
    head, body = await whole(transport.exchange(outbound))
    assert head.status == 201
    assert body == b'{"host":"inside:8443","path":"/a%20b/c","query":"d=%20","method":"PUT","body":"{}","key":"k"}'


async def test_what_the_application_does_behind_its_answer_is_waited_for() -> None:
    done = []

    async def afterwards() -> None:
        await anyio.lowlevel.checkpoint()
        done.append("it")

    transport = AsgiTransport(Response(b"ok", background=BackgroundTask(afterwards)))
    assert (await whole(transport.exchange(asked())))[1] == b"ok"
    assert done == ["it"]


@pytest.mark.parametrize("messages", [0, 1, 2])
async def test_an_application_that_raises_is_a_lost_connection(messages: int) -> None:
    async def app(scope, receive, send) -> None:
        for message in (
            {"type": "http.response.start", "status": 200},
            {"type": "http.response.body", "body": b"one", "more_body": True},
        )[:messages]:
            await send(message)
        raise ValueError("hidden")

    exchange = AsgiTransport(app).exchange(asked())

    async def everything() -> None:
        await exchange.head()
        assert await exchange.read() == (b"one", True)
        await exchange.read()

    error = await error_of(everything)
    await exchange.close()
    assert isinstance(error, ConnectionLost)
    assert str(error).endswith("its reply: ValueError")


async def test_an_application_that_ends_without_an_answer_is_a_lost_connection() -> None:
    async def app(scope, receive, send) -> None:
        await receive()

    exchange = AsgiTransport(app).exchange(asked())
    assert isinstance(await error_of(exchange.head), ConnectionLost)
    await exchange.close()


async def test_no_more_than_one_message_is_waiting() -> None:
    sent = []

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(5):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            sent.append(number)
        await send({"type": "http.response.body"})

    exchange = AsgiTransport(app).exchange(asked())
    await exchange.head()
    await anyio.wait_all_tasks_blocked()
    assert sent == [0]
    assert await exchange.read() == (b"0", True)
    await anyio.wait_all_tasks_blocked()
    assert sent == [0, 1]
    await exchange.close()
    assert sent == [0, 1]


async def test_an_abort_is_a_disconnect_and_a_cancellation() -> None:
    seen = []
    waiting = anyio.Event()

    async def app(scope, receive, send) -> None:
        await receive()
        waiting.set()
        try:
            await receive()
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                seen.append(await receive())
                with pytest.raises(OSError, match="gone"):
                    await send({"type": "http.response.start", "status": 200})
            raise

    exchange = AsgiTransport(app).exchange(asked())
    async with anyio.create_task_group() as group:

        async def abort() -> None:
            await waiting.wait()
            exchange.abort()

        group.start_soon(abort)
        assert isinstance(await error_of(exchange.head), Aborted)
    await exchange.close()
    assert seen == [{"type": "http.disconnect"}]


async def test_an_application_that_does_not_end_is_left_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    release = anyio.Event()
    ended = anyio.Event()

    async def app(scope, receive, send) -> None:
        with anyio.CancelScope(shield=True):
            await release.wait()
        ended.set()

    exchange = AsgiTransport(app).exchange(asked(first_byte_timeout=0.01))
    await error_of(exchange.head)
    with caplog.at_level(logging.WARNING, "ccgate"):
        await exchange.close()
    assert "goes on although it was cancelled" in caplog.text
    release.set()
    await ended.wait()


async def test_the_answer_to_head_has_no_body() -> None:
    transport = AsgiTransport(Response(b"body"))
    assert (await whole(transport.exchange(asked(method="HEAD"))))[1] == b""


async def test_reading_before_the_head_is_a_mistake() -> None:
    exchange = AsgiTransport(Response()).exchange(asked())
    with pytest.raises(RuntimeError, match="after head"):
        await exchange.read()
    await exchange.close()
