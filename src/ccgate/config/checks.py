"""Checks of one value: each gives a problem or None, and `refuse` raises what was found, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from ccgate.errors import ConfigError
from ccgate.words import nearest


class ConfigErrors(ConfigError):
    """Several values cannot be used: the text has one line for each; `problems` are the errors themselves."""

    def __init__(self, problems: Iterable[ConfigError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def each(error: ConfigError) -> tuple[ConfigError, ...]:
    """The single problems of an error."""
    return error.problems if isinstance(error, ConfigErrors) else (error,)


def below(where: str, error: ConfigError) -> Iterator[ConfigError]:
    """The problems of an error with their paths put below `where`."""
    for problem in each(error):
        yield ConfigError(problem.message, where=path(where, problem.where), hint=problem.hint)


def path(where: str, rest: str) -> str:
    """`providers[0]` and `kind` make `providers[0].kind`."""
    joint = "." if where and rest and not rest.startswith("[") else ""
    return f"{where}{joint}{rest}"


def refuse(*found: ConfigError | None) -> None:
    """Raise what was found: nothing, one ConfigError, or ConfigErrors."""
    problems = [problem for error in found if error is not None for problem in each(error)]
    if len(problems) > 1:
        raise ConfigErrors(problems)
    if problems:
        raise problems[0]


def text(where: str, value: object, *, may_be_empty: bool = False) -> ConfigError | None:
    if not isinstance(value, str):
        return ConfigError("must be a string", where=where)
    return None if value.strip() or may_be_empty else ConfigError("is empty", where=where)


def texts(where: str, values: Iterable[object]) -> ConfigError | None:
    problems = [text(f"{where}[{index}]", value) for index, value in enumerate(values)]
    return gathered(problems)


def flag(where: str, value: object) -> ConfigError | None:
    return None if isinstance(value, bool) else ConfigError("must be true or false", where=where)


def whole(where: str, value: object, *, low: int = 0, high: int | None = None) -> ConfigError | None:
    """A whole number of at least `low` and at most `high`."""
    if isinstance(value, bool) or not isinstance(value, int):
        return ConfigError("must be a whole number", where=where)
    if value < low or (high is not None and value > high):
        limit = f"between {low} and {high}" if high is not None else f"at least {low}"
        return ConfigError(f"must be {limit}, not {value}", where=where)
    return None


def positive(where: str, value: object) -> ConfigError | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
    return None if number else ConfigError("must be a number above 0", where=where)


def ratio(where: str, value: object) -> ConfigError | None:
    problem = positive(where, value)
    return problem or (ConfigError("must be at most 1", where=where) if float(str(value)) > 1 else None)


def one_of(where: str, value: object, words: tuple[str, ...]) -> ConfigError | None:
    if not isinstance(value, str):
        return ConfigError("must be a string", where=where)
    if value in words:
        return None
    return ConfigError(f"must be one of {', '.join(words)}", where=where, hint=near(value, words))


def near(value: str, words: Iterable[str]) -> str:
    """The hint where a word is near, else nothing: for messages that list the words already."""
    found = nearest(value, words)
    return f"did you mean {found!r}?" if found else ""


def web_address(where: str, value: object) -> ConfigError | None:
    """An http or https URL of a place: no user, no query, no fragment. The value is never told: it may hold a key."""
    if not isinstance(value, str):
        return ConfigError("must be a string", where=where)
    try:
        parts = urlsplit(value)
        problem = _address_problem(parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return ConfigError("is not a URL", where=where, hint="as in https://api.example.com/v1")
    if problem is None and ("@" in parts.netloc or "?" in value or "#" in value):
        problem = "must hold no user, password, query or fragment"
    if problem is None and (not value.isascii() or not value.isprintable() or " " in value):
        problem = "holds a character that no URL can carry"
    return ConfigError(problem, where=where, hint="as in https://api.example.com/v1") if problem else None


def _address_problem(scheme: str, host: str | None, port: int | None) -> str | None:
    if scheme not in {"http", "https"}:
        return "must begin with http:// or https://"
    return "names no host" if not host or port == 0 else None


def named(where: str, value: object) -> ConfigError | None:
    """A table whose keys are text."""
    if not isinstance(value, Mapping):
        return ConfigError("must be a table", where=where)
    return gathered(text(where, key) for key in value)


def named_texts(where: str, value: object) -> ConfigError | None:
    """A table of text."""
    problem = named(where, value)
    if problem is None and isinstance(value, Mapping):
        return gathered(text(path(where, str(key)), item, may_be_empty=True) for key, item in value.items())
    return problem


def gathered(found: Iterable[ConfigError | None]) -> ConfigError | None:
    """What was found, as one error; None when nothing was."""
    problems = [problem for error in found if error is not None for problem in each(error)]
    return ConfigErrors(problems) if problems else None
