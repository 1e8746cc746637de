"""Mistral: ids of nine characters, and no key that its servers do not know."""

from __future__ import annotations

import re

from ccgate import ir
from ccgate.translators.mistral import translator
from variants import HI, TOOL, assistant, own, thought, use, user, write


def test_ids_of_calls_have_nine_letters_and_digits_and_their_answers_the_same() -> None:
    turns = (
        HI,
        assistant(use("toolu_01A"), use("abcDEF123")),
        user(ir.ToolResult("toolu_01A"), ir.ToolResult("abcDEF123")),
    )
    sent, losses = write(translator, *turns, model="mistral-large")
    ids = [call["id"] for call in sent["messages"][1]["tool_calls"]]
    answers = [message["tool_call_id"] for message in sent["messages"][2:]]
    assert ids == answers
    assert ids[1] == "abcDEF123"
    assert re.fullmatch(r"[a-zA-Z0-9]{9}", ids[0])
    assert losses == []


def test_thoughts_have_no_field() -> None:
    sent, losses = write(translator, HI, assistant(thought("hm", own("reasoning_content")), ir.Text("a")), model="m")
    assert sent["messages"][1] == {"role": "assistant", "content": "a"}
    assert losses == [("/hm", "dropped", "hint")]


def test_keys_are_renamed_or_left_out() -> None:
    sent, losses = write(
        translator,
        model="mistral-large",
        stream=True,
        user="ada",
        cache_key="k",
        sampling=ir.Sampling(seed=7, top_k=5, temperature=0.5),
        limits=ir.Limits(9, at="/max_completion_tokens"),
        extra=ir.Opaque("openai_chat", {"logit_bias": {}, "safe_prompt": True}),
    )
    assert {key: value for key, value in sent.items() if key not in {"model", "messages"}} == {
        "max_tokens": 9,
        "temperature": 0.5,
        "random_seed": 7,
        "prompt_cache_key": "k",
        "stream": True,
        "safe_prompt": True,
        "top_k": 5,
    }
    assert losses == [("/user", "dropped", "hint"), ("/logit_bias", "dropped", "setting")]


def test_a_choice_among_some_tools_is_one_among_all() -> None:
    choice = ir.Choice("any", ("weather",), at="/c")
    sent, losses = write(translator, model="m", tools=(TOOL,), choice=choice)
    assert (sent["tool_choice"], losses) == ("required", [("/c", "changed", "setting")])
