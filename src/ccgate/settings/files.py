"""The configuration file: where it is looked for, and how it is read."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccgate.errors import ConfigError
from ccgate.settings import jsonc

SYSTEM = Path("/etc/ccgate/ccgate.toml")

_LARGEST = 16 * 2**20


def house(environ: Mapping[str, str], home: Path | None = None) -> Path | None:
    """The directory of our files: `CCGATE_HOME`, else `.ccgate` in the user's home; None when neither is known."""
    if environ.get("CCGATE_HOME"):
        return _expanded(environ["CCGATE_HOME"], environ, home)
    user = user_home(environ, home)
    return user / ".ccgate" if user else None


def find(
    path: str | os.PathLike[str] | None, *, environ: Mapping[str, str], home: Path | None = None, system: Path = SYSTEM
) -> Path | None:
    """The file to read: the one named, `CCGATE_CONFIG`, ours in CCGATE_HOME, the system's; None: there is none.

    A file that is named and not there is a ConfigError. The working directory is never looked at: a repository that
    was just cloned could bring a file that runs commands and sends the user's keys elsewhere.
    """
    asked = os.fspath(path) if path is not None else environ.get("CCGATE_CONFIG")
    if asked:
        named = _expanded(asked, environ, home)
        if not named.is_file():
            by = "" if path is not None else "CCGATE_CONFIG: "
            raise ConfigError(f"{by}no such file", where=str(named), hint="the configuration file is named, not found")
        return named
    ours = house(environ, home)
    places = [ours / "ccgate.toml", ours / "ccgate.json"] if ours else []
    return next((place for place in (*places, system) if place.is_file()), None)


def read(path: Path) -> dict[str, Any]:
    """The table that a file holds, by its extension: .toml, or .json and .jsonc, both with comments."""
    readers = {".toml": _toml, ".json": jsonc.loads, ".jsonc": jsonc.loads}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        hint = f"write one of {', '.join(readers)}"
        raise ConfigError("a file of this kind cannot be read", where=str(path), hint=hint)
    try:
        data = reader(_text(path))
    except ConfigError as error:
        raise ConfigError(error.message, where=str(path), hint=error.hint) from None
    if not isinstance(data, dict):
        raise ConfigError("must hold a table", where=str(path), hint="begin with { and end with }")
    return data


def warnings(path: Path) -> list[str]:
    """What is unwise about this file: that others can read it, or that another one beside it is not read."""
    found = []
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        found.append(f"{path} can be read by other users of this machine; chmod 600 {path}")
    other = path.with_suffix(".json")
    if path.name == "ccgate.toml" and other.is_file():
        found.append(f"{other} is not read, because {path} is")
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}") from None
    if len(raw) > _LARGEST:
        raise ConfigError("is larger than 16 MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"line {line}: is not UTF-8") from None


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = re.fullmatch(r"(.*) \(at (line \d+, column \d+)\)", str(error), re.DOTALL)
        raise ConfigError(f"{said[2]}: {said[1]}" if said else str(error)) from None
    except RecursionError:
        raise ConfigError("nested too deep") from None


def user_home(environ: Mapping[str, str], home: Path | None = None) -> Path | None:
    """The user's home: as given, else by the environment; None when neither says."""
    text = environ.get("HOME") or environ.get("USERPROFILE")
    return home or (Path(text) if text else None)


def _expanded(text: str, environ: Mapping[str, str], home: Path | None) -> Path:
    user = user_home(environ, home)
    return user / text[2:] if user and text.startswith("~/") else Path(text)
