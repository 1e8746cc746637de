"""The real Codex CLI, headless: a process of its own, with a home and a configuration of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from clients.processes import KEY, PATIENCE

CONFIG = """
model_provider = "ccgate"
{model}

[model_providers.ccgate]
name = "ccgate"
base_url = "{url}/v1"
wire_api = "responses"
experimental_bearer_token = "{key}"

[analytics]
enabled = false
"""
MCP = """
[mcp_servers.echo]
command = '{python}'
args = ['{script}']
"""
ECHO = '''
"""An MCP server on standard input and output with one tool, https://modelcontextprotocol.io/specification"""
import json
import sys

TOOL = {
    "name": "echo",
    "description": "Says the text again.",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
    "annotations": {"readOnlyHint": True},
}


def answer(method, params):
    if method == "initialize":
        about = {"name": "echo", "version": "1"}
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": about}
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": "ECHOED " + params["arguments"]["text"]}]}
    return {}


for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        result = answer(asked["method"], asked.get("params", {}))
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
'''


@frozen
class Outcome:
    """A run that is over. `events` is what it printed, one JSON object a line."""

    code: int
    events: list[Any]
    stderr: str

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The items of this type that were completed."""
        done = [event["item"] for event in self.events if event["type"] == "item.completed"]
        return [item for item in done if item["type"] == kind]

    @property
    def text(self) -> str:
        """What the model said last."""
        return str(self.items("agent_message")[-1]["text"])

    @property
    def good(self) -> bool:
        return self.code == 0 and self.events[-1]["type"] == "turn.completed"

    @property
    def usage(self) -> dict[str, int]:
        found: dict[str, int] = self.events[-1]["usage"]
        return found


@frozen(kw_only=True)
class Codex:
    """Codex in a folder and a home of its own."""

    binary: str
    folder: Path
    url: str = ""
    model: str | None = "gpt-5.5"
    key: str = field(default=KEY, repr=False)
    echo: bool = False
    """Whether it has an MCP server with a tool that says a text again."""

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def at(self, url: str) -> Codex:
        """The same, speaking to the gateway at this URL."""
        return evolve(self, url=url)

    def asking(self, model: str | None) -> Codex:
        """The same with this model. None: the configuration names none."""
        return evolve(self, model=model)

    def with_echo(self) -> Codex:
        return evolve(self, echo=True)

    def with_key(self, key: str) -> Codex:
        return evolve(self, key=key)

    def __call__(self, prompt: str, *arguments: str) -> Outcome:
        """Run it to its end. Nothing of our own environment reaches it."""
        self._configure()
        options = ("--skip-git-repo-check", "--json", "--dangerously-bypass-approvals-and-sandbox")
        done = subprocess.run(
            [self.binary, "exec", *options, *arguments, prompt],
            env={"HOME": str(self.home), "CODEX_HOME": str(self.home), "PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.stdout, (done.returncode, done.stderr)
        return Outcome(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def _configure(self) -> None:
        model = f'model = "{self.model}"' if self.model else ""
        config = CONFIG.format(model=model, url=self.url, key=self.key)
        if self.echo:
            script = self.folder / "echo_server.py"
            script.write_text(ECHO)
            config += MCP.format(python=sys.executable, script=script)
        (self.home / "config.toml").write_text(config)
