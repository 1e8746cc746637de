"""Gemini: the tables, and the laws of every translator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import ir
from ccgate.testing.laws import LAWS, FailureCase, Law, ReplyCase, RequestCase, Tables
from ccgate.translators.gemini import translator
from ccgate.translators.gemini.reading import TOP

HI = ir.Turn("user", (ir.Text("hi"),))
USER = {"role": "user", "parts": [{"text": "hi"}]}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "weather", "description": "tells the weather", "parametersJsonSchema": CITY}
WEATHER_TOOL = ir.Tool("weather", "tells the weather", CITY)
PNG = "iVBORw0KGgo="
RESPONSE = "/contents/1/parts/0/functionResponse/response"


def own(**fields: object) -> ir.Opaque:
    return ir.Opaque("gemini", fields)


def seal(value: str = "") -> ir.Seal:
    return ir.Seal("gemini", "thought_signature", value)


def request(*turns: ir.Turn, **fields: object) -> ir.Request:
    return ir.Request(**({"model": "", "turns": turns, "spelled": TOP} | fields))


def body(*contents: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"contents": list(contents), **fields}


def model(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def called(name: str = "weather", **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {"city": "Rome"}, **more}}


def answered(response: dict[str, Any], name: str = "weather", **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": response, **more}}


def asked(id_: str, **more: Any) -> ir.ToolUse:
    return ir.ToolUse(id_, "weather", '{"city":"Rome"}', **more)


REQUESTS = (
    RequestCase(name="a word", body=body(USER), request=request(HI)),
    RequestCase(
        name="an instruction, of which the role says nothing",
        body=body(USER, systemInstruction={"role": "user", "parts": [{"text": "be brief"}, {"text": "be kind"}]}),
        request=request(ir.Turn("system", (ir.Text("be brief"), ir.Text("be kind"))), HI),
        home=body(USER, systemInstruction={"parts": [{"text": "be brief"}, {"text": "be kind"}]}),
    ),
    RequestCase(
        name="an instruction that is a string, and the other spelling",
        body=body({"parts": [{"text": "hi"}]}, system_instruction="be brief"),
        request=request(ir.Turn("system", (ir.Text("be brief"),)), HI),
        home=body(USER, systemInstruction={"parts": [{"text": "be brief"}]}),
    ),
    RequestCase(
        name="empty instructions, a content without parts, a role of old",
        body=body(USER, {"role": "model"}, {"role": "function", "parts": [{"text": "x"}]}, systemInstruction=""),
        request=request(
            ir.Turn("system"),
            HI,
            ir.Turn("assistant"),
            ir.Turn("user", (ir.Text("x"),)),
        ),
        home=body(user({"text": "hi"}, {"text": "x"})),
    ),
    RequestCase(
        name="thoughts and signatures",
        body=body(
            USER,
            model(
                {"text": "hm", "thought": True},
                {"text": "so", "thought": True, "thoughtSignature": "s1"},
                {"text": "hello", "thoughtSignature": "s2"},
                {"text": "", "thoughtSignature": "s3"},
            ),
            user({"text": "bye"}),
        ),
        request=request(
            HI,
            ir.Turn(
                "assistant",
                (
                    ir.Thinking(("hm",), "summary", seal()),
                    ir.Thinking(("so",), "summary", seal("s1")),
                    ir.Text("hello", seal=seal("s2")),
                    ir.Text("", seal=seal("s3")),
                ),
            ),
            ir.Turn("user", (ir.Text("bye"),)),
        ),
    ),
    RequestCase(
        name="a signature alone, and a thought without words",
        body=body(USER, model({"thoughtSignature": "s"}, {"text": "", "thought": True})),
        request=request(
            HI,
            ir.Turn("assistant", (ir.Text("", seal=seal("s")), ir.Thinking((), "summary", seal()))),
        ),
        home=body(USER, model({"text": "", "thoughtSignature": "s"}, {"text": "", "thought": True})),
    ),
    RequestCase(
        name="media",
        body=body(
            user(
                {"inlineData": {"mimeType": "image/png", "data": PNG}},
                {"inlineData": {"mimeType": "application/pdf", "data": PNG, "displayName": "a.pdf"}},
                {"inlineData": {"mimeType": "audio/wav", "data": PNG}},
                {"fileData": {"mimeType": "video/mp4", "fileUri": "https://youtu.be/x"}, "videoMetadata": {"fps": 1}},
                {"fileData": {"fileUri": "gs://bucket/x", "mimeType": "image/png"}},
                {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/x"}},
            )
        ),
        request=request(
            ir.Turn(
                "user",
                (
                    ir.Media("image", ir.Inline("image/png", PNG)),
                    ir.Media(
                        "document", ir.Inline("application/pdf", PNG), extra=own(inlineData={"displayName": "a.pdf"})
                    ),
                    ir.Media("audio", ir.Inline("audio/wav", PNG)),
                    ir.Media(
                        "video",
                        ir.Url("https://youtu.be/x"),
                        extra=own(videoMetadata={"fps": 1}, fileData={"mimeType": "video/mp4"}),
                    ),
                    ir.Media(
                        "image", ir.File("gs://bucket/x", "gemini"), extra=own(fileData={"mimeType": "image/png"})
                    ),
                    ir.Media("document", ir.File("https://generativelanguage.googleapis.com/v1beta/files/x", "gemini")),
                ),
            )
        ),
    ),
    RequestCase(
        name="calls with ids, and what functions answered",
        body=body(
            USER,
            model(called(id="a"), called(id="b")),
            user(answered({"output": "sun"}, id="a"), answered({"error": "no such city"}, id="b"), {"text": "so?"}),
        ),
        request=request(
            HI,
            ir.Turn("assistant", (asked("a"), asked("b"))),
            ir.Turn(
                "user",
                (
                    ir.ToolResult("a", (ir.Text("sun"),), name="weather"),
                    ir.ToolResult("b", (ir.Text("no such city"),), error=True, name="weather"),
                    ir.Text("so?"),
                ),
            ),
        ),
    ),
    RequestCase(
        name="calls without ids are paired by name and order",
        body=body(
            USER,
            model(called(), called("time"), called(), {"functionCall": {"name": "noop", "args": {}}}),
            user(
                answered({"result": "sun"}),
                answered({"output": {"b": 2}}, "time"),
                answered({"a": [1]}),
                answered({"output": ""}, "noop"),
            ),
        ),
        request=request(
            HI,
            ir.Turn(
                "assistant",
                (
                    asked("unnamed_call_1_0"),
                    ir.ToolUse("unnamed_call_1_1", "time", '{"city":"Rome"}'),
                    asked("unnamed_call_1_2"),
                    ir.ToolUse("unnamed_call_1_3", "noop", "{}"),
                ),
            ),
            ir.Turn(
                "user",
                (
                    ir.ToolResult("unnamed_call_1_0", (ir.Text("sun", at=f"{RESPONSE}/result"),), name="weather"),
                    ir.ToolResult("unnamed_call_1_1", (ir.Text('{"output":{"b":2}}', at=RESPONSE),), name="time"),
                    ir.ToolResult("unnamed_call_1_2", (ir.Text('{"a":[1]}', at=RESPONSE),), name="weather"),
                    ir.ToolResult("unnamed_call_1_3", name="noop"),
                ),
            ),
        ),
    ),
    RequestCase(
        name="media that a function answered",
        body=body(
            USER,
            model(called(id="a")),
            user(answered({"output": "see"}, id="a", parts=[{"inlineData": {"mimeType": "image/png", "data": PNG}}])),
        ),
        request=request(
            HI,
            ir.Turn("assistant", (asked("a"),)),
            ir.Turn(
                "user",
                (
                    ir.ToolResult(
                        "a",
                        (ir.Text("see"), ir.Media("image", ir.Inline("image/png", PNG))),
                        name="weather",
                    ),
                ),
            ),
        ),
    ),
    RequestCase(
        name="parts that only this dialect has",
        body=body(
            USER,
            model(
                {"executableCode": {"language": "PYTHON", "code": "1+1"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
                {"toolCall": {"x": 1}},
            ),
        ),
        request=request(
            HI,
            ir.Turn(
                "assistant",
                (
                    ir.Opaque("gemini", {"executableCode": {"language": "PYTHON", "code": "1+1"}}, "1+1"),
                    ir.Opaque("gemini", {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}, "2"),
                    ir.Opaque("gemini", {"toolCall": {"x": 1}}),
                ),
            ),
        ),
    ),
    RequestCase(
        name="tools",
        body=body(
            USER,
            tools=[{"functionDeclarations": [WEATHER, {"name": "noop", "behavior": "BLOCKING"}]}, {"googleSearch": {}}],
            toolConfig={"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
        ),
        request=request(
            HI,
            tools=(
                WEATHER_TOOL,
                ir.Tool("noop", extra=own(behavior="BLOCKING")),
                ir.Hosted("web_search", own(googleSearch={})),
            ),
            choice=ir.Choice("named", ("weather",)),
        ),
        home=body(
            USER,
            tools=[{"functionDeclarations": [WEATHER, {"name": "noop", "behavior": "BLOCKING"}]}, {"googleSearch": {}}],
            toolConfig={"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
        ),
    ),
    RequestCase(
        name="tools in the other spelling, with a schema of the API's own kind",
        body=body(
            USER,
            tools=[
                {
                    "function_declarations": [
                        {"name": "f", "parameters_json_schema": CITY},
                        {
                            "name": "g",
                            "parameters": {
                                "type": "OBJECT",
                                "properties": {
                                    "a": {"type": "STRING", "nullable": True, "format": "enum", "enum": ["x"]},
                                    "b": {"anyOf": [{"type": "NUMBER"}, {"type": "STRING"}], "nullable": True},
                                    "c": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "3"},
                                },
                                "propertyOrdering": ["a", "b", "c"],
                            },
                        },
                    ],
                    "url_context": {},
                    "some_new_tool": {"x": 1},
                }
            ],
            tool_config={"function_calling_config": {"mode": "AUTO"}},
        ),
        request=request(
            HI,
            tools=(
                ir.Tool("f", None, CITY),
                ir.Tool(
                    "g",
                    None,
                    {
                        "type": "object",
                        "properties": {
                            "a": {"type": ["string", "null"], "enum": ["x", None]},
                            "b": {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]},
                            "c": {"type": "array", "items": {"type": "integer"}, "minItems": 3},
                        },
                        "propertyOrdering": ["a", "b", "c"],
                    },
                ),
                ir.Hosted("web_fetch", own(url_context={})),
                ir.Hosted("some_new_tool", own(some_new_tool={"x": 1})),
            ),
            choice=ir.Choice("auto"),
        ),
        home=body(
            USER,
            tools=[
                {
                    "functionDeclarations": [
                        {"name": "f", "parametersJsonSchema": CITY},
                        {
                            "name": "g",
                            "parametersJsonSchema": {
                                "type": "object",
                                "properties": {
                                    "a": {"type": ["string", "null"], "enum": ["x", None]},
                                    "b": {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]},
                                    "c": {"type": "array", "items": {"type": "integer"}, "minItems": 3},
                                },
                                "propertyOrdering": ["a", "b", "c"],
                            },
                        },
                    ]
                },
                {"url_context": {}},
                {"some_new_tool": {"x": 1}},
            ],
            toolConfig={"functionCallingConfig": {"mode": "AUTO"}},
        ),
    ),
    RequestCase(
        name="a choice among several, and one that has no word",
        body=body(
            USER,
            tools=[{"functionDeclarations": [WEATHER, {"name": "f"}, {"name": "g"}]}],
            toolConfig={
                "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f", "g"]},
                "retrievalConfig": {"languageCode": "it"},
            },
        ),
        request=request(
            HI,
            tools=(WEATHER_TOOL, ir.Tool("f"), ir.Tool("g")),
            choice=ir.Choice("any", ("f", "g")),
            extra=own(toolConfig={"retrievalConfig": {"languageCode": "it"}}),
        ),
        home=body(
            USER,
            tools=[{"functionDeclarations": [WEATHER, {"name": "f"}, {"name": "g"}]}],
            toolConfig={
                "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f", "g"]},
                "retrievalConfig": {"languageCode": "it"},
            },
        ),
    ),
    RequestCase(
        name="validated calls",
        body=body(
            USER,
            tools=[{"functionDeclarations": [{"name": "f"}]}],
            toolConfig={"functionCallingConfig": {"mode": "VALIDATED", "allowedFunctionNames": "f"}},
        ),
        request=request(
            HI,
            tools=(ir.Tool("f"),),
            extra=own(toolConfig={"functionCallingConfig": {"mode": "VALIDATED", "allowedFunctionNames": "f"}}),
        ),
        home=body(
            USER,
            tools=[{"functionDeclarations": [{"name": "f"}]}],
            toolConfig={"functionCallingConfig": {"mode": "VALIDATED", "allowedFunctionNames": "f"}},
        ),
    ),
    RequestCase(
        name="settings",
        body=body(
            USER,
            generationConfig={
                "temperature": 0.5,
                "topP": 0.9,
                "topK": 40,
                "seed": 7,
                "frequencyPenalty": 0.1,
                "presencePenalty": 0.2,
                "maxOutputTokens": 100,
                "stopSequences": ["END"],
                "responseMimeType": "application/json",
                "responseJsonSchema": CITY,
                "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True, "new": 1},
                "candidateCount": 1,
            },
            safetySettings=[{"category": "X", "threshold": "OFF"}],
            cachedContent="cachedContents/x",
        ),
        request=request(
            HI,
            sampling=ir.Sampling(
                0.5,
                0.9,
                40,
                7,
                0.1,
                0.2,
                extra=own(candidateCount=1, thinkingConfig={"new": 1}),
            ),
            limits=ir.Limits(100),
            stop=("END",),
            format=ir.Format("json_schema", schema=CITY),
            reasoning=ir.Reasoning(None, "low", None, "auto"),
            extra=own(safetySettings=[{"category": "X", "threshold": "OFF"}], cachedContent="cachedContents/x"),
        ),
    ),
    RequestCase(
        name="settings in the other spelling",
        body=body(
            USER,
            generation_config={
                "top_p": 0.9,
                "top_k": 40.0,
                "max_output_tokens": 100,
                "response_mime_type": "application/json",
                "response_schema": {"type": "STRING", "nullable": True},
                "thinking_config": {"include_thoughts": True, "thinking_budget": 100},
            },
        ),
        request=request(
            HI,
            sampling=ir.Sampling(top_p=0.9, top_k=40),
            limits=ir.Limits(100),
            format=ir.Format("json_schema", schema={"type": ["string", "null"]}),
            reasoning=ir.Reasoning("budget", None, 100, "auto"),
        ),
        home=body(
            USER,
            generationConfig={
                "topP": 0.9,
                "topK": 40,
                "maxOutputTokens": 100,
                "responseMimeType": "application/json",
                "responseJsonSchema": {"type": ["string", "null"]},
                "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 100},
            },
        ),
    ),
    RequestCase(
        name="no thoughts, any JSON",
        body=body(
            USER, generationConfig={"thinkingConfig": {"thinkingBudget": 0}, "responseMimeType": "application/json"}
        ),
        request=request(HI, format=ir.Format("json"), reasoning=ir.Reasoning("off", None, None, "omitted")),
    ),
    RequestCase(
        name="as many thoughts as it likes, words in no format",
        body=body(
            USER,
            generationConfig={
                "thinkingConfig": {"thinkingBudget": -1},
                "responseMimeType": "text/plain",
                "stopSequences": [5],
            },
        ),
        request=request(
            HI,
            reasoning=ir.Reasoning("adaptive", None, None, "omitted"),
            sampling=ir.Sampling(extra=own(responseMimeType="text/plain", stopSequences=[5])),
        ),
    ),
    RequestCase(
        name="the whole request within a count of tokens",
        body={"generateContentRequest": {"model": "models/m", "contents": [USER]}},
        request=request(HI, extra=own(model="models/m")),
        home=body(USER, model="models/m"),
    ),
)


def document(*parts: dict[str, Any], finish: str | None = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0, **more}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "gemini-3-pro", "responseId": "r1"}


USAGE = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}


def stream(*messages: dict[str, Any], usage: dict[str, Any] | None = USAGE) -> bytes:
    *first, last = messages
    told = [*first, last | ({"usageMetadata": usage} if usage else {})]
    return b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in told)


def reply(*blocks: ir.Block, reason: ir.Reason = "end", **fields: Any) -> ir.Reply:
    usage = ir.Usage(input=10, output=5)
    return ir.Reply(
        **({"id": "r1", "model": "gemini-3-pro", "blocks": blocks, "reason": reason, "usage": usage} | fields)
    )


CALL = {"functionCall": {"id": "f1", "name": "weather", "args": {"city": "Rome"}}}
CALLED = ir.ToolUse("f1", "weather", '{"city":"Rome"}')


def hit(word: str, message: str | None = None, **more: Any) -> ir.Opaque:
    told = {"finishReason": word} | ({"finishMessage": message} if message else {}) | more
    return ir.Opaque("gemini", told, message or word)


FAILED = ir.Failure(
    kind="overloaded",
    message="The model is overloaded.",
    status=503,
    code="UNAVAILABLE",
    scope="provider",
    raw={"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}},
)

REPLIES = (
    ReplyCase(
        name="words",
        document=document({"text": "Hello"}) | {"usageMetadata": USAGE},
        reply=reply(ir.Text("Hello")),
        stream=stream(
            document({"text": "Hel"}, finish=None), document({"text": "lo"}, finish=None), document({"text": ""})
        ),
    ),
    ReplyCase(
        name="every part of every message",
        document=document({"text": "a"}, {"text": "b"}) | {"usageMetadata": USAGE},
        reply=reply(ir.Text("ab")),
        stream=stream(document({"text": "a"}, {"text": "b"})),
        written=document({"text": "ab"}) | {"usageMetadata": USAGE},
    ),
    ReplyCase(
        name="thoughts, words, and a signature at the end",
        document=document({"text": "hm", "thought": True}, {"text": "Hello"}, {"text": "", "thoughtSignature": "s"})
        | {
            "usageMetadata": {
                "promptTokenCount": 10,
                "cachedContentTokenCount": 4,
                "candidatesTokenCount": 5,
                "thoughtsTokenCount": 3,
                "totalTokenCount": 18,
            }
        },
        reply=reply(
            ir.Thinking(("hm",), "summary", seal()),
            ir.Text("Hello"),
            ir.Text("", seal=seal("s")),
            usage=ir.Usage(input=6, cache_read=4, output=8, reasoning=3),
        ),
        stream=stream(
            document({"text": "h", "thought": True}, finish=None),
            document({"text": "m", "thought": True}, {"text": "Hel"}, finish=None),
            document({"text": "lo"}, finish=None),
            document({"thoughtSignature": "s"}),
            usage={
                "promptTokenCount": 10,
                "cachedContentTokenCount": 4,
                "candidatesTokenCount": 5,
                "thoughtsTokenCount": 3,
                "totalTokenCount": 18,
            },
        ),
    ),
    ReplyCase(
        name="signed parts are blocks of their own",
        document=document(
            {"text": "hm", "thought": True, "thoughtSignature": "s1"}, {"text": "Hello", "thoughtSignature": "s2"}
        )
        | {"usageMetadata": USAGE},
        reply=reply(ir.Thinking(("hm",), "summary", seal("s1")), ir.Text("Hello", seal=seal("s2"))),
        stream=stream(
            document({"text": "hm", "thought": True}, finish=None),
            document({"text": "", "thought": True, "thoughtSignature": "s1"}, finish=None),
            document({"text": "Hello"}, finish=None),
            document({"text": "", "thoughtSignature": "s2"}),
        ),
        streamed=reply(
            ir.Thinking(("hm",), "summary", seal()),
            ir.Thinking((), "summary", seal("s1")),
            ir.Text("Hello"),
            ir.Text("", seal=seal("s2")),
        ),
    ),
    ReplyCase(
        name="calls",
        document=document(
            {"text": "I look"},
            CALL | {"thoughtSignature": "s"},
            CALL | {"functionCall": {"id": "f2", "name": "noop", "args": {}}},
        )
        | {"usageMetadata": USAGE},
        reply=reply(
            ir.Text("I look"),
            ir.ToolUse("f1", "weather", '{"city":"Rome"}', seal=seal("s")),
            ir.ToolUse("f2", "noop", "{}"),
            reason="tool_use",
        ),
        stream=stream(
            document({"text": "I look"}, CALL | {"thoughtSignature": "s"}, finish=None),
            document({"functionCall": {"id": "f2", "name": "noop"}}),
        ),
    ),
    ReplyCase(
        name="calls without ids, and with one id twice",
        document=document({"functionCall": {"name": "weather", "args": {"city": "Rome"}}}, CALL, CALL)
        | {"usageMetadata": USAGE},
        reply=reply(
            ir.ToolUse("call_81e17c0d942326fcf465294c", "weather", '{"city":"Rome"}'),
            CALLED,
            ir.ToolUse("call_19b478ab435f64c5dd39d91b", "weather", '{"city":"Rome"}'),
            reason="tool_use",
        ),
        written=document(
            *(
                {"functionCall": {"id": id_, "name": "weather", "args": {"city": "Rome"}}}
                for id_ in ("call_81e17c0d942326fcf465294c", "f1", "call_19b478ab435f64c5dd39d91b")
            )
        )
        | {"usageMetadata": USAGE},
    ),
    ReplyCase(
        name="an image, code, and what only this dialect has",
        document=document(
            {"inlineData": {"mimeType": "image/png", "data": PNG}},
            {"executableCode": {"language": "PYTHON", "code": "1+1"}},
            {"inlineData": {"mimeType": "image/png", "data": PNG}, "thought": True},
            {"toolCall": {"x": 1}},
        )
        | {"usageMetadata": USAGE},
        reply=reply(
            ir.Media("image", ir.Inline("image/png", PNG)),
            ir.Opaque("gemini", {"executableCode": {"language": "PYTHON", "code": "1+1"}}, "1+1"),
            ir.Opaque("gemini", {"inlineData": {"mimeType": "image/png", "data": PNG}, "thought": True}),
            ir.Opaque("gemini", {"toolCall": {"x": 1}}),
        ),
        stream=stream(
            document({"inlineData": {"mimeType": "image/png", "data": PNG}}, finish=None),
            document({"executableCode": {"language": "PYTHON", "code": "1+1"}}, {}, finish=None),
            document({"inlineData": {"mimeType": "image/png", "data": PNG}, "thought": True}, {"toolCall": {"x": 1}}),
        ),
    ),
    ReplyCase(
        name="the limit",
        document=document({"text": "Hel"}, finish="MAX_TOKENS") | {"usageMetadata": USAGE},
        reply=reply(ir.Text("Hel"), reason="limit"),
        stream=stream(document({"text": "Hel"}, finish="MAX_TOKENS")),
    ),
    ReplyCase(
        name="refused for safety, with words about it",
        document=document({"text": "Hel"}, finish="SAFETY", finishMessage="not that") | {"usageMetadata": USAGE},
        reply=reply(ir.Text("Hel"), reason="refusal", detail=hit("SAFETY", "not that")),
        stream=stream(document({"text": "Hel"}, finish="SAFETY", finishMessage="not that")),
    ),
    ReplyCase(
        name="another reason",
        document=document({"text": "Hel"}, finish="LANGUAGE") | {"usageMetadata": USAGE},
        reply=reply(ir.Text("Hel"), reason="other", detail=hit("LANGUAGE")),
    ),
    ReplyCase(
        name="a prompt that is refused",
        document={
            "promptFeedback": {"blockReason": "SAFETY"},
            "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 0, "totalTokenCount": 10},
            "modelVersion": "gemini-3-pro",
            "responseId": "r1",
        },
        reply=reply(
            reason="refusal",
            detail=ir.Opaque("gemini", {"promptFeedback": {"blockReason": "SAFETY"}}, "SAFETY"),
            usage=ir.Usage(input=10),
        ),
        stream=stream(
            {"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "gemini-3-pro", "responseId": "r1"},
            usage={"promptTokenCount": 10, "candidatesTokenCount": 0, "totalTokenCount": 10},
        ),
    ),
    ReplyCase(
        name="what else a candidate and a reply hold; only the first candidate is read",
        document=document({"text": "Hello"}, groundingMetadata={"webSearchQueries": ["x"]})
        | {"usageMetadata": USAGE, "modelStatus": {"x": 1}},
        reply=reply(
            ir.Text("Hello"),
            kept=(own(groundingMetadata={"webSearchQueries": ["x"]}),),
            extra=own(modelStatus={"x": 1}),
        ),
        stream=stream(
            document({"text": "Hello"}, groundingMetadata={"webSearchQueries": ["x"]}) | {"modelStatus": {"x": 1}},
            {"candidates": [{"index": 1, "content": {"parts": [{"text": "no"}]}}]},
        ),
    ),
    ReplyCase(
        name="a reason that is forgotten",
        document=document({"text": "Hello"}, finish=None) | {"usageMetadata": USAGE},
        reply=reply(ir.Text("Hello")),
        written=document({"text": "Hello"}) | {"usageMetadata": USAGE},
    ),
    ReplyCase(
        name="a failure within a stream",
        document=FAILED.raw,
        reply=ir.Reply(failure=FAILED),
        stream=b"data: " + json.dumps(FAILED.raw).encode() + b"\n\n",
        written={
            "error": {
                "code": 503,
                "message": "The model is overloaded.",
                "status": "UNAVAILABLE",
                "details": [
                    {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "OVERLOADED", "domain": "ccgate"}
                ],
            }
        },
    ),
)


def told(code: int, status: str, message: str = "no", *details: dict[str, Any]) -> bytes:
    error = {"code": code, "message": message, "status": status} | ({"details": list(details)} if details else {})
    return json.dumps({"error": error}).encode()


def failed(kind: ir.Kind, status: int, code: str | None, message: str = "no", **more: Any) -> ir.Failure:
    return ir.Failure(
        **({"kind": kind, "message": message, "status": status, "code": code, "scope": ir.scope_of(kind)} | more)
    )


INFO = {"@type": "type.googleapis.com/google.rpc.ErrorInfo"}
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo"}
FAILURES = (
    FailureCase(
        name="bad request",
        status=400,
        body=told(400, "INVALID_ARGUMENT"),
        failure=failed("invalid_request", 400, "INVALID_ARGUMENT"),
    ),
    FailureCase(
        name="a wrong key",
        status=400,
        body=told(400, "INVALID_ARGUMENT", "no", {**INFO, "reason": "API_KEY_INVALID"}),
        failure=failed("authentication", 400, "INVALID_ARGUMENT"),
    ),
    FailureCase(
        name="no key",
        status=403,
        body=told(403, "PERMISSION_DENIED"),
        failure=failed("permission", 403, "PERMISSION_DENIED"),
    ),
    FailureCase(
        name="unauthenticated",
        status=401,
        body=told(401, "UNAUTHENTICATED"),
        failure=failed("authentication", 401, "UNAUTHENTICATED"),
    ),
    FailureCase(
        name="no model",
        status=404,
        body=told(404, "NOT_FOUND", "models/x is not found"),
        failure=failed("not_found", 404, "NOT_FOUND", "models/x is not found", scope="model"),
    ),
    FailureCase(
        name="quota",
        status=429,
        body=told(429, "RESOURCE_EXHAUSTED", "slow down", {**RETRY, "retryDelay": "34.5s"}),
        failure=failed("rate_limit", 429, "RESOURCE_EXHAUSTED", "slow down", retry_after=34.5),
    ),
    FailureCase(
        name="quota by header",
        status=429,
        headers=((b"retry-after", b"7"),),
        body=told(429, "RESOURCE_EXHAUSTED", "slow down", {**RETRY, "retryDelay": "soons"}),
        failure=failed("rate_limit", 429, "RESOURCE_EXHAUSTED", "slow down", retry_after=7.0),
    ),
    FailureCase(
        name="too long",
        status=400,
        body=told(
            400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8)."
        ),
        failure=failed(
            "context_overflow",
            400,
            "INVALID_ARGUMENT",
            "prompt is too long: The input token count (9) exceeds the maximum number of tokens allowed (8).",
        ),
    ),
    FailureCase(
        name="overloaded, in a list",
        status=503,
        headers=((b"x-should-retry", b"false"),),
        body=b"[" + told(503, "UNAVAILABLE") + b"]",
        failure=failed("overloaded", 503, "UNAVAILABLE", retry=False),
    ),
    FailureCase(name="internal", status=500, body=told(500, "INTERNAL"), failure=failed("api", 500, "INTERNAL")),
    FailureCase(
        name="deadline",
        status=504,
        body=told(504, "DEADLINE_EXCEEDED"),
        failure=failed("timeout", 504, "DEADLINE_EXCEEDED"),
    ),
    FailureCase(
        name="a page",
        status=502,
        body=b"<html><title>Bad Gateway</title>",
        failure=failed("api", 502, None, "the upstream answered 502 with a page: Bad Gateway"),
    ),
    *(
        FailureCase(
            name=f"ours: {kind}",
            status=status,
            body=told(status, word, "no", {**INFO, "reason": kind.upper(), "domain": "ccgate"}),
            failure=failed(kind, status, word),
        )
        for kind, status, word in (
            ("billing", 402, "FAILED_PRECONDITION"),
            ("conflict", 409, "ABORTED"),
            ("too_large", 413, "INVALID_ARGUMENT"),
            ("unsupported_media", 415, "INVALID_ARGUMENT"),
            ("provider_key", 403, "PERMISSION_DENIED"),
        )
    ),
)

TABLES = Tables(translator=translator, requests=REQUESTS, replies=REPLIES, failures=FAILURES, rigid={"response"})


@pytest.mark.parametrize("law", LAWS)
def test_the_translator_keeps(law: Law) -> None:
    law(TABLES)
