"""The vendors' own SDKs through the gateway on real servers: the same dialect on both sides, and the other one.

The SDKs are told to validate what they get (`_strict_response_validation`), and never to retry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import openai
import pytest

from ccgate.testing.demo import DemoModel
from upstreams import BEGUN, KEY, Recorder, between, page, stream

BASH = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
ANTHROPIC_TOOLS: list[Any] = [{"name": "bash", "description": "Runs a command.", "input_schema": BASH}]
CHAT_TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "bash", "description": "Runs a command.", "parameters": BASH}}
]
KINDS = ("anthropic", "openai")
MODELS = ["demo-model", "gpt-5"]
"""The second is one that every dialect may ask to think."""


@pytest.fixture(scope="module", params=KINDS)
def demo(request: pytest.FixtureRequest) -> Iterator[str]:
    """A gateway before the demo model, which is asked in each of its two dialects."""
    with between(DemoModel(pace=0), request.param, models=MODELS) as url:
        yield url


@pytest.fixture
def claude(demo: str) -> Iterator[anthropic.Anthropic]:
    with anthropic_client(demo) as client:
        yield client


@pytest.fixture
def chat(demo: str) -> Iterator[openai.OpenAI]:
    with openai_client(demo) as client:
        yield client


def anthropic_client(url: str, key: str = KEY, *, strict: bool = True) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        base_url=url,
        api_key=key,
        max_retries=0,
        http_client=anthropic.DefaultHttpxClient(trust_env=False),
        _strict_response_validation=strict,
    )


def openai_client(url: str, key: str = KEY) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=url + "/v1",
        api_key=key,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(trust_env=False),
        _strict_response_validation=True,
    )


def said(message: Any) -> dict[str, Any]:
    """A message less the ids, which differ from call to call."""
    whole = message.model_dump(exclude_none=True, warnings=False)
    for block in whole["content"]:
        block.pop("id", None)
    return {name: whole.get(name) for name in ("role", "model", "content", "stop_reason", "usage")}


# Anthropic


def claude_asks(**more: Any) -> dict[str, Any]:
    ask = {"model": "demo-model", "max_tokens": 2000, "messages": [{"role": "user", "content": "Hello there"}]}
    return {**ask, **more}


def test_anthropic_creates_a_message(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(**claude_asks())
    [block] = message.content
    assert block.type == "text"
    assert block.text.startswith("Hello! I am the demo model, asked as demo-model.")
    assert message.stop_reason == "end_turn"
    assert message.model == "demo-model"
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0


ASKS: dict[str, dict[str, Any]] = {
    "text": {},
    "tools": {"tools": ANTHROPIC_TOOLS},
    "thinking": {"model": "gpt-5", "thinking": {"type": "enabled", "budget_tokens": 1024}},
    "both": {"model": "gpt-5", "tools": ANTHROPIC_TOOLS, "thinking": {"type": "enabled", "budget_tokens": 1024}},
}


@pytest.mark.parametrize("more", ASKS.values(), ids=ASKS.keys())
def test_anthropic_streams_the_message_that_it_creates(claude: anthropic.Anthropic, more: dict[str, Any]) -> None:
    with claude.messages.stream(**claude_asks(**more)) as stream:
        events = [event.type for event in stream]
        final = stream.get_final_message()
    assert said(final) == said(claude.messages.create(**claude_asks(**more)))
    assert events[0] == "message_start"
    assert events[-1] == "message_stop"
    assert events.count("content_block_start") == events.count("content_block_stop") == len(final.content)


def test_anthropic_raw_events_come_in_pieces(claude: anthropic.Anthropic) -> None:
    with claude.messages.create(**claude_asks(stream=True)) as stream:
        kinds = [event.type for event in stream]
    assert kinds.count("content_block_delta") > 10


def test_anthropic_thinks_and_calls_a_tool_and_goes_on_with_its_result(claude: anthropic.Anthropic) -> None:
    ask = claude_asks(**ASKS["both"])
    first = claude.messages.create(**ask)
    assert [block.type for block in first.content] == ["thinking", "text", "tool_use"]
    assert first.stop_reason == "tool_use"
    thinking, _, call = first.content
    assert thinking.type == "thinking"
    assert call.type == "tool_use"
    assert call.name == "bash"
    assert call.input == {"command": "echo hello from the demo model"}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "hello from the demo model"}
    turns = [
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": [result]},
    ]
    second = claude.messages.create(**{**ask, "messages": [*ask["messages"], *turns]})
    assert second.stop_reason == "end_turn"
    assert 'The tool said: "hello from the demo model".' in str(second.content[-1])


def test_anthropic_counts_tokens(claude: anthropic.Anthropic) -> None:
    counted = claude.messages.count_tokens(model="demo-model", messages=[{"role": "user", "content": "Hello " * 40}])
    assert 20 < counted.input_tokens < 200


def test_anthropic_lists_models(demo: str) -> None:
    with anthropic_client(demo) as claude:
        listed = list(claude.models.list())
        assert [model.id for model in listed] == MODELS
        assert listed[0].type == "model"
        assert claude.models.retrieve("demo-model").id == "demo-model"
        with pytest.raises(anthropic.NotFoundError):
            claude.models.retrieve("another")


async def test_anthropic_streams_asynchronously(demo: str, anyio_backend: str) -> None:
    client = anthropic.AsyncAnthropic(
        base_url=demo,
        api_key=KEY,
        max_retries=0,
        http_client=anthropic.DefaultAsyncHttpxClient(trust_env=False),
    )
    async with client, client.messages.stream(**claude_asks()) as stream:
        text = "".join([piece async for piece in stream.text_stream])
    assert text.endswith("streaming works.")


def test_anthropic_with_a_wrong_key_is_an_authentication_error(demo: str) -> None:
    with anthropic_client(demo, "sk-wrong") as client, pytest.raises(anthropic.AuthenticationError) as caught:
        client.messages.create(**claude_asks())
    assert "key" in str(caught.value)


def test_anthropic_with_a_request_that_makes_no_sense_is_a_bad_request(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.create(**claude_asks(messages=[]))


def failing(kind: str, status: int) -> Recorder:
    """An upstream that refuses everything, in its own dialect's words."""
    words = {
        400: ("invalid_request_error", "invalid_request_error"),
        404: ("not_found_error", "invalid_request_error"),
        413: ("request_too_large", "invalid_request_error"),
        429: ("rate_limit_error", "rate_limit_exceeded"),
        500: ("api_error", "server_error"),
        503: ("overloaded_error", "server_error"),
        529: ("overloaded_error", "server_error"),
    }[status]
    message = f"no, because of {status}"
    if kind == "anthropic":
        document: dict[str, Any] = {"type": "error", "error": {"type": words[0], "message": message}}
    else:
        document = {"error": {"type": words[1], "message": message, "param": None, "code": None}}
    return Recorder([page(document, status, retry_after="7")])


@contextmanager
def refused(kind: str, status: int) -> Iterator[str]:
    with between(failing(kind, status), kind) as url:
        yield url


ANTHROPIC_ERRORS = {
    400: anthropic.BadRequestError,
    404: anthropic.NotFoundError,
    413: anthropic.RequestTooLargeError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    529: anthropic.OverloadedError,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ANTHROPIC_ERRORS)
def test_anthropic_raises_the_class_of_each_refusal(kind: str, status: int) -> None:
    with refused(kind, status) as url, anthropic_client(url) as client:
        with pytest.raises(ANTHROPIC_ERRORS[status]) as caught:
            client.messages.create(**claude_asks())
        assert f"because of {status}" in str(caught.value)
        assert caught.value.body["type"] == "error"
        if status == 429:
            assert caught.value.response.headers["retry-after"] == "7"
        with pytest.raises(ANTHROPIC_ERRORS[status]), client.messages.stream(**claude_asks()) as stream:
            stream.get_final_message()


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_that_refuses_the_gateways_key_is_not_the_callers_key_error(kind: str) -> None:
    answer = page({"error": {"type": "authentication_error", "message": "bad key", "code": None}}, 401)
    with between(Recorder([answer]), kind) as url:
        with anthropic_client(url) as client, pytest.raises(anthropic.InternalServerError) as caught:
            client.messages.create(**claude_asks())
        assert caught.value.response.status_code == 502
        assert caught.value.response.headers["x-should-retry"] == "false"
        with openai_client(url) as client, pytest.raises(openai.PermissionDeniedError):
            client.chat.completions.create(**chat_asks())


@pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])
def test_a_stream_that_breaks_is_an_error_to_both_sdks_and_never_an_end(dialect: str) -> None:
    kind = "anthropic" if dialect == "anthropic" else "openai"
    with between(Recorder([stream(*BEGUN[dialect])]), kind) as url:
        with (
            anthropic_client(url, strict=False) as claude,
            pytest.raises(anthropic.APIStatusError),
            claude.messages.stream(**claude_asks()) as reply,
        ):
            assert "".join(reply.text_stream).startswith("caf")
        with (
            openai_client(url) as chat,
            pytest.raises(openai.APIError),
            chat.chat.completions.create(**chat_asks(stream=True)) as chunks,
        ):
            list(chunks)


# OpenAI Chat


def chat_asks(**more: Any) -> dict[str, Any]:
    return {"model": "demo-model", "messages": [{"role": "user", "content": "Hello there"}], **more}


def test_openai_creates_a_completion(chat: openai.OpenAI) -> None:
    completion = chat.chat.completions.create(**chat_asks())
    [choice] = completion.choices
    assert (choice.message.content or "").startswith("Hello! I am the demo model, asked as demo-model.")
    assert choice.finish_reason == "stop"
    assert completion.model == "demo-model"
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0


def test_openai_streams_the_completion_that_it_creates_with_its_usage(chat: openai.OpenAI) -> None:
    ask = chat_asks(stream=True, stream_options={"include_usage": True})
    with chat.chat.completions.create(**ask) as stream:
        chunks = list(stream)
    whole = chat.chat.completions.create(**chat_asks())
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == whole.choices[0].message.content
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert whole.usage is not None
    assert chunks[-1].usage.prompt_tokens == whole.usage.prompt_tokens
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
def test_openai_streams_no_usage_that_was_not_asked_for(kind: str) -> None:
    with between(DemoModel(pace=0), kind) as url, openai_client(url) as chat:
        with chat.chat.completions.create(**chat_asks(stream=True)) as stream:
            chunks = list(stream)
        assert all(chunk.usage is None and chunk.choices for chunk in chunks)


def test_openai_calls_a_tool_and_goes_on_with_its_result(chat: openai.OpenAI) -> None:
    ask = chat_asks(tools=CHAT_TOOLS)
    first = chat.chat.completions.create(**ask).choices[0]
    assert first.finish_reason == "tool_calls"
    [call] = first.message.tool_calls or []
    assert call.type == "function"
    assert call.function.name == "bash"
    assert json.loads(call.function.arguments) == {"command": "echo hello from the demo model"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "hello from the demo model"}
    turns = [first.message.model_dump(exclude_none=True), result]
    second = chat.chat.completions.create(**{**ask, "messages": [*ask["messages"], *turns]}).choices[0]
    assert 'The tool said: "hello from the demo model".' in (second.message.content or "")


def test_openai_accumulates_a_streamed_tool_call(chat: openai.OpenAI) -> None:
    with chat.chat.completions.stream(**chat_asks(tools=CHAT_TOOLS)) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    [call] = final.choices[0].message.tool_calls or []
    assert json.loads(call.function.arguments) == {"command": "echo hello from the demo model"}
    assert final.choices[0].finish_reason == "tool_calls"


def test_openai_lists_models(chat: openai.OpenAI) -> None:
    assert [model.id for model in chat.models.list()] == MODELS
    assert chat.models.retrieve("demo-model").id == "demo-model"
    with pytest.raises(openai.NotFoundError):
        chat.models.retrieve("another")


def test_openai_with_a_wrong_key_is_an_authentication_error(demo: str) -> None:
    with openai_client(demo, "sk-wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(**chat_asks())


def test_openai_with_a_request_that_makes_no_sense_is_a_bad_request(chat: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        chat.chat.completions.create(**chat_asks(messages=[]))


OPENAI_ERRORS = {
    400: (openai.BadRequestError, 400),
    404: (openai.NotFoundError, 404),
    413: (openai.APIStatusError, 413),
    429: (openai.RateLimitError, 429),
    500: (openai.InternalServerError, 500),
    503: (openai.InternalServerError, 503),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", OPENAI_ERRORS)
def test_openai_raises_the_class_of_each_refusal(kind: str, status: int) -> None:
    wanted, told = OPENAI_ERRORS[status]
    with refused(kind, status) as url, openai_client(url) as client:
        with pytest.raises(wanted) as caught:
            client.chat.completions.create(**chat_asks())
        assert caught.value.status_code == told
        assert f"because of {status}" in str(caught.value)
        with pytest.raises(wanted):
            client.chat.completions.create(**chat_asks(stream=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_nobody_lists_is_not_found_by_either_sdk(kind: str) -> None:
    other = {"anthropic": "openai", "openai": "anthropic"}[kind]
    with between(DemoModel(pace=0), kind, models=["demo-model"]) as url:
        if other == "anthropic":
            with anthropic_client(url) as client, pytest.raises(anthropic.NotFoundError) as told:
                client.messages.create(**claude_asks(model="another"))
            assert "demo-model" in str(told.value)
        else:
            with openai_client(url) as client, pytest.raises(openai.NotFoundError) as caught:
                client.chat.completions.create(**chat_asks(model="another"))
            assert "demo-model" in str(caught.value)
