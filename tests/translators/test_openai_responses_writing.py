"""Requests from other dialects, written as Responses: what is fitted, what is lost, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate import ir
from ccgate.translators.openai_responses import translator
from ccgate.translators.openai_responses.names import fitting_id, fitting_name
from ccgate.translators.protocol import Draft

OURS = "openai_responses"
HI = ir.Turn("user", (ir.Text("hi", at="/messages/0/content"),), at="/messages/0")
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
LONG = "x" * 70
PNG = ir.Inline("image/png", "iVBORw0KGgo=")
PDF = ir.Inline("application/pdf", "JVBERi0=")


def written(*turns: ir.Turn, model: str = "gpt-5.5", **words: Any) -> Draft:
    return translator.write_request(ir.Request(model=model, turns=turns or (HI,), **words))


def told(draft: Draft) -> list[tuple[str, str, str]]:
    return [(loss.at, loss.what, loss.grade) for loss in draft.losses]


def user(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("user", blocks, at="/messages/0")


def assistant(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("assistant", blocks, at="/messages/1")


def sent(*blocks: ir.Block) -> Any:
    """The parts of a user message of these blocks."""
    (item,) = written(user(*blocks)).body["input"]
    return item["content"]


def test_a_stranger_s_conversation_is_not_kept_and_its_reasoning_comes_encrypted():
    assert written().body == {
        "model": "gpt-5.5",
        "input": [{"type": "message", "role": "user", "content": "hi"}],
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }
    assert "include" not in written(model="gpt-4.1").body


def test_the_system_prompt_is_the_instructions_whatever_its_cache_marks():
    system = ir.Turn(
        "system", (ir.Text("a", mark=ir.Mark(), at="/system/0"), ir.Text("b", at="/system/1")), at="/system"
    )
    draft = written(system, HI)
    assert draft.body["instructions"] == "a\n\nb"
    assert told(draft) == [("/system/0/mark", "dropped", "hint")]


def test_what_only_its_own_dialect_knows_of_a_system_prompt_does_not_make_it_a_message():
    extra = ir.Opaque("martian", {"0": "bill", "seed": 1}, at="/system", grade="hint")
    draft = written(ir.Turn("system", (ir.Text("a", at="/system/1"),), at="/system", extra=extra), HI)
    assert draft.body["instructions"] == "a"
    assert told(draft) == [("/system/0", "dropped", "hint"), ("/system/seed", "dropped", "hint")]


SETTINGS = (
    ("an effort", {"reasoning": ir.Reasoning(effort="high")}, {"reasoning": {"effort": "high"}}, []),
    (
        "a budget",
        {"reasoning": ir.Reasoning("budget", budget=9000, at="/thinking")},
        {"reasoning": {"effort": "medium"}},
        ["/thinking/budget"],
    ),
    ("a small budget", {"reasoning": ir.Reasoning("budget", budget=9)}, {"reasoning": {"effort": "low"}}, ["/budget"]),
    ("a large one", {"reasoning": ir.Reasoning(budget=90000)}, {"reasoning": {"effort": "high"}}, ["/budget"]),
    ("its own measure", {"reasoning": ir.Reasoning("adaptive")}, {}, []),
    ("no thinking", {"reasoning": ir.Reasoning("off")}, {"reasoning": {"effort": "none"}}, []),
    ("no thinking where one must", {"model": "o3", "reasoning": ir.Reasoning("off", at="/r")}, {}, ["/r/mode"]),
    ("where nobody thinks", {"model": "gpt-4.1", "reasoning": ir.Reasoning(effort="low", at="/r")}, {}, ["/r/effort"]),
    ("silence", {"model": "gpt-4.1", "reasoning": ir.Reasoning(show="auto")}, {}, []),
    ("a summary", {"reasoning": ir.Reasoning(show="summarized")}, {"reasoning": {"summary": "auto"}}, []),
    ("none", {"reasoning": ir.Reasoning(effort="low", show="omitted")}, {"reasoning": {"effort": "low"}}, []),
    ("between tools", {"reasoning": ir.Reasoning("between_tools", at="/r")}, {}, ["/r/mode"]),
    ("sampling", {"sampling": ir.Sampling(temperature=0.5, top_p=1)}, {}, ["/temperature"]),
    (
        "sampling where it is taken",
        {"model": "gpt-4.1", "sampling": ir.Sampling(temperature=0.5, top_p=1, top_k=4)},
        {"temperature": 0.5, "top_p": 1},
        ["/top_k"],
    ),
    ("a limit", {"limits": ir.Limits(output=100)}, {"max_output_tokens": 100}, []),
    ("a low limit", {"limits": ir.Limits(output=1)}, {"max_output_tokens": 16}, ["/output"]),
    ("stops", {"stop": ("END",)}, {}, ["/stop"]),
    ("a tier", {"tier": "flex"}, {"service_tier": "flex"}, []),
    ("a tier of others", {"tier": "standard_only"}, {}, ["/tier"]),
    ("a cache key", {"cache_key": "k", "session": "s"}, {"prompt_cache_key": "k"}, []),
    ("a session", {"session": "s"}, {"prompt_cache_key": "s"}, []),
    ("a user", {"user": "ada"}, {"user": "ada"}, []),
    ("verbosity", {"format": ir.Format(verbosity="low", at="/verbosity")}, {"text": {"verbosity": "low"}}, []),
    ("too much of it", {"model": "gpt-4.1", "format": ir.Format(verbosity="low")}, {}, ["/verbosity"]),
    ("JSON", {"format": ir.Format("json")}, {"text": {"format": {"type": "json_object"}}}, []),
    (
        "a schema",
        {"format": ir.Format("json_schema", schema=SCHEMA, strict=True)},
        {"text": {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}}},
        [],
    ),
    ("a choice of nothing", {"choice": ir.Choice("any", at="/c")}, {}, ["/c"]),
    ("no choice of nothing", {"choice": ir.Choice("auto", at="/c")}, {}, []),
    ("a stream", {"stream": True}, {"stream": True}, []),
)


@pytest.mark.parametrize(("words", "body", "places"), [row[1:] for row in SETTINGS], ids=[row[0] for row in SETTINGS])
def test_settings_are_fitted_to_the_model(words: dict[str, Any], body: dict[str, Any], places: list[str]):
    draft = written(**words)
    usual = {"model", "input", "store", "include"}
    assert {key: value for key, value in draft.body.items() if key not in usual} == body
    assert [loss.at for loss in draft.losses] == places


def test_a_long_session_is_a_key_of_fitting_length():
    key = written(session="s" * 200).body["prompt_cache_key"]
    assert len(key) == 64


def test_of_a_user_with_much_to_tell_only_a_hash_is_sent_that_is_the_same_in_every_session():
    first, second, other = (
        written(user=user_).body["safety_identifier"]
        for user_ in ('{"id": "a", "session_id": "1"}', '{"session_id": "2", "id": "a"}', '{"id": "b"}')
    )
    assert first == second != other
    assert written(user="[" * 70).body["safety_identifier"]
    assert written(user='{"' + "[" * 70).body["safety_identifier"]
    assert written(user="[" + "1," * 50 + "1]").body["safety_identifier"]
    assert told(written(user="u" * 100)) == [("/user", "changed", "hint")]


TOOLS = (
    (ir.Tool("f", "d", {"$schema": "s", **SCHEMA}), {"description": "d", "parameters": SCHEMA, "strict": False}, []),
    (ir.Tool("f", schema={}), {"parameters": {"type": "object", "properties": {}}, "strict": False}, []),
    (ir.Tool("f", schema={"type": "array"}, strict=True), {"parameters": {"type": "array"}, "strict": True}, []),
    (ir.Tool("f", form="text"), {"type": "custom"}, []),
    (ir.Tool("f", schema=SCHEMA, deferred=True, at="/t"), {"parameters": SCHEMA, "strict": False}, ["/t/deferred"]),
    (ir.Tool("f", schema=SCHEMA, mark=ir.Mark(), at="/t"), {"parameters": SCHEMA, "strict": False}, ["/t/mark"]),
)


@pytest.mark.parametrize(("tool", "more", "places"), TOOLS)
def test_tools_are_what_servers_want(tool: ir.Tool, more: dict[str, Any], places: list[str]):
    draft = written(tools=(tool,))
    assert draft.body["tools"] == [{"type": "function", "name": "f", **more}]
    assert [loss.at for loss in draft.losses] == places


def test_a_placeholder_and_a_stranger_s_own_tool_are_left_out():
    placeholder = ir.Tool("later", deferred=True, at="/tools/0")
    hosted = ir.Hosted("web_search", ir.Opaque("martian", {}), at="/tools/1")
    draft = written(tools=(placeholder, hosted))
    assert "tools" not in draft.body
    assert told(draft) == [("/tools/0", "dropped", "hint"), ("/tools/1", "dropped", "content")]


def test_a_name_that_is_too_long_comes_back_as_the_caller_s():
    request = ir.Request(
        model="gpt-5.5",
        turns=(assistant(ir.ToolUse("c", LONG, "{}", at="/c")), user(ir.ToolResult("c", (ir.Text("ok", at="/r"),)))),
        tools=(ir.Tool(LONG, schema=SCHEMA, at="/tools/0"),),
        choice=ir.Choice("named", (LONG,)),
    )
    draft = translator.write_request(request)
    fit = fitting_name(LONG)
    assert len(fit) == 64
    assert draft.body["tools"][0]["name"] == draft.body["input"][0]["name"] == draft.body["tool_choice"]["name"] == fit
    assert told(draft) == [("/tools/0", "changed", "content")]
    decoder = translator.decoder(stream=False, asked=request)
    call = {"type": "function_call", "call_id": "d", "name": fit, "arguments": "{}"}
    decoder.feed(b'{"id": "resp_1", "model": "m", "output": [' + str(call).replace("'", '"').encode() + b"]}")
    assert ir.fold(decoder.close()).blocks == (ir.ToolUse("d", LONG, "{}"),)


CUSTOM = (ir.Tool("f", schema=SCHEMA), ir.Tool("p", form="text"))
CHOICES = (
    (ir.Choice("named", ("f",), parallel=False), {"type": "function", "name": "f"}, []),
    (ir.Choice("named", ("p",)), {"type": "custom", "name": "p"}, []),
    (ir.Choice("named", ("gone",), at="/c"), "required", ["/c"]),
    (
        ir.Choice("auto", ("f", "gone"), at="/c"),
        {"type": "allowed_tools", "mode": "auto", "tools": [("function", "f")]},
        ["/c"],
    ),
    (
        ir.Choice("any", ("f", "p")),
        {"type": "allowed_tools", "mode": "required", "tools": [("function", "f"), ("custom", "p")]},
        [],
    ),
    (ir.Choice("none"), "none", []),
    (ir.Choice("any"), "required", []),
)


@pytest.mark.parametrize(("choice", "told_as", "places"), CHOICES)
def test_a_choice_is_among_the_tools_that_are_sent(choice: ir.Choice, told_as: Any, places: list[str]):
    if isinstance(told_as, dict) and "tools" in told_as:
        told_as = {**told_as, "tools": [{"type": kind, "name": name} for kind, name in told_as["tools"]]}
    draft = written(tools=CUSTOM, choice=choice)
    assert draft.body["tool_choice"] == told_as
    assert draft.body.get("parallel_tool_calls") is choice.parallel
    assert [loss.at for loss in draft.losses] == places


def test_tools_that_come_and_go_are_listed_once():
    change = ir.Tools((ir.Tool("g", schema=SCHEMA),), removed=("f",), at="/messages/0/content/0")
    draft = written(user(change, ir.Text("hi", at="/messages/0/content/1")), tools=CUSTOM)
    assert [tool["name"] for tool in draft.body["tools"]] == ["p", "g"]
    assert told(draft) == [("/messages/0/content/0", "moved", "hint")]


# ---------------------------------------------------------------- the conversation


def test_a_tool_loop_is_calls_and_their_outputs():
    draft = written(
        HI,
        assistant(
            ir.Thinking(("hm",), at="/messages/1/content/0"),
            ir.Thinking(("hm",), at="/messages/1/content/1"),
            ir.Text("I look", at="/messages/1/content/2"),
            ir.ToolUse("c 1", "f", "", at="/messages/1/content/3"),
        ),
        user(
            ir.ToolResult("c 1", (ir.Text("no", at="/a/0"), ir.Media("image", PNG, at="/a/1")), error=True, at="/a"),
            ir.Text("go on", at="/messages/2/content/1"),
        ),
    )
    assert draft.body["input"][1:] == [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "I look", "annotations": []}],
        },
        {"type": "function_call", "call_id": fitting_id("c 1"), "name": "f", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": fitting_id("c 1"),
            "output": [
                {"type": "input_text", "text": "Error: no"},
                {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
            ],
        },
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go on"}]},
    ]
    assert told(draft) == [("/a", "changed", "hint"), ("/messages/1/content/0", "dropped", "hint")]
    assert "(2 of them)" in draft.losses[1].why


def test_what_was_sealed_here_goes_home():
    seal = ir.Seal(OURS, "encrypted_content", "gAAA")
    draft = written(HI, assistant(ir.Thinking(("hm",), "summary", seal), ir.Thinking((), "raw", seal), ir.Text("ok")))
    assert draft.body["input"][1:3] == [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gAAA"},
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
    ]
    assert not draft.losses


def test_a_call_without_a_result_gets_one_and_a_result_without_a_call_is_told_as_text():
    draft = written(
        assistant(ir.ToolUse("a", "f", "{}", at="/a")),
        user(ir.ToolResult("b", (ir.Text("lost", at="/b/0"),), at="/b")),
    )
    call, made_up, message = draft.body["input"]
    assert (call["call_id"], made_up["call_id"], made_up["output"]) == ("a", "a", "This call was not answered.")
    assert [part["text"] for part in message["content"]] == ["Result of tool call b:", "lost"]
    assert told(draft) == [("/a", "changed", "hint"), ("/b", "changed", "content")]


def test_results_take_the_form_of_their_calls():
    draft = written(
        assistant(ir.ToolUse("a", "p", "patch", form="text"), ir.ToolUse("b", "f", "{}", "space")),
        user(ir.ToolResult("a"), ir.ToolResult("b", (ir.Media("image", PNG),), error=True, name="f")),
    )
    items = draft.body["input"]
    assert [item["type"] for item in items] == [
        "custom_tool_call",
        "function_call",
        "custom_tool_call_output",
        "function_call_output",
    ]
    assert items[1]["namespace"] == "space"
    assert items[2]["output"] == ""
    assert items[3]["output"][0] == {"type": "input_text", "text": "Error: "}


CITED = ir.Text("x", citations=(ir.Citation(url="u", at="/b/c"),), at="/b")
MARTIAN = ir.Seal("martian", "signature", "z")
HISTORY = (
    ("citations", assistant(CITED), [("/b/c", "hint")]),
    ("a sealed text", assistant(ir.Text("x", seal=MARTIAN, at="/b")), [("/b/seal", "hint")]),
    ("a seal alone", assistant(ir.Text("", seal=MARTIAN, at="/b"), ir.Text("x")), [("/b/seal", "hint")]),
    ("an empty text", assistant(ir.Text("", at="/b"), ir.Text("x")), []),
    ("a marked image", user(ir.Media("image", PNG, mark=ir.Mark(), at="/b/0")), [("/b/0/mark", "hint")]),
    ("a titled image", user(ir.Media("image", PNG, title="t", at="/b")), [("/b", "hint")]),
    ("a document to cite", user(ir.Media("document", PDF, cite=True, at="/b")), [("/b/cite", "hint")]),
    ("a loaded tool", user(ir.ToolRef("f", at="/b")), [("/b", "hint")]),
    ("a film", user(ir.Media("video", ir.Url("u"), at="/b")), [("/b", "content")]),
    ("an image of the model's", assistant(ir.Media("image", PNG, at="/b")), [("/b", "content")]),
    ("somebody's file", user(ir.Media("image", ir.File("f", "martian"), at="/b")), [("/b", "content")]),
    (
        "an effort in between",
        ir.Turn("user", (ir.Text("x"),), reasoning=ir.Reasoning(effort="low", at="/b")),
        [("/b/effort", "setting")],
    ),
    ("a turn of nothing that can be said", assistant(ir.Thinking(("hm",), at="/b")), [("/b", "hint")]),
)


@pytest.mark.parametrize(("turn", "losses"), [row[1:] for row in HISTORY], ids=[row[0] for row in HISTORY])
def test_what_a_conversation_loses_is_told_once(turn: ir.Turn, losses: list[tuple[str, str]]):
    assert [(loss.at, loss.grade) for loss in written(HI, turn).losses] == losses


def test_what_a_stranger_s_block_says_is_shown():
    draft = written(user(ir.Opaque("martian", {}, "beep", at="/b"), ir.Text("hi")))
    assert [part["text"] for part in draft.body["input"][0]["content"]] == ["beep", "hi"]
    assert told(draft) == [("/b", "changed", "content")]


def test_an_effort_that_stays_the_same_and_a_seal_without_a_word_are_no_loss():
    turn = ir.Turn("user", (ir.Text("x", seal=ir.Seal("martian", "k", "")),), reasoning=ir.Reasoning(effort="low"))
    assert not written(turn, reasoning=ir.Reasoning(effort="low")).losses


def test_a_turn_without_words_is_left_out_but_an_empty_one_is_not():
    assert len(written(HI, assistant(ir.Thinking(("hm",)))).body["input"]) == 1
    assert len(written(HI, assistant()).body["input"]) == 2


def text(words: str) -> dict[str, str]:
    return {"type": "input_text", "text": words}


PARTS = (
    (
        ir.Media("document", PDF),
        [{"type": "input_file", "file_data": "data:application/pdf;base64,JVBERi0=", "filename": "document.pdf"}],
    ),
    (
        ir.Media("document", ir.Url("https://a.example/b.pdf"), context="mine"),
        [text("mine"), {"type": "input_file", "file_url": "https://a.example/b.pdf"}],
    ),
    (ir.Media("document", ir.Words("words"), title="T"), [text("Document: T\n\nwords")]),
    (ir.Media("search_result", ir.Parts((ir.Text("found"),)), link="L"), [text("Source: L\n\nfound")]),
    (ir.Media("document", ir.Parts(()), title="T"), [text("Document: T")]),
    (ir.Media("document", ir.Words("words")), [text("words")]),
    (ir.Media("video", ir.Url("u"), title="T"), [text("[T at u: cannot be shown]")]),
    (ir.Media("audio", PDF), [text("[audio: cannot be shown]")]),
)


@pytest.mark.parametrize(("block", "parts"), PARTS)
def test_media_are_parts_or_told_in_words(block: ir.Block, parts: list[dict[str, str]]):
    assert sent(block, ir.Text("end")) == [*parts, text("end")]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((ir.Tool("f", schema=SCHEMA), ir.Hosted("x", ir.Opaque("martian", {}))), "Tools loaded: f"),
        ((), "No tool was found."),
    ],
)
def test_tools_that_a_call_found_are_listed_and_named_in_its_answer(found: tuple[ir.AnyTool, ...], words: str):
    draft = written(
        HI,
        assistant(ir.ToolUse("a", "search", "{}")),
        user(ir.ToolResult("a", (ir.Tools(found, at="/found"),))),
        tools=(ir.Tool("search", schema=SCHEMA),),
    )
    assert draft.body["input"][2]["output"] == words
    assert [tool["name"] for tool in draft.body["tools"]] == ["search", *(["f"] if found else [])]
    assert ("/found", "moved", "hint") in told(draft)


def test_a_system_prompt_that_stands_alone_is_input() -> None:
    alone = ir.Request(model="gpt-5.5", turns=(ir.Turn("system", (ir.Text("Be brief."),)),))
    body = translator.write_request(alone).body
    assert "instructions" not in body
    assert [item["role"] for item in body["input"]] == ["system"]
    translator.check(body, "generate")
