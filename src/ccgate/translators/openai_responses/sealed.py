"""Opaque state of other providers in what a client of this dialect sends back.

It rides in the `encrypted_content` of reasoning items (`ccgate.wire.seals`), which clients hand back unread. A seal of
thinking stands in that thinking; one of a text or a call stands in a reasoning item of its own, without words, right
behind it. These items are ours: read here, they become seals again; on their way to a server of this dialect they are
cut out of the body, for no provider would take them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import attrs

from ccgate import ir
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.wire import seals
from ccgate.wire.jsontext import JsonText

Form = Literal["summary", "raw", "redacted"]

CARRIERS = frozenset({"next", "last", "text"})
HELD = "encrypted_content"


def wrapped(seal: ir.Seal | None, of: seals.Of, *, said: bool = False) -> str | None:
    """What stands for a seal: our own as it is, another's as it travels. None where there is nothing to hand back.

    An empty one of another's tells whose words they are that stand beside it: it travels where something is `said`.
    """
    if seal is None or not (seal.value or (said and seal.maker != DIALECT)):
        return None
    return seal.value if seal.maker == DIALECT else seals.wrap(seal.maker, seal.kind, seal.value, of)


def unwrapped(value: str | None) -> tuple[ir.Seal | None, Form | None, bool]:
    """The seal in an `encrypted_content`; of thinking, the form it had; and whether it is another block's."""
    if value is None:
        return None, None, False
    if not seals.is_held(value):
        return ir.Seal(DIALECT, HELD, value), None, False
    held = seals.unwrap(value)
    if held is None:
        return None, None, False  # it was cut on its way: there is nothing to hand back
    seal = ir.Seal(held.maker, held.kind, held.value)
    match held.of:
        case "summary" | "raw" | "redacted":
            return seal, held.of, False
        case _:
            return seal, None, True


def carrier(seal: ir.Seal, at: str) -> ir.Turn:
    """What a reasoning item is read as that only carries the seal of another block."""
    return ir.Turn("assistant", (ir.Text("", seal=seal, at=at),), at=at)


def handed_back(turns: Iterable[ir.Turn]) -> tuple[ir.Turn, ...]:
    """The turns, each seal that was carried with the text or call in front of it, if that has none."""
    out: list[ir.Turn] = []
    for turn in turns:
        seal = _carried(turn)
        last = out[-1].blocks[-1] if seal is not None and out and out[-1].blocks else None
        if isinstance(last, ir.Text | ir.ToolUse) and last.seal is None and out[-1].role == "assistant":
            blocks = (*out[-1].blocks[:-1], attrs.evolve(last, seal=seal))
            out[-1] = attrs.evolve(out[-1], blocks=blocks)
        else:
            out.append(turn)
    return tuple(out)


def _carried(turn: ir.Turn) -> ir.Seal | None:
    match turn.blocks:
        case (ir.Text("", seal=ir.Seal() as seal),):
            return seal
        case _:
            return None


def edits(text: JsonText) -> Mapping[str, None]:
    """The places of what must be cut out of a body before a server of this dialect may see it: whole items, for
    reasoning that was not encrypted there is refused."""
    given = text.get("input") if seals.holds(text.raw) else None
    if not isinstance(given, list):
        return {}
    return {f"/input/{n}": None for n, item in enumerate(given) if _is_ours(item)}


def _is_ours(item: Any) -> bool:
    if not isinstance(item, dict) or item.get("type") != "reasoning":
        return False
    value = item.get(HELD)
    return isinstance(value, str) and seals.is_held(value)
