"""What every node of the IR has: a place in the caller's document, and what we could not read there.

`at` is the JSON pointer of the node in the document it was read from. It is never compared: two requests that say
the same thing are equal wherever it stood. `extra` holds the fields of that node that have no word in the IR, under
the dialect they came in; a writer of that dialect puts them back, any other reports them as losses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from attrs import field, frozen

JSON = Any
"""A decoded JSON value: dict, list, str, int, float, bool or None."""

Grade = Literal["content", "setting", "hint"]
"""How much is lost. `content`: text, media, tools, schemas, reasoning. `setting`: sampling, effort, limits. `hint`:
cache marks, metadata, betas, deferral: things that change cost or speed and no answer."""

AS_NAMED: Mapping[str, str] = MappingProxyType({})
AS_USUAL: Mapping[str, Grade] = MappingProxyType({})


@frozen(kw_only=True)
class Node:
    """Base of everything that stands somewhere in a document."""

    at: str = field(default="", eq=False, repr=False)
    spelled: Mapping[str, str] = field(default=AS_NAMED, eq=False, repr=False)
    """How the dialect it was read in spells our fields, where not as we do: `{"mark": "cache_control"}`; with a
    leading slash, the pointer from the document's root: `{"user": "/metadata/user_id"}`."""
    extra: Opaque | None = None

    def place(self, name: str) -> str:
        """The pointer of one of our fields in the document this node was read from."""
        spelled = self.spelled.get(name, name)
        return spelled if spelled.startswith("/") else child(self.at, spelled)


@frozen
class Opaque:
    """What only one dialect can say. It goes home to that dialect as it came; elsewhere only `says` is shown.

    As a node's `extra` its value is an object: the unknown fields of that node.
    """

    dialect: str
    value: JSON
    says: str | None = None
    """What a stranger may read instead; None: nothing."""
    mark: Mark | None = None
    grade: Grade | None = field(default=None, eq=False, kw_only=True)
    """The grade of losing it, where the dialect knows; None: the one that loses it judges."""
    grades: Mapping[str, Grade] = field(default=AS_USUAL, eq=False, repr=False, kw_only=True)
    """Of a node's `extra`: the grade of losing one of its fields, where it is not that of the others."""
    at: str = field(default="", eq=False, repr=False, kw_only=True)

    def grade_of(self, key: str) -> Grade | None:
        """The grade of losing this field of an `extra`; None: the one that loses it judges."""
        grade = self.grades.get(key)
        return self.grade if grade is None else grade


@frozen
class Mark:
    """A cache breakpoint set by the caller: "the prompt up to here will come again"."""

    ttl: str | None = None
    """"5m", "1h", or None for the provider's own default."""


@frozen
class Seal:
    """State that a provider wants handed back unread: a signature, encrypted reasoning. Only its maker may see it."""

    maker: str
    """The dialect, or dialect and provider, that can open it."""
    kind: str
    """The field it came in: signature, redacted, encrypted_content, thought_signature, reasoning_content."""
    value: str = field(repr=False)


def child(at: str, *parts: str | int) -> str:
    """The JSON pointer below `at` (RFC 6901)."""
    return at + "".join(f"/{part}" if isinstance(part, int) else "/" + escape(part) for part in parts)


def escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1") if "~" in part or "/" in part else part


def leftover(dialect: str, source: Mapping[str, JSON], known: Sequence[str] | frozenset[str], at: str) -> Opaque | None:
    """The fields of `source` that are not `known`, as a node's `extra`; None when nothing is left."""
    rest = {key: value for key, value in source.items() if key not in known}
    return Opaque(dialect, rest, at=at) if rest else None
