"""Rules are predicates on a call."""

from __future__ import annotations

import pytest

from ccgate.call import Call
from ccgate.rules import Model, Never, rule


def call(model: str) -> Call:
    made = Call.of({"type": "http", "path": "/v1/messages", "headers": []})
    made.model = model
    return made


@pytest.mark.parametrize(
    ("pattern", "model", "holds"),
    [
        ("gpt-5.5", "gpt-5.5", True),
        ("gpt-5.5", "gpt-5x5", False),
        ("gpt", "gpt-5.5", False),
        ("*haiku*", "claude-haiku-4-5", True),
        ("*haiku*", "claude-opus", False),
        ("claude-?-5", "claude-x-5", True),
        ("claude-?-5", "claude-xy-5", False),
        ("opus[1m]", "opus[1m]", True),
        ("opus[1m]", "opus1", False),
        ("*[1m]", "claude-opus-5-5[1m]", True),
        ("*", "anything", True),
        ("a*b", "a*b", True),
        ("(a+)+$", "(a+)+$", True),
        ("Opus", "opus", False),
    ],
)
def test_a_model_matches_exactly_or_as_a_glob(pattern: str, model: str, holds: bool):
    assert Model(pattern)(call(model)) is holds


def test_a_rule_is_made_from_what_is_written():
    assert rule({"rule": "model", "matches": "*haiku*"}) == Model("*haiku*")


@pytest.mark.parametrize("written", [{"rule": "tokens", "above": 5}, "pkg.mod:Name", {}])
def test_a_rule_that_cannot_be_judged_never_holds(written):
    made = rule(written)
    assert isinstance(made, Never)
    assert made(call("any")) is False
