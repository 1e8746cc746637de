"""A request, checked and read.

https://platform.openai.com/docs/api-reference/chat/create. What has no word in the IR (metadata, store, logprobs, n,
logit_bias, modalities, audio, prediction, web_search_options, stream_options, ...) is left in `extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccgate import ir
from ccgate.errors import RequestRefused
from ccgate.translators.openai_chat.fields import Fields
from ccgate.translators.openai_chat.messages import read_messages
from ccgate.translators.openai_chat.tools import read_choice, read_tools

LONGEST_MODEL = 256

TIERS = ("auto", "default", "flex", "scale", "priority", "fast")
"""The words of `service_tier`; others are left over."""


def check(body: Mapping[str, Any]) -> None:
    """Raise `RequestRefused`, in the words of OpenAI's servers, for what has no model or no messages."""
    _check_model(body.get("model"))
    if "messages" not in body:
        raise RequestRefused("Missing required parameter: 'messages'.")
    messages = body["messages"]
    if not isinstance(messages, list):
        raise RequestRefused(f"Invalid type for 'messages': expected an array of objects, but got {_a(messages)}.")
    if not messages:
        raise RequestRefused("Invalid 'messages': empty array. Expected an array with minimum length 1.")
    for n, message in enumerate(messages):
        if not isinstance(message, dict):
            raise RequestRefused(f"Invalid type for 'messages[{n}]': expected an object, but got {_a(message)}.")
        if not isinstance(message.get("role"), str):
            raise RequestRefused(f"Missing required parameter: 'messages[{n}].role'.")


def _check_model(model: ir.JSON) -> None:
    if model is None or model == "":
        raise RequestRefused("you must provide a model parameter")
    if not isinstance(model, str):
        raise RequestRefused(f"Invalid type for 'model': expected a string, but got {_a(model)}.")
    if len(model) > LONGEST_MODEL or not model.isprintable():
        raise RequestRefused(f"Invalid 'model': expected at most {LONGEST_MODEL} printable characters.")


_NAMES = {str: "a string", bool: "a boolean", list: "an array", dict: "an object", type(None): "null"}


def _a(value: ir.JSON) -> str:
    return _NAMES.get(type(value), "a number")


TOP = {"cache_key": "prompt_cache_key", "tier": "service_tier"}
EFFORT = {"effort": "/reasoning_effort"}
VERBOSITY = {"verbosity": "/verbosity"}
"""Where this dialect writes what our words stand for."""


def read_request(body: Mapping[str, Any]) -> ir.Request:
    """The request in our words. Raises `RequestRefused` where it makes no sense."""
    check(body)
    top = Fields("", dict(body))
    model, turns = top.need("model"), read_messages(top.take("messages", list) or [])
    tools, choice = read_tools(top), read_choice(top)
    limits = _limits(top)
    tier = top.text("service_tier") if top.rest.get("service_tier") in TIERS else None
    return ir.Request(
        model=model,
        turns=turns,
        tools=tools,
        choice=choice,
        reasoning=_reasoning(top),
        format=_format(top),
        sampling=_sampling(top),
        limits=limits,
        stop=_stop(top),
        cache_key=top.text("prompt_cache_key"),
        tier=tier,
        user=top.text("user"),
        stream=top.take("stream", bool) or False,
        extra=top.extra,
        spelled=TOP,
    )


def _reasoning(top: Fields) -> ir.Reasoning | None:
    effort = top.text("reasoning_effort")
    return None if effort is None else ir.Reasoning(effort=effort, at="/reasoning_effort", spelled=EFFORT)


def _sampling(top: Fields) -> ir.Sampling:
    return ir.Sampling(
        temperature=top.number("temperature"),
        top_p=top.number("top_p"),
        seed=top.whole("seed"),
        frequency_penalty=top.number("frequency_penalty"),
        presence_penalty=top.number("presence_penalty"),
    )


def _limits(top: Fields) -> ir.Limits:
    """`at` tells which of the two fields it was."""
    for key in ("max_completion_tokens", "max_tokens"):
        output = top.whole(key)
        if output is not None:
            return ir.Limits(output, at=f"/{key}")
    return ir.Limits()


def _stop(top: Fields) -> tuple[str, ...]:
    word = top.text("stop")
    if word is not None:
        return (word,)
    words = top.rest.get("stop")
    if isinstance(words, list) and all(isinstance(each, str) for each in words):
        del top.rest["stop"]
        return tuple(words)
    return ()


def _format(top: Fields) -> ir.Format | None:
    verbosity = top.text("verbosity")
    value = top.rest.get("response_format")
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "json_schema":
        return _schema(top, verbosity)
    if value == {"type": "json_object"}:
        del top.rest["response_format"]
        return ir.Format("json", verbosity=verbosity, at="/response_format", spelled=VERBOSITY)
    if value == {"type": "text"}:
        del top.rest["response_format"]
        return ir.Format(verbosity=verbosity, at="/response_format", spelled=VERBOSITY)
    return None if verbosity is None else ir.Format(verbosity=verbosity, at="/verbosity", spelled=VERBOSITY)


def _schema(top: Fields, verbosity: str | None) -> ir.Format:
    asked = top.inner("response_format")
    del asked.rest["type"]
    inner = asked.inner("json_schema")
    return ir.Format(
        "json_schema",
        name=inner.text("name"),
        schema=inner.take("schema", dict),
        strict=inner.take("strict", bool),
        description=inner.text("description"),
        verbosity=verbosity,
        at="/response_format",
        spelled=VERBOSITY,
    )
