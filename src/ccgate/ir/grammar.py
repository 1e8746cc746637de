"""Which event may follow which.

    new      --Started-->  open        no block yet, or some: Opened, Delta, Closed, Metered, Kept stay here
    open     --Finished--> finished    only when every block is closed; Metered and Kept may follow
    any      --Failed-->   failed      nothing follows

A `Grammar` is fed every event of one reply, in order, and raises `GrammarBroken` at the first that cannot stand
there. `end()` raises `TruncatedReply` when the reply stopped before it was finished or failed. Beside the states it
keeps what the table cannot say: which blocks are open, and which indexes are used up. Which piece may go into which
block is the second table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, field

from ccgate.errors import GrammarBroken, TruncatedReply
from ccgate.ir.base import Seal
from ccgate.ir.content import Block, Citation, Text, Thinking, ToolUse
from ccgate.ir.events import Break, Closed, Delta, Event, Failed, Finished, Kept, Metered, Opened, Started

NEXT: dict[str, dict[type, str]] = {
    "new": {Started: "open", Failed: "failed"},
    "open": {
        Opened: "open",
        Delta: "open",
        Closed: "open",
        Metered: "open",
        Kept: "open",
        Finished: "finished",
        Failed: "failed",
    },
    "finished": {Metered: "finished", Kept: "finished", Failed: "failed"},
    "failed": {},
}

PIECES: dict[type, tuple[type, ...]] = {
    Text: (str, Citation, Seal),
    ToolUse: (str, Seal),
    Thinking: (str, Break, Seal),
}


@define
class Grammar:
    """The state of one reply."""

    state: str = "new"
    open: dict[int, Block] = field(factory=dict)
    used: set[int] = field(factory=set)

    def feed(self, event: Event) -> None:
        """Take the next event, or raise `GrammarBroken`."""
        after = NEXT[self.state].get(type(event))
        if after is None:
            raise GrammarBroken(f"{type(event).__name__} cannot follow in a reply that is {self.state}")
        if isinstance(event, Opened):
            self._opened(event)
        elif isinstance(event, Delta):
            self._delta(event)
        elif isinstance(event, Closed):
            if self.open.pop(event.index, None) is None:
                raise GrammarBroken(f"block {event.index} is closed but not open")
        elif isinstance(event, Finished) and self.open:
            raise GrammarBroken(f"the reply finished with open blocks: {sorted(self.open)}")
        self.state = after

    def end(self) -> None:
        """No more events. Raises `TruncatedReply` unless the reply finished or failed."""
        if self.state not in {"finished", "failed"}:
            raise TruncatedReply(f"the reply ended while it was {self.state}")

    def _opened(self, event: Opened) -> None:
        if event.index in self.used:
            raise GrammarBroken(f"block {event.index} is opened twice")
        self.used.add(event.index)
        self.open[event.index] = event.block

    def _delta(self, event: Delta) -> None:
        block = self.open.get(event.index)
        if block is None:
            raise GrammarBroken(f"a delta for block {event.index}, which is not open")
        if not isinstance(event.piece, PIECES.get(type(block), ())):
            raise GrammarBroken(f"a {type(event.piece).__name__} cannot go into a {type(block).__name__}")


def checked(events: Iterable[Event]) -> Iterator[Event]:
    """The same events, while they obey the grammar."""
    grammar = Grammar()
    for event in events:
        grammar.feed(event)
        yield event
    grammar.end()
