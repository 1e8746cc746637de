"""Anthropic Messages: the tables, and the laws of every translator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import ir
from ccgate.testing.laws import LAWS, FailureCase, Law, ReplyCase, RequestCase, Tables
from ccgate.translators.anthropic import translator

MODEL = "claude-sonnet-4-5"
OPUS = "claude-opus-5-5"
PNG = "iVBORw0KGgo="
HI = {"role": "user", "content": "hi"}
ASKED = ir.Turn("user", (ir.Text("hi"),))
EDITS = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
HOUR = {"type": "ephemeral", "ttl": "1h"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "weather", "description": "tells the weather", "input_schema": SCHEMA}
WEATHER_TOOL = ir.Tool("weather", "tells the weather", SCHEMA)
BILLING = {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1; cc_entrypoint=cli;"}
USER_ID = '{"device_id":"d1","account_uuid":"","session_id":"5dfe39c0"}'


def own(**fields: Any) -> ir.Opaque:
    return ir.Opaque("anthropic", fields)


def signed(words: str, signature: str = "EuYB==") -> ir.Thinking:
    return ir.Thinking((words,) if words else (), seal=ir.Seal("anthropic", "signature", signature))


def body(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 100, "messages": list(messages), **fields}


def request(*turns: ir.Turn, **fields: Any) -> ir.Request:
    return ir.Request(**{"model": MODEL, "limits": ir.Limits(100), "turns": turns, **fields})


def case(name: str, message: dict[str, Any], turn: ir.Turn, **home: Any) -> RequestCase:
    """One turn behind a first one."""
    return RequestCase(name=name, body=body(HI, message), request=request(ASKED, turn), **home)


def setting(name: str, fields: dict[str, Any], **words: Any) -> RequestCase:
    return RequestCase(name=name, body=body(HI, **fields), request=request(ASKED, **words))


SEARCH_RESULT = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [
        {"type": "web_search_result", "title": "Rome", "url": "https://rome.example", "encrypted_content": "Eq=="}
    ],
}
CHAR_LOCATION = {
    "type": "char_location",
    "cited_text": "Rome",
    "document_index": 0,
    "document_title": "Cities",
    "start_char_index": 0,
    "end_char_index": 4,
}
WEB_LOCATION = {
    "type": "web_search_result_location",
    "cited_text": "Rome",
    "url": "https://rome.example",
    "title": "Rome",
    "encrypted_index": "Eo==",
}
CHAR_CITATION = ir.Citation(
    text="Rome",
    title="Cities",
    extra=own(type="char_location", document_index=0, start_char_index=0, end_char_index=4),
)
WEB_CITATION = ir.Citation(
    text="Rome",
    title="Rome",
    url="https://rome.example",
    extra=own(type="web_search_result_location", encrypted_index="Eo=="),
)

CLAUDE_CODE = RequestCase(
    name="what Claude Code sends",
    body={
        "model": OPUS,
        "max_tokens": 128_000,
        "stream": True,
        "system": [BILLING, {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "<env>"}, {"type": "text", "text": "find"}]},
            {"role": "system", "content": "You are powered by X.", "output_config": {"effort": "medium"}},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Let me see.", "signature": "EuYB=="},
                    {"type": "thinking", "thinking": "unsigned", "signature": ""},
                    {"type": "redacted_thinking", "data": "EmwK"},
                    {"type": "tool_use", "id": "toolu_1", "name": "ToolSearch", "input": {"query": "select:Web"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_1",
                        "content": [{"type": "tool_reference", "tool_name": "WebSearch"}],
                    },
                    {"type": "text", "text": "Tool loaded.", "cache_control": {"type": "ephemeral"}},
                ],
            },
        ],
        "tools": [
            WEATHER,
            {"name": "WebSearch", "input_schema": SCHEMA, "defer_loading": True},
            {
                "name": "DeferredToolPlaceholder",
                "description": "not a tool",
                "input_schema": {"type": "object", "properties": {}},
                "defer_loading": True,
            },
        ],
        "metadata": {"user_id": USER_ID},
        "thinking": {"type": "adaptive", "display": "omitted"},
        "context_management": EDITS,
        "output_config": {"effort": "medium", "task_budget": {"type": "tokens", "total": 5}},
        "safeguards": {"mode": "auto"},
    },
    request=ir.Request(
        model=OPUS,
        limits=ir.Limits(128_000),
        stream=True,
        turns=(
            ir.Turn(
                "system", (ir.Text("You are an agent.", mark=ir.Mark()),), extra=ir.Opaque("anthropic", {"0": BILLING})
            ),
            ir.Turn("user", (ir.Text("<env>"), ir.Text("find"))),
            ir.Turn("system", (ir.Text("You are powered by X."),), ir.Reasoning(effort="medium")),
            ir.Turn(
                "assistant",
                (
                    signed("Let me see."),
                    ir.Thinking(("unsigned",)),
                    ir.Thinking((), "redacted", ir.Seal("anthropic", "redacted", "EmwK")),
                    ir.ToolUse("toolu_1", "ToolSearch", '{"query":"select:Web"}'),
                ),
            ),
            ir.Turn(
                "user",
                (ir.ToolResult("toolu_1", (ir.ToolRef("WebSearch"),)), ir.Text("Tool loaded.", mark=ir.Mark())),
            ),
        ),
        tools=(
            WEATHER_TOOL,
            ir.Tool("WebSearch", schema=SCHEMA, deferred=True),
            ir.Tool("DeferredToolPlaceholder", "not a tool", deferred=True),
        ),
        user=USER_ID,
        session="5dfe39c0",
        reasoning=ir.Reasoning("adaptive", "medium", show="omitted"),
        extra=own(
            context_management=EDITS,
            output_config={"task_budget": {"type": "tokens", "total": 5}},
            safeguards={"mode": "auto"},
        ),
    ),
)

REQUESTS = (
    RequestCase(name="a word", body=body(HI), request=request(ASKED)),
    CLAUDE_CODE,
    RequestCase(
        name="a system prompt, and a prefilled answer",
        body=body(HI, {"role": "assistant", "content": "Well,"}, system="be brief"),
        request=request(ir.Turn("system", (ir.Text("be brief"),)), ASKED, ir.Turn("assistant", (ir.Text("Well,"),))),
    ),
    RequestCase(
        name="a cache mark with a life of its own",
        body=body(HI, system=[{"type": "text", "text": "be brief", "cache_control": HOUR}]),
        request=request(ir.Turn("system", (ir.Text("be brief", mark=ir.Mark("1h")),)), ASKED),
    ),
    case(
        "a cache mark we cannot spell",
        {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"type": "eternal"}}]},
        ir.Turn("user", (ir.Text("x", extra=own(cache_control={"type": "eternal"})),)),
    ),
    case(
        "images from everywhere, and one we do not know",
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                {"type": "image", "source": {"type": "url", "url": "https://pics.example/a.png"}},
                {"type": "image", "source": {"type": "file", "file_id": "file_1"}, "cache_control": HOUR},
                {"type": "image", "source": {"type": "telepathy", "thought": "a cat"}},
            ],
        },
        ir.Turn(
            "user",
            (
                ir.Media("image", ir.Inline("image/png", PNG)),
                ir.Media("image", ir.Url("https://pics.example/a.png")),
                ir.Media("image", ir.File("file_1", "anthropic"), mark=ir.Mark("1h")),
                ir.Opaque("anthropic", {"type": "image", "source": {"type": "telepathy", "thought": "a cat"}}),
            ),
        ),
    ),
    case(
        "documents from everywhere, and a search result",
        {
            "role": "user",
            "content": [
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                    "title": "Cities",
                    "context": "an atlas",
                    "citations": {"enabled": True},
                },
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Rome"}},
                {
                    "type": "document",
                    "source": {
                        "type": "content",
                        "content": [{"type": "text", "text": "Rome"}, {"type": "text", "text": "Oslo"}],
                    },
                },
                {"type": "document", "source": {"type": "content", "content": "Rome"}, "citations": {"deep": True}},
                {"type": "document", "source": {"type": "url", "url": "https://rome.example/a.pdf", "page": 5}},
                {
                    "type": "search_result",
                    "source": "https://rome.example",
                    "title": "Rome",
                    "content": [{"type": "text", "text": "A city."}],
                    "citations": {"enabled": False},
                },
            ],
        },
        ir.Turn(
            "user",
            (
                ir.Media(
                    "document", ir.Inline("application/pdf", "JVBERi0="), title="Cities", context="an atlas", cite=True
                ),
                ir.Media("document", ir.Words("Rome")),
                ir.Media("document", ir.Parts((ir.Text("Rome"), ir.Text("Oslo")))),
                ir.Media("document", ir.Parts((ir.Text("Rome"),)), extra=own(citations={"deep": True})),
                ir.Opaque(
                    "anthropic",
                    {"type": "document", "source": {"type": "url", "url": "https://rome.example/a.pdf", "page": 5}},
                    "https://rome.example/a.pdf",
                ),
                ir.Media(
                    "search_result",
                    ir.Parts((ir.Text("A city."),)),
                    title="Rome",
                    link="https://rome.example",
                    cite=False,
                ),
            ),
        ),
    ),
    RequestCase(
        name="calls and their results",
        body=body(
            HI,
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Let me look."},
                    {
                        "type": "tool_use",
                        "id": "toolu_1",
                        "name": "weather",
                        "input": {"city": "Zürich", "n": [1, 2.5]},
                    },
                    {"type": "tool_use", "id": "toolu_2", "name": "weather", "input": {}, "cache_control": HOUR},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_2",
                        "content": [
                            {"type": "text", "text": "see"},
                            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                        ],
                        "is_error": True,
                        "cache_control": HOUR,
                    },
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"},
                    {"type": "text", "text": "go on"},
                ],
            },
            tools=[WEATHER],
        ),
        request=request(
            ASKED,
            ir.Turn(
                "assistant",
                (
                    ir.Text("Let me look."),
                    ir.ToolUse("toolu_1", "weather", '{"city":"Zürich","n":[1,2.5]}'),
                    ir.ToolUse("toolu_2", "weather", "{}", mark=ir.Mark("1h")),
                ),
            ),
            ir.Turn(
                "user",
                (
                    ir.ToolResult(
                        "toolu_2",
                        (ir.Text("see"), ir.Media("image", ir.Inline("image/png", PNG))),
                        error=True,
                        mark=ir.Mark("1h"),
                    ),
                    ir.ToolResult("toolu_1", (ir.Text("rain"),)),
                    ir.Text("go on"),
                ),
            ),
            tools=(WEATHER_TOOL,),
        ),
    ),
    RequestCase(
        name="an explicit success, a result without words, a call by a program",
        body=body(
            HI,
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}, "caller": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "is_error": False}]},
        ),
        request=request(
            ASKED,
            ir.Turn("assistant", (ir.ToolUse("t", "f", "{}", extra=own(caller={})),)),
            ir.Turn("user", (ir.ToolResult("t"),)),
        ),
        home=body(
            HI,
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}, "caller": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]},
        ),
    ),
    case(
        "blocks of tools that the provider runs, and a block nobody knows",
        {
            "role": "assistant",
            "content": [
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "Rome"}},
                SEARCH_RESULT,
                {"type": "text", "text": "A city.", "citations": [WEB_LOCATION, CHAR_LOCATION]},
                {"type": "hologram", "cache_control": HOUR},
            ],
        },
        ir.Turn(
            "assistant",
            (
                ir.Opaque(
                    "anthropic",
                    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "Rome"}},
                    "Rome",
                ),
                ir.Opaque("anthropic", SEARCH_RESULT, "Rome\nhttps://rome.example"),
                ir.Text("A city.", citations=(WEB_CITATION, CHAR_CITATION)),
                ir.Opaque("anthropic", {"type": "hologram", "cache_control": HOUR}, None, ir.Mark("1h")),
            ),
        ),
    ),
    case(
        "tools that come and go",
        {
            "role": "system",
            "content": [
                {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "weather"}},
                {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": WEATHER}},
                {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "weather"}, "cache_control": HOUR},
                {"type": "tool_addition", "tool": {"type": "mcp_toolset_reference", "server_name": "s"}},
                {"type": "tool_removal", "tool": {"type": "mcp_toolset_reference", "server_name": "s"}},
            ],
            "clear_at": "never",
        },
        ir.Turn(
            "system",
            (
                ir.Tools((ir.Tool("weather", deferred=True),)),
                ir.Tools((WEATHER_TOOL,)),
                ir.Tools((), ("weather",), mark=ir.Mark("1h")),
                ir.Opaque(
                    "anthropic",
                    {"type": "tool_addition", "tool": {"type": "mcp_toolset_reference", "server_name": "s"}},
                ),
                ir.Opaque(
                    "anthropic",
                    {"type": "tool_removal", "tool": {"type": "mcp_toolset_reference", "server_name": "s"}},
                ),
            ),
            extra=own(clear_at="never"),
        ),
    ),
    setting(
        "tools of both kinds",
        {
            "tools": [
                {**WEATHER, "strict": True, "cache_control": HOUR, "input_examples": [{"city": "Rome"}]},
                {"type": "web_search_20250305", "name": "web_search", "max_uses": 8, "cache_control": HOUR},
                {"type": "mcp_toolset", "mcp_server_name": "s"},
            ]
        },
        tools=(
            ir.Tool(
                "weather",
                "tells the weather",
                SCHEMA,
                strict=True,
                mark=ir.Mark("1h"),
                extra=own(input_examples=[{"city": "Rome"}]),
            ),
            ir.Hosted(
                "web_search",
                own(type="web_search_20250305", name="web_search", max_uses=8, cache_control=HOUR),
                "web_search",
                mark=ir.Mark("1h"),
            ),
            ir.Hosted("mcp_toolset", own(type="mcp_toolset", mcp_server_name="s")),
        ),
    ),
    RequestCase(
        name="a tool that says it is custom, and one without a schema",
        body=body(HI, tools=[{**WEATHER, "type": "custom"}, {"name": "now"}]),
        request=request(ASKED, tools=(WEATHER_TOOL, ir.Tool("now"))),
        home=body(HI, tools=[WEATHER, {"name": "now", "input_schema": {"type": "object", "properties": {}}}]),
    ),
    setting(
        "any tool",
        {"tools": [WEATHER], "tool_choice": {"type": "any"}},
        tools=(WEATHER_TOOL,),
        choice=ir.Choice("any"),
    ),
    setting(
        "one tool, once",
        {"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}},
        tools=(WEATHER_TOOL,),
        choice=ir.Choice("named", ("weather",), parallel=False),
    ),
    setting(
        "no tool, several at once",
        {"tools": [WEATHER], "tool_choice": {"type": "auto", "disable_parallel_tool_use": False, "x": 1}},
        tools=(WEATHER_TOOL,),
        choice=ir.Choice("auto", parallel=True, extra=own(x=1)),
    ),
    setting("a choice nobody knows", {"tool_choice": {"type": "dice"}}, extra=own(tool_choice={"type": "dice"})),
    setting(
        "thinking with a budget",
        {"max_tokens": 9000, "thinking": {"type": "enabled", "budget_tokens": 5000, "display": "omitted"}},
        limits=ir.Limits(9000),
        reasoning=ir.Reasoning("budget", budget=5000, show="omitted"),
    ),
    setting("no thinking", {"thinking": {"type": "disabled"}}, reasoning=ir.Reasoning("off")),
    setting(
        "thinking between tools",
        {"model": OPUS, "thinking": {"type": "between_tools", "block_binding": "none"}},
        model=OPUS,
        reasoning=ir.Reasoning("between_tools", extra=own(block_binding="none")),
    ),
    setting("thinking of a new kind", {"thinking": {"type": "deep"}}, extra=own(thinking={"type": "deep"})),
    setting(
        "only an effort",
        {"model": "claude-opus-4-8", "output_config": {"effort": "xhigh"}, "thinking": {"type": "adaptive"}},
        model="claude-opus-4-8",
        reasoning=ir.Reasoning("adaptive", "xhigh"),
    ),
    setting(
        "an effort on its own",
        {"output_config": {"effort": "low"}, "context_management": EDITS},
        reasoning=ir.Reasoning(effort="low"),
        extra=own(context_management=EDITS),
    ),
    setting(
        "an answer with a schema",
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        format=ir.Format("json_schema", schema=SCHEMA),
    ),
    setting(
        "an answer of a kind nobody knows",
        {"output_config": {"format": {"type": "poem"}}},
        extra=own(output_config={"format": {"type": "poem"}}),
    ),
    setting(
        "sampling, stops, tier, and an old user id",
        {
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 5,
            "stop_sequences": ["END"],
            "service_tier": "standard_only",
            "metadata": {"user_id": "user_1_account__session_5dfe", "team": "x"},
        },
        sampling=ir.Sampling(0.5, 0.9, 5),
        stop=("END",),
        tier="standard_only",
        user="user_1_account__session_5dfe",
        session="5dfe",
        extra=own(metadata={"team": "x"}),
    ),
)

USAGE = {"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 3, "output_tokens": 7}
COUNTED = ir.Usage(input=10, cache_read=3, output=7)


def message(*content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": list(content),
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
        **fields,
    }


def reply(*blocks: ir.Block, **fields: Any) -> ir.Reply:
    return ir.Reply(**{"id": "msg_1", "model": MODEL, "blocks": blocks, "usage": COUNTED, "reason": "end", **fields})


def sse(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events)


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return (
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    )


def start(**usage: Any) -> dict[str, Any]:
    begun = message(
        stop_reason=None, usage={"input_tokens": 10, "cache_read_input_tokens": 3, "output_tokens": 1, **usage}
    )
    return {"type": "message_start", "message": begun}


def end(reason: str = "end_turn", **fields: Any) -> tuple[dict[str, Any], ...]:
    delta = {"stop_reason": reason, "stop_sequence": None, **fields.pop("delta", {})}
    usage = {"output_tokens": 7, **fields.pop("usage", {})}
    return {"type": "message_delta", "delta": delta, "usage": usage, **fields}, {"type": "message_stop"}


def text(words: str) -> dict[str, str]:
    return {"type": "text_delta", "text": words}


def piece(words: str) -> dict[str, str]:
    return {"type": "input_json_delta", "partial_json": words}


CALL = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rome"}}
PING = {"type": "ping"}

REPLIES = (
    ReplyCase(
        name="a word",
        document=message({"type": "text", "text": "hello"}),
        reply=reply(ir.Text("hello")),
        stream=sse(start(), PING, *block(0, {"type": "text", "text": ""}, text("hel"), text("lo")), *end()),
        written_stream=(
            b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message",'
            b'"role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,'
            b'"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,'
            b'"output_tokens":0}}}\n\n'
            b'event: ping\ndata: {"type":"ping"}\n\n'
            b'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
            b'"content_block":{"type":"text","text":""}}\n\n'
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
            b'"delta":{"type":"text_delta","text":"hello"}}\n\n'
            b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
            b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn",'
            b'"stop_sequence":null},"usage":{"input_tokens":10,"cache_creation_input_tokens":0,'
            b'"cache_read_input_tokens":3,"output_tokens":7}}\n\n'
            b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
        ),
    ),
    ReplyCase(
        name="thinking, words and two calls",
        document=message(
            {"type": "thinking", "thinking": "Hm. Rain?", "signature": "EuYB=="},
            {"type": "redacted_thinking", "data": "EmwK"},
            {"type": "text", "text": "Let me look."},
            CALL,
            {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
            stop_reason="tool_use",
        ),
        reply=reply(
            signed("Hm. Rain?"),
            ir.Thinking((), "redacted", ir.Seal("anthropic", "redacted", "EmwK")),
            ir.Text("Let me look."),
            ir.ToolUse("toolu_1", "weather", '{"city":"Rome"}'),
            ir.ToolUse("toolu_2", "now", "{}"),
            reason="tool_use",
        ),
        stream=sse(
            start(),
            *block(
                0,
                {"type": "thinking", "thinking": "", "signature": ""},
                {"type": "thinking_delta", "thinking": "Hm. ", "estimated_tokens": 2},
                {"type": "thinking_delta", "thinking": "Rain?"},
                {"type": "signature_delta", "signature": "EuYB=="},
            ),
            *block(1, {"type": "redacted_thinking", "data": "EmwK"}),
            *block(2, {"type": "text", "text": "Let"}, text(" me look.")),
            *block(5, {**CALL, "input": {}}, piece(""), piece('{"city":'), piece('"Rome"}')),
            *block(6, {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}, piece("")),
            *end("tool_use"),
        ),
    ),
    ReplyCase(
        name="input that comes with the start of the call, blocks side by side, no stop events",
        reply=reply(ir.ToolUse("toolu_1", "weather", '{"city":"Rome"}'), ir.Text("so"), reason="tool_use"),
        stream=sse(
            start(),
            {"type": "content_block_start", "index": 0, "content_block": CALL},
            {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 1, "delta": text("so")},
            *end("tool_use"),
            {"type": "content_block_stop", "index": 1},
        ),
    ),
    ReplyCase(
        name="a search by the provider",
        document=message(
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "Rome"}},
            SEARCH_RESULT,
            {"type": "text", "text": "A city.", "citations": [WEB_LOCATION]},
            usage={
                **USAGE,
                "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
                "service_tier": "standard",
            },
        ),
        reply=reply(
            ir.Opaque(
                "anthropic",
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "Rome"}},
                "Rome",
            ),
            ir.Opaque("anthropic", SEARCH_RESULT, "Rome\nhttps://rome.example"),
            ir.Text("A city.", citations=(WEB_CITATION,)),
            usage=ir.Usage(input=10, cache_read=3, output=7, hosted={"web_search": 1}, tier="standard"),
        ),
        stream=sse(
            start(service_tier="standard"),
            *block(
                0,
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
                piece('{"query":'),
                piece('"Rome"}'),
            ),
            *block(1, SEARCH_RESULT),
            *block(
                2,
                {"type": "text", "text": "", "citations": []},
                text("A city."),
                {"type": "citations_delta", "citation": WEB_LOCATION},
            ),
            *end(usage={"server_tool_use": {"web_search_requests": 1}}),
        ),
    ),
    ReplyCase(
        name="a compaction that grows",
        reply=reply(ir.Opaque("anthropic", {"type": "compaction", "content": "so far", "n": 2}, "so far")),
        stream=sse(
            start(),
            *block(
                0,
                {"type": "compaction", "content": None},
                {"type": "compaction_delta", "content": "so "},
                {"type": "compaction_delta", "content": "far", "n": 2},
            ),
            *end(),
        ),
    ),
    ReplyCase(
        name="every count there is",
        document=message(
            {"type": "text", "text": "x"},
            usage={
                "input_tokens": 1,
                "cache_creation_input_tokens": 5,
                "cache_read_input_tokens": 0,
                "output_tokens": 9,
                "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3},
                "output_tokens_details": {"thinking_tokens": 4},
            },
        ),
        reply=reply(ir.Text("x"), usage=ir.Usage(input=1, cache_write={"5m": 2, "1h": 3}, output=9, reasoning=4)),
    ),
    ReplyCase(
        name="a refusal with its reason",
        document=message(
            {"type": "text", "text": "No."},
            stop_reason="refusal",
            stop_details={"type": "refusal", "category": "bio"},
            context_management={"applied_edits": []},
            container={"id": "c1"},
        ),
        reply=reply(
            ir.Text("No."),
            reason="refusal",
            detail=own(
                stop_details={"type": "refusal", "category": "bio"},
                context_management={"applied_edits": []},
                container={"id": "c1"},
            ),
        ),
        stream=sse(
            start(),
            *block(0, {"type": "text", "text": ""}, text("No.")),
            *end(
                "refusal",
                delta={"stop_details": {"type": "refusal", "category": "bio"}, "container": {"id": "c1"}},
                context_management={"applied_edits": []},
            ),
        ),
    ),
    ReplyCase(
        name="a stop sequence, and a field nobody knows",
        document=message({"type": "text", "text": "x"}, stop_reason="stop_sequence", stop_sequence="END", mood="good"),
        reply=reply(ir.Text("x"), reason="stop", stop="END", extra=own(mood="good")),
    ),
    ReplyCase(
        name="a stop reason of tomorrow",
        document=message({"type": "text", "text": "x"}, stop_reason="compaction"),
        reply=reply(ir.Text("x"), reason="other", detail=own(stop_reason="compaction")),
        stream=sse(start(), *block(0, {"type": "text", "text": "x"}), *end("compaction")),
    ),
    *(
        ReplyCase(
            name=f"an answer that ended with {word}",
            document=message({"type": "text", "text": "x"}, stop_reason=word),
            reply=reply(ir.Text("x"), reason=reason),
        )
        for word, reason in (
            ("max_tokens", "limit"),
            ("pause_turn", "pause"),
            ("model_context_window_exceeded", "context_full"),
        )
    ),
    ReplyCase(
        name="no message_delta, an event nobody knows, a stray end mark",
        reply=reply(
            ir.Text("x"),
            usage=ir.Usage(input=10, cache_read=3, output=1),
            kept=(ir.Opaque("anthropic", {"type": "weather_report", "sky": "blue"}),),
        ),
        stream=sse(
            start(),
            {"type": "weather_report", "sky": "blue"},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "x"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_stop"},
        )
        + b"data: [DONE]\n\n",
    ),
    ReplyCase(
        name="a failure behind some words",
        reply=ir.Reply(
            id="msg_1",
            model=MODEL,
            blocks=(ir.Text("hel"),),
            failure=ir.Failure(
                kind="overloaded",
                message="Overloaded",
                scope="provider",
                raw={"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            ),
        ),
        stream=sse(
            start(input_tokens=0, cache_read_input_tokens=0, output_tokens=0),
            *block(0, {"type": "text", "text": ""}, text("hel")),
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ),
    ),
    ReplyCase(
        name="nothing but a failure",
        document={"type": "error", "error": {"type": "api_error", "message": "oops"}},
        reply=ir.Reply(
            failure=ir.Failure(
                kind="api",
                message="oops",
                scope="provider",
                raw={"type": "error", "error": {"type": "api_error", "message": "oops"}},
            )
        ),
    ),
)


def error(kind: str, words: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_1"}).encode()


FAILURES = (
    *(
        FailureCase(
            name=f"{status} {word}",
            status=status,
            body=error(word, "words of the upstream"),
            failure=ir.Failure.of(kind, "words of the upstream", status=status),
        )
        for status, word, kind in (
            (400, "invalid_request_error", "invalid_request"),
            (401, "authentication_error", "authentication"),
            (402, "billing_error", "billing"),
            (403, "permission_error", "permission"),
            (404, "not_found_error", "not_found"),
            (409, "conflict_error", "conflict"),
            (413, "request_too_large", "too_large"),
            (415, "invalid_request_error", "unsupported_media"),
            (500, "api_error", "api"),
            (502, "overloaded_error", "overloaded"),
            (504, "timeout_error", "timeout"),
            (529, "overloaded_error", "overloaded"),
        )
    ),
    FailureCase(
        name="wait a little",
        status=429,
        headers=((b"retry-after", b"7"), (b"x-should-retry", b"false")),
        body=error("rate_limit_error", "slow down"),
        failure=ir.Failure.of(
            "rate_limit",
            "slow down",
            retry_after=7,
            retry=False,
            raw={"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}, "request_id": "req_1"},
        ),
    ),
    FailureCase(
        name="a prompt that is too long",
        status=400,
        body=error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        failure=ir.Failure.of("context_overflow", "prompt is too long: 210000 tokens > 200000 maximum"),
    ),
    FailureCase(
        name="an error in another shape",
        status=401,
        body=b'{"error": {"message": "bad key", "type": "invalid_request_error", "code": "invalid_api_key"}}',
        failure=ir.Failure.of("authentication", "bad key", code="invalid_api_key"),
    ),
    FailureCase(
        name="plain words, and a date to wait for",
        status=503,
        headers=((b"retry-after", b"Fri, 20 Nov 2026 11:00:00 GMT"), (b"content-type", b"text/plain")),
        body=b"try later\n",
        failure=ir.Failure.of("overloaded", "try later", status=503),
    ),
    FailureCase(
        name="a page",
        status=502,
        headers=((b"content-type", b"text/html; charset=utf-8"),),
        body=b"<html><h1>Bad Gateway</h1></html>",
        failure=ir.Failure.of("api", "the upstream answered with a text/html page, status 502", status=502),
    ),
    FailureCase(
        name="nothing",
        status=500,
        body=b"",
        failure=ir.Failure.of("api", "the upstream answered without a body, status 500"),
    ),
)

TABLES = Tables(translator=translator, requests=REQUESTS, replies=REPLIES, failures=FAILURES)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_anthropic_translator_keeps_the_law(law: Law) -> None:
    law(TABLES)
