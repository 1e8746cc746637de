"""What can be asked: one request for each feature, and where to look for the feature in a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import attrs
from attrs import frozen

from ccgate import ir
from ccgate.wire import jsonstring

Look = Callable[[ir.Request], tuple[Any, ...]]
"""What of a request is the feature; empty: it is not there."""

CURRENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anthropic": "claude-opus-4-8",
        "openai_chat": "gpt-5.1",
        "openai_responses": "gpt-5.5",
        "gemini": "gemini-3.1-pro-preview",
    }
)
"""The models that are asked, by the upstream's dialect."""
CLASSIC: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anthropic": "claude-opus-4-6",
        "openai_chat": "gpt-4.1",
        "openai_responses": "gpt-4.1",
        "gemini": "gemini-2.5-flash",
    }
)
"""Models that still take what the current ones refuse: temperatures, and budgets for thinking."""

HOSTED: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "anthropic": {"type": "web_search_20250305", "name": "web_search"},
        "openai_responses": {"type": "web_search"},
        "gemini": {"googleSearch": {}},
    }
)
"""How each dialect declares a web search that the provider runs."""


@frozen(kw_only=True)
class Feature:
    """One feature of requests. `build` is told the client's dialect."""

    name: str
    build: Callable[[str], ir.Request]
    look: Look
    models: Literal["current", "classic"] = "current"
    otherwise: Look | None = None
    """Where else the feature may be found: what was moved or changed must be found here, if not by `look`."""
    because: str = ""
    """Why a change that `otherwise` finds needs no report."""


PNG: Final = ir.Inline("image/png", "iVBORw0KGgo=")
PDF: Final = ir.Inline("application/pdf", "JVBERi0xLjQK")
SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER: Final = ir.Tool("weather", "Tells the weather.", SCHEMA)
PATCH: Final = ir.Tool("apply_patch", "Edits files.", form="text")
GRAMMAR: Final = ir.Grammar("lark", "start: /.+/")
NAMED: Final = ir.Namespace("mcp__maps", "Knows places.")
HELLO: Final = ir.Text("Hello.")
FIRST: Final = ir.ToolUse("call_1", "weather", '{"city":"Oslo"}')
SECOND: Final = ir.ToolUse("call_2", "weather", '{"city":"Rome"}')


def user(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("user", blocks)


def said(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("assistant", blocks)


def answered(*blocks: ir.Block, call: str = "call_1", error: bool = False) -> ir.ToolResult:
    return ir.ToolResult(call, blocks or (ir.Text("sunny"),), error)


def asking(*turns: ir.Turn, **fields: Any) -> Callable[[str], ir.Request]:
    """A request that is the same in every dialect."""
    return lambda _: ir.Request(model="", turns=turns or (user(HELLO),), **fields)


def searching(dialect: str) -> ir.Request:
    """Each dialect has its own words for the tools that its servers run."""
    words = HOSTED.get(dialect)
    tools = (ir.Hosted("web_search", ir.Opaque(dialect, dict(words)), name="web_search"),) if words else ()
    return ir.Request(model="", turns=(user(HELLO),), tools=tools)


def bare(value: Any) -> Any:
    """The value without what a dialect adds to it: unknown fields and cache marks."""
    if isinstance(value, tuple):
        return tuple(bare(each) for each in value)
    if not attrs.has(type(value)) or isinstance(value, ir.Opaque):
        return value
    kept = {each.alias or each.name: bare(getattr(value, each.name)) for each in attrs.fields(type(value))}
    kept |= {key: None for key in ("extra", "mark") if key in kept}
    return attrs.evolve(value, **kept)


def every(kind: type[ir.Block]) -> Look:
    """The blocks of a kind, wherever they stand."""
    return lambda request: tuple(bare(block) for block in ir.blocks(request) if isinstance(block, kind))


def words_of(*roles: str) -> Look:
    """Role and text of each turn of these roles."""

    def look(request: ir.Request) -> tuple[Any, ...]:
        told = [(turn.role, "".join(b.text for b in turn.blocks if isinstance(b, ir.Text))) for turn in request.turns]
        return tuple((role, text) for role, text in told if role in roles)

    return look


def pictures(request: ir.Request) -> tuple[Any, ...]:
    """Kind, source and title of everything that is shown to the model."""
    media = [block for block in ir.blocks(request) if isinstance(block, ir.Media)]
    return tuple((block.kind, bare(block.source), block.title) for block in media)


def attached(request: ir.Request) -> tuple[Any, ...]:
    """Kind and source of everything that is shown; the title, which some dialects demand, does not count."""
    return tuple((kind, source) for kind, source, _ in pictures(request))


def in_results(request: ir.Request) -> tuple[Any, ...]:
    """What is shown in the results of tools."""
    results = [block for block in ir.blocks(request) if isinstance(block, ir.ToolResult)]
    media = [inner for result in results for inner in result.blocks if isinstance(inner, ir.Media)]
    return tuple((block.kind, bare(block.source)) for block in media)


def calls(request: ir.Request) -> tuple[Any, ...]:
    """Calls and their results, as they are paired: ids may change."""
    uses = [block for block in ir.blocks(request) if isinstance(block, ir.ToolUse)]
    results = {block.id: block for block in ir.blocks(request) if isinstance(block, ir.ToolResult)}
    return tuple((use.namespace, use.name, use.form, use.arguments, _outcome(results.get(use.id))) for use in uses)


def _outcome(result: ir.ToolResult | None) -> Any:
    return None if result is None else (tuple(bare(block) for block in result.blocks), result.error)


def unanswered(request: ir.Request) -> tuple[Any, ...]:
    """Calls that have no result."""
    return tuple(call[1:4] for call in calls(request) if call[-1] is None)


def errors(request: ir.Request) -> tuple[Any, ...]:
    return tuple(call for call in calls(request) if call[-1] is not None and call[-1][1])


def tools(request: ir.Request) -> tuple[Any, ...]:
    """What the caller's tools are called, say and take."""
    own = [tool for tool in request.tools if isinstance(tool, ir.Tool)]
    return tuple((t.namespace, t.name, t.description, t.schema, t.form, t.grammar, t.deferred) for t in own)


def deferred(request: ir.Request) -> tuple[Any, ...]:
    return tuple(tool.name for tool in request.tools if isinstance(tool, ir.Tool) and tool.deferred)


def named(request: ir.Request) -> tuple[Any, ...]:
    """The names of all the caller's tools, in the last word of which a namespace may have its place."""
    return tuple(tool.name for tool in request.tools if isinstance(tool, ir.Tool))


def loaded(request: ir.Request) -> tuple[Any, ...]:
    return tuple(block.name for block in ir.blocks(request) if isinstance(block, ir.ToolRef))


def hosted(request: ir.Request) -> tuple[Any, ...]:
    return tuple(tool.kind for tool in request.tools if isinstance(tool, ir.Hosted))


def choice(request: ir.Request) -> tuple[Any, ...]:
    return () if request.choice is None else (request.choice.mode, request.choice.names)


def parallel(request: ir.Request) -> tuple[Any, ...]:
    return () if request.choice is None or request.choice.parallel is None else (request.choice.parallel,)


def schema(request: ir.Request) -> tuple[Any, ...]:
    asked = request.format
    return () if asked is None or asked.kind == "text" else (asked.kind, asked.schema)


def named_schema(request: ir.Request) -> tuple[Any, ...]:
    """With its name, and whether the answer must keep to it: other dialects are always strict."""
    asked = request.format
    return () if asked is None or asked.kind != "json_schema" else (asked.kind, asked.name, asked.schema, asked.strict)


def any_json(request: ir.Request) -> tuple[Any, ...]:
    return () if request.format is None or request.format.kind == "text" else (request.format.kind,)


def verbosity(request: ir.Request) -> tuple[Any, ...]:
    return () if request.format is None or request.format.verbosity is None else (request.format.verbosity,)


def mentions(*words: str) -> Look:
    """Whether all these words are told in some turn, be it within a tool's result."""

    def look(request: ir.Request) -> tuple[Any, ...]:
        told = "\n".join(block.text for block in ir.blocks(request) if isinstance(block, ir.Text))
        return words if all(word in told for word in words) else ()

    return look


def one_string(request: ir.Request) -> tuple[Any, ...]:
    """Names of functions that take one string, and calls of them."""
    names = {tool.name for tool in request.tools if isinstance(tool, ir.Tool) and tool.schema == jsonstring.SCHEMA}
    return (*sorted(names), *(call[1:] for call in calls(request) if call[1] in names))


def effort(request: ir.Request) -> tuple[Any, ...]:
    asked = request.reasoning
    return () if asked is None or asked.effort is None else (asked.effort,)


def rest(request: ir.Request) -> tuple[Any, ...]:
    """Whether the model shall not think: as a mode, or as an effort."""
    asked = request.reasoning
    return ("off",) if asked is not None and (asked.mode == "off" or asked.effort == "none") else ()


def unsaid(request: ir.Request) -> tuple[Any, ...]:
    """Nothing is asked, so that the model does what it does by itself."""
    return ("unsaid",) if thinking(request) == () and request.tier is None else ()


def thinking(request: ir.Request) -> tuple[Any, ...]:
    asked = request.reasoning
    if asked is None or (asked.mode, asked.effort, asked.budget) == (None, None, None):
        return ()
    return (asked.mode, asked.effort, asked.budget)


def marks(request: ir.Request) -> tuple[Any, ...]:
    found = [getattr(block, "mark", None) for block in ir.blocks(request)]
    return tuple(mark for mark in found if mark is not None)


def of_request(name: str) -> Look:
    """One field of the request."""
    return lambda request: (value,) if (value := getattr(request, name)) else ()


def sampled(name: str) -> Look:
    """One setting of how tokens are drawn."""
    return lambda request: () if (value := getattr(request.sampling, name)) is None else (value,)


def limit(request: ir.Request) -> tuple[Any, ...]:
    return () if request.limits.output is None else (request.limits.output,)
