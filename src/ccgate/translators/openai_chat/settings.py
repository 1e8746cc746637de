"""Everything of a request but its messages and tools, written: limits, sampling, reasoning, format, keys.

A setting is sent where the model is known to take it, or where the caller wrote it in this dialect's own word: then
`at` points to that word, and the caller knows the server.
"""

from __future__ import annotations

import json
from typing import Any

from ccgate import ir
from ccgate.policy.losses import Losses
from ccgate.policy.openai_models import Facts
from ccgate.translators.openai_chat.names import digest
from ccgate.translators.openai_chat.reading import TIERS

MOST_STOPS = 4
LONGEST_USER = 64
DEFAULT_SCHEMA_NAME = "answer"

LOW_BUDGET = 4096
MEDIUM_BUDGET = 16384


def write_limits(request: ir.Request, facts: Facts, losses: Losses) -> dict[str, Any]:
    """`max_tokens` is the field every server knows; OpenAI's reasoning models refuse it."""
    own = losses.own(request.limits)
    if request.limits.output is None:
        return own
    new = facts.reasons or request.limits.at == "/max_completion_tokens"
    return {"max_completion_tokens" if new else "max_tokens": request.limits.output} | own


def write_sampling(request: ir.Request, facts: Facts, losses: Losses) -> dict[str, Any]:
    sampling = request.sampling
    own = losses.own(sampling)
    if sampling.top_k is not None:
        losses.add(sampling.place("top_k"), "dropped", "this dialect has no top_k", "setting")
    words: dict[str, Any] = {}
    for key in ("temperature", "top_p"):
        value = getattr(sampling, key)
        if value is not None and value != 1 and facts.reasons:
            losses.add(sampling.place(key), "dropped", "reasoning models take no other value than 1", "setting")
        elif value is not None:
            words[key] = value
    for key in ("seed", "frequency_penalty", "presence_penalty"):
        if getattr(sampling, key) is not None:
            words[key] = getattr(sampling, key)
    return words | own


def write_stop(request: ir.Request, facts: Facts, losses: Losses) -> dict[str, Any]:
    if not request.stop:
        return {}
    if facts.reasons:
        losses.add(request.place("stop"), "dropped", "reasoning models take no stop sequences", "setting")
        return {}
    if len(request.stop) > MOST_STOPS:
        losses.add(request.place("stop"), "changed", f"only the first {MOST_STOPS} stop sequences are sent", "setting")
    return {"stop": list(request.stop[:MOST_STOPS])}


def effort_of(reasoning: ir.Reasoning) -> str | None:
    """The effort a reasoning asks for; None: the model's own default. Budgets are told as the effort they are near."""
    if reasoning.mode == "off":
        return "none"
    if reasoning.effort is not None:
        return reasoning.effort
    budget = reasoning.budget
    if budget is None:
        return None
    return "low" if budget < LOW_BUDGET else "medium" if budget < MEDIUM_BUDGET else "high"


def write_reasoning(request: ir.Request, facts: Facts, losses: Losses) -> dict[str, Any]:
    asked = request.reasoning or ir.Reasoning()
    own = losses.own(asked)
    _report_display(asked, losses)
    effort = effort_of(asked)
    if facts.tools_at_rest and any(isinstance(tool, ir.Tool) for tool in request.tools):
        if effort != "none":
            why = "with function tools this model takes no other reasoning effort than none at this endpoint"
            losses.add(asked.place(_said(asked)) if asked.at else "/tools", "changed", why, "setting")
        return {"reasoning_effort": "none"} | own
    if effort is None:
        return own
    if asked.at != "/reasoning_effort" and (why_not := _refusal(facts, effort)):
        losses.add(asked.place(_said(asked)), "dropped", why_not, "setting")
        return own
    if asked.effort is None and asked.budget is not None:
        losses.add(asked.place("budget"), "changed", f"a budget is told as the effort {effort}", "setting")
    return {"reasoning_effort": effort} | own


def _said(asked: ir.Reasoning) -> str:
    """Which of our words the caller used to say how hard to think."""
    return "effort" if asked.effort is not None else "budget" if asked.budget is not None else "mode"


def _refusal(facts: Facts, effort: str) -> str | None:
    if not facts.reasons:
        return "the model is not known to take a reasoning effort"
    return "the model cannot be told not to reason" if effort == "none" and not facts.may_rest else None


def _report_display(asked: ir.Reasoning, losses: Losses) -> None:
    if asked.show is not None:
        losses.add(asked.place("show"), "dropped", "how reasoning is shown cannot be asked for", "hint")
    if asked.mode == "between_tools":
        losses.add(asked.place("mode"), "dropped", "reasoning between tool calls cannot be asked for", "setting")


def write_format(request: ir.Request, facts: Facts, losses: Losses) -> dict[str, Any]:
    asked = request.format
    if asked is None:
        return {}
    own = losses.own(asked)
    words: dict[str, Any] = {}
    if asked.kind == "json":
        words["response_format"] = {"type": "json_object"}
    elif asked.kind == "json_schema":
        words["response_format"] = {"type": "json_schema", "json_schema": _schema(asked)}
    if asked.verbosity is not None and (facts.reasons or asked.at in {"/verbosity", "/response_format"}):
        words["verbosity"] = asked.verbosity
    elif asked.verbosity is not None:
        losses.add(asked.place("verbosity"), "dropped", "the model is not known to take a verbosity", "setting")
    return words | own


def _schema(asked: ir.Format) -> dict[str, Any]:
    words = {
        "name": asked.name or DEFAULT_SCHEMA_NAME,
        "description": asked.description,
        "schema": None if asked.schema is None else dict(asked.schema),
        "strict": asked.strict,
    }
    return {key: value for key, value in words.items() if value is not None}


def write_rest(request: ir.Request, losses: Losses) -> dict[str, Any]:
    """Who asks, where the prompt's cache is, and how it is served."""
    words: dict[str, Any] = {}
    if request.cache_key is not None:
        words["prompt_cache_key"] = request.cache_key
    if request.tier in TIERS:
        words["service_tier"] = request.tier
    elif request.tier is not None:
        losses.add(request.place("tier"), "dropped", f"the service tier {request.tier} is not known here", "setting")
    if request.user is not None:
        words["user"] = _user(request.user, request.place("user"), losses)
    if request.stream:
        words |= {"stream": True, "stream_options": {"include_usage": True}}
    return words


def _user(user: str, at: str, losses: Losses) -> str:
    """Short names as they are. Long ones do not fit, and JSON holds more about a person than a provider need know."""
    if len(user) <= LONGEST_USER and not user.startswith("{"):
        return user
    losses.add(at, "changed", "the user is told as a hash of the name", "hint")
    return digest(_person(user))


def _person(user: str) -> str:
    """The part of a name that is the same in every session: the provider is to see one user, not one a session."""
    try:
        named = json.loads(user)
    except ValueError:
        return user
    if not isinstance(named, dict):
        return user
    return json.dumps({key: value for key, value in sorted(named.items()) if key != "session_id"})
