"""One JSON object of a request while it is read.

What is taken out has a word in the IR; what is left over goes home as the node's `extra`. A field that is there but
does not hold what its word needs (null, another type) is not taken: nothing is lost, and nothing is guessed.

A dialect says whose the left over is: `class Fields(fields.Fields): dialect = "..."`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define, field

from ccgate import ir
from ccgate.errors import RequestRefused

Kind = TypeVar("Kind", str, bool, list[Any], dict[str, Any])


def refused(at: str, why: str) -> RequestRefused:
    """The error for what stands at the pointer `at`."""
    place = at.lstrip("/").replace("/", ".")
    return RequestRefused(f"{place}: {why}" if place else why)


@define
class Fields:
    """The fields of one object that nobody has read yet."""

    dialect: ClassVar[str] = ""

    at: str
    rest: dict[str, Any] = field(repr=False)
    inners: dict[str, Self] = field(factory=dict)

    @classmethod
    def of(cls, value: ir.JSON, at: str) -> Self:
        """Raises `RequestRefused` when `value` is no object."""
        if not isinstance(value, Mapping):
            raise refused(at, "must be an object")
        return cls(at, dict(value))

    @classmethod
    def each(cls, value: ir.JSON, at: str) -> Iterator[Self]:
        """The objects of a list. Raises `RequestRefused` when it is none, or holds something else."""
        if not isinstance(value, list):
            raise refused(at, "must be a list")
        for n, item in enumerate(value):
            yield cls.of(item, ir.child(at, n))

    @property
    def left(self) -> dict[str, Any]:
        """What was left over, here and in the objects within."""
        return self.rest | {key: inner.left for key, inner in self.inners.items() if inner.left}

    @property
    def extra(self) -> ir.Opaque | None:
        """What was left over, as the node's `extra`."""
        left = self.left
        return ir.Opaque(self.dialect, left, at=self.at) if left else None

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

    def inner(self, key: str) -> Self:
        """The object at `key`, to be read in its turn; an empty one when there is no object."""
        inner = type(self)(ir.child(self.at, key), dict(self.take(key, dict) or {}))
        self.inners[key] = inner
        return inner

    def absent(self, key: str) -> None:
        """A null there says no more than no field at all."""
        if self.rest.get(key, 0) is None:
            del self.rest[key]

    def same(self, key: str, usual: str) -> None:
        """`key` needs no word where it has the value that is written anyway. One that is absent leaves a null: the
        caller left it out, and the writer is to leave it out too."""
        if self.rest.setdefault(key, None) == usual:
            del self.rest[key]
