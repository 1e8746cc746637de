"""OpenAI Chat Completions: the tables, and the laws of every translator."""

from __future__ import annotations

import json

import pytest

from ccgate import ir
from ccgate.testing.laws import LAWS, FailureCase, Law, ReplyCase, RequestCase, Tables
from ccgate.translators.openai_chat import translator
from ccgate.translators.openai_chat.reading import TOP

HI = ir.Turn("user", (ir.Text("hi"),))
USER = {"role": "user", "content": "hi"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "tells the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        "strict": True,
    },
}
WEATHER_TOOL = ir.Tool("weather", "tells the weather", WEATHER["function"]["parameters"], strict=True)
PNG = "iVBORw0KGgo="


def own(**fields: object) -> ir.Opaque:
    return ir.Opaque("openai_chat", fields)


def request(*turns: ir.Turn, **fields: object) -> ir.Request:
    return ir.Request(**({"model": "gpt-4.1", "turns": turns, "spelled": TOP} | fields))


def call(id_: str, name: str = "weather", arguments: str = '{"city":"Rome"}') -> dict[str, object]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def thought(words: str, kind: str = "reasoning_content") -> ir.Thinking:
    return ir.Thinking((words,), seal=ir.Seal("openai_chat", kind, ""))


REQUESTS = (
    RequestCase(name="a word", body={"model": "gpt-4.1", "messages": [USER]}, request=request(HI)),
    RequestCase(
        name="all roles, one name",
        body={
            "model": "gpt-4.1",
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "hi", "name": "ada"},
                {"role": "assistant", "content": "hello"},
                {"role": "system", "content": "be kind"},
                {"role": "user", "content": "bye"},
            ],
        },
        request=request(
            ir.Turn("system", (ir.Text("be brief"),)),
            ir.Turn("user", (ir.Text("hi"),), extra=own(name="ada")),
            ir.Turn("assistant", (ir.Text("hello"),)),
            ir.Turn("system", (ir.Text("be kind"),)),
            ir.Turn("user", (ir.Text("bye"),)),
        ),
    ),
    RequestCase(
        name="leading instructions become one message, and developer is system",
        body={
            "model": "gpt-4.1",
            "messages": [
                {"role": "system", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
                {"role": "developer", "content": "three", "name": "boss"},
                {"role": "developer", "content": "four"},
                USER,
            ],
        },
        request=request(
            ir.Turn("system", (ir.Text("one"), ir.Text("two"))),
            ir.Turn("developer", (ir.Text("three"),), extra=own(name="boss")),
            ir.Turn("developer", (ir.Text("four"),)),
            HI,
        ),
        home={
            "model": "gpt-4.1",
            "messages": [
                {"role": "system", "content": "one\n\ntwo"},
                {"role": "system", "content": "three", "name": "boss"},
                {"role": "system", "content": "four"},
                USER,
            ],
        },
    ),
    RequestCase(
        name="parts of every kind",
        body={
            "model": "gpt-4.1",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "look"},
                        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
                        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
                        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "flac"}},
                        {"type": "file", "file": {"file_id": "file-1"}},
                        {
                            "type": "file",
                            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                        },
                        {"type": "file", "file": {"file_data": "https://example.com/a.pdf"}},
                        {"type": "image_url", "image_url": "https://example.com/a.png"},
                        {"type": "hologram", "hologram": {"depth": 3}},
                    ],
                }
            ],
        },
        request=request(
            ir.Turn(
                "user",
                (
                    ir.Text("look"),
                    ir.Media("image", ir.Inline("image/png", PNG), detail="low"),
                    ir.Media("image", ir.Url("https://example.com/a.png")),
                    ir.Media("audio", ir.Inline("audio/mpeg", "AAAA")),
                    ir.Media("audio", ir.Inline("audio/flac", "AAAA")),
                    ir.Media("document", ir.File("file-1", "openai_chat")),
                    ir.Media("document", ir.Inline("application/pdf", "JVBERi0="), title="a.pdf"),
                    own(type="file", file={"file_data": "https://example.com/a.pdf"}),
                    own(type="image_url", image_url="https://example.com/a.png"),
                    own(type="hologram", hologram={"depth": 3}),
                ),
            )
        ),
    ),
    RequestCase(
        name="parts with unknown fields stay parts",
        body={
            "model": "gpt-4.1",
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]},
            ],
        },
        request=request(ir.Turn("user", (ir.Text("hi", extra=own(cache_control={"type": "ephemeral"})),))),
    ),
    RequestCase(
        name="calls and their answers",
        body={
            "model": "gpt-4.1",
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": "let me see",
                    "tool_calls": [
                        call("call_1"),
                        {"id": "call_2", "type": "custom", "custom": {"name": "patch", "input": "*** Begin"}},
                    ],
                },
                {"role": "tool", "tool_call_id": "call_2", "content": "done"},
                {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
                {"role": "assistant", "content": None, "tool_calls": [call("functions.weather:3")]},
                {"role": "tool", "tool_call_id": "functions.weather:3", "content": ""},
                {"role": "user", "content": "thanks"},
            ],
            "tools": [
                WEATHER,
                {
                    "type": "custom",
                    "custom": {
                        "name": "patch",
                        "description": "patches",
                        "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /.+/"}},
                    },
                },
                {"type": "custom", "custom": {"name": "note"}},
                {"type": "oracle", "wisdom": 5},
                {"type": "function", "function": {"name": "now"}},
            ],
            "tool_choice": "required",
            "parallel_tool_calls": True,
        },
        request=request(
            HI,
            ir.Turn(
                "assistant",
                (
                    ir.Text("let me see"),
                    ir.ToolUse("call_1", "weather", '{"city":"Rome"}'),
                    ir.ToolUse("call_2", "patch", "*** Begin", form="text"),
                ),
            ),
            ir.Turn("user", (ir.ToolResult("call_2", (ir.Text("done"),), form="text"),)),
            ir.Turn("user", (ir.ToolResult("call_1", (ir.Text("sunny"),)),)),
            ir.Turn("assistant", (ir.ToolUse("functions.weather:3", "weather", '{"city":"Rome"}'),)),
            ir.Turn("user", (ir.ToolResult("functions.weather:3"),)),
            ir.Turn("user", (ir.Text("thanks"),)),
            tools=(
                WEATHER_TOOL,
                ir.Tool("patch", "patches", form="text", grammar=ir.Grammar("lark", "start: /.+/")),
                ir.Tool("note", form="text"),
                ir.Hosted("oracle", own(type="oracle", wisdom=5)),
                ir.Tool("now"),
            ),
            choice=ir.Choice("any", parallel=True),
        ),
    ),
    RequestCase(
        name="reasoning, refusals and sound of the assistant",
        body={
            "model": "gpt-4.1",
            "messages": [
                USER,
                {"role": "assistant", "content": "ok", "reasoning_content": "hm"},
                {"role": "user", "content": "more"},
                {"role": "assistant", "content": None, "reasoning": "so", "tool_calls": [call("call_1")]},
                {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
                {"role": "assistant", "content": None, "refusal": "I will not"},
                {"role": "user", "content": "sing"},
                {"role": "assistant", "content": None, "audio": {"id": "audio_1"}},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "call_2", "type": "oracle", "oracle": {"asked": 1}}],
                },
            ],
        },
        request=request(
            HI,
            ir.Turn("assistant", (thought("hm"), ir.Text("ok"))),
            ir.Turn("user", (ir.Text("more"),)),
            ir.Turn("assistant", (thought("so", "reasoning"), ir.ToolUse("call_1", "weather", '{"city":"Rome"}'))),
            ir.Turn("user", (ir.ToolResult("call_1", (ir.Text("sunny"),)),)),
            ir.Turn("assistant", (ir.Text("I will not", refusal=True),)),
            ir.Turn("user", (ir.Text("sing"),)),
            ir.Turn("assistant", extra=own(audio={"id": "audio_1"})),
            ir.Turn("assistant", (own(tool_calls=[{"id": "call_2", "type": "oracle", "oracle": {"asked": 1}}]),)),
        ),
    ),
    RequestCase(
        name="settings",
        body={
            "model": "gpt-4.1",
            "messages": [USER],
            "max_tokens": 100,
            "temperature": 0.5,
            "top_p": 0.9,
            "seed": 7,
            "frequency_penalty": 0.1,
            "presence_penalty": -0.1,
            "stop": ["a", "b"],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "city", "schema": {"type": "object"}, "strict": True, "description": "a city"},
            },
            "prompt_cache_key": "key",
            "service_tier": "flex",
            "user": "ada",
            "metadata": {"a": "b"},
            "store": False,
            "n": 1,
            "logit_bias": {"50256": -100},
            "stream": True,
            "stream_options": {"include_usage": True, "include_obfuscation": False},
        },
        request=request(
            HI,
            limits=ir.Limits(100),
            sampling=ir.Sampling(temperature=0.5, top_p=0.9, seed=7, frequency_penalty=0.1, presence_penalty=-0.1),
            stop=("a", "b"),
            format=ir.Format("json_schema", "city", {"type": "object"}, strict=True, description="a city"),
            cache_key="key",
            tier="flex",
            user="ada",
            stream=True,
            extra=own(
                metadata={"a": "b"},
                store=False,
                n=1,
                logit_bias={"50256": -100},
                stream_options={"include_usage": True, "include_obfuscation": False},
            ),
        ),
    ),
    RequestCase(
        name="a reasoning model",
        body={
            "model": "openai/gpt-5.2",
            "messages": [USER],
            "max_completion_tokens": 100,
            "temperature": 1,
            "reasoning_effort": "high",
            "verbosity": "low",
            "response_format": {"type": "json_object"},
            "tools": [WEATHER],
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
            "parallel_tool_calls": False,
        },
        request=request(
            HI,
            model="openai/gpt-5.2",
            limits=ir.Limits(100),
            sampling=ir.Sampling(temperature=1),
            reasoning=ir.Reasoning(effort="high"),
            format=ir.Format("json", verbosity="low"),
            tools=(WEATHER_TOOL,),
            choice=ir.Choice("named", ("weather",), parallel=False),
        ),
    ),
    RequestCase(
        name="a choice among some tools",
        body={
            "model": "gpt-4.1",
            "messages": [USER],
            "tools": [WEATHER, {"type": "custom", "custom": {"name": "note"}}],
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [
                        {"type": "function", "function": {"name": "weather"}},
                        {"type": "custom", "custom": {"name": "note"}},
                    ],
                },
            },
        },
        request=request(
            HI,
            tools=(WEATHER_TOOL, ir.Tool("note", form="text")),
            choice=ir.Choice("auto", ("weather", "note")),
        ),
    ),
    RequestCase(
        name="the caller's own words for a model of others",
        body={
            "model": "qwen",
            "messages": [USER],
            "max_completion_tokens": 5,
            "tool_choice": {"type": "riddle", "riddle": 5},
            "response_format": {"type": "grammar", "grammar": "x"},
            "service_tier": "first-class",
            "stop": [1],
            "seed": "x",
        },
        request=request(
            HI,
            model="qwen",
            limits=ir.Limits(5, at="/max_completion_tokens"),
            extra=own(
                tool_choice={"type": "riddle", "riddle": 5},
                response_format={"type": "grammar", "grammar": "x"},
                service_tier="first-class",
                stop=[1],
                seed="x",
            ),
        ),
    ),
    RequestCase(
        name="the words of old",
        body={
            "model": "gpt-4.1",
            "messages": [
                USER,
                {"role": "assistant", "content": "", "function_call": {"name": "weather", "arguments": {"a": 1}}},
                {"role": "function", "name": "weather", "content": "sunny"},
                {
                    "role": "assistant",
                    "content": [{"type": "text", "text": "so"}, {"type": "refusal", "refusal": "no"}],
                },
            ],
            "functions": [{"name": "weather", "description": "tells"}],
            "function_call": {"name": "weather"},
            "response_format": {"type": "text"},
            "stop": "x",
            "stream": False,
        },
        request=request(
            HI,
            ir.Turn("assistant", (ir.ToolUse("call_weather_1", "weather", '{"a":1}'),)),
            ir.Turn("user", (ir.ToolResult("call_weather_1", (ir.Text("sunny"),), name="weather"),)),
            ir.Turn("assistant", (ir.Text("so"), ir.Text("no", refusal=True))),
            tools=(ir.Tool("weather", "tells"),),
            choice=ir.Choice("named", ("weather",)),
            format=ir.Format(),
            stop=("x",),
        ),
        home={
            "model": "gpt-4.1",
            "messages": [
                USER,
                {"role": "assistant", "content": None, "tool_calls": [call("call_weather_1", arguments='{"a":1}')]},
                {"role": "tool", "tool_call_id": "call_weather_1", "content": "sunny"},
                {"role": "assistant", "content": "so", "refusal": "no"},
            ],
            "tools": [{"type": "function", "function": {"name": "weather", "description": "tells"}}],
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
            "stop": ["x"],
        },
    ),
    RequestCase(
        name="parallel calls alone, and a stream",
        body={
            "model": "gpt-4.1",
            "messages": [USER],
            "tools": [{"type": "function", "function": {"name": "a", "parameters": {"$schema": "x"}}}],
            "parallel_tool_calls": False,
            "stream": True,
        },
        request=request(
            HI,
            tools=(ir.Tool("a", schema={"$schema": "x"}),),
            choice=ir.Choice(parallel=False),
            stream=True,
        ),
        home={
            "model": "gpt-4.1",
            "messages": [USER],
            "tools": [
                {"type": "function", "function": {"name": "a", "parameters": {"type": "object", "properties": {}}}}
            ],
            "tool_choice": "auto",
            "parallel_tool_calls": False,
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    ),
)


def document(message: dict[str, object], finish: str | None = "stop", **fields: object) -> dict[str, object]:
    choice = {"index": 0, "message": {"role": "assistant"} | message, "logprobs": None, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "gpt-4.1-2025"}
    return head | {"choices": [choice]} | fields


def chunk(delta: dict[str, object] | None, finish: str | None = None, **fields: object) -> dict[str, object]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "gpt-4.1-2025"}
    choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    return head | {"choices": choices} | fields


def stream(*chunks: dict[str, object], end: bytes = b"data: [DONE]\n\n") -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks) + end


def piece(index: int, arguments: str, **head: str) -> dict[str, object]:
    function: dict[str, object] = {"arguments": arguments}
    if "name" in head:
        function["name"] = head.pop("name")
    return {"tool_calls": [{"index": index, **head, "function": function}]}


def reply(*blocks: ir.Block, reason: ir.Reason = "end", **fields: object) -> ir.Reply:
    return ir.Reply(**({"id": "chatcmpl-1", "model": "gpt-4.1-2025", "blocks": blocks, "reason": reason} | fields))


USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
COUNTED = ir.Usage(input=30, cache_read=60, cache_write={"5m": 10}, output=20, reasoning=5)
ROLE = chunk({"role": "assistant", "content": "", "refusal": None})

REPLIES = (
    ReplyCase(
        name="words",
        document=document({"content": "Hello", "refusal": None}, usage=USAGE),
        reply=reply(ir.Text("Hello"), usage=COUNTED),
        stream=stream(
            ROLE, chunk({"content": "Hel"}), chunk({"content": "lo"}), chunk({}, "stop"), chunk(None, usage=USAGE)
        ),
        written_stream=(
            b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4.1-2025","choices":'
            b'[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n'
            b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4.1-2025","choices":'
            b'[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}\n\n'
            b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4.1-2025","choices":'
            b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
            b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4.1-2025",'
            b'"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,'
            b'"prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10},'
            b'"completion_tokens_details":{"reasoning_tokens":5}}}\n\n'
            b"data: [DONE]\n\n"
        ),
    ),
    ReplyCase(
        name="reasoning, then calls in parallel",
        document=document(
            {
                "content": "I look",
                "refusal": None,
                "reasoning_content": "hm, so",
                "tool_calls": [call("call_1"), call("call_2", arguments="{}")],
            },
            "tool_calls",
        ),
        reply=reply(
            thought("hm, so"),
            ir.Text("I look"),
            ir.ToolUse("call_1", "weather", '{"city":"Rome"}'),
            ir.ToolUse("call_2", "weather", "{}"),
            reason="tool_use",
        ),
        stream=stream(
            ROLE,
            chunk({"reasoning_content": "hm, "}),
            chunk({"reasoning_content": "so", "content": None}),
            chunk({"content": "I look", "reasoning_content": None}),
            chunk(piece(0, "", id="call_1", name="weather", type="function")),
            chunk(piece(0, '{"city":')),
            chunk(piece(1, "{", id="call_2", name="weather", type="function")),
            chunk(piece(0, '"Rome"}')),
            chunk(piece(1, "}")),
            chunk({}, "tool_calls"),
        ),
    ),
    ReplyCase(
        name="a refusal",
        document=document({"content": None, "refusal": "I will not"}),
        reply=reply(ir.Text("I will not", refusal=True), reason="refusal"),
        stream=stream(ROLE, chunk({"refusal": "I will"}), chunk({"refusal": " not"}), chunk({}, "stop")),
    ),
    ReplyCase(
        name="a filter, and a tier",
        document=document({"content": "Well", "refusal": None}, "content_filter", usage=USAGE, service_tier="flex"),
        reply=reply(
            ir.Text("Well"),
            reason="refusal",
            usage=ir.Usage(input=30, cache_read=60, cache_write={"5m": 10}, output=20, reasoning=5, tier="flex"),
        ),
        stream=stream(chunk({"content": "Well"}), chunk({}, "content_filter", usage=USAGE, service_tier="flex")),
    ),
    ReplyCase(
        name="an end nobody knows, and a limit",
        document=document({"content": "x", "refusal": None}, "tired"),
        reply=reply(ir.Text("x"), reason="other", detail=ir.Opaque("openai_chat", {"finish_reason": "tired"}, "tired")),
        stream=stream(chunk({"content": "x"}, "tired")),
    ),
    ReplyCase(
        name="the limit",
        document=document({"content": "x", "refusal": None}, "length"),
        reply=reply(ir.Text("x"), reason="limit"),
        stream=stream(chunk({"content": "x"}), chunk({}, "length"), chunk({"content": "late"})),
    ),
    ReplyCase(
        name="citations",
        document=document(
            {
                "content": "Rome",
                "refusal": None,
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "url": "https://example.com",
                            "title": "Rome",
                            "start_index": 0,
                            "end_index": 4,
                        },
                    }
                ],
            }
        ),
        reply=reply(ir.Text("Rome", citations=(ir.Citation(title="Rome", url="https://example.com", start=0, end=4),))),
    ),
    ReplyCase(
        name="sound",
        document=document({"content": None, "refusal": None, "audio": {"id": "a", "data": "AB", "transcript": "hi"}}),
        reply=reply(ir.Opaque("openai_chat", {"audio": {"id": "a", "data": "AB", "transcript": "hi"}}, "hi")),
        stream=stream(
            chunk({"audio": {"id": "a", "data": "A"}}),
            chunk({"audio": {"data": "B", "transcript": "h"}}),
            chunk({"audio": {"transcript": "i"}}),
            chunk({}, "stop"),
        ),
    ),
    ReplyCase(
        name="a custom call, and one of old",
        document=document(
            {
                "content": None,
                "tool_calls": [{"id": "call_1", "type": "custom", "custom": {"name": "patch", "input": "***"}}],
            },
            "tool_calls",
        ),
        written=document(
            {
                "content": None,
                "refusal": None,
                "tool_calls": [{"id": "call_1", "type": "custom", "custom": {"name": "patch", "input": "***"}}],
            },
            "tool_calls",
        ),
        reply=reply(ir.ToolUse("call_1", "patch", "***", form="text"), reason="tool_use"),
    ),
    ReplyCase(
        name="an error in a stream",
        document={"error": {"message": "no more", "type": "server_error", "code": None}},
        reply=ir.Reply(
            failure=ir.Failure.of(
                "api",
                "no more",
                code="server_error",
                raw={"error": {"message": "no more", "type": "server_error", "code": None}},
            )
        ),
        written={"error": {"message": "no more", "type": "server_error", "param": None, "code": "server_error"}},
        stream=stream({"error": {"message": "no more", "type": "server_error", "code": None}}, end=b""),
    ),
)


def told(message: str, type_: str | None = None, code: str | int | None = None) -> bytes:
    return json.dumps({"error": {"message": message, "type": type_, "param": None, "code": code}}).encode()


FAILURES = (
    FailureCase(
        name="too many",
        status=429,
        headers=((b"retry-after", b"7"),),
        body=told("slow down", "requests", "rate_limit_exceeded"),
        failure=ir.Failure.of("rate_limit", "slow down", code="rate_limit_exceeded", retry_after=7.0),
    ),
    FailureCase(
        name="no money",
        status=429,
        body=told("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
        failure=ir.Failure.of("billing", "You exceeded your current quota", status=429, code="insufficient_quota"),
    ),
    FailureCase(
        name="a full context by its code",
        status=400,
        body=told("too much", "invalid_request_error", "context_length_exceeded"),
        failure=ir.Failure.of("context_overflow", "prompt is too long: too much", code="context_length_exceeded"),
    ),
    FailureCase(
        name="a full context by its words",
        status=400,
        body=told("This model's maximum context length is 8192 tokens", "BadRequestError", 400),
        failure=ir.Failure.of(
            "context_overflow",
            "prompt is too long: This model's maximum context length is 8192 tokens",
            code="BadRequestError",
        ),
    ),
    FailureCase(
        name="no such model",
        status=404,
        body=told("The model x does not exist", "invalid_request_error", "model_not_found"),
        failure=ir.Failure.of("not_found", "The model x does not exist", code="model_not_found", scope="model"),
    ),
    FailureCase(
        name="a wrong key",
        status=401,
        body=told("Incorrect API key", "invalid_request_error", "invalid_api_key"),
        failure=ir.Failure.of("authentication", "Incorrect API key", code="invalid_api_key"),
    ),
    FailureCase(
        name="our own key refused",
        status=403,
        headers=((b"x-should-retry", b"false"),),
        body=told("bad key", "permission_error", "provider_key_refused"),
        failure=ir.Failure.of("provider_key", "bad key", status=403, code="provider_key_refused", retry=False),
    ),
    FailureCase(
        name="a bad request",
        status=400,
        body=told("no", "invalid_request_error"),
        failure=ir.Failure.of("invalid_request", "no", code="invalid_request_error"),
    ),
    FailureCase(
        name="another vendor's shape",
        status=529,
        body=b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
        failure=ir.Failure.of("overloaded", "Overloaded", code="overloaded_error"),
    ),
    FailureCase(
        name="a list",
        status=503,
        body=b'[{"error":{"code":503,"message":"busy"}}]',
        failure=ir.Failure.of("overloaded", "busy", status=503),
    ),
    FailureCase(
        name="a detail",
        status=422,
        body=b'{"detail":[{"loc":["body"],"msg":"missing"}]}',
        failure=ir.Failure.of("invalid_request", '[{"loc":["body"],"msg":"missing"}]', status=422),
    ),
    FailureCase(
        name="a bare message and milliseconds",
        status=504,
        headers=((b"retry-after-ms", b"2000"), (b"retry-after", b"9")),
        body=b'{"message":"late"}',
        failure=ir.Failure.of("timeout", "late", retry_after=2.0),
    ),
    FailureCase(name="text", status=500, body=b"oops\n", failure=ir.Failure.of("api", "oops")),
    FailureCase(
        name="a page",
        status=502,
        body=b"<html><title>Bad Gateway</title></html>",
        failure=ir.Failure.of("api", "the upstream answered 502 with a page: Bad Gateway", status=502),
    ),
    FailureCase(
        name="nothing",
        status=413,
        body=b"",
        failure=ir.Failure.of("too_large", "the upstream answered 413 without a word"),
    ),
)

TABLES = Tables(translator=translator, requests=REQUESTS, replies=REPLIES, failures=FAILURES)


@pytest.mark.parametrize("law", LAWS)
def test_the_translator_keeps(law: Law) -> None:
    law(TABLES)
