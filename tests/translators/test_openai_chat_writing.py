"""What other dialects say, written for a Chat server: what changes, moves and is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import ir
from ccgate.errors import RequestRefused
from ccgate.translators.openai_chat import translator
from ccgate.translators.openai_chat.names import fitting_id, fitting_name, renamed

HI = ir.Turn("user", (ir.Text("hi", at="/hi"),), at="/turn")
PNG = ir.Inline("image/png", "iVBORw0KGgo=")
PNG_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
TOOL = ir.Tool("weather", schema={"type": "object", "properties": {}}, at="/tools/0")
LONG = "mcp__a_server_with_a_long_name__and_a_tool_that_has_a_much_longer_name_than_that"

Losses = list[tuple[str, str, str]]


def write(*turns: ir.Turn, **fields: Any) -> tuple[dict[str, Any], Losses]:
    draft = translator.write_request(ir.Request(**({"model": "qwen", "turns": turns} | fields)))
    return draft.body, [(loss.at, loss.what, loss.grade) for loss in draft.losses]


def said(*turns: ir.Turn) -> tuple[list[dict[str, Any]], Losses]:
    body, losses = write(*turns)
    return body["messages"], losses


def user(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("user", blocks, at="/user")


def assistant(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("assistant", blocks, at="/assistant")


def use(id_: str) -> ir.ToolUse:
    return ir.ToolUse(id_, "weather", "{}", at=f"/{id_}")


def called(*ids: str) -> dict[str, Any]:
    calls = [{"id": id_, "type": "function", "function": {"name": "weather", "arguments": "{}"}} for id_ in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def answer(id_: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": content}


def test_answers_stand_behind_their_calls_before_any_text_of_their_turn() -> None:
    results = (ir.ToolResult("b", (ir.Text("2"),)), ir.Text("and?"), ir.ToolResult("a", (ir.Text("1"),)))
    messages, losses = said(HI, assistant(use("a"), use("b")), user(*results))
    assert messages[1:] == [called("a", "b"), answer("b", "2"), answer("a", "1"), {"role": "user", "content": "and?"}]
    assert losses == []


def test_answers_overtake_a_system_turn() -> None:
    turns = (assistant(use("a")), ir.Turn("system", (ir.Text("mind"),)), user(ir.ToolResult("a", (ir.Text("1"),))))
    assert said(*turns) == ([called("a"), answer("a", "1"), {"role": "system", "content": "mind"}], [])


def test_calls_in_turns_of_their_own_become_one_message() -> None:
    results = [user(ir.ToolResult(id_, (ir.Text(id_),))) for id_ in ("a", "b")]
    messages, losses = said(assistant(use("a")), assistant(use("b")), *results)
    assert messages == [called("a", "b"), answer("a", "a"), answer("b", "b")]
    assert losses == []


def test_a_turn_of_thinking_alone_becomes_part_of_the_next() -> None:
    messages, losses = said(assistant(ir.Thinking(("hm",), at="/hm")), assistant(use("a")))
    assert messages == [called("a"), answer("a", "This call was not answered.")]
    assert losses == [("/hm", "dropped", "hint"), ("/assistant", "changed", "hint")]


def test_an_answer_to_no_call_is_told_as_text() -> None:
    messages, losses = said(user(ir.ToolResult("x", (ir.Text("1"),), at="/x")))
    assert messages == [{"role": "user", "content": "Result of tool call x:\n\n1"}]
    assert losses == [("/x", "changed", "content")]


def test_a_second_answer_to_one_call_is_told_as_text() -> None:
    result = ir.ToolResult("a", (ir.Text("1"),), at="/x")
    messages, losses = said(assistant(use("a")), user(result, result))
    assert messages == [called("a"), answer("a", "1"), {"role": "user", "content": "Result of tool call a:\n\n1"}]
    assert losses == [("/x", "changed", "content")]


def test_images_of_answers_move_behind_all_answers() -> None:
    results = (
        ir.ToolResult("a", (ir.Media("image", PNG),), at="/a"),
        ir.ToolResult("b", (ir.Text("red"), ir.Media("image", PNG)), at="/b"),
    )
    messages, losses = said(assistant(use("a"), use("b")), user(results[0]), user(results[1], ir.Text("so?")))
    assert messages[1:] == [
        answer("a", "The result is shown in the next message."),
        answer("b", "red"),
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "From the result of tool call a:"},
                PNG_PART,
                {"type": "text", "text": "From the result of tool call b:"},
                PNG_PART,
            ],
        },
        {"role": "user", "content": "so?"},
    ]
    assert losses == [("/a", "moved", "content"), ("/b", "moved", "content")]


def test_an_error_is_told_in_words() -> None:
    messages, losses = said(assistant(use("a")), user(ir.ToolResult("a", (ir.Text("no"),), error=True, at="/a")))
    assert messages[1] == answer("a", "Error: no")
    assert losses == [("/a", "changed", "hint")]


def test_an_error_in_parts_is_told_in_words() -> None:
    part = ir.Text("no", extra=ir.Opaque("openai_chat", {"x": 1}))
    messages, _ = said(assistant(use("a")), user(ir.ToolResult("a", (part,), error=True)))
    assert messages[1]["content"] == [{"type": "text", "text": "Error: "}, {"type": "text", "text": "no", "x": 1}]


def test_a_loaded_tool_is_told_in_words() -> None:
    messages, losses = said(assistant(use("a")), user(ir.ToolResult("a", (ir.ToolRef("Web", at="/ref"),))))
    assert messages[1] == answer("a", "Tool loaded: Web")
    assert losses == [("/ref", "changed", "hint")]


def test_texts_become_paragraphs_and_empty_ones_nothing() -> None:
    messages, losses = said(user(ir.Text("a"), ir.Text(""), ir.Text("b")), assistant(ir.Text("c"), ir.Text("d")))
    assert [message["content"] for message in messages] == ["a\n\nb", "c\n\nd"]
    assert losses == []


def test_a_text_cut_by_citations_runs_on() -> None:
    cite = ir.Citation(url="https://example.com", at="/cite")
    messages, losses = said(assistant(ir.Text("It is "), ir.Text("warm", citations=(cite,)), ir.Text(".")))
    assert messages[0]["content"] == "It is warm."
    assert losses == [("/cite", "dropped", "hint")]


def test_text_behind_a_call_moves_before_it() -> None:
    messages, losses = said(assistant(use("a"), ir.Text("so", at="/so")), user(ir.ToolResult("a")))
    assert messages[0] == called("a") | {"content": "so"}
    assert losses == [("/so", "moved", "hint")]


def test_reasoning_goes_home_only_to_where_it_came_from() -> None:
    own = ir.Thinking(("a", "b"), seal=ir.Seal("openai_chat", "reasoning_content", ""))
    foreign = ir.Thinking(("c",), seal=ir.Seal("mars", "signature", "x"), at="/c")
    messages, losses = said(assistant(own, foreign))
    assert messages == [{"role": "assistant", "content": "", "reasoning_content": "a\n\nb"}]
    assert losses == [("/c", "dropped", "hint")]


def test_a_message_of_which_nothing_is_left_is_not_sent() -> None:
    foreign = ir.Opaque("mars", {"type": "x"}, at="/x")
    messages, losses = said(HI, assistant(foreign), user(foreign), ir.Turn("assistant"), ir.Turn("user"))
    assert messages == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": ""},
    ]
    assert losses == [("/x", "dropped", "content"), ("/x", "dropped", "content")]


def test_marks_and_seals_are_reported_each_once() -> None:
    seal = ir.Seal("mars", "signature", "x")
    marked = ir.Text("hi", seal=seal, mark=ir.Mark("5m"), at="/t")
    call = ir.ToolUse("a", "weather", "", seal=seal, mark=ir.Mark(), at="/c")
    result = ir.ToolResult("a", mark=ir.Mark(), at="/r")
    body, losses = write(user(marked), assistant(call), user(result), tools=(ir.Tool("t", mark=ir.Mark(), at="/tool"),))
    assert body["messages"][1] == called("a")
    assert [at for at, _, _ in losses] == ["/tool/mark", "/t/mark", "/t/seal", "/c/mark", "/c/seal", "/r/mark"]
    assert {(what, grade) for _, what, grade in losses} == {("dropped", "hint")}


@pytest.mark.parametrize(
    ("media", "parts", "losses"),
    [
        (ir.Media("document", ir.Words("text"), title="T", context="C", at="/m"), "Document: T\nC\n\ntext", []),
        (ir.Media("document", ir.Words("text"), cite=True, at="/m"), "text", [("/m/cite", "dropped", "hint")]),
        (
            ir.Media("search_result", ir.Parts((ir.Text("found"), ir.Text("more"))), title="T", link="L", at="/m"),
            "Document: T\nSource: L\n\nfound\n\nmore",
            [],
        ),
        (
            ir.Media("document", ir.Parts((ir.Media("image", PNG),)), title="T", at="/m"),
            [{"type": "text", "text": "Document: T"}, PNG_PART],
            [],
        ),
        (ir.Media("document", ir.Parts((ir.Media("image", PNG),)), at="/m"), [PNG_PART], []),
        (
            ir.Media("document", ir.Inline("application/pdf", "AA=="), context="C", at="/m"),
            [
                {"type": "text", "text": "C"},
                {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,AA=="}},
            ],
            [],
        ),
        (ir.Media("image", PNG, title="T", at="/m"), [PNG_PART], [("/m", "dropped", "hint")]),
        (
            ir.Media("document", ir.Url("https://e.com/a.pdf"), title="T", at="/m"),
            "[T at https://e.com/a.pdf: cannot be shown]",
            [("/m", "dropped", "content")],
        ),
        (
            ir.Media("image", ir.File("f", "mars"), at="/m"),
            "[image: cannot be shown]",
            [("/m", "dropped", "content")],
        ),
        (
            ir.Media("video", ir.Inline("video/mp4", "AA=="), at="/m"),
            "[video: cannot be shown]",
            [("/m", "dropped", "content")],
        ),
    ],
)
def test_media_are_shown_or_named(media: ir.Media, parts: object, losses: Losses) -> None:
    assert said(user(media)) == ([{"role": "user", "content": parts}], losses)


def test_a_system_message_holds_only_text() -> None:
    turns = (ir.Turn("system", (ir.Text("a"), ir.Media("image", PNG, at="/m"))), HI)
    assert said(*turns) == (
        [{"role": "system", "content": "a"}, {"role": "user", "content": "hi"}],
        [("/m", "dropped", "content")],
    )


def test_blocks_in_the_wrong_turn_are_dropped_and_reported() -> None:
    messages, losses = said(
        user(ir.Text("hi"), use("a"), ir.Thinking(("hm",), at="/hm")),
        assistant(ir.Text("ho"), ir.Media("image", PNG, at="/m")),
    )
    assert messages == [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    assert losses == [("/a", "dropped", "content"), ("/hm", "dropped", "hint"), ("/m", "dropped", "content")]


def test_the_effort_of_a_turn_is_a_loss_only_when_it_differs() -> None:
    same = ir.Turn("system", (ir.Text("a"),), ir.Reasoning(effort="low", at="/same"))
    other = ir.Turn("user", (ir.Text("b"),), ir.Reasoning(effort="max", at="/other"), phase="commentary", at="/t")
    _, losses = write(same, other, model="gpt-5.2", reasoning=ir.Reasoning(effort="low"))
    assert losses == [("/other/effort", "dropped", "setting"), ("/t/phase", "dropped", "hint")]


def test_deferred_tools_are_sent_and_placeholders_are_not() -> None:
    tools = (ir.Tool("later", schema={}, deferred=True, at="/1"), ir.Tool("Placeholder", deferred=True, at="/2"))
    body, losses = write(HI, tools=tools)
    assert [tool["function"]["name"] for tool in body["tools"]] == ["later"]
    assert losses == [("/1/deferred", "changed", "hint"), ("/2", "dropped", "hint")]


def test_tools_that_come_and_go_are_listed_as_they_are_at_the_end() -> None:
    new = ir.Tools((ir.Tool("new"), TOOL), at="/tools-block")
    gone = ir.Tools((), ("old",), at="/gone")
    messages = (ir.Turn("system", (new,)), HI, assistant(ir.Text("x"), gone))
    body, losses = write(*messages, tools=(TOOL, ir.Tool("old")))
    assert [tool["function"]["name"] for tool in body["tools"]] == ["weather", "new"]
    assert losses == [("/tools-block", "moved", "hint"), ("/gone", "moved", "hint")]


def test_schemas_pass_unchanged_but_for_what_servers_demand() -> None:
    odd = {"$schema": "x", "anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"type": ["string", "null"]}}}
    body, losses = write(HI, tools=(ir.Tool("a", schema=odd), ir.Tool("b", schema={"type": "array"})))
    first, second = (tool["function"]["parameters"] for tool in body["tools"])
    assert first == {"anyOf": odd["anyOf"], "$defs": odd["$defs"], "type": "object", "properties": {}}
    assert second == {"type": "array"}
    assert losses == []


@pytest.mark.parametrize(
    ("choice", "written", "losses"),
    [
        (ir.Choice("any"), {"tool_choice": "required"}, []),
        (ir.Choice("none", ("weather",)), {"tool_choice": "none"}, []),
        (
            ir.Choice("named", ("weather",), parallel=False),
            {
                "tool_choice": {"type": "function", "function": {"name": "weather"}},
                "parallel_tool_calls": False,
            },
            [],
        ),
        (ir.Choice("named", ("gone",), at="/c"), {"tool_choice": "required"}, [("/c", "changed", "setting")]),
    ],
)
def test_the_choice_among_tools(choice: ir.Choice, written: dict[str, Any], losses: Losses) -> None:
    body, found = write(HI, tools=(TOOL,), choice=choice)
    assert {key: body[key] for key in written} == written
    assert found == losses


def test_a_choice_without_tools_is_not_sent() -> None:
    assert write(HI, choice=ir.Choice("auto", parallel=True))[0].keys() == {"model", "messages"}
    assert write(HI, choice=ir.Choice("any", at="/c"))[1] == [("/c", "dropped", "setting")]


def test_names_that_do_not_fit_are_sent_alike_everywhere_and_told_once() -> None:
    tool = ir.Tool(LONG, at="/tool")
    turns = (HI, assistant(ir.ToolUse("a", LONG, "{}")), user(ir.ToolResult("a")))
    body, losses = write(*turns, tools=(tool,), choice=ir.Choice("named", (LONG,)))
    name = fitting_name(LONG)
    assert len(name) == 64
    assert name.startswith("mcp__a_server")
    assert body["tools"][0]["function"]["name"] == name
    assert body["messages"][1]["tool_calls"][0]["function"]["name"] == name
    assert body["tool_choice"]["function"]["name"] == name
    assert losses == [("/tool", "changed", "content")]


def test_a_namespace_becomes_part_of_the_name() -> None:
    tools = tuple(ir.Tool("read", namespace=ir.Namespace(name), at=f"/{name}") for name in ("files", "mcp__x__"))
    body, losses = write(HI, assistant(ir.ToolUse("a", "read", "{}", "files")), tools=tools)
    assert [tool["function"]["name"] for tool in body["tools"]] == ["files__read", "mcp__x__read"]
    assert body["messages"][1]["tool_calls"][0]["function"]["name"] == "files__read"
    assert losses[:2] == [("/files", "changed", "hint"), ("/mcp__x__", "changed", "hint")]


def test_a_decoder_that_knows_the_request_tells_the_names_of_the_caller() -> None:
    added = ir.Tools((ir.Tool("read", namespace=ir.Namespace("files")), ir.Tool("plain")))
    hosted = ir.Hosted("search", ir.Opaque("mars", {}))
    request = ir.Request(model="m", turns=(HI, user(added)), tools=(ir.Tool(LONG), hosted))
    assert renamed(request) == {"files__read": ("read", "files", "json"), fitting_name(LONG): (LONG, None, "json")}
    decoder = translator.decoder(stream=True, asked=request)
    events = decoder.feed(
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"files__read"}}]}}]}\n\n'
    )
    assert events[-1] == ir.Opened(0, ir.ToolUse("a", "read", "", "files"))


@pytest.mark.parametrize("id_", ["", "x" * 41, "with space", "ünïcode"])
def test_ids_that_do_not_fit_are_replaced_by_the_same_everywhere(id_: str) -> None:
    messages, losses = said(assistant(use(id_)), user(ir.ToolResult(id_)))
    short = fitting_id(id_)
    assert len(short) <= 40
    assert messages == [called(short), answer(short, "")]
    assert losses == []


@pytest.mark.parametrize(
    ("model", "reasoning", "written", "losses"),
    [
        ("gpt-5.2", ir.Reasoning(effort="max"), {"reasoning_effort": "max"}, []),
        ("o3", ir.Reasoning("budget", budget=4095, at="/r"), {"reasoning_effort": "low"}, ["changed"]),
        ("o3", ir.Reasoning("budget", budget=4096, at="/r"), {"reasoning_effort": "medium"}, ["changed"]),
        ("o3", ir.Reasoning("budget", budget=16384, at="/r"), {"reasoning_effort": "high"}, ["changed"]),
        ("o3", ir.Reasoning("off", at="/r"), {}, ["dropped"]),
        ("gpt-5", ir.Reasoning("off", at="/r"), {}, ["dropped"]),
        ("gpt-5.1", ir.Reasoning("off", at="/r"), {"reasoning_effort": "none"}, []),
        ("gpt-5.1", ir.Reasoning("adaptive"), {}, []),
        ("gpt-5.1", ir.Reasoning("between_tools", at="/r"), {}, ["dropped"]),
        ("qwen", ir.Reasoning(effort="low", at="/r"), {}, ["dropped"]),
        ("qwen", ir.Reasoning(effort="low", at="/reasoning_effort"), {"reasoning_effort": "low"}, []),
    ],
)
def test_reasoning_is_told_as_an_effort(
    model: str, reasoning: ir.Reasoning, written: dict[str, Any], losses: list[str]
) -> None:
    body, found = write(HI, model=model, reasoning=reasoning)
    assert {key: body[key] for key in body if key not in {"model", "messages"}} == written
    assert [what for _, what, _ in found] == losses


def test_how_reasoning_is_shown_is_a_hint() -> None:
    assert write(HI, reasoning=ir.Reasoning("adaptive", show="omitted", at="/r"))[1] == [("/r/show", "dropped", "hint")]


@pytest.mark.parametrize("model", ["gpt-5.4", "openai/gpt-5.5-mini", "gpt-6", "gpt-10.1"])
def test_the_newest_models_take_function_tools_only_without_effort(model: str) -> None:
    body, losses = write(HI, model=model, tools=(TOOL,), reasoning=ir.Reasoning(effort="high", at="/r"))
    assert body["reasoning_effort"] == "none"
    assert losses == [("/r/effort", "changed", "setting")]
    assert write(HI, model=model, tools=(TOOL,))[1] == [("/tools", "changed", "setting")]
    assert write(HI, model=model, tools=(TOOL,), reasoning=ir.Reasoning(effort="none"))[1] == []


def test_reasoning_models_take_no_sampling_and_no_stop() -> None:
    sampling = ir.Sampling(temperature=0.2, top_p=1, top_k=5, seed=1)
    body, losses = write(HI, model="gpt-5.2", sampling=sampling, stop=("x",), limits=ir.Limits(9))
    assert body == {
        "model": "gpt-5.2",
        "messages": [{"role": "user", "content": "hi"}],
        "top_p": 1,
        "seed": 1,
        "max_completion_tokens": 9,
    }
    assert losses == [
        ("/top_k", "dropped", "setting"),
        ("/temperature", "dropped", "setting"),
        ("/stop", "dropped", "setting"),
    ]


def test_only_four_stop_sequences_are_sent() -> None:
    body, losses = write(HI, stop=tuple("abcde"))
    assert body["stop"] == ["a", "b", "c", "d"]
    assert losses == [("/stop", "changed", "setting")]


def test_a_schema_without_a_name_gets_one() -> None:
    body, losses = write(HI, format=ir.Format("json_schema", schema={"type": "object"}))
    wanted = {"name": "answer", "schema": {"type": "object"}}
    assert body["response_format"] == {"type": "json_schema", "json_schema": wanted}
    assert write(HI, format=ir.Format("json_schema"))[0]["response_format"]["json_schema"] == {"name": "answer"}
    assert losses == []


def test_verbosity_is_sent_to_models_that_know_it() -> None:
    assert write(HI, model="gpt-5.2", format=ir.Format(verbosity="low"))[0]["verbosity"] == "low"
    assert write(HI, format=ir.Format(verbosity="low", at="/verbosity"))[0]["verbosity"] == "low"
    assert write(HI, format=ir.Format(verbosity="low", at="/f"))[1] == [("/f/verbosity", "dropped", "setting")]


@pytest.mark.parametrize("user_", ['{"device_id":"x"}', "x" * 65])
def test_a_user_that_is_long_or_json_is_hashed(user_: str) -> None:
    body, losses = write(HI, user=user_)
    assert len(body["user"]) == 64
    assert body["user"] != user_
    assert losses == [("/user", "changed", "hint")]


def test_a_tier_of_others_is_a_loss() -> None:
    assert write(HI, tier="standard_only")[1] == [("/tier", "dropped", "setting")]


def test_fields_of_strangers_are_hints_or_settings() -> None:
    extra = ir.Opaque("mars", {"metadata": {}, "gravity": 3}, at="")
    assert write(HI, extra=extra)[1] == [("/metadata", "dropped", "hint"), ("/gravity", "dropped", "setting")]


def test_a_message_from_this_dialect_keeps_fields_of_its_own_between_leading_instructions() -> None:
    named = ir.Turn("system", (ir.Text("b"),), extra=ir.Opaque("openai_chat", {"name": "x"}))
    messages, _ = said(ir.Turn("system", (ir.Text("a"),)), named, HI)
    assert messages[:2] == [{"role": "system", "content": "a"}, {"role": "system", "content": "b", "name": "x"}]


def test_a_user_is_the_same_in_every_session() -> None:
    def told(**named: str) -> object:
        return write(HI, user=json.dumps(named))[0]["user"]

    assert told(device_id="d", session_id="1") == told(session_id="2", device_id="d")
    assert told(device_id="d", session_id="1") != told(device_id="e", session_id="1")
    assert len(str(told(device_id="d"))) <= 64
    assert write(HI, user="{" + "x" * 80)[0]["user"] == write(HI, user="{" + "x" * 80)[0]["user"]
    assert write(HI, user="[" + "1," * 40 + "1]")[0]["user"] != "[" + "1," * 40 + "1]"


ECHO = ir.Tool("echo", schema={"type": "object", "properties": {}}, namespace=ir.Namespace("mcp__echo"), deferred=True)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((ECHO, ir.Hosted("x", ir.Opaque("martian", {})), TOOL), "Tools loaded: mcp__echo__echo, weather"),
        ((), "No tool was found."),
    ],
)
@pytest.mark.parametrize("called_", [True, False], ids=["an answer", "an answer to no call"])
def test_tools_that_a_call_found_are_offered_and_named_in_its_answer(
    found: tuple[ir.AnyTool, ...], words: str, called_: bool
) -> None:
    search = ir.Tool("search", schema={}, at="/tools/1")
    result = ir.ToolResult("a", (ir.Tools(found, at="/found"),))
    body, losses = write(HI, *([assistant(use("a"))] if called_ else []), user(result), user(result), tools=(search,))
    assert words in body["messages"][2 if called_ else 1]["content"]
    names = [tool["function"]["name"] for tool in body["tools"]]
    assert names == ["search", *(["mcp__echo__echo", "weather"] if found else [])]
    assert ("/found", "moved", "hint") in losses


def test_hosted_tools_that_come_together_are_each_told() -> None:
    hosted = tuple(ir.Hosted("x", ir.Opaque("martian", {}), at=f"/new/{n}") for n in range(2))
    _, losses = write(HI, user(ir.Tools(hosted, at="/new")))
    assert [at for at, _, grade in losses if grade == "content"] == ["/new/0", "/new/1"]


def test_the_same_unknown_field_of_many_messages_is_told_once_and_a_null_never() -> None:
    def turn(n: int) -> ir.Turn:
        extra = ir.Opaque("martian", {"id": "x", "status": None}, at=f"/input/{n}")
        return ir.Turn("user", (ir.Text("hi"),), extra=extra)

    (loss,) = translator.write_request(ir.Request(model="qwen", turns=(turn(0), turn(1), turn(2)))).losses
    assert (loss.at, loss.why) == ("/input/0/id", "only the caller's dialect knows it (and 2 more)")


@pytest.mark.parametrize("content", [1, 0, False, True, {}, {"type": "text", "text": "hi"}])
@pytest.mark.parametrize("role", ["user", "system", "assistant", "tool"])
def test_a_content_that_is_no_content_is_refused_by_its_place(role: str, content: Any) -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": role, "content": content, "tool_call_id": "a"}]
    with pytest.raises(RequestRefused, match=r"^messages\.1\.content: must be a string or an array of content parts$"):
        translator.read_request({"model": "m", "messages": messages})
