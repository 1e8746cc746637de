"""One conversation over several providers: each sees exactly its own opaque state, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from attrs import define, field

from ccgate import Auth, Config, Gateway, Provider, Route, ir
from ccgate.middleware.provenance import marked, owned
from ccgate.testing import ScriptedReply, ScriptedTransport, ask
from ccgate.testing.laws.walk import encode, frames
from ccgate.translators import find
from ccgate.transport import Outbound
from ccgate.wire import seals
from echo import gather_chat, gather_messages
from gateways import CALLER
from scripted import DELTA, DONE, SSE_TYPE, START, STOP, chunk, event
from upstreams import KEY

SECRETS = ("claude-s", "one-s", "two-s", "gemini-s")
NAMES = ("claude", "one", "two")


def claude_says(secret: str, calls: Sequence[str]) -> list[bytes]:
    """A signed thought, then calls."""
    block: dict[str, Any] = {"type": "thinking", "thinking": "", "signature": ""}
    out = [START, event("content_block_start", index=0, content_block=block)]
    deltas = ({"type": "thinking_delta", "thinking": "hm"}, {"type": "signature_delta", "signature": secret})
    out += [event("content_block_delta", index=0, delta=delta) for delta in deltas]
    out.append(event("content_block_stop", index=0))
    for n, name in enumerate(calls, 1):
        use = {"type": "tool_use", "id": name, "name": "f", "input": {}}
        out.append(event("content_block_start", index=n, content_block=use))
        out.append(event("content_block_delta", index=n, delta={"type": "input_json_delta", "partial_json": "{}"}))
        out.append(event("content_block_stop", index=n))
    return [*out, DELTA, STOP]


def chat_says(secret: str, calls: Sequence[str]) -> list[bytes]:
    """Reasoning in two pieces, then calls."""
    out = [chunk({"role": "assistant", "reasoning_content": f"{secret}\n"}), chunk({"reasoning_content": " so "})]
    for n, name in enumerate(calls):
        function = {"name": "f", "arguments": "{}"}
        out.append(chunk({"tool_calls": [{"index": n, "id": name, "type": "function", "function": function}]}))
    return [*out, chunk({}, "tool_calls"), DONE]


@define
class Strict:
    """The three upstreams. Each remembers what it gave out, by the first call that came with it."""

    given: dict[str, dict[str, str]] = field(factory=lambda: {name: {} for name in NAMES})
    bodies: list[bytes] = field(factory=list)

    def __call__(self, outbound: Outbound) -> ScriptedReply:
        name = next(name for name in NAMES if f"//{name}.test" in outbound.url)
        self.bodies.append(outbound.body)
        asked = json.loads(outbound.body)
        found = signed(asked) if name == "claude" else reasoned(asked)
        assert found == self.given[name]
        strange = [secret for secret in SECRETS if secret != f"{name}-s"]
        assert not [secret for secret in (*strange, seals.MARK) if secret.encode() in outbound.body]
        n = len(self.given[name])
        calls = [f"{name}_{n}_a", f"{name}_{n}_b"]
        secret = f"{name}-s{n}"
        self.given[name][calls[0]] = secret if name == "claude" else f"{secret}\n so "
        said = claude_says(secret, calls) if name == "claude" else chat_says(secret, calls)
        return ScriptedReply(200, (SSE_TYPE,), said)


def signed(asked: Mapping[str, Any]) -> dict[str, str]:
    """The signatures of thoughts, by the call behind them. An empty content, or an empty thinking block, is refused."""
    found: dict[str, str] = {}
    for message in asked["messages"]:
        content = message["content"]
        assert content
        for block, after in pairwise(content if isinstance(content, list) else ()):
            if block["type"] == "thinking":
                assert block["thinking"] == "hm"
                found[after["id"]] = block["signature"]
    return found


def reasoned(asked: Mapping[str, Any]) -> dict[str, str]:
    said = [message for message in asked["messages"] if "reasoning_content" in message]
    return {message["tool_calls"][0]["id"]: message["reasoning_content"] for message in said}


def gateway(upstreams: Strict) -> Gateway:
    def provider(name: str, kind: str) -> Provider:
        return Provider(name=name, kind=kind, base_url=f"https://{name}.test", api_key=f"sk-{name}-0123456789")

    providers = [provider("claude", "anthropic"), provider("one", "openai-compatible")]
    providers.append(provider("two", "openai-compatible"))
    routes = [Route(name=name, when=[{"rule": "model", "matches": f"{name}*"}], to=[name]) for name in NAMES]
    config = Config(providers=providers, routes=routes, auth=Auth(api_keys=[KEY]))
    return Gateway(config, transport=ScriptedTransport(upstreams))


@define
class ClaudeCode:
    """A client that sends all of the conversation back, block by block."""

    gateway: Gateway
    messages: list[Any] = field(factory=lambda: [{"role": "user", "content": "hi"}])

    async def turn(self, model: str) -> None:
        body = {"model": model, "max_tokens": 99, "stream": True, "messages": self.messages}
        answer = await ask(self.gateway, path="/v1/messages", body=body, headers=CALLER)
        assert answer.status == 200, answer.body
        self.heard(gather_messages(answer.body)["content"])

    def heard(self, content: list[dict[str, Any]]) -> None:
        results = [
            {"type": "tool_result", "tool_use_id": block["id"], "content": "ok"}
            for block in content
            if block["type"] == "tool_use"
        ]
        self.messages += ({"role": "assistant", "content": content}, {"role": "user", "content": results})


GEMINI = (
    ir.Text("so", seal=ir.Seal("gemini", "thought_signature", "gemini-s0")),
    ir.ToolUse("g_a", "f", "{}", seal=ir.Seal("gemini", "thought_signature", "gemini-s1")),
    ir.ToolUse("g_b", "f", "{}", seal=ir.Seal("gemini", "thought_signature", "gemini-s2")),
    ir.ToolUse("g_c", "f", "{}"),
)


async def test_each_provider_sees_its_own_state_and_nobody_elses() -> None:
    upstreams = Strict()
    client = ClaudeCode(gateway(upstreams))
    for model in ("claude-opus-5-5", "one-model", "two-model", "claude-opus-5-5", "one-model"):
        await client.turn(model)
    # A fourth provider of a dialect whose calls and texts are signed.
    said = ir.Reply(id="g", model="g", blocks=GEMINI, reason="tool_use")
    data, losses = encode(find("anthropic"), *(marked(each, "g") for each in ir.unfold(said)), stream=True)
    assert losses == ()
    client.heard(gather_messages(data)["content"])
    for model in ("one-model", "claude-opus-5-5", "two-model", "claude-opus-5-5"):
        await client.turn(model)
    assert {name: len(given) for name, given in upstreams.given.items()} == {"claude": 4, "one": 3, "two": 2}
    request = find("anthropic").read_request({"model": "g", "max_tokens": 9, "messages": client.messages})
    assert owned(request, "g").turns[11].blocks == GEMINI


async def test_a_body_with_seals_for_its_own_dialect_keeps_every_other_byte() -> None:
    upstreams = Strict()
    client = ClaudeCode(gateway(upstreams))
    await client.turn("one-model")
    thought = client.messages[1]["content"][0]
    assert thought["thinking"] == "one-s0\n so "
    raw = json.dumps({"messages": client.messages, "x": 1.50, "model": "claude-x", "max_tokens": 9}, indent=1)
    cut = raw.replace(json.dumps(thought, indent=1).replace("\n", "\n    ") + ",\n    ", "")
    assert len(cut) < len(raw) - len(seals.MARK)
    headers = {**CALLER, "content-type": "application/json"}
    answer = await ask(client.gateway, path="/v1/messages", body=raw.encode(), headers=headers)
    assert answer.status == 200, answer.body
    assert upstreams.bodies[-1] == cut.encode()
    assert answer.header("x-ccgate-loss") == "1; /messages/1/content/0=dropped"


@pytest.mark.parametrize("echoes", [True, False], ids=["reasoning echoed", "reasoning forgotten"])
async def test_a_chat_client_carries_signatures_in_its_ids(echoes: bool) -> None:
    """The other server of its dialect gets the ids that were given out, in calls and in results."""
    upstreams = Strict()
    app = gateway(upstreams)
    messages: list[Any] = [{"role": "user", "content": "hi"}]

    async def turn(model: str) -> None:
        body = {"model": model, "stream": True, "messages": messages}
        answer = await ask(app, path="/v1/chat/completions", body=body, headers=CALLER)
        message = gather_chat(answer.body)["choices"][0]["message"]
        if not echoes:
            del message["reasoning_content"]
        results = [{"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in message["tool_calls"]]
        messages.extend([message, *results])

    await turn("claude-opus-5-5")
    body = {"model": "claude-opus-5-5", "stream": True, "messages": messages}
    claude = find("anthropic").write_request(owned(find("openai_chat").read_request(body), "claude"))
    thought = claude.body["messages"][1]["content"][0]
    assert thought == {"type": "thinking", "thinking": "hm" if echoes else "", "signature": "claude-s0"}
    if echoes:
        await turn("claude-opus-5-5")
    request = {"model": "one-model", "messages": [{**each} for each in messages]}
    for message in request["messages"]:
        message.pop("reasoning_content", None)  # a server of this dialect would get the client's own words
    await ask(app, path="/v1/chat/completions", body=request, headers=CALLER)
    sent = json.loads(upstreams.bodies[-1])["messages"]
    assert [call["id"] for call in sent[1]["tool_calls"]] == ["claude_0_a", "claude_0_b"]
    assert [message["tool_call_id"] for message in sent[2:4]] == ["claude_0_a", "claude_0_b"]


@define
class Codex:
    """A client that sends all items of the conversation back, less the ids of calls' items."""

    gateway: Gateway
    items: list[Any] = field(factory=lambda: [{"type": "message", "role": "user", "content": "hi"}])

    async def turn(self, model: str) -> None:
        body = {"model": model, "stream": True, "store": False, "input": self.items}
        answer = await ask(self.gateway, path="/v1/responses", body=body, headers=CALLER)
        assert answer.status == 200, answer.body
        events = [json.loads(each.partition(b"data: ")[2]) for each in frames(answer.body)]
        said = [each["item"] for each in events if each["type"] == "response.output_item.done"]
        calls = [each["call_id"] for each in said if each["type"] == "function_call"]
        results = [{"type": "function_call_output", "call_id": name, "output": "ok"} for name in calls]
        self.items += (*said, *results)


async def test_codex_hands_back_the_reasoning_of_chat_servers_to_the_byte() -> None:
    upstreams = Strict()
    client = Codex(gateway(upstreams))
    for model in ("one-model", "claude-opus-5-5", "two-model", "one-model", "claude-opus-5-5", "two-model"):
        await client.turn(model)
    assert {name: len(given) for name, given in upstreams.given.items()} == {"claude": 2, "one": 2, "two": 2}


@pytest.mark.parametrize("form", ["raw", "summary"])
def test_an_empty_seal_travels_only_with_the_words_it_is_for(form: Any) -> None:
    """Our own empty seal says nothing that an item of reasoning does not say."""
    responses = find("openai_responses")

    def item(*parts: str, maker: str = "openai_chat@one") -> list[Any]:
        seal = ir.Seal(maker, "reasoning_content", "")
        said = ir.Reply(id="r", model="m", blocks=(ir.Thinking(parts, form, seal),), reason="end")
        out: list[Any] = json.loads(encode(responses, *ir.unfold(said), stream=False)[0])["output"]
        return out

    (told,) = item("hm\n")
    del told["id"]
    back = responses.read_request({"model": "m", "input": [told]}).turns[0].blocks
    assert back == (ir.Thinking(("hm\n",), form, ir.Seal("openai_chat@one", "reasoning_content", "")),)
    assert item() == item("") == []
    assert "encrypted_content" not in item("hm", maker="openai_responses")[0]
