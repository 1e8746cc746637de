"""What becomes of a reply on its way from an upstream's dialect to a client's, whole and streamed.

The encoder of the upstream's dialect stands in for the upstream: it answers what the upstream was really asked, so
that a tool that was shown as another is called as that other. What the decoder then understands is what the upstream
said; what the client's dialect makes of it is read back by its own decoder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.errors import ReplyError
from ccgate.testing.fidelity.answering import Answer, asked
from ccgate.testing.fidelity.judge import ANY, BESIDE, Cell, Verdict, judged, native
from ccgate.translators import Draft, Encoder, Translator
from ccgate.wire import jsonstring

WORST: dict[Verdict, int] = {
    "unasked": -1,
    "exact": 0,
    "approximated": 1,
    "reported": 2,
    "refused": 3,
    "LOST": 4,
}


@define
class Path:
    """One call from a client through us to an upstream, as far as it concerns the reply."""

    client: Translator
    upstream: Translator
    answer: Answer
    stream: bool
    read: ir.Request = field(init=False)
    draft: Draft = field(init=False)

    def __attrs_post_init__(self) -> None:
        """What the client asks for, and what the upstream gets."""
        self.read = attrs.evolve(native(self.client, asked(self.answer, stream=self.stream)), model=ANY)
        self.draft = self.upstream.write_request(self.read)

    def said(self, reply: ir.Reply) -> tuple[bytes, list[ir.Event]]:
        """What the upstream sends for this reply, and the events we make of it."""
        sent = self.upstream.read_request(self.draft.body)
        offered = {tool.name: tool for tool in sent.tools if isinstance(tool, ir.Tool)}
        called = attrs.evolve(reply, blocks=tuple(_as_offered(block, offered) for block in reply.blocks))
        encoder = self.upstream.encoder(stream=self.stream, asked=sent if self.stream else None)
        data, _ = written(encoder, ir.unfold(called))
        decoder = self.upstream.decoder(stream=self.stream, asked=self.read)
        return data, [*decoder.feed(data), *decoder.close()]

    def passed(self, events: Iterable[ir.Event]) -> tuple[bytes, ir.Reply, tuple[ir.Loss, ...]]:
        """What the client gets, what its own decoder makes of it, and what was lost."""
        data, losses = written(self.client.encoder(stream=self.stream, asked=self.read), events)
        decoder = self.client.decoder(stream=self.stream)
        return data, ir.fold([*decoder.feed(data), *decoder.close()]), losses


def written(encoder: Encoder, events: Iterable[ir.Event]) -> tuple[bytes, tuple[ir.Loss, ...]]:
    data = b"".join([*(encoder.feed(event) for event in events), encoder.close()])
    return data, tuple(encoder.losses)


def _as_offered(block: ir.Block, offered: dict[str, ir.Tool]) -> ir.Block:
    """A call as the upstream makes it of a tool it may know by another name and with other arguments."""
    if not isinstance(block, ir.ToolUse):
        return block
    full = f"{block.namespace}__{block.name}"
    if block.namespace is not None and full in offered:
        block = attrs.evolve(block, name=full, namespace=None)
    if block.form == "text" and block.name in offered and offered[block.name].form == "json":
        words = json.dumps({jsonstring.KEY: block.arguments})
        block = attrs.evolve(block, form="json", arguments=words)
    return block


def crossed(client: Translator, upstream: Translator, answer: Answer) -> Cell:
    """The cell of one reply: the worse of whole and streamed."""
    cells = [
        _crossed(Path(client, upstream, answer, stream)) for stream in ((False, True) if answer.whole else (True,))
    ]
    return max(cells, key=lambda cell: WORST[cell.verdict])


def _crossed(path: Path) -> Cell:
    reply, look = path.answer.build(path.upstream.dialect), path.answer.look
    if len(path.answer.tools) != len(path.read.tools) or not _kept(path):
        return Cell(verdict="unasked")
    try:
        _, events = path.said(reply)
    except ReplyError:
        return Cell(verdict="unasked")
    understood = look(ir.fold(events))
    if understood != look(reply):
        return Cell(verdict="unasked", got=understood, wanted=look(reply))
    _, got, losses = path.passed(events)
    cell = judged(understood, look(got), [loss for loss in losses if not loss.at.endswith(BESIDE)])
    otherwise = path.answer.otherwise
    if cell.verdict != "LOST" or otherwise is None or not otherwise(got):
        return cell
    return attrs.evolve(cell, verdict="approximated", why=path.answer.because)


def _kept(path: Path) -> bool:
    """Whether the client can offer these tools at all."""
    pairs = zip(path.answer.tools, path.read.tools, strict=True)
    return all(
        isinstance(own, ir.Tool)
        and isinstance(read, ir.Tool)
        and (own.name, own.form, own.namespace) == (read.name, read.form, read.namespace)
        for own, read in pairs
    )
