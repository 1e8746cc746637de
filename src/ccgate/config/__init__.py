"""Everything a gateway can be told, as frozen values; `from_mapping` reads them from plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccgate.config.checks import ConfigErrors
from ccgate.config.provider import Provider
from ccgate.config.route import Member, Route, RuleData
from ccgate.config.secret import Secret
from ccgate.config.sections import (
    ApiKey,
    Auth,
    CircuitBreakerOptions,
    Compare,
    Health,
    LedgerOptions,
    Limits,
    Modes,
    Plugin,
    RateLimitOptions,
    Server,
    StickyOptions,
    StoreOptions,
)
from ccgate.config.units import seconds, size
from ccgate.config.whole import Config

if TYPE_CHECKING:
    from ccgate.config.structure import from_mapping

__all__ = [
    "ApiKey",
    "Auth",
    "CircuitBreakerOptions",
    "Compare",
    "Config",
    "ConfigErrors",
    "Health",
    "LedgerOptions",
    "Limits",
    "Member",
    "Modes",
    "Plugin",
    "Provider",
    "RateLimitOptions",
    "Route",
    "RuleData",
    "Secret",
    "Server",
    "StickyOptions",
    "StoreOptions",
    "from_mapping",
    "seconds",
    "size",
]


def __getattr__(name: str) -> object:
    # cattrs costs as much as the rest of the import: only who reads plain data pays for it
    if name != "from_mapping":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ccgate.config.structure import from_mapping as function  # noqa: PLC0415  (see above)

    return function
