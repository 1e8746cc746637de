"""Durations and sizes, as people write them."""

from __future__ import annotations

import math
import re
from typing import Annotated

from ccgate.errors import ConfigError

Seconds = Annotated[float, "seconds"]
"""A duration. Written as a number of seconds or as text with a unit: 300, "300ms", "5m"."""

Size = Annotated[int, "bytes"]
"""A size. Written as a number of bytes or as text with a unit: 1024, "32MiB", "10 MB"."""

DURATIONS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
SIZES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}

_QUANTITY = re.compile(r"\s*(\d{1,18}(?:\.\d{1,18})?)\s*([A-Za-z]*)\s*", re.ASCII)


def seconds(value: str | float) -> float:
    """Seconds of `5m`, `300ms`, `1.5` or 1.5; units ms, s, m, h. Negative, infinite and unreadable: ConfigError."""
    amount = _number(value, DURATIONS, default="s")
    if amount is None:
        raise ConfigError("not a duration", hint="write seconds as a number, or text with ms, s, m or h: '300ms', '5m'")
    return amount


def size(value: str | float) -> int:
    """Whole bytes of `32MiB`, `10 MB` or 1024; units B KB MB GB (1000s) and KiB MiB GiB (1024s)."""
    amount = _number(value, SIZES, default="b")
    if amount is None or amount != int(amount):
        raise ConfigError("not a size", hint="write bytes as a number, or text with B KB MB GB KiB MiB GiB: '32MiB'")
    return int(amount)


def optional_seconds(value: str | float | None) -> float | None:
    """As `seconds`; None stays None."""
    return None if value is None else seconds(value)


def _number(value: object, units: dict[str, int] | dict[str, float], *, default: str) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) and value >= 0 else None
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    unit = units.get((found[2] or default).lower()) if found else None
    return float(found[1]) * unit if found and unit is not None else None
