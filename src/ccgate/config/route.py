"""Where a call goes: rules, members, and the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from ccgate.config.checks import gathered, one_of, refuse, text
from ccgate.config.lists import items, strings
from ccgate.config.sections import import_path
from ccgate.errors import ConfigError
from ccgate.words import meant

SELECTS = ("sticky", "ordered", "weighted", "least-busy", "fastest")
LOSSES = ("report", "refuse")

RuleData = Mapping[str, Any] | str
"""One rule as it is written: `{rule = "model", matches = "*haiku*"}`, or `"pkg.mod:Name"`."""

RULES: dict[str, frozenset[str]] = {
    "model": frozenset({"matches"}),
    "tokens": frozenset({"above", "below"}),
    "thinking": frozenset({"type", "min_budget", "min_effort"}),
    "tool": frozenset({"name", "type", "used"}),
    "web_search": frozenset(),
    "background": frozenset(),
    "subagent": frozenset(),
    "header": frozenset({"name", "matches"}),
    "time": frozenset({"from", "to", "zone"}),
    "principal": frozenset({"matches"}),
    "media": frozenset({"type"}),
    "all": frozenset({"rules"}),
    "any": frozenset({"rules"}),
    "not": frozenset({"rules"}),
}
"""Every rule there is, and the words it takes beside `rule`."""

_NEEDED = {"model": "matches", "principal": "matches", "header": "name", "all": "rules", "any": "rules", "not": "rules"}


@frozen
class Member:
    """One place in a pool: a provider's name, and the model to ask it for; None: the caller's own, where it can."""

    provider: str
    model: str | None = None

    @classmethod
    def of(cls, text: str) -> Member:
        """Read `provider` or `provider,model`; spaces around the comma do not count."""
        provider, comma, model = text.partition(",")
        return cls(provider.strip(), model.strip() if comma else None)


def _rules(values: Iterable[RuleData]) -> tuple[RuleData, ...]:
    return items(values)


@frozen(kw_only=True)
class Route:
    """The first route whose rules all hold answers. `name` left out: route-1, route-2, ... by its place."""

    name: str = ""
    when: tuple[RuleData, ...] = field(default=(), converter=_rules)
    """All must hold; none: always."""
    to: tuple[str, ...] = field(converter=strings)
    """`provider` or `provider,model`, in order."""
    select: str = "sticky"
    on_loss: str = "report"
    """refuse: answer 400 rather than lose content that the other dialect cannot carry."""

    def __attrs_post_init__(self) -> None:
        refuse(
            text("name", self.name, may_be_empty=True),
            gathered(_rule_problem(f"when[{index}]", rule) for index, rule in enumerate(self.when)),
            None if self.to else ConfigError("names nobody to ask", where="to"),
            gathered(member_problem(f"to[{index}]", member) for index, member in enumerate(self.to)),
            one_of("select", self.select, SELECTS),
            one_of("on_loss", self.on_loss, LOSSES),
        )

    @property
    def members(self) -> tuple[Member, ...]:
        """`to`, read."""
        return tuple(Member.of(text) for text in self.to)


def member_problem(where: str, value: object) -> ConfigError | None:
    problem = text(where, value)
    if problem is not None:
        return problem
    member = Member.of(str(value))
    if not member.provider or member.model == "":
        return ConfigError("must be `provider` or `provider,model`", where=where)
    return None


def rule_name(rule: RuleData) -> str:
    """The name of a written rule, as `model` or `pkg.mod:Name`."""
    return rule if isinstance(rule, str) else str(rule.get("rule", ""))


def _rule_problem(where: str, rule: object) -> ConfigError | None:
    if isinstance(rule, str):
        return import_path(where, rule)
    if not isinstance(rule, Mapping):
        return ConfigError("must be a table with `rule`, or pkg.mod:Name", where=where)
    name = rule.get("rule")
    if not isinstance(name, str) or not name:
        return ConfigError("must name a rule", where=f"{where}.rule", hint=f"known: {', '.join(RULES)}")
    if ":" in name:
        return import_path(f"{where}.rule", name)
    if name not in RULES:
        return ConfigError("unknown rule", where=f"{where}.rule", hint=meant(name, RULES))
    return _arguments_problem(where, name, rule)


def _arguments_problem(where: str, name: str, rule: Mapping[str, object]) -> ConfigError | None:
    known = sorted(RULES[name])
    problems = [
        ConfigError("unknown key", where=f"{where}.{key}", hint=meant(str(key), known))
        for key in rule
        if key != "rule" and key not in known
    ]
    needed = _NEEDED.get(name)
    if needed is not None and needed not in rule:
        problems.append(ConfigError("is required", where=f"{where}.{needed}"))
    texts = (text(f"{where}.{key}", rule[key]) for key in ("matches", "name") if key in rule)
    return gathered([*problems, *texts, *_nested(where, rule)])


def _nested(where: str, rule: Mapping[str, object]) -> Iterable[ConfigError | None]:
    rules = rule.get("rules")
    if "rules" in rule and not isinstance(rules, list | tuple):
        yield ConfigError("must be a list of rules", where=f"{where}.rules")
    elif isinstance(rules, list | tuple):
        for index, inner in enumerate(rules):
            yield _rule_problem(f"{where}.rules[{index}]", inner)
