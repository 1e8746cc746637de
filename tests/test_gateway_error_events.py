"""An upstream that breaks off with an error event, and clients of its own dialect: how their stream ends."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest
from attrs import frozen

from ccgate import Auth, Config, Gateway, Provider, Route
from ccgate.testing import ScriptedReply, ScriptedTransport, ask
from ccgate.testing.laws.walk import frames
from ccgate.translators import find
from ccgate.wire.sse import frame
from gateways import CALLER
from scripted import CHAT_ERROR, CONTENT, OVERLOADED, PRELUDE, SSE_TYPE
from upstreams import KEY

HI = [{"role": "user", "content": "hi"}]


def event(kind: str, **fields: Any) -> bytes:
    return frame(json.dumps({"type": kind, **fields}).encode(), kind)


@frozen
class Spoken:
    """A dialect: who speaks it, what is asked, how an answer begins, and the error event."""

    kind: str
    path: str
    body: dict[str, Any]
    begun: tuple[bytes, ...]
    error: bytes


RESPONSES_ERROR = event("error", code="rate_limit_exceeded", message="too busy", param=None, sequence_number=2)
RESPONSES = (
    event("response.created", sequence_number=0, response={"id": "resp_1", "model": "m", "status": "in_progress"}),
    event("response.output_text.delta", sequence_number=1, output_index=0, content_index=0, delta="Hel"),
)
ITEM = {"content": {"role": "model", "parts": [{"text": "Hel"}]}, "index": 0}
GEMINI_ERROR = frame(b'{"error":{"code":503,"message":"too busy","status":"UNAVAILABLE"}}')

DIALECTS = {
    "anthropic": Spoken(
        "anthropic",
        "/v1/messages",
        {"model": "m", "max_tokens": 9, "stream": True, "messages": HI},
        (*PRELUDE["anthropic"], *CONTENT["anthropic"]),
        OVERLOADED,
    ),
    "openai_chat": Spoken(
        "openai-compatible",
        "/v1/chat/completions",
        {"model": "m", "stream": True, "messages": HI},
        (*PRELUDE["openai_chat"], *CONTENT["openai_chat"]),
        CHAT_ERROR,
    ),
    "openai_responses": Spoken(
        "openai-responses",
        "/v1/responses",
        {"model": "m", "stream": True, "input": HI},
        RESPONSES,
        RESPONSES_ERROR,
    ),
    "gemini": Spoken(
        "gemini",
        "/v1beta/models/m:streamGenerateContent",
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
        (frame(json.dumps({"candidates": [ITEM]}).encode()),),
        GEMINI_ERROR,
    ),
}
ENDED_BY_IT = ("anthropic", "openai_chat", "gemini")


async def answered(dialect: str, *chunks: Any) -> bytes:
    spoken = DIALECTS[dialect]
    provider = Provider(name="up", kind=spoken.kind, base_url="https://up.test", api_key="sk-up-0123456789")
    config = Config(providers=[provider], routes=[Route(name="all", to=["up"])], auth=Auth(api_keys=[KEY]))
    transport = ScriptedTransport([ScriptedReply(200, (SSE_TYPE,), chunks)])
    app = Gateway(config, transport=transport)
    query = b"alt=sse" if dialect == "gemini" else b""
    answer = await ask(app, path=spoken.path, query=query, body=spoken.body, headers=CALLER)
    assert answer.status == 200, answer.body
    assert transport.unclosed == []
    return answer.body


def test_every_dialect_of_clients_is_here() -> None:
    assert {each.dialect for each in (find(name) for name in DIALECTS)} == set(DIALECTS)


@pytest.mark.parametrize("dialect", ENDED_BY_IT)
@pytest.mark.parametrize("cut", [0, 1, 2])
async def test_an_error_that_clients_take_for_the_end_is_the_last_they_get(dialect: str, cut: int) -> None:
    spoken = DIALECTS[dialect]
    error = spoken.error[: len(spoken.error) - cut]
    tail = () if cut else (anyio.Event(),)  # a frame without its blank line is whole when the stream ends
    assert await answered(dialect, *spoken.begun, error, *tail) == b"".join(spoken.begun) + error


@pytest.mark.parametrize("cut", [0, 1, 2])
@pytest.mark.parametrize("pieces", [True, False])
async def test_codex_which_reads_no_error_event_is_told_that_the_response_failed(cut: int, pieces: bool) -> None:
    sent = b"".join((*RESPONSES, RESPONSES_ERROR[: len(RESPONSES_ERROR) - cut]))
    tail = () if cut else (anyio.Event(),)
    whole = (b"".join(RESPONSES), sent.removeprefix(b"".join(RESPONSES)))
    chunks = [sent[at : at + 7] for at in range(0, len(sent), 7)] if pieces else whole
    body = await answered("openai_responses", *chunks, *tail)
    assert body.startswith(sent)
    *before, last = (each for each in frames(body) if each.strip())
    assert [each.partition(b"\n")[0] for each in before[-2:]] == [b"event: response.output_text.delta", b"event: error"]
    told = json.loads(last.partition(b"data: ")[2])
    assert (told["type"], told["sequence_number"], told["response"]["id"]) == ("response.failed", 3, "resp_1")
    assert (told["response"]["error"]["code"], told["response"]["error"]["message"]) == (
        "rate_limit_exceeded",
        "too busy",
    )


async def test_a_response_that_has_failed_fails_once() -> None:
    failed = event("response.failed", sequence_number=3, response={"id": "resp_1", "status": "failed", "error": {}})
    for chunks in ((*RESPONSES, failed), (*RESPONSES, RESPONSES_ERROR + failed)):
        assert await answered("openai_responses", *chunks, anyio.Event()) == b"".join(chunks)
