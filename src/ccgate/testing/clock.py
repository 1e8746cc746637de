"""Time that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, field


@define(eq=False)
class FakeClock:
    """A `ccgate.clock.Clock` in the hands of a test: `clock()` tells seconds, `clock.advance(1.5)` lets them pass.

    `clock.sleep` can stand wherever a sleep is injected. It returns when the clock was advanced far enough; a test
    that must know that somebody sleeps waits with `await clock.asleep()`.
    """

    now: float = 1000.0
    _sleepers: list[tuple[float, anyio.Event]] = field(factory=list, init=False, repr=False)
    _watchers: list[tuple[float, anyio.Event]] = field(factory=list, init=False, repr=False)

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake who has slept long enough. Raises `ValueError` for a step back."""
        if seconds < 0:
            raise ValueError(f"time never goes back: {seconds}")
        self.now += seconds
        self._wake(self._sleepers, lambda until: until <= self.now)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was advanced by that much."""
        if seconds <= 0:
            await checkpoint()
            return
        sleeper = (self.now + seconds, anyio.Event())
        self._sleepers.append(sleeper)
        self._wake(self._watchers, lambda wanted: wanted <= self.sleepers)
        try:
            await sleeper[1].wait()
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    @property
    def sleepers(self) -> int:
        """How many sleep now."""
        return len(self._sleepers)

    async def asleep(self, count: int = 1, *, within: float = 5.0) -> None:
        """Wait until at least `count` sleep. Raises `TimeoutError` after `within` real seconds."""
        if self.sleepers < count:
            watcher: tuple[float, anyio.Event] = (count, anyio.Event())
            self._watchers.append(watcher)
            with anyio.fail_after(within):
                await watcher[1].wait()

    @staticmethod
    def _wake(waiting: list[tuple[float, anyio.Event]], due: Callable[[float], bool]) -> None:
        for each in [each for each in waiting if due(each[0])]:
            waiting.remove(each)
            each[1].set()
