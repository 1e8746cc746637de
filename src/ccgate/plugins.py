"""Objects that a configuration names: `"pkg.mod:Name"`, or `"/a/file.py:Name"`."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from functools import reduce
from types import ModuleType
from typing import Any

from ccgate.errors import ConfigError


def load(use: str, *, where: str = "") -> Callable[..., Any]:
    """The callable of this name. Raises `ConfigError` at `where` when it cannot be had."""
    place, _, name = use.rpartition(":")
    try:
        module = from_file(place) if place.endswith(".py") else importlib.import_module(place)
        found = reduce(getattr, name.split("."), module)
    except (ImportError, AttributeError, OSError) as error:
        raise ConfigError(f"cannot load {use!r}: {error}", where=where, hint="as in pkg.mod:Name") from error
    if not callable(found):
        raise ConfigError(f"{use!r} cannot be called", where=where)
    called: Callable[..., Any] = found
    return called


def from_file(path: str) -> ModuleType:
    """The module in a file, without putting its folder on the search path."""
    spec = importlib.util.spec_from_file_location(path.rpartition("/")[2].removesuffix(".py"), path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
