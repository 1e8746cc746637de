"""The demo model as an ASGI app: paths, bodies, pace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import anyio
from attrs import frozen
from starlette.types import Receive, Scope, Send

from ccgate.testing.demo import chat, messages, script
from ccgate.testing.demo.script import JSON, BadRequest

Reply = JSON | Iterator[bytes]
"""A document, or a stream of events."""


def ask_messages(body: bytes) -> Reply:
    ask = messages.read(script.checked(body))
    play = script.play(ask)
    return messages.stream(ask, play) if ask.stream else messages.whole(ask, play)


def ask_count(body: bytes) -> Reply:
    return messages.counted(messages.read(script.checked(body), counting=True))


def ask_chat(body: bytes) -> Reply:
    document = script.checked(body)
    ask = chat.read(document)
    play = script.play(ask)
    return chat.stream(ask, play, metered=chat.metered(document)) if ask.stream else chat.whole(ask, play)


POSTS: Mapping[str, Callable[[bytes], Reply]] = {
    "/messages": ask_messages,
    "/messages/count_tokens": ask_count,
    "/chat/completions": ask_chat,
}
"""The ends of the paths that are served: what stands before them is a prefix, and all are welcome."""
MODELS = "/models"


class DemoModel:
    """The stand-in. `pace` is the seconds between two pieces of a stream (default 0.02); 0: as fast as it can."""

    def __init__(self, pace: float = 0.02) -> None:
        self.pace = pace

    def __repr__(self) -> str:
        return f"<DemoModel pace={self.pace}>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
        elif scope["type"] == "http":
            body = await whole_body(receive)
            if body is not None:
                await self._answer(Asked.of(scope), body, send)

    async def _answer(self, asked: Asked, body: bytes, send: Send) -> None:
        try:
            status, reply = 200, asked.reply(body)
        except Refused as refusal:
            status, reply = refusal.status, asked.error(refusal.status, str(refusal), None)
        except BadRequest as problem:
            status, reply = 400, asked.error(400, str(problem), problem.param)
        if isinstance(reply, dict):
            await send_whole(send, status, reply)
        else:
            await self._stream(send, reply)

    async def _stream(self, send: Send, events: Iterable[bytes]) -> None:
        await start(send, 200, b"text/event-stream; charset=utf-8")
        for event in events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            if self.pace:
                await anyio.sleep(self.pace)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Refused(Exception):
    """A request that is not for us."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Dialect(Protocol):
    """What the module of a wire format offers besides its replies."""

    def error(self, status: int, problem: str, param: str | None, /) -> JSON: ...

    def models(self) -> JSON: ...


@frozen(kw_only=True)
class Asked:
    """What was asked for, and in which of the two dialects."""

    method: str
    path: str
    end: str | None
    """Of the path: a key of POSTS, or MODELS; None: nothing of ours."""
    dialect: Dialect

    @classmethod
    def of(cls, scope: Scope) -> Asked:
        path = scope["path"].rstrip("/")
        end = next((end for end in (*POSTS, MODELS) if path.endswith(end)), None)
        anthropic = any(name.lower() == b"anthropic-version" for name, _ in scope["headers"])
        speaks_messages = end in {"/messages", "/messages/count_tokens"} or (anthropic and end != "/chat/completions")
        return cls(method=scope["method"], path=path, end=end, dialect=messages if speaks_messages else chat)

    def reply(self, body: bytes) -> Reply:
        """The answer. Raises `Refused` and `BadRequest`."""
        if self.end is None:
            raise Refused(404, f"nothing is served at {self.method} {self.path}")
        wants = "GET" if self.end == MODELS else "POST"
        if self.method != wants:
            raise Refused(405, f"{self.path} takes {wants}, not {self.method}")
        return self.dialect.models() if self.end == MODELS else POSTS[self.end](body)

    def error(self, status: int, problem: str, param: str | None) -> JSON:
        return self.dialect.error(status, problem, param)


async def whole_body(receive: Receive) -> bytes | None:
    """The request's body; None: the caller hung up before it was whole."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


async def start(send: Send, status: int, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"x-request-id", b"req_demo")]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def send_whole(send: Send, status: int, document: JSON) -> None:
    await start(send, status, b"application/json")
    await send({"type": "http.response.body", "body": json.dumps(document).encode(), "more_body": False})


async def live(receive: Receive, send: Send) -> None:
    """The lifespan of an app that has nothing to open or to close."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
