"""The real client and the real program: each a process of its own, with a home and an environment of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

PATIENCE = 50.0
"""Seconds a run of the client may take. A client that is told to try again for ever would need minutes."""
KEY = "sk-caller-0123456789"
PROVIDER_KEY = "sk-provider-0123456789"

QUIET = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_TELEMETRY",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_AUTOUPDATER",
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS",
)
"""Variables that keep the client from asking anybody but us."""


@frozen
class Outcome:
    """A run of the client that is over. `messages` is what it printed: the conversation, then its result."""

    code: int
    messages: list[Any]
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = self.messages[-1]
        assert found["type"] == "result", self
        return found

    @property
    def text(self) -> str:
        return str(self.result["result"])

    @property
    def good(self) -> bool:
        return self.code == 0 and not self.result["is_error"]

    def blocks(self, kind: str) -> list[dict[str, Any]]:
        """The blocks of this type that the client took from the model's replies."""
        said = [message["message"] for message in self.messages if message["type"] == "assistant"]
        return [block for message in said for block in message["content"] if block["type"] == kind]


@frozen(kw_only=True)
class Claude:
    """Claude Code, headless, in a folder and a home of its own."""

    binary: str
    folder: Path
    url: str = ""
    key: str = field(default=KEY, repr=False)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def at(self, url: str) -> Claude:
        """The same, speaking to the gateway at this URL."""
        return evolve(self, url=url)

    def with_key(self, key: str) -> Claude:
        return evolve(self, key=key)

    def __call__(self, prompt: str, *arguments: str) -> Outcome:
        """Run it to its end. Nothing of our own environment reaches it."""
        options = ("--output-format", "json", "--verbose", "--dangerously-skip-permissions")
        done = subprocess.run(
            [self.binary, "-p", prompt, *options, *arguments],
            env=self._environment(),
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.stdout, (done.returncode, done.stderr)
        return Outcome(done.returncode, json.loads(done.stdout), done.stderr)

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder / "home"),
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "IS_SANDBOX": "1",  # without it the client does not run tools unasked for root
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_AUTH_TOKEN": self.key,
            "CLAUDE_CODE_MAX_RETRIES": "2",
            **dict.fromkeys(QUIET, "1"),
        }


@contextmanager
def program(folder: Path, config: str) -> Iterator[str]:
    """`ccgate serve` with this configuration; where it listens. It must end well, and without a traceback."""
    path = folder / "ccgate.toml"
    path.write_text(config)
    path.chmod(0o600)
    home = folder / "gateway"
    home.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "ccgate", "serve", "--config", str(path), "--port", "0"],
        env={"HOME": str(home), "PATH": os.defpath, "PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1"},
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield listening(process)
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0, log
    assert "Traceback" not in log, log
    assert not any(key in log for key in (KEY, PROVIDER_KEY)), log


def listening(process: subprocess.Popen[str]) -> str:
    """Read its stderr to the line that says where it listens."""
    said: list[str] = []
    assert process.stderr
    for line in process.stderr:
        said.append(line)
        if line.startswith("ccgate listening on "):
            return line.removeprefix("ccgate listening on ").strip()
    raise AssertionError(f"it did not start: {''.join(said)}")
