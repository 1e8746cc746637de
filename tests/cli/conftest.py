"""The program as a user starts it: a process of its own, an empty home, an environment without surprises."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from attrs import define, field

PATIENCE = 20.0


@define
class Program:
    """A started `ccgate`. `url` is where it listens."""

    process: subprocess.Popen[str]
    url: str = ""
    said: list[str] = field(factory=list)
    """Its lines on stderr."""

    def read_until(self, start: str) -> str:
        """Read stderr to the line that begins so; what follows on that line."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line)
            if line.startswith(start):
                return line.removeprefix(start).strip()
        raise AssertionError(f"it ended without saying {start!r}: {''.join(self.said)}")

    def end(self, sig: signal.Signals) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(sig)
        _, rest = self.process.communicate(timeout=PATIENCE)
        self.said.append(rest)
        return self.process.returncode


Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., AbstractContextManager[Program]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {"HOME": str(home), "PATH": os.defpath, "PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """Run `ccgate ARGUMENTS` to its end. `env`: more environment."""

    def call(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ccgate", *arguments],
            env={**environment, **(env or {})},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return call


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Start:
    """Start `ccgate ARGUMENTS`, and wait until it listens. Behind the block it is killed if it still runs."""

    @contextmanager
    def call(*arguments: str, env: dict[str, str] | None = None) -> Iterator[Program]:
        process = subprocess.Popen(
            [sys.executable, "-m", "ccgate", *arguments],
            env={**environment, **(env or {})},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                program = Program(process)
                program.url = program.read_until("ccgate listening on ")
                yield program
            finally:
                process.kill()

    return call


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], str]:
    """Write a configuration of this text; its path."""

    def write(text: str) -> str:
        tomllib.loads(text)
        path = tmp_path / "ccgate.toml"
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    return write
