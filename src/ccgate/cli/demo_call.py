"""The two requests of the demo, as Claude Code would send them, and what came back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from attrs import define, field

from ccgate.wire.sse import Frame, Frames

JSON = dict[str, Any]

MODEL = "claude-sonnet-5-5"
PATH = "/v1/messages?beta=true"
BETAS = "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,effort-2025-11-24"
MARK = {"type": "ephemeral"}
BASH = {
    "name": "Bash",
    "description": "Runs a command in a shell.",
    "input_schema": {
        "type": "object",
        "properties": {
            "command": {"type": "string", "description": "The command to run"},
            "description": {"type": "string", "description": "What it does, in a few words"},
        },
        "required": ["command"],
        "additionalProperties": False,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
    },
}
READ = {
    "name": "Read",
    "description": "Reads a file.",
    "input_schema": {"type": "object", "properties": {"file_path": {"type": "string"}}, "required": ["file_path"]},
}
QUESTION = "Show me that this works."
USER = {"device_id": "d" * 64, "account_uuid": "", "session_id": "00000000-0000-4000-8000-000000000000"}


def headers(key: str) -> dict[str, str]:
    """What Claude Code sends along; the key is the gateway's."""
    return {
        "authorization": f"Bearer {key}",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": BETAS,
        "user-agent": "ccgate-demo",
        "x-app": "cli",
        "x-claude-code-session-id": USER["session_id"],
    }


def first_request() -> JSON:
    """The question, with everything around it that Claude Code sends."""
    system = [
        {"type": "text", "text": "You are a coding agent.", "cache_control": MARK},
        {"type": "text", "text": "The working directory is /home/user/project.", "cache_control": MARK},
    ]
    question = {"type": "text", "text": QUESTION, "cache_control": MARK}
    return {
        "model": MODEL,
        "messages": [{"role": "user", "content": [question]}],
        "system": system,
        "tools": [BASH, READ],
        "metadata": {"user_id": json.dumps(USER)},
        "max_tokens": 32000,
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "medium"},
        "stream": True,
    }


def next_request(request: JSON, said: Heard, results: Mapping[str, str]) -> JSON:
    """The request that follows: the model's turn as it came, and what its tools answered."""
    turn = {"role": "assistant", "content": said.content}
    blocks = [{"type": "tool_result", "tool_use_id": name, "content": text} for name, text in results.items()]
    return {**request, "messages": [*request["messages"], turn, {"role": "user", "content": blocks}]}


class Unanswered(Exception):
    """The gateway did not answer as it should; the text says how."""


@define
class Heard:
    """One reply, gathered from its stream. Times are seconds since the request was sent."""

    headers: Mapping[str, str] = field(factory=dict)
    content: list[JSON] = field(factory=list)
    usage: JSON = field(factory=dict)
    stop_reason: str | None = None
    first_byte: float = 0.0
    duration: float = 0.0
    complete: bool = False
    _partial: dict[int, str] = field(factory=dict)

    def hear(self, frame: Frame) -> str:
        """Take an event in; the text it adds."""
        event = json.loads(frame.data) if frame.data else {}
        kind = event.get("type")
        if kind == "error":
            raise Unanswered(f"the stream broke: {event['error'].get('message')}")
        take = TAKES.get(str(kind))
        return take(self, event) if take else ""

    def _start(self, event: JSON) -> str:
        self.usage.update(event["message"].get("usage") or {})
        return ""

    def _open(self, event: JSON) -> str:
        self.content.append(event["content_block"])
        return ""

    def _add(self, event: JSON) -> str:
        block, delta = self.content[event["index"]], event["delta"]
        for name in ("text", "thinking", "signature"):
            if name in delta:
                block[name] = block.get(name, "") + delta[name]
        if "partial_json" in delta:
            self._partial[event["index"]] = self._partial.get(event["index"], "") + delta["partial_json"]
        return str(delta.get("text", ""))

    def _close(self, event: JSON) -> str:
        if event["index"] in self._partial:
            self.content[event["index"]]["input"] = json.loads(self._partial[event["index"]])
        return ""

    def _end(self, event: JSON) -> str:
        self.stop_reason = event["delta"].get("stop_reason")
        self.usage.update(event.get("usage") or {})
        return ""

    def _stop(self, _event: JSON) -> str:
        self.complete = True
        return ""

    def of(self, kind: str) -> list[JSON]:
        """Its blocks of this type."""
        return [block for block in self.content if block["type"] == kind]

    @property
    def text(self) -> str:
        return "".join(block["text"] for block in self.of("text"))


TAKES: Mapping[str, Callable[[Heard, JSON], str]] = {
    "message_start": Heard._start,  # noqa: SLF001 its own table
    "content_block_start": Heard._open,  # noqa: SLF001
    "content_block_delta": Heard._add,  # noqa: SLF001
    "content_block_stop": Heard._close,  # noqa: SLF001
    "message_delta": Heard._end,  # noqa: SLF001
    "message_stop": Heard._stop,  # noqa: SLF001
}


async def call(client: httpx2.AsyncClient, request: JSON, *, told: Callable[[Heard, str], None]) -> Heard:
    """Send a request and hear its reply. `told` gets each text as it arrives, once with "" for the head.

    Raises `Unanswered` for any other answer than a whole stream.
    """
    heard, frames, began = Heard(), Frames(), time.perf_counter()
    async with client.stream("POST", PATH, json=request) as response:
        if response.status_code != 200:
            body = (await response.aread()).decode("utf-8", "replace")
            raise Unanswered(f"status {response.status_code}: {body[:500]}")
        heard.headers = response.headers
        async for data in response.aiter_raw():
            if not heard.first_byte:
                heard.first_byte = time.perf_counter() - began
                told(heard, "")
            for frame in frames.feed(data):
                if text := heard.hear(frame):
                    told(heard, text)
    heard.duration = time.perf_counter() - began
    if not heard.complete:
        raise Unanswered("the stream ended too early")
    return heard
