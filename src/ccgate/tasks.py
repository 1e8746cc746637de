"""One bare task beside a call, on asyncio and on trio, without a task group.

A task group per call would wrap every error of the call in an `ExceptionGroup`, and costs time. What runs here is
small and owned by one exchange or one call, which cancels it when it is done.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
from collections.abc import Awaitable, Callable

from anyio import CancelScope

log = logging.getLogger("ccgate")


def spawn(
    fn: Callable[[], Awaitable[None]], *, on_error: Callable[[Exception], None] | None = None
) -> Callable[[], None]:
    """Run `fn` beside the running task; the answer cancels it: at once, any number of times, also after its end.

    Keep the answer as long as the task shall live: asyncio itself only holds its tasks weakly. An `Exception` of
    `fn` goes to `on_error`, without one to the logger `ccgate`; it never reaches the caller nor ends a trio run.
    """
    scope = CancelScope()

    async def run() -> None:
        with scope:
            try:
                await fn()
            except Exception as error:  # a bare task has nobody else to tell
                if on_error is None:
                    log.exception("a background task failed")
                else:
                    on_error(error)

    keep = _start(run)

    def cancel() -> None:
        _ = keep
        scope.cancel()

    return cancel


def _start(run: Callable[[], Awaitable[None]]) -> object:
    if "trio" in sys.modules:
        import trio  # noqa: PLC0415 only a program that itself imported trio can be running on it

        if trio.lowlevel.in_trio_run():
            return trio.lowlevel.spawn_system_task(run, context=contextvars.copy_context())

    async def task() -> None:
        await run()

    return asyncio.get_running_loop().create_task(task())
