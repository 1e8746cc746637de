from __future__ import annotations

import anyio
import pytest

from ccgate.errors import Aborted, ConnectFailed, ConnectionLost, ReplyTimeout
from ccgate.testing import ScriptedReply, ScriptedTransport
from ccgate.transport.protocol import Exchange, Head, Outbound

ASKED = Outbound(url="http://upstream.test/v1")


async def read_all(exchange: Exchange) -> bytes:
    data, more = b"", True
    while more:
        chunk, more = await exchange.read()
        data += chunk
    return data


async def test_replies_come_in_the_order_of_the_script():
    transport = ScriptedTransport([ScriptedReply(429, ((b"retry-after", b"1"),)), ScriptedReply(chunks=[b"a", b"b"])])
    first, second = transport.exchange(ASKED), transport.exchange(ASKED)
    assert await first.head() == Head(status=429, headers=((b"retry-after", b"1"),))
    assert await read_all(first) == b""
    assert (await second.head()).status == 200
    assert await second.read() == (b"a", True)
    assert await second.read() == (b"b", False)
    assert await second.read() == (b"", False)
    assert transport.sent == [ASKED, ASKED]
    assert transport.unclosed == [ASKED, ASKED]
    await first.close()
    await second.close()
    assert transport.unclosed == []


async def test_nothing_is_sent_before_the_head_is_asked_for():
    transport = ScriptedTransport([ScriptedReply()])
    transport.exchange(ASKED)
    assert transport.sent == []


async def test_a_function_may_answer():
    transport = ScriptedTransport(lambda outbound: ScriptedReply(chunks=(outbound.url.encode(),)))
    for _ in range(2):
        exchange = transport.exchange(ASKED)
        await exchange.head()
        assert await read_all(exchange) == b"http://upstream.test/v1"
    await transport.close()
    assert transport.closed == 1


async def test_what_is_scripted_is_raised_where_it_is_scripted():
    cut = ScriptedReply(chunks=(b"half", ConnectionLost("cut")))
    late = ScriptedReply(before=(ReplyTimeout("too late"),))
    transport = ScriptedTransport([ConnectFailed("refused"), late, cut])
    with pytest.raises(ConnectFailed):
        await transport.exchange(ASKED).head()
    with pytest.raises(ReplyTimeout, match="too late"):
        await transport.exchange(ASKED).head()
    exchange = transport.exchange(ASKED)
    await exchange.head()
    assert await exchange.read() == (b"half", True)
    with pytest.raises(ConnectionLost):
        await exchange.read()


async def test_behind_the_end_of_the_script_the_test_fails():
    with pytest.raises(AssertionError, match="script has 0 replies"):
        await ScriptedTransport().exchange(ASKED).head()


async def test_a_body_is_not_read_before_its_head():
    with pytest.raises(RuntimeError):
        await ScriptedTransport().exchange(ASKED).read()


async def test_an_event_holds_the_reply_until_it_is_set():
    go = anyio.Event()
    transport = ScriptedTransport([ScriptedReply(before=(go,), chunks=(go, b"data"))])
    exchange = transport.exchange(ASKED)
    async with anyio.create_task_group() as group:
        group.start_soon(exchange.head)
        await anyio.wait_all_tasks_blocked()
        go.set()
    assert await exchange.read() == (b"data", False)


async def test_silence_runs_into_the_timeouts_of_the_request():
    hurried = Outbound(url="http://upstream.test", first_byte_timeout=0.01)
    exchange = ScriptedTransport([ScriptedReply(before=(anyio.Event(),))]).exchange(hurried)
    with pytest.raises(ReplyTimeout, match="silent for too long"):
        await exchange.head()


@pytest.mark.parametrize("when", ["before", "head", "read"])
async def test_abort_ends_the_pending_or_the_next_wait(when: str):
    before = (anyio.Event(),) if when == "head" else ()
    transport = ScriptedTransport([ScriptedReply(before=before, chunks=(anyio.Event(), b"never"))])
    exchange = transport.exchange(ASKED)

    async def head_and_read() -> None:
        await exchange.head()
        await exchange.read()

    async def work() -> None:
        with pytest.raises(Aborted):
            await head_and_read()

    if when == "before":
        exchange.abort()
    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await anyio.wait_all_tasks_blocked()
        exchange.abort()
    assert transport.aborted == [ASKED]
    assert len(transport.sent) == (when != "before")
