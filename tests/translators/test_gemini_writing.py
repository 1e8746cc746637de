"""Requests from elsewhere, written for Google's servers: what fits, what is made to fit, and what is lost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from google.genai import types
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgate import ir
from ccgate.translators.gemini import translator
from ccgate.translators.gemini.models import facts
from ccgate.translators.gemini.names import fitting_name
from ccgate.translators.gemini.turns import BEGIN, UNANSWERED, UNSIGNED
from ccgate.wire.schema import fit
from strategies import requests

HI = ir.Turn("user", (ir.Text("hi"),))
PNG = ir.Inline("image/png", "iVBORw0KGgo=")
CITY = {"type": "object", "properties": {"city": {"type": "string", "format": "uuid"}}, "additionalProperties": False}
WEATHER = ir.Tool("weather", "d", CITY, at="/tools/0")


def asked(*turns: ir.Turn, model: str = "gemini-3-pro", **fields: Any) -> ir.Request:
    return ir.Request(**({"model": model, "turns": turns} | fields))


def written(*turns: ir.Turn, **fields: Any) -> dict[str, Any]:
    return translator.write_request(asked(*turns, **fields)).body


def lost(*turns: ir.Turn, **fields: Any) -> list[tuple[str, str, str]]:
    return [(loss.at, loss.what, loss.grade) for loss in translator.write_request(asked(*turns, **fields)).losses]


def call(id_: str, arguments: str = '{"city":"Rome"}', **more: Any) -> ir.ToolUse:
    return ir.ToolUse(id_, "weather", arguments, at=f"/call/{id_}", **more)


def result(id_: str, *blocks: ir.Block, **more: Any) -> ir.ToolResult:
    return ir.ToolResult(id_, blocks or (ir.Text("sun"),), at=f"/result/{id_}", **more)


def part(id_: str, name: str = "weather", **response: Any) -> dict[str, Any]:
    return {"functionResponse": {"id": id_, "name": name, "response": response or {"output": "sun"}}}


def called(id_: str, signature: str | None = None) -> dict[str, Any]:
    told = {"functionCall": {"id": id_, "name": "weather", "args": {"city": "Rome"}}}
    return told | ({"thoughtSignature": signature} if signature else {})


def said(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("assistant", blocks, at="/said")


def heard(*blocks: ir.Block) -> ir.Turn:
    return ir.Turn("user", blocks, at="/heard")


def test_the_path_names_model_and_stream():
    draft = translator.write_request(asked(HI, model="gemini-3-pro"))
    assert draft.path == "/models/gemini-3-pro:generateContent"
    draft = translator.write_request(asked(HI, model="models/gemini 3/../x?y#z%", stream=True))
    assert draft.path == "/models/gemini%203%2F..%2Fx%3Fy%23z%25:streamGenerateContent?alt=sse"
    assert draft.body == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    assert translator.path("generate", model="a/b", stream=False) == "/models/a/b:generateContent"


def test_instructions_stand_apart_and_later_ones_in_a_users_content():
    turns = (
        ir.Turn("system", (ir.Text("be brief"), ir.Media("image", PNG, at="/image"))),
        ir.Turn("developer", (ir.Text("be kind"),)),
        HI,
        ir.Turn("system", (ir.Text("now"),), at="/system"),
        ir.Turn("system", (), at="/nothing"),
    )
    body = written(*turns)
    assert body["systemInstruction"] == {"parts": [{"text": "be brief"}, {"text": "be kind"}]}
    assert body["contents"] == [
        {
            "role": "user",
            "parts": [
                {"text": "hi"}, {"text": "<system-reminder>"}, {"text": "now"}, {"text": "</system-reminder>"},
            ],
        }
    ]  # fmt: skip
    assert lost(*turns) == [("/image", "dropped", "content"), ("/system", "moved", "hint")]


def test_turns_of_one_role_become_one_content_and_the_first_is_the_users():
    body = written(said(ir.Text("a")), said(ir.Text("b")), HI, HI, said())
    assert [each["role"] for each in body["contents"]] == ["user", "model", "user"]
    assert body["contents"][0]["parts"] == [{"text": BEGIN}]
    assert body["contents"][1]["parts"] == [{"text": "a"}, {"text": "b"}]
    assert lost(said(ir.Text("a"))) == [("/said", "changed", "hint")]
    assert written()["contents"] == [{"role": "user", "parts": [{"text": BEGIN}]}]


def test_every_call_is_answered_once_in_the_order_of_the_calls():
    body = written(
        HI,
        said(ir.Text("I look"), call("a"), call("b"), call("c")),
        heard(ir.Text("so"), result("b", ir.Text("no"), error=True)),
        heard(result("a"), result("a"), result("z")),
    )
    assert body["contents"][1]["parts"] == [{"text": "I look"}, called("a", UNSIGNED), called("b"), called("c")]
    assert body["contents"][2]["parts"] == [
        part("a"),
        part("b", error="no"),
        part("c", error=UNANSWERED),
        {"text": "so"},
        {"text": "Result of tool call a:"}, {"text": "sun"},
        {"text": "Result of tool call z:"}, {"text": "sun"},
    ]  # fmt: skip
    assert lost(HI, said(call("a")), heard(result("z"))) == [
        ("/call/a", "changed", "hint"),
        ("/result/z", "changed", "content"),
    ]


def test_only_the_calls_of_the_current_turn_are_signed():
    own = ir.Seal("gemini", "thought_signature", "own")
    before = (HI, said(call("a")), heard(result("a")), said(call("b")), heard(result("b")), said(ir.Text("done")))
    turns = (*before, HI, said(call("c")), heard(result("c")), said(call("d", seal=own), call("e")))
    body = written(*turns)
    signed = [p.get("thoughtSignature") for c in body["contents"] for p in c["parts"] if "functionCall" in p]
    assert signed == [None, None, UNSIGNED, "own", None]
    older = written(*turns, model="gemini-2.5-pro")
    signed = [p.get("thoughtSignature") for c in older["contents"] for p in c["parts"] if "functionCall" in p]
    assert signed == [None, None, None, "own", None]
    assert "id" not in older["contents"][1]["parts"][0]["functionCall"]


def test_the_state_of_others_is_not_sent():
    martian = ir.Seal("martian", "signature", "x")
    thoughts = (
        ir.Thinking(("hm",), seal=martian, at="/t1"),
        ir.Thinking(("hm",), at="/t2"),
        ir.Text("a", seal=martian, at="/text"),
        call("a", seal=martian),
    )
    body = written(HI, said(*thoughts), heard(result("a")))
    assert body["contents"][1]["parts"] == [{"text": "a"}, called("a", UNSIGNED)]
    assert lost(HI, said(*thoughts), heard(result("a"))) == [
        ("/t1", "dropped", "hint"), ("/t2", "dropped", "hint"), ("/text/seal", "dropped", "hint"),
        ("/call/a/seal", "dropped", "hint"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "arguments", "losses"),
    [
        (call("a", ""), {}, []),
        (call("a", '{"b": 1}'), {"b": 1}, []),
        (call("a", "[1]"), {"input": [1]}, [("/call/a", "changed", "content")]),
        (call("a", "{broken"), {"input": "{broken"}, [("/call/a", "changed", "content")]),
        (call("a", "free", form="text"), {"input": "free"}, []),
    ],
)
def test_arguments_are_an_object(block: ir.ToolUse, arguments: dict[str, Any], losses: list[Any]):
    body = written(HI, said(block), heard(result("a")))
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == arguments
    assert lost(HI, said(block), heard(result("a"))) == losses


@pytest.mark.parametrize("words", ["{broken", "[1]"])
def test_a_response_that_is_no_object_any_more_is_told_as_words(words: str):
    turns = (HI, said(call("a")), heard(result("a", ir.Text(words, at="/x/response"))))
    assert written(*turns)["contents"][2]["parts"] == [part("a", output=words)]


def test_media_of_a_result_stay_in_it_or_follow_it():
    image = {"inlineData": {"mimeType": "image/png", "data": PNG.data}}
    turns = (HI, said(call("a"), call("b")), heard(result("a", ir.Media("image", PNG)), result("b")))
    told = part("a", output="The result is shown below.")
    told["functionResponse"]["parts"] = [image]
    assert written(*turns)["contents"][2]["parts"] == [told, part("b")]
    older = written(*turns, model="gemini-2.5-flash")["contents"][2]["parts"]
    assert [next(iter(each)) for each in older] == ["functionResponse", "functionResponse", "text", "inlineData"]
    assert older[2] == {"text": "From the result of weather:"}
    assert lost(*turns, model="gemini-2.5-flash") == [("/result/a", "moved", "content")]


MARK = ir.Mark()
BLOCKS: list[tuple[ir.Block, list[dict[str, Any]], list[tuple[str, str, str]]]] = [
    (ir.Text(""), [], []),
    (ir.Text("a", mark=MARK, at="/x"), [{"text": "a"}], [("/x/mark", "dropped", "hint")]),
    (ir.Text("a", citations=(ir.Citation(url="u", at="/c"),)), [{"text": "a"}], [("/c", "dropped", "hint")]),
    (ir.ToolRef("f", at="/x"), [{"text": "Tool loaded: f"}], [("/x", "changed", "hint")]),
    (call("a"), [], [("/call/a", "dropped", "content")]),
    (ir.Thinking(("hm",), at="/x"), [], [("/x", "dropped", "hint")]),
    (ir.Opaque("martian", {}, at="/x"), [], [("/x", "dropped", "content")]),
    (ir.Opaque("martian", {}, "hi", at="/x", grade="hint"), [{"text": "hi"}], [("/x", "changed", "hint")]),
    (
        ir.Media("image", ir.Url("https://x/y.PNG?a=1"), detail="low", cite=True, title="T", at="/x"),
        [{"text": "Image: T"}, {"fileData": {"mimeType": "image/png", "fileUri": "https://x/y.PNG?a=1"}}],
        [("/x/cite", "dropped", "hint"), ("/x/detail", "dropped", "hint")],
    ),
    (ir.Media("image", ir.Url("x/y")), [{"fileData": {"mimeType": "image/jpeg", "fileUri": "x/y"}}], []),
    (ir.Media("document", ir.Url("https://x/y")), [{"fileData": {"fileUri": "https://x/y"}}], []),
    (
        ir.Media("document", ir.File("f", "martian"), title="T", at="/x"),
        [{"text": "[T: cannot be shown]"}],
        [("/x", "dropped", "content")],
    ),
    (ir.Media("document", ir.Words("w"), title="T", context="c"), [{"text": "Document: T\nc\n\nw"}], []),
    (ir.Media("document", ir.Words("w")), [{"text": "w"}], []),
    (
        ir.Media("search_result", ir.Parts((ir.Media("image", PNG),)), link="https://x"),
        [{"text": "Source: https://x"}, {"inlineData": {"mimeType": "image/png", "data": PNG.data}}],
        [],
    ),
    (
        ir.Tools((ir.Tool("f", at="/tool"),), at="/x"),
        [],
        [("/x", "moved", "hint")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("block", "parts", "losses"), BLOCKS, ids=lambda each: type(each).__name__)
def test_blocks_are_told_in_parts(block: ir.Block, parts: list[Any], losses: list[Any]):
    assert written(heard(ir.Text("-"), block))["contents"][0]["parts"] == [{"text": "-"}, *parts]
    assert lost(heard(ir.Text("-"), block)) == losses


def test_a_result_has_no_place_in_what_the_model_says():
    assert lost(HI, said(result("a"))) == [("/result/a", "dropped", "content")]


def test_what_a_turn_cannot_hold_is_told():
    turn = ir.Turn("user", (ir.Text("a"),), ir.Reasoning(effort="low", at="/r"), "x", at="/turn")
    assert lost(turn) == [("/r/effort", "dropped", "setting"), ("/turn/phase", "dropped", "hint")]
    assert lost(turn, reasoning=ir.Reasoning(effort="low")) == [("/turn/phase", "dropped", "hint")]
    extra = ir.Opaque("martian", {"id": "x", "color": "red", "nothing": None}, at="/turn")
    assert lost(ir.Turn("user", (ir.Text("a"),), extra=extra)) == [
        ("/turn/id", "dropped", "hint"),
        ("/turn/color", "dropped", "setting"),
    ]


# Tools


def test_models_take_real_schemas_or_what_the_api_knows():
    declared = {"name": "weather", "description": "d"}
    tools = written(HI, tools=(WEATHER,))["tools"]
    assert tools == [{"functionDeclarations": [declared | {"parametersJsonSchema": CITY}]}]
    tools = written(HI, tools=(WEATHER,), model="gemini-2.0-flash")["tools"]
    assert tools == [{"functionDeclarations": [declared | {"parameters": fit(CITY)[0]}]}]
    at = "/tools/0/schema/properties/city/format"
    assert lost(HI, tools=(WEATHER,), model="gemini-2.0-flash") == [(at, "changed", "hint")]
    assert written(HI, tools=(ir.Tool("f", schema={"type": "object"}),), model="gemini-2.0-flash")["tools"] == [
        {"functionDeclarations": [{"name": "f"}]}
    ]


def test_tools_come_and_go():
    tools = (
        WEATHER,
        ir.Tool("gone"),
        ir.Tool("later", schema={}, deferred=True, at="/later"),
        ir.Tool("placeholder", deferred=True, mark=MARK, at="/placeholder"),
        ir.Tool("patch", form="text", strict=True, grammar=ir.Grammar("lark", "x"), at="/patch"),
        ir.Hosted("search", ir.Opaque("martian", {}), at="/hosted"),
        ir.Hosted("search", ir.Opaque("gemini", {"googleSearch": {}}), at="/own"),
    )
    block = ir.Tools((ir.Tool("come"),), ("gone",), at="/block")
    body = written(HI, heard(block), tools=tools)
    names = [each["name"] for each in body["tools"][0]["functionDeclarations"]]
    assert names == ["weather", "later", "patch", "come"]
    assert body["tools"][0]["functionDeclarations"][2]["parametersJsonSchema"]["required"] == ["input"]
    assert "lark grammar" in body["tools"][0]["functionDeclarations"][2]["description"]
    assert body["tools"][1:] == [{"googleSearch": {}}]
    assert lost(HI, heard(block), tools=tools) == [
        ("/block", "moved", "hint"),
        ("/later/deferred", "changed", "hint"),
        ("/placeholder/mark", "dropped", "hint"),
        ("/placeholder", "dropped", "hint"),
        ("/patch", "changed", "setting"),
        ("/patch/strict", "dropped", "setting"),
        ("/hosted", "dropped", "content"),
    ]


def test_names_that_do_not_fit_are_changed_and_told_again():
    space = ir.Namespace("mcp__x")
    tools = (ir.Tool("a b", at="/1"), ir.Tool("f", namespace=space, at="/2"), ir.Tool("patch", form="text"))
    request = asked(HI, tools=tools, choice=ir.Choice("named", ("a b",), at="/choice"))
    draft = translator.write_request(request)
    sent = fitting_name("a b")
    assert [each["name"] for each in draft.body["tools"][0]["functionDeclarations"]] == [sent, "mcp__x__f", "patch"]
    assert draft.body["toolConfig"]["functionCallingConfig"] == {"mode": "ANY", "allowedFunctionNames": [sent]}
    assert [(loss.at, loss.grade) for loss in draft.losses] == [("/1", "content"), ("/2", "hint")]
    parts = ",".join(
        f'{{"functionCall":{{"name":"{name}","args":{{"input":"x"}}}}}}'
        for name in (sent, "mcp__x__f", "patch", "other")
    )
    data = f'{{"candidates":[{{"content":{{"parts":[{parts}]}},"finishReason":"STOP"}}]}}'.encode()
    decoder = translator.decoder(stream=False, asked=request)
    reply = ir.fold([*decoder.feed(data), *decoder.close()])
    told = [(b.name, b.namespace, b.form, b.arguments) for b in reply.blocks if isinstance(b, ir.ToolUse)]
    assert told == [
        ("a b", None, "json", '{"input":"x"}'),
        ("f", "mcp__x", "json", '{"input":"x"}'),
        ("patch", None, "text", "x"),
        ("other", None, "json", '{"input":"x"}'),
    ]


def test_free_text_that_is_none_is_told_as_it_came():
    request = asked(
        HI, tools=(ir.Tool("patch", form="text"), ir.Tool("plain"), ir.Hosted("x", ir.Opaque("martian", {})))
    )
    calls = b'{"functionCall":{"name":"patch","args":{"a":1}}},{"functionCall":{"name":"patch","args":{"input":""}}}'
    data = b'{"candidates":[{"content":{"parts":[' + calls + b"]}}]}"
    decoder = translator.decoder(stream=False, asked=request)
    reply = ir.fold([*decoder.feed(data), *decoder.close()])
    assert isinstance(reply.blocks[0], ir.ToolUse)
    assert reply.blocks[0].arguments == '{"a":1}'
    assert isinstance(reply.blocks[1], ir.ToolUse)
    assert reply.blocks[1].arguments == ""
    assert reply.reason == "tool_use"


def test_names_fit_whatever_they_are():
    for name in ("", "1", "ü", "a" * 100, "-x", "a:b", "a.b-c_D"):
        fit_name = fitting_name(name)
        assert 0 < len(fit_name) <= 64
        assert fitting_name(fit_name) == fit_name


@pytest.mark.parametrize(
    ("choice", "config", "losses"),
    [
        (ir.Choice("auto"), {"mode": "AUTO"}, []),
        (ir.Choice("none"), {"mode": "NONE"}, []),
        (ir.Choice("any"), {"mode": "ANY"}, []),
        (ir.Choice("any", ("weather", "f")), {"mode": "ANY", "allowedFunctionNames": ["weather", "f"]}, []),
        (ir.Choice("named", ("x",), at="/c"), {"mode": "ANY"}, [("/c", "changed", "setting")]),
        (ir.Choice("auto", ("weather",), at="/c"), {"mode": "AUTO"}, [("/c", "changed", "setting")]),
        (ir.Choice("auto", ("weather", "f")), {"mode": "AUTO"}, []),
        (ir.Choice("auto", (), False, at="/c"), {"mode": "AUTO"}, [("/c/parallel", "dropped", "setting")]),
        (ir.Choice("auto", (), True), {"mode": "AUTO"}, []),
    ],
)
def test_the_choice(choice: ir.Choice, config: dict[str, Any], losses: list[Any]):
    tools = (WEATHER, ir.Tool("f"))
    assert written(HI, tools=tools, choice=choice)["toolConfig"] == {"functionCallingConfig": config}
    assert lost(HI, tools=tools, choice=choice) == losses


def test_a_choice_among_no_tools_is_left_out():
    assert "toolConfig" not in written(HI, choice=ir.Choice("any"))
    assert lost(HI, choice=ir.Choice("any", at="/c")) == [("/c", "dropped", "setting")]
    assert lost(HI, choice=ir.Choice("auto", at="/c")) == []


# Settings

R = ir.Reasoning
SHOWN = {"includeThoughts": True}
THOUGHTS: list[tuple[str, ir.Reasoning, dict[str, Any] | None, list[tuple[str, str]]]] = [
    ("gemini-3-pro", R(effort="low"), {"thinkingLevel": "LOW"}, []),
    ("gemini-3-pro", R(effort="minimal"), {"thinkingLevel": "LOW"}, [("/r/effort", "changed")]),
    ("gemini-3-pro-preview", R(effort="medium"), {"thinkingLevel": "HIGH"}, [("/r/effort", "changed")]),
    ("gemini-3.1-pro-preview", R(effort="medium"), {"thinkingLevel": "MEDIUM"}, []),
    ("gemini-pro-latest", R(effort="max"), {"thinkingLevel": "HIGH"}, [("/r/effort", "changed")]),
    ("gemini-3-flash", R(effort="minimal"), {"thinkingLevel": "MINIMAL"}, []),
    ("gemini-3-flash", R(mode="off"), {"thinkingLevel": "MINIMAL"}, [("/r/mode", "changed")]),
    ("gemini-3-pro", R(effort="none"), {"thinkingLevel": "LOW"}, [("/r/effort", "changed")]),
    ("gemini-3-pro", R(effort="ultra"), None, [("/r/effort", "dropped")]),
    ("gemini-3-pro", R("adaptive"), {"includeThoughts": True}, []),
    ("gemini-3-pro", R("adaptive", "high", None, "omitted"), {"thinkingLevel": "HIGH"}, []),
    ("gemini-3-pro", R("between_tools", "high"), {"thinkingLevel": "HIGH"}, [("/r/mode", "dropped")]),
    ("gemini-3-pro", R("budget", None, 1000), SHOWN | {"thinkingLevel": "LOW"}, [("/r/budget", "changed")]),
    ("gemini-3.1-pro", R("budget", None, 9000, "omitted"), {"thinkingLevel": "MEDIUM"}, [("/r/budget", "changed")]),
    ("gemini-3-pro", R("budget", None, 31999, "auto"), SHOWN | {"thinkingLevel": "HIGH"}, [("/r/budget", "changed")]),
    ("gemini-3-pro", R(), None, []),
    ("gemini-3-pro", R(show="summarized"), {"includeThoughts": True}, []),
    ("gemini-2.5-pro", R("budget", None, 99999, "omitted"), {"thinkingBudget": 32768}, [("/r/budget", "changed")]),
    ("gemini-2.5-pro", R("off"), {"thinkingBudget": 128}, [("/r/mode", "changed")]),
    ("gemini-2.5-flash", R("off", None, None, "auto"), {"thinkingBudget": 0}, []),
    ("gemini-2.5-flash-lite", R("budget", None, 100, "omitted"), {"thinkingBudget": 512}, [("/r/budget", "changed")]),
    ("gemini-2.5-flash", R("adaptive", None, None, "omitted"), {"thinkingBudget": -1}, []),
    ("gemini-2.5-flash", R(effort="max"), {"thinkingBudget": 24576}, []),
    ("gemini-2.5-flash", R(effort="ultra"), None, [("/r/effort", "dropped")]),
    ("gemini-2.0-flash", R(effort="low"), None, [("/r/effort", "dropped")]),
    ("gemini-2.0-flash", R("off"), None, []),
    ("gemini-2.0-flash", R("budget", None, 100), None, [("/r/budget", "dropped")]),
    ("gemma", R(effort="max"), {"thinkingLevel": "HIGH"}, []),
    ("gemma", R(effort="none"), {"thinkingBudget": 0}, []),
]  # fmt: skip


@pytest.mark.parametrize(("model", "asked_", "config", "losses"), THOUGHTS)
def test_thinking_fits_the_model(model: str, asked_: ir.Reasoning, config: Any, losses: list[Any]):
    reasoning = R(asked_.mode, asked_.effort, asked_.budget, asked_.show, at="/r")
    got = written(HI, model=model, reasoning=reasoning).get("generationConfig", {}).get("thinkingConfig")
    assert got == config
    assert [(at, what) for at, what, _ in lost(HI, model=model, reasoning=reasoning)] == losses


def test_limits_and_stops():
    config = written(HI, limits=ir.Limits(128000, at="/l"), stop=("a", "", "b", "c", "d", "e", "f"))["generationConfig"]
    assert config == {"maxOutputTokens": 65536, "stopSequences": ["a", "b", "c", "d", "e"]}
    assert lost(HI, limits=ir.Limits(128000, at="/l"), stop=("",)) == [
        ("/l/output", "changed", "setting"),
        ("/stop", "changed", "setting"),
    ]
    assert written(HI, model="gemini-2.0-flash", limits=ir.Limits(9000))["generationConfig"] == {
        "maxOutputTokens": 8192
    }
    assert written(HI, model="gemma", limits=ir.Limits(128000))["generationConfig"] == {"maxOutputTokens": 128000}


def test_formats():
    asked_ = ir.Format("json_schema", "n", CITY, True, "d", "low", at="/f")
    config = written(HI, format=asked_)["generationConfig"]
    assert config == {"responseMimeType": "application/json", "responseJsonSchema": CITY}
    assert lost(HI, format=asked_) == [
        ("/f/verbosity", "dropped", "setting"), ("/f/name", "dropped", "hint"), ("/f/description", "dropped", "hint"),
    ]  # fmt: skip
    config = written(HI, format=ir.Format("json_schema", schema=CITY), model="gemini-2.0-flash")["generationConfig"]
    assert config["responseSchema"] == fit(CITY)[0]
    assert written(HI, format=ir.Format("json"))["generationConfig"] == {"responseMimeType": "application/json"}
    assert "generationConfig" not in written(HI, format=ir.Format("text"))
    both = {"format": ir.Format("json", at="/f"), "tools": (WEATHER,)}
    assert lost(HI, **both, model="gemini-2.5-pro") == [("/f", "dropped", "setting")]
    assert lost(HI, **both, model="gemini-3-pro") == []


def test_what_has_no_word_here_is_told():
    assert lost(HI, cache_key="k", user="u", tier="flex") == [
        ("/cache_key", "dropped", "hint"), ("/user", "dropped", "hint"), ("/tier", "dropped", "setting"),
    ]  # fmt: skip
    assert lost(HI, tier="auto") == []


def test_what_is_known_of_models():
    assert not facts("gpt-5").known
    assert facts("google/gemini-3-pro").signs
    assert facts("models/gemini-flash-latest").signs
    assert not facts("gemini-2.5-pro").signs
    assert facts("gemini-1.5-pro").levels == ()


# The vendor's own types take whatever we write


def check_request(body: dict[str, Any]) -> None:
    for content in body["contents"]:
        types.Content.model_validate(content)
    if "systemInstruction" in body:
        types.Content.model_validate(body["systemInstruction"])
    for tool in body.get("tools", ()):
        types.Tool.model_validate(tool)
    if "toolConfig" in body:
        types.ToolConfig.model_validate(body["toolConfig"])
    types.GenerateContentConfig.model_validate(body.get("generationConfig", {}))


@given(requests, st.sampled_from(["gemini-3-pro", "gemini-2.5-flash", "gemini-2.0-flash", "gemma"]))
@settings(max_examples=150, deadline=None)
def test_any_request_is_one_that_the_vendor_takes(request: ir.Request, model: str):
    body = translator.write_request(ir.Request(model=model, turns=request.turns)).body
    roles = [content["role"] for content in body["contents"]]
    assert roles[0] == "user"
    assert all(left != right for left, right in pairwise(roles))
    for content, after in zip(body["contents"], [*body["contents"][1:], {"parts": ()}], strict=True):
        assert content["parts"]
        calls = [p["functionCall"]["name"] for p in content["parts"] if "functionCall" in p]
        answers = [p["functionResponse"]["name"] for p in after["parts"] if "functionResponse" in p]
        assert calls == answers or content["role"] == "user"


def test_the_vendors_types_take_what_we_write():
    turns = (
        ir.Turn("system", (ir.Text("be brief"),)),
        heard(ir.Text("hi"), ir.Media("image", PNG), ir.Media("document", ir.Url("https://x/y.pdf"))),
        said(ir.Text("a"), call("a"), call("b")),
        heard(result("a", ir.Media("image", PNG)), result("b", error=True)),
    )
    for model in ("gemini-3-pro", "gemini-2.5-flash", "gemini-2.0-flash"):
        check_request(
            written(
                *turns, model=model, tools=(WEATHER, ir.Tool("f")), choice=ir.Choice("named", ("weather",)),
                reasoning=R("budget", "high", 9000), stop=("x",), limits=ir.Limits(100),
                sampling=ir.Sampling(0.5, 0.5, 5, 5, 0.5, 0.5), format=ir.Format("json_schema", schema=CITY),
            )
        )  # fmt: skip
