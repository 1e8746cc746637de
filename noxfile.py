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
    95: [
        *("call.py", "observe.py", "plugins.py", "sockets.py", "surfaces.py", "tasks.py", "transport/*", "store/*"),
        *("rules.py", "router.py", "endpoint.py", "upstream.py", "middleware/*"),
        *("gateway.py", "assembly.py", "config/*", "providers/*", "settings/*"),
    ],
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


# Each real client: its package, its version, its binary below node_modules, and the variable that names that to the
# tests. The binary comes in a package for each platform, of which npm installs the one that this machine can run.
CLIENTS = [
    ("@anthropic-ai/claude-code", "2.1.328", "@anthropic-ai/claude-code-*/claude*", "CCGATE_CLAUDE_BIN"),
    ("@openai/codex", "0.169.0", "@openai/codex-*/vendor/*/bin/codex", "CCGATE_CODEX_BIN"),
]


def installed(session: nox.Session, package: str, version: str, place: str) -> str:
    """The path of a client from npm, which is installed unless it is there."""
    folder = session.cache_dir / f"{package.rpartition('/')[2]}-{version}"
    if not any(folder.glob(f"node_modules/{place}")):
        folder.mkdir(parents=True, exist_ok=True)
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder))
        session.run("npm", "install", *options, f"{package}@{version}", external=True)
    found = sorted(folder.glob(f"node_modules/{place}"))
    if not found:
        session.skip(f"{package} {version} has no package for this platform")
    return str(found[0].resolve())


@nox.session
def clients(session: nox.Session) -> None:
    """The real Claude Code and Codex CLIs (from npm) through the program, with a scripted model behind it."""
    env = {name: installed(session, package, version, place) for package, version, place, name in CLIENTS}
    session.install("-e", ".[fast]", *group("test"))
    session.run("pytest", "tests/clients", "-m", "clients", "--timeout=600", *session.posargs, env=env)
