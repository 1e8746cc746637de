"""Groq, as its Chat endpoint speaks: https://console.groq.com/docs/openai.

A key that the server does not know is a 400; so is `reasoning_content` in a message
(https://github.com/janhq/jan/issues/8136). The keys it knows are those of the vendor's SDK
(`groq.types.chat.completion_create_params`), and `stream_options`.
"""

from __future__ import annotations

from ccgate import ir
from ccgate.translators import openai_chat
from ccgate.translators.variant import Body, Losses, Variant, each_block, unsealed
from ccgate.translators.variant.chat import known_only, plain_choice

NAME = "groq"
BASE = openai_chat.translator

KEYS = (
    "model messages citation_options compound_custom disable_tool_validation documents exclude_domains"
    " frequency_penalty function_call functions include_domains include_reasoning logit_bias logprobs"
    " max_completion_tokens max_tokens metadata n parallel_tool_calls presence_penalty reasoning_effort"
    " reasoning_format response_format search_settings seed service_tier stop store stream stream_options temperature"
    " tool_choice tools top_logprobs top_p user"
)
KNOWN = frozenset(KEYS.split())
TIERS = ("auto", "on_demand", "flex", "performance")


def before(request: ir.Request) -> ir.Request:
    return each_block(request, _forgotten)


def _forgotten(block: ir.Block) -> ir.Block:
    return unsealed(block, BASE.dialect) if isinstance(block, ir.Thinking) else block


def after(request: ir.Request, body: Body) -> tuple[Body, Losses]:
    losses: Losses = []
    plain_choice(request, body, losses)
    known = KNOWN if body.get("service_tier") in TIERS else KNOWN - {"service_tier"}
    known_only(request, body, known, losses)
    return body, losses


translator = Variant(name=NAME, base=BASE, before=before, after=after)
