"""The scripted model in four dialects: Responses and Gemini join Anthropic and Chat.

A play is told with the tools that were offered: one that takes free text is called with free text, one of a namespace
by its namespace. `HEARING` reads requests of each dialect, as far as the tests look into them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, frozen

from clients.upstream import (
    JSON,
    SIGNATURE,
    SPEAKERS,
    Heard,
    Play,
    Speaker,
    Tokens,
    Upstream,
    Use,
    pieces,
    reply,
    sse,
    whole_body,
)

# OpenAI Responses: https://platform.openai.com/docs/api-reference/responses-streaming


SEARCH = "tool_search"
"""The client's own search for tools that it did not send: here it has items of its own, elsewhere it is a function."""


def flat_tools(tools: list[JSON], namespace: str = "") -> Iterator[tuple[str, str, JSON]]:
    """Full name, namespace and definition of each."""
    for tool in tools:
        if tool["type"] == "namespace":
            yield from flat_tools(tool["tools"], tool["name"])
        elif tool["type"] == SEARCH:
            yield SEARCH, "", tool
        elif "name" in tool:
            yield f"{namespace}__{tool['name']}" if namespace else tool["name"], namespace, tool


def responses_tools(asked: JSON) -> dict[str, tuple[str, JSON]]:
    """What is offered, by full name: in `tools`, in items that add tools, and in results of a search for tools."""
    carriers = [item for item in asked["input"] if item.get("type") in {"additional_tools", "tool_search_output"}]
    lists = [asked.get("tools", []), *(item["tools"] for item in carriers)]
    return {full: (namespace, tool) for tools in lists for full, namespace, tool in flat_tools(tools)}


def responses_item(use: Use, offered: Mapping[str, tuple[str, JSON]]) -> JSON:
    """The call as an item: of the tool that is offered, else of a plain function."""
    if use.name == SEARCH:
        made = {"id": f"tsc_{use.id}", "call_id": f"call_{use.id}", "execution": "client", "status": "completed"}
        return {**made, "type": "tool_search_call", "arguments": use.arguments}
    namespace, tool = offered.get(use.name, ("", {"type": "function", "name": use.name}))
    item = {"id": f"fc_{use.id}", "call_id": f"call_{use.id}", "name": tool["name"], "status": "completed"}
    if namespace:
        item["namespace"] = namespace
    if tool["type"] == "custom":
        return {**item, "type": "custom_tool_call", "input": use.arguments["input"]}
    return {**item, "type": "function_call", "arguments": json.dumps(use.arguments)}


def responses_output(play: Play, asked: JSON) -> list[JSON]:
    items: list[JSON] = []
    if play.thinking:
        summary = [{"type": "summary_text", "text": play.thinking}]
        items.append({"type": "reasoning", "id": f"rs_{play.id}", "summary": summary, "encrypted_content": SIGNATURE})
    if play.text:
        content = [{"type": "output_text", "text": play.text, "annotations": []}]
        said = {"type": "message", "id": f"msg_{play.id}", "role": "assistant", "status": "completed"}
        items.append({**said, "content": content})
    offered = responses_tools(asked)
    return [*items, *(responses_item(use, offered) for use in play.uses)]


def responses_usage(tokens: Tokens) -> JSON:
    prompt = tokens.fresh + tokens.cached + tokens.written
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": tokens.cached},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + tokens.output,
    }


def responses_page(play: Play, asked: JSON) -> JSON:
    head = {"id": f"resp_{play.id}", "object": "response", "created_at": 0, "model": asked["model"], "error": None}
    end = {"output": responses_output(play, asked), "usage": responses_usage(play.tokens)}
    return {**head, "status": "completed", "incomplete_details": None, **end}


DELTAS: Mapping[str, tuple[str, str]] = {
    "function_call": ("response.function_call_arguments", "arguments"),
    "custom_tool_call": ("response.custom_tool_call_input", "input"),
}


def responses_growth(item: JSON, at: JSON) -> Iterator[tuple[str, JSON]]:
    """The events between an item's beginning and its end."""
    at = {**at, "item_id": item["id"]}
    if item["type"] in DELTAS:
        kind, key = DELTAS[item["type"]]
        yield from ((f"{kind}.delta", {**at, "delta": piece}) for piece in pieces(item[key]))
        yield f"{kind}.done", {**at, key: item[key]}
    elif item["type"] == "message":
        part, at = item["content"][0], {**at, "content_index": 0}
        yield "response.content_part.added", {**at, "part": {**part, "text": ""}}
        yield from (("response.output_text.delta", {**at, "delta": piece}) for piece in pieces(part["text"]))
        yield "response.output_text.done", {**at, "text": part["text"]}
        yield "response.content_part.done", {**at, "part": part}
    elif item["type"] == "reasoning":
        part, at = item["summary"][0], {**at, "summary_index": 0}
        yield "response.reasoning_summary_part.added", {**at, "part": {**part, "text": ""}}
        yield from (("response.reasoning_summary_text.delta", {**at, "delta": piece}) for piece in pieces(part["text"]))
        yield "response.reasoning_summary_text.done", {**at, "text": part["text"]}
        yield "response.reasoning_summary_part.done", {**at, "part": part}


EMPTY: Mapping[str, JSON] = {
    "message": {"content": [], "status": "in_progress"},
    "reasoning": {"summary": [], "encrypted_content": ""},
    "function_call": {"arguments": "", "status": "in_progress"},
    "custom_tool_call": {"input": "", "status": "in_progress"},
    "tool_search_call": {"arguments": {}, "status": "in_progress"},
}
"""How an item begins."""


def responses_events(page: JSON) -> Iterator[tuple[str, JSON]]:
    begun = {**page, "status": "in_progress", "output": [], "usage": None}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(page["output"]):
        yield "response.output_item.added", {"output_index": index, "item": {**item, **EMPTY[item["type"]]}}
        yield from responses_growth(item, {"output_index": index})
        yield "response.output_item.done", {"output_index": index, "item": item}
    yield "response.completed", {"response": page}


def responses_stream(play: Play, asked: JSON) -> list[bytes]:
    events = enumerate(responses_events(responses_page(play, asked)))
    frames = [sse(kind, sequence_number=number, **fields) for number, (kind, fields) in events]
    return frames[:-1] if play.cut else frames


def responses_error(play: Play) -> JSON:
    code = {401: "invalid_api_key"}.get(play.status)
    return {"error": {"message": play.text, "type": "invalid_request_error", "param": None, "code": code}}


# Gemini: https://ai.google.dev/api/generate-content; a call's signature, https://ai.google.dev/gemini-api/docs/thinking


def gemini_parts(play: Play) -> Iterator[JSON]:
    """A call comes in one piece, and the first of several is signed."""
    yield from ({"text": piece, "thought": True} for piece in pieces(play.thinking))
    yield from ({"text": piece} for piece in pieces(play.text))
    for number, use in enumerate(play.uses):
        part: JSON = {"functionCall": {"name": use.name, "args": use.arguments}}
        yield part if number else {**part, "thoughtSignature": SIGNATURE}


def gemini_usage(tokens: Tokens) -> JSON:
    prompt = tokens.fresh + tokens.cached + tokens.written
    return {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": tokens.cached,
        "candidatesTokenCount": tokens.output,
        "totalTokenCount": prompt + tokens.output,
    }


def gemini_page(play: Play, asked: JSON) -> JSON:
    candidate = {"index": 0, "content": {"role": "model", "parts": list(gemini_parts(play))}, "finishReason": "STOP"}
    return {"candidates": [candidate], **gemini_end(play, asked)}


def gemini_end(play: Play, asked: JSON) -> JSON:
    return {"usageMetadata": gemini_usage(play.tokens), "modelVersion": asked["model"], "responseId": play.id}


def gemini_stream(play: Play, asked: JSON) -> list[bytes]:
    """The reason to end stands in the last chunk, and nothing comes behind it."""
    contents = [{"role": "model", "parts": [part]} for part in gemini_parts(play)]
    candidates: list[JSON] = [{"index": 0, "content": content} for content in contents]
    if not play.cut:
        candidates[-1]["finishReason"] = "STOP"
    chunks = [{"candidates": [candidate], **gemini_end(play, asked)} for candidate in candidates]
    return [f"data: {json.dumps(chunk)}\r\n\r\n".encode() for chunk in chunks]


def gemini_error(play: Play) -> JSON:
    status = {401: "UNAUTHENTICATED", 400: "INVALID_ARGUMENT"}.get(play.status, "INTERNAL")
    return {"error": {"code": play.status, "message": play.text, "status": status}}


# What was heard


Call = tuple[str, JSON]


@frozen
class Hearing:
    """How the requests of a dialect are read. `calls`: by id, full name and arguments. `outputs`: by id, as JSON."""

    offered: Callable[[JSON], set[str]]
    calls: Callable[[JSON], dict[str, Call]]
    outputs: Callable[[JSON], dict[str, str]]
    said: Callable[[JSON], Any]
    """The conversation."""


def anthropic_blocks(asked: JSON, kind: str) -> list[JSON]:
    lists = [message["content"] for message in asked["messages"] if isinstance(message["content"], list)]
    return [block for blocks in lists for block in blocks if block["type"] == kind]


def chat_calls(asked: JSON) -> dict[str, Call]:
    made = [call for message in asked["messages"] for call in message.get("tool_calls", [])]
    return {call["id"]: (call["function"]["name"], json.loads(call["function"]["arguments"])) for call in made}


def chat_outputs(asked: JSON) -> dict[str, str]:
    told = [message for message in asked["messages"] if message["role"] == "tool"]
    return {message["tool_call_id"]: json.dumps(message["content"]) for message in told}


def responses_call(item: JSON) -> Call:
    """Free text is told as other dialects tell it: as `input`."""
    if item["type"] == "tool_search_call":
        return SEARCH, item["arguments"]
    name = f"{item['namespace']}__{item['name']}" if item.get("namespace") else item["name"]
    return name, json.loads(item["arguments"]) if "arguments" in item else {"input": item["input"]}


def responses_calls(asked: JSON) -> dict[str, Call]:
    kinds = {*DELTAS, "tool_search_call"}
    return {item["call_id"]: responses_call(item) for item in asked["input"] if item.get("type") in kinds}


def responses_outputs(asked: JSON) -> dict[str, str]:
    items = [item for item in asked["input"] if item.get("type", "").endswith("_output")]
    return {item["call_id"]: json.dumps(item.get("output", item.get("tools"))) for item in items}


def gemini_named(asked: JSON, key: str) -> list[JSON]:
    parts = [part for content in asked["contents"] for part in content["parts"]]
    return [part[key] for part in parts if key in part]


def gemini_outputs(asked: JSON) -> dict[str, str]:
    return {each["id"]: json.dumps(each["response"]) for each in gemini_named(asked, "functionResponse")}


def gemini_calls(asked: JSON) -> dict[str, Call]:
    return {call["id"]: (call["name"], call["args"]) for call in gemini_named(asked, "functionCall")}


def gemini_offered(asked: JSON) -> set[str]:
    return {each["name"] for tool in asked.get("tools", []) for each in tool.get("functionDeclarations", [])}


def anthropic_calls(asked: JSON) -> dict[str, Call]:
    return {block["id"]: (block["name"], block["input"]) for block in anthropic_blocks(asked, "tool_use")}


def anthropic_outputs(asked: JSON) -> dict[str, str]:
    return {block["tool_use_id"]: json.dumps(block["content"]) for block in anthropic_blocks(asked, "tool_result")}


ANTHROPIC_HEARING = Hearing(
    offered=lambda asked: {tool["name"] for tool in asked.get("tools", [])},
    calls=anthropic_calls,
    outputs=anthropic_outputs,
    said=lambda asked: asked["messages"],
)
CHAT_HEARING = Hearing(
    offered=lambda asked: {tool["function"]["name"] for tool in asked.get("tools", [])},
    calls=chat_calls,
    outputs=chat_outputs,
    said=lambda asked: asked["messages"],
)
RESPONSES_HEARING = Hearing(
    offered=lambda asked: set(responses_tools(asked)),
    calls=responses_calls,
    outputs=responses_outputs,
    said=lambda asked: asked["input"],
)
GEMINI_HEARING = Hearing(
    offered=gemini_offered,
    calls=gemini_calls,
    outputs=gemini_outputs,
    said=lambda asked: asked["contents"],
)

HEARING: Mapping[str, Hearing] = {
    "anthropic-compatible": ANTHROPIC_HEARING,
    "openai-compatible": CHAT_HEARING,
    "openai-responses": RESPONSES_HEARING,
    "gemini": GEMINI_HEARING,
    "deepseek": CHAT_HEARING,
    "openrouter": CHAT_HEARING,
}
"""By the kind of the provider."""


# The server

RESPONSES = Speaker(responses_stream, responses_page, responses_error)
GEMINI = Speaker(gemini_stream, gemini_page, gemini_error)
CHAT = SPEAKERS["/v1/chat/completions"]
PLACES = {**SPEAKERS, "/chat/completions": CHAT, "/api/v1/chat/completions": CHAT, "/v1/responses": RESPONSES}


def wanted(path: str, body: bytes) -> tuple[Speaker, JSON]:
    """Who answers there, and what is asked of him: Gemini's paths name the model, and say whether to stream."""
    asked = json.loads(body)
    place, _, method = path.removeprefix("/v1beta/models/").partition(":")
    if method:
        return GEMINI, {**asked, "model": place, "stream": method == "streamGenerateContent"}
    return PLACES[path], asked


@define
class Everyone(Upstream):
    """An ASGI app: the scripted model wherever one of the four dialects looks for it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        body = await whole_body(receive)
        speaker, asked = wanted(scope["path"], body)
        play = self._play(body.decode())
        status, content_type, chunks = reply(speaker, play, asked)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.heard.append(Heard(scope["path"], scope["query_string"], headers, body, status, b"".join(chunks)))
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", content_type)]})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if not play.cut:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
