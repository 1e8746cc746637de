"""Edits of a Chat Completions body that several vendors need.

All change the body they are given: it was made for this one request. What is lost is added to `losses`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ccgate import ir
from ccgate.translators.variant import Body, Losses, rests
from ccgate.wire import jsontext

LOW_BUDGET = 4096
"""Thinking budgets below it are told as the effort `low`, others as `high`."""

IDLE: Mapping[str, float] = {"temperature": 1, "presence_penalty": 0, "frequency_penalty": 0}
"""Sampling that a model which thinks does not use, and the values with which that is no loss."""

WORDS: Mapping[str, str] = {"prompt_cache_key": "cache_key", "service_tier": "tier"}
HINTS = ("prompt_cache_key", "user")
"""Our words for keys of a body, and keys whose loss changes no answer."""


def replayed(body: Body, kind: str, filler: str) -> None:
    """Every message of the assistant has the field with its thoughts; where they are not known, `filler` stands."""
    for message in body["messages"]:
        if message["role"] == "assistant":
            message.setdefault(kind, filler)


def switch_thinking(request: ir.Request, body: Body) -> bool:
    """Write `thinking: {type}`, unless the caller wrote it in the vendor's own words. Whether the model will think."""
    asked = request.reasoning or ir.Reasoning()
    if "thinking" not in body:
        if rests(asked):
            body["thinking"] = {"type": "disabled"}
        elif asked.mode in {"adaptive", "budget"}:
            body["thinking"] = {"type": "enabled"}
    switch = body.get("thinking")
    return not (isinstance(switch, dict) and switch.get("type") == "disabled")


def write_effort(request: ir.Request, body: Body, efforts: Mapping[str, str], losses: Losses) -> None:
    """Write `reasoning_effort`. `efforts` maps the words of callers to those of the vendor."""
    asked = request.reasoning or ir.Reasoning()
    wanted = asked.effort
    if wanted is None and asked.budget is not None:
        wanted = "low" if asked.budget < LOW_BUDGET else "high"
    if wanted is None:
        return
    effort = efforts.get(wanted)
    if effort is None:
        losses.append(ir.Loss(asked.place("effort"), "dropped", "this effort is not known here", "setting"))
        return
    body["reasoning_effort"] = effort
    if asked.effort is None:
        losses.append(ir.Loss(asked.place("budget"), "changed", f"a budget is told as the effort {effort}", "setting"))
    elif effort != asked.effort:
        why = f"the vendor takes it for the effort {effort}"
        losses.append(ir.Loss(asked.place("effort"), "changed", why, "setting"))


def no_effort(request: ir.Request, losses: Losses) -> None:
    """What is said of how hard to think beside yes and no."""
    asked = request.reasoning or ir.Reasoning()
    for word in ("effort", "budget"):
        if getattr(asked, word) not in {None, "none"}:
            losses.append(ir.Loss(asked.place(word), "dropped", "this model only knows thinking or not", "setting"))


def free_choice(request: ir.Request, body: Body, losses: Losses) -> None:
    """A model that thinks cannot be made to call a tool."""
    if body.get("tool_choice", "auto") in ("auto", "none"):
        return
    body["tool_choice"] = "auto"
    at = request.choice.at if request.choice is not None else "/tool_choice"
    losses.append(ir.Loss(at, "changed", "a model that thinks cannot be made to call a tool", "setting"))


def plain_choice(request: ir.Request, body: Body, losses: Losses) -> None:
    """A choice among several tools is one among all of them."""
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        body["tool_choice"] = choice["allowed_tools"]["mode"]
        at = request.choice.at if request.choice is not None else "/tool_choice"
        losses.append(ir.Loss(at, "changed", "a choice among some of the tools cannot be told", "setting"))


def idle_sampling(request: ir.Request, body: Body, losses: Losses) -> None:
    """What a model that thinks does not use."""
    for key, usual in IDLE.items():
        if body.pop(key, usual) != usual:
            at = request.sampling.place(key)
            losses.append(ir.Loss(at, "dropped", "it has no effect while the model thinks", "setting"))


def schema_in_words(request: ir.Request, body: Body, losses: Losses) -> None:
    """A server without schemas takes any JSON; the schema is told to the model, behind the system prompt."""
    asked = body.get("response_format")
    if not (isinstance(asked, dict) and asked.get("type") == "json_schema"):
        return
    body["response_format"] = {"type": "json_object"}
    schema = asked.get("json_schema", {}).get("schema", {})
    say(body["messages"], f"Answer in JSON that this JSON schema allows: {jsontext.dump(schema).decode()}")
    at = request.format.place("schema") if request.format is not None else "/response_format"
    losses.append(ir.Loss(at, "changed", "no schema can be enforced: it is told to the model, and any JSON is taken"))


def say(messages: list[dict[str, Any]], words: str) -> None:
    """Add a paragraph to the system prompt. It stands where it stood in the last request, so prompts stay cached."""
    first = messages[0] if messages else {}
    if first.get("role") != "system":
        messages.insert(0, {"role": "system", "content": words})
    elif isinstance(first["content"], str):
        first["content"] += f"\n\n{words}"
    else:
        first["content"] = [*first["content"], {"type": "text", "text": words}]


def known_only(request: ir.Request, body: Body, known: Collection[str], losses: Losses) -> None:
    """Leave out the keys that a strict server refuses. `stream_options` is ours: nobody asked for it."""
    for key in [key for key in body if key not in known]:
        del body[key]
        if key != "stream_options":
            grade: ir.Grade = "hint" if key in HINTS else "setting"
            losses.append(ir.Loss(request.place(WORDS.get(key, key)), "dropped", "this server refuses it", grade))
