"""The demo model's Anthropic Messages: read and written by hand.

Shapes: https://docs.anthropic.com/en/api/messages and https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ccgate.testing.demo import script
from ccgate.testing.demo.script import JSON, Ask, BadRequest, Play, Tool

SIGNATURE = "RGVtbyBzaWduYXR1cmU="
"""Base64, as real ones are. Nobody could check it but its maker, and this one proves nothing."""

Start = tuple[JSON, list[JSON]]
"""A content block as it begins, and its deltas."""


def read(document: JSON, *, counting: bool = False) -> Ask:
    """The request. Raises `BadRequest`. `counting`: for count_tokens, which wants no max_tokens."""
    if not counting and not isinstance(document.get("max_tokens"), int):
        raise BadRequest("max_tokens: Field required")
    messages = document["messages"]
    thinking = document.get("thinking")
    mode = thinking.get("type") if isinstance(thinking, dict) else None
    choice = document.get("tool_choice")
    forbidden = isinstance(choice, dict) and choice.get("type") == "none"
    return Ask(
        model=document["model"],
        stream=document.get("stream") is True,
        think=mode in {"adaptive", "enabled"},
        tools=() if forbidden else [tool(given) for given in script.objects(document.get("tools"))],
        result=result(messages),
        usage=script.usage((document.get("system"), document.get("tools")), messages),
        id=script.identity(document),
    )


def tool(given: JSON) -> Tool:
    schema = given.get("input_schema")
    return Tool(name=str(given.get("name")), schema=schema if isinstance(schema, dict) else {})


def result(messages: list[JSON]) -> str | None:
    said = [
        script.text_of(block.get("content"))
        for message in script.since_last_turn(messages)
        for block in script.objects(message.get("content"))
        if block.get("type") == "tool_result"
    ]
    return "\n".join(said) if said else None


def blocks(ask: Ask, play: Play) -> list[Start]:
    """The content of the reply, as it is streamed."""
    found: list[Start] = []
    if play.thought:
        deltas: list[JSON] = [{"type": "thinking_delta", "thinking": word} for word in script.words(play.thought)]
        deltas.append({"type": "signature_delta", "signature": SIGNATURE})
        found.append(({"type": "thinking", "thinking": "", "signature": ""}, deltas))
    texts: list[JSON] = [{"type": "text_delta", "text": word} for word in script.words(play.text)]
    found.append(({"type": "text", "text": ""}, texts))
    if play.tool is not None:
        parts = [{"type": "input_json_delta", "partial_json": piece} for piece in script.pieces(play.arguments)]
        found.append(({"type": "tool_use", "id": f"toolu_{ask.id}", "name": play.tool, "input": {}}, parts))
    return found


def whole(ask: Ask, play: Play) -> JSON:
    """The reply that is not streamed."""
    content: list[JSON] = []
    if play.thought:
        content.append({"type": "thinking", "thinking": play.thought, "signature": SIGNATURE})
    content.append({"type": "text", "text": play.text})
    if play.tool is not None:
        arguments = json.loads(play.arguments)
        content.append({"type": "tool_use", "id": f"toolu_{ask.id}", "name": play.tool, "input": arguments})
    return {**message(ask, play.tokens), "content": content, "stop_reason": stop_reason(play)}


def message(ask: Ask, output: int) -> JSON:
    """A message without content, as a stream begins with it."""
    return {
        "id": f"msg_{ask.id}",
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage(ask, output),
    }


def usage(ask: Ask, output: int) -> JSON:
    """Three buckets of input that have no token in common, and the output with its thinking."""
    before = ask.usage.before
    return {
        "input_tokens": ask.usage.new,
        "cache_creation_input_tokens": 0 if ask.usage.repeated else before,
        "cache_read_input_tokens": before if ask.usage.repeated else 0,
        "output_tokens": output,
    }


def stop_reason(play: Play) -> str:
    return "end_turn" if play.tool is None else "tool_use"


def stream(ask: Ask, play: Play) -> Iterator[bytes]:
    """The reply, event by event."""
    yield event("message_start", message=message(ask, 1))
    yield event("ping")
    for index, (start, deltas) in enumerate(blocks(ask, play)):
        yield event("content_block_start", index=index, content_block=start)
        for delta in deltas:
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    delta = {"stop_reason": stop_reason(play), "stop_sequence": None}
    yield event("message_delta", delta=delta, usage=usage(ask, play.tokens))
    yield event("message_stop")


def event(kind: str, **fields: object) -> bytes:
    """One event; its name stands in the `event` line and in the data."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def counted(ask: Ask) -> JSON:
    """The answer of count_tokens."""
    return {"input_tokens": ask.usage.new + ask.usage.before}


def error(status: int, problem: str, _param: str | None = None) -> JSON:
    kind = {404: "not_found_error"}.get(status, "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": problem}, "request_id": "req_demo"}


def models() -> JSON:
    """https://docs.anthropic.com/en/api/models-list"""
    data = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2025-01-01T00:00:00Z"}
        for name in script.MODELS
    ]
    return {"data": data, "has_more": False, "first_id": script.MODELS[0], "last_id": script.MODELS[-1]}
