"""A JSON document changed in places, by cutting its text: every byte that is not part of a change stays as it is.

Theory. Only what leads to a place is walked by hand, down from the top; everything beside the way is stepped over by
the scanner of the standard library, so that each byte is looked at once. An element goes together with one comma: the
one behind it, or, when nothing that stays is behind it, the one before it. White space goes with the element it stands
before, or behind the last one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from attrs import define, field

from ccgate.wire.jsontext import JSON, dump

Changes: TypeAlias = Mapping[str, JSON]
"""JSON pointers (RFC 6901), each with the value that shall stand there; None: it is cut out, its key too."""

_step: Final = json.JSONDecoder().raw_decode
_space: Final = re.compile(r"[ \t\n\r]*").match
SPACE: Final = frozenset(" \t\n\r")
CLOSING: Final = {"{": "}", "[": "]"}


@define
class Way:
    """Where changes are, below one value."""

    ways: dict[str, Way] = field(factory=dict)
    change: bytes | None = None
    """What shall stand here; None with no further ways: nothing."""

    @property
    def cut(self) -> bool:
        return self.change is None and not self.ways


Cut: TypeAlias = tuple[int, int, str]
"""A stretch of the text, and what replaces it."""


@define
class Item:
    """One member of an object or element of an array, by its place in the text: `start` is its key's."""

    name: str
    start: int
    end: int
    way: Way | None
    """What changes here, if anything."""
    inner: list[Cut] = field(factory=list)
    missing: str | None = None
    """A place within that is not there."""

    @property
    def stays(self) -> bool:
        return self.way is None or not self.way.cut


def edited(raw: bytes, changes: Changes) -> bytes:
    """The bytes of a valid JSON document with these changes. Raises `LookupError` for a place that is not there, and
    for the whole document; `ValueError` for a value that JSON cannot say."""
    if not changes:
        return raw
    top = Way()
    for pointer, value in changes.items():
        way = top
        for part in _parts(pointer):
            way = way.ways.setdefault(part, Way())
        way.change = None if value is None else dump(value)
    text = raw.decode()
    cuts, missing, _ = _walk(text, _skip(text, 0), top)
    if missing is not None:
        raise LookupError(f"there is nothing at {missing!r}")
    pieces: list[str] = []
    done = 0
    for start, end, new in cuts:
        pieces += (text[done:start], new)
        done = end
    return "".join((*pieces, text[done:])).encode()


def _parts(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise LookupError(f"no place within the document: {pointer!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def _walk(text: str, at: int, way: Way) -> tuple[list[Cut], str | None, int]:
    """What is to be replaced in the value that begins at `at`, in the order of the text; a place in it that is not
    there; and its end."""
    items, end = _items(text, at, way)
    # Of a key that stands there twice the last one counts; if that is cut, the others must not come to light.
    last = {item.name: item for item in items}
    kept = max((n for n, item in enumerate(items) if item.stays), default=-1)
    out: list[Cut] = []
    for n, item in enumerate(items):
        if not item.stays:
            start = item.start if n < kept or kept < 0 else items[n - 1].end
            to = items[n + 1].start if n < kept or (kept < 0 and n + 1 < len(items)) else item.end
            out.append((start, to, ""))
        elif item is last[item.name]:
            out += item.inner
    missing = [name for name in way.ways if name not in last]
    missing += [item.missing for item in last.values() if item.missing is not None]
    return out, missing[0] if missing else None, end


def _items(text: str, at: int, way: Way) -> tuple[list[Item], int]:
    """The members of the object, or elements of the array, that begins at `at`, and where it ends; none of anything
    else."""
    closing = CLOSING.get(text[at])
    if closing is None:
        return [], _step(text, at)[1]
    items: list[Item] = []
    at = _skip(text, at + 1)
    while text[at] != closing:
        item = _item(text, at, way, None if closing == "}" else str(len(items)))
        items.append(item)
        at = _skip(text, item.end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return items, at + 1


def _item(text: str, at: int, way: Way, name: str | None) -> Item:
    """The member or element that begins at `at`; without a name it has its key before it."""
    start = at
    if name is None:
        key, at = _step(text, at)
        at = _skip(text, _skip(text, at) + 1)
    else:
        key = name
    here = way.ways.get(key)
    if here is None or not here.ways:
        end = _step(text, at)[1]
        inner = [(at, end, here.change.decode())] if here is not None and here.change is not None else []
        return Item(key, start, end, here, inner)
    cuts, missing, end = _walk(text, at, here)
    return Item(key, start, end, here, cuts, missing)


def _skip(text: str, at: int) -> int:
    if text[at : at + 1] not in SPACE:  # also at the end of the text
        return at
    found = _space(text, at)
    return found.end() if found else at
