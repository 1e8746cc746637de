"""Tools and the choice among them, written.

Models that take real JSON Schema get the caller's own; others the API's subset, and what that could not say is told.
https://ai.google.dev/api/caching#FunctionDeclaration
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ccgate import ir
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.losses import Losses, merged
from ccgate.translators.gemini.models import Facts
from ccgate.translators.gemini.names import Names
from ccgate.wire import jsonstring
from ccgate.wire.schema import fit

MODES: Final = {"auto": "AUTO", "any": "ANY", "none": "NONE", "named": "ANY"}


def write_tools(request: ir.Request, facts: Facts, losses: Losses, names: Names) -> list[dict[str, Any]]:
    """One list of declarations, then the tools that Google runs."""
    functions: list[dict[str, Any]] = []
    hosted: list[dict[str, Any]] = []
    for tool in _present(request, losses):
        if isinstance(tool, ir.Tool):
            functions += _function(tool, facts, losses, names)
        else:
            hosted += _hosted(tool, losses)
    return [*([{"functionDeclarations": functions}] if functions else []), *hosted]


def _present(request: ir.Request, losses: Losses) -> Iterable[ir.AnyTool]:
    """The tools of the request, with those that came and without those that went in mid-conversation."""
    tools = {_key(tool, n): tool for n, tool in enumerate(request.tools)}
    for block in ir.blocks(request):
        if isinstance(block, ir.Tools):
            losses.add(block.at, "moved", "the tools are listed once, as they are at the end", "hint")
            for name in block.removed:
                tools.pop((name, None), None)
            tools |= {_key(tool, len(tools) + n): tool for n, tool in enumerate(block.added)}
    return tools.values()


def _key(tool: ir.AnyTool, n: int) -> tuple[Any, ...]:
    if isinstance(tool, ir.Tool):
        return (tool.name, tool.namespace.name if tool.namespace else None)
    return ("", tool.kind, n)


def _hosted(tool: ir.Hosted, losses: Losses) -> list[dict[str, Any]]:
    losses.mark(tool)
    own = losses.own(tool)
    if tool.opaque.dialect == DIALECT:
        return [merged(dict(tool.opaque.value), own)]
    losses.add(tool.at, "dropped", f"{tool.kind} runs only at its own provider")
    return []


def _function(tool: ir.Tool, facts: Facts, losses: Losses, names: Names) -> list[dict[str, Any]]:
    losses.mark(tool)
    own = losses.own(tool)
    if tool.deferred:
        dropped = tool.schema is None and tool.form == "json"
        why = "a placeholder for deferred tools calls nothing" if dropped else "a deferred tool is sent at once"
        losses.add(tool.at if dropped else tool.place("deferred"), "dropped" if dropped else "changed", why, "hint")
        if dropped:
            return []
    name = names.sent(tool.name, tool.namespace.name if tool.namespace else None, tool.at)
    description = tool.description
    if tool.grammar is not None:
        losses.add(tool.at, "changed", "the grammar is told in the description, not enforced", "setting")
        description = jsonstring.described(description, tool.grammar.syntax, tool.grammar.definition)
    if tool.strict:
        losses.add(tool.place("strict"), "dropped", "calls cannot be held to their schema", "setting")
    described = {} if description is None else {"description": description}
    schema = jsonstring.SCHEMA if tool.form == "text" else tool.schema
    declared = {"name": name} | described | write_schema("parameters", schema, facts, losses, tool.place("schema"))
    return [merged(declared, own)]


def write_schema(key: str, schema: ir.JSON, facts: Facts, losses: Losses, at: str) -> dict[str, Any]:
    """`parameters` or `response` with their schema, in the field that the model knows."""
    if schema is None:
        return {}
    if facts.json_schema:
        return {f"{key}JsonSchema": dict(schema)}
    fitted, weakened = fit(schema)
    for each in weakened:
        losses.add(at + each.at, "changed", each.why, each.grade)
    if key == "parameters" and "properties" not in fitted:
        return {}  # a function without parameters has no schema: an object without properties is refused
    return {key if key == "parameters" else f"{key}Schema": fitted}


def write_choice(request: ir.Request, tools: list[dict[str, Any]], losses: Losses, names: Names) -> dict[str, Any]:
    """The choice; none where there are no functions to choose."""
    choice = request.choice
    if choice is None:
        return {}
    own = losses.own(choice)
    if choice.parallel is False:
        losses.add(choice.place("parallel"), "dropped", "calls cannot be kept to one at a time", "setting")
    known = {each["name"] for tool in tools for each in tool.get("functionDeclarations", ())}
    if not known:
        if choice.mode in {"any", "named"}:
            losses.add(choice.at, "dropped", "there is no function to choose", "setting")
        return own
    asked: dict[str, Any] = {"mode": MODES[choice.mode]}
    chosen = [names.sent(name, None, choice.at) for name in choice.names]
    allowed = [name for name in chosen if name in known]
    if len(allowed) < len(chosen):
        losses.add(choice.at, "changed", "a tool that is not sent cannot be chosen", "setting")
    if allowed and choice.mode != "auto":
        asked["allowedFunctionNames"] = allowed
    elif allowed and len(allowed) < len(known):
        losses.add(choice.at, "changed", "which tools may be called is told only where one must be", "setting")
    return merged({"functionCallingConfig": asked}, own)
