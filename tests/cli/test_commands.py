from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ccgate import __version__

HEAVY = ("httpx2", "starlette", "uvicorn", "anyio", "cattrs", "ccgate.gateway", "ccgate.config")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["version"]])
def test_small_commands_import_nothing_heavy(environment, arguments):
    script = (
        "import sys\n"
        "from ccgate.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as end:\n"
        f"    found = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "    sys.exit(f'{found}' if found or end.code else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_version_is_told_on_stdout(run):
    assert run("--version").stdout == run("version").stdout == f"ccgate {__version__}\n"
    assert json.loads(run("version", "--json").stdout) == {"version": __version__}


def test_help_names_every_command(run):
    done = run("-h")
    assert done.returncode == 0
    assert done.stderr == ""
    for name in ("serve", "demo", "version"):
        assert f"\n  {name} " in done.stdout


def test_an_unknown_command_is_a_usage_error_with_the_one_that_was_meant(run):
    done = run("srve")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "did you mean 'serve'?" in done.stderr


@pytest.mark.parametrize("arguments", [["--nonsense"], ["serve", "--port", "many"], ["serve", "--prot", "1"], []])
def test_a_wrong_call_is_a_usage_error(run, arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Usage: ccgate" in done.stderr
