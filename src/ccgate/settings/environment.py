"""The environment as a layer: `CCGATE_PROVIDERS__0__API_KEY` and `CCGATE_PROVIDERS_0_API_KEY` both name
`providers[0].api_key`. What a name can mean is read off the classes of the configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import field, frozen

from ccgate.config import ApiKey, Config, Plugin, RuleData, Secret
from ccgate.config.checks import near
from ccgate.settings.tree import Path

PREFIX = "CCGATE_"
OWN = ("CCGATE_CONFIG", "CCGATE_HOME", "CCGATE_API_KEY", "CCGATE_LOG_LEVEL")
"""Names that are no path into the configuration, and known all the same."""

_INDEX = re.compile(r"(\d{1,4})(?:__?(?=.)|$)", re.ASCII)
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@frozen
class Assignment:
    """One variable that names a place in the configuration."""

    path: Path
    value: Any = field(repr=False)
    name: str


def assignments(environ: Mapping[str, str]) -> tuple[list[Assignment], list[str]]:
    """What the environment sets, the wider places first, and a warning for each name nobody knows."""
    found, warnings = [], []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in OWN:
            continue
        place = next(_places(Config, name.removeprefix(PREFIX)), None)
        if place is None:
            hint = near(name, _known())
            warnings.append(f"{name} is not a setting, and is not read{f' ({hint})' if hint else ''}")
        else:
            path, kind = place
            found.append(Assignment(path, _value(environ[name], kind), name))
    return sorted(found, key=_order), warnings


def _order(item: Assignment) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (0, step) for step in item.path]


def _known() -> list[str]:
    sections = (f"{PREFIX}{name.upper()}" for name in _fields(Config))
    deeper = (
        f"{PREFIX}{name.upper()}__{inner.upper()}"
        for name, kind in _fields(Config).items()
        for inner in (_fields(_bare(kind)) if attrs.has(_bare(kind)) else ())
    )
    return [*OWN, *sections, *deeper]


def _fields(kind: Any) -> dict[str, Any]:
    """Name and type of what a table holds."""
    hints = get_type_hints(kind, include_extras=True)
    names = [attribute.name for attribute in attrs.fields(kind)]
    return {name: hints[name] for name in names if (kind, name) != (Plugin, "options")}


def _bare(kind: Any) -> Any:
    """The type without `| None`."""
    kinds = (
        [inner for inner in get_args(kind) if inner is not type(None)] if get_origin(kind) in {UnionType, Union} else []
    )
    return kinds[0] if len(kinds) == 1 else kind


def _places(kind: Any, rest: str) -> Iterator[tuple[Path, Any]]:
    """Every way to read the rest of a name."""
    kind = _bare(kind)
    if not rest:
        yield (), kind
    elif attrs.has(kind):
        for name, inner in _fields(kind).items():
            for ending in ("__", "_", ""):
                head = name.upper() + ending
                if rest.startswith(head) and bool(ending) == (rest != head):
                    yield from _below(name, inner, rest.removeprefix(head))
    elif get_origin(kind) is tuple and (index := _INDEX.match(rest)):
        yield from _below(int(index[1]), get_args(kind)[0], rest[index.end() :])


def _below(step: str | int, kind: Any, rest: str) -> Iterator[tuple[Path, Any]]:
    for path, leaf in _places(kind, rest):
        yield (step, *path), leaf


def _value(text: str, kind: Any) -> Any:
    """The text as its place wants it. What does not fit stays text, and the configuration says what is wrong."""
    if kind is bool or kind == bool | str:
        return _WORDS.get(text.strip().lower(), text)
    if kind in {int, float}:
        return _number(text)
    if get_origin(kind) is tuple and not text.lstrip().startswith("["):
        return [item.strip() for item in text.split(",")] if text.strip() else []
    if kind in {str, Secret} or (kind in (ApiKey, RuleData) and not text.lstrip().startswith("{")):
        return text
    return _json(text)


def _number(text: str) -> Any:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
