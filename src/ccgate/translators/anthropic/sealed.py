"""Opaque state of other providers in what a client of this dialect sends back.

It rides in the `signature` of thinking blocks (`ccgate.wire.seals`), which clients hand back unread. A seal of thinking
stands in that thinking; one of a text or a call stands in a thinking block without words before it, or behind it where
it came too late. These blocks are ours: read here, they become seals again; on their way to a server of this dialect
they are cut out of the body, for no provider would take them.

A thinking block whose signature is empty comes from a model that does not sign. Claude models refuse it, so for them it
is cut out, too; other servers of this dialect may want their own thinking back and get it.
https://platform.claude.com/docs/en/build-with-claude/extended-thinking
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.translators.anthropic.blocks import read_block, read_content
from ccgate.wire import seals
from ccgate.wire.jsontext import JsonText

SIGNED: Final = "claude"
"""Part of the names of models that sign their thinking, and take no other."""
UNSIGNED: Final = (b'"signature":""', b'"signature": ""')
CARRIED: Final = frozenset({"next", "last", "text"})


def read_said(value: Any, at: str) -> tuple[ir.Block, ...]:
    """The content of a message. A seal that stands for itself goes to its block; the block that carried it is gone."""
    if not isinstance(value, list):
        return read_content(value, at)
    said = Said()
    for n, each in enumerate(value):
        here = ir.child(at, n)
        held = _carried(each)
        if held is None:
            said.add(read_block(each, here))
        else:
            said.carry(held, here)
    return (*said.blocks, *said.waiting)


@define
class Said:
    """The blocks so far. `waiting` holds, as a text without words, the seal that the next one brought with it; it stays
    such a text when no text or call follows."""

    blocks: list[ir.Block] = field(factory=list)
    waiting: list[ir.Text] = field(factory=list)

    def add(self, block: ir.Block) -> None:
        if self.waiting and isinstance(block, ir.Text | ir.ToolUse):
            block = attrs.evolve(block, seal=self.waiting.pop().seal)
        self.flush()
        self.blocks.append(block)

    def flush(self) -> None:
        self.blocks += self.waiting
        self.waiting.clear()

    def carry(self, held: seals.Sealed, at: str) -> None:
        self.flush()
        seal = ir.Seal(held.maker, held.kind, held.value)
        last = self.blocks[-1] if self.blocks else None
        if held.of == "next":
            self.waiting.append(ir.Text("", seal=seal, at=at))
        elif held.of == "last" and isinstance(last, ir.Text | ir.ToolUse) and last.seal is None:
            self.blocks[-1] = attrs.evolve(last, seal=seal)
        else:
            self.blocks.append(ir.Text("", seal=seal, at=at))


def _carried(value: Any) -> seals.Sealed | None:
    """What a thinking block without words carries for another block."""
    if not _is_thinking(value) or value.get("thinking"):
        return None
    signature = value.get("signature")
    held = seals.unwrap(signature) if isinstance(signature, str) else None
    return held if held is not None and held.of in CARRIED else None


def _is_thinking(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "thinking"


def edits(text: JsonText, model: str) -> Mapping[str, None]:
    """The places of what must be cut out of a body before a server of this dialect may see it."""
    unsigned = SIGNED in model.lower() and any(each in text.raw for each in UNSIGNED)
    if not unsigned and not seals.holds(text.raw):
        return {}
    messages = text.get("messages")
    if not isinstance(messages, list):
        return {}
    return {place: None for n, each in enumerate(messages) for place in _ours(each, f"/messages/{n}", unsigned)}


def _ours(message: Any, at: str, unsigned: bool) -> Iterator[str]:
    """The message itself where nothing else is in it: without content it is refused, and turns of a role may meet."""
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return
    ours = [n for n, each in enumerate(content) if _is_ours(each, unsigned)]
    if ours and len(ours) == len(content):
        yield at
    else:
        yield from (ir.child(at, "content", n) for n in ours)


def _is_ours(value: Any, unsigned: bool) -> bool:
    if not _is_thinking(value):
        return False
    signature = value.get("signature")
    return isinstance(signature, str) and ((unsigned and not signature) or seals.is_held(signature))
