"""What a store is: the one door to state that calls share, in memory or between processes.

One question before a call (`begin`), one report after it (`report`). Both are about the members of one pool, by id,
and about one conversation, by key; a call that names no conversation has the key None and is never bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import field, frozen

from ccgate.policy.selectors import Standing


@frozen(kw_only=True)
class Ask:
    """Before a call: what is known of these members, and whom is this conversation bound to?"""

    members: Sequence[str]
    conversation: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Report:
    """After a call. `answered` is the member that answered; `parked` those that asked for a pause, in seconds."""

    answered: str | None
    conversation: str | None = field(default=None, repr=False)
    was_bound: str | None = None
    """What `begin` said: a binding that changed meanwhile is left alone."""
    parked: Sequence[tuple[str, float]] = ()


class Store(Protocol):
    """Memory, or one round trip to a server."""

    async def begin(self, ask: Ask) -> Standing: ...

    async def report(self, report: Report) -> None: ...
