"""Secrets out of bytes: a key that an upstream or a caller repeats is replaced by `***`, wherever the bytes are cut.

Theory. The needles are the secrets, and their spellings inside a JSON string where those differ. Of two needles that
begin at one byte the longer wins, and of two that overlap the one that begins first: what a regular expression does
with the needles as alternatives, longest first. In a stream an end of the bytes seen so far that could still grow into
a needle is *undecided* and held back; every match that begins before it is certain, since no longer needle can begin
there. So the output does not depend on the cuts, and never more is held than the longest needle less one byte.

Almost no bytes hold a secret, so the first question is a plain search, and the regular expression is made only after
a hit. Almost every chunk ends in a line feed, which is part of no needle, so that nothing is held there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Final

from attrs import define, field

STARS: Final = b"***"
SHORTEST: Final = 8
"""Bytes. A shorter secret ("test", "ollama") is left alone: it would be found in ordinary text, and spoil it."""

_SPELT_AS_IS: Final = bytes(byte for byte in range(0x20, 0x7F) if byte not in b'"\\/')


def _needles(secrets: Collection[bytes]) -> tuple[bytes, ...]:
    found = {needle for secret in secrets if len(secret) >= SHORTEST for needle in _spellings(secret)}
    return tuple(sorted(found, key=len, reverse=True))


def _spellings(secret: bytes) -> Iterator[bytes]:
    """The secret, and how JSON may write it."""
    yield secret
    if secret.translate(None, _SPELT_AS_IS):
        text = secret.decode("utf-8", "surrogateescape")
        yield json.dumps(text)[1:-1].encode()
        plain = json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "surrogateescape")
        yield plain
        yield plain.replace(b"/", b"\\/")  # PHP and some others escape the slash


@define(eq=False, repr=False)
class Redactor:
    """Takes bytes as they come and gives them back without the secrets.

    `feed` may hold back an end that could be the beginning of a secret; `close` gives what was held. Without secrets
    (or with ones shorter than `SHORTEST` bytes only) `feed` returns the very object it was given.
    """

    _needles: tuple[bytes, ...] = field(converter=_needles, alias="secrets")
    _held: bytes = field(default=b"", init=False)
    _pattern: re.Pattern[bytes] | None = field(default=None, init=False)

    def feed(self, data: bytes) -> bytes:
        """The next bytes, redacted."""
        if not self._needles or not data:
            return data
        if self._held:
            data = self._held + data
        clean, cut = self._clean(data)
        self._held = data[cut:]
        return clean

    def close(self) -> bytes:
        """What was held back, redacted: a shorter secret may stand in what did not become a longer one."""
        held, self._held = self._held, b""
        return self._compiled().sub(STARS, held) if held else b""

    def _clean(self, data: bytes) -> tuple[bytes, int]:
        """The part of `data` that is decided, redacted, and where the undecided part begins."""
        cut = self._undecided(data, 0)
        if not any(needle in data for needle in self._needles):
            return data[:cut], cut  # all of a bytes object is that object
        search = self._compiled().search
        pieces: list[bytes] = []
        done = 0
        while (match := search(data, done)) and match.start() < cut:
            pieces += (data[done : match.start()], STARS)
            done = match.end()
            if cut < done:
                cut = self._undecided(data, done)
        pieces.append(data[done:cut])
        return b"".join(pieces), cut

    def _undecided(self, data: bytes, start: int) -> int:
        """The first place, from `start` on, where `data` ends in the beginning of a needle; else its end."""
        first = len(data)
        last = data[-1:]
        for needle in self._needles:
            if last not in needle:
                continue
            at = max(start, len(data) - len(needle) + 1)
            while (at := data.find(needle[:1], at, first)) >= 0:
                if needle.startswith(data[at:]):
                    first = at
                at += 1
        return first

    def _compiled(self) -> re.Pattern[bytes]:
        if self._pattern is None:
            self._pattern = re.compile(b"|".join(map(re.escape, self._needles)))
        return self._pattern


def redact(data: bytes, secrets: Collection[bytes]) -> bytes:
    """A whole body without the secrets. Returns `data` itself when none is in it."""
    redactor = Redactor(secrets)
    clean = redactor.feed(data)
    rest = redactor.close()
    return clean + rest if rest else clean
