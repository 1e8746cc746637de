"""Z.ai's GLM, as its Chat endpoint speaks: https://docs.z.ai/guides/capabilities/thinking-mode.

It thinks unless `thinking: {"type": "disabled"}` is said, and wants its thoughts back with the results of its calls. It
knows no other choice of tools than `auto` (https://java.agentscope.io/v2/en/integration/model/glm).
"""

from __future__ import annotations

from ccgate import ir
from ccgate.translators import openai_chat
from ccgate.translators.variant import Body, Losses, Variant, as_own, each_block, unasked
from ccgate.translators.variant.chat import free_choice, no_effort, switch_thinking

NAME = "zai"
BASE = openai_chat.translator


def before(request: ir.Request) -> ir.Request:
    return unasked(each_block(request, _remembered))


def _remembered(block: ir.Block) -> ir.Block:
    return as_own(block, BASE.dialect, "reasoning_content") if isinstance(block, ir.Thinking) else block


def after(request: ir.Request, body: Body) -> tuple[Body, Losses]:
    losses: Losses = []
    switch_thinking(request, body)
    no_effort(request, losses)
    free_choice(request, body, losses)
    return body, losses


translator = Variant(name=NAME, base=BASE, before=before, after=after)
