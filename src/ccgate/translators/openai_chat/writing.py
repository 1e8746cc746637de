"""A request, written for a Chat Completions server."""

from __future__ import annotations

from typing import Any

from ccgate import ir
from ccgate.policy.losses import Losses, summed
from ccgate.policy.openai_models import facts
from ccgate.translators.openai_chat import settings
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.translators.openai_chat.names import Names
from ccgate.translators.openai_chat.parts import merged
from ccgate.translators.openai_chat.toolbox import knows_custom, write_choice, write_tools
from ccgate.translators.openai_chat.turns import Messages
from ccgate.translators.protocol import Draft

PATH = "/chat/completions"


def write_request(request: ir.Request) -> Draft:
    """The request in this dialect's words, and what these could not hold.

    `$schema` in a tool's schema and the spelling of ids that are too long are changed without a loss: nobody reads
    them. A request from this dialect goes home as it came, in today's words and in the shortest spelling.
    """
    losses = Losses(DIALECT)
    names = Names(losses)
    known = facts(request.model)
    own = losses.own(request)
    tools = write_tools(request, losses, names)
    effort = settings.effort_of(request.reasoning) if request.reasoning else None
    body: dict[str, Any] = {
        "model": request.model,
        "messages": Messages(losses, names, effort, knows_custom(request)).write(request.turns),
    }
    if tools:
        body["tools"] = tools
    body |= write_choice(request, tools, losses, names)
    body |= settings.write_limits(request, known, losses)
    body |= settings.write_sampling(request, known, losses)
    body |= settings.write_stop(request, known, losses)
    body |= settings.write_reasoning(request, known, losses)
    body |= settings.write_format(request, known, losses)
    body |= settings.write_rest(request, losses)
    return Draft(path=PATH, body=merged(body, own), losses=summed(losses.found))
