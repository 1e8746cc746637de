"""An ASGI app behind a real uvicorn server, on a free port of 127.0.0.1.

`serving(app)` is for tests and threads: the server runs in a thread of its own, with its own event loop.
`serving_here(app)` runs it in the running asyncio loop. Both give the base URL once connections are accepted, and are
gone, socket and all, at the end of the block. Neither sleeps: the start is waited for as an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from ccgate.sockets import bound, url_of

STOP = 10.0
"""Seconds a server's thread may take to end."""


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals alone and tells when it has begun."""

    def __init__(self, app: ASGIApp, began: Callable[[], object], grace: int = 1) -> None:
        self._began = began
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                ws="none",
                timeout_graceful_shutdown=grace,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Told by uvicorn: begin to listen."""
        await super().startup(sockets)
        self._began()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program, not to a server inside it."""
        yield


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The app in a thread; the base URL, without a slash. Streams that are open at the end have a second to finish.

    An app whose start fails (its lifespan raises) is a RuntimeError.
    """
    sock = bound()
    ready = threading.Event()
    server = Server(app, ready.set)
    failed = []

    def run() -> None:
        try:
            server.run(sockets=[sock])
        except SystemExit:  # how uvicorn says that the app's lifespan failed
            failed.append(True)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="ccgate-serving", daemon=True)
    thread.start()
    try:
        ready.wait()
        if failed:
            raise RuntimeError("the app did not start")
        yield url_of(sock)
    finally:
        server.should_exit = True
        thread.join(STOP)
        sock.close()


@contextlib.asynccontextmanager
async def serving_here(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """The app as a task of the running asyncio loop; the base URL, without a slash. OSError when the port is taken."""
    sock = bound(port=port)
    begun = asyncio.Event()
    server = Server(app, begun.set)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    task.add_done_callback(lambda _: begun.set())
    try:
        await begun.wait()
        yield url_of(sock)
    finally:
        server.should_exit = True
        await task
        sock.close()
