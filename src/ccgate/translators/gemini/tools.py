"""Tools and the choice among them, read.

https://ai.google.dev/api/caching#Tool. A declaration has its parameters either as real JSON Schema or in the API's own
subset of OpenAPI, which is read as JSON Schema: types in small letters, `nullable` as one type more.
"""

from __future__ import annotations

from typing import Any, Literal

from ccgate import ir
from ccgate.translators.gemini.fields import DIALECT, Fields, objects, refused, snake

KINDS = {
    "googleSearch": "web_search",
    "googleSearchRetrieval": "web_search",
    "codeExecution": "code_execution",
    "urlContext": "web_fetch",
    "computerUse": "computer_use",
    "fileSearch": "file_search",
}
"""Tools that Google runs, by the names other dialects have for their like."""

MODES: dict[str, Literal["auto", "any", "none"]] = {"AUTO": "auto", "ANY": "any", "NONE": "none"}
SIZES = frozenset({"maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"})


def read_tools(top: Fields) -> tuple[ir.AnyTool, ...]:
    at = top.place("tools")
    tools: list[ir.AnyTool] = []
    for entry in objects(top.take("tools", list) or [], at):
        place = entry.place("functionDeclarations")
        tools += [_function(each) for each in objects(entry.take("functionDeclarations", list) or [], place)]
        if entry.get("functionDeclarations") is not None:
            raise refused(place, "must be a list of function declarations")
        entry.rest.pop(entry.key("functionDeclarations"), None)
        for key, value in entry.rest.items():
            kind = KINDS.get(key) or next((KINDS[name] for name in KINDS if snake(name) == key), snake(key))
            opaque = ir.Opaque(DIALECT, {key: value}, at=ir.child(entry.at, key))
            tools.append(ir.Hosted(kind, opaque, at=ir.child(entry.at, key)))
    return tuple(tools)


def _function(declared: Fields) -> ir.Tool:
    name, description = declared.need("name"), declared.text("description")
    schema = declared.take("parametersJsonSchema", dict)
    if schema is None:
        own = declared.take("parameters", dict)
        schema = None if own is None else plain_schema(own)
    return ir.Tool(name, description, schema, at=declared.at, extra=declared.extra)


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of the API's own kind as JSON Schema."""
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            plain[key] = {name: _inner(each) for name, each in value.items()}
        elif key in {"anyOf", "any_of"} and isinstance(value, list):
            plain["anyOf"] = [_inner(each) for each in value]
        elif key == "items":
            plain[key] = _inner(value)
        elif key == "type" and isinstance(value, str):
            plain[key] = value.lower()
        elif key in SIZES and isinstance(value, str) and value.isdecimal() and len(value) < 20:
            plain[key] = int(value)  # numbers of 64 bits are written as strings
        elif (key, value) != ("format", "enum") and key != "nullable":
            plain[key] = value
    return _nullable(plain) if schema.get("nullable") is True else plain


def _inner(value: ir.JSON) -> ir.JSON:
    return plain_schema(value) if isinstance(value, dict) else value


def _nullable(plain: dict[str, Any]) -> dict[str, Any]:
    if isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    if isinstance(plain.get("enum"), list):
        plain["enum"] = [*plain["enum"], None]
    if isinstance(plain.get("anyOf"), list):
        plain["anyOf"] = [*plain["anyOf"], {"type": "null"}]
    return plain


def read_choice(top: Fields) -> ir.Choice | None:
    """The choice. What it cannot say is left over."""
    outer = top.inner("toolConfig")
    asked = outer.inner("functionCallingConfig")
    mode = asked.get("mode")
    if not isinstance(mode, str) or mode not in MODES:
        return None
    asked.text("mode")
    names = asked.get("allowedFunctionNames")
    if isinstance(names, list) and names and all(isinstance(each, str) for each in names):
        asked.take("allowedFunctionNames", list)
    else:
        names = []
    named = MODES[mode] == "any" and len(names) == 1
    return ir.Choice("named" if named else MODES[mode], tuple(names), at=asked.at)
