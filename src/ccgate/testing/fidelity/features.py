"""The features of requests, one after the other."""

from __future__ import annotations

from typing import Any, Final

import attrs

from ccgate import ir
from ccgate.testing.fidelity import asking as ask
from ccgate.testing.fidelity.asking import FIRST, HELLO, PATCH, PDF, PNG, SECOND, WEATHER, Feature, answered, said, user

GO: Final = user(ir.Text("Go on."))
RESULT: Final = ir.Media(
    "search_result", ir.Parts((ir.Text("Oslo is sunny."),)), title="Weather", link="https://example.com/oslo"
)

CALLED_PATCH: Final = ir.ToolUse("call_1", "apply_patch", "*** Begin Patch", form="text")
LATER: Final = attrs.evolve(WEATHER, deferred=True)
SEARCH: Final = ir.Tool("find_tool", "Finds tools.", {"type": "object", "properties": {}})


def _with_tool(*turns: ir.Turn, **fields: Any) -> Any:
    return ask.asking(*turns, **({"tools": (WEATHER,)} | fields))


def _loading(_: str) -> ir.Request:
    found = ir.ToolResult("call_1", (ir.ToolRef("weather"),))
    turns = (user(HELLO), said(ir.ToolUse("call_1", "find_tool", "{}")), user(found))
    return ir.Request(model="", turns=turns, tools=(SEARCH, LATER))


def _thinking(**fields: Any) -> Any:
    return ask.asking(reasoning=ir.Reasoning(**fields))


MESSAGES: Final = (
    Feature(
        name="text, turn by turn",
        build=ask.asking(user(HELLO), said(ir.Text("Hi.")), GO),
        look=ask.words_of("user", "assistant"),
    ),
    Feature(
        name="system prompt",
        build=ask.asking(ir.Turn("system", (ir.Text("Be brief."),)), user(HELLO)),
        look=ask.words_of("system", "developer"),
    ),
    Feature(
        name="system turn in mid-conversation",
        otherwise=ask.mentions("Be brief."),
        build=ask.asking(user(HELLO), said(ir.Text("Hi.")), GO, ir.Turn("system", (ir.Text("Be brief."),))),
        look=ask.words_of("system", "developer"),
    ),
    Feature(name="image, inline", build=ask.asking(user(HELLO, ir.Media("image", PNG))), look=ask.attached),
    Feature(
        name="image, by URL",
        build=ask.asking(user(HELLO, ir.Media("image", ir.Url("https://example.com/a.png")))),
        look=ask.attached,
    ),
    Feature(
        name="image in a tool result",
        otherwise=ask.attached,
        build=_with_tool(user(HELLO), said(FIRST), user(answered(ir.Text("a map"), ir.Media("image", PNG)))),
        look=ask.in_results,
    ),
    Feature(
        name="PDF, inline",
        build=ask.asking(user(HELLO, ir.Media("document", PDF, title="a.pdf"))),
        look=ask.attached,
    ),
    Feature(
        name="PDF, by URL",
        build=ask.asking(user(HELLO, ir.Media("document", ir.Url("https://example.com/a.pdf")))),
        look=ask.attached,
    ),
    Feature(
        name="PDF in a tool result",
        otherwise=ask.attached,
        build=_with_tool(user(HELLO), said(FIRST), user(answered(ir.Media("document", PDF, title="a.pdf")))),
        look=ask.in_results,
    ),
    Feature(
        name="text document",
        otherwise=ask.mentions("Oslo is sunny.", "Weather"),
        because="a document that is text is told as text, its title before it",
        build=ask.asking(user(HELLO, ir.Media("document", ir.Words("Oslo is sunny."), title="Weather"))),
        look=ask.pictures,
    ),
    Feature(
        name="search result",
        otherwise=ask.mentions("Oslo is sunny.", "Weather", "https://example.com/oslo"),
        because="a search result is told as text, title and address before it",
        build=ask.asking(user(HELLO, RESULT)),
        look=ask.pictures,
    ),
    Feature(
        name="cache marks",
        build=ask.asking(user(ir.Text("Hello.", mark=ir.Mark()))),
        look=ask.marks,
    ),
)

TOOLS: Final = (
    Feature(name="tool", build=_with_tool(), look=ask.tools),
    Feature(name="tool call and result", build=_with_tool(user(HELLO), said(FIRST), user(answered())), look=ask.calls),
    Feature(
        name="parallel tool calls",
        build=_with_tool(user(HELLO), said(FIRST, SECOND), user(answered(), answered(call="call_2"))),
        look=ask.calls,
    ),
    Feature(
        name="tool result that is an error",
        otherwise=ask.mentions("no such city", "rror"),
        build=_with_tool(user(HELLO), said(FIRST), user(answered(ir.Text("no such city"), error=True))),
        look=ask.errors,
    ),
    Feature(
        name="tool call without a result",
        otherwise=ask.calls,
        build=_with_tool(user(HELLO), said(FIRST), GO),
        look=ask.unanswered,
    ),
    Feature(
        name="free-text tool",
        otherwise=ask.one_string,
        because="it is shown as a function that takes one string; calls of it are turned back",
        build=ask.asking(tools=(PATCH,)),
        look=ask.tools,
    ),
    Feature(
        name="free-text tool with a grammar",
        otherwise=ask.one_string,
        build=ask.asking(tools=(attrs.evolve(PATCH, grammar=ask.GRAMMAR),)),
        look=ask.tools,
    ),
    Feature(
        name="free-text call and result",
        otherwise=ask.one_string,
        because="it is shown as a function that takes one string; calls of it are turned back",
        build=ask.asking(
            user(HELLO),
            said(CALLED_PATCH),
            user(attrs.evolve(answered(ir.Text("done")), form="text")),
            tools=(PATCH,),
        ),
        look=ask.calls,
    ),
    Feature(
        name="namespaced tool",
        otherwise=ask.named,
        build=ask.asking(tools=(attrs.evolve(WEATHER, namespace=ask.NAMED),)),
        look=ask.tools,
    ),
    Feature(name="deferred tool", build=ask.asking(tools=(SEARCH, LATER)), look=ask.deferred, otherwise=ask.named),
    Feature(name="tool loaded by reference", build=_loading, look=ask.loaded, otherwise=ask.mentions("weather")),
    Feature(name="web search run by the provider", build=ask.searching, look=ask.hosted),
    Feature(name="tool choice auto", build=_with_tool(choice=ir.Choice("auto")), look=ask.choice),
    Feature(name="tool choice any", build=_with_tool(choice=ir.Choice("any")), look=ask.choice),
    Feature(name="tool choice none", build=_with_tool(choice=ir.Choice("none")), look=ask.choice),
    Feature(name="tool choice of one tool", build=_with_tool(choice=ir.Choice("named", ("weather",))), look=ask.choice),
    Feature(
        name="no parallel tool calls", build=_with_tool(choice=ir.Choice("auto", parallel=False)), look=ask.parallel
    ),
)

SETTINGS: Final = (
    Feature(
        name="answer by JSON Schema",
        build=ask.asking(format=ir.Format("json_schema", schema=ask.SCHEMA)),
        look=ask.schema,
    ),
    Feature(
        name="answer by a named JSON Schema, strictly",
        build=ask.asking(format=ir.Format("json_schema", "weather", ask.SCHEMA, strict=True)),
        look=ask.named_schema,
    ),
    Feature(name="answer in JSON", build=ask.asking(format=ir.Format("json")), look=ask.any_json),
    Feature(name="verbosity", build=ask.asking(format=ir.Format(verbosity="low")), look=ask.verbosity),
    Feature(name="stop sequences", build=ask.asking(stop=("END",)), look=ask.of_request("stop"), models="classic"),
    Feature(
        name="temperature",
        build=ask.asking(sampling=ir.Sampling(temperature=0.5)),
        look=ask.sampled("temperature"),
        models="classic",
    ),
    Feature(
        name="temperature, where the model takes none",
        build=ask.asking(sampling=ir.Sampling(temperature=0.5)),
        look=ask.sampled("temperature"),
    ),
    Feature(
        name="top_p",
        build=ask.asking(sampling=ir.Sampling(top_p=0.5)),
        look=ask.sampled("top_p"),
        models="classic",
    ),
    Feature(
        name="top_k", build=ask.asking(sampling=ir.Sampling(top_k=40)), look=ask.sampled("top_k"), models="classic"
    ),
    Feature(name="seed", build=ask.asking(sampling=ir.Sampling(seed=7)), look=ask.sampled("seed"), models="classic"),
    Feature(
        name="frequency penalty",
        build=ask.asking(sampling=ir.Sampling(frequency_penalty=0.5)),
        look=ask.sampled("frequency_penalty"),
        models="classic",
    ),
    Feature(name="limit of the answer", build=ask.asking(limits=ir.Limits(output=4096)), look=ask.limit),
    Feature(name="effort low", build=_thinking(effort="low"), look=ask.effort),
    Feature(name="effort high", build=_thinking(effort="high"), look=ask.effort),
    Feature(name="effort max", build=_thinking(effort="max"), look=ask.effort),
    Feature(
        name="adaptive thinking",
        otherwise=ask.unsaid,
        because="the model decides by itself: nothing is said",
        build=_thinking(mode="adaptive"),
        look=ask.thinking,
    ),
    Feature(
        name="thinking with a budget",
        build=ask.asking(reasoning=ir.Reasoning("budget", budget=8000), limits=ir.Limits(output=16000)),
        look=ask.thinking,
        models="classic",
    ),
    Feature(
        name="thinking with a budget, where the model takes none",
        build=ask.asking(reasoning=ir.Reasoning("budget", budget=8000), limits=ir.Limits(output=16000)),
        look=ask.thinking,
    ),
    Feature(name="thinking off", build=_thinking(mode="off"), look=ask.rest),
    Feature(name="user", build=ask.asking(user="u-1"), look=ask.of_request("user")),
    Feature(name="service tier", build=ask.asking(tier="priority"), look=ask.of_request("tier")),
    Feature(
        name="service tier auto",
        otherwise=ask.unsaid,
        because="that is what is done when nothing is said",
        build=ask.asking(tier="auto"),
        look=ask.of_request("tier"),
    ),
    Feature(name="cache key", build=ask.asking(cache_key="k-1"), look=ask.of_request("cache_key")),
    Feature(name="stream", build=ask.asking(stream=True), look=ask.of_request("stream")),
)

FEATURES: Final = (*MESSAGES, *TOOLS, *SETTINGS)
