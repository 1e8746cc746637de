"""References: what stands in a file for a value that should not stand there.

`${NAME}` counts in any text, also inside it (`$${` is a plain `${`). The others are the whole text, and count only
where a key or a header's value is wanted: `env:NAME`, `os.environ/NAME`, `file:PATH`, `cmd:WORDS`,
`keyring:SERVICE/USER`. No error ever tells a value.
"""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from attrs import field, frozen

from ccgate.errors import ConfigError, MissingExtra
from ccgate.settings.tree import Path, written

_NAME = re.compile(r"\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PATIENCE = 10.0
_LARGEST = 2**16


def _password(service: str, user: str, *, module: str = "keyring") -> str | None:
    try:
        keyring = importlib.import_module(module)
    except ImportError:
        raise MissingExtra("keyring", needed_for="a reference keyring:SERVICE/USER") from None
    try:
        found = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise ConfigError(f"no keyring can be asked: {type(error).__name__}") from None
    return found if isinstance(found, str) else None


@frozen(kw_only=True)
class Resolver:
    """Looks references up. `base` is where a relative `file:` begins: the directory of the configuration file."""

    environ: Mapping[str, str] = field(repr=False)
    base: FilePath = FilePath()
    home: FilePath | None = None
    patience: float = _PATIENCE
    """Seconds that a command may take."""
    password: Callable[[str, str], str | None] = _password

    def resolved(self, value: Any, at: Path, problems: list[ConfigError]) -> Any:
        """The value with every reference in it looked up; what cannot be is added to `problems`."""
        if isinstance(value, Mapping):
            return {key: self.resolved(inner, (*at, key), problems) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolved(inner, (*at, index), problems) for index, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        try:
            return self.text(value, secret=is_secret(at))
        except ConfigError as error:
            problems.append(ConfigError(error.message, where=written(at), hint=error.hint))
            return ""

    def text(self, value: str, *, secret: bool) -> str:
        """One text. A reference that leads nowhere is a ConfigError, a missing extra is MissingExtra."""
        if secret:
            for prefix, look_up in _LOOK_UPS.items():
                if value.startswith(prefix):
                    return look_up(self, value.removeprefix(prefix))
        return _NAME.sub(lambda found: found[0][1:] if found[0][1] == "$" else self._variable(found[1]), value)

    def _variable(self, name: str) -> str:
        try:
            return self.environ[name]
        except KeyError:
            message = f"the environment variable {name} is not set"
            raise ConfigError(message, hint=f"set {name}, or write the value") from None

    def _file(self, place: str) -> str:
        home = self.home if place.startswith("~/") else None
        path = home / place[2:] if home else self.base / place
        try:
            with path.open(encoding="utf-8") as file:
                content = file.read(_LARGEST)
        except OSError as error:
            raise ConfigError(f"the file {path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise ConfigError(f"the file {path} is not UTF-8 text") from None
        return _line(content)

    def _command(self, words: str) -> str:
        try:
            command = shlex.split(words)
        except ValueError:
            raise ConfigError("the command after cmd: has a quote that is not closed") from None
        if not command:
            raise ConfigError("there is no command after cmd:")
        return _line(self._output(command))

    def _output(self, command: list[str]) -> str:
        name = command[0]
        try:
            # no shell, and the file is the user's own: it is looked for only where no repository can put it
            done = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.patience,
                check=True,
                encoding="utf-8",
                env=dict(self.environ),
            )
        except subprocess.TimeoutExpired:
            raise ConfigError(f"the command {name} gave no answer within {self.patience:g} s") from None
        except subprocess.CalledProcessError as error:
            raise ConfigError(f"the command {name} ended with status {error.returncode}") from None
        except OSError as error:
            raise ConfigError(f"the command {name} cannot be run: {error.strerror}") from None
        except ValueError:
            raise ConfigError(f"the command {name} did not answer with text") from None
        return done.stdout

    def _keyring(self, place: str) -> str:
        service, slash, user = place.rpartition("/")
        if not slash or not service or not user:
            raise ConfigError("a keyring is asked as keyring:SERVICE/USER")
        found = self.password(service, user)
        if found is None:
            raise ConfigError(f"the keyring has no password for {service}/{user}")
        return found


_LOOK_UPS: dict[str, Callable[[Resolver, str], str]] = {
    "env:": Resolver._variable,  # noqa: SLF001  (the class's own table)
    "os.environ/": Resolver._variable,  # noqa: SLF001
    "file:": Resolver._file,  # noqa: SLF001
    "cmd:": Resolver._command,  # noqa: SLF001
    "keyring:": Resolver._keyring,  # noqa: SLF001
}


def is_secret(path: Path) -> bool:
    """Whether a key or a header's value is wanted there."""
    names = [step for step in path if isinstance(step, str)]
    if names[:2] == ["auth", "api_keys"]:
        return names[2:] in ([], ["key"])
    return names[:1] == ["providers"] and (names[1:] in (["api_key"], ["api_keys"]) or names[1:2] == ["headers"])


def _line(content: str) -> str:
    """The text without its final line end."""
    return content.removesuffix("\n").removesuffix("\r")


def mentioned(value: str, *, secret: bool) -> Iterator[str]:
    """How the references in a text are shown beside its origin: `${NAME}`, `file:`, `cmd:`; never what they give."""
    prefix = next((prefix for prefix in _LOOK_UPS if secret and value.startswith(prefix)), None)
    if prefix in {"env:", "os.environ/"}:
        yield value
    elif prefix is not None:
        yield prefix
    else:
        yield from (found[0] for found in _NAME.finditer(value) if found[0][1] != "$")
