"""The merged settings: plain data, and for every leaf where it came from.

Layers are put on in the order file, environment, flags; a later one wins leaf by leaf. Tables are merged, a list is
replaced as a whole, unless one place in it is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from attrs import define, field

from ccgate.errors import ConfigError

Path = tuple[str | int, ...]
"""A place in the tree: keys of tables and indexes of lists."""

_RIVALS = {"api_key": "api_keys", "api_keys": "api_key"}


def written(path: Path) -> str:
    """`providers[0].api_key`."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(parts).removeprefix(".")


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no others; an empty table or list is a leaf too."""
    steps: list[tuple[str | int, Any]] = []
    if isinstance(value, Mapping):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    for step, inner in steps:
        yield from leaves(inner, (*at, step))
    if not steps:
        yield at, value


def copied(value: Any) -> Any:
    """Tables and lists anew; what they hold stays."""
    if isinstance(value, Mapping):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list | tuple) else value


@define
class Tree:
    """What the layers say together. `origins` has the origin of each leaf that is not a default."""

    data: dict[str, Any] = field(factory=dict, repr=False)
    origins: dict[Path, str] = field(factory=dict)

    def merge(self, layer: Mapping[str, Any], origin: str, at: Path = ()) -> None:
        """Put a whole layer on."""
        for key, value in layer.items():
            here = (*at, key)
            if isinstance(value, Mapping) and (value or isinstance(self.at(here), dict)):
                self.merge(value, origin, here)
            else:
                self.put(here, value, origin)

    def put(self, path: Path, value: Any, origin: str) -> None:
        """Set one place. A list grows by one place at its end; a gap is a ConfigError."""
        holder: Any = self.data
        for step, following in pairwise(path):
            holder = _entered(holder, step, [] if isinstance(following, int) else {}, path)
        value = copied(value)
        _set(holder, path[-1], value, path)
        self._forget(path)
        self.origins.update({place: origin for place, _ in leaves(value, path)})
        rival = (*path[:-1], _RIVALS.get(str(path[-1]), ""))
        if path[0] == "providers" and self.at(rival) is not None and self.origin(rival) != origin:
            # a key in a higher layer replaces the keys of a lower one, however they were written
            del holder[rival[-1]]
            self._forget(rival)

    def at(self, path: Path) -> Any:
        """The value there; None when there is none."""
        value: Any = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def origin(self, path: Path) -> str:
        """Where the value there came from: its own origin, else that of what holds it, else of what stands near it."""
        for length in range(len(path), 0, -1):
            near = [place for place in self.origins if place[:length] == path[:length]]
            if near:
                return self.origins.get(path[:length], self.origins[near[0]])
        return "default"

    def _forget(self, path: Path) -> None:
        self.origins = {place: name for place, name in self.origins.items() if place[: len(path)] != path}


def _entered(holder: Any, step: str | int, fresh: Any, path: Path) -> Any:
    """The table or list at `step`; made anew where there is none, or something else."""
    found = holder.get(step) if isinstance(holder, dict) else None
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        found = holder[step]
    if isinstance(found, type(fresh)):
        return found
    _set(holder, step, fresh, path)
    return fresh


def _set(holder: Any, step: Any, value: Any, path: Path) -> None:
    if isinstance(holder, list) and isinstance(step, int) and step >= len(holder):
        if step > len(holder):
            message = f"the list has no place {step}: it has {len(holder)}"
            raise ConfigError(message, where=written(path), hint="count from 0, without a gap")
        holder.append(value)
    else:
        holder[step] = value
