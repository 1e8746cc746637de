"""Z.ai: a switch for thinking, thoughts that go back, and free choice of tools only."""

from __future__ import annotations

from ccgate import ir
from ccgate.translators.zai import translator
from variants import HI, TOOL, answer, assistant, thought, use, write


def test_thoughts_go_back_with_the_results_of_their_calls() -> None:
    sent, losses = write(translator, HI, assistant(thought("hm"), use("a")), answer("a"), model="glm-5")
    assert sent["messages"][1]["reasoning_content"] == "hm"
    assert losses == []


def test_thinking_is_a_switch_and_a_choice_is_free() -> None:
    asked = ir.Reasoning("adaptive", "high", at="/r")
    sent, losses = write(translator, model="glm-5", reasoning=asked, tools=(TOOL,), choice=ir.Choice("any", at="/c"))
    assert (sent["thinking"], sent["tool_choice"]) == ({"type": "enabled"}, "auto")
    assert losses == [("/r/effort", "dropped", "setting"), ("/c", "changed", "setting")]
    off, losses = write(translator, model="glm-5", reasoning=ir.Reasoning("off"))
    assert off["thinking"] == {"type": "disabled"}
    assert losses == []
