"""What can be imported, what it costs, and that things are called what they are."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SRC = TESTS.parent / "src"
HOUSE = SRC / "ccgate"
TRANSLATORS = HOUSE / "translators"

ABOUT_THE_WHOLE = {"docs", "every_crossing", "floors", "identity", "public_names"}
"""Top-level tests that mirror no module but look at all of them."""
ELSEWHERE = {"clients", "examples", "sdk"}
"""Folders of tests that mirror no part of the house."""


def listed(module: Path) -> bool:
    """Whether the module has an `__all__`."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
        for node in tree.body
    )


def dotted(module: Path) -> str:
    parts = module.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def as_shelved(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("name", sorted(dotted(module) for module in HOUSE.rglob("*.py") if listed(module)))
def test_public_names_are_sorted_and_importable(name: str):
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(set(module.__all__), key=as_shelved)
    missing = [each for each in module.__all__ if getattr(module, each, None) is None]
    assert not missing


def test_an_unknown_name_on_a_lazy_page_is_an_attribute_error():
    for name in ("ccgate", "ccgate.testing", "ccgate.transport"):
        assert not hasattr(importlib.import_module(name), "nobody_has_this_name")


WATCHED = """
import json, sys
opened, sockets = [], []
def watch(event, args):
    if event == "open":
        opened.append(str(args[0]))
    elif event.startswith("socket."):
        sockets.append(event)
sys.addaudithook(watch)
before = set(sys.modules)
import ccgate
loaded = sorted({name.split(".")[0] for name in set(sys.modules) - before})
print(json.dumps({"opened": opened, "sockets": sockets, "loaded": loaded}))
"""


def test_importing_ccgate_costs_next_to_nothing():
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True, timeout=50)
    seen = json.loads(done.stdout)
    heavy = {"anyio", "asyncio", "attr", "cattrs", "click", "httpx", "httpx2", "starlette", "tomlkit", "uvicorn"}
    assert not heavy & set(seen["loaded"])
    assert seen["sockets"] == []
    assert [path for path in seen["opened"] if not path.endswith((".py", ".pyc"))] == []


def mirrored(test: Path) -> bool:
    """tests/wire/test_sse.py looks at wire/sse.py; test_anthropic_losses.py at the package anthropic."""
    inner = test.relative_to(TESTS)
    subject = inner.stem.removeprefix("test_")
    if inner.parts[0] in ELSEWHERE or (len(inner.parts) == 1 and subject in ABOUT_THE_WHOLE):
        return True
    folder = HOUSE.joinpath(*inner.parent.parts)
    names = {each.stem for each in folder.glob("*") if each.suffix == ".py" or each.is_dir()} | {folder.name}
    return any(subject == name or subject.startswith(f"{name}_") for name in names)


@pytest.mark.parametrize("test", sorted(TESTS.rglob("test_*.py")), ids=lambda test: str(test.relative_to(TESTS)))
def test_a_test_file_mirrors_a_module(test: Path):
    assert mirrored(test)


DIALECTS = sorted(
    each.stem
    for each in TRANSLATORS.glob("*")
    if each.stem not in {"__init__", "protocol", "variant", "__pycache__"}
    and (each.suffix == ".py" or (each / "__init__.py").exists())
)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_translator_names_no_other_dialect_but_its_base(dialect: str):
    package = TRANSLATORS / dialect
    files = sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    others = set(DIALECTS) - {dialect}
    bases = {other for other in others for name in imported if f"{name}.".startswith(f"ccgate.translators.{other}.")}
    assert len(bases) <= 1, f"a variant has one base, not {sorted(bases)}"
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert not words & (others - bases)


def test_there_are_translators_to_look_at():
    assert DIALECTS
