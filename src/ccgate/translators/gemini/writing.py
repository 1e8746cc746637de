"""A request, written for Google's servers: https://ai.google.dev/api/generate-content

The model and the wish for a stream go into the path.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from ccgate import ir
from ccgate.policy.losses import summed
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.losses import Losses, merged
from ccgate.translators.gemini.models import facts
from ccgate.translators.gemini.names import Names
from ccgate.translators.gemini.settings import Settings
from ccgate.translators.gemini.toolbox import write_choice, write_tools
from ccgate.translators.gemini.turns import SYSTEM, Contents
from ccgate.translators.protocol import Draft, Operation

METHODS: Final = {"generate": "generateContent", "count_tokens": "countTokens"}
SAFE: Final = "@,=+~!$'()*"
DOTS: Final = frozenset({".", ".."})
"""Segments with which a name would lead to another place of the server; then its slashes are no slashes."""
NO_TIER: Final = ("auto", "default")


def path_of(operation: Operation, model: str, *, stream: bool) -> str:
    """The path of an operation; without a query, which a client of this dialect brings itself."""
    if operation == "models":
        return "/models"
    method = "streamGenerateContent" if stream and operation == "generate" else METHODS[operation]
    name = model.removeprefix("models/")
    climbs = not DOTS.isdisjoint(name.split("/"))
    return f"/models/{quote(name, safe=SAFE if climbs else '/' + SAFE)}:{method}"


def write_request(request: ir.Request) -> Draft:
    """The request in this dialect's words, and what these could not hold.

    A request from this dialect goes home as it came, in the first of two spellings.
    """
    losses = Losses(DIALECT)
    names = Names(losses)
    known = facts(request.model)
    own = losses.own(request)
    leading = next((n for n, turn in enumerate(request.turns) if turn.role not in SYSTEM), len(request.turns))
    contents = Contents(losses, names, known, request.reasoning)
    system = contents.system(request.turns[:leading])
    body: dict[str, Any] = {"contents": contents.write(request.turns[leading:])}
    if system is not None:
        body["systemInstruction"] = system
    tools = write_tools(request, known, losses, names)
    if tools:
        body["tools"] = tools
    choice = write_choice(request, tools, losses, names)
    if choice:
        body["toolConfig"] = choice
    config = Settings(request, known, losses).write(tools=bool(tools))
    if config:
        body["generationConfig"] = config
    _rest(request, losses)
    path = path_of("generate", request.model, stream=request.stream)
    if request.stream:
        path += "?alt=sse"
    return Draft(path=path, body=merged(body, own), losses=summed(losses.found))


def _rest(request: ir.Request, losses: Losses) -> None:
    """Who asks, where the prompt's cache is, and how it is served: none of it can be told."""
    if request.cache_key is not None:
        losses.add(request.place("cache_key"), "dropped", "prefixes are found without a key", "hint")
    if request.user is not None:
        losses.add(request.place("user"), "dropped", "who asks cannot be told", "hint")
    if request.tier is not None and request.tier not in NO_TIER:
        losses.add(request.place("tier"), "dropped", "there is no such service tier here", "setting")
