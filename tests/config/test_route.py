from __future__ import annotations

from typing import Any

import pytest

from ccgate.config import Member, Route
from ccgate.errors import ConfigError


def test_a_route_says_who_is_asked_and_for_which_model() -> None:
    route = Route(to=["deepseek", "gemini , gemini-3-pro", "a,vendor/model,v2"])
    assert route.members == (
        Member("deepseek", None),
        Member("gemini", "gemini-3-pro"),
        Member("a", "vendor/model,v2"),
    )
    assert (route.select, route.on_loss, route.when) == ("sticky", "report", ())


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "model", "matches": "*haiku*"},
        {"rule": "tokens", "above": 60000},
        {"rule": "header", "name": "x-a", "matches": "b"},
        {"rule": "not", "rules": [{"rule": "background"}, "pkg.mod:Name"]},
        {"rule": "pkg.mod:Name", "anything": 1},
        "pkg.mod:Name",
    ],
)
def test_a_rule_is_a_table_or_a_name_from_outside(rule: Any) -> None:
    assert Route(when=[rule], to=["a"]).when == (rule,)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (5, "when[0]: must be a table with `rule`, or pkg.mod:Name"),
        ("model", "when[0]: names no object (as in pkg.mod:Name or ./file.py:Name)"),
        ({"rule": "a:"}, "when[0].rule: names no object (as in pkg.mod:Name or ./file.py:Name)"),
        ({"rule": "modell", "matches": "x"}, "when[0].rule: unknown rule (did you mean 'model'?)"),
        ({"rule": "model"}, "when[0].matches: is required"),
        ({"rule": "model", "matches": ""}, "when[0].matches: is empty"),
        ({"rule": "model", "matches": ["a"]}, "when[0].matches: must be a string"),
        ({"rule": "tokens", "abov": 5}, "when[0].abov: unknown key (did you mean 'above'?)"),
        ({"rule": "background", "x": 5}, "when[0].x: unknown key (none is known)"),
        ({"rule": "any", "rules": "x"}, "when[0].rules: must be a list of rules"),
        ({"rule": "any", "rules": [{"rule": "any"}]}, "when[0].rules[0].rules: is required"),
    ],
)
def test_a_rule_that_nobody_knows_is_told_with_its_place(rule: Any, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Route(when=[rule], to=["a"])
    assert str(caught.value) == text


def test_a_rule_without_a_name_is_told_with_all_names() -> None:
    with pytest.raises(ConfigError, match=r"when\[0\].rule: must name a rule \(known: model, tokens, .*\)"):
        Route(when=[{}], to=["a"])


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"to": []}, "to: names nobody to ask"),
        ({"to": [""]}, "to[0]: is empty"),
        ({"to": [5]}, "to[0]: must be a string"),
        ({"to": [",m"]}, "to[0]: must be `provider` or `provider,model`"),
        ({"to": ["p,"]}, "to[0]: must be `provider` or `provider,model`"),
        ({"to": "p"}, "a list is needed (write [...] around a single value)"),
        (
            {"select": "stiky"},
            "select: must be one of sticky, ordered, weighted, least-busy, fastest (did you mean 'sticky'?)",
        ),
        ({"on_loss": "refuze"}, "on_loss: must be one of report, refuse (did you mean 'refuse'?)"),
        ({"name": 5}, "name: must be a string"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_place(wrong: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Route(**({"to": ["a"]} | wrong))
    assert str(caught.value) == text
