"""Any JSON Schema becomes one that Gemini's API accepts, and what it lost is told."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgate.wire.schema import Weakened, fit

# https://ai.google.dev/api/caching#Schema: the fields of the message, and the JSON types their values have.
ANY = object
SIZE = int
CHECKS: dict[str, Any] = {
    "type": str,
    "format": str,
    "title": str,
    "description": str,
    "nullable": bool,
    "enum": list,
    "maxItems": SIZE,
    "minItems": SIZE,
    "properties": dict,
    "required": list,
    "minProperties": SIZE,
    "maxProperties": SIZE,
    "minLength": SIZE,
    "maxLength": SIZE,
    "pattern": str,
    "example": ANY,
    "anyOf": list,
    "propertyOrdering": list,
    "default": ANY,
    "items": dict,
    "minimum": (int, float),
    "maximum": (int, float),
}
TYPES = {"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"}
FORMATS = {"STRING": {"enum", "date-time"}, "NUMBER": {"float", "double"}, "INTEGER": {"int32", "int64"}}


def accept(schema: Any) -> None:
    """What the API's servers check before they ask a model."""
    assert isinstance(schema, dict)
    for key, value in schema.items():
        assert key in CHECKS, f"unknown field {key}"
        assert isinstance(value, CHECKS[key]), f"{key}: {value!r}"
        if CHECKS[key] is SIZE:
            assert 0 <= value < 2**63
            assert not isinstance(value, bool)
    if "anyOf" in schema:
        assert len(schema) == 1
        assert len(schema["anyOf"]) > 1
        for each in schema["anyOf"]:
            accept(each)
        return
    assert schema["type"] in TYPES
    accept_values(schema)
    if schema["type"] == "ARRAY":
        accept(schema["items"])
    for each in schema.get("properties", {}).values():
        accept(each)


def accept_values(schema: dict[str, Any]) -> None:
    kind = schema["type"]
    assert kind == "ARRAY" or "items" not in schema
    assert kind == "OBJECT" or "properties" not in schema
    assert schema.get("properties") != {}
    if "enum" in schema:
        assert kind == "STRING"
        assert schema["enum"]
        assert all(isinstance(each, str) and each for each in schema["enum"])
    if "format" in schema:
        assert schema["format"] in FORMATS[kind]
    for name in (*schema.get("required", ()), *schema.get("propertyOrdering", ())):
        assert name in schema["properties"]


def told(schema: Any) -> list[str]:
    return [each.at for each in fit(schema)[1]]


STRING, INTEGER = {"type": "STRING"}, {"type": "INTEGER"}


@pytest.mark.parametrize(
    ("schema", "fitted"),
    [
        ({"type": "string"}, STRING),
        ({"type": "STRING"}, STRING),
        ({"type": "null"}, {"type": "NULL"}),
        ({"type": "string", "format": "enum"}, STRING),
        ({"anyOf": [{"enum": [None]}]}, {"type": "NULL"}),
        ({"type": "object"}, {"type": "OBJECT"}),
        ({"type": "object", "properties": {}, "additionalProperties": False}, {"type": "OBJECT"}),
        (
            {"type": "string", "$schema": "x", "$id": "y", "title": "t", "description": "d", "default": 1},
            {"type": "STRING", "title": "t", "description": "d", "default": 1},
        ),
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["null"]}, {"type": "NULL"}),
        (
            {"type": ["string", "integer", "null"]},
            {"anyOf": [{"type": "STRING", "nullable": True}, {"type": "INTEGER", "nullable": True}]},
        ),
        ({"type": ["integer", "number"]}, {"type": "NUMBER"}),
        ({"type": "string", "nullable": True}, {"type": "STRING", "nullable": True}),
        ({"const": "a"}, {"type": "STRING", "format": "enum", "enum": ["a"]}),
        ({"const": 5}, {"type": "INTEGER", "minimum": 5, "maximum": 5}),
        ({"const": None}, {"type": "NULL"}),
        (
            {"enum": ["a", "b", "a"], "type": "string", "description": "d"},
            {"type": "STRING", "description": "d", "format": "enum", "enum": ["a", "b"]},
        ),
        ({"enum": ["a", None]}, {"type": "STRING", "format": "enum", "enum": ["a"], "nullable": True}),
        ({"type": "string", "enum": ["a", None]}, {"type": "STRING", "format": "enum", "enum": ["a"]}),
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "d"},
            {"type": "STRING", "description": "d", "nullable": True},
        ),
        (
            {"anyOf": [{"type": "string", "description": "own"}, {"type": "integer"}], "description": "d"},
            {"anyOf": [{"type": "STRING", "description": "own"}, {"type": "INTEGER", "description": "d"}]},
        ),
        (
            {"anyOf": [{"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "integer"}, False]},
            {"anyOf": [STRING, INTEGER]},
        ),
        ({"anyOf": [{"type": "null"}, {"const": None}]}, {"type": "NULL"}),
        ({"anyOf": [False], "type": "string"}, STRING),
        ({"anyOf": [], "type": "string"}, STRING),
        (
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                    {"properties": {"b": {"type": "integer"}, "a": {"maxLength": 3}}, "required": ["b", "a"]},
                ]
            },
            {
                "type": "OBJECT",
                "properties": {"a": {"type": "STRING", "maxLength": 3}, "b": INTEGER},
                "required": ["a", "b"],
            },
        ),
        (
            {
                "allOf": [
                    {"type": "integer", "minimum": 1, "maximum": 9},
                    {"type": "number", "minimum": 3, "maximum": 5},
                ]
            },
            {"type": "INTEGER", "minimum": 3, "maximum": 5},
        ),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"type": "STRING", "format": "enum", "enum": ["b"]}),
        (
            {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9.5},
            {"type": "INTEGER", "minimum": 1, "maximum": 9},
        ),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, {"type": "INTEGER", "minimum": 4}),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": False}, {"type": "INTEGER", "minimum": 3}),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": 1}, {"type": "INTEGER", "minimum": 5}),
        ({"type": "integer", "format": "int64"}, {"type": "INTEGER", "format": "int64"}),
        ({"type": "string", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
        ({"type": "string", "minLength": 1.0, "pattern": "a+"}, {"type": "STRING", "minLength": 1, "pattern": "a+"}),
        (
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            {"type": "ARRAY", "minItems": 1, "items": STRING},
        ),
        (
            {"properties": {"a": {"type": "string"}}, "propertyOrdering": ["a"]},
            {"type": "OBJECT", "properties": {"a": STRING}, "propertyOrdering": ["a"]},
        ),
        ({"pattern": "x"}, {"type": "STRING", "pattern": "x"}),
        ({"minimum": 1}, {"type": "NUMBER", "minimum": 1}),
        (
            {"type": "array", "items": {"$ref": "#/$defs/a~1b"}, "$defs": {"a/b": {"type": "integer"}}},
            {"type": "ARRAY", "items": INTEGER},
        ),
        (
            {"$ref": "#/definitions/list/1", "description": "d", "definitions": {"list": [0, {"type": "string"}]}},
            {"type": "STRING", "description": "d"},
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
            {"type": "OBJECT", "properties": {"a": STRING}},
        ),
    ],
)
def test_what_has_a_counterpart_is_told_without_a_loss(schema: Any, fitted: dict[str, Any]):
    assert fit(schema) == (fitted, ())


ANYTHING = {
    "anyOf": [
        *({"type": each} for each in ("STRING", "NUMBER", "BOOLEAN", "OBJECT")),
        {"type": "ARRAY", "items": STRING},
    ]
}


@pytest.mark.parametrize(
    ("schema", "fitted", "places"),
    [
        (True, ANYTHING, [""]),
        ({}, ANYTHING, [""]),
        ({"type": "any"}, ANYTHING, [""]),
        (False, ANYTHING, ["", ""]),
        ("string", ANYTHING, ["", ""]),
        ({"type": "file"}, ANYTHING, ["/type", ""]),
        ({"type": 5, "items": {"type": "string"}}, {"type": "ARRAY", "items": STRING}, ["/type"]),
        ({"type": "array"}, {"type": "ARRAY", "items": ANYTHING}, [""]),
        ({"type": "array", "items": False}, {"type": "ARRAY", "items": ANYTHING}, ["/items", "/items"]),
        ({"type": "array", "items": 5}, {"type": "ARRAY", "items": ANYTHING}, ["/items", "/items"]),
        ({"type": "array", "items": []}, {"type": "ARRAY", "items": STRING}, ["/items"]),
        (
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
            {"type": "ARRAY", "items": {"anyOf": [STRING, INTEGER]}},
            ["/prefixItems"],
        ),
        ({"enum": [1, 2.5]}, {"type": "NUMBER", "minimum": 1, "maximum": 2.5}, ["/enum"]),
        (
            {"enum": ["a", 1, True]},
            {
                "anyOf": [
                    {"type": "STRING", "format": "enum", "enum": ["a"]},
                    {"type": "INTEGER", "minimum": 1, "maximum": 1},
                    {"type": "BOOLEAN"},
                ]
            },
            ["/enum"],
        ),
        ({"enum": [""]}, STRING, ["/enum"]),
        ({"enum": [{}], "type": "object"}, {"type": "OBJECT"}, ["/enum"]),
        ({"enum": [None, ""]}, {"type": "STRING", "nullable": True}, ["/enum"]),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [STRING, INTEGER]}, ["/oneOf"]),
        ({"anyOf": [{"type": "string"}], "oneOf": [{"type": "integer"}]}, STRING, ["/oneOf"]),
        (
            {"properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {"type": "OBJECT", "properties": {"a": STRING}},
            ["/anyOf"],
        ),
        ({"type": "string", "format": "uuid"}, STRING, ["/format"]),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "NUMBER", "minimum": 0}, ["/exclusiveMinimum"]),
        ({"type": "string", "minLength": -1, "maxLength": "x"}, STRING, ["/minLength", "/maxLength"]),
        ({"type": "integer", "multipleOf": 5}, INTEGER, ["/multipleOf"]),
        ({"type": "string", "not": {"const": "x"}, "if": {}, "then": {}}, STRING, ["/not", "/if", "/then"]),
        ({"type": "string", "x-vendor": 1, "examples": ["a"]}, STRING, ["/x-vendor", "/examples"]),
        ({"type": "object", "patternProperties": {"a": {}}}, {"type": "OBJECT"}, ["/patternProperties"]),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"type": "OBJECT"}, ["/additionalProperties"]),
        ({"type": "object", "required": ["a", 5]}, {"type": "OBJECT"}, ["/required/0"]),
        ({"type": "object", "properties": 5, "required": 5}, {"type": "OBJECT"}, ["/properties", "/required"]),
        ({"type": "object", "properties": {"a": False}}, {"type": "OBJECT"}, ["/properties/a"]),
        ({"type": "string", "$ref": "https://example.com/x"}, STRING, ["/$ref"]),
        ({"type": "string", "$ref": "#/$defs/none"}, STRING, ["/$ref"]),
        (
            {"allOf": [{"type": "string", "pattern": "a"}, {"type": "integer", "pattern": "b"}]},
            {"type": "STRING", "pattern": "a"},
            ["/allOf/1/pattern"],
        ),
        (
            {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string", "format": "uri"}}}},
            {"type": "ARRAY", "items": {"type": "OBJECT", "properties": {"a": STRING}}},
            ["/items/properties/a/format"],
        ),
    ],
)
def test_what_has_none_is_weakened_and_told(schema: Any, fitted: dict[str, Any], places: list[str]):
    assert fit(schema)[0] == fitted
    assert told(schema) == places


TWICE = {"$ref": "#/$defs/a", "$defs": {"a": True}, "properties": {"b": {"$ref": "#/$defs/a"}}}


def test_a_schema_within_itself_is_cut():
    tree = {"type": "object", "description": "t", "properties": {"next": {"$ref": "#"}, "name": {"type": "string"}}}
    inner = {"type": "OBJECT", "description": "t"}
    once = {"type": "OBJECT", "description": "t", "properties": {"next": inner, "name": STRING}}
    assert fit(tree) == (
        {"type": "OBJECT", "description": "t", "properties": {"next": once, "name": STRING}},
        (Weakened("/properties/next/$ref", "a schema within itself is cut here"),),
    )
    for schema in ({"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, TWICE):
        accept(fit(schema)[0])


def test_what_is_too_deep_or_too_large_is_cut():
    deep: Any = {"type": "string"}
    for _ in range(50):
        deep = {"type": "array", "items": deep}
    accept(fit(deep)[0])
    assert told(deep) == [""]
    nested: Any = {"type": "string"}
    for _ in range(50):
        nested = {"anyOf": [nested, {"type": "integer"}]}
    accept(fit(nested)[0])
    many = {"type": "object", "properties": {f"p{n}": {"enum": ["a", "b"]} for n in range(9000)}}
    accept(fit(many)[0])
    assert "" in told(many)
    loose = {"type": "object", "properties": {f"p{n}": {"type": "string", "not": {}} for n in range(999)}}
    assert (len(told(loose)), told(loose)[-1]) == (201, "")
    crowd = {"anyOf": [{"const": str(n), "type": "string", "title": str(n)} for n in range(6000)]}
    accept(fit(crowd)[0])


def test_schemas_that_double_with_every_step_end_soon():
    defs = {
        f"d{n}": {"type": "object", "properties": {side: {"$ref": f"#/$defs/d{n + 1}"} for side in ("l", "r")}}
        for n in range(40)
    }
    start = time.monotonic()
    fitted, lost = fit({"$ref": "#/$defs/d0", "$defs": defs})
    assert time.monotonic() - start < 5
    accept(fitted)
    assert lost


words = st.sampled_from(["a", "b", "$ref", "x-y", ""]) | st.text(max_size=3)
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
    | st.sampled_from(["string", "object", "array", "null", "number", "#", "#/$defs/a", "#/properties/a", "uuid"])
)  # fmt: skip
KEYS = sorted(
    {
        *CHECKS, "$ref", "$defs", "definitions", "const", "oneOf", "allOf", "prefixItems", "additionalProperties",
        "patternProperties", "not", "if", "then", "else", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "uniqueItems", "examples", "a", "b",
    }
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
        | st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(words, inner, max_size=3)})
        | st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=3)}, optional={"type": leaves, "allOf": inner})
    ),
    max_leaves=25,
)


@given(values)
@settings(max_examples=400, deadline=None)
def test_any_value_becomes_a_schema_that_is_accepted(schema: Any):
    fitted, lost = fit(schema)
    accept(fitted)
    for each in lost:
        assert each.at == "" or each.at.startswith("/")
    assert len(set(lost)) == len(lost)


@given(values)
@settings(max_examples=200, deadline=None)
def test_what_fits_is_left_as_it_is(schema: Any):
    fitted, _ = fit(schema)
    again, lost = fit(fitted)
    assert again == fitted
    assert [each for each in lost if each.grade == "content"] == []
