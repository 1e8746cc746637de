"""One cancel scope around every wait of an exchange: it carries the deadline and the abort.

States of an exchange: *fresh* (nothing asked), *waiting* (inside one `run`), *ready* (the last wait succeeded),
*broken* (the last wait did not succeed: every later one fails too, so that a cut reply is never taken for a whole one)
and *aborted* (from any of them, for good).

Three things end a wait early, and they are told apart by who cancelled: `abort` set its flag, the deadline ran out
(our scope swallowed its own cancellation and no flag is set), or an outer scope or task was cancelled (then the
cancellation passes through untouched).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import TypeVar

from anyio import CancelScope, current_time

from ccgate.errors import Aborted, ConnectionLost, TransportError

T = TypeVar("T")


class Guard:
    """Runs one wait after the other; see the module."""

    __slots__ = ("_aborted", "_broken", "_scope")

    def __init__(self) -> None:
        self._scope: CancelScope | None = None
        self._aborted = False
        self._broken = False

    @property
    def aborted(self) -> bool:
        """Whether `abort` was called."""
        return self._aborted

    def abort(self) -> None:
        """End the pending wait and refuse all later ones."""
        self._aborted = True
        if self._scope is not None:
            self._scope.cancel()

    def expire_in(self, seconds: float | None) -> None:
        """Move the deadline of the pending wait."""
        if self._scope is not None:
            self._scope.deadline = inf if seconds is None else current_time() + seconds

    async def run(
        self, work: Callable[[], Awaitable[T]], seconds: float | None, late: Callable[[], TransportError]
    ) -> T:
        """What `work` returns. Raises `Aborted`, or what `late` makes when `seconds` are over."""
        self._refuse()
        self._broken = True
        try:
            with CancelScope(deadline=inf if seconds is None else current_time() + seconds) as self._scope:
                result = await work()
                self._broken = False
                return result
        except TransportError:
            if self._aborted:  # closing under the wait may look like a broken connection
                raise Aborted("the exchange was aborted") from None
            raise
        finally:
            self._scope = None
        if self._aborted:
            raise Aborted("the exchange was aborted")
        raise late()

    def _refuse(self) -> None:
        if self._aborted:
            raise Aborted("the exchange was aborted")
        if self._broken:
            raise ConnectionLost("the exchange has failed before")
