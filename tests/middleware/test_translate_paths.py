"""A dialect whose paths name the model, and say whether a stream is wanted, before and behind `Translate`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate.call import Call, Target
from ccgate.errors import RequestRefused
from ccgate.middleware.translate import Translate
from ccgate.surfaces import Surfaces
from ccgate.testing import ScriptedReply, ScriptedTransport, ask
from ccgate.translators import find
from ccgate.upstream import Upstream
from scripted import BODIES, PATHS, page, streamed, whole

GOOGLE = find("gemini")
BODY = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
ASKING = "/v1beta/models/asked-model:generateContent"
STREAMING = "/v1/models/asked-model:streamGenerateContent"
COUNTING = "/v1beta/models/asked-model:countTokens"
HELLO = {
    "candidates": [{"content": {"parts": [{"text": "Hello"}], "role": "model"}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18},
}
SSE = ScriptedReply(
    200, ((b"content-type", b"text/event-stream"),), [b"data: " + json.dumps(HELLO).encode() + b"\r\n\r\n"]
)
SURFACES = Surfaces.of()


def house(transport: ScriptedTransport, speaks: str = "gemini", **more: Any) -> Translate:
    upstream = Upstream(transport=transport, base_url="https://upstream.test", default_path="/v1beta")
    return Translate(app=upstream, speaks=find(speaks), **more)


@pytest.mark.parametrize(
    ("path", "operation", "model", "stream", "argument"),
    [
        ("/v1beta/models/gemini-3-pro:generateContent", "generate", "gemini-3-pro", False, None),
        ("/v1/models/gemini-3-pro:streamGenerateContent", "generate", "gemini-3-pro", True, None),
        ("/v1beta/models/some/model:free:countTokens", "count_tokens", "some/model:free", False, None),
        ("/v1beta/models", "models", None, False, None),
        ("/v1beta/models/gemini-3-pro", "models", None, False, "gemini-3-pro"),
    ],
)
def test_a_path_says_what_is_wanted(path: str, operation: str, model: Any, stream: bool, argument: Any):
    surface = SURFACES.match(path, ())
    assert surface is not None
    got = (surface.client.dialect, surface.operation, surface.model, surface.stream, surface.argument)
    assert got == ("gemini", operation, model, stream, argument)
    assert "/v1beta/models/{model}:countTokens" in SURFACES.paths


def test_paths_that_dialects_share_go_to_who_asks():
    asked = SURFACES.match("/v1/models", ((b"x-goog-api-key", b"x"),))
    assert asked is not None
    assert asked.client.dialect == "gemini"
    assert SURFACES.match("/v1beta/models/:generateContent", ()) is not None  # a model's description, then
    assert SURFACES.match("/v1beta/other", ()) is None


async def test_the_same_dialect_passes_its_bytes_and_another_model_changes_the_path():
    transport = ScriptedTransport([page(HELLO), page(HELLO), page({"totalTokens": 3})])
    raw = b'{ "contents":[{"parts":[{"text":"caf\\u00e9"}]}],"x":1.0}'
    for path, models in ((ASKING, ()), (ASKING, ("theirs",)), (COUNTING, ("theirs",))):
        got = await ask(house(transport, models=models), path=path, body=raw)
        assert got.status == 200
    assert [sent.body for sent in transport.sent] == [raw] * 3
    assert [sent.url.removeprefix("https://upstream.test") for sent in transport.sent] == [ASKING, ASKING, COUNTING]


async def test_a_member_of_a_route_may_name_another_model():
    transport = ScriptedTransport([SSE])
    app = house(transport)

    async def routed(scope: Any, receive: Any, send: Any) -> None:
        Call.of(scope).target = Target(provider="p", model="theirs/3")
        await app(scope, receive, send)

    got = await ask(routed, path=STREAMING, query=b"alt=sse", body=BODY)
    assert b"Hello" in got.body
    assert transport.sent[0].url == "https://upstream.test/v1beta/models/theirs/3:streamGenerateContent?alt=sse"
    assert transport.sent[0].body == json.dumps(BODY, separators=(",", ":")).encode()


@pytest.mark.parametrize("speaks", ["anthropic", "openai_chat"])
async def test_its_clients_are_served_by_others(speaks: str):
    transport = ScriptedTransport([whole(speaks), streamed(speaks)])
    app = house(transport, speaks)
    got = await ask(app, path=ASKING, body=BODY)
    document = got.json()
    assert document["candidates"][0]["content"]["parts"][0]["text"] == "Hello"
    assert document["modelVersion"] == "asked-model"
    assert document["usageMetadata"]["totalTokenCount"] == 18
    got = await ask(app, path=STREAMING, body=BODY)
    assert got.header("content-type") == "text/event-stream; charset=utf-8"
    last = json.loads(got.body.rstrip().rpartition(b"data: ")[2])
    assert last["candidates"][0]["finishReason"] == "STOP"
    assert [json.loads(sent.body).get("stream", False) for sent in transport.sent] == [False, True]
    assert all(json.loads(sent.body)["model"] == "asked-model" for sent in transport.sent)


@pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
async def test_others_clients_are_served_by_it(dialect: str):
    transport = ScriptedTransport([page(HELLO), SSE])
    for stream in (False, True):
        got = await ask(house(transport), path=PATHS[dialect], body={**BODIES[dialect], "stream": stream})
        assert got.status == 200
        assert b"Hello" in got.body
    assert [sent.url.removeprefix("https://upstream.test/v1beta/models/asked-model:") for sent in transport.sent] == [
        "generateContent",
        "streamGenerateContent?alt=sse",
    ]


async def test_tokens_are_counted_here_for_other_dialects():
    transport = ScriptedTransport([])
    got = await ask(house(transport, "anthropic"), path=COUNTING, body=BODY)
    assert got.json()["totalTokens"] > 0
    got = await ask(house(transport), path="/v1/messages/count_tokens", body=BODIES["anthropic"])
    assert got.json()["input_tokens"] > 0
    assert transport.sent == []


async def test_a_path_that_names_no_model_is_refused():
    with pytest.raises(RequestRefused, match="neither the body nor /mine names a model"):
        await ask(house(ScriptedTransport([])), path="/mine", headers={"x-goog-api-key": "k"}, body=BODY)
