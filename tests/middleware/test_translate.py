"""One upstream behind `Translate`, as anybody's service may have it: without an endpoint, a pool or a route."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from ccgate import ir
from ccgate.errors import ConnectFailed, ConnectionLost, RequestRefused
from ccgate.middleware.errors import Errors
from ccgate.middleware.translate import for_model, once
from ccgate.testing import ScriptedReply, ScriptedTransport, ask
from scripted import (
    BODIES,
    CHAT,
    CONTENT,
    DIALECTS,
    FRAMES,
    JSON_TYPE,
    MODEL,
    PATHS,
    PRELUDE,
    error,
    stream,
    streamed,
    translate,
    whole,
)

both = pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
speaking = pytest.mark.parametrize("speaks", ["anthropic", "openai_chat"])


def arguments(dialect: str, **body: Any) -> dict[str, Any]:
    return {"path": PATHS[dialect], "body": {**BODIES[dialect], **body}}


@both
@speaking
@pytest.mark.parametrize("wants", [True, False])
async def test_alone_it_serves_both_dialects(dialect: str, speaks: str, wants: bool):
    transport = ScriptedTransport([streamed(speaks) if wants else whole(speaks)])
    got = await ask(translate(transport, speaks), **arguments(dialect, stream=wants))
    assert got.status == 200
    assert b"Hel" in got.body
    assert transport.unclosed == []


@both
@speaking
@pytest.mark.parametrize(("models", "asked"), [((), MODEL), (("first", "second"), "first"), (("x", MODEL), MODEL)])
async def test_which_model_is_asked(dialect: str, speaks: str, models: tuple[str, ...], asked: str):
    transport = ScriptedTransport([whole(speaks)])
    await ask(translate(transport, speaks, models=models), **arguments(dialect))
    expected = MODEL if dialect == speaks else asked
    assert f'"model":"{expected}"'.encode() in transport.sent[0].body


async def test_a_body_over_the_limit_is_refused():
    with pytest.raises(RequestRefused) as refused:
        await ask(translate([], max_body=10), **arguments("anthropic"))
    assert refused.value.status == 413


async def test_where_nothing_may_be_lost_the_request_is_refused():
    app = translate([], "openai_chat", on_loss="refuse")
    body = b'{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"\\ud83d"}]}'
    with pytest.raises(RequestRefused, match="openai_chat cannot be asked this without loss: /messages/0/content"):
        await ask(app, path="/v1/messages", body=body)


@both
@speaking
async def test_what_the_network_does_wrong_before_the_head_is_raised(dialect: str, speaks: str):
    with pytest.raises(ConnectFailed):
        await ask(translate([ConnectFailed("refused")], speaks), **arguments(dialect))
    got = await ask(Errors(translate([ConnectFailed("refused")], speaks)), **arguments(dialect))
    assert got.status == 502


@both
@speaking
@pytest.mark.parametrize("content", [True, False])
async def test_a_stream_that_breaks_is_ended_in_the_callers_dialect(dialect: str, speaks: str, content: bool):
    frames = (*PRELUDE[speaks], *(CONTENT[speaks] if content else ()), ConnectionLost("reset"))
    got = await ask(Errors(translate([stream(*frames)], speaks)), **arguments(dialect, stream=True))
    told = DIALECTS[dialect].tap(stream=True)
    if got.status == 200:
        told.feed(got.body)
        assert told.failure is not None
        assert told.failure.message == "reset"
    else:  # nothing was out yet
        assert not content
        assert got.status == 502


@both
@speaking
async def test_a_refusal_passes(dialect: str, speaks: str):
    got = await ask(translate([error(speaks, 404, "no such model")], speaks), **arguments(dialect))
    assert (got.status, got.json()["error"]["message"]) == (404, "no such model")


@both
async def test_alone_it_ends_at_the_terminal_event_too(dialect: str):
    transport = ScriptedTransport([stream(*FRAMES[dialect], anyio.Event())])
    got = await ask(translate(transport, dialect), **arguments(dialect, stream=True))
    assert got.body == b"".join(FRAMES[dialect])
    assert transport.unclosed == []


async def test_an_answer_without_a_type_is_read_as_a_document():
    got = await ask(
        translate([ScriptedReply(200, (), whole("openai_chat").chunks)], "openai_chat"), **arguments("anthropic")
    )
    assert got.json()["content"][0]["text"] == "Hello"
    assert JSON_TYPE in got.headers


def test_a_request_for_the_same_model_is_the_same_request():
    request = CHAT.read_request(BODIES["openai_chat"])
    assert for_model(request, MODEL) is request
    assert for_model(request, "other").model == "other"
    assert isinstance(request, ir.Request)


async def test_a_body_is_given_once():
    receive = once(b"x")
    assert await receive() == {"type": "http.request", "body": b"x", "more_body": False}
    assert await receive() == {"type": "http.disconnect"}
    assert await receive() == {"type": "http.disconnect"}
