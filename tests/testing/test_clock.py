from __future__ import annotations

import anyio
import pytest

from ccgate.testing import FakeClock


def test_time_stands_still_until_it_is_advanced():
    clock = FakeClock()
    before = clock()
    assert clock() == before
    clock.advance(1.5)
    assert clock() == before + 1.5


def test_time_never_goes_back():
    with pytest.raises(ValueError, match="never goes back"):
        FakeClock().advance(-1)


async def test_a_sleeper_wakes_when_its_time_has_come():
    clock = FakeClock()
    woken: list[str] = []

    async def nap(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    async with anyio.create_task_group() as group:
        group.start_soon(nap, "short", 1)
        group.start_soon(nap, "long", 10)
        await clock.asleep(2)
        clock.advance(1)
        await anyio.wait_all_tasks_blocked()
        assert woken == ["short"]
        await clock.asleep(1)
        clock.advance(9)
    assert woken == ["short", "long"]


async def test_no_time_at_all_is_slept_at_once():
    await FakeClock().sleep(0)


async def test_a_sleeper_that_is_cancelled_is_forgotten():
    clock = FakeClock()
    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, 5)
        await clock.asleep()
        group.cancel_scope.cancel()
    assert clock.sleepers == 0


async def test_waiting_for_a_sleeper_that_never_comes_ends():
    with pytest.raises(TimeoutError):
        await FakeClock().asleep(within=0.01)
