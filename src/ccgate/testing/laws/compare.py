"""Comparing what was expected with what came, and saying where they part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import attrs

SHOWN = 5
"""So many differences are named before the rest is left out."""
LONGEST = 300
"""Characters of one value that are shown."""


def broken(law: str, case: str, why: str) -> AssertionError:
    """The error of a law that does not hold."""
    return AssertionError(f"law broken: {law}\n  case: {case}\n  {why}")


@contextmanager
def judged(law: str, case: str) -> Iterator[None]:
    """Whatever the translator raises within breaks the law, and is told with its name and the case."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        raise broken(law, case, f"raised {error!r}") from error


def same(law: str, case: str, expected: object, got: object) -> None:
    """Raise unless both are equal; the message names the first places where they are not."""
    found = list(islice(differences(expected, got), SHOWN))
    if found:
        raise broken(law, case, "\n  ".join(found))


def differences(expected: object, got: object, at: str = "") -> Iterator[str]:
    """Each place where the two differ. `true` is not 1; 1 is 1.0; fields that attrs does not compare do not count."""
    if attrs.has(type(expected)) and type(expected) is type(got):
        yield from _fields(expected, got, at)
    elif isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in [*expected, *(key for key in got if key not in expected)]:
            if key in expected and key in got:
                yield from differences(expected[key], got[key], f"{at}/{key}")
            else:
                side, value = ("missing", expected[key]) if key in expected else ("unexpected", got[key])
                yield f"{at}/{key}: {side}: {shown(value)}"
    elif isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        for n, (left, right) in enumerate(zip(expected, got, strict=False)):
            yield from differences(left, right, f"{at}/{n}")
        if len(expected) != len(got):
            yield f"{at}: expected {len(expected)} items, got {len(got)}: {shown(got)}"
    elif expected != got or isinstance(expected, bool) is not isinstance(got, bool):
        yield f"{at or '(the whole)'}: expected {shown(expected)}, got {shown(got)}"


def _fields(expected: Any, got: Any, at: str) -> Iterator[str]:
    for each in attrs.fields(type(expected)):
        if each.eq:
            yield from differences(getattr(expected, each.name), getattr(got, each.name), f"{at}/{each.name}")


def shown(value: object) -> str:
    """A value, short enough to be read."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
