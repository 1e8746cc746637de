"""A house with scripted upstreams: the apps of floor 6 put together as the gateway does, without a configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ccgate.clock import Clock
from ccgate.endpoint import Endpoint
from ccgate.middleware.auth import Auth
from ccgate.middleware.errors import Errors
from ccgate.middleware.pool import Member, Pool
from ccgate.middleware.trace import Trace
from ccgate.middleware.translate import Translate
from ccgate.observe import Happening
from ccgate.router import BoundRoute, Router, Served
from ccgate.store import MemoryStore
from ccgate.testing import ScriptedReply, ScriptedTransport
from ccgate.translators import Translator, find
from ccgate.transport import Outbound
from ccgate.upstream import Upstream
from ccgate.wire.sse import frame

KEY = "sk-caller-0123456789"
PROVIDER_KEY = "sk-provider-0123456789"
ANTHROPIC, CHAT = find("anthropic"), find("openai_chat")
DIALECTS: Mapping[str, Translator] = {"anthropic": ANTHROPIC, "openai_chat": CHAT}
PATHS = {"anthropic": "/v1/messages", "openai_chat": "/v1/chat/completions"}
MODEL = "asked-model"
HELLO = [{"role": "user", "content": "Hello"}]
BODIES: Mapping[str, dict[str, Any]] = {
    "anthropic": {"model": MODEL, "max_tokens": 50, "messages": HELLO},
    "openai_chat": {"model": MODEL, "messages": HELLO},
}
JSON_TYPE = (b"content-type", b"application/json")
SSE_TYPE = (b"content-type", b"text/event-stream; charset=utf-8")

Headers = tuple[tuple[bytes, bytes], ...]


def event(kind: str, **fields: Any) -> bytes:
    """One event of an Anthropic stream."""
    return frame(json.dumps({"type": kind, **fields}).encode(), kind)


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **fields: Any) -> bytes:
    """One chunk of a Chat stream."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "their-model"}
    return frame(json.dumps({**head, "choices": choices, **fields}).encode())


START = event(
    "message_start",
    message={
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "their-model",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 1},
    },
)
PING = event("ping")
BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
HEL = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hel"})
LO = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "lo"})
BLOCK_STOP = event("content_block_stop", index=0)
DELTA = event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 7})
STOP = event("message_stop")
OVERLOADED = event("error", error={"type": "overloaded_error", "message": "too busy"})
DONE = b"data: [DONE]\n\n"
CHAT_ERROR = frame(b'{"error":{"message":"too busy","type":"overloaded_error","code":"server_overloaded"}}')

FRAMES: Mapping[str, tuple[bytes, ...]] = {
    "anthropic": (START, PING, BLOCK, HEL, LO, BLOCK_STOP, DELTA, STOP),
    "openai_chat": (
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        chunk(usage={"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}),
        DONE,
    ),
}
PRELUDE = {"anthropic": (START, PING), "openai_chat": (FRAMES["openai_chat"][0],)}
CONTENT = {"anthropic": (BLOCK, HEL), "openai_chat": (chunk({"content": "Hel"}),)}
ERROR_EVENT = {"anthropic": OVERLOADED, "openai_chat": CHAT_ERROR}
WHOLE: Mapping[str, dict[str, Any]] = {
    "anthropic": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "their-model",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    },
    "openai_chat": {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "their-model",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    },
}


def page(document: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> ScriptedReply:
    """A whole JSON reply."""
    return ScriptedReply(status, (JSON_TYPE, *headers), [json.dumps(document).encode()])


def stream(*chunks: Any) -> ScriptedReply:
    """A stream that begins well."""
    return ScriptedReply(200, (SSE_TYPE,), chunks)


def error(
    dialect: str, status: int, message: str, *headers: tuple[bytes, bytes], kind: str = "x_error"
) -> ScriptedReply:
    """A refusal, as this dialect's vendor says it."""
    document = {"error": {"type": kind, "message": message}}
    return page({"type": "error", **document} if dialect == "anthropic" else document, status, *headers)


def whole(dialect: str) -> ScriptedReply:
    return page(WHOLE[dialect])


def streamed(dialect: str) -> ScriptedReply:
    return stream(*FRAMES[dialect])


Script = ScriptedTransport | Sequence[ScriptedReply | Exception] | Callable[[Outbound], ScriptedReply | Exception]


def transport(script: Script) -> ScriptedTransport:
    return script if isinstance(script, ScriptedTransport) else ScriptedTransport(script)


def upstream(script: Script, dialect: str = "anthropic", key: str = PROVIDER_KEY, **more: Any) -> Upstream:
    """An upstream at `https://DIALECT.test`."""
    return Upstream(
        transport=transport(script),
        base_url=f"https://{dialect.replace('_', '-')}.test",
        authorize=DIALECTS[dialect].authorize(key),
        secrets=[key.encode()],
        **{"linger": 0.0, **more},
    )


def translate(script: Script, dialect: str = "anthropic", **more: Any) -> Translate:
    return Translate(app=upstream(script, dialect), speaks=DIALECTS[dialect], provider=dialect, **more)


def member(
    script: Script,
    dialect: str = "anthropic",
    *,
    provider: str = "one",
    key: str = "key-1",
    models: Sequence[str] = (),
    **more: Any,
) -> Member:
    """A member of a pool."""
    app = Translate(app=upstream(script, dialect), speaks=DIALECTS[dialect], provider=provider, models=models)
    return Member(provider=provider, key=key, app=app, **more)


class Heard(list[Happening]):
    """An observer that remembers."""

    def __call__(self, happening: Happening) -> None:
        self.append(happening)

    def of(self, kind: type) -> list[Any]:
        return [each for each in self if isinstance(each, kind)]


def house(
    *members: Member,
    observers: Sequence[Callable[[Happening], None]] = (),
    clock: Clock | None = None,
    attempts: int = 4,
    store: MemoryStore | None = None,
    **pool: Any,
) -> Trace:
    """Everything between the server and these members: one route, and the key `KEY`."""
    store = store or (MemoryStore(clock=clock) if clock else MemoryStore())
    route = BoundRoute(name="main", pool=Pool(members=members, route="main", attempts=attempts, store=store, **pool))
    served = [Served(name=each.provider, dialect="anthropic", members=[each]) for each in members]
    endpoint = Endpoint(router=Router(providers=served, routes=[route], store=store), max_body=100_000)
    app = Errors(Auth(endpoint, {"tester": KEY}))
    return Trace(app=app, observers=tuple(observers), **({"clock": clock} if clock else {}))


def asking(dialect: str = "anthropic", *, headers: Mapping[str, str] | None = None, **body: Any) -> dict[str, Any]:
    """The arguments for `ask` and `open_call`, with the right key."""
    return {
        "path": PATHS[dialect],
        "headers": {"authorization": f"Bearer {KEY}", **(headers or {})},
        "body": {**BODIES[dialect], **body},
    }


def in_dialect(dialect: str, document: dict[str, Any]) -> dict[str, Any]:
    """The inner error of a document, which must be an error of this dialect."""
    if dialect == "anthropic":
        assert document["type"] == "error"
        assert set(document["error"]) == {"type", "message"}
    else:
        assert set(document) == {"error"}
        assert set(document["error"]) == {"message", "type", "param", "code"}
    inner: dict[str, Any] = document["error"]
    return inner
