"""State in this process.

Bindings slide: each answer renews them for `ttl` seconds. They are kept in the order they were last used, so that the
oldest go first when there are more than `most`; one that has run out is dropped when it is met. A success clears
parking. No method waits for anything, so nothing can happen between two of its steps.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from attrs import define, field

from ccgate.clock import Clock
from ccgate.policy.selectors import Standing
from ccgate.store.protocol import Ask, Report


@define(kw_only=True)
class MemoryStore:
    """`ttl` seconds of a binding without a call, `most` bindings at a time."""

    ttl: float = 300.0
    most: int = 100_000
    clock: Clock = time.monotonic
    _bindings: OrderedDict[str, tuple[str, float]] = field(init=False, factory=OrderedDict, repr=False)
    _parked: dict[str, float] = field(init=False, factory=dict)

    async def begin(self, ask: Ask) -> Standing:
        """Who is bound and who is parked, now."""
        now = self.clock()
        parked = {}
        if self._parked:
            self._parked = {member: until for member, until in self._parked.items() if until > now}
            parked = {member: self._parked[member] - now for member in ask.members if member in self._parked}
        return Standing(bound=self._bound(ask.conversation, now), parked=parked)

    async def report(self, report: Report) -> None:
        """Bind, re-bind, park and unpark."""
        now = self.clock()
        for member, pause in report.parked:
            self._parked[member] = now + pause
        if report.answered is None:
            return
        self._parked.pop(report.answered, None)
        if report.conversation is not None and self._bound(report.conversation, now) in {None, report.was_bound}:
            self._bindings[report.conversation] = (report.answered, now + self.ttl)
            self._bindings.move_to_end(report.conversation)
            if len(self._bindings) > self.most:
                self._bindings.popitem(last=False)

    def _bound(self, conversation: str | None, now: float) -> str | None:
        if conversation is None:
            return None
        member, until = self._bindings.get(conversation, (None, 0.0))
        if member is not None and until <= now:
            del self._bindings[conversation]
            return None
        return member
