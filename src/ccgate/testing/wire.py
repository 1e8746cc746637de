"""What every transport with a socket must do, beside `ccgate.testing.transport`: framing, resets, reuse.

Each check is `await check(factory)` and raises `AssertionError`.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable

import anyio

from ccgate.errors import Aborted, CcgateError, ConnectFailed, ConnectionLost, ConnectTimeout
from ccgate.testing.peer import Factory
from ccgate.testing.server import Line, Script, forever, hold, request, reset, send, serving, wait
from ccgate.testing.transport import SOON, error_of, whole
from ccgate.transport.protocol import Outbound

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def check_the_request_is_these_bytes(factory: Factory) -> None:
    """Path and query untouched, host first, length last; a GET without a body has none."""
    async with serving([forever([request(), send(OK)])]) as server, factory() as transport:
        url = server.url + "/v1/messages?beta=true&a=%20b"
        await whole(transport.exchange(Outbound(url=url, headers=((b"x-key", b"k"),), body=b"{}")))
        await whole(transport.exchange(Outbound(method="GET", url=url)))
        host = server.url.removeprefix("http://").encode()
        line = b" /v1/messages?beta=true&a=%%20b HTTP/1.1\r\nHost: %s\r\n" % host
        assert server.requests == [
            b"POST" + line + b"x-key: k\r\nContent-Length: 2\r\n\r\n{}",
            b"GET" + line + b"\r\n",
        ]


async def check_a_reply_by_length_ends_where_it_says(factory: Factory) -> None:
    """Also when it comes byte by byte, and behind a 1xx head that is never shown."""
    bytewise = [send(OK[n : n + 1]) for n in range(len(OK))]
    early = send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
    for script in ([request(), send(OK), hold()], [request(), *bytewise, hold()], [request(), early, send(OK), hold()]):
        async with serving(script) as server, factory() as transport:
            head, body = await whole(transport.exchange(Outbound(url=server.url)))
            assert (head.status, body) == (200, b"ok")


async def check_a_reply_without_a_length_ends_with_the_connection(factory: Factory) -> None:
    """HTTP/1.0's way."""
    async with serving([request(), send(b"HTTP/1.1 200 OK\r\n\r\nok")]) as server, factory() as transport:
        assert (await whole(transport.exchange(Outbound(url=server.url))))[1] == b"ok"


async def check_the_answer_to_head_has_no_body(factory: Factory) -> None:
    """Although it has a length."""
    head = send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
    async with serving([request(), head, hold()]) as server, factory() as transport:
        assert (await whole(transport.exchange(Outbound(method="HEAD", url=server.url))))[1] == b""


async def check_a_connection_is_used_again(factory: Factory) -> None:
    """After a reply that was read to its end."""
    async with serving([forever([request(), send(OK)])]) as server, factory() as transport:
        for _ in range(3):
            assert (await whole(transport.exchange(Outbound(url=server.url, body=b"{}"))))[1] == b"ok"
        assert (len(server.requests), len(server.lines)) == (3, 1)


async def check_a_connection_the_peer_closed_is_not_used_again(factory: Factory) -> None:
    """It was kept, and the peer had enough of it."""
    async with serving([request(), send(OK)]) as server, factory() as transport:
        for _ in range(3):
            assert (await whole(transport.exchange(Outbound(url=server.url, body=b"{}"))))[1] == b"ok"
            await server.closed(len(server.lines) - 1)
        assert (len(server.requests), len(server.lines)) == (3, 3)


async def check_nobody_listening_is_told(factory: Factory) -> None:
    """With the address, and without the query or credentials."""
    async with serving([]) as server:
        url = server.url
    async with factory() as transport:
        asked = Outbound(url=url.replace("://", "://user:hidden@") + "/v1?key=hidden", headers=((b"x", b"hidden"),))
        exchange = transport.exchange(asked)
        error = await error_of(exchange.head)
        await exchange.close()
    assert isinstance(error, ConnectFailed)
    assert not error.sent
    assert url in str(error)
    assert "refused" in str(error)
    assert "hidden" not in f"{error}{exchange!r}{asked.headers and ''}"


async def check_an_unknown_host_is_told(factory: Factory) -> None:
    """And an address that is none."""
    for url in ("http://nowhere.invalid/", "ftp://127.0.0.1/", "http://[::1/", "nonsense"):
        async with factory() as transport:
            exchange = transport.exchange(Outbound(url=url))
            assert isinstance(await error_of(exchange.head), ConnectFailed), url
            await exchange.close()


async def _fails(factory: Factory, script: Script, delivered: bytes = b"") -> CcgateError:
    async with serving(script) as server, factory() as transport:
        exchange = transport.exchange(Outbound(url=server.url + "/?key=hidden", body=b"{}"))
        received = b""

        async def everything() -> None:
            nonlocal received
            await exchange.head()
            more = True
            while more:
                data, more = await exchange.read()
                received += data

        error = await error_of(everything)
        await exchange.close()
        assert received == delivered
        assert "hidden" not in str(error)
        return error


async def check_a_break_before_the_head_is_told(factory: Factory) -> None:
    """RST, FIN, half a head, nonsense."""
    for script in (
        [request(), reset()],
        [request()],
        [request(), send(b"HTTP/1.1 200 OK\r\ncont")],
        [request(), send(b"SSH-2.0-hidden\r\n\r\n"), hold()],
    ):
        error = await _fails(factory, script)
        assert isinstance(error, ConnectionLost), error
        assert error.sent


async def check_a_break_in_the_body_is_told_after_its_bytes(factory: Factory) -> None:
    """RST and FIN, of a body by length and in chunks."""
    length = send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok")
    chunked = send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n")
    for script in ([request(), length], [request(), chunked]):
        assert isinstance(await _fails(factory, script, b"ok"), ConnectionLost)
    for begin in (length, chunked):
        read = anyio.Event()
        async with serving([request(), begin, wait(read), reset()]) as server, factory() as transport:
            exchange = transport.exchange(Outbound(url=server.url))
            await exchange.head()
            assert await exchange.read() == (b"ok", True)
            read.set()
            assert isinstance(await error_of(exchange.read), ConnectionLost)
            await exchange.close()


async def check_abort_while_connecting(factory: Factory) -> None:
    """In the middle of a TLS handshake that the peer does not answer."""
    begun = anyio.Event()

    async def hello(line: Line) -> None:
        await line.more()
        begun.set()

    async with (
        serving([hello, hold()]) as server,
        factory() as transport,
        anyio.create_task_group() as group,
    ):
        exchange = transport.exchange(Outbound(url=server.url.replace("http:", "https:")))

        async def abort() -> None:
            await begun.wait()
            exchange.abort()

        group.start_soon(abort)
        assert isinstance(await error_of(exchange.head), Aborted)
        await exchange.close()
        await server.closed()


async def check_connecting_for_too_long_is_told(factory: Factory) -> None:
    """Nothing was sent, and it has an error of its own."""
    async with serving([hold()]) as server, factory() as transport:
        url = server.url.replace("http:", "https:")
        exchange = transport.exchange(Outbound(url=url, connect_timeout=SOON))
        error = await error_of(exchange.head)
        await exchange.close()
        assert isinstance(error, ConnectTimeout)
        assert not error.sent
        assert url in str(error)
        await server.closed()


async def check_a_certificate_that_is_not_trusted_gets_no_request(
    factory: Factory, server_context: ssl.SSLContext
) -> None:
    """`server_context`: of an authority that the factory's transports do not trust. Not a byte of the request goes."""
    async with serving([request(), send(OK)], tls=server_context) as server, factory() as transport:
        exchange = transport.exchange(Outbound(url=server.url, body=b"{}"))
        error = await error_of(exchange.head)
        await exchange.close()
        assert isinstance(error, ConnectFailed)
        assert not error.sent
        assert "certificate" in str(error)
        await server.closed()
        assert not server.requests
        assert not server.lines[0].received


SOCKET_CHECKS: tuple[Callable[[Factory], Awaitable[None]], ...] = (
    check_the_request_is_these_bytes,
    check_a_reply_by_length_ends_where_it_says,
    check_a_reply_without_a_length_ends_with_the_connection,
    check_the_answer_to_head_has_no_body,
    check_a_connection_is_used_again,
    check_a_connection_the_peer_closed_is_not_used_again,
    check_nobody_listening_is_told,
    check_an_unknown_host_is_told,
    check_a_break_before_the_head_is_told,
    check_a_break_in_the_body_is_told_after_its_bytes,
    check_abort_while_connecting,
    check_connecting_for_too_long_is_told,
)
