from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from ccgate.testing import ask
from ccgate.testing.demo import DemoModel
from ccgate.testing.serve import serving

COMMAND = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
BASH = {"name": "Bash", "description": "Runs a command.", "input_schema": COMMAND}
BASH_FUNCTION = {"type": "function", "function": {"name": "Bash", "parameters": COMMAND}}
HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(DemoModel(pace=0)) as base:
        yield base


@pytest.fixture
def claude(url: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="k", base_url=url, max_retries=0) as client:
        yield client


@pytest.fixture
def chat(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=f"{url}/any/prefix/v1", max_retries=0) as client:
        yield client


def test_messages_stream_thinking_text_and_a_tool_call(claude):
    thinking = {"type": "adaptive"}
    with claude.messages.stream(model="m-1", max_tokens=99, messages=HELLO, tools=[BASH], thinking=thinking) as stream:
        events = [event.type for event in stream]
        message = stream.get_final_message()
    thought, text, call = message.content
    assert thought.thinking
    assert thought.signature
    assert "m-1" in text.text
    assert (call.name, call.input) == ("Bash", {"command": "echo hello from the demo model"})
    assert message.stop_reason == "tool_use"
    assert events.count("text") > 5
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0


def test_messages_whole_say_the_same_as_streamed(claude):
    asked = {"model": "m-1", "max_tokens": 99, "messages": HELLO, "tools": [BASH], "thinking": {"type": "adaptive"}}
    whole = claude.messages.create(**asked)
    with claude.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    drop = {"id", "parsed_output", "caller"}
    assert whole.stop_reason == streamed.stop_reason
    assert whole.usage.output_tokens == streamed.usage.output_tokens
    blocks = [[block.model_dump(exclude=drop) for block in message.content] for message in (whole, streamed)]
    assert blocks[0] == blocks[1]


def test_a_tool_result_is_quoted_in_messages(claude):
    call = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "two files"}]}
    turns = [*HELLO, {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    message = claude.messages.create(model="m", max_tokens=99, messages=turns, tools=[BASH])
    assert '"two files"' in message.content[0].text
    assert message.stop_reason == "end_turn"
    assert message.usage.cache_read_input_tokens > 0
    assert message.usage.cache_creation_input_tokens == 0


def test_tokens_are_counted_as_they_are_billed(claude):
    counted = claude.messages.count_tokens(model="m", messages=HELLO, system="be kind", tools=[BASH])
    usage = claude.messages.create(model="m", max_tokens=9, messages=HELLO, system="be kind", tools=[BASH]).usage
    billed = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens
    assert counted.input_tokens == billed > 0


def test_chat_streams_reasoning_text_and_a_tool_call(chat):
    chunks = list(
        chat.chat.completions.create(
            model="m-2",
            messages=HELLO,
            tools=[BASH_FUNCTION],
            reasoning_effort="high",
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    calls = [call for delta in deltas for call in delta.tool_calls or ()]
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas)
    assert "m-2" in "".join(delta.content or "" for delta in deltas)
    assert calls[0].function.name == "Bash"
    arguments = "".join(call.function.arguments for call in calls)
    assert json.loads(arguments) == {"command": "echo hello from the demo model"}
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "tool_calls"
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    usage = chunks[-1].usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert 0 < usage.completion_tokens_details.reasoning_tokens < usage.completion_tokens


def test_a_chat_stream_tells_usage_only_when_asked(chat):
    chunks = list(chat.chat.completions.create(model="m", messages=HELLO, stream=True))
    assert all("usage" not in chunk.model_fields_set and chunk.choices for chunk in chunks)


def test_chat_whole_quotes_a_tool_and_counts_what_a_cache_has(chat):
    call = {"id": "c1", "type": "function", "function": {"name": "Bash", "arguments": "{}"}}
    turns = [
        *HELLO,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "two files"},
        {"role": "user", "content": "go on"},
    ]
    reply = chat.chat.completions.create(model="m", messages=turns, tools=[BASH_FUNCTION], reasoning_effort="low")
    message = reply.choices[0].message
    assert '"two files"' in message.content
    assert message.reasoning_content
    assert message.tool_calls is None
    assert reply.usage.prompt_tokens_details.cached_tokens > 0


def test_chat_whole_calls_a_tool_whose_command_is_a_list(chat):
    argv = {"type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}}}}
    tools = [{"type": "function", "function": {"name": "shell", "parameters": argv}}]
    reply = chat.chat.completions.create(model="m", messages=HELLO, tools=tools)
    call = reply.choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments) == {"command": ["echo", "hello from the demo model"]}
    assert reply.usage.prompt_tokens_details.cached_tokens == 0


def test_no_tool_is_called_that_runs_no_command_or_may_not_be_called(claude, chat):
    other = {"name": "Read", "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}}}
    bare = {"name": "Look", "input_schema": {"type": "object"}}
    message = claude.messages.create(model="m", max_tokens=9, messages=HELLO, tools=[other, bare])
    assert "not a language model" in message.content[0].text
    none = {"type": "none"}
    message = claude.messages.create(model="m", max_tokens=9, messages=HELLO, tools=[BASH], tool_choice=none)
    assert message.stop_reason == "end_turn"
    reply = chat.chat.completions.create(model="m", messages=HELLO, tools=[BASH_FUNCTION], tool_choice="none")
    assert reply.choices[0].finish_reason == "stop"


def test_models_are_listed_in_the_dialect_of_who_asks(claude, chat):
    assert [model.id for model in claude.models.list()] == [model.id for model in chat.models.list()] != []


@pytest.mark.parametrize(
    ("extra", "thinks"),
    [
        ({}, False),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning": {"effort": "high"}}, True),
        ({"thinking": {"type": "enabled"}}, True),
        ({"thinking": {"type": "disabled"}}, False),
    ],
)
def test_chat_thinks_when_it_is_asked_to_in_any_server_s_words(chat, extra, thinks):
    reply = chat.chat.completions.create(model="m", messages=HELLO, extra_body=extra)
    assert hasattr(reply.choices[0].message, "reasoning_content") == thinks


BAD: list[tuple[Any, str]] = [
    (b"{", "not JSON"),
    (b"[]", "not an object"),
    (b"{}", "model"),
    (b'{"model":"m"}', "messages"),
    (b'{"model":"m","messages":[]}', "messages"),
    (b'{"model":"m","messages":[1]}', "messages"),
]


@pytest.mark.parametrize(("body", "says"), BAD)
async def test_a_bad_body_is_refused_in_the_dialect_s_words(body, says):
    for path, read in (("/v1/messages", anthropic_error), ("/v1/chat/completions", openai_error)):
        answer = await ask(DemoModel(pace=0), "POST", path, body=body)
        assert answer.status == 400
        kind, message = read(json.loads(answer.body))
        assert kind == "invalid_request_error"
        assert says in message


def anthropic_error(document: Any) -> tuple[str, str]:
    assert document["type"] == "error"
    return document["error"]["type"], document["error"]["message"]


def openai_error(document: Any) -> tuple[str, str]:
    assert set(document["error"]) == {"message", "type", "param", "code"}
    return document["error"]["type"], document["error"]["message"]


def test_messages_want_max_tokens(claude):
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        claude.post("/v1/messages", body={"model": "m", "messages": HELLO}, cast_to=object)


def test_an_unknown_path_and_a_wrong_method_are_refused(claude, chat):
    with pytest.raises(anthropic.NotFoundError, match="not_found_error"):
        claude.post("/v1/nothing", body={}, cast_to=object)
    with pytest.raises(openai.NotFoundError, match="nothing is served"):
        chat.post("/nothing", body={}, cast_to=object)
    with pytest.raises(openai.APIStatusError, match="takes POST"):
        chat.get("/chat/completions", cast_to=object)


async def test_a_stream_keeps_its_pace():
    body = json.dumps({"model": "m", "messages": HELLO, "stream": True}).encode()
    answer = await ask(DemoModel(pace=0.0001), "POST", "/v1/chat/completions", body=body)
    assert answer.body.endswith(b"data: [DONE]\n\n")
