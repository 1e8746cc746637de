"""The Gemini dialect where it meets others: what its encoder and tap make of what they are given, and its paths."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from google.genai import types
from hypothesis import given, settings

from ccgate import ir
from ccgate.errors import GrammarBroken, MalformedReply, RequestRefused, TruncatedReply
from ccgate.translators import find
from ccgate.translators.gemini import translator
from ccgate.translators.gemini.failures import read_failure
from strategies import replies, streams

USER = {"role": "user", "parts": [{"text": "hi"}]}
MARTIAN = ir.Seal("martian", "signature", "x")
FAILURE = ir.Failure.of("overloaded", "too busy")


def encode(*events: ir.Event, stream: bool) -> tuple[bytes, list[ir.Loss]]:
    encoder = translator.encoder(stream=stream)
    data = b"".join([*(encoder.feed(event) for event in events), encoder.close()])
    return data, list(encoder.losses)


def whole(reply: ir.Reply) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    data, losses = encode(*ir.unfold(reply), stream=False)
    return json.loads(data), [(loss.at, loss.what) for loss in losses]


def frames(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(each.removeprefix(b"data: ")) for each in data.split(b"\n\n") if each]


def decode(data: bytes, *, stream: bool) -> ir.Reply:
    decoder = translator.decoder(stream=stream)
    return ir.fold(ir.checked([*decoder.feed(data), *decoder.close()]))


def reply(*blocks: ir.Block, **fields: Any) -> ir.Reply:
    return ir.Reply(**({"id": "r", "model": "m", "blocks": blocks, "reason": "end"} | fields))


def parts(*blocks: ir.Block) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """The parts of a whole answer; a streamed one tells the same words and loses the same."""
    answer = reply(*blocks)
    document, losses = whole(answer)
    data, lost = encode(*ir.unfold(answer), stream=True)
    assert [(loss.at, loss.what) for loss in lost] == losses
    told = [part for each in frames(data) for part in each["candidates"][0]["content"].get("parts", ())]
    said = document["candidates"][0]["content"]["parts"]
    assert "".join(part.get("text", "") for part in told) == "".join(part.get("text", "") for part in said)
    return said, losses


CALL = {"id": "a", "name": "f", "args": {"b": 1}}


@pytest.mark.parametrize(
    ("block", "told", "losses"),
    [
        (ir.Text("a", seal=MARTIAN, at="/x"), [{"text": "a"}], [("/x", "dropped")]),
        (ir.Text("a", citations=(ir.Citation(at="/c"),)), [{"text": "a"}], [("/c", "dropped")]),
        (ir.Text(""), [], []),
        (ir.Thinking(("a", "b"), seal=MARTIAN, at="/x"), [{"text": "a\n\nb", "thought": True}], [("/x", "dropped")]),
        (ir.Thinking(("a",), seal=ir.Seal("martian", "x", "")), [{"text": "a", "thought": True}], []),
        (ir.Thinking((), "redacted", MARTIAN, at="/x"), [], [("/x", "dropped")]),
        (ir.ToolUse("a", "f", '{"b":1}', seal=MARTIAN, at="/x"), [{"functionCall": CALL}], [("/x", "dropped")]),
        (ir.ToolUse("a", "f", ""), [{"functionCall": {**CALL, "args": {}}}], []),
        (ir.ToolUse("a", "f", "x", form="text"), [{"functionCall": {**CALL, "args": {"input": "x"}}}], []),
        (ir.ToolUse("a", "f", "n", "mcp"), [{"functionCall": {"id": "a", "name": "mcp__f", "args": {"input": "n"}}}],
         [("", "changed")]),
        (
            ir.ToolUse("a", "f", "[1]", at="/x"),
            [{"functionCall": {**CALL, "args": {"input": [1]}}}],
            [("/x", "changed")],
        ),
        (ir.Opaque("martian", {}, "hi", at="/x"), [{"text": "hi"}], [("/x", "changed")]),
        (ir.Opaque("martian", {}, at="/x"), [], [("/x", "dropped")]),
        (ir.Media("image", ir.Url("u"), at="/x"), [], [("/x", "dropped")]),
    ],
)  # fmt: skip
def test_blocks_from_elsewhere_are_told_in_parts(block: ir.Block, told: list[Any], losses: list[Any]):
    assert parts(block) == (told, losses)


def test_an_end_from_elsewhere():
    answer = reply(
        ir.Text("a"),
        reason="stop",
        stop="END",
        detail=ir.Opaque("martian", {}, "why"),
        extra=ir.Opaque("martian", {"x": 1}, at="/top"),
        kept=(ir.Opaque("martian", {}, at="/kept"),),
    )
    document, losses = whole(answer)
    assert document["candidates"][0]["finishReason"] == "STOP"
    assert document["candidates"][0]["finishMessage"] == "why"
    assert losses == [("/top/x", "dropped"), ("", "dropped"), ("/kept", "dropped")]
    data, lost = encode(*ir.unfold(answer), stream=True)
    assert sorted(loss.at for loss in lost) == ["", "/kept", "/top/x"]
    assert frames(data)[-1]["candidates"][0]["finishMessage"] == "why"
    assert whole(reply(detail=ir.Opaque("martian", {}, at="/d")))[1] == [("/d", "dropped")]


def test_paragraphs_of_thought_stay_apart_and_blocks_begin_with_what_they_hold():
    events = (
        ir.Started("r", "m"),
        ir.Opened(0, ir.Thinking(("a",))),
        ir.Delta(0, ir.Break()),
        ir.Delta(0, "b"),
        ir.Opened(1, ir.Text("c", citations=(ir.Citation(),))),
        ir.Closed(0),
        ir.Delta(1, ""),
        ir.Delta(1, ir.Citation()),
        ir.Closed(1),
        ir.Opened(2, ir.ToolUse("i", "f", "{")),
        ir.Delta(2, "}"),
        ir.Closed(2),
        ir.Finished("tool_use"),
    )
    data, losses = encode(*ir.checked(events), stream=True)
    told = [part for each in frames(data) for part in each["candidates"][0]["content"].get("parts", ())]
    assert told == [
        {"text": "a", "thought": True}, {"text": "\n\nb", "thought": True}, {"text": "c"},
        {"functionCall": {"id": "i", "name": "f", "args": {}}},
    ]  # fmt: skip
    assert len(losses) == 2
    assert json.loads(encode(*events, stream=False)[0])["candidates"][0]["content"]["parts"][0]["text"] == "a\n\nb"


def test_a_reply_that_is_not_finished_cannot_be_closed():
    for stream in (True, False):
        with pytest.raises(GrammarBroken):
            encode(ir.Started("r", "m"), stream=stream)
    data, _ = encode(ir.Started("r", "m"), ir.Failed(FAILURE), stream=True)
    assert data.startswith(b'data: {"error":')  # the SDK looks for these very bytes
    assert frames(data)[0]["error"]["status"] == "UNAVAILABLE"


def drawn(message: dict[str, Any]) -> dict[str, Any]:
    """The message without what is drawn at random where base64 belongs."""
    for part in message.get("candidates", [{}])[0].get("content", {}).get("parts", ()):
        if "inlineData" in part:
            part["inlineData"]["data"] = ""
    return message


@given(replies())
@settings(max_examples=150, deadline=None)
def test_the_vendors_type_takes_any_whole_answer(answer: ir.Reply):
    if answer.failure is None:
        types.GenerateContentResponse.model_validate(drawn(whole(answer)[0]))


@given(streams())
@settings(max_examples=150, deadline=None)
def test_the_vendors_type_takes_any_message_of_a_stream(events: list[ir.Event]):
    data, _ = encode(*events, stream=True)
    for message in frames(data):
        if "error" not in message:
            types.GenerateContentResponse.model_validate(drawn(message))


# Decoding

HELLO = {"candidates": [{"content": {"parts": [{"text": "Hello"}]}, "finishReason": "STOP"}]}


def test_a_list_of_messages_is_a_stream():
    first = {"candidates": [{"content": {"parts": [{"text": "Hel"}]}}]}
    last = {"candidates": [{"content": {"parts": [{"text": "lo"}]}, "finishReason": "STOP"}]}
    assert decode(json.dumps([first, last]).encode(), stream=False).blocks == (ir.Text("Hello"),)
    with pytest.raises(TruncatedReply):
        decode(json.dumps([first]).encode(), stream=False)
    with pytest.raises(TruncatedReply):
        decode(b"[]", stream=False)
    told = decode(b'[{"error":{"code":500,"message":"no"}},{"candidates":[]}]', stream=False)
    assert told.failure is not None


@pytest.mark.parametrize("document", [b"{}", b"5", b'{"candidates":[]}', b'{"candidates":5}', b"[5]", b"{"])
def test_what_is_no_answer_is_malformed(document: bytes):
    with pytest.raises(MalformedReply):
        decode(document, stream=False)


def test_usage_may_come_behind_the_end_and_nothing_else_counts_there():
    data = b"".join(
        b"data: " + json.dumps(each).encode() + b"\n\n"
        for each in (HELLO, HELLO, {"usageMetadata": {"promptTokenCount": 3, "toolUsePromptTokenCount": 2}})
    )
    decoder = translator.decoder(stream=True)
    events = [*decoder.feed(data + b"data: [DONE]\n\n: comment\n\n")]
    assert decoder.done
    assert ir.fold(events).blocks == (ir.Text("Hello"),)
    assert ir.fold(events).usage == ir.Usage(input=5)
    tap = translator.tap(stream=True)
    tap.feed(data)
    assert tap.complete


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("MALFORMED_FUNCTION_CALL", "api"), ("MISSING_THOUGHT_SIGNATURE", "invalid_request")],
)
def test_a_model_that_failed_to_call_is_a_failure(reason: str, kind: str):
    candidate = {"content": {"parts": [{"text": "a"}]}, "finishReason": reason}
    data = json.dumps({"candidates": [candidate, candidate], "usageMetadata": {"promptTokenCount": 3}}).encode()
    told = decode(data, stream=False)
    assert told.failure is not None
    assert (told.failure.kind, told.failure.code) == (kind, reason)
    for stream, sent in ((True, b"data: " + data + b"\n\n"), (False, data)):
        tap = translator.tap(stream=stream)
        tap.feed(sent)
        assert tap.failure is not None
        assert tap.failure.kind == kind
    assert decode(b"data: " + data + b"\n\n" + b"data: " + data + b"\n\n", stream=True).failure == told.failure


def test_an_end_without_a_word_is_none():
    candidate = {"content": {"parts": [{"text": "a"}]}, "finishReason": "FINISH_REASON_UNSPECIFIED"}
    with pytest.raises(TruncatedReply):
        decode(b"data: " + json.dumps({"candidates": [candidate]}).encode() + b"\n\n", stream=True)


def test_a_call_needs_a_name():
    part = {"functionCall": {"args": {}}}
    with pytest.raises(MalformedReply):
        decode(json.dumps({"candidates": [{"content": {"parts": [part]}}]}).encode(), stream=False)


def test_a_tap_that_sees_nothing_of_use():
    tap = translator.tap(stream=True)
    tap.feed(b'data: {"candidates":[5,{"index":1,"finishReason":"STOP"}],"promptFeedback":5}\n\n')
    assert not tap.endable
    tap.feed(b"data: " + json.dumps(HELLO).encode() + b"\n\n")
    assert (tap.endable, tap.complete, tap.end(FAILURE)) == (True, False, b"")
    whole_tap = translator.tap(stream=False)
    whole_tap.feed(b'{"promptFeedback":{"blockReason":"SAFETY"}}')
    assert (whole_tap.complete, whole_tap.endable, whole_tap.end(FAILURE)) == (True, True, b"")


# Requests


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "contents is not specified"),
        ({"contents": []}, "contents is not specified"),
        ({"contents": "hi"}, "contents: must be a list"),
        ({"contents": [5]}, "contents.0: must be an object"),
        ({"contents": [{"role": "system"}]}, "contents.0.role: Please use a valid role"),
        ({"contents": [{"parts": "hi"}]}, "contents.0.parts: must be a list"),
        ({"contents": [{"parts": [5]}]}, "contents.0.parts.0: must be an object"),
        ({"contents": [{"parts": [{"functionCall": {}}]}]}, "contents.0.parts.0.functionCall.name: must be a string"),
        ({"contents": [USER], "tools": [{"functionDeclarations": 5}]}, "tools.0.functionDeclarations: must be a list"),
        ({"generateContentRequest": {}}, "contents is not specified"),
    ],
)
def test_what_makes_no_sense_is_refused(body: dict[str, Any], why: str):
    with pytest.raises(RequestRefused, match=why):
        translator.read_request(body)


def test_an_answer_to_no_call_is_told_as_text():
    answer = {"functionResponse": {"name": "f", "response": {"output": "x"}}}
    named = {"functionResponse": {"name": "f", "id": "i", "response": {}}}
    request = translator.read_request({"contents": [{"parts": [answer, named]}]})
    assert [block.id for block in request.turns[0].blocks if isinstance(block, ir.ToolResult)] == [
        "unnamed_call_0_0",
        "i",
    ]
    assert len(translator.write_request(request).losses) == 2


def test_sides_that_hold_nothing():
    assert translator.session({}, ((b"session-id", b"s"),)) == "s"
    assert translator.session({}, ()) is None
    assert not translator.streams({"stream": True})
    assert translator.write_count(5) == {"totalTokens": 5}
    assert translator.authorize("k") == ((b"x-goog-api-key", b"k"),)
    assert translator.asks(((b"x-goog-api-client", b"x"),))
    assert not translator.asks(((b"x-api-key", b"x"),))
    assert translator.path("models", model="", stream=False) == "/models"
    assert translator.path("count_tokens", model="m", stream=True) == "/models/m:countTokens"
    models = translator.write_models(["a", "b"])
    assert [each.pop("supportedGenerationMethods")[0] for each in models["models"]] == ["generateContent"] * 2
    assert [types.Model.model_validate(each).name for each in models["models"]] == ["models/a", "models/b"]
    types.CountTokensResponse.model_validate(translator.write_count(5))


def test_a_failure_without_a_status_has_that_of_its_kind():
    assert read_failure(0, (), b'{"error":{"status":"UNAVAILABLE"}}').status == 529
    assert read_failure(0, (), b"{}").kind == "api"


# State that rides through other dialects' clients


SIGNED = {"functionCall": {"id": "f1", "name": "f", "args": {"a": 1}}, "thoughtSignature": "c2lnbg=="}
SIGNED_TEXT = {"text": "I look", "thoughtSignature": "dGV4dA=="}
FIRST: Any = {"model": "m", "max_tokens": 5}


@pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
def test_a_signature_comes_back_on_its_call(dialect: str):
    theirs = find(dialect)
    data = json.dumps({"candidates": [{"content": {"parts": [SIGNED]}, "finishReason": "STOP"}]}).encode()
    encoder = theirs.encoder(stream=False)
    events = [*(decoder := translator.decoder(stream=False)).feed(data), *decoder.close()]
    answer = json.loads(b"".join([*(encoder.feed(event) for event in events), encoder.close()]))
    if dialect == "anthropic":
        said = {"role": "assistant", "content": answer["content"]}
        id_ = answer["content"][-1]["id"]
        heard: dict[str, Any] = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id_}]}
    else:
        said = answer["choices"][0]["message"]
        heard = {"role": "tool", "tool_call_id": said["tool_calls"][0]["id"], "content": "x"}
    request = theirs.read_request(FIRST | {"messages": [{"role": "user", "content": "hi"}, said, heard]})
    written = translator.write_request(attrs.evolve(request, model="gemini-3-pro")).body["contents"]
    assert written[1]["parts"] == [SIGNED]
    assert written[2]["parts"][0]["functionResponse"]["name"] == "f"


def test_a_seal_is_told_with_the_head_of_its_block():
    parts_ = [SIGNED_TEXT, SIGNED]
    data = json.dumps({"candidates": [{"content": {"parts": parts_}, "finishReason": "STOP"}]}).encode()
    decoder = translator.decoder(stream=True)
    events = decoder.feed(b"data: " + data + b"\n\n")
    seals = [getattr(event.block, "seal", None) for event in events if isinstance(event, ir.Opened)]
    assert [seal.value for seal in seals if seal] == ["dGV4dA==", "c2lnbg=="]
