"""One JSON object of a request while it is read.

What is taken out has a word in the IR; what is left over goes home as the node's `extra`. A field that is there but
does not hold what its word needs (null, another type) is not taken, so nothing is lost and nothing is guessed.

A null in `extra`, where the writer would write something by itself, means that the caller left the field out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from attrs import define, field

from ccgate import ir
from ccgate.errors import RequestRefused

DIALECT = "openai_responses"

Kind = TypeVar("Kind", str, bool, list[Any], dict[str, Any])


def refused(at: str, why: str) -> RequestRefused:
    """The error for what stands at the pointer `at`."""
    place = at.lstrip("/").replace("/", ".")
    return RequestRefused(f"{place}: {why}" if place else why)


@define
class Fields:
    """The fields of one object that nobody has read yet."""

    at: str
    rest: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, value: ir.JSON, at: str) -> Fields:
        """Raises `RequestRefused` when `value` is no object."""
        if not isinstance(value, Mapping):
            raise refused(at, "must be an object")
        return cls(at, dict(value))

    @property
    def extra(self) -> ir.Opaque | None:
        """What was left over."""
        return ir.Opaque(DIALECT, self.rest, at=self.at) if self.rest else None

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
        return self.number(key) if isinstance(self.rest.get(key), int) else None  # type: ignore[return-value]

    def same(self, key: str, usual: str) -> None:
        """`key` needs no word where it has the value that is written anyway. One that is absent leaves a null."""
        if self.rest.setdefault(key, None) == usual:
            del self.rest[key]


def objects(value: ir.JSON, at: str) -> Iterator[Fields]:
    """The objects of a list. Raises `RequestRefused` when it is none, or holds something else."""
    if not isinstance(value, list):
        raise refused(at, "must be a list")
    for n, each in enumerate(value):
        yield Fields.of(each, ir.child(at, n))
