"""Mistral, as its Chat endpoint speaks: https://docs.mistral.ai/api/endpoint/chat.

- Ids of calls are nine letters and digits; others are a 400 (https://github.com/anomalyco/opencode/issues/1680).
- A key that the server does not know is a 422 (https://github.com/mistralai/platform-docs-public/issues/7), also in a
  message: thoughts cannot stand in a field of their own (https://github.com/charmbracelet/crush/issues/1590). The keys
  it knows are those of the vendor's SDK (`mistralai.client.models.ChatCompletionStreamRequest`, 3.7.0). `seed` is
  `random_seed`, `max_completion_tokens` is `max_tokens`; usage comes with the last chunk of every stream.
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from ccgate import ir
from ccgate.translators import openai_chat
from ccgate.translators.variant import Body, Losses, Variant, each_block, nine, unsealed
from ccgate.translators.variant.chat import known_only, plain_choice

NAME = "mistral"
BASE = openai_chat.translator

KEYS = (
    "model messages temperature top_p max_tokens stream stop random_seed metadata response_format tools tool_choice"
    " presence_penalty frequency_penalty min_tokens repetition_penalty top_k logprobs top_logprobs prompt_logprobs"
    " top_prompt_logprobs n prediction parallel_tool_calls reasoning_effort prompt_mode guardrails prompt_cache_key"
    " service_tier safe_prompt"
)
KNOWN = frozenset(KEYS.split())
RENAMED = {"seed": "random_seed", "max_completion_tokens": "max_tokens"}

_good_id = re.compile(r"[a-zA-Z0-9]{9}").fullmatch


def before(request: ir.Request) -> ir.Request:
    sampling = attrs.evolve(request.sampling, top_k=None)
    return attrs.evolve(each_block(request, _edited), sampling=sampling)


def _edited(block: ir.Block) -> ir.Block:
    if isinstance(block, ir.Thinking):
        return unsealed(block, BASE.dialect)
    if isinstance(block, ir.ToolUse | ir.ToolResult):
        return attrs.evolve(block, id=block.id if _good_id(block.id) else nine(block.id))
    return block


def after(request: ir.Request, body: Body) -> tuple[Body, Losses]:
    losses: Losses = []
    plain_choice(request, body, losses)
    renamed: dict[str, Any] = {RENAMED.get(key, key): value for key, value in body.items()}
    if request.sampling.top_k is not None:
        renamed["top_k"] = request.sampling.top_k
    known_only(request, renamed, KNOWN, losses)
    return renamed, losses


translator = Variant(name=NAME, base=BASE, before=before, after=after)
