"""What clients make of a streamed answer, and send back with their next request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def events(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.decode().split("\n"):
        if line.startswith("data: {"):
            yield json.loads(line[6:])


def gather_messages(data: bytes) -> dict[str, Any]:
    """The content of an Anthropic message, as the vendor's SDKs gather it."""
    content: list[dict[str, Any]] = []
    for event in events(data):
        if event["type"] == "content_block_start":
            content.append(dict(event["content_block"]))
        elif event["type"] == "content_block_delta":
            delta = dict(event["delta"])
            kind = delta.pop("type")
            for key, value in delta.items():
                held = content[event["index"]]
                held[key] = value if kind == "signature_delta" else held.get(key, "") + value
    for block in content:
        partial = block.pop("partial_json", None)
        if partial is not None:
            block["input"] = json.loads(partial)
    return {"content": content}


def gather_chat(data: bytes) -> dict[str, Any]:
    """A Chat completion; its message has the reasoning, as agents send it back."""
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    for chunk in events(data):
        delta = chunk["choices"][0]["delta"] if chunk["choices"] else {}
        for key in ("content", "reasoning_content"):
            if delta.get(key):
                message[key] = message.get(key, "") + delta[key]
        for piece in delta.get("tool_calls", ()):
            known = message.setdefault("tool_calls", [])
            if piece["index"] == len(known):
                known.append({"id": piece["id"], "type": "function", "function": dict(piece["function"])})
            else:
                known[piece["index"]]["function"]["arguments"] += piece["function"]["arguments"]
    return {"choices": [{"message": message}]}
