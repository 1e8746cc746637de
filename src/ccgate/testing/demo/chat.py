"""The demo model's OpenAI Chat Completions: read and written by hand.

Shapes: https://platform.openai.com/docs/api-reference/chat and .../chat-streaming; `reasoning_content` is DeepSeek's,
https://api-docs.deepseek.com/guides/reasoning_model, and what self-hosted servers took over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ccgate.testing.demo import script
from ccgate.testing.demo.script import JSON, Ask, Play, Tool

CREATED = 1735689600
"""The demo model has no clock: everything was made at the beginning of 2025."""


def read(document: JSON) -> Ask:
    """The request."""
    messages = document["messages"]
    tools = [] if document.get("tool_choice") == "none" else script.objects(document.get("tools"))
    return Ask(
        model=document["model"],
        stream=document.get("stream") is True,
        think=thinks(document),
        tools=[tool(given["function"]) for given in tools if isinstance(given.get("function"), dict)],
        result=result(messages),
        usage=script.usage((document.get("tools"),), messages),
        id=script.identity(document),
    )


def thinks(document: JSON) -> bool:
    """Whether reasoning was asked for: OpenAI's word, or one of those of other servers."""
    thinking = document.get("thinking")
    if isinstance(thinking, dict):
        return thinking.get("type") != "disabled"
    reasoning = document.get("reasoning")
    effort = reasoning.get("effort", "medium") if isinstance(reasoning, dict) else document.get("reasoning_effort")
    return effort not in {None, "none"}


def tool(function: JSON) -> Tool:
    schema = function.get("parameters")
    return Tool(name=str(function.get("name")), schema=schema if isinstance(schema, dict) else {})


def result(messages: list[JSON]) -> str | None:
    recent = script.since_last_turn(messages)
    said = [script.text_of(message.get("content")) for message in recent if message["role"] == "tool"]
    return "\n".join(said) if said else None


def whole(ask: Ask, play: Play) -> JSON:
    """The reply that is not streamed."""
    message: JSON = {"role": "assistant", "content": play.text, "refusal": None}
    if play.thought:
        message["reasoning_content"] = play.thought
    if play.tool is not None:
        message["tool_calls"] = [call(ask, play.tool, play.arguments)]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(play)}
    return {**frame(ask, "chat.completion"), "choices": [choice], "usage": usage(ask, play)}


def frame(ask: Ask, kind: str) -> JSON:
    return {"id": f"chatcmpl-{ask.id}", "object": kind, "created": CREATED, "model": ask.model}


def call(ask: Ask, name: str, arguments: str) -> JSON:
    return {"id": f"call_{ask.id}", "type": "function", "function": {"name": name, "arguments": arguments}}


def finish_reason(play: Play) -> str:
    return "stop" if play.tool is None else "tool_calls"


def usage(ask: Ask, play: Play) -> JSON:
    """Cached tokens are a part of the prompt's, reasoning tokens of the completion's."""
    prompt = ask.usage.new + ask.usage.before
    return {
        "prompt_tokens": prompt,
        "completion_tokens": play.tokens,
        "total_tokens": prompt + play.tokens,
        "prompt_tokens_details": {"cached_tokens": ask.usage.before if ask.usage.repeated else 0},
        "completion_tokens_details": {"reasoning_tokens": play.thought_tokens},
    }


def deltas(ask: Ask, play: Play) -> Iterator[JSON]:
    """What the chunks add, one after the other."""
    yield {"role": "assistant", "content": ""}
    for word in script.words(play.thought):
        yield {"reasoning_content": word}
    for word in script.words(play.text):
        yield {"content": word}
    if play.tool is not None:
        yield {"tool_calls": [{"index": 0, **call(ask, play.tool, "")}]}
    for piece in script.pieces(play.arguments):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def stream(ask: Ask, play: Play, *, metered: bool = False) -> Iterator[bytes]:
    """The reply, chunk by chunk. `metered`: `stream_options.include_usage` was asked for."""
    head = frame(ask, "chat.completion.chunk")
    if metered:
        head["usage"] = None
    for delta in deltas(ask, play):
        yield data({**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]})
    last = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": finish_reason(play)}
    yield data({**head, "choices": [last]})
    if metered:
        yield data({**head, "choices": [], "usage": usage(ask, play)})
    yield b"data: [DONE]\n\n"


def metered(document: JSON) -> bool:
    options = document.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def data(chunk: JSON) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def error(status: int, problem: str, param: str | None = None) -> JSON:
    code = {404: "unknown_url"}.get(status)
    return {"error": {"message": problem, "type": "invalid_request_error", "param": param, "code": code}}


def models() -> JSON:
    """https://platform.openai.com/docs/api-reference/models/list"""
    data = [{"id": name, "object": "model", "created": CREATED, "owned_by": "demo"} for name in script.MODELS]
    return {"object": "list", "data": data}
