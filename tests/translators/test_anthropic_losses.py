"""What other dialects can say and Anthropic Messages cannot: what is written instead, and what is reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import ir
from ccgate.translators.anthropic import translator

OLD = "claude-sonnet-4-5"
NEW = "claude-opus-4-8"
NEWEST = "claude-opus-5-5"
HI = ir.Turn("user", (ir.Text("hi", at="/input/0/content/0"),), at="/input/0")
ASKED = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
TOOL = ir.Tool("f", schema={"type": "object"}, at="/tools/0")
WRITTEN_TOOL = {"name": "f", "input_schema": {"type": "object"}}


def call(name: str = "call_1", arguments: str = "{}", **fields: Any) -> ir.Turn:
    return ir.Turn("assistant", (ir.ToolUse(name, "f", arguments, at="/call", **fields),), at="/calls")


def result(name: str = "call_1", words: str = "ok", **fields: Any) -> ir.Turn:
    return ir.Turn("user", (ir.ToolResult(name, (ir.Text(words),), at="/result", **fields),), at="/results")


def used(name: str = "call_1", value: Any = None) -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": "f", "input": value or {}}


def answered(name: str = "call_1", content: Any = "ok", **fields: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": name, "content": content, **fields}


def asked(*turns: ir.Turn, model: str = OLD, **fields: Any) -> ir.Request:
    return ir.Request(model=model, turns=turns, **fields)


def told(request: ir.Request) -> list[tuple[str, str, str]]:
    return [(loss.at, loss.what, loss.grade) for loss in translator.write_request(request).losses]


def messages(*turns: ir.Turn, model: str = OLD) -> list[Any]:
    written: list[Any] = translator.write_request(asked(*turns, model=model)).body["messages"]
    return written


def test_a_draft_names_path_and_version() -> None:
    draft = translator.write_request(asked(HI))
    assert draft.path == "/v1/messages"
    assert draft.headers == ((b"anthropic-version", b"2023-06-01"),)
    assert draft.body == {"model": OLD, "max_tokens": 32_000, "messages": [ASKED]}


@pytest.mark.parametrize(
    ("model", "limit"),
    [("claude-3-5-haiku-20241022", 8192), ("claude-3-haiku-20240307", 4096), ("glm-5", 32_000)],
)
def test_max_tokens_is_what_the_model_takes_at_most_when_nobody_says(model: str, limit: int) -> None:
    assert translator.write_request(asked(HI, model=model)).body["max_tokens"] == limit


# Turns.

SYSTEM = ir.Turn("system", (ir.Text("be brief", at="/instructions"),), at="/instructions")
DEVELOPER = ir.Turn("developer", (ir.Text("be kind"),), at="/input/3")
SAID = ir.Turn("assistant", (ir.Text("hello"),), at="/input/4")
BE_KIND = {"type": "text", "text": "<system-reminder>\nbe kind\n</system-reminder>"}


def test_leading_system_and_developer_turns_are_the_system_prompt() -> None:
    body = translator.write_request(asked(SYSTEM, DEVELOPER, HI)).body
    assert body["system"] == [{"type": "text", "text": "be brief"}, {"type": "text", "text": "be kind"}]
    assert body["messages"] == [ASKED]
    assert translator.write_request(asked(SYSTEM, HI)).body["system"] == "be brief"


@pytest.mark.parametrize(
    ("model", "turns", "expected"),
    [
        (OLD, (HI, DEVELOPER, SAID), [{**ASKED, "content": [*ASKED["content"], BE_KIND]}]),
        (
            NEW,
            (HI, SAID, DEVELOPER),
            [ASKED, {"role": "assistant", "content": "hello"}, {"role": "user", "content": [BE_KIND]}],
        ),
        (NEW, (HI, DEVELOPER, HI), [{"role": "user", "content": [*ASKED["content"], BE_KIND, *ASKED["content"]]}]),
    ],
)
def test_a_late_system_turn_becomes_a_reminder_to_the_user_turn(
    model: str, turns: tuple[ir.Turn, ...], expected: list[Any]
) -> None:
    assert messages(*turns, model=model)[: len(expected)] == expected
    assert told(asked(*turns, model=model)) == [("/input/3", "changed", "setting")]


def test_a_late_system_turn_stays_where_the_model_hears_it() -> None:
    draft = translator.write_request(asked(HI, DEVELOPER, SAID, model=NEW))
    assert draft.body["messages"] == [
        ASKED,
        {"role": "system", "content": "be kind"},
        {"role": "assistant", "content": "hello"},
    ]
    assert draft.losses == ()


def test_turns_of_one_role_become_one_and_empty_ones_vanish() -> None:
    empty = ir.Turn("assistant", (ir.Text(" "),))
    assert messages(HI, empty, HI) == [{"role": "user", "content": ASKED["content"] * 2}]


def test_the_first_turn_is_the_users() -> None:
    begin = {"role": "user", "content": "(the conversation begins here)"}
    assert messages(SAID) == [begin, {"role": "assistant", "content": "hello"}]
    assert told(asked(SAID)) == [("/input/4", "changed", "hint")]
    assert messages(SYSTEM) == [begin]


def test_phase_and_effort_of_a_turn_are_lost() -> None:
    turn = ir.Turn("user", (ir.Text("hi"),), ir.Reasoning(effort="low", at="/input/1"), "final", at="/input/0")
    assert told(asked(turn)) == [("/input/0/phase", "dropped", "hint"), ("/input/1", "dropped", "setting")]


# Calls and results.


def test_results_stand_first_and_together() -> None:
    late = ir.Turn("user", (ir.Text("and?"), *result("call_2").blocks))
    assert messages(HI, call(), call("call_2"), result(), late) == [
        ASKED,
        {"role": "assistant", "content": [used(), used("call_2")]},
        {"role": "user", "content": [answered(), answered("call_2"), {"type": "text", "text": "and?"}]},
    ]


MISSING = answered(content="There is no result: the call was interrupted.", is_error=True)


@pytest.mark.parametrize("behind", [(), (HI,), (SAID,)])
def test_a_missing_result_is_made_up(behind: tuple[ir.Turn, ...]) -> None:
    turns = (HI, call(), *([ir.Turn("system", (ir.Text("x"),))] if behind == (SAID,) else []), *behind)
    written = messages(*turns)
    assert written[2]["role"] == "user"
    assert written[2]["content"][0] == MISSING
    assert ("/call", "changed", "content") in told(asked(*turns))


def test_a_call_before_another_answer_of_the_model_gets_its_result_between() -> None:
    system = ir.Turn("developer", (ir.Text("x"),))
    written = messages(HI, call(), ir.Turn("user", ()), system, SAID, model=NEW)
    assert [each["role"] for each in written] == ["user", "assistant", "user", "assistant"]


def test_a_result_without_a_call_becomes_words() -> None:
    late = {"type": "text", "text": "Result of an earlier tool call:"}
    assert messages(result()) == [{"role": "user", "content": [late, {"type": "text", "text": "ok"}]}]
    assert told(asked(result())) == [("/result", "changed", "content")]
    twice = messages(HI, call(), result(), result())
    assert twice[2]["content"] == [answered(), late, {"type": "text", "text": "ok"}]
    silent = ir.Turn("user", (ir.ToolResult("gone"),))
    assert messages(silent)[0]["content"] == [late]


def test_ids_and_names_in_foreign_letters_are_mapped_alike_in_calls_and_results() -> None:
    written = messages(HI, call("call:1"), result("call:1"))
    name = written[1]["content"][0]["id"]
    assert name.startswith("toolu_")
    assert name.isascii()
    assert written[2]["content"][0]["tool_use_id"] == name
    assert told(asked(HI, call("call:1"), result("call:1"))) == []


@pytest.mark.parametrize("arguments", ["not json", "[1]"])
def test_arguments_that_are_no_object_are_shown_as_input(arguments: str) -> None:
    turns = (HI, call(arguments=arguments), result())
    assert messages(*turns)[1]["content"] == [used(value={"input": arguments})]
    assert told(asked(*turns)) == [("/call/arguments", "changed", "content")]


def test_no_arguments_are_an_empty_input() -> None:
    assert messages(HI, call(arguments=""), result())[1]["content"] == [used()]


def test_free_text_is_the_input_of_a_tool_with_one_string() -> None:
    grammar = ir.Grammar("lark", "start: WORD")
    patch = ir.Tool("apply patch", "patches", form="text", grammar=grammar, at="/tools/0")
    bare = ir.Tool("plain", form="text", grammar=grammar, at="/tools/1")
    free = ir.Tool("free", form="text")
    use = ir.ToolUse("c", "apply patch", "*** Begin", form="text")
    request = asked(HI, ir.Turn("assistant", (use,)), result("c", form="text"), tools=(patch, bare, free))
    body = translator.write_request(request).body
    schema = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    name = body["tools"][0]["name"]
    told_grammar = "The input must follow this lark grammar:\nstart: WORD"
    assert body["tools"] == [
        {"name": name, "description": f"patches\n\n{told_grammar}", "input_schema": schema},
        {"name": "plain", "description": told_grammar, "input_schema": schema},
        {"name": "free", "input_schema": schema},
    ]
    assert name.startswith("apply_patch_")
    assert body["messages"][1]["content"] == [
        {"type": "tool_use", "id": "c", "name": name, "input": {"input": "*** Begin"}}
    ]
    assert told(request) == [
        ("/tools/0/name", "changed", "hint"),
        ("/tools/0", "changed", "setting"),
        ("/tools/1", "changed", "setting"),
    ]


def test_a_namespace_stands_before_the_name() -> None:
    tool = ir.Tool("f", namespace=ir.Namespace("mcp"), at="/tools/0")
    request = asked(HI, call(namespace="mcp"), result(), tools=(tool,))
    body = translator.write_request(request).body
    assert body["tools"] == [{"name": "mcp__f", "input_schema": {"type": "object", "properties": {}}}]
    assert body["messages"][1]["content"][0]["name"] == "mcp__f"
    assert told(request) == [("/tools/0/name", "changed", "hint")]


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    one, other = (translator.write_request(asked(HI, tools=(ir.Tool("x" * 200 + end),))) for end in "ab")
    names = [draft.body["tools"][0]["name"] for draft in (one, other)]
    assert [len(name) for name in names] == [128, 128]
    assert names[0] != names[1]


def test_a_schema_says_that_it_is_an_object() -> None:
    tool = ir.Tool("f", schema={"properties": {}}, strict=False)
    body = translator.write_request(asked(HI, tools=(tool,))).body
    assert body["tools"] == [{"name": "f", "input_schema": {"type": "object", "properties": {}}, "strict": False}]


def test_deferred_tools_of_strangers_are_there_from_the_start() -> None:
    deferred = ir.Tool("f", schema={"type": "object"}, deferred=True, at="/tools/0")
    come = ir.Tools((ir.Tool("g", schema={"type": "object"}),), ("f",), at="/input/1")
    loaded = ir.ToolResult("call_1", (ir.ToolRef("f", at="/ref"),))
    request = asked(HI, call(), ir.Turn("user", (loaded, come)), tools=(deferred,))
    body = translator.write_request(request).body
    assert [tool["name"] for tool in body["tools"]] == ["f", "g"]
    assert body["messages"][2]["content"] == [
        answered(content=[{"type": "text", "text": "The tool f is available."}])
    ] or (body["messages"][2]["content"] == [answered(content="The tool f is available.")])
    assert told(request) == [
        ("/tools/0", "changed", "hint"),
        ("/ref", "changed", "hint"),
        ("/input/1", "moved", "hint"),
        ("/input/1/removed/0", "dropped", "setting"),
    ]


def test_tools_that_only_go_move_nothing() -> None:
    gone = ir.Turn("user", (ir.Text("hi"), ir.Tools((), ("f",), at="/input/1")))
    assert told(asked(gone)) == [("/input/1/removed/0", "dropped", "setting")]


def read_back(request: ir.Request, *calls: dict[str, Any]) -> list[ir.Block]:
    """What the caller is told of these calls, whole; streamed must be the same."""
    document = {"type": "message", "id": "msg_1", "model": "m", "content": list(calls), "stop_reason": "tool_use"}
    whole = translator.decoder(stream=False, asked=request)
    whole.feed(json.dumps(document).encode())
    reply = ir.fold(whole.close())
    encoder = translator.encoder(stream=True)
    plain = translator.decoder(stream=False)
    plain.feed(json.dumps(document).encode())
    data = b"".join([*(encoder.feed(event) for event in plain.close()), encoder.close()])
    streamed = translator.decoder(stream=True, asked=request)
    assert ir.fold(ir.checked([*streamed.feed(data), *streamed.close()])).blocks == reply.blocks
    return list(reply.blocks)


def test_calls_come_back_as_the_caller_knows_the_tools() -> None:
    tools = (
        ir.Tool("apply patch", form="text"),
        ir.Tool("free", form="text"),
        ir.Tool("f", namespace=ir.Namespace("mcp")),
        ir.Tool("plain"),
        ir.Hosted("dig", ir.Opaque("martian", {})),
    )
    added = ir.Turn("user", (ir.Tools((ir.Tool("g", namespace=ir.Namespace("mcp")),)), ir.Text("hi")))
    request = asked(added, tools=tools)
    patch = translator.write_request(request).body["tools"][0]["name"]
    use = {"type": "tool_use", "id": "1", "name": patch, "input": {"input": '*** "x"\n'}}
    assert read_back(request, use) == [ir.ToolUse("1", "apply patch", '*** "x"\n', form="text")]
    odd = {"type": "tool_use", "id": "1", "name": "free", "input": {"text": "x"}}
    assert read_back(request, odd) == [ir.ToolUse("1", "free", '{"text":"x"}', form="text")]
    for name in ("f", "g"):
        spaced = {"type": "tool_use", "id": "2", "name": f"mcp__{name}", "input": {"a": 1}}
        assert read_back(request, spaced) == [ir.ToolUse("2", name, '{"a":1}', "mcp")]
    plain = {"type": "tool_use", "id": "3", "name": "plain", "input": {}}
    assert read_back(request, plain) == [ir.ToolUse("3", "plain", "{}")]


def test_broken_json_of_free_text_is_told_as_it_came() -> None:
    events = (
        {"type": "message_start", "message": {}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "1", "name": "free"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"input'}},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
    )
    decoder = translator.decoder(stream=True, asked=asked(HI, tools=(ir.Tool("free", form="text"),)))
    data = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    reply = ir.fold([*decoder.feed(data), *decoder.close()])
    assert reply.blocks == (ir.ToolUse("1", "free", '{"input', form="text"),)


# Blocks.

PICTURE = ir.Inline("image/png", "iVBORw0KGgo=")


def shown(block: ir.Block, role: Any = "user") -> Any:
    turns = (ir.Turn(role, (block,)),) if role == "user" else (HI, ir.Turn(role, (block,)))
    return messages(*turns)[-1]["content"]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (ir.Media("audio", ir.Inline("audio/wav", "UklGRg=="), at="/a"), "[audio: left out]"),
        (ir.Media("video", ir.Url("https://x.example/v"), title="v.mp4", at="/a"), "[video v.mp4: left out]"),
        (ir.Media("image", ir.Inline("image/tiff", "SUkq"), at="/a"), "[image: left out]"),
        (ir.Media("image", ir.File("f", "martian"), at="/a"), "[image: left out]"),
        (ir.Media("image", ir.Words("a cat"), at="/a"), "[image: left out]"),
        (ir.Media("search_result", ir.Words("a cat"), at="/a"), "[search_result: left out]"),
        (ir.Media("document", ir.Inline("text/csv", "/w=="), at="/a"), "[document: left out]"),
        (ir.Media("document", ir.Inline("text/csv", "a"), at="/a"), "[document: left out]"),
        (ir.Opaque("martian", {}, "we come in peace", at="/a"), "we come in peace"),
    ],
)
def test_what_cannot_be_shown_leaves_a_note(block: ir.Block, words: str) -> None:
    assert messages(ir.Turn("user", (block, ir.Text("hi"))))[0]["content"][0] == {"type": "text", "text": words}
    assert told(asked(ir.Turn("user", (block,)))) == [("/a", "changed", "content")]


def test_pictures_of_the_model_leave_a_note_and_keep_their_mark() -> None:
    block = ir.Media("image", PICTURE, mark=ir.Mark("24h"), at="/a")
    note = {"type": "text", "text": "[image: left out]", "cache_control": {"type": "ephemeral"}}
    assert shown(block, "assistant") == [note]
    assert told(asked(HI, ir.Turn("assistant", (block,)))) == [
        ("/a", "changed", "content"),
        ("/a/cache_control/ttl", "changed", "hint"),
    ]


def test_a_picture_and_a_text_document_are_shown() -> None:
    block = ir.Media("image", PICTURE, detail="high", at="/a")
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    assert shown(block) == [{"type": "image", "source": source}]
    assert told(asked(ir.Turn("user", (block,)))) == [("/a/detail", "dropped", "hint")]
    words = {"type": "text", "media_type": "text/plain", "data": "hi"}
    assert shown(ir.Media("document", ir.Inline("text/markdown", "aGk="))) == [{"type": "document", "source": words}]
    found = ir.Media("search_result", ir.Parts((ir.Text("x"),)))
    parts = [{"type": "text", "text": "x"}]
    assert shown(found) == [{"type": "search_result", "source": "", "title": "", "content": parts}]


def test_thinking_that_is_not_signed_here_is_not_sent() -> None:
    seal = ir.Seal("martian", "encrypted_content", "secret")
    blocks = (
        ir.Thinking(("hm",), "summary", seal, at="/t/0"),
        ir.Thinking((), "redacted", seal, at="/t/1"),
        ir.Thinking(("ah",), at="/t/2"),
        ir.Text("so", seal=seal, at="/t/3"),
    )
    request = asked(HI, ir.Turn("assistant", blocks))
    assert translator.write_request(request).body["messages"][1]["content"] == [{"type": "text", "text": "so"}]
    assert told(request) == [
        ("/t/0/encrypted_content", "dropped", "hint"),
        ("/t/1/encrypted_content", "dropped", "hint"),
        ("/t/2", "dropped", "content"),
        ("/t/3/encrypted_content", "dropped", "hint"),
    ]


def test_citations_of_strangers_are_lost() -> None:
    text = ir.Text("Rome", citations=(ir.Citation(url="https://x.example", at="/c"),))
    assert told(asked(ir.Turn("user", (text,)))) == [("/c", "dropped", "hint")]


def test_at_most_four_cache_marks_are_written() -> None:
    blocks = tuple(ir.Text(str(n), mark=ir.Mark(), at=f"/{n}") for n in range(6))
    request = asked(ir.Turn("user", blocks))
    content = translator.write_request(request).body["messages"][0]["content"]
    assert ["cache_control" in block for block in content] == [False, False, True, True, True, True]
    assert told(request) == [("/0", "dropped", "hint"), ("/1", "dropped", "hint")]


# Settings.


@pytest.mark.parametrize(
    ("model", "reasoning", "thinking", "output", "losses"),
    [
        (OLD, ir.Reasoning(effort="high"), {"type": "enabled", "budget_tokens": 16_384}, None, 0),
        (OLD, ir.Reasoning(effort="odd"), {"type": "enabled", "budget_tokens": 8192}, None, 0),
        (OLD, ir.Reasoning("adaptive"), {"type": "enabled", "budget_tokens": 8192}, None, 0),
        (OLD, ir.Reasoning("off", "high"), {"type": "disabled"}, None, 0),
        (OLD, ir.Reasoning(effort="none"), {"type": "disabled"}, None, 0),
        (OLD, ir.Reasoning(show="auto"), None, None, 0),
        (OLD, ir.Reasoning("budget", budget=500), None, None, 1),
        ("claude-opus-4-6", ir.Reasoning("budget", budget=5000), {"type": "enabled", "budget_tokens": 5000}, None, 0),
        ("claude-opus-4.6", ir.Reasoning(effort="minimal"), {"type": "adaptive"}, "low", 0),
        (NEW, ir.Reasoning(effort="xhigh", show="concise"), {"type": "adaptive", "display": "summarized"}, "xhigh", 0),
        (NEW, ir.Reasoning(effort="odd"), {"type": "adaptive"}, None, 1),
        (NEW, ir.Reasoning("budget", budget=3000), {"type": "adaptive"}, "low", 1),
        (NEW, ir.Reasoning("budget", budget=9000), {"type": "adaptive"}, "medium", 1),
        (NEW, ir.Reasoning("budget", budget=20_000), {"type": "adaptive"}, "high", 1),
        (NEW, ir.Reasoning("budget"), {"type": "adaptive"}, None, 1),
        (NEW, ir.Reasoning("off", "xhigh"), {"type": "disabled"}, "xhigh", 0),
        (NEW, ir.Reasoning("between_tools", "low"), {"type": "between_tools"}, "low", 0),
        ("claude-opus-5", ir.Reasoning("off", "xhigh"), {"type": "disabled"}, "high", 1),
        (NEWEST, ir.Reasoning("off"), None, "low", 1),
    ],
)
def test_reasoning_is_fitted_to_the_model(
    model: str, reasoning: ir.Reasoning, thinking: Any, output: Any, losses: int
) -> None:
    draft = translator.write_request(asked(HI, model=model, reasoning=reasoning))
    assert draft.body.get("thinking") == thinking
    assert draft.body.get("output_config") == (output and {"effort": output})
    assert [loss.grade for loss in draft.losses] == ["setting"] * losses


def test_a_budget_stays_below_max_tokens() -> None:
    request = asked(HI, reasoning=ir.Reasoning(effort="max"), limits=ir.Limits(2000))
    assert translator.write_request(request).body["thinking"]["budget_tokens"] == 1999


def test_calls_without_signed_thinking_end_a_thinking_budget() -> None:
    reasoning = ir.Reasoning("budget", budget=2000, at="/reasoning")
    unsigned = asked(HI, call(), result(), reasoning=reasoning)
    assert "thinking" not in translator.write_request(unsigned).body
    assert told(unsigned) == [("/reasoning", "dropped", "setting")]
    signed = ir.Turn("assistant", (ir.Thinking(("hm",), seal=ir.Seal("anthropic", "signature", "x")),))
    assert "thinking" in translator.write_request(asked(HI, signed, call(), result(), reasoning=reasoning)).body
    assert told(asked(result(), reasoning=reasoning))[0] == ("/reasoning", "dropped", "setting")


@pytest.mark.parametrize(
    ("model", "choice", "reasoning", "expected", "losses"),
    [
        (
            OLD,
            ir.Choice("named", ("f",), parallel=False),
            None,
            {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
            0,
        ),
        (OLD, ir.Choice("named", ("f", "g")), None, {"type": "any"}, 1),
        (OLD, ir.Choice("none", parallel=True), None, {"type": "none"}, 0),
        (OLD, ir.Choice("any"), ir.Reasoning("budget", budget=2000), {"type": "auto"}, 1),
        (NEWEST, ir.Choice("any"), None, {"type": "auto"}, 1),
    ],
)
def test_a_choice_is_fitted_to_the_model(
    model: str, choice: ir.Choice, reasoning: Any, expected: Any, losses: int
) -> None:
    draft = translator.write_request(asked(HI, model=model, choice=choice, reasoning=reasoning, tools=(TOOL,)))
    assert draft.body["tool_choice"] == expected
    assert [loss.grade for loss in draft.losses] == ["setting"] * losses


def test_a_choice_among_no_tools_is_not_sent() -> None:
    for choice, losses in ((ir.Choice("auto"), []), (ir.Choice("any", at="/c"), [("/c", "dropped", "setting")])):
        request = asked(HI, choice=choice)
        assert "tool_choice" not in translator.write_request(request).body
        assert told(request) == losses


def test_settings_that_do_not_exist_here_are_lost() -> None:
    request = asked(
        HI,
        sampling=ir.Sampling(1.5, 0.9, 5, 1, 0.1, 0.2),
        stop=("END", "\n"),
        tier="flex",
        cache_key="k",
        user="ada",
        format=ir.Format("json", verbosity="low", at="/text"),
    )
    body = translator.write_request(request).body
    assert (body["temperature"], body["top_p"], body["top_k"], body["stop_sequences"]) == (1, 0.9, 5, ["END"])
    assert body["metadata"] == {"user_id": "ada"}
    assert told(request) == [
        ("/seed", "dropped", "setting"),
        ("/frequency_penalty", "dropped", "setting"),
        ("/presence_penalty", "dropped", "setting"),
        ("/temperature", "changed", "setting"),
        ("/stop/1", "dropped", "setting"),
        ("/tier", "dropped", "setting"),
        ("/text/verbosity", "dropped", "setting"),
        ("/text", "dropped", "setting"),
        ("/cache_key", "dropped", "hint"),
    ]


def test_sampling_is_dropped_where_the_model_refuses_it() -> None:
    sampling = ir.Sampling(0.5, 0.9, 5)
    new = translator.write_request(asked(HI, model=NEW, sampling=sampling))
    assert not {"temperature", "top_p", "top_k"} & new.body.keys()
    assert [loss.at for loss in new.losses] == ["/temperature", "/top_p", "/top_k"]
    thinking = ir.Reasoning("budget", budget=2000)
    assert told(asked(HI, sampling=sampling, reasoning=thinking)) == [
        ("/temperature", "dropped", "setting"),
        ("/top_k", "dropped", "setting"),
    ]


def test_a_default_tier_is_a_standard_one_and_a_schema_loses_its_name() -> None:
    schema = ir.Format("json_schema", "city", {"type": "object"}, strict=True, description="d", at="/f")
    request = asked(HI, tier="default", format=schema)
    body = translator.write_request(request).body
    assert body["service_tier"] == "standard_only"
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    assert told(request) == [("/f/name", "dropped", "hint"), ("/f/description", "dropped", "hint")]
    assert "output_config" not in translator.write_request(asked(HI, format=ir.Format())).body


# A request of our own dialect, with something of a stranger's in it.


def native(*turns: ir.Turn, **fields: Any) -> ir.Request:
    return asked(*turns, extra=ir.Opaque("anthropic", {"x": 1}), **fields)


def test_our_own_requests_are_not_made_to_fit() -> None:
    request = native(SAID, SAID, model=NEWEST, sampling=ir.Sampling(0.5), reasoning=ir.Reasoning("off"))
    body = translator.write_request(request).body
    assert body["temperature"] == 0.5
    assert body["thinking"] == {"type": "disabled"}
    assert [each["role"] for each in body["messages"]] == ["assistant", "assistant"]


def test_a_first_system_message_of_ours_stays_a_message() -> None:
    turn = ir.Turn("system", (ir.Text("x", at="/messages/0/content"),), at="/messages/0")
    assert translator.write_request(native(turn, HI)).body["messages"][0] == {"role": "system", "content": "x"}
    assert "system" not in translator.write_request(native(turn, HI)).body


def test_a_stranger_among_tools_that_come_is_lost() -> None:
    hosted = ir.Hosted("dig", ir.Opaque("martian", {}), at="/tools/1")
    known = ir.Hosted("dig", ir.Opaque("anthropic", {"type": "dig_1"}), at="/tools/2")
    turn = ir.Turn("system", (ir.Tools((hosted, known)), ir.Tools((hosted,))))
    request = native(HI, turn)
    definition = {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": {"type": "dig_1"}}}
    assert translator.write_request(request).body["messages"][1]["content"] == [definition]
    assert told(request) == [("/tools/1", "dropped", "content")] * 2


@pytest.mark.parametrize(
    "request_",
    [
        asked(HI, tools=(ir.Hosted("dig", ir.Opaque("anthropic", {"type": "dig_1"})),)),
        asked(HI, tools=(ir.Tool("f", extra=ir.Opaque("anthropic", {"x": 1})),)),
        asked(ir.Turn("user", (ir.ToolResult("t", (ir.Opaque("anthropic", {"type": "x"}),)),))),
        asked(HI, reasoning=ir.Reasoning("off", extra=ir.Opaque("anthropic", {"x": 1}))),
    ],
)
def test_whatever_only_our_dialect_can_say_marks_a_request_of_ours(request_: ir.Request) -> None:
    sampled = ir.Request(
        model=NEWEST,
        turns=request_.turns,
        tools=request_.tools,
        reasoning=request_.reasoning,
        sampling=ir.Sampling(0.5),
    )
    assert translator.write_request(sampled).body["temperature"] == 0.5


def test_a_field_of_a_message_has_no_place_in_the_system_prompt() -> None:
    turn = ir.Turn(
        "system", (ir.Text("x"),), at="/system", extra=ir.Opaque("anthropic", {"0": {"a": 1}, "clear_at": "never"})
    )
    assert translator.write_request(asked(turn, HI)).body["system"] == [{"a": 1}, {"type": "text", "text": "x"}]
    assert told(asked(turn, HI)) == [("/system/clear_at", "dropped", "setting")]


def test_a_late_system_turn_may_be_empty_or_hold_anything() -> None:
    empty = ir.Turn("system", ())
    odd = ir.Turn("system", (ir.ToolUse("call_1", "f", "{}"),))
    assert messages(HI, empty, SAID)[1] == {"role": "assistant", "content": "hello"}
    assert messages(HI, odd)[0]["content"][1] == used()


def test_marks_on_blocks_we_keep_whole_count_too() -> None:
    kept = ir.Opaque("anthropic", {"type": "x", "cache_control": {"type": "ephemeral"}}, None, ir.Mark(), at="/x")
    turn = ir.Turn("user", (kept, *(ir.Text(str(n), mark=ir.Mark()) for n in range(4))))
    request = asked(turn)
    assert translator.write_request(request).body["messages"][0]["content"][0] == {"type": "x"}
    assert told(request) == [("/x", "dropped", "hint")]
    assert "cache_control" in kept.value


ECHO = ir.Tool("echo", schema={"type": "object"}, namespace=ir.Namespace("mcp__echo"), at="/found/0")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((ECHO, ir.Hosted("x", ir.Opaque("martian", {})), TOOL), "Tools loaded: mcp__echo__echo, f"),
        ((), "No tool was found."),
    ],
)
def test_tools_that_a_call_found_are_offered_once_and_named_in_its_answer(
    found: tuple[ir.AnyTool, ...], words: str
) -> None:
    answer = ir.Turn("user", (ir.ToolResult("call_1", (ir.Tools(found, at="/found"),)),))
    again = ir.Turn("user", (ir.ToolResult("call_2", (ir.Tools(found, at="/again"),)),))
    body = translator.write_request(asked(HI, call(), answer, call("call_2"), again, tools=(TOOL,))).body
    assert body["messages"][2]["content"][0]["content"] == words
    assert [tool["name"] for tool in body["tools"]] == (["f", "mcp__echo__echo"] if found else ["f"])


def test_the_same_unknown_field_of_many_messages_is_told_once_and_a_null_never() -> None:
    def turn(n: int) -> ir.Turn:
        extra = ir.Opaque("martian", {"id": "x", "status": None}, at=f"/input/{n}")
        return ir.Turn("user", (ir.Text("hi"),), extra=extra)

    (loss,) = translator.write_request(asked(turn(0), turn(1), turn(2))).losses
    assert (loss.at, loss.why) == ("/input/0/id", "only the caller's dialect knows it (and 2 more)")
