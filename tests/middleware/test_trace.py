"""What happened, told at a call's end and on its answer."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ccgate import ir
from ccgate.call import Call, Target
from ccgate.errors import ConnectionLost
from ccgate.middleware.trace import LOSS_HEADER_LIMIT, Trace, decided, loss_header
from ccgate.observe import AttemptEnded, CallEnded, LogObserver
from ccgate.testing import FakeClock, ScriptedTransport, ask, open_call
from scripted import (
    CONTENT,
    FRAMES,
    KEY,
    MODEL,
    PATHS,
    PROVIDER_KEY,
    Heard,
    asking,
    error,
    house,
    member,
    page,
    stream,
    streamed,
    whole,
)

JSON = ((b"content-type", b"application/json"),)
SESSION = {"x-claude-code-session-id": "s-1"}


async def test_an_answer_tells_what_was_decided():
    got = await ask(house(member([whole("anthropic")], provider="acme", model="their-best")), **asking())
    assert got.header("x-ccgate-provider") == "acme"
    assert got.header("x-ccgate-model") == "their-best"
    assert got.header("x-ccgate-route") == "main"
    assert got.header("x-ccgate-loss") is None


async def test_what_an_upstream_claims_was_decided_is_replaced():
    told = page({}, 200, (b"x-ccgate-provider", b"theirs"), (b"x-ccgate-other", b"kept"))
    got = await ask(house(member([told], provider="acme")), **asking())
    assert [value for name, value in got.headers if name == b"x-ccgate-provider"] == [b"acme"]
    assert got.header("x-ccgate-other") == "kept"


async def test_a_refusal_before_anything_was_decided_tells_nothing():
    got = await ask(house(member([])), path="/v1/messages")
    assert got.status == 401
    assert not [name for name, _ in got.headers if name.startswith(b"x-ccgate-")]


async def test_a_head_without_headers_is_a_head():
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    assert (await ask(Trace(app=bare))).status == 204


def call_of(target: Target | None, route: str | None = None) -> Call:
    call = Call.of({"type": "http", "path": "/v1/messages", "headers": []})
    call.target, call.route = target, route
    return call


def test_words_that_are_not_ascii_are_made_so():
    headers = dict(decided(call_of(Target(provider="größe", model="m\r\nx: y"), "r")))
    assert headers == {
        b"x-ccgate-provider": b"gr??e",
        b"x-ccgate-model": b"m??x: y",
        b"x-ccgate-route": b"r",
    }
    assert decided(call_of(None)) == ()


def losses(count: int) -> list[ir.Loss]:
    return [ir.Loss(f"/messages/{n}/content/0/é", "dropped", "why") for n in range(count)]


def test_the_losses_are_counted_and_named():
    assert loss_header(losses(2)) == b"2; /messages/0/content/0/?=dropped, /messages/1/content/0/?=dropped"
    assert decided(call_of(Target(provider="p", model="m", losses=losses(1))))[-1][0] == b"x-ccgate-loss"


def test_no_more_losses_are_named_than_a_kibibyte_holds():
    header = loss_header(losses(500))
    assert header.startswith(b"500; ")
    assert len(header) <= LOSS_HEADER_LIMIT
    assert header.endswith(b"=dropped")


async def one(script: Any, **more: Any) -> tuple[CallEnded, Heard]:
    heard, clock = Heard(), FakeClock()
    app = house(member(script, more.pop("speaks", "anthropic"), provider="acme"), observers=[heard], clock=clock)
    await ask(app, **asking(**more))
    (ended,) = heard.of(CallEnded)
    return ended, heard


async def test_the_facts_of_an_answered_call():
    ended, heard = await one([streamed("anthropic")], headers=SESSION, stream=True)
    assert (ended.dialect, ended.method, ended.path) == ("anthropic", "POST", "/v1/messages")
    assert (ended.principal, ended.session) == ("tester", "s-1")
    assert (ended.asked_model, ended.route, ended.provider, ended.model) == (MODEL, "main", "acme", MODEL)
    assert (ended.status, ended.outcome, ended.attempts) == (200, "answered", 1)
    assert ended.usage is not None
    assert (ended.usage.input, ended.usage.output) == (11, 7)
    assert [each.failure for each in heard.of(AttemptEnded)] == [None]


async def test_times_are_seconds_since_the_call_came_in():
    clock, heard = FakeClock(), Heard()

    def answering(outbound: Any) -> Any:
        clock.advance(2)
        return whole("anthropic")

    def late(happening: Any) -> None:
        if isinstance(happening, AttemptEnded):
            clock.advance(3)

    await ask(house(member(answering), observers=[late, heard], clock=clock), **asking())
    (ended,) = heard.of(CallEnded)
    assert (ended.first_byte, ended.duration) == (2, 5)


async def test_a_refused_call_is_told_too():
    heard = Heard()
    await ask(house(member([]), observers=[heard]), path="/v1/messages")
    (ended,) = heard.of(CallEnded)
    assert (ended.status, ended.outcome, ended.attempts, ended.principal) == (401, "refused", 0, None)
    assert (ended.provider, ended.model, ended.asked_model, ended.usage, ended.losses) == (None, None, None, None, ())


async def test_refusals_of_an_upstream_are_told_with_what_was_wrong():
    ended, heard = await one([error("anthropic", 400, "no such thing")])
    assert (ended.status, ended.outcome) == (400, "refused")
    (attempt,) = heard.of(AttemptEnded)
    assert attempt.failure is not None
    assert (attempt.failure.status, attempt.failure.message, attempt.asked) == (400, "no such thing", True)


async def test_a_stream_that_breaks_failed():
    ended, _ = await one([stream(*FRAMES["anthropic"][:5], ConnectionLost("cut"))], stream=True)
    assert (ended.status, ended.outcome) == (200, "failed")
    assert ended.usage is not None


async def test_an_answer_that_is_left_unfinished_failed():
    heard = Heard()
    half = page({})
    script = [type(half)(200, JSON, [b'{"type":', ConnectionLost("cut")])]
    async with open_call(house(member(script), observers=[heard]), **asking()) as call:
        await call.ended()
    (ended,) = heard.of(CallEnded)
    assert ended.outcome == "failed"


async def test_what_raises_past_us_is_told_with_status_0():
    heard = Heard()

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(Trace(app=broken, observers=(heard,)))
    (ended,) = heard.of(CallEnded)
    assert (ended.status, ended.outcome) == (0, "failed")


async def test_losses_of_request_and_reply_are_told_and_the_header_has_the_requests_only():
    transport = ScriptedTransport([whole("openai_chat")])
    heard = Heard()
    app = house(member(transport, "openai_chat"), observers=[heard])
    got = await ask(app, **asking(top_k=5))
    (ended,) = heard.of(CallEnded)
    assert "/top_k" in {loss.at for loss in ended.losses}
    header = got.header("x-ccgate-loss") or ""
    assert "/top_k=dropped" in header


async def test_losses_are_logged_once(caplog):
    caplog.set_level(logging.INFO, "ccgate")
    log = LogObserver()
    app = house(member([whole("openai_chat")] * 2, "openai_chat"), observers=[log])
    for _ in range(2):
        await ask(app, **asking(top_k=5))
    assert len([line for line in caplog.messages if "/top_k" in line]) == 1


async def test_a_failing_observer_disturbs_nothing(caplog):
    def broken(happening: Any) -> None:
        raise ZeroDivisionError

    heard = Heard()
    got = await ask(house(member([whole("anthropic")]), observers=[broken, heard]), **asking())
    assert got.status == 200
    assert len(heard) == 2


@pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
async def test_no_secret_is_ever_in_the_log(dialect: str, caplog):
    caplog.set_level(logging.DEBUG)
    leak = f"the key {PROVIDER_KEY} and {KEY} are wrong"
    scripts = [
        [error("anthropic", 401, leak)],
        [error("anthropic", 500, leak)],
        [stream(*CONTENT["anthropic"], ConnectionLost("cut"))],
        [ZeroDivisionError("a bug")],
    ]
    for script in scripts:
        async with open_call(house(member(script), observers=[LogObserver()]), **asking(dialect, stream=True)) as call:
            await call.ended()
    await ask(house(member([])), path=PATHS[dialect], headers={"x-api-key": "sk-wrong-0123456789"})
    assert "refused" in caplog.text
    for secret in (KEY, PROVIDER_KEY, "sk-wrong-0123456789", "Hello"):
        assert secret not in caplog.text
