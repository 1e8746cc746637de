"""What becomes of state that a provider wants back unread: it goes out with a reply and comes in with the next request.

The client sends the assistant's turn back as it came. What then reaches the provider that made the state must hold it
byte for byte; another provider must not see it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs
from attrs import frozen

from ccgate import ir
from ccgate.testing.fidelity.answering import WORDS, Answer
from ccgate.testing.fidelity.asking import CURRENT, FIRST, HELLO, WEATHER, answered, user
from ccgate.testing.fidelity.judge import ANY, Cell
from ccgate.testing.fidelity.replies import WORST, Path, written
from ccgate.translators import Translator

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"anthropic": "signature", "openai_responses": "encrypted_content", "gemini": "thought_signature"}
)
"""What the dialects that have such state call it."""
STATE: Final = "RXFRQkNnSUFCRGhh"
"""Base64, as every provider writes it."""
STRANGER: Final = "martian"

Echo = tuple[str, Callable[[dict[str, Any]], list[Any]]]
ECHOES: Final[Mapping[str, Echo]] = MappingProxyType(
    {
        "anthropic": ("messages", lambda said: [{"role": "assistant", "content": said["content"]}]),
        "openai_chat": ("messages", lambda said: [said["choices"][0]["message"]]),
        "openai_responses": ("input", lambda said: said["output"]),
        "gemini": ("contents", lambda said: [said["candidates"][0]["content"]]),
    }
)
"""Which list of the next request of a client a reply goes into, and as what."""


@frozen(kw_only=True)
class Kept:
    """One way in which state may come and go. `foreign`: it was made by somebody else than who is asked next."""

    name: str
    calls: bool = False
    foreign: bool = False


KEPT: Final = (
    Kept(name="state of a thought, back to its maker"),
    Kept(name="state of a thought before a tool call, back to its maker", calls=True),
    Kept(name="state of a thought, to another provider", foreign=True),
    Kept(name="state of a thought before a tool call, to another provider", calls=True, foreign=True),
)


def crossed(client: Translator, upstream: Translator, kept: Kept) -> Cell:
    """The cell of one way: the worse of whole and streamed."""
    if client.dialect not in ECHOES or (upstream.dialect not in KINDS and not kept.foreign):
        return Cell(verdict="unasked")
    cells = [_crossed(client, upstream, kept, stream=stream) for stream in (False, True)]
    return max(cells, key=lambda cell: WORST[cell.verdict])


def _crossed(client: Translator, upstream: Translator, kept: Kept, *, stream: bool) -> Cell:
    answer = Answer(name=kept.name, build=lambda _: reply, look=lambda _: (), tools=(WEATHER,))
    reply = _reply(kept, STRANGER if kept.foreign else upstream.dialect)
    path = Path(client, upstream, answer, stream)
    events = list(ir.unfold(reply)) if kept.foreign else path.said(reply)[1]
    data, _, out = path.passed(events)
    draft = upstream.write_request(_next(client, path.read, _document(client, data, stream=stream), upstream))
    reached = (STATE,) if STATE in json.dumps(draft.body) else ()
    losses = (*out, *draft.losses)
    if kept.foreign:
        return Cell(verdict="LOST" if reached or not losses else "reported", losses=losses, got=reached)
    wanted = (STATE,)
    return Cell(
        verdict="exact" if reached else "reported" if losses else "LOST",
        losses=() if reached else losses,
        got=reached,
        wanted=wanted,
    )


def _reply(kept: Kept, maker: str) -> ir.Reply:
    """A thought that its maker has sealed, and what followed it. One provider seals what follows, not the thought."""
    seal = ir.Seal(maker, KINDS.get(maker, "signature"), STATE)
    more = FIRST if kept.calls else ir.Text(WORDS)
    first = ir.Thinking(("First I think.",), "summary")
    behind = maker == "gemini"
    blocks = (first, attrs.evolve(more, seal=seal)) if behind else (attrs.evolve(first, seal=seal), more)
    usage = ir.Usage(input=9, output=4)
    return ir.Reply(id="r-1", model=ANY, blocks=blocks, usage=usage, reason="tool_use" if kept.calls else "end")


def _document(client: Translator, data: bytes, *, stream: bool) -> dict[str, Any]:
    """The whole document of a reply, as a client has it when a stream has ended."""
    if stream:
        decoder = client.decoder(stream=True)
        data, _ = written(client.encoder(stream=False), [*decoder.feed(data), *decoder.close()])
    whole: dict[str, Any] = json.loads(data)
    return whole


def _next(client: Translator, before: ir.Request, said: dict[str, Any], upstream: Translator) -> ir.Request:
    """The request that follows, with the results of calls, or a few words."""
    key, echo = ECHOES[client.dialect]
    body = client.write_request(attrs.evolve(before, turns=(user(HELLO),), stream=False)).body
    read = client.read_request({**body, key: [*body[key], *echo(said)]})
    calls = [block.id for turn in read.turns for block in turn.blocks if isinstance(block, ir.ToolUse)]
    results = tuple(attrs.evolve(answered(), id=call, name=FIRST.name) for call in calls)
    turns = (*read.turns, user(*(results or (ir.Text("Go on."),))))
    return attrs.evolve(read, turns=turns, model=CURRENT.get(upstream.dialect, ANY), tools=(WEATHER,))
