"""What could not be carried from one dialect to another, and says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from ccgate.ir.base import Grade

What = Literal["dropped", "changed", "moved"]


@frozen
class Loss:
    """One field of a request or reply, by its JSON pointer in the document it came in."""

    at: str
    what: What
    why: str
    grade: Grade = "content"


def refusable(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Those for which a route with `on_loss = "refuse"` refuses the request. What is only moved is not lost."""
    return tuple(loss for loss in losses if loss.grade == "content" and loss.what != "moved")
