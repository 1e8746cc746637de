"""Opaque state of one provider, made fit to travel through another dialect's client.

A provider wants some things handed back unread: a signature, encrypted reasoning. A client hands back only what its own
dialect has a place for, so the state is wrapped as a word that fits each of these places: a signature, encrypted
content, or the tail of a tool call's id. It is a long mark, then base64url: letters, digits, `-` and `_`.

The mark is made of capitals and is long, and its last byte is rare in requests: a search for it steps over the text in
strides. Nothing is signed or encrypted: what a client makes up here, it could have sent to the provider itself.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Final, Literal, cast, get_args

from attrs import field, frozen

MARK: Final = "CCGATE_SEALED_FOR_ITS_MAKER_KEEP_Z"
_MARK: Final = MARK.encode()

Of = Literal["raw", "summary", "redacted", "next", "last", "text"]
"""Whose seal it is. `raw`, `summary`, `redacted`: of thinking, and its form. `next`: of the text or call behind the
place where it stands (in a call's id: of that call). `last`: of the one before it. `text`: of a text without words."""

OFS: Final = frozenset(get_args(Of))


@frozen
class Sealed:
    """What was wrapped."""

    maker: str
    kind: str
    value: str = field(repr=False)
    of: Of = "raw"


def wrap(maker: str, kind: str, value: str, of: Of = "raw") -> str:
    """The seal as one word: `[A-Za-z0-9_-]+`, a third longer than it is, and about 100 characters more."""
    packed = json.dumps([maker, kind, value, of], separators=(",", ":")).encode()
    return MARK + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unwrap(text: str) -> Sealed | None:
    """What `wrap` made this of; None for anything else, also for a seal that was cut or changed on its way."""
    return _unpacked(text[len(MARK) :]) if text.startswith(MARK) else None


def split(text: str) -> tuple[str, tuple[Sealed, ...]]:
    """What stands before the first seal in `text`, and the seals. One that cannot be read is left out."""
    if MARK not in text:
        return text, ()
    bare, *packed = text.split(MARK)
    return bare, tuple(sealed for each in packed if (sealed := _unpacked(each)) is not None)


def is_held(text: str) -> bool:
    """Whether this is a seal of ours, readable or not: no provider knows it."""
    return text.startswith(MARK)


def holds(raw: bytes) -> bool:
    """Whether there may be a seal in a body: 12 us for 155 KB."""
    return _MARK in raw


def _unpacked(packed: str) -> Sealed | None:
    try:
        padding = "=" * (-len(packed) % 4)
        found = json.loads(base64.b64decode(packed + padding, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None  # it was cut, or is not ours: there is nothing to hand back
    match found:
        case [str(maker), str(kind), str(value), str(of)] if of in OFS:
            return Sealed(maker, kind, value, cast("Of", of))
    return None
