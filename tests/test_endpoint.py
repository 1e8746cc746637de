"""Where a call is read, handed on, and watched."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import anyio
import pytest

from ccgate.call import Call
from ccgate.endpoint import Endpoint
from ccgate.errors import ConnectionLost
from ccgate.middleware.errors import Errors
from ccgate.middleware.pool import Pool
from ccgate.observe import CallEnded
from ccgate.router import Router, Served
from ccgate.store import MemoryStore
from ccgate.surfaces import Surfaces
from ccgate.testing import ScriptedReply, ScriptedTransport, ask, open_call
from scripted import (
    CONTENT,
    FRAMES,
    MODEL,
    PRELUDE,
    Heard,
    asking,
    error,
    house,
    in_dialect,
    member,
    stream,
    streamed,
    whole,
)

both = pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
CLAUDE = {"anthropic-version": "2023-06-01"}


def endpoint(*models: str) -> Errors:
    served = Served(name="p", dialect="anthropic", models=models, members=[member([], models=models)])
    return Errors(Endpoint(router=Router(providers=[served])))


async def test_the_models_are_listed_in_the_callers_dialect():
    got = await ask(endpoint("m1", "m2"), "GET", "/v1/models", headers=CLAUDE)
    assert [each["id"] for each in got.json()["data"]] == ["m1", "m2"]
    assert got.json()["has_more"] is False
    got = await ask(endpoint("m1"), "GET", "/v1/models")
    assert got.json()["object"] == "list"


async def test_one_model_is_described():
    got = await ask(endpoint("meta/m1"), "GET", "/v1/models/meta/m1")
    assert (got.status, got.json()["id"]) == (200, "meta/m1")


async def test_a_model_that_is_not_listed_is_a_404_in_the_callers_dialect():
    got = await ask(endpoint("m1"), "GET", "/v1/models/m2", headers=CLAUDE)
    assert got.status == 404
    assert in_dialect("anthropic", got.json())["type"] == "not_found_error"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/models"), ("GET", "/v1/messages"), ("DELETE", "/v1/chat/completions"), ("OPTIONS", "/v1/messages")],
)
async def test_another_method_is_405(method: str, path: str):
    got = await ask(endpoint(), method, path)
    assert got.status == 405
    assert method in got.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "dialect"),
    [("/v1/messages/batches", "anthropic"), ("/v1/embeddings", "openai_chat"), ("/", "openai_chat")],
)
async def test_a_path_that_nobody_serves_is_a_404_naming_what_is_served(path: str, dialect: str):
    got = await ask(endpoint(), path=path)
    assert got.status == 404
    told = in_dialect(dialect, got.json())["message"]
    assert path in told
    assert "/v1/messages, /v1/messages/count_tokens" in told


async def test_the_surfaces_that_were_given_are_those_that_are_served():
    served = Served(name="p", dialect="anthropic", members=[])
    app = Errors(Endpoint(router=Router(providers=[served]), surfaces=Surfaces.of(["anthropic"])))

    async def fresh(scope: Any, receive: Any, send: Any) -> None:
        Call.of(scope, Surfaces.of(["anthropic"]))
        await app(scope, receive, send)

    got = await ask(fresh, path="/v1/chat/completions")
    assert got.status == 404
    assert "/v1/chat/completions," not in got.json()["error"]["message"]


@both
async def test_a_model_that_nobody_serves_is_a_404_in_the_callers_dialect(dialect: str):
    served = Served(name="p", dialect="other", models=("m1",), members=[])
    app = Errors(Endpoint(router=Router(providers=[served])))
    got = await ask(app, **asking(dialect))
    assert got.status == 404
    assert "known models: m1" in in_dialect(dialect, got.json())["message"]


@both
async def test_an_app_behind_the_endpoint_needs_no_body_of_its_own(dialect: str):
    seen: list[Any] = []

    class Choosing:
        def choose(self, call: Call) -> Any:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                seen.append((Call.of(scope).model, await receive()))
                await send({"type": "http.response.start", "status": 204, "headers": []})
                await send({"type": "http.response.body"})

            return app

    await ask(Endpoint(router=Choosing()), **asking(dialect))  # type: ignore[arg-type]
    assert seen == [(MODEL, {"type": "http.disconnect"})]


async def test_what_a_server_still_gives_behind_the_body_is_no_hang_up():
    transport = ScriptedTransport([whole("anthropic")])
    app = house(member(transport))
    gone = anyio.Event()

    async def talkative(scope: Any, receive: Any, send: Any) -> None:
        messages = [await receive(), {"type": "http.request", "body": b""}, {"type": "http.request", "body": b""}]

        async def more() -> Any:
            if messages:
                return messages.pop(0)
            await gone.wait()
            return {"type": "http.disconnect"}

        await app(scope, more, send)

    got = await ask(talkative, **asking())
    assert got.status == 200


# Hanging up, in every phase of every kind of reply.

PHASES = {
    "before the head": lambda dialect: (ScriptedReply(before=(anyio.Event(),)), {}),
    "before the head of a stream": lambda dialect: (ScriptedReply(before=(anyio.Event(),)), {"stream": True}),
    "in the prelude": lambda dialect: (stream(*PRELUDE[dialect], anyio.Event()), {"stream": True}),
    "in the content": lambda dialect: (stream(*PRELUDE[dialect], *CONTENT[dialect], anyio.Event()), {"stream": True}),
    "in a whole body": lambda dialect: (ScriptedReply(200, (), (b'{"type":', anyio.Event())), {}),
    "in a gathered stream": lambda dialect: (stream(*CONTENT[dialect], anyio.Event()), {}),
    "in a refusal": lambda dialect: (ScriptedReply(500, (), (b"{", anyio.Event())), {}),
}


@both
@pytest.mark.parametrize("speaks", ["anthropic", "openai_chat"])
@pytest.mark.parametrize("phase", PHASES)
async def test_a_hang_up_aborts_the_exchange_and_ends_the_call(phase: str, speaks: str, dialect: str):
    reply, more = PHASES[phase](speaks)
    if phase == "in a gathered stream" and speaks == "anthropic":
        reply = stream(*PRELUDE[speaks], *CONTENT[speaks], anyio.Event())
    transport, second, heard = ScriptedTransport([reply]), ScriptedTransport(), Heard()
    app = house(member(transport, speaks), member(second, provider="two"), observers=[heard])
    async with open_call(app, **asking(dialect, **more)) as call:
        await anyio.wait_all_tasks_blocked()
        began = bool(call.conversation.sent)
        call.hang_up()
        await call.ended()
    (ended,) = heard.of(CallEnded)
    assert ended.outcome == "hung up"
    assert ended.status == (200 if began else 499)
    assert transport.aborted == transport.sent
    assert transport.unclosed == []
    assert second.exchanges == []


@both
async def test_a_hang_up_before_the_head_is_answered_499_with_an_empty_body(dialect: str):
    class Deaf:
        """A caller that is gone and yet sees what is sent."""

        def __init__(self) -> None:
            self.sent: list[Any] = []

        async def __call__(self, message: Any) -> None:
            self.sent.append(message)

    transport, deaf = ScriptedTransport([ScriptedReply(before=(anyio.Event(),))]), Deaf()
    app = house(member(transport, dialect))

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, deaf)

    async with open_call(listening, **asking(dialect)) as call:
        await anyio.wait_all_tasks_blocked()
        call.hang_up()
        await call.ended()
    start, body = deaf.sent
    assert (start["status"], body.get("body")) == (499, b"")


@both
@pytest.mark.parametrize("speaks", ["anthropic", "openai_chat"])
async def test_a_hang_up_after_the_terminal_event_is_a_success(speaks: str, dialect: str):
    never, heard = anyio.Event(), Heard()
    transport = ScriptedTransport([stream(*FRAMES[speaks], never)])
    app = house(member(transport, speaks), observers=[heard])
    async with open_call(app, **asking(dialect, stream=True)) as call:
        await call.rest()
        call.hang_up()
        await call.ended()
    (ended,) = heard.of(CallEnded)
    assert ended.outcome == "answered"
    assert ended.usage is not None
    assert ended.usage.output == 7
    assert transport.aborted == []
    assert transport.unclosed == []


@both
async def test_an_answer_that_comes_whole_is_no_hang_up(dialect: str):
    heard = Heard()
    got = await ask(house(member([whole(dialect)], dialect), observers=[heard]), **asking(dialect))
    assert got.status == 200
    assert heard.of(CallEnded)[0].outcome == "answered"


async def test_a_hang_up_while_members_are_changed_asks_nobody_else():
    calls: list[Call] = []

    def refusing(outbound: Any) -> Any:
        calls[0].stop("the client hung up")
        return ScriptedReply(429)

    first, second = ScriptedTransport(refusing), ScriptedTransport()
    app = house(member(first), member(second, provider="two"))

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        calls.append(Call.of(scope))
        await app(scope, receive, send)

    got = await ask(noting, **asking())
    assert got.status == 499
    assert second.exchanges == []
    assert first.unclosed == []


async def test_a_hang_up_with_the_last_refusal_is_499():
    calls: list[Call] = []

    class Store(MemoryStore):
        """The caller goes while the refusal is reported."""

        async def report(self, report: Any) -> None:
            calls[0].stop("the client hung up")

    pool = Pool(members=[member([ScriptedReply(429)])], store=Store())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        calls.append(Call.of(scope))
        await pool(scope, receive, send)

    class Choosing:
        def choose(self, call: Call) -> Any:
            return app

    got = await ask(Errors(Endpoint(router=Choosing())), **asking())  # type: ignore[arg-type]
    assert got.status == 499


def cut(outbound: Any) -> Any:
    # Not scripted as a value: what raises a value that it holds makes a cycle of its own.
    raise ConnectionLost("cut")


CALLS = {
    "an answer": (lambda _: whole("anthropic"), {}),
    "a stream": (lambda _: streamed("anthropic"), {"stream": True}),
    "a refusal": (lambda _: error("anthropic", 400, "no"), {}),
    "a broken stream": (lambda _: stream(*FRAMES["anthropic"][:5]), {"stream": True}),
    "no connection": (cut, {}),
}


@pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
@pytest.mark.parametrize("kind", CALLS)
async def test_a_call_leaves_no_reference_cycle(kind: str, dialect: str):
    script, more = CALLS[kind]
    app = house(member(script))
    left: list[weakref.ref[Call]] = []

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        left.append(weakref.ref(Call.of(scope)))
        await app(scope, receive, send)

    gc.collect()
    gc.disable()
    try:
        await ask(noting, **asking(dialect, **more))
        await anyio.wait_all_tasks_blocked()  # the task that listened for the hang-up has ended
        assert left[0]() is None
    finally:
        gc.enable()
