from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request

import pytest
from starlette.types import Receive, Scope, Send

from ccgate.sockets import bound, url_of
from ccgate.testing.serve import serving, serving_here


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # uvicorn runs on nothing else


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan here")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def test_an_app_is_served_within_the_block_and_gone_behind_it():
    with serving(hello) as url:
        assert read(url) == b"hello"
    with pytest.raises(urllib.error.URLError):
        read(url)
    assert not any(thread.name == "ccgate-serving" for thread in threading.enumerate())


def test_two_servers_get_two_ports():
    with serving(hello) as one, serving(hello) as other:
        assert one != other
        assert read(one) == read(other) == b"hello"


def test_an_app_whose_start_fails_is_an_error():
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(RuntimeError, match="did not start"), serving(broken):
        pass


async def test_a_server_in_the_running_loop_is_gone_behind_its_block():
    async with serving_here(hello) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            bound(port=port)
    bound(port=port).close()


def test_an_ipv6_address_stands_in_brackets():
    try:
        sock = bound("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with sock:
        assert url_of(sock).startswith("http://[::1]:")


def test_no_answer_waits_for_an_acknowledgement():
    # asyncio sets TCP_NODELAY on accepted connections whose listening socket says that it is TCP, and on no others
    with bound() as sock:
        assert sock.proto == socket.IPPROTO_TCP
