from __future__ import annotations

import contextvars
import logging

import anyio
import pytest

from ccgate.tasks import spawn


async def test_a_spawned_task_runs_beside() -> None:
    done = anyio.Event()

    async def work() -> None:
        done.set()

    cancel = spawn(work)
    assert not done.is_set()
    with anyio.fail_after(5):
        await done.wait()
    cancel()


@pytest.mark.parametrize("begun", [True, False])
async def test_cancelling_ends_it_however_often_it_is_done(begun: bool) -> None:
    ended = anyio.Event()
    started = anyio.Event()

    async def work() -> None:
        try:
            started.set()
            await anyio.sleep_forever()
        finally:
            ended.set()

    cancel = spawn(work)
    if begun:
        await started.wait()
    cancel()
    cancel()
    with anyio.fail_after(5):
        await ended.wait()
    cancel()


async def test_an_error_goes_to_the_callback() -> None:
    errors: list[Exception] = []
    told = anyio.Event()

    async def work() -> None:
        raise ValueError("no")

    def on_error(error: Exception) -> None:
        errors.append(error)
        told.set()

    keep = spawn(work, on_error=on_error)
    await told.wait()
    assert [str(error) for error in errors] == ["no"]
    keep()


async def test_an_error_without_a_callback_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise ValueError("no")

    keep = spawn(work)
    with caplog.at_level(logging.ERROR, "ccgate"):
        await anyio.wait_all_tasks_blocked()
    assert "a background task failed" in caplog.text
    keep()


async def test_the_callers_context_is_seen() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    seen: list[str] = []
    done = anyio.Event()

    async def work() -> None:
        seen.append(variable.get())
        done.set()

    variable.set("mine")
    keep = spawn(work)
    await done.wait()
    assert seen == ["mine"]
    keep()
