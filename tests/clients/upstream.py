"""A scripted model that speaks two dialects, and keeps every byte it hears and says.

A `Play` is one reply in no dialect; `SPEAKERS` write it by hand, as Anthropic Messages or OpenAI Chat, streamed or
whole. Which play is given is told by a marker in the prompt.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from attrs import define, evolve, field, frozen

JSON = dict[str, Any]

SIGNATURE = "c2lnbmVkIGJ5IHRoZSBzY3JpcHQ="


@frozen
class Use:
    """One call of a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@frozen(kw_only=True)
class Tokens:
    """What a reply cost. The three of the input have no token in common; OpenAI's prompt_tokens is their sum."""

    fresh: int = 11
    cached: int = 0
    written: int = 0
    output: int = 7


@frozen(kw_only=True)
class Play:
    """One reply, in no dialect. `cut`: the connection breaks behind its content. `status`: it is a refusal."""

    text: str = ""
    thinking: str = ""
    uses: Sequence[Use] = ()
    tokens: Tokens = Tokens()
    cut: bool = False
    status: int = 200
    id: str = ""
    """Given by the upstream: the client takes two messages of one id for one."""


@frozen
class Heard:
    """One request, and what was answered."""

    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    status: int
    reply: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def pieces(text: str, size: int = 5) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


# Anthropic Messages: https://docs.anthropic.com/en/docs/build-with-claude/streaming


def sse(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def anthropic_usage(tokens: Tokens) -> JSON:
    return {
        "input_tokens": tokens.fresh,
        "cache_creation_input_tokens": tokens.written,
        "cache_read_input_tokens": tokens.cached,
        "output_tokens": tokens.output,
    }


def anthropic_content(play: Play) -> Iterator[tuple[JSON, list[JSON]]]:
    """Each block as it begins, and its deltas."""
    if play.thinking:
        thoughts: list[JSON] = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(play.thinking)]
        sealed: JSON = {"type": "signature_delta", "signature": SIGNATURE}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, sealed]
    if play.text:
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(play.text)]
    for use in play.uses:
        parts = pieces(json.dumps(use.arguments))
        start = {"type": "tool_use", "id": f"toolu_{use.id}", "name": use.name, "input": {}}
        yield start, [{"type": "input_json_delta", "partial_json": part} for part in parts]


def anthropic_message(play: Play, asked: JSON) -> JSON:
    shape = {"id": play.id, "type": "message", "role": "assistant", "model": asked["model"], "content": []}
    usage = {**anthropic_usage(play.tokens), "output_tokens": 1}
    return {**shape, "stop_reason": None, "stop_sequence": None, "usage": usage}


def anthropic_end(play: Play) -> str:
    return "tool_use" if play.uses else "end_turn"


def anthropic_stream(play: Play, asked: JSON) -> list[bytes]:
    """With what a client has to pass over: a comment, a ping, an event and a field of the future, escapes."""
    frames = [sse("message_start", message=anthropic_message(play, asked)), b": a comment\n\n", sse("ping")]
    for index, (start, deltas) in enumerate(anthropic_content(play)):
        frames.append(sse("content_block_start", index=index, content_block=start))
        frames += [sse("content_block_delta", index=index, delta=delta, new="caf\u00e9") for delta in deltas]
        frames.append(sse("content_block_stop", index=index))
    if play.cut:
        return frames[:-1]
    delta = {"stop_reason": anthropic_end(play), "stop_sequence": None}
    frames.append(sse("from_the_future", spelling=1.50))
    frames.append(sse("message_delta", delta=delta, usage=anthropic_usage(play.tokens)))
    return [*frames, sse("message_stop")]


def anthropic_page(play: Play, asked: JSON) -> JSON:
    content: list[JSON] = []
    if play.thinking:
        content.append({"type": "thinking", "thinking": play.thinking, "signature": SIGNATURE})
    if play.text:
        content.append({"type": "text", "text": play.text})
    content += [
        {"type": "tool_use", "id": f"toolu_{use.id}", "name": use.name, "input": use.arguments} for use in play.uses
    ]
    end = {"stop_reason": anthropic_end(play), "usage": anthropic_usage(play.tokens)}
    return {**anthropic_message(play, asked), "content": content, **end}


def anthropic_error(play: Play) -> JSON:
    kind = {401: "authentication_error", 400: "invalid_request_error"}.get(play.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": play.text}, "request_id": "req_scripted"}


# OpenAI Chat: https://platform.openai.com/docs/api-reference/chat-streaming; `reasoning_content` is DeepSeek's word,
# https://api-docs.deepseek.com/guides/reasoning_model


def chat_usage(tokens: Tokens) -> JSON:
    prompt = tokens.fresh + tokens.cached + tokens.written
    return {
        "prompt_tokens": prompt,
        "completion_tokens": tokens.output,
        "total_tokens": prompt + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached},
    }


def chat_call(index: int, use: Use, arguments: str) -> JSON:
    return {
        "index": index,
        "id": f"call_{use.id}",
        "type": "function",
        "function": {"name": use.name, "arguments": arguments},
    }


def chat_deltas(play: Play) -> Iterator[JSON]:
    """The arguments of several calls come in turns, piece by piece."""
    yield {"role": "assistant", "content": ""}
    yield from ({"reasoning_content": piece} for piece in pieces(play.thinking))
    yield from ({"content": piece} for piece in pieces(play.text))
    yield from ({"tool_calls": [chat_call(index, use, "")]} for index, use in enumerate(play.uses))
    for turn in zip_longest(*(pieces(json.dumps(use.arguments)) for use in play.uses)):
        for index, piece in enumerate(turn):
            if piece is not None:
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def chat_end(play: Play) -> str:
    return "tool_calls" if play.uses else "stop"


def chat_stream(play: Play, asked: JSON) -> list[bytes]:
    """The usage comes only if `stream_options` asks for it."""
    head = {"id": play.id, "object": "chat.completion.chunk", "created": 0, "model": asked["model"]}
    choices: list[JSON] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in chat_deltas(play)]
    if not play.cut:
        choices.append({"index": 0, "delta": {}, "finish_reason": chat_end(play)})
    chunks: list[JSON] = [{**head, "choices": [choice]} for choice in choices]
    if not play.cut and (asked.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": chat_usage(play.tokens)})
    frames = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    return frames if play.cut else [*frames, b"data: [DONE]\n\n"]


def chat_page(play: Play, asked: JSON) -> JSON:
    message: JSON = {"role": "assistant", "content": play.text or None}
    if play.thinking:
        message["reasoning_content"] = play.thinking
    if play.uses:
        calls = [chat_call(index, use, json.dumps(use.arguments)) for index, use in enumerate(play.uses)]
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "finish_reason": chat_end(play)}
    head = {"id": play.id, "object": "chat.completion", "created": 0, "model": asked["model"]}
    return {**head, "choices": [choice], "usage": chat_usage(play.tokens)}


def chat_error(play: Play) -> JSON:
    code = {401: "invalid_api_key"}.get(play.status)
    return {"error": {"message": play.text, "type": "invalid_request_error", "param": None, "code": code}}


# The server


@frozen
class Speaker:
    """How a dialect says a play."""

    stream: Callable[[Play, JSON], list[bytes]]
    page: Callable[[Play, JSON], JSON]
    error: Callable[[Play], JSON]


ANTHROPIC = Speaker(anthropic_stream, anthropic_page, anthropic_error)
CHAT = Speaker(chat_stream, chat_page, chat_error)
SPEAKERS = {"/v1/messages": ANTHROPIC, "/v1/chat/completions": CHAT}

UNSCRIPTED = Play(status=400, text="no marker of the script stands in the prompt")


@define
class Upstream:
    """An ASGI app. `script`: marker -> its plays, one for each request, the last again and again.

    The marker that stands last in the body counts: a conversation that goes on keeps its earlier ones.
    """

    script: Mapping[str, Sequence[Play]]
    heard: list[Heard] = field(factory=list)
    _given: Counter[str] = field(factory=Counter)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        body = await whole_body(receive)
        speaker = SPEAKERS[scope["path"]]
        play = self._play(body.decode())
        status, content_type, chunks = reply(speaker, play, json.loads(body))
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.heard.append(Heard(scope["path"], scope["query_string"], headers, body, status, b"".join(chunks)))
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", content_type)]})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if not play.cut:  # a reply that is left open is cut by the server
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _play(self, body: str) -> Play:
        place, marker = max((body.rfind(marker), marker) for marker in self.script)
        if place < 0:
            return UNSCRIPTED
        plays = self.script[marker]
        self._given[marker] += 1
        play = plays[min(self._given[marker], len(plays)) - 1]
        return evolve(play, id=f"scripted_{len(self.heard)}")


def reply(speaker: Speaker, play: Play, asked: JSON) -> tuple[int, bytes, list[bytes]]:
    """Status, content type, and what is sent piece by piece."""
    if play.status != 200:
        return play.status, b"application/json", [json.dumps(speaker.error(play)).encode()]
    if asked.get("stream"):
        return 200, b"text/event-stream; charset=utf-8", speaker.stream(play, asked)
    return 200, b"application/json", [json.dumps(speaker.page(play, asked)).encode()]


async def whole_body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
