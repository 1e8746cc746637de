"""Selectors put the members of a pool in the order to ask them.

None ever drops a member: a parked one is the last resort of a call that everybody else refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from attrs import field, frozen


@frozen(kw_only=True)
class Standing:
    """What is known about a pool's members, by their ids, before a call."""

    bound: str | None = None
    """The member this conversation is bound to."""
    parked: Mapping[str, float] = field(factory=dict)
    """Seconds until a member may be asked again."""


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str: ...


M = TypeVar("M", bound=Identified)


def ordered(members: Sequence[M], standing: Standing) -> tuple[M, ...]:
    """As written; parked ones after all others, soonest-free first."""
    if not standing.parked:
        return tuple(members)
    free = [member for member in members if member.id not in standing.parked]
    parked = [member for member in members if member.id in standing.parked]
    return (*free, *sorted(parked, key=lambda member: standing.parked[member.id]))


def sticky(members: Sequence[M], standing: Standing) -> tuple[M, ...]:
    """The member that the conversation is bound to first, then as written. Parking is stronger than a binding."""
    order = ordered(members, standing)
    if standing.bound is None or standing.bound in standing.parked:
        return order
    bound = tuple(member for member in order if member.id == standing.bound)
    return (*bound, *(member for member in order if member.id != standing.bound))


SELECTORS = {"ordered": ordered, "sticky": sticky}
