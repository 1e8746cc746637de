"""What a client of one dialect is told of its own fields, when an upstream of another is asked."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate import ir
from ccgate.translators import find

HI = [{"type": "message", "id": "msg_1", "role": "user", "content": "hi"}]


def told(upstream: str, client: str, body: dict[str, Any]) -> dict[str, ir.Loss]:
    draft = find(upstream).write_request(find(client).read_request(body))
    return {loss.at: loss for loss in draft.losses}


@pytest.mark.parametrize("upstream", ["anthropic", "openai_chat"])
@pytest.mark.parametrize("kept", ["previous_response_id", "conversation", "prompt"])
def test_a_conversation_that_is_kept_elsewhere_is_content(upstream: str, kept: str) -> None:
    losses = told(upstream, "openai_responses", {"model": "m", "input": HI, kept: "x_1", "truncation": "auto"})
    assert {at: loss.grade for at, loss in losses.items()} == {
        f"/{kept}": "content",
        "/truncation": "setting",
        "/input/0/id": "hint",
    }
    assert [loss.at for loss in ir.refusable(losses.values())] == [f"/{kept}"]


@pytest.mark.parametrize("upstream", ["anthropic", "openai_chat"])
def test_a_conversation_that_is_not_kept_is_not_lost(upstream: str) -> None:
    assert told(upstream, "openai_responses", {"model": "m", "input": "hi", "previous_response_id": None}) == {}


@pytest.mark.parametrize("upstream", ["openai_chat", "openai_responses"])
def test_the_billing_block_is_not_told_as_if_the_prompt_were_lost(upstream: str) -> None:
    billing = {"type": "text", "text": "x-anthropic-billing-header: cc_version=2"}
    body = {"model": "m", "system": [billing, {"type": "text", "text": "be brief"}], "max_tokens": 99}
    losses = told(upstream, "anthropic", {**body, "messages": [{"role": "user", "content": "hi"}]})
    (loss,) = losses.values()
    assert loss == ir.Loss("/system/0", "dropped", "only the caller's dialect knows it", "hint")


@pytest.mark.parametrize("upstream", ["anthropic", "openai_chat"])
def test_a_search_that_the_caller_runs_is_offered_and_loses_hints_at_most(upstream: str) -> None:
    search = {"type": "tool_search", "execution": "client", "description": "d", "parameters": {"type": "object"}}
    call = {"type": "tool_search_call", "id": "1", "call_id": "a", "execution": "client", "arguments": {"query": "q"}}
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}, "defer_loading": True}
    output = {"type": "tool_search_output", "id": "2", "call_id": "a", "execution": "client", "tools": [tool]}
    body = {"model": "m", "tools": [search], "input": [*HI, call, output]}
    assert {loss.grade for loss in told(upstream, "openai_responses", body).values()} == {"hint"}


@pytest.mark.parametrize("upstream", ["anthropic", "openai_chat"])
def test_a_search_that_the_provider_runs_is_content(upstream: str) -> None:
    body = {"model": "m", "tools": [{"type": "tool_search"}], "input": "hi"}
    assert told(upstream, "openai_responses", body)["/tools/0"].grade == "content"
