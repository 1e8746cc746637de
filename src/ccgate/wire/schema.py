"""Any JSON Schema, made to fit the schema that Gemini's API knows.

There a schema is a message with these fields and no others (https://ai.google.dev/api/caching#Schema), a
select subset of OpenAPI 3.0: an unknown one is a 400, and so are a list of types, an enum of anything but strings, an
array without items, and a required property that is not defined.

Theory. A node of the result is made of *sources*: schemas that must all hold there, each with its pointer. `Gathering`
follows references and `allOf` from them and lays their keywords together into one table, each with the place it came
from; so nothing but plain keywords is left. Then the types are looked at: none is inferred from the other keywords,
several become `anyOf`, null becomes `nullable`, and each type takes the keywords that mean something to it.

`anyOf` stands alone in its node: what stood beside it is put into each of its members.

It ends for every input: a reference that is followed within itself is cut, nodes are at most `MOST_DEPTH` deep, and
all of them together cost at most `BUDGET`. What was left out or loosened is told as `Weakened`; what says nothing to
a model that writes JSON (`$schema`, `additionalProperties: false`) is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from attrs import define

from ccgate.ir.base import Grade, child
from ccgate.wire.schemawords import BUDGET, JSON, STRICTER, Gathering, Keywords, Source, Weakened, number

__all__ = ["Weakened", "fit"]

MOST_DEPTH: Final = 32
FORMATS: Final = {"string": ("date-time", "enum"), "number": ("float", "double"), "integer": ("int32", "int64")}
"""https://ai.google.dev/api/caching#Schema; others were refused for long."""

INFERRED: Final = {
    "properties": "object",
    "required": "object",
    "additionalProperties": "object",
    "patternProperties": "object",
    "minProperties": "object",
    "maxProperties": "object",
    "items": "array",
    "prefixItems": "array",
    "minItems": "array",
    "maxItems": "array",
    "pattern": "string",
    "minLength": "string",
    "maxLength": "string",
    "format": "string",
    "minimum": "number",
    "maximum": "number",
    "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
    "multipleOf": "number",
}
"""The type that a schema without one is about."""

TOO_LARGE: Final = "it is too large or too deep: parts of it are left out"
ANNOTATIONS: Final = ("title", "description", "default")
SHAPES: Final = frozenset(
    {"$ref", "type", "properties", "items", "prefixItems", "enum", "const", "anyOf", "oneOf", "allOf"}
)
"""Keywords that say what a value is, not only which of them will do."""

Fitted = dict[str, JSON]


def fit(schema: JSON) -> tuple[Fitted, tuple[Weakened, ...]]:
    """The schema in the fields of `FIELDS` with types in capitals, and what it lost. Never raises, whatever it is."""
    gathering = Gathering(schema)
    fitted = Fitting(gathering).node([(schema, "")], frozenset(), 0)
    return fitted, tuple(gathering.weakened)


@define(eq=False)
class Fitting:
    """Fits one schema."""

    words: Gathering

    def lose(self, at: str, why: str, grade: Grade = "content") -> None:
        self.words.lose(at, why, grade)

    def node(self, sources: list[Source], opened: frozenset[str], depth: int) -> Fitted:
        """One node of the result. `opened` are the references that it lies within."""
        at = sources[0][1]
        if depth >= MOST_DEPTH or self.words.left <= 0:
            self.lose("", TOO_LARGE)
            return {"type": "STRING"}
        words = Keywords(at=at)
        opened = self.words.gather(words, sources, opened)
        return self.choices(words, opened, depth)

    def choices(self, words: Keywords, opened: frozenset[str], depth: int) -> Fitted:
        """The node, by way of its `anyOf` or `oneOf`, if it has one."""
        for key, other in (("anyOf", "oneOf"), ("oneOf", "anyOf")):
            variants = words.get(key)
            if not isinstance(variants, list) or not variants:
                continue
            if words.get(other):
                self.lose(words.place(other), f"it cannot hold beside {key}")
            place = words.place(key)
            del words.said[key]
            words.said.pop(other, None)
            if key == "oneOf":
                self.lose(place, "more than one may hold", "hint")
            if not any(isinstance(each, dict) and SHAPES & each.keys() for each in variants) and words.properties:
                self.lose(place, "no such rule can be told")
                break
            return self.union(words, [(each, child(place, n)) for n, each in enumerate(variants)], opened, depth)
        return self.typed(words, opened, depth)

    def union(self, words: Keywords, variants: list[Source], opened: frozenset[str], depth: int) -> Fitted:
        """Any of these, each together with what stood beside them."""
        nullable = words.get("nullable") is True
        members: list[Fitted] = []
        for schema, at in variants:
            if is_null(schema):
                nullable = True
            elif members and self.words.left <= 0:
                self.lose("", TOO_LARGE)
                break
            elif schema is not False:
                members.append(self.member(words, (schema, at), opened, depth))
        if not members:
            return self.typed(words, opened, depth) if not nullable else {"type": "NULL"}
        return any_of(members, nullable=nullable)

    def member(self, words: Keywords, source: Source, opened: frozenset[str], depth: int) -> Fitted:
        """One of several schemas that may hold, together with what stood beside them."""
        schema, at = source
        properties = {name: list(sources) for name, sources in words.properties.items()}
        beside = Keywords(dict(words.said), properties, dict(words.required), words.types, at)
        self.words.left -= len(properties)
        if isinstance(schema, dict):  # what a member says of itself goes before what is said of all
            for key in ANNOTATIONS:
                if key in schema:
                    beside.said.pop(key, None)
        within = self.words.gather(beside, [source], opened)
        deep = depth + 1 >= MOST_DEPTH
        return self.typed(beside, within, depth) if deep else self.choices(beside, within, depth + 1)

    def typed(self, words: Keywords, opened: frozenset[str], depth: int) -> Fitted:
        """The node, by its types."""
        types = words.types
        nullable = words.get("nullable") is True
        values = enumerated(words)
        if values is not None:
            return self.listed(words, values, nullable=nullable)
        if types is None:
            inferred = dict.fromkeys(INFERRED[key] for key in words.said if key in INFERRED)
            types = tuple(inferred)[:1]
        nullable = nullable or "null" in types
        wider = {"null", "integer"} if "number" in types else {"null"}
        rest = tuple(each for each in types if each not in wider)
        if types and not rest:
            return {"type": "NULL"} | self.annotated(words)
        if not rest:
            self.lose(words.at, "that anything is valid is told as a choice of types", "hint")
            return any_of([each | self.annotated(words) for each in anything()], nullable=nullable)
        return any_of([self.one(each, words, opened, depth) for each in rest], nullable=nullable)

    def one(self, type_: str, words: Keywords, opened: frozenset[str], depth: int) -> Fitted:
        fitted = {"type": type_.upper()} | self.annotated(words)
        form = words.get("format")
        if form is not None and type_ in FORMATS:
            if form in FORMATS[type_] and form != "enum":
                fitted["format"] = form
            elif form != "enum":
                self.lose(words.place("format"), "this format is not known there", "hint")
        if type_ == "string":
            self.sizes(words, fitted, ("minLength", "maxLength"))
            if isinstance(words.get("pattern"), str):
                fitted["pattern"] = words.get("pattern")
        elif type_ in {"number", "integer"}:
            self.bounds(words, fitted, whole=type_ == "integer")
        elif type_ == "array":
            self.array(words, fitted, opened, depth)
        elif type_ == "object":
            self.object(words, fitted, opened, depth)
        return fitted

    def annotated(self, words: Keywords) -> Fitted:
        fitted = {key: words.get(key) for key in ("title", "description") if isinstance(words.get(key), str)}
        if "default" in words.said:
            fitted["default"] = words.get("default")
        return fitted

    def sizes(self, words: Keywords, fitted: Fitted, keys: Iterable[str]) -> None:
        for key in keys:
            value = words.get(key)
            if number(value) and value == int(value) and 0 <= value < 2**63:
                fitted[key] = int(value)
            elif key in words.said:
                self.lose(words.place(key), "this is no size")

    def bounds(self, words: Keywords, fitted: Fitted, *, whole: bool) -> None:
        for key, open_key, step in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
            value, beyond = words.get(key), words.get(open_key)
            if number(value):
                fitted[key] = value
            edge = value if beyond is True else beyond
            if not number(edge):
                continue
            if whole:
                edge = (math.floor(edge) if step > 0 else math.ceil(edge)) + step
            else:
                self.lose(words.place(open_key), "the bound itself is valid too", "hint")
            fitted[key] = STRICTER[key](fitted.get(key, edge), edge)

    def array(self, words: Keywords, fitted: Fitted, opened: frozenset[str], depth: int) -> None:
        self.sizes(words, fitted, ("minItems", "maxItems"))
        key = "prefixItems" if isinstance(words.get("prefixItems"), list) else "items"
        items = words.get(key)
        if not isinstance(items, list):
            place = words.place("items") if key in words.said else words.at
            if items is False or items is None or not isinstance(items, dict | bool):
                if items is not None:
                    self.lose(place, "this is no schema" if items is not False else "no item is valid")
                items = True
            fitted["items"] = self.node([(items, place)], opened, depth + 1)
            return
        place = words.place(key)
        self.lose(place, "the order of a tuple's items cannot be told")
        members = [self.node([(each, child(place, n))], opened, depth + 1) for n, each in enumerate(items[:BUDGET])]
        fitted["items"] = any_of(members, nullable=False) if members else {"type": "STRING"}

    def object(self, words: Keywords, fitted: Fitted, opened: frozenset[str], depth: int) -> None:
        self.sizes(words, fitted, ("minProperties", "maxProperties"))
        if isinstance(words.get("additionalProperties"), dict) and words.get("additionalProperties"):
            self.lose(words.place("additionalProperties"), "only properties with a name can be told")
        properties: Fitted = {}
        for name, sources in words.properties.items():
            if any(schema is False for schema, _ in sources):
                self.lose(sources[0][1], "a forbidden property is not told", "hint")
            elif self.words.left > 0:
                properties[name] = self.node(sources, opened, depth + 1)
            else:
                self.lose("", TOO_LARGE)
        if properties:
            fitted["properties"] = properties
        for name, place in words.required.items():
            if name not in properties:
                self.lose(place, "a required property must be defined")
        required = [name for name in words.required if name in properties]
        if required:
            fitted["required"] = required
        order = words.get("propertyOrdering")
        if isinstance(order, list) and order and all(isinstance(each, str) and each in properties for each in order):
            fitted["propertyOrdering"] = order

    def listed(self, words: Keywords, values: list[JSON], *, nullable: bool) -> Fitted:
        """One of these values. Only words can be listed; numbers are told by their range."""
        place = words.place("const" if "const" in words.said else "enum")
        if words.types is not None and "null" not in words.types:
            values = [each for each in values if each is not None]
        strings = list(dict.fromkeys(each for each in values if isinstance(each, str) and each))
        numbers = [each for each in values if number(each)]
        nullable = nullable or any(each is None for each in values)
        told = self.annotated(words)
        members: list[Fitted] = []
        if strings:
            members.append({"type": "STRING", **told, "format": "enum", "enum": strings})
        if numbers:
            type_ = "INTEGER" if all(each == int(each) for each in numbers) else "NUMBER"
            members.append({"type": type_, **told, "minimum": min(numbers), "maximum": max(numbers)})
        if any(isinstance(each, bool) for each in values):
            members.append({"type": "BOOLEAN", **told})
        rest = [each for each in values if isinstance(each, dict | list) or each == ""]
        exact = len(set(numbers)) <= 1 and not rest and not any(isinstance(each, bool) for each in values)
        if not exact:
            self.lose(place, "only words can be listed")
        if not members:
            if not rest and nullable:
                return {"type": "NULL"} | told
            members.append({"type": "OBJECT" if "object" in (words.types or ()) else "STRING", **told})
        return any_of(members, nullable=nullable)


def anything() -> list[Fitted]:
    """What a value may be, as far as types go."""
    simple: list[Fitted] = [{"type": each} for each in ("STRING", "NUMBER", "BOOLEAN", "OBJECT")]
    return [*simple, {"type": "ARRAY", "items": {"type": "STRING"}}]


def any_of(members: list[Fitted], *, nullable: bool) -> Fitted:
    """Any of these; one alone is itself. Null is no member beside others: it is a property of theirs."""
    every: list[Fitted] = [each for member in members for each in member.get("anyOf", [member])]
    others = [each for each in every if each["type"] != "NULL"]
    null = {"nullable": True} if nullable or len(others) < len(every) else {}
    if not others:
        return every[0]
    if len(others) == 1:
        return others[0] | null
    flat = list({repr(each): each | null for each in others}.values())
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def is_null(schema: JSON) -> bool:
    """Whether it is the schema of null and nothing else."""
    if not isinstance(schema, dict):
        return False
    type_ = schema.get("type")
    return (isinstance(type_, str) and type_.lower() == "null") or ("const" in schema and schema["const"] is None)


def enumerated(words: Keywords) -> list[JSON] | None:
    """The values that are listed; None where they are not."""
    if "const" in words.said:
        return [words.get("const")]
    values = words.get("enum")
    return values if isinstance(values, list) and values else None
