"""A request in our words, as this dialect wants it.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ccgate import ir
from ccgate.policy.losses import summed
from ccgate.translators.anthropic.conversation import leading, write_messages, write_system
from ccgate.translators.anthropic.families import Family, output_limit
from ccgate.translators.anthropic.fields import DIALECT
from ccgate.translators.anthropic.fitting import Fitting
from ccgate.translators.anthropic.names import name_of, tool_name
from ccgate.translators.anthropic.pen import Pen
from ccgate.translators.anthropic.reading import MODES
from ccgate.translators.protocol import Draft, Headers

HEADERS: Final[Headers] = ((b"anthropic-version", b"2023-06-01"),)
THINKING: Final = {mode: word for word, mode in MODES.items()}
CHOICES: Final = {"auto": "auto", "any": "any", "none": "none", "named": "tool"}


def write_request(request: ir.Request, path: str) -> Draft:
    native = comes_home(request)
    pen = Pen(native)
    asked = request if native else Fitting(request, pen.losses).fitted()
    body: dict[str, Any] = {
        "model": asked.model,
        "max_tokens": output_limit(asked.model) if asked.limits.output is None else asked.limits.output,
    }
    _conversation(pen, asked, body)
    nested = _nested(pen, request)
    _settings(pen, asked, body)
    _output(pen, asked, body, nested)
    _user(asked, body, nested)
    pen.put(asked.sampling, body)
    pen.put(asked.limits, body)
    pen.trim_marks()
    return Draft(path=path, body=body, headers=HEADERS, losses=summed(pen.losses))


def comes_home(request: ir.Request) -> bool:
    """Whether something in the request can only come from a client of this dialect."""
    return (
        _ours(request.extra)
        or any(_ours(turn.extra) or any(map(_carries_ours, turn.blocks)) for turn in request.turns)
        or any(_carries_ours(tool) or (isinstance(tool, ir.Hosted) and _ours(tool.opaque)) for tool in request.tools)
        or any(_ours(node.extra) for node in (request.reasoning, request.choice, request.format) if node is not None)
    )


def _ours(opaque: ir.Opaque | None) -> bool:
    return opaque is not None and opaque.dialect == DIALECT


def _carries_ours(node: ir.Block | ir.AnyTool) -> bool:
    if isinstance(node, ir.Opaque):
        return _ours(node)
    if _ours(node.extra):
        return True
    if isinstance(node, ir.Hosted | ir.Tool):
        return False
    return any(_carries_ours(each) for each in ir.inside(node) if each is not node)


def _conversation(pen: Pen, request: ir.Request, body: dict[str, Any]) -> None:
    """Tools, system and messages, in the order in which the vendor's cache sees them."""
    offered = request.tools if pen.native else _offered(request)
    tools = [written for tool in offered if (written := pen.tool(tool)) is not None]
    count = leading(request.turns, native=pen.native)
    system = write_system(pen, request.turns[:count])
    if system is not None:
        body["system"] = system
    hears = Family.of(request.model).hears_system
    body["messages"] = write_messages(pen, request.turns[count:], hears_system=hears)
    if tools:
        body["tools"] = tools
    if request.choice is not None:
        _choice(pen, request.choice, body)


def _offered(request: ir.Request) -> Iterable[ir.AnyTool]:
    """The tools of the request, with those that came in mid-conversation: of each name the latest."""
    added = [tool for block in ir.blocks(request) if isinstance(block, ir.Tools) for tool in block.added]
    tools = (*request.tools, *added)
    return {name_of(tool) if isinstance(tool, ir.Tool) else n: tool for n, tool in enumerate(tools)}.values()


def _choice(pen: Pen, choice: ir.Choice, body: dict[str, Any]) -> None:
    """A choice among no tools is refused; only a forced one is missed."""
    if not pen.native and "tools" not in body:
        pen.put(choice, {})
        if choice.mode in {"any", "named"}:
            pen.lose(choice.at, "there is no tool to choose", "setting")
        return
    out: dict[str, Any] = {"type": CHOICES[choice.mode]}
    if choice.mode == "named":
        out["name"] = tool_name(choice.names[0])
    if choice.parallel is not None and (pen.native or choice.mode != "none"):
        out["disable_parallel_tool_use"] = not choice.parallel
    body["tool_choice"] = pen.put(choice, out)


def _settings(pen: Pen, request: ir.Request, body: dict[str, Any]) -> None:
    sampling = request.sampling
    values = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "service_tier": request.tier,
        "stop_sequences": list(request.stop) or None,
        "stream": request.stream or None,
    }
    body.update((key, value) for key, value in values.items() if value is not None)
    if request.cache_key is not None:
        pen.lose(request.place("cache_key"), "prefixes are found without a key", "hint")


def _nested(pen: Pen, request: ir.Request) -> dict[str, Any]:
    """Our own unknown fields of the request; a stranger's are lost."""
    return dict(pen.put(ir.Request(model="", turns=(), at=request.at, extra=request.extra), {}))


def _output(pen: Pen, request: ir.Request, body: dict[str, Any], nested: dict[str, Any]) -> None:
    """`thinking` and `output_config`."""
    output: dict[str, Any] = dict(nested.pop("output_config", {}))
    reasoning = request.reasoning
    if reasoning is not None:
        if reasoning.effort is not None:
            output["effort"] = reasoning.effort
        thinking: dict[str, Any] = {}
        if reasoning.mode is not None:
            thinking["type"] = THINKING[reasoning.mode]
        if reasoning.budget is not None:
            thinking["budget_tokens"] = reasoning.budget
        if reasoning.show is not None:
            thinking["display"] = reasoning.show
        pen.put(reasoning, thinking)
        if reasoning.mode is not None:
            body["thinking"] = thinking
    if request.format is not None:
        _format(pen, request.format, output)
    if output:
        body["output_config"] = output
    body.update(nested)


def _format(pen: Pen, asked: ir.Format, output: dict[str, Any]) -> None:
    written = pen.put(asked, {"type": "json_schema", "schema": dict(asked.schema or {})})
    if asked.kind != "json_schema":
        return
    output["format"] = written
    for key in ("name", "description"):
        if getattr(asked, key) is not None:
            pen.lose(ir.child(asked.at, key), "the answer's schema has no name here", "hint")


def _user(request: ir.Request, body: dict[str, Any], nested: dict[str, Any]) -> None:
    metadata = dict(nested.get("metadata", {}))
    if request.user is not None:
        metadata["user_id"] = request.user
    if metadata:
        body["metadata"] = metadata
