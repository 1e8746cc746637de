"""Tools and the choice among them, written.

Schemas pass unchanged, but for `$schema`, which says nothing to a model and is refused by some servers, and for a
missing top-level `type` or `properties`, which OpenAI's servers demand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ccgate import ir
from ccgate.policy.losses import Losses
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.translators.openai_chat.names import Names
from ccgate.translators.openai_chat.parts import merged
from ccgate.translators.openai_chat.reading import TOP
from ccgate.wire import jsonstring

MODES = {"auto": "auto", "any": "required", "none": "none"}


def knows_custom(request: ir.Request) -> bool:
    """Whether tools that take free text can be sent as such: most servers refuse them, but a caller of this dialect
    knows whom it asks. To the others they are functions with one string."""
    return request.spelled is TOP


def write_tools(request: ir.Request, losses: Losses, names: Names) -> list[dict[str, Any]]:
    """The tools of the request, with those that came and without those that went in mid-conversation."""
    custom = knows_custom(request)
    written = [_tool(tool, losses, names, custom=custom) for tool in _present(request, losses)]
    return [tool for tool in written if tool is not None]


def _present(request: ir.Request, losses: Losses) -> Iterable[ir.AnyTool]:
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


def _tool(tool: ir.AnyTool, losses: Losses, names: Names, *, custom: bool) -> dict[str, Any] | None:
    if isinstance(tool, ir.Hosted):
        if tool.opaque.dialect == DIALECT:
            return merged(dict(tool.opaque.value), losses.own(tool))
        losses.add(tool.at, "dropped", f"{tool.kind} runs only at its own provider")
        return None
    if tool.deferred:
        dropped = tool.schema is None and tool.form == "json"
        why = "a placeholder for deferred tools calls nothing" if dropped else "a deferred tool is sent at once"
        losses.add(tool.at if dropped else tool.place("deferred"), "dropped" if dropped else "changed", why, "hint")
        if dropped:
            return None
    losses.mark(tool)
    own = losses.own(tool)
    name = names.sent(tool.name, tool.namespace.name if tool.namespace else None, tool.at)
    if tool.form == "json":
        kind, words = "function", _function(tool)
    elif custom:
        kind, words = "custom", _custom(tool)
    else:
        kind, words = "function", _free_text(tool, losses)
    return merged({"type": kind, kind: {"name": name} | words}, own)


def _function(tool: ir.Tool) -> dict[str, Any]:
    schema = None if tool.schema is None else fitting_schema(tool.schema)
    words = {"description": tool.description, "parameters": schema, "strict": tool.strict}
    return {key: value for key, value in words.items() if value is not None}


def _free_text(tool: ir.Tool, losses: Losses) -> dict[str, Any]:
    """A function whose one string is the free text."""
    description = tool.description
    if tool.grammar is not None:
        losses.add(tool.at, "changed", "the grammar is told in the description, not enforced", "setting")
        description = jsonstring.described(description, tool.grammar.syntax, tool.grammar.definition)
    words: dict[str, Any] = {} if description is None else {"description": description}
    return words | {"parameters": jsonstring.SCHEMA}


def _custom(tool: ir.Tool) -> dict[str, Any]:
    words: dict[str, Any] = {} if tool.description is None else {"description": tool.description}
    if tool.grammar is not None:
        grammar = {"syntax": tool.grammar.syntax, "definition": tool.grammar.definition}
        words["format"] = {"type": "grammar", "grammar": grammar}
    return words


def fitting_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as it is, without `$schema` and with a top-level `type` and `properties`."""
    fit = {key: value for key, value in schema.items() if key != "$schema"}
    fit.setdefault("type", "object")
    if fit["type"] == "object":
        fit.setdefault("properties", {})
    return fit


def write_choice(request: ir.Request, tools: list[dict[str, Any]], losses: Losses, names: Names) -> dict[str, Any]:
    """The choice; none where there are no tools, since servers refuse it then."""
    choice = request.choice
    if choice is None:
        return {}
    own = losses.own(choice)
    if not tools:
        if choice.mode in {"any", "named"}:
            losses.add(choice.at, "dropped", "there is no tool to choose", "setting")
        return own
    words: dict[str, Any] = {"tool_choice": _choice(choice, tools, losses, names)}
    if choice.parallel is not None:
        words["parallel_tool_calls"] = choice.parallel
    return words | own


def _choice(choice: ir.Choice, tools: list[dict[str, Any]], losses: Losses, names: Names) -> ir.JSON:
    mode = MODES.get(choice.mode, "required")
    if not choice.names or choice.mode == "none":
        return mode
    kinds = {tool[tool["type"]]["name"]: tool["type"] for tool in tools if tool.get("type") in ("function", "custom")}
    chosen = [names.sent(name, None, choice.at) for name in choice.names]
    known = [{"type": kinds[name], kinds[name]: {"name": name}} for name in chosen if name in kinds]
    if len(known) < len(chosen):
        losses.add(choice.at, "changed", "a tool that is not sent cannot be chosen", "setting")
    if not known:
        return mode
    if choice.mode == "named" and len(known) == 1:
        return known[0]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": known}}
