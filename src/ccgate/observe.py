"""Watching. An observer is told what happened and cannot change it.

An observer is a callable that takes one `Happening`. It is called in the event loop, on the call's path: it must not
block. One that raises is reported in the log and called again the next time; the call never notices.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from attrs import frozen

from ccgate import ir

log = logging.getLogger("ccgate")


@frozen(kw_only=True)
class AttemptEnded:
    """One member of a pool was asked, or refused without asking."""

    call: str
    provider: str
    model: str
    failure: ir.Failure | None = None
    """None: it answered."""
    asked: bool = True
    """False: the circuit was open, or the request could not be said in its dialect."""


@frozen(kw_only=True)
class CallEnded:
    """A call is over. Times are seconds since it came in."""

    call: str
    dialect: str
    method: str
    path: str
    principal: str | None
    session: str | None
    asked_model: str | None
    route: str | None
    provider: str | None
    model: str | None
    status: int
    """What the client saw: 0 when nothing was sent, 499 when it hung up before the head."""
    outcome: str
    """answered, refused, failed (a stream that broke), hung up."""
    first_byte: float | None
    duration: float
    attempts: int
    usage: ir.Usage | None
    losses: tuple[ir.Loss, ...] = ()


Happening = AttemptEnded | CallEnded
Observer = Callable[[Happening], None]


def tell(observers: Iterable[Observer], happening: Happening) -> None:
    """Tell all; a failing observer does not keep the others from hearing."""
    for observer in observers:
        try:
            observer(happening)
        except Exception:
            log.exception("observer %r failed", observer)


def one_line(words: str) -> str:
    """What others wrote, as a line of a log may hold it: a line break in it could forge another line."""
    return words if words.isprintable() else "".join(letter if letter.isprintable() else " " for letter in words)


class LogObserver:
    """Writes one line per call to the `ccgate` logger, and each kind of loss once per route."""

    def __init__(self) -> None:
        self._said: set[tuple[str | None, str, str]] = set()

    def __call__(self, happening: Happening) -> None:
        if isinstance(happening, AttemptEnded):
            if happening.failure is not None:
                log.warning(
                    "%s %s,%s refused: %d %s: %s",
                    happening.call,
                    happening.provider,
                    happening.model,
                    happening.failure.status,
                    happening.failure.kind,
                    one_line(happening.failure.message[:300]),
                )
            return
        log.info(
            "%s %s %s %s -> %s,%s %d %s %.3fs",
            happening.call,
            happening.method,
            one_line(happening.path),
            happening.asked_model or "-",
            happening.provider or "-",
            happening.model or "-",
            happening.status,
            happening.outcome,
            happening.duration,
        )
        self._losses(happening)

    def _losses(self, ended: CallEnded) -> None:
        for loss in ended.losses:
            pattern = "/".join("*" if part.isdigit() else part for part in loss.at.split("/"))
            key = (ended.route, pattern, loss.what)
            if key not in self._said:
                self._said.add(key)
                log.warning("route %s: %s %s: %s", ended.route or "-", pattern, loss.what, loss.why)
