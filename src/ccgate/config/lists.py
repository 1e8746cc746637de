"""Lists that become tuples. One text where a list is wanted is an error, not a list of letters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from ccgate.errors import ConfigError

T = TypeVar("T")


def items(values: Iterable[T]) -> tuple[T, ...]:
    """The values as a tuple."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise ConfigError("a list is needed", hint="write [...] around a single value")
    return tuple(values)


def strings(values: Iterable[str]) -> tuple[str, ...]:
    """The texts as a tuple."""
    return items(values)
