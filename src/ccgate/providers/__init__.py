"""Presets: what each kind of provider speaks, where it lives and how it wants to see a key."""

from __future__ import annotations

from ccgate.errors import ConfigError
from ccgate.providers.known import ANNOUNCED, PRESETS
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
    if kind in ANNOUNCED:
        compatible = "anthropic-compatible" if "anthropic" in kind else "openai-compatible"
        raise ConfigError(
            f"kind {kind!r} is not supported by this version",
            where="kind",
            hint=f"known: {', '.join(KINDS)}; a server that speaks such a dialect can be kind = {compatible!r}",
        )
    raise ConfigError("unknown kind", where="kind", hint=meant(kind, KINDS))


__all__ = ["ANNOUNCED", "KINDS", "PRESETS", "Preset", "preset"]
