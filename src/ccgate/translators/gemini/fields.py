"""One JSON object of a request while it is read.

The API takes each field in two spellings, `maxOutputTokens` and `max_output_tokens`, and its own SDK mixes them
(https://protobuf.dev/programming-guides/json/). Here the first is asked for and both are found.

What is taken out has a word in the IR; what is left over goes home as the node's `extra`. A field that is there but
does not hold what its word needs (null, another type) is not taken: nothing is lost, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from attrs import define, field

from ccgate import ir
from ccgate.errors import RequestRefused

DIALECT = "gemini"

Kind = TypeVar("Kind", str, bool, list[Any], dict[str, Any])

_capital = re.compile(r"[A-Z]").sub


def refused(at: str, why: str) -> RequestRefused:
    """The error for what stands at the pointer `at`."""
    return RequestRefused(f"{at.lstrip('/').replace('/', '.')}: {why}")


def snake(name: str) -> str:
    """`maxOutputTokens` as `max_output_tokens`."""
    return _capital(lambda match: "_" + match[0].lower(), name)


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

    def key(self, name: str) -> str:
        """The spelling that is used here."""
        if name in self.rest:
            return name
        other = snake(name)
        return other if other in self.rest else name

    def place(self, name: str) -> str:
        """The pointer of a field that is here."""
        return ir.child(self.at, self.key(name))

    def get(self, name: str) -> ir.JSON:
        return self.rest.get(self.key(name))

    def take(self, name: str, kind: type[Kind]) -> Kind | None:
        """The value of `name` if it is of that JSON type, else None: then it is left over."""
        key = self.key(name)
        value = self.rest.get(key)
        if isinstance(value, kind):
            del self.rest[key]
            return value
        return None

    def text(self, name: str) -> str | None:
        return self.take(name, str)

    def need(self, name: str) -> str:
        """A string without which the object makes no sense."""
        value = self.take(name, str)
        if value is None:
            raise refused(ir.child(self.at, name), "must be a string")
        return value

    def number(self, name: str) -> float | None:
        key = self.key(name)
        value = self.rest.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            del self.rest[key]
            return value
        return None

    def whole(self, name: str) -> int | None:
        """An integer, which may be written with a point and a zero."""
        key = self.key(name)
        value = self.rest.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
            del self.rest[key]
            return int(value)
        return None

    def inner(self, name: str) -> Fields:
        """The object at `name`, to be read in its turn; an empty one when there is no object."""
        key = self.key(name)
        inner = Fields(ir.child(self.at, key), dict(self.take(name, dict) or {}))
        self.inners[name] = inner
        return inner


def objects(value: list[Any], at: str) -> Iterator[Fields]:
    """The objects of a list. Raises `RequestRefused` when it holds something else."""
    for n, each in enumerate(value):
        yield Fields.of(each, ir.child(at, n))
