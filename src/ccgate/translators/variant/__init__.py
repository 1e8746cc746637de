"""A variant: a dialect as one vendor speaks it. A base, and two small pure edits; nothing is subclassed.

    request --before--> request --base.write_request--> body --after--> body, and what these words could not hold

`before` gives the base a request that it writes rightly and without a loss; `after` writes what only this vendor's
servers understand, from the request as the caller made it. A variant is never a client's dialect: its `dialect` is
its base's, so a client of the base is relayed as it is.

Who sends the caller's thoughts back to a vendor must know whose they are. A thought with a seal is its maker's. One
without a seal was told in a dialect that has seals but could not carry this vendor's: it is taken for the vendor's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import attrs
from attrs import field, frozen

from ccgate import ir
from ccgate.translators.protocol import Decoder, Draft, Headers, Operation, UpstreamSide

Body = dict[str, Any]
Losses = list[ir.Loss]
Before = Callable[[ir.Request], ir.Request]
After = Callable[[ir.Request, Body], tuple[Body, Losses]]
Listening = Callable[[Decoder, bool], Decoder]


def as_it_is(request: ir.Request) -> ir.Request:
    return request


def as_written(request: ir.Request, body: Body) -> tuple[Body, Losses]:  # noqa: ARG001
    return body, []


def as_heard(decoder: Decoder, stream: bool) -> Decoder:  # noqa: ARG001
    return decoder


@frozen(kw_only=True)
class Variant:
    """The upstream side of a base dialect, with a vendor's differences.

    `listening` wraps the base's decoder where the vendor's answers hold more than the base reads; it is told whether
    the answer is a stream.
    """

    name: str
    base: UpstreamSide = field(repr=False)
    before: Before = field(default=as_it_is, repr=False)
    after: After = field(default=as_written, repr=False)
    listening: Listening = field(default=as_heard, repr=False)

    @property
    def dialect(self) -> str:
        """The base's: the same words on the wire."""
        return self.base.dialect

    def path(self, operation: Operation, *, model: str, stream: bool) -> str | None:
        return self.base.path(operation, model=model, stream=stream)

    def write_request(self, request: ir.Request) -> Draft:
        draft = self.base.write_request(self.before(request))
        body, losses = self.after(request, draft.body)
        return attrs.evolve(draft, body=body, losses=(*draft.losses, *losses))

    def authorize(self, key: str) -> Headers:
        return self.base.authorize(key)

    def decoder(self, *, stream: bool, asked: ir.Request | None = None) -> Decoder:
        return self.listening(self.base.decoder(stream=stream, asked=asked), stream)

    def read_failure(self, status: int, headers: Headers, body: bytes) -> ir.Failure:
        return self.base.read_failure(status, headers, body)


def each_block(request: ir.Request, edit: Callable[[ir.Block], ir.Block]) -> ir.Request:
    """The request with every block edited, a block before those within it."""
    turns = (attrs.evolve(turn, blocks=_edited(turn.blocks, edit)) for turn in request.turns)
    return attrs.evolve(request, turns=tuple(turns))


def _edited(blocks: tuple[ir.Block, ...], edit: Callable[[ir.Block], ir.Block]) -> tuple[ir.Block, ...]:
    return tuple(_within(edit(block), edit) for block in blocks)


def _within(block: ir.Block, edit: Callable[[ir.Block], ir.Block]) -> ir.Block:
    if isinstance(block, ir.ToolResult):
        return attrs.evolve(block, blocks=_edited(block.blocks, edit))
    if isinstance(block, ir.Media) and isinstance(block.source, ir.Parts):
        return attrs.evolve(block, source=ir.Parts(_edited(block.source.blocks, edit)))
    return block


def unasked(request: ir.Request) -> ir.Request:
    """The request without how hard to think, for a variant that writes it itself.

    A turn that asks for the same as the whole request loses nothing.
    """
    asked = request.reasoning
    if asked is None:
        return request
    turns = (
        attrs.evolve(turn, reasoning=_silent(turn.reasoning))
        if turn.reasoning is not None and _same(turn.reasoning, asked)
        else turn
        for turn in request.turns
    )
    return attrs.evolve(request, reasoning=_silent(asked), turns=tuple(turns))


def _same(one: ir.Reasoning, other: ir.Reasoning) -> bool:
    return (one.mode, one.effort, one.budget) == (other.mode, other.effort, other.budget)


def _silent(asked: ir.Reasoning) -> ir.Reasoning:
    """`between_tools` stays: no variant can ask for it, and the base says so."""
    mode = asked.mode if asked.mode == "between_tools" else None
    return attrs.evolve(asked, mode=mode, effort=None, budget=None)


def rests(asked: ir.Reasoning) -> bool:
    """The caller wants no thinking."""
    return asked.mode == "off" or asked.effort == "none"


def as_own(block: ir.Thinking, dialect: str, kind: str) -> ir.Thinking:
    """A thought without a seal, or one that another server of this dialect told, as this vendor's own."""
    if block.seal is None:
        return attrs.evolve(block, seal=ir.Seal(dialect, kind, "")) if block.parts else block
    if block.seal.maker == dialect and block.seal.kind != kind:
        return attrs.evolve(block, seal=ir.Seal(dialect, kind, ""))
    return block


def unsealed(block: ir.Thinking, dialect: str) -> ir.Thinking:
    """A thought that must not be sent: the base drops what has no seal of its own, and says so."""
    own = block.seal is not None and block.seal.maker == dialect
    return attrs.evolve(block, seal=None) if own else block


def in_words(block: ir.Media, name: str) -> ir.Block:
    """A picture for a model that sees none: the model is told what it does not see, and its loss is reported."""
    if isinstance(block.source, ir.Words | ir.Parts):
        return block
    where = f" at {block.source.url}" if isinstance(block.source, ir.Url) else ""
    says = f"[{block.title or block.kind}{where}: cannot be shown]"
    return ir.Opaque(name, None, says, block.mark, at=block.at)


def nine(id_: str) -> str:
    """Nine letters and digits, always the same for this id."""
    return hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()[:9]
