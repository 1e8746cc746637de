"""Files, environment and flags become a Config, with the origin of every value.

Priority: flags, environment, file, defaults. The layers are merged first and references looked up afterwards, so that
a value which is overridden need not exist.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from ccgate.config import Config, ConfigErrors, from_mapping
from ccgate.config.checks import each
from ccgate.errors import ConfigError
from ccgate.providers import KINDS, preset
from ccgate.settings import files
from ccgate.settings.environment import assignments
from ccgate.settings.references import Resolver, is_secret, mentioned
from ccgate.settings.tree import Path, Tree, copied, written


@frozen(kw_only=True)
class Loaded:
    """What was read."""

    config: Config
    origins: Mapping[str, str]
    """Path of a value -> where it came from: `file PATH`, `environment NAME`, `flag`. What is missing is a default."""
    warnings: tuple[str, ...] = ()
    path: FilePath | None = None
    """The file; None: there is none."""

    def origin(self, path: str) -> str:
        """Where the value at `server.port` (or the first value below `server`) came from; `default`: nobody said it."""
        below = (name for place, name in self.origins.items() if place.startswith((f"{path}.", f"{path}[")))
        return self.origins.get(path) or next(below, "default")


def load(
    path: str | os.PathLike[str] | None = None,
    *,
    environ: Mapping[str, str],
    home: FilePath | None = None,
    flags: Mapping[str, Any] | None = None,
    system: FilePath = files.SYSTEM,
) -> Loaded:
    """Read the settings. Nothing is read but what is passed, and the files that it names.

    `path` is the file to read (else it is searched for), `environ` the environment, `home` the user's home (else
    HOME), `flags` tables as in the file (or `server.port` as a key), of which None values do not count.
    What cannot be used is a ConfigError; its text has a line for each problem and begins with the origin and path.
    """
    found = files.find(path, environ=environ, home=home, system=system)
    tree, warnings = _merged(found, environ, flags or {})
    resolver = Resolver(
        environ=environ, base=found.parent if found else FilePath(), home=files.user_home(environ, home)
    )
    problems: list[ConfigError] = []
    _look_up(tree, resolver, problems)
    _admit(tree, resolver, environ, problems)
    warnings += _fill(tree, environ)
    config = _structured(tree, problems)
    origins = {written(place): name for place, name in tree.origins.items()}
    return Loaded(config=config, origins=origins, warnings=(*warnings, *config.warnings()), path=found)


def _merged(found: FilePath | None, environ: Mapping[str, str], flags: Mapping[str, Any]) -> tuple[Tree, list[str]]:
    tree = Tree()
    warnings: list[str] = []
    if found:
        tree.merge(_anchored(files.read(found), found.parent.absolute()), f"file {found}")
        warnings = files.warnings(found)
    assigned, unknown = assignments(environ)
    for item in assigned:
        try:
            tree.put(item.path, item.value, f"environment {item.name}")
        except ConfigError as error:
            raise ConfigError(error.message, where=f"environment {item.name}", hint=error.hint) from None
    for place, value in _flags(flags):
        tree.put(place, value, "flag")
    return tree, warnings + unknown


def _flags(flags: Mapping[str, Any], at: Path = ()) -> Iterator[tuple[Path, Any]]:
    for key, value in flags.items():
        here = (*at, *key.split("."))
        if isinstance(value, Mapping):
            yield from _flags(value, here)
        elif value is not None:
            yield here, value


def _anchored(data: Any, base: FilePath, key: str = "") -> Any:
    """`./file.py:Name` of a plug-in or a rule begins at the file's directory, wherever the program was started."""
    if isinstance(data, Mapping):
        return {name: _anchored(inner, base, name) for name, inner in data.items()}
    if isinstance(data, list):
        return [_anchored(inner, base, key) for inner in data]
    if key in {"use", "when", "rule", "rules"} and isinstance(data, str) and data.startswith(("./", "../")):
        return str(base / data)
    return data


def _look_up(tree: Tree, resolver: Resolver, problems: list[ConfigError]) -> None:
    for place, origin in tree.origins.items():
        value = tree.at(place)
        shown = ", ".join(mentioned(value, secret=is_secret(place))) if isinstance(value, str) else ""
        if shown:
            tree.origins[place] = f"{origin} ({shown})"
    tree.data = resolver.resolved(tree.data, (), problems)


def _admit(tree: Tree, resolver: Resolver, environ: Mapping[str, str], problems: list[ConfigError]) -> None:
    """CCGATE_API_KEY is one more key that callers may show."""
    name = "CCGATE_API_KEY"
    if name not in environ:
        return
    keys = tree.at(("auth", "api_keys"))
    there = keys if isinstance(keys, list) else []
    place: Path = ("auth", "api_keys", len(there))
    key = resolver.resolved(environ[name], place, problems)
    if not any(key in (known, known.get("key") if isinstance(known, Mapping) else None) for known in there):
        tree.put(place, key, f"environment {name}")


def _fill(tree: Tree, environ: Mapping[str, str]) -> list[str]:
    """A vendor's variable fills a key that is missing. The warnings: a key that went to another host, or is missing."""
    warnings: list[str] = []
    providers = tree.at(("providers",))
    for index, provider in enumerate(providers if isinstance(providers, list) else []):
        variable = _lacking(provider)
        if variable is None:
            continue
        where = f"providers[{index}].api_key"
        if environ.get(variable):
            tree.put(("providers", index, "api_key"), environ[variable], f"environment {variable}")
            host = _stranger(provider)
            warnings += [f"{where}: {variable} is shown to {host}, which is not the vendor's host"] if host else []
        else:
            warnings.append(f"{where}: there is no key; set it, or {variable}")
    return warnings


def _lacking(provider: object) -> str | None:
    """The vendor's variable, where a provider has no key and wants one."""
    if not isinstance(provider, Mapping) or provider.get("auth", "key") != "key" or provider.get("enabled") is False:
        return None
    if provider.get("api_key") is not None or provider.get("api_keys") is not None:
        return None
    kind = _kind(provider)
    return preset(kind).vendor_key if kind in KINDS else None


def _kind(provider: Mapping[str, Any]) -> str:
    return str(provider.get("kind") or provider.get("name"))


def _stranger(provider: Mapping[str, Any]) -> str | None:
    """The host of a base URL that is not the vendor's."""
    try:
        given = urlsplit(str(provider.get("base_url", ""))).hostname
    except ValueError:  # the configuration says what is wrong with it
        return None
    own = urlsplit(preset(_kind(provider)).base_url).hostname
    return given if given and given != own else None


def _structured(tree: Tree, problems: list[ConfigError]) -> Config:
    """The Config; else every problem, each behind the origin of its value."""
    unresolved = tuple(problem.where for problem in problems)
    try:
        config = from_mapping(copied(tree.data))
    except ConfigError as error:
        problems += [problem for problem in each(error) if not problem.where.startswith(unresolved)]
    else:
        if not problems:
            return config
    told = [_told(tree, problem) for problem in problems]
    raise told[0] if len(told) == 1 else ConfigErrors(told)


def _told(tree: Tree, problem: ConfigError) -> ConfigError:
    origin = tree.origin(_read(problem.where))
    if origin == "default":
        return problem
    return ConfigError(str(problem), where=origin)


def _read(where: str) -> Path:
    """`providers[0].kind` as a path."""
    return tuple(int(found[1]) if found[1] else found[2] for found in re.finditer(r"\[(\d+)\]|([^.\[\]]+)", where))
