"""How the unknown fields of a stranger are told, whatever the dialect: each once, and not once in every message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import attrs

from ccgate import ir

UNKNOWN: Final = "only the caller's dialect knows it"


def strange(extra: ir.Opaque, at: str, hints: Collection[str]) -> Iterator[ir.Loss]:
    """One loss for each field that only another dialect knows, of a node at `at`. A null says nothing.

    How much is lost is what the dialect itself says of it; else a hint for those in `hints`, a setting for others.
    """
    for key, value in extra.value.items():
        if value is not None:
            grade = extra.grade_of(key) or ("hint" if key in hints else "setting")
            yield ir.Loss(ir.child(extra.at or at, key), "dropped", UNKNOWN, grade)


def summed(losses: Iterable[ir.Loss]) -> tuple[ir.Loss, ...]:
    """The losses, with each unknown field that is no more than a hint told once: where it was first, and how many
    more there are. In a long conversation each message has an id."""
    losses = tuple(losses)
    counts = Counter(_field(loss) for loss in losses if _repeats(loss))
    out = []
    for loss in losses:
        count = counts.pop(_field(loss), 0) if _repeats(loss) else 1
        if count:
            out.append(loss if count == 1 else attrs.evolve(loss, why=f"{loss.why} (and {count - 1} more)"))
    return tuple(out)


def _repeats(loss: ir.Loss) -> bool:
    return loss.grade == "hint" and loss.why == UNKNOWN


def _field(loss: ir.Loss) -> str:
    return loss.at.rpartition("/")[2]
