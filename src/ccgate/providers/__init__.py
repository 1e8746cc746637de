"""Presets: what each kind of provider speaks, where it lives and how it wants to see a key."""

from __future__ import annotations

from ccgate.errors import ConfigError
from ccgate.providers.known import PRESETS
from ccgate.providers.preset import Preset
from ccgate.words import meant

KINDS: tuple[str, ...] = tuple(known.kind for known in PRESETS)
"""Every kind this version knows, in the order in which they are shown."""

_BY_KIND = {known.kind: known for known in PRESETS}


def preset(kind: str) -> Preset:
    """The record of a kind. An unknown kind is a ConfigError at `kind`, with what to write instead."""
    found = _BY_KIND.get(kind)
    if found is not None:
        return found
    raise ConfigError("unknown kind", where="kind", hint=meant(kind, KINDS))


__all__ = ["KINDS", "PRESETS", "Preset", "preset"]
