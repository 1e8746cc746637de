"""The house has floors: a module imports only from floors below, or from its own part of its floor."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
HOUSE = SRC / "ccgate"
MODULES = sorted(HOUSE.rglob("*.py"))

FLOORS: dict[int, set[str]] = {
    1: {"clock", "errors", "urls", "version", "words"},
    2: {"ir"},
    3: {"policy", "wire"},
    4: {"translators"},
    5: {"call", "ledger", "observe", "plugins", "sockets", "store", "surfaces", "tasks", "transport"},
    6: {"endpoint", "middleware", "router", "rules", "upstream"},
    7: {"assembly", "config", "gateway", "providers"},
    8: {"__main__", "admin", "cli", "clients", "exports", "settings", "testing"},
}
FLOOR_OF = {part: floor for floor, parts in FLOORS.items() for part in parts}

STRANGERS = {1: {"attrs"}, 5: {"anyio"}, 6: {"starlette"}, 7: {"cattrs"}, 8: {"click", "tomlkit", "uvicorn"}}
"""What a floor may import beside the standard library; every floor above may as well."""

IN_ONE_FILE = {
    "genai_prices": 5,
    "httpx2": 5,
    "keyring": 5,
    "msgspec": 3,
    "opentelemetry": 5,
    "prometheus_client": 5,
    "psycopg": 5,
    "redis": 5,
    "ruamel": 5,
    "trio": 5,
}
"""What is optional or heavy stands in one file of the library only, from this floor on. The product may use it."""

IMPURE = {"asyncio", "logging", "os", "socket", "ssl", "subprocess", "threading", "time"}
"""Floors 1 to 4 know no socket, clock, logger or environment."""


def part_of(module: Path) -> str:
    """`ir` for ir/fold.py, `call` for call.py, empty for the front page."""
    inner = module.relative_to(HOUSE)
    return "" if inner == Path("__init__.py") else inner.parts[0].removesuffix(".py")


def floor_of(module: Path) -> int:
    """The front page stands before the house: it shows what the floors up to 7 have."""
    part = part_of(module)
    return FLOOR_OF[part] if part else 7


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


def imports(tree: ast.AST) -> Iterator[str]:
    """Every imported name, wherever it stands: `ccgate.ir.fold.Reply` for `from ccgate.ir.fold import Reply`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(module: Path) -> str:
    return module.relative_to(SRC).as_posix()


each_module = pytest.mark.parametrize("module", MODULES, ids=named)


def test_every_part_of_the_house_has_a_floor():
    assert {part_of(module) for module in MODULES} - {""} <= set(FLOOR_OF)


@each_module
def test_a_module_imports_only_from_floors_below_or_its_own(module: Path):
    own, floor = part_of(module), floor_of(module)
    for name in imports(tree_of(module)):
        if not name.startswith("ccgate"):
            continue
        part = name.split(".")[1]
        assert part in FLOOR_OF or floor == 8, f"{name} comes from the front page, which only floor 8 may use"
        other = FLOOR_OF.get(part, 7)
        assert other <= floor, f"{name} is on floor {other}, {named(module)} on floor {floor}"
        assert other < floor or part == own or floor >= 5, f"{name}: siblings on floor {floor} do not know each other"


@each_module
def test_a_module_imports_only_strangers_its_floor_may_know(module: Path):
    floor = floor_of(module)
    welcome = set().union(*(names for at, names in STRANGERS.items() if at <= floor)) | {"attr", "ccgate"}
    welcome |= {name for name, at in IN_ONE_FILE.items() if at <= floor} | set(sys.stdlib_module_names)
    assert {name.split(".")[0] for name in imports(tree_of(module))} <= welcome


@pytest.mark.parametrize("stranger", IN_ONE_FILE)
def test_what_is_optional_is_imported_in_one_file(stranger: str):
    library = [module for module in MODULES if floor_of(module) < 8]
    users = [named(m) for m in library if any(name.split(".")[0] == stranger for name in imports(tree_of(m)))]
    assert len(users) <= 1, users


@pytest.mark.parametrize("module", [m for m in MODULES if part_of(m) and FLOOR_OF.get(part_of(m), 8) <= 4], ids=named)
def test_the_lower_floors_are_pure(module: Path):
    tree = tree_of(module)
    assert not {name.split(".")[0] for name in imports(tree)} & IMPURE
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]


def dotted(module: Path) -> str:
    parts = module.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run_at_import(tree: ast.Module) -> ast.Module:
    """Only what runs when the module is imported: no functions, nothing for type checkers."""
    kept = [node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))]
    return ast.Module([node for node in kept if not isinstance(node, ast.FunctionDef)], [])


def test_no_module_imports_itself_round_about():
    known = {dotted(module) for module in MODULES}
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        found = set()
        for name in imports(run_at_import(tree_of(module))):
            found.add(name if name in known else name.rpartition(".")[0])
        graph[dotted(module)] = (found & known) - {dotted(module)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(reversed(error.args[1]))}")


@each_module
def test_no_module_is_longer_than_a_reader_can_hold(module: Path):
    tree = tree_of(module)
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{node.name} has more than 40 lines"


@each_module
def test_no_module_is_named_for_nothing(module: Path):
    assert module.stem not in {"utils", "util", "helpers", "helper", "common", "misc"}
    classes = [node.name for node in ast.walk(tree_of(module)) if isinstance(node, ast.ClassDef)]
    assert not [name for name in classes if name.endswith(("Manager", "Handler", "Helper", "Utils"))]
