"""Whose opaque state it is: not only a dialect's, but one provider's.

Two providers of one dialect cannot read each other's signatures and encrypted thoughts, and one that does not know the
field they stand in refuses the request. A translator knows dialects only. So what a decoder gives out is marked with
the provider it came from, and what a client sends back is given to a translator as its own only for that provider.
"""

from __future__ import annotations

from attrs import evolve

from ccgate import ir

Sealed = ir.Thinking | ir.Text | ir.ToolUse


def marked(event: ir.Event, provider: str) -> ir.Event:
    """An event of this provider's reply; a seal in it tells from whom it is."""
    if isinstance(event, ir.Delta) and isinstance(event.piece, ir.Seal):
        return evolve(event, piece=_marked(event.piece, provider))
    if isinstance(event, ir.Opened) and isinstance(event.block, Sealed) and event.block.seal is not None:
        return evolve(event, block=evolve(event.block, seal=_marked(event.block.seal, provider)))
    return event


def _marked(seal: ir.Seal, provider: str) -> ir.Seal:
    return evolve(seal, maker=f"{seal.maker}@{provider}")


def owned(request: ir.Request, provider: str) -> ir.Request:
    """The request as this provider's translator may see it: the provider's seals are its own, all others strangers'."""
    mark = f"@{provider}"

    def home(block: ir.Block) -> ir.Block:
        if isinstance(block, Sealed) and block.seal is not None and block.seal.maker.endswith(mark):
            return evolve(block, seal=evolve(block.seal, maker=block.seal.maker.removesuffix(mark)))
        return block

    turns = (evolve(turn, blocks=tuple(map(home, turn.blocks))) for turn in request.turns)
    return evolve(request, turns=tuple(turns))
