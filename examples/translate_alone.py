"""The translators alone: bytes in, events, bytes out. No server, no socket, no event loop.

An Anthropic request becomes an OpenAI Chat request, and the Chat stream that answers it becomes Anthropic events.

    python examples/translate_alone.py
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from attrs import evolve

from ccgate import ir, translator

REQUEST: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 100,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": "What is the weather in Oslo?"}],
    "tools": [
        {
            "name": "weather",
            "description": "The weather of a city, now.",
            "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
        }
    ],
    "stream": True,
}

CHUNKS: list[dict[str, Any]] = [
    {"role": "assistant", "content": "Let me look."},
    {
        "tool_calls": [
            {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
        ]
    },
    {"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": '"Oslo"}'}}]},
]


def chat_stream() -> Iterable[bytes]:
    """What a Chat server might answer."""
    for delta in CHUNKS:
        yield _chunk([{"index": 0, "delta": delta, "finish_reason": None}])
    yield _chunk([{"index": 0, "delta": {}, "finish_reason": "tool_calls"}])
    yield b"data: [DONE]\n\n"


def _chunk(choices: list[dict[str, Any]]) -> bytes:
    document = {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": "gpt-x", "choices": choices}
    return f"data: {json.dumps(document)}\n\n".encode()


def to_chat(body: dict[str, Any], model: str) -> tuple[dict[str, Any], tuple[ir.Loss, ...]]:
    """The same request in the other dialect, and what of it could not be said there."""
    request = translator("anthropic").read_request(body)
    draft = translator("openai_chat").write_request(evolve(request, model=model))
    return draft.body, draft.losses


def to_anthropic(stream: Iterable[bytes]) -> bytes:
    """The same reply in the other dialect."""
    decoder = translator("openai_chat").decoder(stream=True)
    encoder = translator("anthropic").encoder(stream=True)
    out = b""
    for data in stream:
        for event in decoder.feed(data):
            out += encoder.feed(event)
    for event in decoder.close():
        out += encoder.feed(event)
    return out + encoder.close()


def main() -> None:
    """Show both."""
    body, losses = to_chat(REQUEST, "gpt-x")
    print(json.dumps(body, indent=2))
    for loss in losses:
        print(f"{loss.at}: {loss.what} ({loss.why})")
    print(to_anthropic(chat_stream()).decode())


if __name__ == "__main__":
    main()
