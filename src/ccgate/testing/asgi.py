"""Asking an ASGI application without a server: whole answers with `ask`, message by message with `open_call`.

Both work on asyncio and trio, in the test's own event loop. The application sees what uvicorn would show it: after a
hang-up `receive` gives `http.disconnect`, and `send` does nothing.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypedDict, Unpack

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, field, frozen

from ccgate.tasks import spawn

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]
Part = bytes | anyio.Event
"""Bytes of a body, or an event to wait for before the next."""

PATIENCE = 5.0
"""Seconds a test waits for something before it fails."""


class Asking(TypedDict, total=False):
    """What a request may have. `body`: bytes, parts that come one by one, or a JSON object, which is encoded and
    gets its content-type. `client` None: a caller without an address (a unix socket)."""

    headers: Mapping[str, str] | Iterable[tuple[bytes, bytes]]
    body: bytes | Sequence[Part] | Mapping[str, Any]
    query: bytes
    root_path: str
    client: tuple[str, int] | None
    server: tuple[str, int]
    scheme: str
    state: dict[str, Any]
    extensions: dict[str, Any]


@frozen(kw_only=True)
class Answer:
    """A whole answer. Header names are lower case, order and repeats kept; `chunks` are the bodies as they were sent,
    empty ones left out."""

    status: int
    headers: Headers = ()
    chunks: tuple[bytes, ...] = ()

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self.chunks)

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key == wanted), None)


async def ask(app: App, method: str = "POST", path: str = "/", **asking: Unpack[Asking]) -> Answer:
    """Ask and wait for the whole answer. What the application raises comes out here.

    Raises `AssertionError` when it ends without a whole answer.
    """
    conversation = _conversation(method, path, asking)
    await app(conversation.scope, conversation.receive, conversation.send)
    if not conversation.complete:
        raise AssertionError(f"{method} {path}: the application ended in the middle of its answer: {conversation.sent}")
    return conversation.answer


@define(eq=False)
class Conversation:
    """Both ends of one call."""

    scope: Scope
    parts: list[Part]
    sent: list[Message] = field(factory=list)
    complete: bool = False
    gone: anyio.Event = field(factory=anyio.Event)
    news: anyio.Event = field(factory=anyio.Event)

    async def receive(self) -> Message:
        """The next part of the body; behind the last one, the hang-up."""
        while self.parts and not self.gone.is_set():
            part = self.parts.pop(0)
            if isinstance(part, bytes):
                await checkpoint()
                return {"type": "http.request", "body": part, "more_body": bool(self.parts)}
            await _either(part, self.gone)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a message of the answer. Raises `AssertionError` for one that cannot stand there."""
        await checkpoint()
        if self.gone.is_set() and not self.complete:
            return
        expected = "http.response.body" if self.sent else "http.response.start"
        if self.complete or message["type"] != expected:
            raise AssertionError(f"expected {'nothing more' if self.complete else expected}, got {message}")
        self.sent.append(message)
        if expected == "http.response.body" and not message.get("more_body", False):
            self.complete = True
            self.gone.set()
        self.tell()

    def tell(self) -> None:
        """Wake whoever waits for news."""
        news, self.news = self.news, anyio.Event()
        news.set()

    @property
    def answer(self) -> Answer:
        """What was answered so far."""
        start, *bodies = self.sent
        headers = tuple((bytes(name).lower(), bytes(value)) for name, value in start.get("headers", ()))
        chunks = tuple(bytes(message["body"]) for message in bodies if message.get("body"))
        return Answer(status=start["status"], headers=headers, chunks=chunks)


async def _either(one: anyio.Event, other: anyio.Event) -> None:
    async with anyio.create_task_group() as group:

        async def watch(event: anyio.Event) -> None:
            await event.wait()
            group.cancel_scope.cancel()

        group.start_soon(watch, one)
        group.start_soon(watch, other)


@define(eq=False)
class OpenCall:
    """A call under way; made by `open_call`. Every wait ends with `TimeoutError` after `patience` real seconds."""

    conversation: Conversation
    patience: float = PATIENCE
    _taken: int = 0
    _ended: anyio.Event = field(factory=anyio.Event)
    _error: Exception | None = None

    async def next(self) -> Message | None:
        """The next ASGI message of the answer; None when the application has ended. Raises what it raised."""
        sent = self.conversation.sent
        with anyio.fail_after(self.patience):
            while self._taken >= len(sent) and not self._ended.is_set():
                await self.conversation.news.wait()
        if self._taken < len(sent):
            self._taken += 1
            return sent[self._taken - 1]
        if self._error is not None:
            raise self._error
        return None

    async def start(self) -> Answer:
        """Status and headers, as an answer without a body. Raises `AssertionError` when there is none."""
        message = await self.next()
        if message is None or message["type"] != "http.response.start":
            raise AssertionError(f"expected a start, got {message}")
        return Answer(status=message["status"], headers=self.conversation.answer.headers)

    async def chunk(self) -> bytes:
        """The next bytes of the body; empty at its end."""
        while (message := await self.next()) is not None:
            if message.get("body"):
                return bytes(message["body"])
        return b""

    async def rest(self) -> bytes:
        """The body from here to its end."""
        data = b""
        while chunk := await self.chunk():
            data += chunk
        return data

    def hang_up(self) -> None:
        """The caller is gone."""
        self.conversation.gone.set()

    async def ended(self) -> None:
        """Wait for the application's end. Raises what it raised."""
        with anyio.fail_after(self.patience):
            await self._ended.wait()
        if self._error is not None:
            raise self._error

    @property
    def waiting(self) -> bool:
        """The application is still at work."""
        return not self._ended.is_set()

    async def _run(self, app: App) -> None:
        conversation = self.conversation
        try:
            await app(conversation.scope, conversation.receive, conversation.send)
        finally:
            self._ended.set()
            conversation.tell()

    def _failed(self, error: Exception) -> None:
        self._error = error


@asynccontextmanager
async def open_call(
    app: App, method: str = "POST", path: str = "/", *, patience: float = PATIENCE, **asking: Unpack[Asking]
) -> AsyncIterator[OpenCall]:
    """A call that a test reads message by message, and may hang up on.

    On leaving, the caller is gone and an application that is still at work is cancelled and waited for.
    """
    call = OpenCall(_conversation(method, path, asking), patience)
    cancel = spawn(lambda: call._run(app), on_error=call._failed)  # noqa: SLF001 the two are one
    try:
        yield call
    finally:
        call.hang_up()
        cancel()
        with anyio.move_on_after(patience, shield=True) as late:
            await call._ended.wait()  # noqa: SLF001
        if late.cancelled_caught:
            raise AssertionError("the application goes on although it was cancelled")


def _conversation(method: str, path: str, asking: Asking) -> Conversation:
    body = asking.get("body", b"")
    headers = _headers(asking.get("headers", ()))
    if isinstance(body, Mapping):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = _with(headers, b"content-type", b"application/json")
    if isinstance(body, bytes) and body:
        headers = _with(headers, b"content-length", b"%d" % len(body))
    server = asking.get("server", ("127.0.0.1", 80))
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": asking.get("scheme", "http"),
        "path": path,
        "raw_path": path.encode(),
        "query_string": asking.get("query", b""),
        "root_path": asking.get("root_path", ""),
        "headers": list(_with(headers, b"host", server[0].encode())),
        "client": asking.get("client", ("127.0.0.1", 50000)),
        "server": server,
        **{key: value for key, value in asking.items() if key in {"state", "extensions"}},
    }
    return Conversation(scope, [body] if isinstance(body, bytes) else list(body))


def _headers(headers: Mapping[str, str] | Iterable[tuple[bytes, bytes]]) -> Headers:
    if isinstance(headers, Mapping):
        return tuple((str(name).lower().encode(), str(value).encode("latin-1")) for name, value in headers.items())
    return tuple((name.lower(), value) for name, value in headers)


def _with(headers: Headers, name: bytes, value: bytes) -> Headers:
    """The headers, and this one unless it is there."""
    return headers if any(key == name for key, _ in headers) else (*headers, (name, value))
