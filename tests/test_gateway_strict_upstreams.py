"""One conversation through three vendors that sign what they think, and check every signature they are handed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from ccgate import Auth, Config, Gateway, Provider, Route
from ccgate.testing import ScriptedReply, ScriptedTransport
from ccgate.transport import Outbound
from ccgate.wire import seals
from ccgate.wire.sse import frame
from scripted import SSE_TYPE
from test_gateway_seals import ClaudeCode, claude_says, signed
from upstreams import KEY

KINDS = {"claude": "anthropic", "gem": "gemini", "resp": "openai-responses"}
UNSIGNED = "skip_thought_signature_validator"
"""What Gemini takes for calls that others made (https://ai.google.dev/gemini-api/docs/thought-signatures)."""


def gemini_says(secret: str, n: int) -> list[bytes]:
    """A thought, then two calls at once, of which the first is signed."""
    calls: list[dict[str, Any]] = [{"functionCall": {"name": "f", "args": {"x": x}}} for x in range(2)]
    calls[0]["thoughtSignature"] = secret
    content = {"role": "model", "parts": [{"text": "hm", "thought": True}, *calls]}
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 3, "totalTokenCount": 8}
    candidate = {"content": content, "finishReason": "STOP", "index": 0}
    return [frame(json.dumps({"candidates": [candidate], "usageMetadata": usage, "responseId": f"g{n}"}).encode())]


def responses_says(secret: str, n: int) -> list[bytes]:
    """Encrypted reasoning, then a call."""
    reasoning = {"id": f"rs_{n}", "type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
    call = {"id": f"fc_{n}", "type": "function_call", "call_id": f"call_resp_{n}", "name": "f"}
    output = [reasoning | {"encrypted_content": secret}, call | {"arguments": "{}", "status": "completed"}]
    usage = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}
    response = {"id": f"resp_{n}", "object": "response", "created_at": 1, "model": "m", "status": "completed"}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response | {"status": "in_progress", "output": []}}
    ]
    for index, item in enumerate(output):
        events.append({"type": "response.output_item.added", "output_index": index, "item": item})
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": "response.completed", "response": response | {"output": output, "usage": usage}})
    return [frame(json.dumps(each).encode(), each["type"]) for each in events]


def of_gemini(asked: Mapping[str, Any]) -> list[str]:
    """The signatures in a request. Each step of calls must begin with one."""
    found: list[str] = []
    for content in asked["contents"]:
        calls = [part for part in content["parts"] if "functionCall" in part]
        if calls:
            assert "thoughtSignature" in calls[0]
        found += [part["thoughtSignature"] for part in content["parts"] if "thoughtSignature" in part]
    return [each for each in found if each != UNSIGNED]


def of_responses(asked: Mapping[str, Any]) -> list[str]:
    items = [item for item in asked["input"] if item.get("type") == "reasoning"]
    return [item["encrypted_content"] for item in items if item.get("encrypted_content")]


@define
class Vendors:
    """Each remembers what it gave out, in order."""

    given: dict[str, list[str]] = field(factory=lambda: {name: [] for name in KINDS})

    def __call__(self, outbound: Outbound) -> ScriptedReply:
        name = next(name for name in KINDS if f"//{name}.test" in outbound.url)
        asked = json.loads(outbound.body)
        found = {"claude": lambda: list(signed(asked).values()), "gem": lambda: of_gemini(asked)}
        assert found.get(name, lambda: of_responses(asked))() == self.given[name]
        strange = [secret for other, secrets in self.given.items() if other != name for secret in secrets]
        assert not [secret for secret in (*strange, seals.MARK) if secret.encode() in outbound.body]
        secret = base64.b64encode(f"{name} thought {len(self.given[name])}".encode()).decode()
        self.given[name].append(secret)
        return ScriptedReply(200, (SSE_TYPE,), self.says(name, secret))

    def says(self, name: str, secret: str) -> list[bytes]:
        n = len(self.given[name])
        if name == "claude":
            return claude_says(secret, [f"toolu_{n}_a", f"toolu_{n}_b"])
        return gemini_says(secret, n) if name == "gem" else responses_says(secret, n)


async def test_every_vendor_gets_back_exactly_what_it_signed() -> None:
    vendors = Vendors()
    providers = [
        Provider(name=name, kind=kind, base_url=f"https://{name}.test", api_key=f"sk-{name}-0123456789")
        for name, kind in KINDS.items()
    ]
    models = {"claude": "claude-opus-5-5", "gem": "gemini-3-pro", "resp": "gpt-5.5"}
    routes = [Route(name=name, when=[{"rule": "model", "matches": model}], to=[name]) for name, model in models.items()]
    config = Config(providers=providers, routes=routes, auth=Auth(api_keys=[KEY]))
    client = ClaudeCode(Gateway(config, transport=ScriptedTransport(vendors)))
    for name in ("claude", "gem", "claude", "resp", "claude", "gem", "resp", "claude"):
        await client.turn(models[name])
    assert {name: len(given) for name, given in vendors.given.items()} == {"claude": 4, "gem": 2, "resp": 2}
