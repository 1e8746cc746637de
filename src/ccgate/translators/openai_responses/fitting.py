"""A request from another dialect, fitted to what this one can say; the writer then writes it as if it were our own.

What is added: `store` false, for the conversation is resent whole and stays with the caller, and with it encrypted
reasoning, which must then come back (https://platform.openai.com/docs/guides/reasoning). Which models reason, and what
they refuse, is a table (`policy.openai_models`); a setting goes to a model that is known to take it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.policy.openai_models import Facts, facts
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.translators.openai_responses.history import History
from ccgate.translators.openai_responses.names import LONGEST, digest, fitting_name
from ccgate.translators.openai_responses.pen import Pen

LEAST_OUTPUT: Final = 16
TIERS: Final = ("auto", "default", "flex", "scale", "priority", "fast")
SHOWN: Final = {"summarized": "auto", "updates": "auto", "auto": "auto", "concise": "concise", "detailed": "detailed"}
DEFAULT_SCHEMA_NAME: Final = "answer"
LOW_BUDGET: Final = 4096
MEDIUM_BUDGET: Final = 16384
ENCRYPTED: Final = "reasoning.encrypted_content"


def fitted(request: ir.Request, pen: Pen) -> ir.Request:
    """The same request, in this dialect's words."""
    return Fitting(request, pen).fitted()


@define(eq=False)
class Fitting:
    """Fits one request."""

    request: ir.Request
    pen: Pen
    known: Facts = field(init=False)
    history: History = field(init=False)
    own: dict[str, Any] = field(factory=lambda: {"store": False})
    """Fields that have no word in the IR."""

    def __attrs_post_init__(self) -> None:
        self.known = facts(self.request.model)
        self.history = History(self.pen, None if self.request.reasoning is None else self.request.reasoning.effort)

    def fitted(self) -> ir.Request:
        request = self.request
        self.pen.back({}, request)
        if self.known.reasons:
            self.own["include"] = [ENCRYPTED]
        tools = self.tools()
        return attrs.evolve(
            request,
            tools=tools,
            turns=self.history.turns(request.turns),
            choice=self.choice(tools),
            reasoning=self.reasoning(),
            format=self.format(),
            sampling=self.sampling(),
            limits=self.limits(),
            cache_key=self.cache_key(),
            tier=self.tier(),
            user=self.user(),
            extra=ir.Opaque(DIALECT, self.own),
        )

    # ------------------------------------------------------------ tools

    def tools(self) -> tuple[ir.AnyTool, ...]:
        """With those that came and without those that went in mid-conversation."""
        tools = {_key(tool, n): tool for n, tool in enumerate(self.request.tools)}
        for block in ir.blocks(self.request):
            if isinstance(block, ir.Tools):
                for name in block.removed:
                    tools.pop((name, None), None)
                tools |= {_key(tool, len(tools) + n): tool for n, tool in enumerate(block.added)}
        return tuple(fit for tool in tools.values() if (fit := self.tool(tool)) is not None)

    def tool(self, tool: ir.AnyTool) -> ir.AnyTool | None:
        """A function is strict here unless it says that it is not."""
        if isinstance(tool, ir.Hosted):
            return tool
        if tool.deferred:
            placeholder = tool.schema is None and tool.form == "json"
            why = "a placeholder for deferred tools calls nothing" if placeholder else "a deferred tool is sent at once"
            at = tool.at if placeholder else tool.place("deferred")
            self.pen.lose(at, why, "hint", "dropped" if placeholder else "changed")
            if placeholder:
                return None
        if tool.mark is not None:
            self.pen.lose(tool.place("mark"), "prompts are cached without marks", "hint")
        name = tool.name if tool.namespace else self.history.name(tool.name, tool.at)
        tool = attrs.evolve(tool, name=name, deferred=False, mark=None)
        if tool.form == "text":
            return tool
        return attrs.evolve(tool, schema=fitting_schema(tool.schema or {}), strict=tool.strict is True)

    def choice(self, tools: tuple[ir.AnyTool, ...]) -> ir.Choice | None:
        choice = self.request.choice
        if choice is None:
            return None
        self.pen.back({}, choice)
        kinds = {tool.name: tool.form for tool in tools if isinstance(tool, ir.Tool)}
        if not kinds:
            if choice.mode in {"any", "named"}:
                self.pen.lose(choice.at, "there is no tool to choose", "setting")
            return None
        names = tuple(name for name in map(fitting_name, choice.names) if name in kinds)
        if len(names) < len(choice.names):
            self.pen.lose(choice.at, "a tool that is not sent cannot be chosen", "setting", "changed")
        if choice.mode == "none" or not names:
            mode = "any" if choice.mode == "named" else choice.mode
            return attrs.evolve(choice, mode=mode, names=(), extra=None)
        return attrs.evolve(choice, names=names, extra=_kinds(choice, names, kinds))

    # ------------------------------------------------------------ settings

    def reasoning(self) -> ir.Reasoning | None:
        asked = self.request.reasoning
        if asked is None:
            return None
        self.pen.back({}, asked)
        if asked.mode == "between_tools":
            self.pen.lose(asked.place("mode"), "reasoning between tool calls cannot be asked for", "setting")
        effort = self._effort(asked)
        if not self.known.reasons:
            if effort is not None:
                self.pen.lose(asked.place(_said(asked)), "the model is not known to reason", "setting")
            return None
        if effort == "none" and not self.known.may_rest:
            self.pen.lose(asked.place(_said(asked)), "the model cannot be told not to reason", "setting")
            effort = None
        elif asked.effort is None and asked.budget is not None:
            self.pen.lose(asked.place("budget"), f"a budget is told as the effort {effort}", "setting", "changed")
        show = None if asked.show is None else SHOWN.get(asked.show)
        if effort is None and show is None:
            return None
        return attrs.evolve(asked, mode=None, effort=effort, budget=None, show=show, extra=None)

    def _effort(self, asked: ir.Reasoning) -> str | None:
        if asked.mode == "off":
            return "none"
        if asked.effort is not None or asked.budget is None:
            return asked.effort
        return "low" if asked.budget < LOW_BUDGET else "medium" if asked.budget < MEDIUM_BUDGET else "high"

    def format(self) -> ir.Format | None:
        asked = self.request.format
        if asked is None:
            return None
        self.pen.back({}, asked)
        verbosity = asked.verbosity
        if verbosity is not None and not self.known.reasons:
            self.pen.lose(asked.place("verbosity"), "the model is not known to take a verbosity", "setting")
            verbosity = None
        if asked.kind == "text" and verbosity is None:
            return None
        name = fitting_name(asked.name or DEFAULT_SCHEMA_NAME) if asked.kind == "json_schema" else None
        at = "/text" if asked.kind == "text" else asked.at
        return attrs.evolve(asked, name=name, verbosity=verbosity, at=at, extra=None)

    def sampling(self) -> ir.Sampling:
        sampling = self.request.sampling
        if not self.known.reasons:
            return sampling
        gone = [key for key in ("temperature", "top_p") if getattr(sampling, key) is not None]
        for key in gone:
            if getattr(sampling, key) != 1:
                self.pen.lose(sampling.place(key), "reasoning models take no other value than 1", "setting")
        nothing: dict[str, Any] = dict.fromkeys(gone)
        return attrs.evolve(sampling, **nothing)

    def limits(self) -> ir.Limits:
        limits = self.request.limits
        if limits.output is None or limits.output >= LEAST_OUTPUT:
            return limits
        self.pen.lose(limits.place("output"), f"an answer has at least {LEAST_OUTPUT} tokens", "setting", "changed")
        return attrs.evolve(limits, output=LEAST_OUTPUT)

    def cache_key(self) -> str | None:
        """What requests with a common beginning share: what the caller says, else its conversation."""
        key = self.request.cache_key or self.request.session
        return key if key is None or len(key) <= LONGEST else digest(key)

    def tier(self) -> str | None:
        tier = self.request.tier
        if tier is None or tier in TIERS:
            return tier
        self.pen.lose(self.request.place("tier"), f"the service tier {tier} is not known here", "setting")
        return None

    def user(self) -> str | None:
        """Short names as they are; of others only a hash: they hold more about a person than a provider need know."""
        user = self.request.user
        if user is None or (len(user) <= LONGEST and not user.startswith("{")):
            return user
        self.pen.lose(self.request.place("user"), "the user is told as a hash of the name", "hint", "changed")
        self.own["safety_identifier"] = digest(_person(user))
        return None


def _key(tool: ir.AnyTool, n: int) -> tuple[Any, ...]:
    if isinstance(tool, ir.Tool):
        return (tool.name, tool.namespace.name if tool.namespace else None)
    return ("", tool.kind, n)


def fitting_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as it is, without `$schema` and with a top-level `type` and `properties`."""
    fit = {key: value for key, value in schema.items() if key != "$schema"}
    fit.setdefault("type", "object")
    if fit["type"] == "object":
        fit.setdefault("properties", {})
    return fit


def _kinds(choice: ir.Choice, names: tuple[str, ...], kinds: Mapping[str, str]) -> ir.Opaque | None:
    """A choice is among functions unless it says otherwise."""
    if all(kinds[name] == "json" for name in names):
        return None
    if choice.mode == "named" and len(names) == 1:
        return ir.Opaque(DIALECT, {"type": "custom"})
    tools = [{"type": "custom" if kinds[name] == "text" else "function", "name": name} for name in names]
    return ir.Opaque(DIALECT, {"tools": tools})


def _said(asked: ir.Reasoning) -> str:
    """Which of our words the caller used to say how hard to think."""
    return "effort" if asked.effort is not None else "budget" if asked.budget is not None else "mode"


def _person(user: str) -> str:
    """The part of a name that is the same in every session: the provider is to see one user, not one a session."""
    try:
        named = json.loads(user)
    except (ValueError, RecursionError):
        return user
    if not isinstance(named, dict):
        return user
    return json.dumps({key: value for key, value in sorted(named.items()) if key != "session_id"})
