"""OpenRouter, as its Chat endpoint speaks: https://openrouter.ai/docs/api-reference/overview.

- How hard to think is `reasoning: {effort | max_tokens | enabled}` (https://openrouter.ai/docs/use-cases/reasoning-tokens).
  `exclude` is never asked for: thoughts that are not shown could not be handed back.
- Answers hold `reasoning_details`; their signatures and encrypted parts are wanted back, whole, with the calls they
  came with (the same page). See `ccgate.translators.variant.details`.
- Cache breakpoints stand on parts, for models of Anthropic and Google
  (https://openrouter.ai/docs/client-sdks/typescript/models/anthropiccachecontroldirective,
  https://github.com/pydantic/pydantic-ai/issues/4392).
- What a model does not take is left out by the router (https://openrouter.ai/docs/api-reference/parameters), so that
  the base is not told which model it is.

Comments and errors in a stream are the base's. `HTTP-Referer` and `X-Title` are headers that the user may set.
"""

from __future__ import annotations

import attrs

from ccgate import ir
from ccgate.translators import openai_chat
from ccgate.translators.variant import Body, Losses, Variant, as_own, each_block, rests, unasked, unsealed
from ccgate.translators.variant.details import DETAILS, Details, listening, readable, written

NAME = "openrouter"
BASE = openai_chat.translator
SIGNING = ("claude-", "gemini-", "gpt-", "o1", "o3", "o4")
"""Models that know their thoughts by a signature: words alone are no use to them."""
MARKED = ("claude-", "gemini-")
EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")


def _family(request: ir.Request) -> str:
    """`anthropic/claude-opus-4.8:beta` is of the family that begins with `claude-`."""
    return request.model.rpartition("/")[2].lower()


def before(request: ir.Request) -> ir.Request:
    family = _family(request)
    signing, marking, timed = (family.startswith(names) for names in (SIGNING, MARKED, MARKED[:1]))

    def edit(block: ir.Block) -> ir.Block:
        if isinstance(block, ir.Thinking):
            return _thought(block, signing=signing)
        return _marked(block, timed=timed) if marking else block

    bare = attrs.evolve(request, model="", sampling=attrs.evolve(request.sampling, top_k=None))
    if request.format is not None:
        bare = attrs.evolve(bare, format=attrs.evolve(request.format, verbosity=None))
    return unasked(each_block(bare, edit))


def _thought(block: ir.Thinking, *, signing: bool) -> ir.Block:
    """The details it came with stand for its words, on their way through the base as words."""
    if block.seal is not None and block.seal.maker == NAME and readable(block.seal.value):
        return attrs.evolve(block, parts=(block.seal.value,), seal=ir.Seal(BASE.dialect, DETAILS, ""))
    return unsealed(block, BASE.dialect) if signing else as_own(block, BASE.dialect, "reasoning")


def _marked(block: ir.Block, *, timed: bool) -> ir.Block:
    """A cache breakpoint as a field of the part. A result hands it to its last text."""
    if isinstance(block, ir.ToolResult):
        return _handed_on(block)
    if not isinstance(block, ir.Text | ir.Media) or block.mark is None or not _is_part(block):
        return block
    extra = block.extra or ir.Opaque(BASE.dialect, {}, at=block.at)
    if extra.dialect != BASE.dialect:
        return block  # the base reports both
    control = {"type": "ephemeral"} | ({"ttl": block.mark.ttl} if timed and block.mark.ttl else {})
    return attrs.evolve(block, mark=None, extra=attrs.evolve(extra, value={**extra.value, "cache_control": control}))


def _is_part(block: ir.Text | ir.Media) -> bool:
    """Written as one part, with its own fields."""
    picture = isinstance(block, ir.Media) and block.kind == "image" and isinstance(block.source, ir.Inline | ir.Url)
    return picture or isinstance(block, ir.Text)


def _handed_on(result: ir.ToolResult) -> ir.ToolResult:
    last = result.blocks[-1] if result.blocks else None
    if result.mark is None or not isinstance(last, ir.Text) or last.mark is not None:
        return result
    return attrs.evolve(result, mark=None, blocks=(*result.blocks[:-1], attrs.evolve(last, mark=result.mark)))


def after(request: ir.Request, body: Body) -> tuple[Body, Losses]:
    losses: Losses = []
    body["model"] = request.model
    reasoning = _reasoning(request, losses)
    if reasoning:
        body.setdefault("reasoning", reasoning)
    if request.sampling.top_k is not None:
        body["top_k"] = request.sampling.top_k
    if request.format is not None and request.format.verbosity is not None:
        body["verbosity"] = request.format.verbosity
    for message in body["messages"]:
        if DETAILS in message:
            message[DETAILS] = written(message[DETAILS])
    return body, losses


def _reasoning(request: ir.Request, losses: Losses) -> Body:
    """An effort or a budget, not both."""
    asked = request.reasoning or ir.Reasoning()
    if rests(asked):
        return {"effort": "none"}
    if asked.budget is not None:
        if asked.effort is not None:
            why = "either a budget or an effort can be asked for"
            losses.append(ir.Loss(asked.place("effort"), "dropped", why, "setting"))
        return {"max_tokens": asked.budget}
    if asked.effort in EFFORTS:
        return {"effort": asked.effort}
    if asked.effort is not None:
        losses.append(ir.Loss(asked.place("effort"), "dropped", "this effort is not known here", "setting"))
    return {"enabled": True} if asked.mode in {"adaptive", "budget"} else {}


translator = Variant(
    name=NAME,
    base=BASE,
    before=before,
    after=after,
    listening=lambda decoder, stream: listening(decoder, Details(NAME, BASE.dialect), stream=stream),
)
