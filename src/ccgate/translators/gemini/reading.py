"""A request, checked and read.

https://ai.google.dev/api/generate-content. Model and stream stand in the path: here they are empty. What has no word
in the IR (safetySettings, cachedContent, labels, candidateCount, responseModalities, ...) is left in `extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from ccgate import ir
from ccgate.errors import RequestRefused
from ccgate.translators.gemini.fields import Fields, objects, refused
from ccgate.translators.gemini.parts import Conversation
from ccgate.translators.gemini.tools import plain_schema, read_choice, read_tools

ROLES: dict[str, Literal["user", "assistant"]] = {"user": "user", "model": "assistant", "function": "user"}
COUNTED = "generateContentRequest"
"""Where a request for a count of tokens may hold the whole request that it is about."""

TOP = {"stop": "/generationConfig/stopSequences"}
SAMPLING = {
    "top_p": "topP",
    "top_k": "topK",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
}
LIMITS = {"output": "maxOutputTokens"}
THINKING = {"effort": "thinkingLevel", "budget": "thinkingBudget", "mode": "thinkingBudget", "show": "includeThoughts"}
"""How this dialect spells our fields."""

Effort = tuple[Literal["off", "adaptive", "budget"] | None, str | None, int | None]


def check(body: Mapping[str, Any]) -> None:
    """Raise `RequestRefused`, in the words of Google's servers, for what has no contents."""
    inner = body.get(COUNTED)
    contents = (inner if isinstance(inner, dict) else body).get("contents")
    if contents is None or contents == []:
        raise RequestRefused("* GenerateContentRequest.contents: contents is not specified")
    if not isinstance(contents, list):
        raise RequestRefused("contents: must be a list of contents")


def read_request(body: Mapping[str, Any]) -> ir.Request:
    """The request in our words. Raises `RequestRefused` where it makes no sense."""
    check(body)
    inner = body.get(COUNTED)
    if isinstance(inner, dict):
        beside = {key: value for key, value in body.items() if key != COUNTED}
        top = Fields(f"/{COUNTED}", beside | inner)
    else:
        top = Fields("", dict(body))
    turns = (*_system(top), *_contents(top))
    tools, choice = read_tools(top), read_choice(top)
    config = top.inner("generationConfig")
    limits = ir.Limits(config.whole("maxOutputTokens"), at=_held(config), spelled=LIMITS)
    stop, format_, reasoning = _stop(config), _format(config), _reasoning(config)
    del top.inners["generationConfig"]
    sampling = _sampling(config)
    return ir.Request(
        model="",
        turns=turns,
        tools=tools,
        choice=choice,
        reasoning=reasoning,
        format=format_,
        sampling=sampling,
        limits=limits,
        stop=stop,
        at=top.at,
        extra=_extra(top),
        spelled=TOP,
    )


def _extra(top: Fields) -> ir.Opaque | None:
    """A cached content is a part of the prompt; without one the rest are settings."""
    extra = top.extra
    cached = extra is not None and {"cachedContent", "cached_content"} & extra.value.keys()
    return attrs.evolve(extra, grade="content") if extra is not None and cached else extra


def _held(config: Fields) -> str:
    """The pointer of the configuration; that of the whole where there is none."""
    return config.at if config.rest else ""


def _system(top: Fields) -> list[ir.Turn]:
    at = top.place("systemInstruction")
    words = top.text("systemInstruction")
    if words is not None:
        return [ir.Turn("system", (ir.Text(words, at=at),) if words else (), at=at)]
    value = top.take("systemInstruction", dict)
    if value is None:
        return []
    content = Fields.of(value, at)
    content.text("role")  # says nothing here
    return [ir.Turn("system", _parts(content, Conversation(), 0), at=at, extra=content.extra)]


def _contents(top: Fields) -> list[ir.Turn]:
    conversation = Conversation()
    contents = top.take("contents", list) or []
    return [_content(each, conversation, n) for n, each in enumerate(objects(contents, ir.child(top.at, "contents")))]


def _content(content: Fields, conversation: Conversation, n: int) -> ir.Turn:
    role = content.rest.pop("role", None) or "user"
    if not isinstance(role, str) or role not in ROLES:
        raise refused(ir.child(content.at, "role"), "Please use a valid role: user, model.")
    return ir.Turn(ROLES[role], _parts(content, conversation, n), at=content.at, extra=content.extra)


def _parts(content: Fields, conversation: Conversation, n: int) -> tuple[ir.Block, ...]:
    at = content.place("parts")
    parts = content.get("parts")
    if parts is None:
        content.rest.pop("parts", None)
        return ()
    if not isinstance(parts, list):
        raise refused(at, "must be a list of parts")
    content.take("parts", list)
    return tuple(conversation.part(each, parts[k], (n, k)) for k, each in enumerate(objects(parts, at)))


def _sampling(config: Fields) -> ir.Sampling:
    """What else the configuration holds is left over here."""
    at = _held(config)
    return ir.Sampling(
        temperature=config.number("temperature"),
        top_p=config.number("topP"),
        top_k=config.whole("topK"),
        seed=config.whole("seed"),
        frequency_penalty=config.number("frequencyPenalty"),
        presence_penalty=config.number("presencePenalty"),
        at=at,
        extra=config.extra,
        spelled=SAMPLING,
    )


def _stop(config: Fields) -> tuple[str, ...]:
    words = config.get("stopSequences")
    if isinstance(words, list) and all(isinstance(each, str) for each in words):
        config.take("stopSequences", list)
        return tuple(words)
    return ()


def _format(config: Fields) -> ir.Format | None:
    if config.get("responseMimeType") != "application/json":
        return None
    at = config.place("responseMimeType")
    config.text("responseMimeType")
    schema = config.take("responseJsonSchema", dict) or config.take("_responseJsonSchema", dict)
    if schema is None:
        own = config.take("responseSchema", dict)
        schema = None if own is None else plain_schema(own)
    return ir.Format("json" if schema is None else "json_schema", schema=schema, at=at)


def _reasoning(config: Fields) -> ir.Reasoning | None:
    if not isinstance(config.get("thinkingConfig"), dict):
        return None
    asked = config.inner("thinkingConfig")
    shown = asked.take("includeThoughts", bool)
    mode, effort, budget = _effort(asked)
    show = "auto" if shown else "omitted"
    # What is left over within is left over in the configuration.
    return ir.Reasoning(mode, effort, budget, show, at=asked.at, spelled=THINKING)


def _effort(asked: Fields) -> Effort:
    level = asked.text("thinkingLevel")
    budget = asked.whole("thinkingBudget")
    effort = None if level is None else level.lower()
    if budget is None:
        return None, effort, None
    if budget == 0:
        return "off", effort, None
    return ("adaptive", effort, None) if budget < 0 else ("budget", effort, budget)
