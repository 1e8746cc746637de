"""The dialects. `find("anthropic")` gives a translator; each works, and is tested, without anything else of ccgate."""

from __future__ import annotations

import importlib
import pkgutil
from importlib import metadata
from typing import cast

from ccgate.errors import ConfigError
from ccgate.translators.protocol import (
    Asking,
    Body,
    ClientSide,
    Decoder,
    Draft,
    Encoder,
    Headers,
    Operation,
    Tap,
    Translator,
    UpstreamSide,
)

ENTRY_POINTS = "ccgate.translators"

__all__ = [
    "ENTRY_POINTS",
    "Asking",
    "Body",
    "ClientSide",
    "Decoder",
    "Draft",
    "Encoder",
    "Headers",
    "Operation",
    "Tap",
    "Translator",
    "UpstreamSide",
    "built_in",
    "find",
]


def built_in() -> tuple[str, ...]:
    """The names of the dialects that come with ccgate, sorted."""
    names = (module.name for module in pkgutil.iter_modules(__path__) if module.name != "protocol")
    return tuple(sorted(name for name in names if hasattr(importlib.import_module(f"{__name__}.{name}"), "translator")))


def find(name: str) -> Translator:
    """The translator of this name: a module of this package, else an entry point, else `"pkg.mod:Name"`.

    Raises `ConfigError` when there is none.
    """
    if name in {module.name for module in pkgutil.iter_modules(__path__)}:
        translator = getattr(importlib.import_module(f"{__name__}.{name}"), "translator", None)
        if translator is not None:
            return cast("Translator", translator)
    if ":" in name:
        module, _, attribute = name.partition(":")
        return cast("Translator", getattr(importlib.import_module(module), attribute))
    for entry in metadata.entry_points(group=ENTRY_POINTS, name=name):
        return cast("Translator", entry.load())
    raise ConfigError(f"no translator speaks {name!r}", hint=f"known dialects: {', '.join(built_in())}")
