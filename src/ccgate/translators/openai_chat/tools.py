"""Tools and the choice among them, read.

https://platform.openai.com/docs/api-reference/chat/create (tools, tool_choice; functions and function_call of old).
"""

from __future__ import annotations

from typing import Any, Literal

from ccgate import ir
from ccgate.translators.openai_chat.fields import DIALECT, Fields, objects

MODES: dict[str, Literal["auto", "none", "any"]] = {"auto": "auto", "none": "none", "required": "any"}


def read_tools(top: Fields) -> tuple[ir.AnyTool, ...]:
    tools = [_tool(tool) for tool in objects(top.take("tools", list) or [], "/tools")]
    old = [_function(each, each) for each in objects(top.take("functions", list) or [], "/functions")]
    return (*tools, *old)


def _tool(tool: Fields) -> ir.AnyTool:
    kind = tool.rest.get("type")
    if kind == "function":
        del tool.rest["type"]
        return _function(tool, tool.inner("function"))
    if kind == "custom":
        del tool.rest["type"]
        return _custom(tool, tool.inner("custom"))
    name = kind if isinstance(kind, str) else "unknown"
    return ir.Hosted(name, ir.Opaque(DIALECT, tool.rest, at=tool.at), at=tool.at)


def _function(tool: Fields, function: Fields) -> ir.Tool:
    name, description = function.need("name"), function.text("description")
    schema, strict = function.take("parameters", dict), function.take("strict", bool)
    return ir.Tool(name, description, schema, strict=strict, at=tool.at, extra=tool.extra)


def _custom(tool: Fields, custom: Fields) -> ir.Tool:
    name, description = custom.need("name"), custom.text("description")
    grammar = None
    form = custom.inner("format")
    if form.rest.get("type") == "grammar":
        inner = form.inner("grammar")
        grammar = ir.Grammar(inner.need("syntax"), inner.need("definition"))
        del form.rest["type"]
    elif form.rest.get("type") == "text":
        del form.rest["type"]
    return ir.Tool(name, description, form="text", grammar=grammar, at=tool.at, extra=tool.extra)


def read_choice(top: Fields) -> ir.Choice | None:
    """The choice, and whether several calls may come at once. What it cannot say is left over."""
    at, choice = _choice(top)
    parallel = top.take("parallel_tool_calls", bool)
    if choice is None and parallel is None:
        return None
    mode, names = choice or ("auto", ())
    return ir.Choice(mode, names, parallel, at=at if choice else "/parallel_tool_calls")


Chosen = tuple[Literal["auto", "any", "none", "named"], tuple[str, ...]]


def _choice(top: Fields) -> tuple[str, Chosen | None]:
    for key in ("tool_choice", "function_call"):
        value = top.rest.get(key)
        chosen = _mode(value) if isinstance(value, str) else _named(value) if isinstance(value, dict) else None
        if chosen is not None:
            del top.rest[key]
            return f"/{key}", chosen
    return "", None


def _mode(word: str) -> Chosen | None:
    return (MODES[word], ()) if word in MODES else None


def _named(value: dict[str, Any]) -> Chosen | None:
    """Only a choice that says nothing else than we have words for is read."""
    kind = value.get("type")
    if set(value) == {"name"}:  # function_call of old
        kind, value = "function", {"type": "function", "function": value}
    if not isinstance(kind, str) or set(value) != {"type", kind}:
        return None
    if kind == "allowed_tools":
        return _allowed(value["allowed_tools"])
    name = _name(value)
    return None if name is None else ("named", (name,))


def _allowed(value: ir.JSON) -> Chosen | None:
    if not isinstance(value, dict) or set(value) != {"mode", "tools"} or not isinstance(value["tools"], list):
        return None
    found = [_name(tool) for tool in value["tools"]]
    names = tuple(name for name in found if name is not None)
    if value["mode"] not in ("auto", "required") or not names or None in found:
        return None
    return MODES[value["mode"]], names


def _name(value: ir.JSON) -> str | None:
    """The name in `{"type": "function", "function": {"name": ...}}`, and in the same of a custom tool."""
    if not isinstance(value, dict) or len(value) != 2:
        return None
    kind = value.get("type")
    inner = value.get(kind) if isinstance(kind, str) and kind in ("function", "custom") else None
    name = inner.get("name") if isinstance(inner, dict) and len(inner) == 1 else None
    return name if isinstance(name, str) else None
