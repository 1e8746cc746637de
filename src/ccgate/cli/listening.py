"""Sockets, the server on them, and the signals that end it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import logging
import os
import signal
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn
from attrs import frozen
from starlette.types import Receive, Scope, Send

from ccgate.cli.exits import INTERRUPTED, OK, Stop, message
from ccgate.gateway import Gateway
from ccgate.sockets import bound

log = logging.getLogger("ccgate")

KEEP_ALIVE = 75
"""Seconds an idle connection is kept: agents think, and come back."""

ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
HINTS = {
    errno.EADDRINUSE: "another program listens there; --port chooses another port",
    errno.EACCES: "ports below 1024 need privileges; --port chooses another port",
    errno.EADDRNOTAVAIL: "this machine has no such address; --host chooses another",
}


@frozen
class Address:
    """Where to listen."""

    host: str
    loopback: bool
    """Only this machine can reach it."""


def addresses(host: str, port: int) -> list[Address]:
    """What a host's name stands for. Exit code 1 when it stands for nothing here."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise Stop(f"cannot listen on {host!r}: {getattr(error, 'strerror', None) or error}") from None
    names = dict.fromkeys(str(place[0]) for *_, place in found)
    return [Address(name, ipaddress.ip_address(name.partition("%")[0]).is_loopback) for name in names]


def listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """A listening socket for each host, all on one port (0: the one that was free). Exit code 1 when one is taken.

    A host that this machine lacks is passed over where it has another: `localhost` often names an IPv6 address on
    machines without IPv6.
    """
    sockets: list[socket.socket] = []
    problems: list[Stop] = []
    for host in hosts:
        try:
            sockets.append(bound(host, port))
        except OSError as error:
            problems.append(taken(host, port, error))
            if error.errno not in ABSENT:
                break
        else:
            port = sockets[0].getsockname()[1]
    if problems and (not sockets or len(sockets) + len(problems) < len(hosts)):
        for sock in sockets:
            sock.close()
        raise problems[-1]
    return sockets


def taken(host: str, port: int, error: OSError) -> Stop:
    """Why nobody can listen there, and what to do."""
    number = error.errno or 0
    hint = f" ({HINTS[number]})" if number in HINTS else ""
    return Stop(f"cannot listen on {bracketed(host)}:{port}: {os.strerror(number)}{hint}")


def bracketed(host: str) -> str:
    """As it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def raise_file_limit() -> None:
    """Each call holds two sockets, and the soft limit is often 256 or 1024: take what the system gives."""
    try:
        import resource  # noqa: PLC0415 there is no such thing on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):  # some systems promise more than they give
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Server(uvicorn.Server):
    """A uvicorn server for one gateway: it says when it listens, and drains when a signal comes."""

    def __init__(self, gateway: Gateway, url: str) -> None:
        self.gateway = gateway
        self.url = url
        self.ended_by: int | None = None
        super().__init__(
            uvicorn.Config(
                self.answer,
                interface="asgi3",  # uvicorn takes a method for something older
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                ws="none",
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=max(1, round(gateway.config.limits.drain_timeout)),
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Told by uvicorn: begin to listen."""
        await super().startup(sockets)
        message(f"ccgate listening on {self.url}")
        token = "<one of its keys>" if self.gateway.config.auth.api_keys else "any"
        message(f"Claude Code: ANTHROPIC_BASE_URL={self.url} ANTHROPIC_AUTH_TOKEN={token} claude")

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The gateway. A call that is cut off because the time to drain is over is no error of ours: one line."""
        try:
            await self.gateway(scope, receive, send)
        except asyncio.CancelledError:
            if not self.should_exit:
                raise
            log.warning("a call was still open when limits.drain_timeout was over, and is cut off")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 uvicorn passes it
        """A signal: finish what is open. A second Ctrl-C does not wait for it."""
        self.force_exit = self.force_exit or (self.should_exit and sig == signal.SIGINT)
        self.should_exit = True
        self.gateway.draining = True
        self.ended_by = sig


def run(gateway: Gateway, sockets: list[socket.socket], *, host: str) -> int:
    """Serve until a signal comes. The exit code: 0 for SIGTERM, 130 for Ctrl-C."""
    server = Server(gateway, f"http://{bracketed(host)}:{sockets[0].getsockname()[1]}")
    try:
        server.run(sockets=sockets)
    except SystemExit:  # how uvicorn says that the lifespan failed; its code means something else to us
        raise Stop("the gateway could not start; the log says why") from None
    finally:
        for sock in sockets:
            sock.close()
    return INTERRUPTED if server.ended_by == signal.SIGINT else OK
