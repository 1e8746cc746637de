from __future__ import annotations

import gc
import os
import ssl
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import httpx
import httpx2
import pytest
import trustme
from anyio.streams.tls import TLSStream

from ccgate.errors import ConnectFailed, ConnectionLost, ConnectTimeout, TransportError
from ccgate.testing import wire
from ccgate.testing.peer import Factory, Setting, on_a_socket
from ccgate.testing.server import Line, Script, forever, hold, request, send, serving
from ccgate.testing.transport import CHECKS, check_cancelled_calls_leave_the_transport_able, error_of, whole
from ccgate.transport import HttpxTransport, Outbound, Transport


@asynccontextmanager
async def own_pool() -> AsyncIterator[Transport]:
    transport = HttpxTransport()
    yield transport
    await transport.close()


@asynccontextmanager
async def given_httpx2() -> AsyncIterator[Transport]:
    async with httpx2.AsyncClient(headers={"x-default": "1"}, auth=("user", "secret"), follow_redirects=True) as client:
        yield HttpxTransport(client)


@asynccontextmanager
async def small_own_pool() -> AsyncIterator[Transport]:
    transport = HttpxTransport(max_connections=10)
    yield transport
    await transport.close()


@asynccontextmanager
async def small_given_httpx2() -> AsyncIterator[Transport]:
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=10)) as client:
        yield HttpxTransport(client)


@asynccontextmanager
async def small_given_httpx() -> AsyncIterator[Transport]:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=10)) as client:
        yield HttpxTransport(client)


class HostsClient(httpx.AsyncClient):
    """A host's own class is recognized too."""


@asynccontextmanager
async def given_httpx() -> AsyncIterator[Transport]:
    async with HostsClient(headers={"x-default": "1"}, auth=("user", "secret"), follow_redirects=True) as client:
        yield HttpxTransport(client)


FACTORIES = [own_pool, given_httpx2, given_httpx]


@pytest.fixture(params=FACTORIES)
def factory(request: pytest.FixtureRequest) -> Factory:
    return request.param


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if check is not check_cancelled_calls_leave_the_transport_able]
)
async def test_the_contract_is_kept(check: Callable[[Setting], Awaitable[None]], factory: Factory) -> None:
    with anyio.fail_after(20):
        await check(on_a_socket(factory))


@pytest.mark.parametrize("check", wire.SOCKET_CHECKS)
async def test_the_contract_is_kept_on_the_wire(check: Callable[[Factory], Awaitable[None]], factory: Factory) -> None:
    with anyio.fail_after(20):
        await check(factory)


LEAKS = pytest.mark.xfail(
    strict=False, reason="httpx 0.28 leaks pool slots (httpcore#1093) and, on trio, generators of cancelled calls"
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("factory", [small_own_pool, small_given_httpx2, pytest.param(small_given_httpx, marks=LEAKS)])
async def test_cancelled_calls_leave_the_transport_able(factory: Factory) -> None:
    """With CCGATE_CANCELLED_CALLS=5000 in the environment it is the long version."""
    calls = int(os.environ.get("CCGATE_CANCELLED_CALLS", "300"))
    with anyio.fail_after(20 + calls / 20):
        await check_cancelled_calls_leave_the_transport_able(on_a_socket(factory), calls)


async def test_a_certificate_that_is_not_trusted_gets_no_request(
    factory: Factory, server_context: ssl.SSLContext
) -> None:
    await wire.check_a_certificate_that_is_not_trusted_gets_no_request(factory, server_context)


@pytest.mark.parametrize("trusting", ["the authority", "anybody"])
async def test_tls_is_as_strict_as_asked(authority: trustme.CA, server_context: ssl.SSLContext, trusting: str) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    transport = HttpxTransport(verify=context if trusting == "the authority" else False)
    async with serving([request(), send(wire.OK)], tls=server_context) as server:
        assert (await whole(transport.exchange(Outbound(url=server.url))))[1] == b"ok"
        await transport.close()


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving([request(), send(wire.OK)]) as server, own_pool() as transport:
        assert (await whole(transport.exchange(Outbound(url=server.url))))[1] == b"ok"


async def test_a_proxy_that_is_asked_for_is_used() -> None:
    async with serving([request(), send(wire.OK)]) as proxy:
        transport = HttpxTransport(proxy=proxy.url)
        assert (await whole(transport.exchange(Outbound(url="http://upstream.invalid/v1"))))[1] == b"ok"
        await transport.close()
    assert proxy.requests[0].startswith(b"POST http://upstream.invalid/v1 ")


async def test_https_goes_through_a_tunnel_of_the_proxy(authority: trustme.CA, server_context: ssl.SSLContext) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)

    async def upgrade(line: Line) -> None:
        line.stream = await TLSStream.wrap(
            line.stream, server_side=True, ssl_context=server_context, standard_compatible=False
        )

    tunnel = [request(), send(b"HTTP/1.1 200 OK\r\n\r\n"), upgrade, request(), send(wire.OK)]
    async with serving(tunnel) as proxy:
        transport = HttpxTransport(proxy=proxy.url.replace("://", "://user:pw@"), verify=context)
        assert (await whole(transport.exchange(Outbound(url="https://localhost:1/v1"))))[1] == b"ok"
        await transport.close()
    assert proxy.requests[0].startswith(b"CONNECT localhost:1 ")
    assert proxy.requests[1].startswith(b"POST /v1 ")


@pytest.mark.parametrize(
    ("script", "kind"), [([request(), send(b"HTTP/1.1 407 No\r\n\r\n")], ConnectFailed), ([hold()], ConnectTimeout)]
)
async def test_a_proxy_that_gives_no_tunnel_has_sent_nothing(script: Script, kind: type[Exception]) -> None:
    async with serving(script) as proxy:
        transport = HttpxTransport(proxy=proxy.url)
        exchange = transport.exchange(Outbound(url="https://upstream.invalid", first_byte_timeout=0.05))
        error = await error_of(exchange.head)
        await exchange.close()
        assert type(error) is kind
        assert not error.sent
        await transport.close()


async def test_no_free_slot_in_time_is_told() -> None:
    async with serving([request(), send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"), hold()]) as server:
        transport = HttpxTransport(max_connections=1)
        first, second = (transport.exchange(Outbound(url=server.url, connect_timeout=0.05)) for _ in range(2))
        await first.head()
        error = await error_of(second.head)
        await second.close()
        await first.close()
        await transport.close()
    assert isinstance(error, ConnectFailed)
    assert str(error) == f"no free connection to {server.url}"


async def test_a_header_that_cannot_be_sent_is_not_quoted(factory: Factory) -> None:
    async with serving([hold()]) as server, factory() as transport:
        exchange = transport.exchange(Outbound(url=server.url, headers=((b"x-key", b"hidden\n"),)))
        error = await error_of(exchange.head)
        await exchange.close()
    assert isinstance(error, ConnectFailed)
    assert "hidden" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_pool_ends_with_its_loop_and_the_next_loop_gets_its_own(backend: str) -> None:
    transport = HttpxTransport()

    async def main() -> None:
        async with serving([forever([request(), send(wire.OK)])]) as server:
            assert (await whole(transport.exchange(Outbound(url=server.url))))[1] == b"ok"

    for _ in range(2):
        anyio.run(main, backend=backend)
    gc.collect()  # an open socket would warn now, and a warning is an error


async def test_a_closed_transport_opens_again() -> None:
    transport = HttpxTransport()
    await transport.close()
    async with serving([forever([request(), send(wire.OK)])]) as server:
        for number in range(2):
            await whole(transport.exchange(Outbound(url=server.url)))
            await transport.close()
            await server.closed(number)


async def test_a_given_client_stays_open_and_a_closed_one_is_told() -> None:
    async with serving([forever([request(), send(wire.OK)])]) as server:
        async with httpx2.AsyncClient() as client:
            transport = HttpxTransport(client)
            await whole(transport.exchange(Outbound(url=server.url)))
            await transport.close()
            assert not client.is_closed
        assert isinstance(await error_of(transport.exchange(Outbound(url=server.url)).head), TransportError)


class Wordy(httpx2.AsyncBaseTransport):
    """A host's transport: tells these steps, then fails, or answers with this stream."""

    def __init__(self, *steps: str, stream: httpx2.AsyncByteStream | None = None) -> None:
        self._steps = steps
        self._stream = stream

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for step in self._steps:
            await request.extensions["trace"](f"http11.{step}", {})
        if self._stream is None:
            raise httpx2.ReadError("hidden", request=request)
        return httpx2.Response(200, stream=self._stream)


@pytest.mark.parametrize(
    ("steps", "kind", "sent"),
    [
        (("send_request_headers.started", "send_request_headers.failed"), ConnectFailed, False),
        (("send_request_headers.started", "send_request_headers.complete"), ConnectionLost, True),
        ((), ConnectionLost, True),
    ],
)
async def test_a_kept_connection_that_took_no_byte_has_sent_nothing(
    steps: tuple[str, ...], kind: type[TransportError], sent: bool
) -> None:
    async with httpx2.AsyncClient(transport=Wordy(*steps)) as client:
        error = await error_of(HttpxTransport(client).exchange(Outbound(url="http://upstream")).head)
    assert type(error) is kind
    assert error.sent is sent
    assert "hidden" not in str(error)


class Stubborn(httpx2.AsyncByteStream):
    """A body that neither ends nor closes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""
        while True:
            yield b"more"

    async def aclose(self) -> None:
        raise OSError("no")


async def test_a_stream_that_does_not_close_is_let_go() -> None:
    async with httpx2.AsyncClient(transport=Wordy(stream=Stubborn())) as client:
        exchange = HttpxTransport(client).exchange(Outbound(url="http://upstream"))
        await exchange.head()
        await exchange.close()
        exchange = HttpxTransport(client).exchange(Outbound(url="http://upstream"))
        with pytest.raises(RuntimeError, match="after head"):
            await exchange.read()


def test_its_repr_says_no_more_than_it_should() -> None:
    assert repr(HttpxTransport(proxy="http://user:hidden@proxy")) == "HttpxTransport(own pool)"
    assert repr(HttpxTransport(httpx2.AsyncClient())) == "HttpxTransport(given client)"


def test_importing_the_package_does_not_import_a_client() -> None:
    code = "import sys, ccgate.transport as t; assert 'httpx2' not in sys.modules; t.HttpxTransport; t.nothing"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr.endswith("AttributeError: module 'ccgate.transport' has no attribute 'nothing'\n")
