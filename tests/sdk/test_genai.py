"""Google's own SDK through the gateway on real servers, before upstreams of other dialects."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what the SDK's own dependencies warn of
    from google import genai
    from google.genai import errors, types

from ccgate.testing.demo import DemoModel
from upstreams import KEY, Recorder, between, stream

MODELS = ["demo-model"]
BASH = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="bash",
            description="Runs a command.",
            parameters_json_schema={
                "type": "object",
                "properties": {"command": {"type": "string"}},
                "required": ["command"],
            },
        )
    ]
)


@contextmanager
def google_client(url: str, key: str = KEY, version: str | None = None) -> Iterator[genai.Client]:
    client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, api_version=version))
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def google(demo: str) -> Iterator[genai.Client]:
    with google_client(demo) as client:
        yield client


@pytest.fixture(scope="module", params=["anthropic", "openai"])
def demo(request: pytest.FixtureRequest) -> Iterator[str]:
    """A gateway before the demo model, which is asked in each of its two dialects."""
    with between(DemoModel(pace=0), request.param, models=MODELS) as url:
        yield url


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_it_generates(demo: str, version: str) -> None:
    with google_client(demo, version=version) as client:
        answer = client.models.generate_content(model="demo-model", contents="Hello there")
    assert answer.text is not None
    assert answer.text.startswith("Hello! I am the demo model, asked as demo-model.")
    assert answer.candidates is not None
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert answer.usage_metadata is not None
    assert answer.usage_metadata.prompt_token_count


def test_it_streams(google: genai.Client) -> None:
    pieces = list(google.models.generate_content_stream(model="demo-model", contents="Hello there"))
    assert len(pieces) > 5
    whole = google.models.generate_content(model="demo-model", contents="Hello there").text
    assert "".join(piece.text or "" for piece in pieces) == whole


def test_it_calls_a_tool_and_hears_its_answer(google: genai.Client) -> None:
    config = types.GenerateContentConfig(
        tools=[BASH], automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
    )
    asked: list[Any] = [types.Content(role="user", parts=[types.Part.from_text(text="Run a command")])]
    for _ in range(2):
        first = google.models.generate_content(model="demo-model", contents=asked, config=config)
    assert first.function_calls
    call = first.function_calls[0]
    assert call.name == "bash"
    assert first.candidates
    answer = types.Part(
        function_response=types.FunctionResponse(id=call.id, name="bash", response={"output": "hello from bash"})
    )
    asked += [first.candidates[0].content, types.Content(role="user", parts=[answer])]
    second = google.models.generate_content(model="demo-model", contents=asked, config=config)
    assert second.text is not None
    assert "hello from bash" in second.text


def test_it_counts_tokens_and_lists_models(google: genai.Client) -> None:
    assert google.models.count_tokens(model="demo-model", contents="Hello there").total_tokens
    assert "models/demo-model" in [model.name for model in google.models.list()]
    assert google.models.get(model="demo-model").name == "models/demo-model"


def test_it_understands_refusals(demo: str) -> None:
    with google_client(demo, key="wrong") as client, pytest.raises(errors.ClientError) as refused:
        client.models.generate_content(model="demo-model", contents="Hello")
    assert (refused.value.code, refused.value.status) == (401, "UNAUTHENTICATED")


def test_it_understands_a_stream_that_fails() -> None:
    frames = [
        {"choices": [{"index": 0, "delta": {"content": "Hel"}}]},
        {"error": {"message": "too busy", "type": "overloaded_error"}},
    ]
    sent = stream(*(b"data: " + json.dumps(each).encode() + b"\n\n" for each in frames))
    with between(Recorder([sent]), "openai", models=MODELS) as url, google_client(url) as client:
        pieces = client.models.generate_content_stream(model="demo-model", contents="Hello")
        with pytest.raises(errors.ServerError, match="too busy"):
            list(pieces)
