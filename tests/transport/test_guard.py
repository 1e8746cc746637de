from __future__ import annotations

import anyio
import pytest

from ccgate.errors import Aborted, ConnectionLost, ReplyTimeout
from ccgate.transport.guard import Guard


def late() -> ReplyTimeout:
    return ReplyTimeout("late")


async def answer() -> str:
    return "answer"


async def lose() -> str:
    raise ConnectionLost("lost")


async def test_a_wait_gives_its_result_again_and_again() -> None:
    guard = Guard()
    for seconds in (None, 60):
        assert await guard.run(answer, seconds, late) == "answer"
    guard.expire_in(1)  # nothing is pending: nothing happens
    assert not guard.aborted


async def test_a_deadline_can_be_moved_while_waiting() -> None:
    guard = Guard()

    async def work() -> None:
        guard.expire_in(None)
        guard.expire_in(0.01)
        await anyio.sleep_forever()

    with pytest.raises(ReplyTimeout, match="late"):
        await guard.run(work, None, late)
    with pytest.raises(ConnectionLost, match="before"):
        await guard.run(answer, None, late)


async def test_an_error_while_aborting_is_the_abort() -> None:
    guard = Guard()

    async def work() -> None:
        guard.abort()
        await lose()

    with pytest.raises(Aborted):
        await guard.run(work, None, late)


async def test_an_abort_wins_over_an_earlier_error() -> None:
    guard = Guard()
    with pytest.raises(ConnectionLost, match="lost"):
        await guard.run(lose, None, late)
    guard.abort()
    with pytest.raises(Aborted):
        await guard.run(answer, None, late)


async def test_a_result_that_is_there_already_is_given_and_the_next_wait_refused() -> None:
    guard = Guard()

    async def work() -> str:
        guard.abort()
        return "answer"

    assert await guard.run(work, None, late) == "answer"
    with pytest.raises(Aborted):
        await guard.run(answer, None, late)


async def test_a_cancellation_from_outside_is_neither_late_nor_an_abort() -> None:
    guard = Guard()
    with anyio.CancelScope() as outer:
        outer.cancel()
        await guard.run(anyio.sleep_forever, 60, late)
    assert outer.cancelled_caught
    with pytest.raises(ConnectionLost):
        await guard.run(answer, None, late)
