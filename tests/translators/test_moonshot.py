"""Moonshot's Kimi: which model thinks, and what it then wants and refuses."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate import ir
from ccgate.translators.moonshot import translator
from variants import HI, TOOL, answer, assistant, own, thought, use, write

K3, K2, CODE, OLD = "kimi-k3", "moonshotai/kimi-k2.6", "kimi-k2.7-code", "moonshot-v1-128k"
TURNS = (HI, assistant(thought("hm", own("reasoning")), use("a")), answer("a"), assistant(use("b")), answer("b"))


@pytest.mark.parametrize(
    ("model", "reasoning", "told"),
    [
        (K3, None, ["hm", " "]),
        (K2, None, ["hm", " "]),
        (CODE, ir.Reasoning("off"), ["hm", " "]),
        (K2, ir.Reasoning("off"), ["hm", None]),
    ],
)
def test_a_model_that_thinks_gets_the_thoughts_of_all_its_calls(
    model: str, reasoning: ir.Reasoning | None, told: list[str | None]
) -> None:
    sent, _ = write(translator, *TURNS, model=model, reasoning=reasoning)
    assert [m.get("reasoning_content") for m in sent["messages"] if m["role"] == "assistant"] == told


def test_a_model_that_does_not_think_is_asked_like_any_other() -> None:
    sent, losses = write(translator, HI, assistant(thought("hm"), use("a")), model=OLD, reasoning=ir.Reasoning("off"))
    assert "thinking" not in sent
    assert "reasoning_content" not in sent["messages"][1]
    assert [grade for _, _, grade in losses] == ["hint", "hint", "setting"]


def asked(model: str, **fields: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    sent, losses = write(translator, model=model, tools=(TOOL,), **fields)
    told = {key: sent[key] for key in ("thinking", "reasoning_effort", "tool_choice") if key in sent}
    return told, [(at, what) for at, what, _ in losses]


@pytest.mark.parametrize(
    ("model", "reasoning", "sent", "lost"),
    [
        (K3, ir.Reasoning("adaptive", "medium", at="/r"), {"reasoning_effort": "high"}, [("/r/effort", "changed")]),
        (K3, ir.Reasoning(effort="max"), {"reasoning_effort": "max"}, []),
        (K3, ir.Reasoning("off", at="/r"), {}, [("/r/mode", "dropped")]),
        (K3, ir.Reasoning(effort="none", at="/r"), {}, [("/r/effort", "dropped")]),
        (CODE, ir.Reasoning("adaptive", "high", at="/r"), {}, [("/r/effort", "dropped")]),
        (K2, ir.Reasoning("off"), {"thinking": {"type": "disabled"}}, []),
        (K2, ir.Reasoning("adaptive"), {"thinking": {"type": "enabled"}}, []),
        (K2, ir.Reasoning("budget", budget=9, at="/r"), {"thinking": {"type": "enabled"}}, [("/r/budget", "dropped")]),
    ],
)
def test_how_hard_to_think_goes_by_the_model(
    model: str, reasoning: ir.Reasoning, sent: dict[str, Any], lost: list[tuple[str, str]]
) -> None:
    assert asked(model, reasoning=reasoning) == (sent, lost)


@pytest.mark.parametrize(
    ("model", "choice", "sent", "lost"),
    [
        (K2, ir.Choice("any", at="/c"), "auto", [("/c", "changed")]),
        (K2, ir.Choice("named", ("weather",), at="/c"), "auto", [("/c", "changed")]),
        (K3, ir.Choice("any", at="/c"), "required", []),
        (K3, ir.Choice("named", ("weather",), at="/c"), "required", [("/c", "changed")]),
    ],
)
def test_a_forced_tool_goes_by_the_model(model: str, choice: ir.Choice, sent: str, lost: list[tuple[str, str]]) -> None:
    assert asked(model, choice=choice) == ({"tool_choice": sent}, lost)


def test_a_tool_can_be_forced_where_thinking_is_off() -> None:
    told, losses = asked(K2, choice=ir.Choice("any"), reasoning=ir.Reasoning("off"))
    assert (told["tool_choice"], losses) == ("required", [])


def test_a_choice_the_caller_wrote_in_words_of_its_own_is_found_too() -> None:
    extra = ir.Opaque("openai_chat", {"tool_choice": {"type": "function", "function": {"name": "other"}}})
    assert asked(K3, extra=extra) == ({"tool_choice": "required"}, [("/tool_choice", "changed")])
