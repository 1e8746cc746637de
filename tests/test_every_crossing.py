"""Each of the four client dialects reaches each of the four upstream dialects, streamed and whole: text and tools."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import frozen

from ccgate import Auth, Config, Gateway, Provider, Route, ir
from ccgate.testing import Answer, ask
from ccgate.translators import find
from ccgate.transport import AsgiTransport
from clients.codex_upstream import HEARING, Everyone
from clients.upstream import Play, Use

KEY = "sk-caller-0123456789"
MODEL = "gpt-5.5"
KINDS = {"openai-responses": "/v1", "openai-compatible": "/v1", "anthropic-compatible": "", "gemini": ""}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
OSLO = {"city": "Oslo"}
SAID, DONE = "Weather, please: caf\u00e9 \U0001f600", "I look again."
PLAY = Play(text=DONE, uses=[Use("two", "weather", {"city": "Troms\u00f8"})])


def messages() -> dict[str, Any]:
    use = {"type": "tool_use", "id": "toolu_one", "name": "weather", "input": OSLO}
    return {
        "model": MODEL,
        "max_tokens": 100,
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": SAID},
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_one", "content": "Rain."}]},
        ],
        "tools": [{"name": "weather", "input_schema": SCHEMA}],
    }


def chat() -> dict[str, Any]:
    call = {"id": "call_one", "type": "function", "function": {"name": "weather", "arguments": json.dumps(OSLO)}}
    return {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": SAID},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_one", "content": "Rain."},
        ],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}],
    }


def responses() -> dict[str, Any]:
    call = {"type": "function_call", "call_id": "call_one", "name": "weather", "arguments": json.dumps(OSLO)}
    return {
        "model": MODEL,
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": SAID},
            call,
            {"type": "function_call_output", "call_id": "call_one", "output": "Rain."},
        ],
        "tools": [{"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}],
    }


def contents() -> dict[str, Any]:
    call = {"functionCall": {"id": "one", "name": "weather", "args": OSLO}}
    answer = {"functionResponse": {"id": "one", "name": "weather", "response": {"output": "Rain."}}}
    return {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": SAID}]},
            {"role": "model", "parts": [call]},
            {"role": "user", "parts": [answer]},
        ],
        "tools": [{"functionDeclarations": [{"name": "weather", "parameters": SCHEMA}]}],
    }


@frozen
class Caller:
    """How a client of a dialect asks."""

    dialect: str
    body: dict[str, Any]
    path: str
    streamed: str

    async def __call__(self, app: Gateway, *, stream: bool) -> Answer:
        body = self.body if self.dialect == "gemini" else {**self.body, "stream": stream}
        headers = {"authorization": f"Bearer {KEY}"}
        return await ask(app, path=self.streamed if stream else self.path, body=body, headers=headers)

    def reply(self, answer: Answer, *, stream: bool) -> ir.Reply:
        """The answer as its own dialect reads it."""
        decoder = find(self.dialect).decoder(stream=stream)
        return ir.fold([*decoder.feed(answer.body), *decoder.close()])


GENERATE = f"/v1beta/models/{MODEL}:"
CALLERS = [
    Caller("anthropic", messages(), "/v1/messages", "/v1/messages"),
    Caller("openai_chat", chat(), "/v1/chat/completions", "/v1/chat/completions"),
    Caller("openai_responses", responses(), "/v1/responses", "/v1/responses"),
    Caller("gemini", contents(), f"{GENERATE}generateContent", f"{GENERATE}streamGenerateContent"),
]


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.dialect)
async def test_every_client_dialect_reaches_every_upstream_dialect(caller: Caller, kind: str, stream: bool) -> None:
    upstream = Everyone({SAID[:15]: [PLAY]})
    provider = Provider(name="scripted", kind=kind, base_url=f"http://model{KINDS[kind]}", api_key="sk-provider-01234")
    config = Config(providers=[provider], routes=[Route(to=["scripted"])], auth=Auth(api_keys=[KEY]))
    answer = await caller(Gateway(config, transport=AsgiTransport(upstream)), stream=stream)
    assert answer.status == 200, answer.body

    (heard,) = upstream.heard
    asked, hearing = heard.json(), HEARING[kind]
    assert hearing.offered(asked) == {"weather"}
    assert list(hearing.calls(asked).values()) == [("weather", OSLO)]
    assert list(hearing.outputs(asked)) == list(hearing.calls(asked))
    assert "Rain." in next(iter(hearing.outputs(asked).values()))
    assert json.dumps(SAID) in json.dumps(hearing.said(asked))
    assert "Be brief." in heard.body.decode()

    reply = caller.reply(answer, stream=stream)
    assert "".join(block.text for block in reply.blocks if isinstance(block, ir.Text)) == DONE
    (call,) = (block for block in reply.blocks if isinstance(block, ir.ToolUse))
    assert (call.name, json.loads(call.arguments)) == ("weather", PLAY.uses[0].arguments)
    assert reply.reason == "tool_use"
