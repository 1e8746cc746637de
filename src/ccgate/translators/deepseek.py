"""DeepSeek, as its Chat endpoint speaks: https://api-docs.deepseek.com/guides/thinking_mode.

The current generation thinks unless told not to. While it thinks,

- a message of the assistant with calls must carry the `reasoning_content` it came with, in all later requests. Without
  the key the request is a 400; an empty text is accepted, and with any other message the field is ignored. Messages
  that never had a thought were seen refused too (https://github.com/Gitlawb/openclaude/issues/878): all get the field;
- no tool can be forced (https://github.com/deepseek-ai/DeepSeek-V3/issues/1376), and sampling has no effect.

`thinking: {"type": "disabled"}` lifts both. The generation of R1 is the opposite: a thought that is sent back is a 400
(https://api-docs.deepseek.com/guides/reasoning_model).

In both: efforts low, high and max; no developer role; no schemas (https://api-docs.deepseek.com/guides/json_mode);
text only (https://api-docs.deepseek.com/api/create-chat-completion).
"""

from __future__ import annotations

from ccgate import ir
from ccgate.translators import openai_chat
from ccgate.translators.variant import Body, Losses, Variant, as_own, each_block, in_words, unasked, unsealed
from ccgate.translators.variant.chat import (
    free_choice,
    idle_sampling,
    plain_choice,
    replayed,
    schema_in_words,
    switch_thinking,
    write_effort,
)

NAME = "deepseek"
THOUGHTS = "reasoning_content"
BASE = openai_chat.translator

EFFORTS = {
    "minimal": "low",
    "low": "low",
    "medium": "high",
    "high": "high",
    "xhigh": "high",
    "max": "max",
    "ultra": "max",
}
"""As the vendor maps them."""

OLD = ("deepseek-r1", "deepseek-reasoner")


def is_old(model: str) -> bool:
    """The generation of R1, by the last segment of the name: routers put the vendor before it."""
    return model.rpartition("/")[2].lower().startswith(OLD)


def before(request: ir.Request) -> ir.Request:
    if is_old(request.model):
        return each_block(request, _forgotten)
    return unasked(each_block(request, _remembered))


def _remembered(block: ir.Block) -> ir.Block:
    if isinstance(block, ir.Thinking):
        return as_own(block, BASE.dialect, THOUGHTS)
    return in_words(block, NAME) if isinstance(block, ir.Media) else block


def _forgotten(block: ir.Block) -> ir.Block:
    if isinstance(block, ir.Thinking):
        return unsealed(block, BASE.dialect)
    return in_words(block, NAME) if isinstance(block, ir.Media) else block


def after(request: ir.Request, body: Body) -> tuple[Body, Losses]:
    losses: Losses = []
    schema_in_words(request, body, losses)
    if is_old(request.model):
        return body, losses
    if switch_thinking(request, body):
        write_effort(request, body, EFFORTS, losses)
        replayed(body, THOUGHTS, "")
        free_choice(request, body, losses)
        idle_sampling(request, body, losses)
    else:
        plain_choice(request, body, losses)
    return body, losses


translator = Variant(name=NAME, base=BASE, before=before, after=after)
