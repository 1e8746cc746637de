"""The project's chores. `nox` runs what every commit must pass: lint, types, tests."""

from __future__ import annotations

import os

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True
os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")

PROJECT = nox.project.load_toml("pyproject.toml")

# Branch coverage that each floor is held to (CONTRIBUTING.md names the floors).
FLOORS = {
    100: ["errors.py", "clock.py", "words.py", "urls.py", "ir/*", "wire/*", "policy/*", "translators/*"],
    95: ["call.py", "observe.py", "surfaces.py", "tasks.py", "transport/*", "store/*", "middleware/*"],
    90: ["rules.py", "router.py", "endpoint.py", "upstream.py", "gateway.py", "assembly.py", "config/*", "settings/*"],
}


def group(name: str) -> list[str]:
    """The requirements of a dependency group, for installers that do not know groups."""
    return nox.project.dependency_groups(PROJECT, name)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy strict on everything, pyright on what is public."""
    session.install("-e", ".[fast]", *group("types"), *group("test"))
    session.run("mypy")
    session.run("pyright")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, with the coverage that each floor is held to."""
    session.install("-e", ".[fast]", *group("test"))
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest")
    session.run("coverage", "combine", "--quiet")
    for floor, files in FLOORS.items():
        include = ",".join(f"src/ccgate/{name}" for name in files)
        session.run("coverage", "report", f"--include={include}", f"--fail-under={floor}")


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def matrix(session: nox.Session) -> None:
    """The tests on every Python that is installed here."""
    session.install("-e", ".[fast]", *group("test"))
    session.run("pytest", *session.posargs)


@nox.session(venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """The tests with the oldest direct dependencies that pyproject.toml allows."""
    session.install("--resolution", "lowest-direct", "-e", ".", *group("test"))
    session.run("pytest", *session.posargs)


@nox.session
def plain(session: nox.Session) -> None:
    """The tests without any extra: h11, the standard library's JSON, asyncio's own loop."""
    session.install("-e", ".", *group("test"))
    session.run("pytest", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """What takes long: thousands of cancelled calls."""
    session.install("-e", ".[fast]", *group("test"))
    session.run(
        "pytest",
        "tests/transport",
        "-k",
        "cancelled_calls",
        "--timeout=600",
        *session.posargs,
        env={"CCGATE_CANCELLED_CALLS": "5000"},
    )


@nox.session
def clients(session: nox.Session) -> None:
    """The real Claude Code CLI (from npm) through the program, with a scripted model behind it."""
    version = "2.1.328"
    folder = session.cache_dir / f"claude-code-{version}"
    # The binary comes in a package for each platform, of which npm installs the one that this machine can run.
    place = "node_modules/@anthropic-ai/claude-code-*/claude*"
    if not any(folder.glob(place)):
        folder.mkdir(parents=True, exist_ok=True)
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder))
        session.run("npm", "install", *options, f"@anthropic-ai/claude-code@{version}", external=True)
    found = sorted(folder.glob(place))
    if not found:
        session.skip(f"Claude Code {version} has no package for this platform")
    session.install("-e", ".[fast]", *group("test"))
    env = {"CCGATE_CLAUDE_BIN": str(found[0].resolve())}
    session.run("pytest", "tests/clients", "-m", "clients", "--timeout=600", *session.posargs, env=env)
