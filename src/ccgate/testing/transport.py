"""What every transport must do: run these checks against your own.

`CHECKS` run in any `ccgate.testing.peer.Setting`; those of `ccgate.testing.wire` need a real socket. Each check is
`await check(setting)` and raises `AssertionError`. None sleeps; whoever runs them sets the deadline.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from ccgate.errors import (
    Aborted,
    CcgateError,
    ConnectionLost,
    ReplyTimeout,
    ReplyTooLarge,
    TransportError,
)
from ccgate.testing.peer import Reply, Setting, Stage
from ccgate.transport.protocol import Exchange, Head, Outbound

SOON = 0.05
"""A timeout that is meant to run out, in seconds."""


async def whole(exchange: Exchange) -> tuple[Head, bytes]:
    """The head and all of the body. Closes the exchange."""
    try:
        head = await exchange.head()
        body, more = b"", True
        while more:
            data, more = await exchange.read()
            body += data
    finally:
        await exchange.close()
    return head, body


async def error_of(step: Callable[[], Awaitable[object]]) -> CcgateError:
    """The error that the step must raise."""
    try:
        result = await step()
    except CcgateError as error:
        return error
    raise AssertionError(f"no error was raised, but the answer was {result!r}")


async def _all(exchange: Exchange) -> None:
    await exchange.head()
    while (await exchange.read())[1]:
        pass


def _outbound(stage: Stage, *, first_byte_timeout: float = 60, idle_timeout: float = 60) -> Outbound:
    return Outbound(url=stage.url, body=b"{}", first_byte_timeout=first_byte_timeout, idle_timeout=idle_timeout)


async def check_status_headers_and_body_come_as_they_were_sent(setting: Setting) -> None:
    """Repeated headers, their order, any status; redirects are answers like any other."""
    headers = ((b"x-b", b"1"), (b"location", b"/elsewhere"), (b"x-a", b"2"), (b"x-b", b"3"))
    for status in (200, 302, 404, 529):
        async with setting(Reply(status=status, headers=headers, body=(b"one", b"two"))) as stage:
            head, body = await whole(stage.transport.exchange(_outbound(stage)))
            assert (head.status, body) == (status, b"onetwo")
            assert tuple(pair for pair in head.headers if pair in headers) == headers
            assert len(stage.requests) == 1


async def check_a_reply_without_a_body_ends_at_once(setting: Setting) -> None:
    """204."""
    async with setting(Reply(status=204)) as stage:
        assert (await whole(stage.transport.exchange(_outbound(stage))))[1] == b""


async def check_the_first_bytes_are_readable_before_the_second_are_sent(setting: Setting) -> None:
    """Nothing is held back."""
    go = anyio.Event()
    async with setting(Reply(body=(b"first", go, b"second"))) as stage:
        exchange = stage.transport.exchange(_outbound(stage))
        await exchange.head()
        assert await exchange.read() == (b"first", True)
        go.set()
        assert await exchange.read() == (b"second", True)
        assert await exchange.read() == (b"", False)
        assert await exchange.read() == (b"", False)
        await exchange.close()
        await exchange.close()


async def check_a_compressed_reply_is_decoded_piece_by_piece(setting: Setting) -> None:
    """gzip, zlib, and the raw deflate that some servers send; each piece as far as it goes."""
    for coding, bits in ((b"gzip", 31), (b"deflate", 15), (b"deflate", -15)):
        engine = zlib.compressobj(wbits=bits)
        first = engine.compress(b"first") + engine.flush(zlib.Z_SYNC_FLUSH)
        second = engine.compress(b"second") + engine.flush()
        go = anyio.Event()
        headers = ((b"content-encoding", coding), (b"x-a", b"1"))
        async with setting(Reply(headers=headers, body=(first, go, second))) as stage:
            exchange = stage.transport.exchange(_outbound(stage))
            head = await exchange.head()
            assert (b"x-a", b"1") in head.headers
            assert not {b"content-encoding", b"content-length"} & {name for name, _ in head.headers}
            assert await exchange.read() == (b"first", True)
            go.set()
            assert await exchange.read() == (b"second", True)
            assert await exchange.read() == (b"", False)
            await exchange.close()


async def check_a_coding_that_is_not_known_passes_with_its_header(setting: Setting) -> None:
    """The caller may know it."""
    async with setting(Reply(headers=((b"content-encoding", b"br"),), body=(b"\x00\x01",))) as stage:
        head, body = await whole(stage.transport.exchange(_outbound(stage)))
        assert (b"content-encoding", b"br") in head.headers
        assert body == b"\x00\x01"


async def check_a_bomb_is_stopped(setting: Setting) -> None:
    """256 MiB of zeros in a quarter of a MiB: never more than a small piece at a time, and not beyond 64 MiB."""
    bomb = gzip.compress(b"\0" * 2**20, 9) * 256
    async with setting(Reply(headers=((b"content-encoding", b"gzip"),), body=(bomb,))) as stage:
        exchange = stage.transport.exchange(_outbound(stage))
        await exchange.head()
        total = 0
        try:
            while True:
                data, more = await exchange.read()
                total += len(data)
                assert more
                assert len(data) <= 2**20
        except ReplyTooLarge:
            assert total <= 64 * 2**20
        finally:
            await exchange.close()


async def check_a_broken_compression_is_no_end(setting: Setting) -> None:
    """Cut short, or not compressed at all."""
    for body in (gzip.compress(b"a" * 999)[:-9], b"plain"):
        async with setting(Reply(headers=((b"content-encoding", b"gzip"),), body=(body,))) as stage:
            exchange = stage.transport.exchange(_outbound(stage))
            assert isinstance(await error_of(partial(_all, exchange)), ConnectionLost)
            assert isinstance(await error_of(exchange.read), TransportError)
            await exchange.close()


async def check_a_silent_head_times_out(setting: Setting) -> None:
    """And the exchange stays broken."""
    async with setting(Reply(silent=True)) as stage:
        exchange = stage.transport.exchange(_outbound(stage, first_byte_timeout=SOON))
        assert isinstance(await error_of(exchange.head), ReplyTimeout)
        assert isinstance(await error_of(exchange.read), TransportError)
        await exchange.close()
        await stage.left()


async def check_a_silent_body_times_out(setting: Setting) -> None:
    """What came before is delivered; a read after it is no end either."""
    async with setting(Reply(body=(b"one",), hanging=True)) as stage:
        exchange = stage.transport.exchange(_outbound(stage, idle_timeout=SOON))
        await exchange.head()
        assert await exchange.read() == (b"one", True)
        assert isinstance(await error_of(exchange.read), ReplyTimeout)
        assert isinstance(await error_of(exchange.read), TransportError)
        await exchange.close()
        await stage.left()


async def check_abort_before_anything_is_asked(setting: Setting) -> None:
    """Nothing is sent."""
    async with setting(Reply()) as stage:
        exchange = stage.transport.exchange(_outbound(stage))
        exchange.abort()
        exchange.abort()
        assert isinstance(await error_of(exchange.head), Aborted)
        assert isinstance(await error_of(exchange.read), Aborted)
        await exchange.close()
        assert stage.requests == []


async def check_abort_while_waiting_for_the_head(setting: Setting) -> None:
    """By another task; the peer sees us go."""
    async with setting(Reply(silent=True)) as stage, anyio.create_task_group() as group:
        exchange = stage.transport.exchange(_outbound(stage))

        async def abort() -> None:
            await stage.asked.wait()
            exchange.abort()

        group.start_soon(abort)
        assert isinstance(await error_of(exchange.head), Aborted)
        await exchange.close()
        await stage.left()


async def check_abort_while_reading(setting: Setting) -> None:
    """By another task; the peer sees us go."""
    async with setting(Reply(body=(b"one",), hanging=True)) as stage, anyio.create_task_group() as group:
        exchange = stage.transport.exchange(_outbound(stage))
        await exchange.head()
        assert await exchange.read() == (b"one", True)

        async def abort() -> None:
            exchange.abort()

        group.start_soon(abort)
        assert isinstance(await error_of(exchange.read), Aborted)
        assert isinstance(await error_of(exchange.read), Aborted)
        await exchange.close()
        await stage.left()


async def check_abort_between_two_reads(setting: Setting) -> None:
    """The next read raises although bytes may be there."""
    async with setting(Reply(body=(b"one", b"two"), hanging=True)) as stage:
        exchange = stage.transport.exchange(_outbound(stage))
        await exchange.head()
        await exchange.read()
        exchange.abort()
        assert isinstance(await error_of(exchange.read), Aborted)
        await exchange.close()
        await stage.left()


async def check_closing_early_lets_the_peer_go(setting: Setting) -> None:
    """Before the head is asked for, after it, and in the middle of the body."""
    async with setting(Reply(body=(b"one",), hanging=True)) as stage:
        await stage.transport.exchange(_outbound(stage)).close()
        exchange = stage.transport.exchange(_outbound(stage))
        await exchange.head()
        await exchange.close()
        await stage.left()
        exchange = stage.transport.exchange(_outbound(stage))
        await exchange.head()
        await exchange.read()
        await exchange.close()


async def check_a_cancelled_wait_passes_the_cancellation_on(setting: Setting) -> None:
    """It is no error of the transport, and the peer sees us go."""
    async with setting(Reply(silent=True)) as stage, anyio.create_task_group() as group:
        exchange = stage.transport.exchange(_outbound(stage))
        with anyio.CancelScope() as scope:

            async def cancel() -> None:
                await stage.asked.wait()
                scope.cancel()

            group.start_soon(cancel)
            try:
                await exchange.head()
            finally:
                await exchange.close()
        assert scope.cancelled_caught
        await stage.left()


async def check_cancelled_calls_leave_the_transport_able(setting: Setting, calls: int = 300) -> None:
    """Calls that are cancelled after 0, 1, 2 ... turns of the loop, forty at a time; then ten calls that are not."""
    async with setting(Reply(body=(b"one", b"two"))) as stage:
        limiter = anyio.CapacityLimiter(40)

        async def cancelled(turns: int) -> None:
            async with limiter, anyio.create_task_group() as group:
                group.start_soon(whole, stage.transport.exchange(_outbound(stage)))
                for _ in range(turns):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for number in range(calls):
                group.start_soon(cancelled, number % 60)
        for _ in range(10):
            assert (await whole(stage.transport.exchange(_outbound(stage))))[1] == b"onetwo"


async def check_set_cookie_does_not_come_back(setting: Setting) -> None:
    """Upstreams keep no state in us."""
    async with setting(Reply(headers=((b"set-cookie", b"a=b; Path=/"),))) as stage:
        head, _ = await whole(stage.transport.exchange(_outbound(stage)))
        assert (b"set-cookie", b"a=b; Path=/") in head.headers
        await whole(stage.transport.exchange(_outbound(stage)))
        assert b"cookie" not in stage.requests[1].lower()


async def check_the_request_goes_out_as_asked(setting: Setting) -> None:
    """Order and repeats of headers; nothing added but host and content-length; user and password do not become one."""
    headers = ((b"x-b", b"1"), (b"x-a", b"2"), (b"x-b", b"3"), (b"host", b"evil"), (b"content-length", b"9"))
    async with setting(Reply()) as stage:
        url = stage.url.replace("://", "://user:secret@")
        await whole(stage.transport.exchange(Outbound(url=url, headers=headers, body=b"\x00body")))
        head, _, body = stage.requests[0].partition(b"\r\n\r\n")
        line, *sent = head.split(b"\r\n")
        host = stage.url.split("/")[2].encode()
        assert line.startswith(b"POST /v1")
        assert body == b"\x00body"
        ours = sorted(header.lower() for header in sent if not header.startswith(b"x-"))
        assert ours == [b"content-length: 5", b"host: " + host]
        assert [header for header in sent if header.startswith(b"x-")] == [b"x-b: 1", b"x-a: 2", b"x-b: 3"]


CHECKS: tuple[Callable[[Setting], Awaitable[None]], ...] = (
    check_status_headers_and_body_come_as_they_were_sent,
    check_a_reply_without_a_body_ends_at_once,
    check_the_first_bytes_are_readable_before_the_second_are_sent,
    check_a_compressed_reply_is_decoded_piece_by_piece,
    check_a_coding_that_is_not_known_passes_with_its_header,
    check_a_bomb_is_stopped,
    check_a_broken_compression_is_no_end,
    check_a_silent_head_times_out,
    check_a_silent_body_times_out,
    check_abort_before_anything_is_asked,
    check_abort_while_waiting_for_the_head,
    check_abort_while_reading,
    check_abort_between_two_reads,
    check_closing_early_lets_the_peer_go,
    check_a_cancelled_wait_passes_the_cancellation_on,
    check_cancelled_calls_leave_the_transport_able,
    check_set_cookie_does_not_come_back,
    check_the_request_goes_out_as_asked,
)
