"""Reading JSON that nobody has checked: typed fields, and what is left over.

`Fields` hands out the fields of one object by type and remembers which it has handed out; the rest becomes the
node's `extra`. A known field that is null counts as absent, as in the vendor's SDKs. A known field of another type
raises `Odd`, which the borders turn into their own error: `RequestRefused` for a caller, `MalformedReply` for an
upstream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import define, field

from ccgate import ir

DIALECT: Final = "anthropic"

SPELLED: Final = {
    "budget": "budget_tokens",
    "cite": "citations",
    "deferred": "defer_loading",
    "effort": "/output_config/effort",
    "error": "is_error",
    "mark": "cache_control",
    "mode": "type",
    "schema": "input_schema",
    "seal": "signature",
    "show": "display",
    "stop": "stop_sequences",
    "tier": "service_tier",
    "user": "/metadata/user_id",
}
"""How this dialect writes what our words stand for."""


class Odd(ValueError):
    """A value that makes no sense where it stands. `at` is its JSON pointer."""

    def __init__(self, at: str, why: str) -> None:
        self.at = at
        self.why = why
        super().__init__(f"{dotted(at)}: {why}" if at else why)


def dotted(at: str) -> str:
    """A JSON pointer in the vendor's own spelling of places: `messages.0.content`."""
    return at.removeprefix("/").replace("/", ".").replace("~1", "/").replace("~0", "~")


@define(eq=False)
class Fields:
    """The fields of one object."""

    source: Mapping[str, Any]
    at: str
    known: set[str] = field(factory=lambda: {"type"})

    @classmethod
    def of(cls, value: Any, at: str) -> Fields:
        """The fields of `value`, or `Odd` if that is no object."""
        if not isinstance(value, dict):
            raise Odd(at, "must be an object")
        return cls(value, at)

    def place(self, key: str) -> str:
        return ir.child(self.at, key)

    def take(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        """The value of `key`, None when absent or null. It counts as read from now on."""
        self.known.add(key)
        value = self.source.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Odd(self.place(key), f"must be {what}")
        return value

    def text(self, key: str) -> str | None:
        value: str | None = self.take(key, str, "a string")
        return value

    def needed(self, key: str) -> str:
        """A string that must be there."""
        value = self.text(key)
        if value is None:
            raise Odd(self.place(key), "is required")
        return value

    def whole(self, key: str) -> int | None:
        value: int | None = self.take(key, int, "an integer")
        return value

    def number(self, key: str) -> float | None:
        value: float | None = self.take(key, (int, float), "a number")
        return value

    def flag(self, key: str) -> bool | None:
        value: bool | None = self.take(key, bool, "true or false")
        return value

    def object(self, key: str) -> dict[str, Any] | None:
        value: dict[str, Any] | None = self.take(key, dict, "an object")
        return value

    def array(self, key: str) -> list[Any]:
        """The items of an array; none when it is absent."""
        value: list[Any] | None = self.take(key, list, "an array")
        return value or []

    def soft(self, key: str) -> str | None:
        """A string, or nothing: any other value stays with the unknown fields."""
        value = self.source.get(key)
        if not isinstance(value, str):
            return None
        self.known.add(key)
        return value

    def mark(self) -> ir.Mark | None:
        """The cache breakpoint. One that we cannot spell again stays with the unknown fields.

        https://platform.claude.com/docs/en/build-with-claude/prompt-caching
        """
        value = self.source.get("cache_control")
        mark = mark_of(value)
        if mark is not None or value is None:
            self.known.add("cache_control")
        return mark

    def rest(self) -> ir.Opaque | None:
        """The fields that nobody has asked for."""
        return ir.leftover(DIALECT, self.source, frozenset(self.known), self.at)


def mark_of(value: Any) -> ir.Mark | None:
    """What a `cache_control` says, if it says no more than we can."""
    if not isinstance(value, dict) or value.get("type") != "ephemeral":
        return None
    if value.keys() == {"type"}:
        return ir.Mark()
    ttl = value.get("ttl")
    return ir.Mark(ttl) if value.keys() == {"type", "ttl"} and isinstance(ttl, str) else None
