"""Hints: the word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(word: str, known: Iterable[str]) -> str:
    """`did you mean 'kind'?` where a known word is near, else the list of known words. The word itself is not told."""
    names = list(known)
    found = nearest(word, names)
    if found is not None:
        return f"did you mean {found!r}?"
    return f"known: {', '.join(names)}" if names else "none is known"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to this one, however its letters are cased; None when none is near."""
    lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None
