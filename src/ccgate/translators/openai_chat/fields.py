"""One JSON object of a request while it is read.

What is taken out has a word in the IR; what is left over goes home as the node's `extra`. A field that is there but
does not hold what its word needs (null, another type) is not taken: nothing is lost, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from attrs import define, field

from ccgate import ir
from ccgate.errors import RequestRefused

DIALECT = "openai_chat"

Kind = TypeVar("Kind", str, bool, list[Any], dict[str, Any])


def refused(at: str, why: str) -> RequestRefused:
    """The error for what stands at the pointer `at`."""
    return RequestRefused(f"{at.lstrip('/').replace('/', '.')}: {why}")


@define
class Fields:
    """The fields of one object that nobody has read yet."""

    at: str
    rest: dict[str, Any] = field(repr=False)
    inners: dict[str, Fields] = field(factory=dict)

    @classmethod
    def of(cls, value: ir.JSON, at: str) -> Fields:
        """Raises `RequestRefused` when `value` is no object."""
        if not isinstance(value, Mapping):
            raise refused(at, "must be an object")
        return cls(at, dict(value))

    @property
    def left(self) -> dict[str, Any]:
        """What was left over, here and in the objects within."""
        return self.rest | {key: inner.left for key, inner in self.inners.items() if inner.left}

    @property
    def extra(self) -> ir.Opaque | None:
        """What was left over, as the node's `extra`."""
        left = self.left
        return ir.Opaque(DIALECT, left, at=self.at) if left else None

    def take(self, key: str, kind: type[Kind]) -> Kind | None:
        """The value of `key` if it is of that JSON type, else None: then it is left over."""
        value = self.rest.get(key)
        if isinstance(value, kind):
            del self.rest[key]
            return value
        return None

    def text(self, key: str) -> str | None:
        return self.take(key, str)

    def need(self, key: str) -> str:
        """A string without which the object makes no sense."""
        value = self.take(key, str)
        if value is None:
            raise refused(ir.child(self.at, key), "must be a string")
        return value

    def number(self, key: str) -> float | None:
        value = self.rest.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            del self.rest[key]
            return value
        return None

    def whole(self, key: str) -> int | None:
        value = self.rest.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            del self.rest[key]
            return value
        return None

    def inner(self, key: str) -> Fields:
        """The object at `key`, to be read in its turn; an empty one when there is no object."""
        inner = Fields(ir.child(self.at, key), dict(self.take(key, dict) or {}))
        self.inners[key] = inner
        return inner

    def absent(self, key: str) -> None:
        """A null there says no more than no field at all."""
        if self.rest.get(key, 0) is None:
            del self.rest[key]


def objects(value: list[Any], at: str) -> Iterator[Fields]:
    """The objects of a list. Raises `RequestRefused` when it holds something else."""
    for n, each in enumerate(value):
        yield Fields.of(each, ir.child(at, n))
