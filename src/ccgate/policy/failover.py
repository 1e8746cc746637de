"""Failover: who is asked next, and what the caller is told when nobody answers.

A policy with memory is a generator: it yields the member to ask, is sent the outcome, and returns when there is
nothing left to try.

    plan = failover(members, attempts=4)
    member = next(plan)
    while True:
        outcome = ...ask the member...
        member = plan.send(outcome)        # StopIteration: stop trying

Rules. A member is asked once. A failure of the *provider* (5xx, timeout, reset, garbage) skips the other keys of that
provider; one of the *key* (401, 402, 403, 429) goes on to the next key, and one of the *model* to the next member. A
failure of the *request* is final: the next provider would say the same. `attempts` counts requests that were sent; a
refusal that asked nobody is free.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from math import inf
from typing import TypeVar

from attrs import frozen

from ccgate.ir import Failure


@frozen(kw_only=True)
class Candidate:
    """One member of a pool, as far as failover needs to know it."""

    provider: str
    key: str = ""


@frozen
class Outcome:
    """How asking a member ended: with an answer (None) or a failure. `asked` False: no request left the house."""

    failure: Failure | None
    asked: bool = True


C = TypeVar("C", bound=Candidate)


def failover(members: Sequence[C], *, attempts: int) -> Generator[C, Outcome, None]:
    """Yields members in the order to ask them; see the module."""
    dead: set[str] = set()
    for member in members:
        if member.provider in dead:
            continue
        if attempts <= 0:
            return
        outcome = yield member
        attempts -= outcome.asked
        if outcome.failure is None or outcome.failure.scope == "request":
            return
        if outcome.failure.scope == "provider":
            dead.add(member.provider)


def rank(failure: Failure) -> tuple[int, float]:
    """How much a refusal is worth telling the caller; lower is better.

    Final 4xx, 402, 429 (the one that ends soonest), 529, 5xx, a provider that refused our key, a broken network.
    """
    wait = inf if failure.retry_after is None else failure.retry_after
    if failure.scope == "request":
        return (0, wait)
    if failure.status in {402, 429, 529}:
        return ((402, 429, 529).index(failure.status) + 1, wait)
    if failure.scope == "key":
        return (5, wait)
    return (6 if failure.raw is None and failure.code == UNREACHABLE else 4, wait)


UNREACHABLE = "upstream_unreachable"
"""The code of a failure that no upstream spoke: the network did."""


def best(failures: Sequence[Failure]) -> int:
    """The index of the refusal to tell; the earliest of equals. `failures` is not empty."""
    return min(range(len(failures)), key=lambda index: rank(failures[index]))


LONGEST_PAUSE = 60.0
SHORTEST_PAUSE = 5.0


def park_for(failure: Failure) -> float | None:
    """Seconds for which a member that failed so is asked last; None: its place is kept.

    What the upstream asks for, a minute at most: a hint of hours must not black out a pool. A key that was refused
    is not right again in the next second.
    """
    if failure.status in {401, 402, 403}:
        return LONGEST_PAUSE
    if failure.retry_after is not None and failure.scope != "request":
        return min(failure.retry_after, LONGEST_PAUSE)
    return SHORTEST_PAUSE if failure.status == 429 else None
