"""A key, as text that does not show itself."""

from __future__ import annotations

import re

from ccgate.errors import ConfigError

REFERENCE = re.compile(r"\$\{([^}]*)\}")
"""`${NAME}`: what is still there after all references were resolved has no value."""

_LONG = 16


class Secret(str):
    """A key. It is the text itself wherever text is wanted; only its repr is masked: `sk-…abcd`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(self.masked)

    @property
    def masked(self) -> str:
        """Three leading and four last characters of a long key, of a short one nothing."""
        return f"{self[:3]}…{self[-4:]}" if len(self) >= _LONG else "***"


def secret(key: object) -> Secret:
    """The text as a Secret. Anything else (an environment variable that is not set is None) is a ConfigError."""
    if not isinstance(key, str):
        raise ConfigError("a key must be a string")
    return Secret(key)


def key_problem(where: str, key: object) -> ConfigError | None:
    """Why this text cannot be a key; None when it can."""
    if not isinstance(key, str):
        return ConfigError("must be a string", where=where)
    if not key.strip():
        return ConfigError("is empty", where=where, hint="write a key, or leave it out")
    left = REFERENCE.search(key)
    if left:
        return ConfigError(f"the reference ${{{left[1]}}} was not resolved", where=where, hint=f"set {left[1]}")
    if not key.isascii() or not key.isprintable() or key != key.strip():
        return ConfigError("holds a character that no HTTP header can carry, or a space at an end", where=where)
    return None
