"""The `generationConfig`: limits, sampling, stop sequences, format and thinking.

https://ai.google.dev/api/generate-content#generationconfig. A model's own word, read in this dialect, is sent as it
came; what a stranger asks for is made to fit what is known of the model.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import define, evolve

from ccgate import ir
from ccgate.translators.gemini.losses import Losses, merged
from ccgate.translators.gemini.models import LEVELS, Facts
from ccgate.translators.gemini.toolbox import write_schema

MOST_STOPS: Final = 5
DYNAMIC: Final = -1
"""The budget that leaves it to the model."""
BUDGETS: Final = {"minimal": 512, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 32768, "max": 32768}
"""Tokens by effort: https://ai.google.dev/gemini-api/docs/openai#thinking"""
LOW_BUDGET: Final = 4096
MEDIUM_BUDGET: Final = 16384
LEAST: Final = ir.Reasoning("budget", None, 0)
ORDER: Final = ("minimal", "low", "medium", "high", "xhigh", "max")
WRITTEN: Final = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
}


@define
class Settings:
    """Writes the configuration of one request."""

    request: ir.Request
    facts: Facts
    losses: Losses

    def write(self, *, tools: bool) -> dict[str, Any]:
        sampling = self.request.sampling
        config: dict[str, Any] = {}
        for key, word in WRITTEN.items():
            if getattr(sampling, key) is not None:
                config[word] = getattr(sampling, key)
        config |= self._limits() | self._stop() | self._format(tools=tools)
        thinking = self._thinking()
        if thinking:
            config["thinkingConfig"] = thinking
        return merged(config, self.losses.own(sampling))

    def _limits(self) -> dict[str, Any]:
        limits = self.request.limits
        own = self.losses.own(limits)
        if limits.output is None:
            return own
        most = self.facts.output
        if most is None or limits.output <= most:
            return {"maxOutputTokens": limits.output} | own
        self.losses.add(limits.place("output"), "changed", f"this model answers at most {most} tokens", "setting")
        return {"maxOutputTokens": most} | own

    def _stop(self) -> dict[str, Any]:
        stop = [each for each in self.request.stop if each]
        if len(stop) > MOST_STOPS or len(stop) < len(self.request.stop):
            why = f"only the first {MOST_STOPS} stop sequences that are not empty are sent"
            self.losses.add(self.request.place("stop"), "changed", why, "setting")
        return {"stopSequences": stop[:MOST_STOPS]} if stop else {}

    def _format(self, *, tools: bool) -> dict[str, Any]:
        asked = self.request.format
        if asked is None:
            return {}
        own = self.losses.own(asked)
        if asked.verbosity is not None:
            self.losses.add(asked.place("verbosity"), "dropped", "verbosity cannot be set", "setting")
        if asked.kind == "text":
            return own
        for key in ("name", "description"):
            if getattr(asked, key) is not None:
                self.losses.add(asked.place(key), "dropped", f"the answer's schema has no {key} here", "hint")
        if tools and self.facts.known and not self.facts.named_calls:
            self.losses.add(asked.at, "dropped", "this model cannot call functions and answer in JSON", "setting")
            return own
        schema = write_schema("response", asked.schema, self.facts, self.losses, asked.place("schema"))
        return {"responseMimeType": "application/json"} | schema | own

    def _thinking(self) -> dict[str, Any]:
        asked = self.request.reasoning
        if asked is None:
            return {}
        own = self.losses.own(asked)
        words = self._effort(asked)
        shown = asked.show not in {None, "omitted"} or (asked.show is None and asked.mode in {"adaptive", "budget"})
        if shown and self._thinks() and words.get("thinkingBudget") != 0:
            words["includeThoughts"] = True
        return merged(words, own)

    def _thinks(self) -> bool:
        return bool(self.facts.levels or self.facts.budget)

    def _effort(self, asked: ir.Reasoning) -> dict[str, Any]:
        if not self.facts.known:
            return _as_said(asked)
        if asked.mode == "between_tools":
            self.losses.add(asked.place("mode"), "dropped", "reasoning between calls cannot be asked for", "setting")
            asked = evolve(asked, mode=None)
        if (asked.mode, asked.effort, asked.budget) == (None, None, None):
            return {}
        off = asked.mode == "off" or (asked.mode is None and asked.effort == "none")
        if not self._thinks():
            if not off:
                self.losses.add(_said(asked), "dropped", "this model does not think", "setting")
            return {}
        if off and self.facts.may_rest:
            return {"thinkingBudget": 0}
        if off:
            self.losses.add(
                _said(asked), "changed", "this model cannot be kept from thinking: it thinks least", "setting"
            )
            return {"thinkingLevel": self.facts.levels[0]} if self.facts.levels else self._budget(LEAST)
        return self._level(asked) if self.facts.levels else self._budget(asked)

    def _level(self, asked: ir.Reasoning) -> dict[str, Any]:
        effort = asked.effort
        if effort is None and asked.budget is not None:
            effort = "low" if asked.budget < LOW_BUDGET else "medium" if asked.budget < MEDIUM_BUDGET else "high"
            self.losses.add(asked.place("budget"), "changed", f"a budget is told as the level {effort}", "setting")
        if effort is None:
            return {}
        if effort.upper() in self.facts.levels:
            return {"thinkingLevel": effort.upper()}
        if effort not in ORDER:
            self.losses.add(asked.place("effort"), "dropped", "this effort is not known here", "setting")
            return {}
        wanted = ORDER.index(effort)
        higher = [each for each in self.facts.levels if ORDER.index(each.lower()) > wanted]
        level = higher[0] if higher else self.facts.levels[-1]
        why = f"the nearest level of this model is {level.lower()}"
        self.losses.add(asked.place("effort"), "changed", why, "setting")
        return {"thinkingLevel": level}

    def _budget(self, asked: ir.Reasoning) -> dict[str, Any]:
        least, most = self.facts.budget or (0, 0)
        if asked.budget is None and asked.effort is None:
            return {"thinkingBudget": DYNAMIC}
        if asked.budget is None and asked.effort not in BUDGETS:
            self.losses.add(asked.place("effort"), "dropped", "this effort is not known here", "setting")
            return {}
        wanted = BUDGETS[asked.effort or ""] if asked.budget is None else asked.budget
        budget = min(max(wanted, least), most)
        if asked.budget is not None and budget != wanted and asked is not LEAST:
            why = f"this model thinks {least} to {most} tokens"
            self.losses.add(asked.place("budget"), "changed", why, "setting")
        return {"thinkingBudget": budget}


def _said(asked: ir.Reasoning) -> str:
    """The pointer of the word with which the caller said how hard to think."""
    return asked.place("effort" if asked.effort is not None else "budget" if asked.budget is not None else "mode")


def _as_said(asked: ir.Reasoning) -> dict[str, Any]:
    """For a model that nobody knows: in this dialect's words, one of level and budget."""
    if asked.mode == "off" or asked.effort == "none":
        return {"thinkingBudget": 0}
    if asked.budget is not None:
        return {"thinkingBudget": asked.budget}
    if asked.effort is not None:
        level = asked.effort.upper()
        return {"thinkingLevel": level if level in LEVELS else "HIGH"}
    return {"thinkingBudget": DYNAMIC} if asked.mode == "adaptive" else {}
