"""Time is an argument.

A `Clock` returns seconds that never go back; only differences mean anything. `time.monotonic` is the default
wherever one is asked for, `ccgate.testing.FakeClock` is what tests pass instead.
"""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
