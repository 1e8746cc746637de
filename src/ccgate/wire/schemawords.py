"""What the sources of one node of a schema say together: plain keywords, each with the place it came from.

Sources are schemas that must all hold. References and `allOf` lead from them to more; a reference that is followed
within itself, and one that leads out of the schema, leads nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from attrs import define, field, frozen

from ccgate.ir.base import Grade, child

FIELDS: Final = frozenset(
    {
        "anyOf",
        "default",
        "description",
        "enum",
        "example",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "nullable",
        "pattern",
        "properties",
        "propertyOrdering",
        "required",
        "title",
        "type",
    }
)
"""The fields of a schema there."""

TYPES: Final = ("string", "number", "integer", "boolean", "array", "object", "null")
BUDGET: Final = 5000
"""Schemas that are looked at before the rest is cut."""

CHEAP: Final = 50
"""So many elements of a list cost as much as one schema."""

MOST_TOLD: Final = 200
"""Places that are told one by one."""

SILENT: Final = frozenset(
    {
        "$schema",
        "$id",
        "id",
        "$comment",
        "$anchor",
        "$defs",
        "definitions",
        "$vocabulary",
        "$dynamicAnchor",
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "type",
        "nullable",
        "enum",
        "const",
        "default",
        "description",
        "title",
        "propertyOrdering",
        "items",
        "prefixItems",
        "additionalItems",
        "minItems",
        "maxItems",
        "properties",
        "required",
        "minProperties",
        "maxProperties",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "additionalProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
    }
)
"""Keywords that are dealt with where they mean something, or mean nothing to who writes JSON."""

RULES: Final = frozenset(
    {
        "not",
        "if",
        "then",
        "else",
        "patternProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "multipleOf",
        "uniqueItems",
        "contains",
        "minContains",
        "maxContains",
        "$dynamicRef",
        "$recursiveRef",
    }
)
"""Keywords that restrict what is valid, and have no counterpart."""

STRICTER: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "minimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}

JSON = Any
Source = tuple[JSON, str]


@frozen
class Weakened:
    """Something the schema said that the result does not say. `at` is its JSON pointer in the schema."""

    at: str
    why: str
    grade: Grade = "content"


@define(eq=False)
class Keywords:
    """What several schemas say together: each keyword with its value and place; properties with all their sources."""

    said: dict[str, tuple[JSON, str]] = field(factory=dict)
    properties: dict[str, list[Source]] = field(factory=dict)
    required: dict[str, str] = field(factory=dict)
    types: tuple[str, ...] | None = None
    """None: any."""
    at: str = ""

    def get(self, key: str) -> JSON:
        return self.said[key][0] if key in self.said else None

    def place(self, key: str) -> str:
        return self.said[key][1]


@define(eq=False)
class Gathering:
    """Reads one schema, and keeps the account of what was lost and of what may still be looked at."""

    root: JSON
    weakened: list[Weakened] = field(factory=list)
    left: int = BUDGET
    told: set[tuple[str, str]] = field(factory=set)

    def lose(self, at: str, why: str, grade: Grade = "content") -> None:
        if (at, why) in self.told or len(self.weakened) > MOST_TOLD:
            return
        self.told.add((at, why))
        more = len(self.weakened) == MOST_TOLD
        self.weakened.append(Weakened("", "there is more of this") if more else Weakened(at, why, grade))

    def gather(self, words: Keywords, sources: list[Source], opened: frozenset[str]) -> frozenset[str]:
        """Lay the keywords of these schemas together; returns the references that are open now."""
        waiting = list(reversed(sources))
        here: set[str] = set()
        while waiting and self.left > 0:
            self.left -= 1
            schema, at = waiting.pop()
            if not isinstance(schema, dict):
                if schema is not True:
                    self.lose(at, "nothing is valid here" if schema is False else "this is no schema")
                continue
            self.lay(words, schema, at)
            every = schema.get("allOf")
            if isinstance(every, list):
                place = child(at, "allOf")
                waiting += [(each, child(place, n)) for n, each in enumerate(every)][:BUDGET][::-1]
            ref = schema.get("$ref")
            if isinstance(ref, str) and ref not in here:
                here.add(ref)
                waiting += self.follow(ref, child(at, "$ref"), words, opened)
        return opened | here

    def follow(self, ref: str, at: str, words: Keywords, opened: frozenset[str]) -> list[Source]:
        """What a reference leads to."""
        found, target = resolved(self.root, ref)
        if not found:
            self.lose(at, "this reference leads nowhere within the schema")
            return []
        if ref not in opened:
            return [(target, ref[1:])]
        self.lose(at, "a schema within itself is cut here")
        if isinstance(target, dict):
            self.lay(words, {key: target[key] for key in ("type", "description") if key in target}, ref[1:])
        return []

    def lay(self, words: Keywords, schema: dict[str, JSON], at: str) -> None:
        for key, value in schema.items():
            place = child(at, key)
            if key == "properties":
                self.lay_properties(words, value, place)
            elif key == "required":
                self.lay_required(words, value, place)
            elif key == "type":
                self.lay_type(words, value, place)
            elif key in SILENT:
                self.lay_word(words, key, value, place)
            elif key not in FIELDS:
                rule = key in RULES
                why = "no such rule can be told" if rule else "no such keyword can be told"
                self.lose(place, why, "content" if rule else "hint")

    def lay_word(self, words: Keywords, key: str, value: JSON, place: str) -> None:
        if key in {"enum", "anyOf", "oneOf"} and isinstance(value, list):
            self.left -= len(value) // CHEAP
        if key not in words.said:
            words.said[key] = (value, place)
        elif key in STRICTER and number(value) and number(words.get(key)):
            words.said[key] = (STRICTER[key](value, words.get(key)), place)
        elif key == "enum" and isinstance(value, list) and isinstance(words.get("enum"), list):
            words.said[key] = ([each for each in words.get("enum") if each in value] or value, place)
        elif key in {"anyOf", "oneOf", "pattern", "format", "items", "const"} and value != words.get(key):
            self.lose(place, "two of these cannot hold at once")

    def lay_properties(self, words: Keywords, value: JSON, place: str) -> None:
        words.said.setdefault("properties", (value, place))
        if not isinstance(value, dict):
            self.lose(place, "this is no object")
            return
        for name, schema in value.items():
            words.properties.setdefault(name, []).append((schema, child(place, name)))

    def lay_required(self, words: Keywords, value: JSON, place: str) -> None:
        words.said.setdefault("required", (value, place))
        if not isinstance(value, list):
            self.lose(place, "this is no list")
            return
        self.left -= len(value) // CHEAP
        for n, name in enumerate(value):
            if isinstance(name, str):
                words.required.setdefault(name, child(place, n))

    def lay_type(self, words: Keywords, value: JSON, place: str) -> None:
        listed = value if isinstance(value, list) else [value]
        types = tuple(dict.fromkeys(each.lower() for each in listed if isinstance(each, str)))
        known = tuple(each for each in types if each in TYPES)
        if len(known) < len(listed) and types not in {("any",), ("type_unspecified",)}:
            self.lose(place, "there is no such type")
        if not known:
            return
        both = known if words.types is None else tuple(each for each in words.types if each in known)
        if not both and words.types is not None:
            both = ("integer",) if {"integer", "number"} <= {*words.types, *known} else words.types
        words.types = both


def number(value: JSON) -> bool:
    """Whether it is a number that JSON can write."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def resolved(root: JSON, ref: str) -> tuple[bool, JSON]:
    """Whether a reference leads to something within the schema, and to what."""
    if ref != "#" and not ref.startswith("#/"):
        return False, None
    value = root
    for part in ref.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and len(key) < 10 and int(key) < len(value):
            value = value[int(key)]
        else:
            return False, None
    return True, value
