"""Tools and the choice among them, read.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-tools
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ccgate import ir
from ccgate.translators.openai_responses.fields import DIALECT, Fields, objects, refused

KINDS = {
    "web_search_preview": "web_search",
    "code_interpreter": "code_execution",
    "computer_use_preview": "computer",
}
"""Where this dialect's word for a tool that the provider runs is not the usual one."""

SEARCH = "tool_search"
"""The tool with which the model finds deferred ones. Where the caller runs it (`execution` is "client", as in Codex) it
is a function of this name to everybody else."""

FORMS = ("function", "custom")
"""The tools that the caller runs."""

DEFERRED = {"deferred": "defer_loading"}
"""Where this dialect writes what our words stand for."""

MODES: dict[str, Any] = {"auto": "auto", "none": "none", "required": "any"}


def read_tools(value: ir.JSON, at: str) -> tuple[ir.AnyTool, ...]:
    """All tools of a list. Those of a group (`namespace`) stand one by one, each with the group's name."""
    return tuple(tool for each in objects(value, at) for tool in _tools(each))


def _tools(each: Fields) -> Iterator[ir.AnyTool]:
    kind = str(each.rest.get("type"))
    if kind in FORMS:
        yield _tool(each, None)
    elif kind == "namespace" and _plain(each.rest.get("tools")):
        yield from _group(each)
    elif kind == SEARCH and each.rest.get("execution") == "client":
        yield _search(each)
    else:
        yield _hosted(each)


def _plain(value: ir.JSON) -> bool:
    """Whether these are tools that the caller runs, and at least one."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(tool, dict) and str(tool.get("type")) in FORMS for tool in value)
    )


def _group(group: Fields) -> Iterator[ir.Tool]:
    """What the group says beyond its name and description stays with its first tool, under `namespace`."""
    tools = group.rest.pop("tools")
    del group.rest["type"]
    namespace = ir.Namespace(group.need("name"), group.text("description"))
    for n, each in enumerate(objects(tools, ir.child(group.at, "tools"))):
        if group.rest and n == 0:
            each.rest["namespace"] = group.rest
        yield _tool(each, namespace)


def _tool(each: Fields, namespace: ir.Namespace | None) -> ir.Tool:
    text = each.rest.pop("type") == "custom"
    return ir.Tool(
        name=each.need("name"),
        description=each.text("description"),
        schema=None if text else each.take("parameters", dict),
        form="text" if text else "json",
        grammar=_grammar(each) if text else None,
        namespace=namespace,
        strict=None if text else each.take("strict", bool),
        deferred=each.rest.get("defer_loading") is True and each.rest.pop("defer_loading"),
        at=each.at,
        spelled=DEFERRED,
        extra=each.extra,
    )


def _search(each: Fields) -> ir.Tool:
    """Its type says that it is the search; a name it has none here."""
    each.rest.setdefault("name", None)
    description, schema = each.text("description"), each.take("parameters", dict)
    return ir.Tool(SEARCH, description, schema, at=each.at, extra=as_hints(each))


def as_hints(item: Fields) -> ir.Opaque:
    """What is left over of a search: how this dialect tells one, which is nothing to others."""
    return ir.Opaque(DIALECT, item.rest, grade="hint", at=item.at)


def is_search(tool: ir.Tool) -> bool:
    """Whether it is the caller's own search for tools."""
    return tool.extra is not None and tool.extra.dialect == DIALECT and tool.extra.value.get("type") == SEARCH


def _grammar(each: Fields) -> ir.Grammar | None:
    """A `format` that is a grammar and nothing else; any other is left over."""
    match each.rest.get("format"):
        case {"type": "grammar", "syntax": str(syntax), "definition": str(definition), **more} if not more:
            del each.rest["format"]
            return ir.Grammar(syntax, definition)
        case _:
            return None


def _hosted(each: Fields) -> ir.Hosted:
    kind = each.rest.get("type")
    if not isinstance(kind, str):
        raise refused(ir.child(each.at, "type"), "must be a string")
    return ir.Hosted(kind_of(kind), ir.Opaque(DIALECT, each.rest, at=each.at), at=each.at)


def kind_of(name: str) -> str:
    """The usual name of a hosted tool: without the date (`_2025_08_26`) that some carry."""
    head, year, *rest = [*name.rsplit("_", 3), ""]
    dated = len(rest) == 3 and (year + "".join(rest)).isdigit()
    name = head if dated else name
    return KINDS.get(name, name)


def read_choice(body: Fields) -> ir.Choice | None:
    """`tool_choice` and `parallel_tool_calls`, which are one thing. It stands at the first of them that is given."""
    value, at = body.rest.get("tool_choice"), "/tool_choice"
    if isinstance(value, str) and value in MODES:
        choice = ir.Choice(MODES[value], at=at)
    elif isinstance(value, dict) and isinstance(value.get("type"), str):
        choice = _chosen(Fields.of(value, at))
    elif value is not None:
        raise refused(at, "must be auto, none, required or an object with a type")
    else:
        return _parallel(body)
    del body.rest["tool_choice"]
    parallel = body.take("parallel_tool_calls", bool)
    return ir.Choice(choice.mode, choice.names, parallel, at=at, extra=choice.extra)


def _parallel(body: Fields) -> ir.Choice | None:
    parallel = body.take("parallel_tool_calls", bool)
    return None if parallel is None else ir.Choice(parallel=parallel, at="/parallel_tool_calls")


def _chosen(value: Fields) -> ir.Choice:
    if value.rest["type"] == "allowed_tools":
        return _allowed(value)
    kind = value.rest["type"]
    name = value.text("name")
    value.same("type", "function")
    if name is not None:
        return ir.Choice("named", (name,), at=value.at, extra=value.extra)
    if kind == "function":
        raise refused(ir.child(value.at, "name"), "must be a string")
    value.rest.setdefault("name", None)
    return ir.Choice("named", (kind_of(kind),), at=value.at, extra=value.extra)


def _allowed(value: Fields) -> ir.Choice:
    """One of several: `auto` (may call) or `required` (must call). Other than plain functions are left over too."""
    mode = MODES.get(value.need("mode"))
    if mode not in {"auto", "any"}:
        raise refused(ir.child(value.at, "mode"), "must be auto or required")
    del value.rest["type"]
    tools = list(objects(value.rest.get("tools"), ir.child(value.at, "tools")))
    names = tuple(_name(each.rest) for each in tools)
    if not names:
        raise refused(ir.child(value.at, "tools"), "must not be empty")
    if allowed(names) == value.rest["tools"]:
        del value.rest["tools"]
    return ir.Choice(mode, names, at=value.at, extra=value.extra)


def _name(tool: dict[str, Any]) -> str:
    name = tool.get("name")
    return name if isinstance(name, str) else kind_of(str(tool.get("type")))


def allowed(names: tuple[str, ...]) -> list[dict[str, str]]:
    """The tools of a choice among functions."""
    return [{"type": "function", "name": name} for name in names]
