"""DeepSeek: the thoughts that must come back, those that must not, and what its servers do not know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import ir
from ccgate.testing.laws import FailureCase, Law, ReplyCase, RequestCase, Tables
from ccgate.translators import find
from ccgate.translators.deepseek import is_old, translator
from ccgate.wire.sse import frame
from variants import HI, PNG, SIGNED, TOOL, UPSTREAM_LAWS, answer, assistant, own, thought, use, user, write

ANTHROPIC = find("anthropic")
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
USER = {"role": "user", "content": "hi"}


def say(turns: tuple[ir.Turn, ...], **fields: object) -> ir.Request:
    return ir.Request(**({"model": "deepseek-v4", "turns": turns} | fields))


def body(*messages: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {"model": "deepseek-v4", "messages": [*messages]} | fields


REQUESTS = (
    RequestCase(name="a word", body=body(USER), request=say((HI,))),
    RequestCase(
        name="a call with its thought",
        body=body(
            USER,
            {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [CALL]},
            RESULT,
            {"role": "assistant", "content": "sunny", "reasoning_content": ""},
            USER,
        ),
        request=say((HI, assistant(thought("hm"), use("c1")), answer("c1"), assistant(ir.Text("sunny")), HI)),
    ),
    RequestCase(
        name="no thinking",
        body=body(
            USER,
            {"role": "assistant", "content": "yes"},
            USER,
            thinking={"type": "disabled"},
            temperature=0.3,
            response_format={"type": "json_object"},
        ),
        request=say(
            (HI, assistant(ir.Text("yes")), HI),
            reasoning=ir.Reasoning("off"),
            sampling=ir.Sampling(temperature=0.3),
            format=ir.Format("json"),
        ),
    ),
    RequestCase(
        name="a little thinking",
        body=body(USER, thinking={"type": "enabled"}, reasoning_effort="low"),
        request=say((HI,), reasoning=ir.Reasoning("adaptive", "low")),
    ),
    RequestCase(
        name="the generation of R1",
        body={
            "model": "deepseek-r1",
            "messages": [
                USER,
                {"role": "assistant", "content": "yes"},
                USER,
            ],
        },
        request=say((HI, assistant(ir.Text("yes")), HI), model="deepseek-r1"),
    ),
)


def streamed(*choices: dict[str, Any], **last: object) -> bytes:
    chunks = [{"id": "r", "model": "deepseek-v4", "choices": [choice]} for choice in choices]
    chunks[-1] |= last
    return b"".join(frame(json.dumps(chunk).encode()) for chunk in chunks) + frame(b"[DONE]")


USAGE = {"prompt_tokens": 30, "completion_tokens": 9, "prompt_cache_hit_tokens": 20, "prompt_cache_miss_tokens": 10}
REPLIES = (
    ReplyCase(
        name="a thought, then a call",
        document={
            "id": "r",
            "model": "deepseek-v4",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "", "reasoning_content": "hm", "tool_calls": [CALL]},
                    "finish_reason": "tool_calls",
                }
            ],
            "usage": USAGE,
        },
        stream=streamed(
            {"index": 0, "delta": {"reasoning_content": "hm"}},
            {"index": 0, "delta": {"tool_calls": [{"index": 0} | CALL]}},
            {"index": 0, "delta": {}, "finish_reason": "tool_calls"},
            usage=USAGE,
        ),
        reply=ir.Reply(
            id="r",
            model="deepseek-v4",
            blocks=(ir.Thinking(("hm",), seal=own("reasoning_content")), ir.ToolUse("c1", "weather", "{}")),
            usage=ir.Usage(input=10, cache_read=20, output=9),
            reason="tool_use",
        ),
    ),
)
FAILURES = (
    FailureCase(
        name="no balance",
        status=402,
        body=b'{"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}',
        failure=ir.Failure(
            kind="billing", message="Insufficient Balance", status=402, code="invalid_request_error", scope="key"
        ),
    ),
)
TABLES = Tables(translator=translator, requests=REQUESTS, replies=REPLIES, failures=FAILURES)


@pytest.mark.parametrize("law", UPSTREAM_LAWS, ids=lambda law: law.__name__)
def test_the_variant_keeps_the_laws_of_an_upstream(law: Law) -> None:
    law(TABLES)


# Thoughts


def thoughts(body: dict[str, Any]) -> list[str | None]:
    """What the assistant's messages hold as their thought; None: no such key."""
    return [m.get("reasoning_content") for m in body["messages"] if m["role"] == "assistant"]


def conversation(model: str, *seals: ir.Seal | None) -> list[list[str | None]]:
    """A caller's conversation that grows by a call and its answer; the thoughts in each of its requests."""
    turns: tuple[ir.Turn, ...] = (HI,)
    told = []
    for n, seal in enumerate(seals):
        turns += (assistant(thought(f"t{n}", seal), use(f"c{n}")), answer(f"c{n}"))
        sent, _ = write(translator, *turns, model=model, tools=(TOOL,))
        told.append(thoughts(sent))
    sent, _ = write(translator, *turns, assistant(ir.Text("sunny")), HI, model=model, tools=(TOOL,))
    return [*told, thoughts(sent)]


@pytest.mark.parametrize("seal", [None, own("reasoning_content"), own("reasoning")])
def test_every_later_request_carries_the_thought_of_every_call(seal: ir.Seal | None) -> None:
    assert conversation("deepseek-v4", seal, seal, seal) == [
        ["t0"],
        ["t0", "t1"],
        ["t0", "t1", "t2"],
        ["t0", "t1", "t2", ""],
    ]


@pytest.mark.parametrize("model", ["deepseek-reasoner", "deepseek-r1", "vendor/DeepSeek-R1-0528"])
@pytest.mark.parametrize("seal", [None, own("reasoning_content"), SIGNED])
def test_the_generation_of_r1_never_gets_a_thought(model: str, seal: ir.Seal | None) -> None:
    assert conversation(model, seal, seal) == [[None], [None, None], [None, None, None]]


def test_the_thoughts_of_another_vendor_are_not_told_and_the_key_is_still_there() -> None:
    sent, losses = write(
        translator, HI, assistant(thought("secret", SIGNED), use("c")), answer("c"), model="deepseek-v4"
    )
    assert thoughts(sent) == [""]
    assert losses == [("/secret", "dropped", "hint")]


def test_calls_of_two_turns_become_one_message_with_both_thoughts() -> None:
    turns = (assistant(thought("a"), use("c1")), assistant(thought("b"), use("c2")), answer("c1"), answer("c2"))
    sent, losses = write(translator, HI, *turns, model="deepseek-v4")
    assert ["".join((each or "").split()) for each in thoughts(sent)] == ["ab"]
    assert losses == []


def test_a_message_that_was_interrupted_before_it_thought_has_the_key_too() -> None:
    sent, _ = write(translator, HI, assistant(ir.Text("Interrupted")), HI, assistant(use("c")), model="deepseek-v4")
    assert thoughts(sent) == ["", ""]


def test_a_call_told_to_a_messages_client_comes_back_with_its_thought() -> None:
    """The whole way round: the answer as a client of another dialect sees it, and what it sends next."""
    decoder, encoder = translator.decoder(stream=True), ANTHROPIC.encoder(stream=False)
    for event in [*decoder.feed(REPLIES[0].stream or b""), *decoder.close()]:
        encoder.feed(event)
    content = json.loads(encoder.close())["content"]
    result = {"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}
    asked = {
        "model": "claude",
        "max_tokens": 9,
        "messages": [USER, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}],
    }
    request = ANTHROPIC.read_request(asked)
    sent, _ = write(translator, *request.turns, model="deepseek-v4")
    assert thoughts(sent) == ["hm"]


def test_which_generation_a_model_is_of() -> None:
    assert [is_old(name) for name in ("deepseek-r1", "a/DeepSeek-R1-Distill", "deepseek-reasoner")] == [True] * 3
    assert [is_old(name) for name in ("deepseek-v4", "deepseek-chat", "deepseek-flash")] == [False] * 3


# Settings


def asked(**fields: Any) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    sent, losses = write(translator, **({"model": "deepseek-v4"} | fields))
    return {key: value for key, value in sent.items() if key not in {"model", "messages", "tools"}}, losses


@pytest.mark.parametrize(
    ("reasoning", "sent", "lost"),
    [
        (ir.Reasoning(effort="minimal", at="/r"), {"reasoning_effort": "low"}, [("/r/effort", "changed")]),
        (ir.Reasoning(effort="medium", at="/r"), {"reasoning_effort": "high"}, [("/r/effort", "changed")]),
        (ir.Reasoning(effort="xhigh", at="/r"), {"reasoning_effort": "high"}, [("/r/effort", "changed")]),
        (ir.Reasoning(effort="max", at="/r"), {"reasoning_effort": "max"}, []),
        (ir.Reasoning(effort="heroic", at="/r"), {}, [("/r/effort", "dropped")]),
        (ir.Reasoning(effort="none"), {"thinking": {"type": "disabled"}}, []),
        (ir.Reasoning("adaptive"), {"thinking": {"type": "enabled"}}, []),
        (
            ir.Reasoning("budget", budget=2000, at="/r"),
            {"thinking": {"type": "enabled"}, "reasoning_effort": "low"},
            [("/r/budget", "changed")],
        ),
        (
            ir.Reasoning("budget", budget=30000, at="/r"),
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
            [("/r/budget", "changed")],
        ),
        (ir.Reasoning("between_tools", at="/r"), {}, [("/r/mode", "dropped")]),
    ],
)
def test_how_hard_to_think_is_told_in_the_vendors_words(
    reasoning: ir.Reasoning, sent: dict[str, Any], lost: list[tuple[str, str]]
) -> None:
    body, losses = asked(reasoning=reasoning)
    assert body == sent
    assert losses == [(*loss, "setting") for loss in lost]


def test_the_callers_own_switch_is_left_alone() -> None:
    off = ir.Opaque("openai_chat", {"thinking": {"type": "disabled"}})
    assert asked(extra=off, reasoning=ir.Reasoning("adaptive")) == ({"thinking": {"type": "disabled"}}, [])


@pytest.mark.parametrize("choice", [ir.Choice("any", at="/c"), ir.Choice("named", ("weather",), at="/c")])
def test_a_forced_tool_is_free_while_the_model_thinks(choice: ir.Choice) -> None:
    assert asked(choice=choice, tools=(TOOL,)) == ({"tool_choice": "auto"}, [("/c", "changed", "setting")])
    sent, losses = asked(choice=choice, tools=(TOOL,), reasoning=ir.Reasoning("off"))
    assert sent["tool_choice"] != "auto"
    assert losses == []


@pytest.mark.parametrize("mode", ["auto", "none"])
def test_a_free_choice_stays(mode: Any) -> None:
    assert asked(choice=ir.Choice(mode), tools=(TOOL,)) == ({"tool_choice": mode}, [])


def test_a_choice_among_some_tools_is_one_among_all() -> None:
    choice = ir.Choice("any", ("weather",), at="/c")
    sent, losses = asked(choice=choice, tools=(TOOL,), reasoning=ir.Reasoning("off"))
    assert (sent["tool_choice"], losses) == ("required", [("/c", "changed", "setting")])


def test_a_choice_the_caller_wrote_in_words_of_its_own_is_found_too() -> None:
    extra = ir.Opaque("openai_chat", {"tool_choice": "required"})
    assert asked(extra=extra) == ({"tool_choice": "auto"}, [("/tool_choice", "changed", "setting")])
    some = {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}}
    extra = ir.Opaque("openai_chat", some | {"thinking": {"type": "disabled"}})
    assert asked(extra=extra)[1] == [("/tool_choice", "changed", "setting")]


def test_sampling_is_left_out_while_the_model_thinks_and_reported_where_it_says_something() -> None:
    usual = ir.Sampling(temperature=1, presence_penalty=0, frequency_penalty=0, top_p=0.9)
    assert asked(sampling=usual) == ({"top_p": 0.9}, [])
    sampling = ir.Sampling(temperature=0.2, presence_penalty=1)
    lost = [("/temperature", "dropped", "setting"), ("/presence_penalty", "dropped", "setting")]
    assert asked(sampling=sampling) == ({}, lost)
    assert asked(sampling=sampling, reasoning=ir.Reasoning("off"))[0]["temperature"] == 0.2


def test_a_schema_is_told_in_words() -> None:
    form = ir.Format("json_schema", schema={"type": "object"}, at="/format")
    system = ir.Turn("system", (ir.Text("be brief"),))
    sent, losses = write(translator, system, HI, model="deepseek-v4", format=form)
    told = 'Answer in JSON that this JSON schema allows: {"type":"object"}'
    assert sent["messages"][0] == {"role": "system", "content": f"be brief\n\n{told}"}
    assert sent["response_format"] == {"type": "json_object"}
    assert losses == [("/format/schema", "changed", "content")]


def test_a_schema_the_caller_wrote_in_words_of_its_own_is_told_too() -> None:
    extra = ir.Opaque("openai_chat", {"response_format": {"type": "json_schema"}})
    assert asked(extra=extra) == (
        {"response_format": {"type": "json_object"}},
        [("/response_format", "changed", "content")],
    )


@pytest.mark.parametrize("model", ["deepseek-v4", "deepseek-r1"])
def test_pictures_are_told_in_words_wherever_they_stand(model: str) -> None:
    picture = ir.Media("image", PNG, at="/png")
    turns = (user(ir.Text("look"), picture), assistant(use("c")), user(ir.ToolResult("c", (picture,))))
    sent, losses = write(translator, *turns, model=model)
    shown = "[image: cannot be shown]"
    assert sent["messages"][0]["content"] == f"look\n\n{shown}"
    assert sent["messages"][2] == {"role": "tool", "tool_call_id": "c", "content": shown}
    assert losses == [("/png", "changed", "content")] * 2


def test_a_developer_is_a_system() -> None:
    sent, losses = write(translator, HI, ir.Turn("developer", (ir.Text("mind"),)), model="deepseek-v4")
    assert sent["messages"][1] == {"role": "system", "content": "mind"}
    assert losses == []
