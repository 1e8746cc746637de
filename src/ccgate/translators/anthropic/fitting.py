"""Settings of a request from elsewhere, made to fit the model that is asked. What changes is told as a `Loss`.

The vendor refuses what a model does not take, with a 400, where other vendors mostly ignore it; so it is left out.
Which model refuses what stands in `families`. Effort becomes a budget for models that know only budgets; extended
thinking forbids sampling and a forced tool, and wants a signed thinking block in front of the calls of the turn that
is under way: https://platform.claude.com/docs/en/build-with-claude/extended-thinking
"""

from __future__ import annotations

from typing import Any, Final, Literal

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.translators.anthropic.families import Family, output_limit
from ccgate.translators.anthropic.fields import DIALECT

BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16_384, "xhigh": 24_576, "max": 31_999}
LEAST_BUDGET: Final = 1024
EFFORTS: Final = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}
SHOWN: Final = {"omitted": "omitted", "updates": "updates", "auto": "summarized", "concise": "summarized"}
TIERS: Final = {"auto": "auto", "standard_only": "standard_only", "default": "standard_only"}


@define(eq=False)
class Fitting:
    """Fits one request."""

    request: ir.Request
    losses: list[ir.Loss]
    family: Family = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.family = Family.of(self.request.model)

    def lose(
        self, at: str, why: str, what: Literal["dropped", "changed"] = "dropped", grade: ir.Grade = "setting"
    ) -> None:
        self.losses.append(ir.Loss(at, what, why, grade))

    def fitted(self) -> ir.Request:
        request = self.request
        reasoning = self.reasoning()
        thinks = reasoning is not None and reasoning.mode == "budget"
        return attrs.evolve(
            request,
            reasoning=reasoning,
            choice=self.choice(thinks=thinks),
            sampling=self.sampling(thinks=thinks),
            stop=self.stop(),
            tier=self.tier(),
            format=self.format(),
        )

    def reasoning(self) -> ir.Reasoning | None:
        asked = self.request.reasoning
        if asked is None or (asked.mode, asked.effort, asked.budget) == (None, None, None):
            return None if asked is None else attrs.evolve(asked, show=None)
        show = None if asked.show is None else SHOWN.get(asked.show, "summarized")
        asked = attrs.evolve(asked, show=show)
        if asked.mode == "off" or (asked.mode is None and asked.effort == "none"):
            return self._off(asked)
        return self._adaptive(asked) if self.family.adapts else self._budget(asked)

    def _off(self, asked: ir.Reasoning) -> ir.Reasoning:
        if self.family.always_thinks:
            self.lose(asked.at, "this model cannot be kept from thinking")
            return attrs.evolve(asked, mode=None, effort="low", budget=None, show=None)
        effort = self._effort(asked) if self.family.adapts and asked.effort != "none" else None
        if self.family.weighs_silence and effort in {"xhigh", "max"}:
            self.lose(asked.at, "without thinking this model takes an effort of at most high", "changed")
            effort = "high"
        return attrs.evolve(asked, mode="off", effort=effort, budget=None, show=None)

    def _adaptive(self, asked: ir.Reasoning) -> ir.Reasoning:
        if asked.mode == "between_tools":
            return attrs.evolve(asked, effort=self._effort(asked))
        if asked.mode == "budget" and not self.family.modern:
            return asked
        effort = self._effort(asked)
        if asked.mode == "budget":
            self.lose(asked.at, "this model takes an effort, not a budget", "changed")
            effort = effort or _effort_of(asked.budget)
        return attrs.evolve(asked, mode="adaptive", effort=effort, budget=None)

    def _effort(self, asked: ir.Reasoning) -> str | None:
        if asked.effort is None:
            return None
        effort = EFFORTS.get(asked.effort)
        if effort is None:
            self.lose(asked.at, "this effort is not known here")
        return effort

    def _budget(self, asked: ir.Reasoning) -> ir.Reasoning | None:
        """Older models: an effort, or a mode they do not know, is a number of tokens below `max_tokens`."""
        wanted = asked.budget if asked.budget is not None else BUDGETS.get(asked.effort or "medium", BUDGETS["medium"])
        room = (self.request.limits.output or output_limit(self.request.model)) - 1
        budget = min(wanted, room)
        why = ""
        if budget < LEAST_BUDGET:
            why = f"thinking takes at least {LEAST_BUDGET} tokens, below max_tokens"
        elif _calls_unsigned(self.request.turns):
            why = "the calls under way were made without signed thinking"
        if why:
            self.lose(asked.at, why)
            return attrs.evolve(asked, mode=None, effort=None, budget=None, show=None)
        return attrs.evolve(asked, mode="budget", effort=None, budget=budget)

    def choice(self, *, thinks: bool) -> ir.Choice | None:
        choice = self.request.choice
        if choice is None or choice.mode in {"auto", "none"}:
            return choice
        if self.family.always_thinks or thinks:
            self.lose(choice.at, "a model that thinks cannot be forced to call a tool", "changed")
            return attrs.evolve(choice, mode="auto", names=())
        if choice.mode == "named" and len(choice.names) != 1:
            self.lose(choice.at, "only one tool can be named", "changed")
            return attrs.evolve(choice, mode="any", names=())
        return choice

    def sampling(self, *, thinks: bool) -> ir.Sampling:
        sampling = self.request.sampling
        refused = ["seed", "frequency_penalty", "presence_penalty"]
        if self.family.modern:
            refused += ["temperature", "top_p", "top_k"]
        elif thinks:
            refused += ["temperature", "top_k"]
        gone = [name for name in refused if getattr(sampling, name) is not None]
        for name in gone:
            self.lose(sampling.place(name), "this model refuses it")
        nothing: dict[str, Any] = dict.fromkeys(gone)
        sampling = attrs.evolve(sampling, **nothing)
        if sampling.temperature is not None and sampling.temperature > 1:
            self.lose(sampling.place("temperature"), "at most 1 here", "changed")
            sampling = attrs.evolve(sampling, temperature=1)
        return sampling

    def stop(self) -> tuple[str, ...]:
        for n, each in enumerate(self.request.stop):
            if not each.strip():
                self.lose(ir.child(self.request.place("stop"), n), "a stop sequence must not be blank")
        return tuple(each for each in self.request.stop if each.strip())

    def tier(self) -> str | None:
        tier = self.request.tier
        if tier is None or tier in TIERS:
            return TIERS[tier] if tier else None
        self.lose(self.request.place("tier"), "no such service tier")
        return None

    def format(self) -> ir.Format | None:
        asked = self.request.format
        if asked is None:
            return None
        if asked.verbosity is not None:
            self.lose(asked.place("verbosity"), "verbosity cannot be set")
        if asked.kind == "json":
            self.lose(asked.at, "JSON can only be asked for with a schema")
        return attrs.evolve(asked, verbosity=None)


def _effort_of(budget: int | None) -> str | None:
    if budget is None:
        return None
    return "low" if budget < 4000 else "medium" if budget < 16_000 else "high"


def _calls_unsigned(turns: tuple[ir.Turn, ...]) -> bool:
    """Whether the conversation ends in tool results, and the model's turn before them begins without its thinking."""
    if not turns or not any(isinstance(block, ir.ToolResult) for block in turns[-1].blocks):
        return False
    said: list[ir.Block] = []
    for turn in reversed(turns):
        if turn.role == "assistant":
            said = [*turn.blocks, *said]
        elif not any(isinstance(block, ir.ToolResult) for block in turn.blocks):
            break
    first = said[0] if said else None
    return not (isinstance(first, ir.Thinking) and first.seal is not None and first.seal.maker == DIALECT)
