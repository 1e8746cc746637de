"""Moonshot's Kimi, as its Chat endpoint speaks: https://platform.kimi.ai/docs/api/chat.

Like DeepSeek's, its models think unless told not to, and then want the thoughts back with every call they made:
"thinking is enabled but reasoning_content is missing in assistant tool call message"
(https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model; https://github.com/continuedev/continue/pull/11806).
An empty text may count as missing, so a blank stands where no thought is known.

Which model can be kept from thinking, and which takes an effort, goes by its name
(https://github.com/mnfst/modelparams.dev/pull/168): K3 takes `reasoning_effort` low, high or max and always thinks;
K2.7-code and K2-thinking always think; the other K2 take `thinking: {type}`. Both at once are a 400
(https://github.com/HKUDS/nanobot/issues/3939). Moonshot v1 does not think. A model that thinks cannot be made to call
a tool; K3 can, but not which one (https://github.com/UKGovernmentBEIS/inspect_ai/pull/5152).
"""

from __future__ import annotations

from ccgate import ir
from ccgate.translators import openai_chat
from ccgate.translators.variant import Body, Losses, Variant, as_own, each_block, rests, unasked
from ccgate.translators.variant.chat import (
    free_choice,
    no_effort,
    plain_choice,
    replayed,
    switch_thinking,
    write_effort,
)

NAME = "moonshot"
THOUGHTS = "reasoning_content"
BLANK = " "
BASE = openai_chat.translator

EFFORTS = {"minimal": "low", "low": "low", "medium": "high", "high": "high", "xhigh": "max", "max": "max"}
ALWAYS = ("kimi-k3", "kimi-k2.7-code", "kimi-k2-thinking")
"""Models that cannot be kept from thinking."""


def _name(request: ir.Request) -> str:
    return request.model.rpartition("/")[2].lower()


def before(request: ir.Request) -> ir.Request:
    if not _name(request).startswith("kimi-"):
        return request
    return unasked(each_block(request, _remembered))


def _remembered(block: ir.Block) -> ir.Block:
    return as_own(block, BASE.dialect, THOUGHTS) if isinstance(block, ir.Thinking) else block


def after(request: ir.Request, body: Body) -> tuple[Body, Losses]:
    losses: Losses = []
    name = _name(request)
    if not name.startswith("kimi-"):
        return body, losses
    thinks = True
    if name.startswith(ALWAYS):
        _always(request, body, losses)
    else:
        thinks = switch_thinking(request, body)
        no_effort(request, losses)
    if thinks:
        replayed(body, THOUGHTS, BLANK)
    _choice(request, body, losses, thinks=thinks)
    return body, losses


def _choice(request: ir.Request, body: Body, losses: Losses, *, thinks: bool) -> None:
    plain_choice(request, body, losses)
    if not _name(request).startswith("kimi-k3"):
        if thinks:
            free_choice(request, body, losses)
    elif isinstance(body.get("tool_choice"), dict):
        body["tool_choice"] = "required"
        at = request.choice.at if request.choice is not None else "/tool_choice"
        losses.append(ir.Loss(at, "changed", "this model can be made to call a tool, but not which one", "setting"))


def _always(request: ir.Request, body: Body, losses: Losses) -> None:
    asked = request.reasoning or ir.Reasoning()
    if rests(asked):
        at = asked.place("mode" if asked.mode else "effort")
        losses.append(ir.Loss(at, "dropped", "this model cannot be kept from thinking", "setting"))
    elif _name(request).startswith("kimi-k3"):
        write_effort(request, body, EFFORTS, losses)
    else:
        no_effort(request, losses)


translator = Variant(name=NAME, base=BASE, before=before, after=after)
