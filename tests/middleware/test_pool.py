"""Upstreams that stand in for each other."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from ccgate import ir
from ccgate.call import Call
from ccgate.errors import ConnectFailed, ConnectionLost, ConnectTimeout, ReplyTimeout, RequestRefused
from ccgate.middleware.attempt import LONGEST_REFUSAL
from ccgate.middleware.pool import Member
from ccgate.observe import AttemptEnded, CallEnded
from ccgate.store import MemoryStore
from ccgate.testing import Answer, FakeClock, ScriptedReply, ScriptedTransport, ask, open_call
from scripted import (
    BODIES,
    CONTENT,
    DIALECTS,
    ERROR_EVENT,
    FRAMES,
    JSON_TYPE,
    PING,
    PRELUDE,
    SSE_TYPE,
    START,
    WHOLE,
    Heard,
    asking,
    error,
    house,
    in_dialect,
    member,
    page,
    stream,
    streamed,
    whole,
)

both = pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
second = pytest.mark.parametrize("speaks", ["anthropic", "openai_chat"], ids=["to anthropic", "to chat"])
SESSION = {"x-claude-code-session-id": "s-1"}


def named(name: str) -> ScriptedReply:
    """A whole answer that says who gave it."""
    return page({**WHOLE["anthropic"], "content": [{"type": "text", "text": name}]})


def always(reply: ScriptedReply | Exception) -> ScriptedTransport:
    return ScriptedTransport(lambda outbound: reply)


async def who(app: Any, **headers: str) -> str:
    """Who answers."""
    got = await ask(app, **asking(headers=headers))
    assert got.status == 200, got.body
    said: str = got.json()["content"][0]["text"]
    return said


# Before content everything may be tried elsewhere.

REFUSALS: dict[str, Any] = {
    "no connection": lambda dialect: ConnectFailed("refused"),
    "no connection in time": lambda dialect: ConnectTimeout("slow"),
    "no head in time": lambda dialect: ReplyTimeout("silent"),
    "reset before the head": lambda dialect: ConnectionLost("reset"),
    "401": lambda dialect: error(dialect, 401, "who are you?"),
    "402": lambda dialect: error(dialect, 402, "pay"),
    "403": lambda dialect: error(dialect, 403, "not you"),
    "429": lambda dialect: error(dialect, 429, "slow down"),
    "500": lambda dialect: error(dialect, 500, "broken"),
    "502 as a page": lambda dialect: ScriptedReply(502, ((b"content-type", b"text/html"),), [b"<html>"]),
    "503 without a word": lambda dialect: ScriptedReply(503),
    "529": lambda dialect: error(dialect, 529, "busy"),
    "a page with 200": lambda dialect: ScriptedReply(200, ((b"content-type", b"text/html"),), [b"<html>"]),
    "a redirect": lambda dialect: ScriptedReply(302, ((b"location", b"/"),)),
    "an error event first": lambda dialect: stream(ERROR_EVENT[dialect], anyio.Event()),
    "an error event in the prelude": lambda dialect: stream(*PRELUDE[dialect], ERROR_EVENT[dialect], anyio.Event()),
    "reset in the prelude": lambda dialect: stream(*PRELUDE[dialect], ConnectionLost("reset")),
    "closed in the prelude": lambda dialect: stream(*PRELUDE[dialect]),
    "a stream without a byte": lambda dialect: stream(),
    "silence in the prelude": lambda dialect: stream(*PRELUDE[dialect], ReplyTimeout("silent")),
    "reset in a refusal": lambda dialect: ScriptedReply(500, (JSON_TYPE,), [b'{"error":', ConnectionLost("reset")]),
}


@both
@second
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_member_that_fails_before_content_is_replaced_and_the_caller_never_knows(refusal, speaks, dialect):
    failing = ScriptedTransport([REFUSALS[refusal](speaks)])
    answering = ScriptedTransport([streamed(dialect)])
    heard = Heard()
    app = house(member(failing, speaks), member(answering, dialect, provider="two"), observers=[heard])
    got = await ask(app, **asking(dialect, stream=True))
    assert (got.status, got.body) == (200, b"".join(FRAMES[dialect]))
    assert got.header("x-ccgate-provider") == "two"
    assert [each.provider for each in heard.of(AttemptEnded) if each.failure] == ["one"]
    (ended,) = heard.of(CallEnded)
    assert (ended.outcome, ended.attempts, ended.provider) == ("answered", 2, "two")
    assert failing.unclosed == []
    assert answering.unclosed == []


@both
async def test_nothing_of_the_prelude_goes_out_before_content(dialect: str):
    hold = anyio.Event()
    transport = ScriptedTransport([stream(*PRELUDE[dialect], hold, *CONTENT[dialect], anyio.Event())])
    async with open_call(house(member(transport, dialect)), **asking(dialect, stream=True)) as call:
        await anyio.wait_all_tasks_blocked()
        assert call.conversation.sent == []
        hold.set()
        await call.start()
        assert await call.chunk() == PRELUDE[dialect][0]
    assert transport.unclosed == []


async def test_a_prelude_that_grows_too_long_is_taken_for_an_answer():
    pings = [PING] * (2**16 // len(PING) + 2)
    transport = ScriptedTransport([stream(START, *pings, anyio.Event())])
    async with open_call(house(member(transport)), **asking(stream=True)) as call:
        assert (await call.start()).status == 200
        assert await call.chunk() == START


@both
@second
@pytest.mark.parametrize("broken", [(ConnectionLost("reset"),), (), "error"])
async def test_after_content_there_is_never_a_second_upstream(broken: Any, speaks: str, dialect: str):
    tail = (ERROR_EVENT[speaks],) if broken == "error" else broken
    other = ScriptedTransport()
    first = ScriptedTransport([stream(*PRELUDE[speaks], *CONTENT[speaks], *tail)])
    app = house(member(first, speaks), member(other, provider="two"))
    got = await ask(app, **asking(dialect, stream=True))
    assert got.status == 200
    assert b"Hel" in got.body
    tap = DIALECTS[dialect].tap(stream=True)
    tap.feed(got.body)
    assert tap.failure is not None
    assert other.exchanges == []
    assert first.unclosed == []


@pytest.mark.parametrize("kind", [JSON_TYPE, SSE_TYPE])
async def test_an_empty_answer_of_any_app_is_a_refusal_or_an_answer_by_its_kind(kind: tuple[bytes, bytes]):
    async def empty(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        await send({"type": "http.response.body"})

    got = await ask(house(Member(provider="own", app=empty)), **asking(stream=True))
    assert got.status == (200 if kind == JSON_TYPE else 502)


async def test_an_app_that_says_nothing_at_all_is_a_refusal():
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        return

    got = await ask(house(Member(provider="own", app=silent)), **asking())
    assert got.status == 502


async def test_after_a_refusal_nobody_is_asked_for_a_caller_that_is_gone():
    async def leaving(scope: Any, receive: Any, send: Any) -> None:
        Call.of(scope).stop("the client hung up")
        raise RequestRefused("no")

    other = ScriptedTransport()
    got = await ask(house(Member(provider="own", app=leaving), member(other, provider="two")), **asking())
    assert (got.status, got.body) == (499, b"")
    assert other.exchanges == []


async def test_a_refusal_that_comes_behind_the_answer_is_no_refusal():
    async def confused(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [JSON_TYPE]})
        raise RequestRefused("too late")

    other = ScriptedTransport()
    app = house(Member(provider="own", app=confused), member(other, provider="two"))
    async with open_call(app, **asking()) as call:
        assert (await call.start()).status == 200
        await call.ended()
    assert not call.conversation.complete
    assert other.exchanges == []


# Who is asked next.


@pytest.mark.parametrize("status", [400, 404, 405, 408, 409, 413, 415, 422, 418])
async def test_what_is_the_callers_fault_is_final_and_passed_on_verbatim(status: int):
    other = ScriptedTransport()
    refusal = error("anthropic", status, "your fault", (b"request-id", b"r-9"))
    got = await ask(house(member([refusal]), member(other, provider="two")), **asking())
    assert (got.status, got.body) == (status, refusal.chunks[0])
    assert got.header("request-id") == "r-9"
    assert other.exchanges == []


@pytest.mark.parametrize(
    ("status", "word", "final"),
    [
        (404, "model_not_found", True),
        (400, "insufficient_quota", True),
        (400, "server_error", True),
        (500, "not_found_error", False),
        (503, "invalid_request_error", False),
    ],
)
async def test_the_status_says_whose_fault_it_is_whatever_the_words(status: int, word: str, final: bool):
    other = ScriptedTransport([whole("openai_chat")])
    refusal = page({"error": {"message": "x", "type": word, "code": word}}, status)
    app = house(member([refusal], "openai_chat"), member(other, "openai_chat", provider="two"))
    got = await ask(app, **asking("openai_chat"))
    assert got.status == (status if final else 200)
    assert len(other.exchanges) == (0 if final else 1)


@pytest.mark.parametrize("status", [401, 402, 403, 429])
async def test_when_a_key_is_refused_the_next_key_is_asked_before_the_next_provider(status: int):
    first = ScriptedTransport([error("anthropic", status, "not this key"), named("key-2")])
    other = ScriptedTransport()
    app = house(member(first), member(first, key="key-2"), member(other, provider="two"))
    assert await who(app) == "key-2"
    assert other.exchanges == []


@pytest.mark.parametrize("refusal", [error("anthropic", 500, "x"), error("anthropic", 529, "x"), ConnectFailed("x")])
async def test_when_a_provider_fails_its_other_keys_are_not_asked(refusal: Any):
    first = ScriptedTransport([refusal])
    app = house(member(first), member(first, key="key-2"), member([named("two")], provider="two"))
    assert await who(app) == "two"


async def test_each_member_is_asked_once_and_no_more_than_so_many_in_all():
    transports = [ScriptedTransport([error("anthropic", 500, f"no {n}")]) for n in range(5)]
    members = [member(each, provider=f"p{n}") for n, each in enumerate(transports)]
    got = await ask(house(*members, attempts=3), **asking())
    assert got.status == 500
    assert [len(each.sent) for each in transports] == [1, 1, 1, 0, 0]


async def test_the_request_is_the_same_for_every_member():
    transports = [always(error("anthropic", 500, "no")) for _ in range(3)]
    await ask(house(*(member(each, provider=f"p{n}") for n, each in enumerate(transports))), **asking())
    assert len({each.sent[0].body for each in transports}) == 1


# What the caller is told when all refuse.


@both
@pytest.mark.parametrize(
    ("first", "other", "told"),
    [
        (429, 402, 402),
        (529, 429, 429),
        (500, 529, 529),
        (ConnectFailed("x"), 500, 500),
        (500, ConnectFailed("x"), 500),
        (401, 500, 500),
        (500, 400, 400),
        (500, 501, 500),
        (ReplyTimeout("x"), ReplyTimeout("x"), 504),
        (ConnectFailed("x"), ConnectFailed("y"), 502),
        (ConnectionLost("x"), ReplyTimeout("y"), 502),
    ],
)
async def test_the_best_refusal_is_told(first: Any, other: Any, told: int, dialect: str):
    def reply(what: Any) -> Any:
        return what if isinstance(what, Exception) else error(dialect, what, f"{what} it is")

    heard = Heard()
    members = member([reply(first)], dialect), member([reply(other)], dialect, provider="two")
    got = await ask(house(*members, observers=[heard]), **asking(dialect))
    assert got.status == told
    (ended,) = heard.of(CallEnded)
    assert (ended.status, ended.outcome, ended.attempts) == (told, "refused", 2)
    assert got.header("x-ccgate-provider") == ("two" if told == other and told != first else "one")


async def test_of_two_pauses_the_shorter_is_told():
    long = error("anthropic", 429, "long", (b"retry-after", b"40"))
    short = error("anthropic", 429, "short", (b"retry-after", b"9"))
    got = await ask(house(member([long]), member([short], provider="two")), **asking())
    assert (got.status, got.header("retry-after")) == (429, "9")
    assert got.json()["error"]["message"] == "short"


@both
@pytest.mark.parametrize("inside", [True, False], ids=["as an event", "as a status"])
async def test_a_429_without_a_time_gets_one(dialect: str, inside: bool):
    refusal = error(dialect, 429, "slow down", kind="rate_limit_error")
    if inside:
        refusal = stream(b"event: error\ndata: " + bytes(refusal.chunks[0]) + b"\n\n")  # type: ignore[arg-type]
    got = await ask(house(member([refusal], dialect)), **asking(dialect, stream=True))
    assert (got.status, got.header("retry-after")) == (429, "5")


@both
@pytest.mark.parametrize("status", [401, 403])
async def test_our_own_key_refused_is_told_so_that_nobody_asks_again(dialect: str, status: int):
    refusal = error(dialect, status, "invalid x-api-key")
    got = await ask(house(member([refusal], dialect, provider="acme")), **asking(dialect))
    told = in_dialect(dialect, got.json())
    assert "invalid x-api-key" in told["message"]
    assert "'acme'" in told["message"]
    expected = (502, "api_error") if dialect == "anthropic" else (403, "permission_error")
    assert (got.status, told["type"]) == expected
    assert got.header("x-should-retry") == "false"


@pytest.mark.parametrize("status", [401, 403])
async def test_a_passed_on_credential_refused_is_passed_on_verbatim(status: int):
    refusal = error("anthropic", status, "invalid x-api-key")
    got = await ask(house(member([refusal], passthrough=True)), **asking())
    assert (got.status, got.body) == (status, refusal.chunks[0])


async def test_402_stays_402():
    refusal = error("anthropic", 402, "out of credit")
    got = await ask(house(member([refusal])), **asking())
    assert (got.status, got.body) == (402, refusal.chunks[0])


@both
async def test_a_refusal_that_was_cut_short_is_told_whole(dialect: str):
    refusal = ScriptedReply(500, (JSON_TYPE,), [b'{"error":', ConnectionLost("reset")])
    got = await ask(house(member([refusal], dialect)), **asking(dialect))
    assert got.status == 502
    in_dialect(dialect, got.json())


async def test_a_refusal_across_dialects_is_told_in_the_callers():
    members = member([error("openai_chat", 500, "first")], "openai_chat"), member([ConnectFailed("x")], provider="two")
    got = await ask(house(*members), **asking())
    assert (got.status, in_dialect("anthropic", got.json())["message"]) == (500, "first")


# Sticky, and parking.


async def test_a_call_without_a_session_takes_the_written_order():
    members = member(always(named("one"))), member(always(named("two")), provider="two")
    app = house(*members)
    assert [await who(app) for _ in range(3)] == ["one"] * 3


def flaky(name: str, failing: dict[str, bool]) -> ScriptedTransport:
    """Fails while `failing` says so."""
    return ScriptedTransport(lambda _: error("anthropic", 500, "no") if failing.get(name) else named(name))


async def test_a_session_stays_where_it_was_answered_and_rebinds_to_the_survivor():
    failing = {"one": True}
    one, two, three = (flaky(name, failing) for name in ("one", "two", "three"))
    app = house(member(one), member(two, provider="two"), member(three, provider="three"))
    assert await who(app, **SESSION) == "two"
    failing["one"] = False
    assert await who(app, **SESSION) == "two"  # its prompt cache is there
    assert await who(app) == "one"
    assert await who(app, **{"x-claude-code-session-id": "s-2"}) == "one"
    failing["two"] = True
    assert await who(app, **SESSION) == "one"
    failing["two"] = False
    assert await who(app, **SESSION) == "one"


async def test_a_binding_runs_out_when_nobody_uses_it():
    clock, failing = FakeClock(), {"one": True}
    one, two = flaky("one", failing), flaky("two", failing)
    app = house(member(one), member(two, provider="two"), clock=clock)
    assert await who(app, **SESSION) == "two"
    failing["one"] = False
    for _ in range(3):
        clock.advance(299)
        assert await who(app, **SESSION) == "two"
    clock.advance(300)
    assert await who(app, **SESSION) == "one"


async def test_sessions_of_two_dialects_are_two():
    failing = {"one": True}
    chat = ScriptedTransport(lambda _: error("anthropic", 500, "no") if failing["one"] else whole("anthropic"))
    app = house(member(chat), member(always(whole("anthropic")), provider="two"))
    await ask(app, **asking(headers=SESSION))
    failing["one"] = False
    got = await ask(app, **asking("openai_chat", headers=SESSION))
    assert got.header("x-ccgate-provider") == "one"


@pytest.mark.parametrize("select", ["ordered", "something new"])
async def test_only_sticky_pools_bind(select: str):
    failing = {"one": True}
    app = house(member(flaky("one", failing)), member(flaky("two", failing), provider="two"), select=select)
    assert await who(app, **SESSION) == "two"
    failing["one"] = False
    assert await who(app, **SESSION) == "one"


@both
async def test_a_session_is_bound_to_who_answered_though_its_caller_hung_up_or_the_stream_broke(dialect: str):
    for end in (anyio.Event(), ConnectionLost("reset")):
        store, failing = MemoryStore(), [True]

        def one(_: Any, failing: list[bool] = failing) -> Any:
            return error(dialect, 500, "no") if failing[0] else whole(dialect)

        def two(_: Any, end: Any = end) -> Any:
            return stream(*PRELUDE[dialect], *CONTENT[dialect], end)

        members = member(one, dialect), member(two, dialect, provider="two")
        app = house(*members, store=store)
        async with open_call(app, **asking(dialect, headers=SESSION, stream=True)) as call:
            await call.start()
            call.hang_up()
            await call.ended()
        failing[0] = False
        async with open_call(app, **asking(dialect, headers=SESSION, stream=True)) as call:
            assert (await call.start()).header("x-ccgate-provider") == "two"


async def test_who_asks_for_a_pause_comes_last_until_it_is_over():
    clock, pause = FakeClock(), [error("anthropic", 429, "slow", (b"retry-after", b"20"))]
    one = ScriptedTransport(lambda _: pause.pop() if pause else named("one"))
    two = always(named("two"))
    app = house(member(one), member(two, provider="two"), clock=clock)
    assert await who(app) == "two"
    clock.advance(19)
    assert await who(app) == "two"
    assert len(one.sent) == 1
    clock.advance(1)
    assert await who(app) == "one"


@pytest.mark.parametrize(
    ("status", "wait", "parked"),
    [(429, b"3600", 60), (429, None, 5), (401, None, 60), (402, None, 60), (403, b"1", 60)],
)
async def test_how_long_a_member_is_parked(status: int, wait: bytes | None, parked: float):
    clock = FakeClock()
    refusals = [error("anthropic", status, "no", *(((b"retry-after", wait),) if wait else ()))]
    one = ScriptedTransport(lambda _: refusals.pop() if refusals else named("one"))
    app = house(member(one), member(always(named("two")), provider="two"), clock=clock)
    assert await who(app) == "two"
    clock.advance(parked - 0.5)
    assert await who(app) == "two"
    clock.advance(0.5)
    assert await who(app) == "one"


async def test_parked_members_are_asked_all_the_same_when_nobody_else_answers_soonest_free_first():
    clock, asked = FakeClock(), []

    def parking(name: str, seconds: bytes) -> ScriptedTransport:
        def answer(_: Any) -> Any:
            asked.append(name)
            return error("anthropic", 429, name, (b"retry-after", seconds))

        return ScriptedTransport(answer)

    names = {"one": b"50", "two": b"20", "three": b"30"}
    members = [member(parking(name, seconds), provider=name) for name, seconds in names.items()]
    app = house(*members, clock=clock)
    for _ in range(2):
        got = await ask(app, **asking())
        assert (got.status, got.header("retry-after")) == (429, "20")
    assert asked == ["one", "two", "three", "two", "three", "one"]


async def test_a_success_ends_a_pause():
    clock, failing = FakeClock(), [error("anthropic", 429, "slow", (b"retry-after", b"50"))]
    one = ScriptedTransport(lambda _: failing.pop() if failing else named("one"))
    two = ScriptedTransport(lambda _: error("anthropic", 500, "no"))
    app = house(member(one), member(two, provider="two"), clock=clock)
    got = await ask(app, **asking())
    assert got.status == 429
    assert [await who(app), await who(app)] == ["one", "one"]
    assert len(two.sent) == 2


async def test_a_parked_binding_gives_way():
    clock, pause = FakeClock(), []
    one = ScriptedTransport(lambda _: pause.pop() if pause else named("one"))
    app = house(member(one), member(always(named("two")), provider="two"), clock=clock)
    assert await who(app, **SESSION) == "one"
    pause.append(error("anthropic", 429, "slow", (b"retry-after", b"30")))
    assert await who(app, **SESSION) == "two"
    clock.advance(31)
    assert await who(app, **SESSION) == "two"


async def test_a_refusal_is_remembered_though_the_caller_hung_up():
    clock = FakeClock()
    pause = [error("anthropic", 429, "slow", (b"retry-after", b"30"))]
    one = ScriptedTransport(lambda _: pause.pop() if pause else named("one"))
    waits = [ScriptedReply(before=(anyio.Event(),))]
    two = ScriptedTransport(lambda _: waits.pop() if waits else named("two"))
    app = house(member(one), member(two, provider="two"), clock=clock)
    async with open_call(app, **asking()) as call:
        await anyio.wait_all_tasks_blocked()
        call.hang_up()
        await call.ended()
    assert two.aborted == two.sent
    assert await who(app) == "two"


def test_a_members_id_says_provider_key_and_model():
    assert member([], provider="p", key="k", model="m").id == "p#k,m"
    assert member([], provider="p", key="k").id == "p#k,"


async def test_what_each_attempt_came_to_is_told():
    heard = Heard()
    members = member([error("anthropic", 500, "no")], model="m1"), member([named("two")], provider="two")
    await ask(house(*members, observers=[heard]), **asking())
    first, last = heard.of(AttemptEnded)
    assert (first.provider, first.model, first.asked) == ("one", "m1", True)
    assert isinstance(first.failure, ir.Failure)
    assert (last.provider, last.model, last.failure) == ("two", BODIES["anthropic"]["model"], None)


async def test_concurrent_calls_do_not_see_each_other():
    clock = FakeClock()
    app = house(member(always(streamed("anthropic"))), clock=clock)
    answers: list[Answer] = []

    async def one() -> None:
        answers.append(await ask(app, **asking(stream=True)))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(one)
    assert {each.body for each in answers} == {b"".join(FRAMES["anthropic"])}
    assert len(answers) == 20


async def test_a_refusal_without_an_end_is_not_held_for_ever():
    endless = ScriptedReply(500, (JSON_TYPE,), [b'{"error":"' + b"x" * LONGEST_REFUSAL, b"x", anyio.Event()])
    first, second = ScriptedTransport([endless]), ScriptedTransport([page(WHOLE["anthropic"])])
    pool = house(member(first, provider="a"), member(second, provider="b"))
    assert (await ask(pool, **asking())).status == 200
    assert first.unclosed == second.unclosed == []
