"""How a command ends: exit codes, and the errors that carry them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import click

from ccgate.errors import ConfigError

OK = 0
FAILED = 1
USAGE = 2
NOT_RUNNING = 3
BAD_CONFIG = 4
INTERRUPTED = 130


def message(text: str) -> None:
    """A line for the human, on stderr."""
    click.echo(text, err=True)


class Stop(click.ClickException):
    """The command failed: each line is told on stderr as `error: ...`, and the exit code is 1."""

    exit_code = FAILED

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines

    def show(self, file: IO[Any] | None = None) -> None:
        """Told by click: print it."""
        for line in self.lines:
            click.echo(f"error: {line}", file=file, err=file is None)


class BadConfig(Stop):
    """The configuration cannot be used: exit code 4."""

    exit_code = BAD_CONFIG


def unusable(problems: Iterable[ConfigError], file: str | None) -> BadConfig:
    """A configuration that cannot be used: a line for each problem, as `FILE: path: message (hint)`."""
    return BadConfig(*(told(problem, file) for problem in problems))


def told(problem: ConfigError, file: str | None) -> str:
    """One problem, with the file in front where the problem does not name its origin itself."""
    where = problem.where
    by_itself = where == "flag" or where.startswith(("file ", "environment "))
    if file is None or by_itself or (where and Path(where).name == Path(file).name):
        return str(problem).removeprefix("file ")
    return f"{file}: {problem}"
