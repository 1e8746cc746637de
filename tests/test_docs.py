"""What README.md and docs/ show is run, loaded, or compared with the code."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from ccgate.config import ApiKey, Config, Plugin, from_mapping, sections, unbuilt
from ccgate.config import Provider as ProviderConfig
from ccgate.config import Route as RouteConfig
from ccgate.providers import KINDS
from ccgate.settings import load
from ccgate.surfaces import Surfaces
from clients import codex

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
ROW = re.compile(r"^\| `([a-z_\[\].]+)` \| (.+?) \| .* \|$", re.MULTILINE)
UNBUILT_MARK = "# not built yet"


def blocks(language: str) -> list[Any]:
    return [
        pytest.param(match[2], id=f"{page.name}:{page.read_text()[: match.start()].count(chr(10)) + 1}")
        for page in PAGES
        for match in FENCE.finditer(page.read_text())
        if match[1] == language
    ]


def is_codex(block: Any) -> bool:
    """Whether this is a configuration of Codex, not of ours."""
    return bool(block.values[0].startswith("# ~/.codex/config.toml"))


@pytest.mark.parametrize("text", [block for block in blocks("toml") if is_codex(block)])
def test_codex_is_tested_with_the_configuration_that_the_docs_show(text: str) -> None:
    tested = codex.CONFIG.format(model="", url="http://127.0.0.1:3456", key="the-gateways-key")
    shown = tomllib.loads(text)
    assert shown["model_provider"] == tomllib.loads(tested)["model_provider"]
    assert shown["model_providers"] == tomllib.loads(tested)["model_providers"]


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_docs_runs(code: str) -> None:
    compiled = compile(code, "docs", "exec", dont_inherit=True)
    if code.startswith("# not run: "):
        return
    namespace: dict[str, Any] = {"__name__": "docs"}
    exec(compiled, namespace)
    tests = [thing for name, thing in namespace.items() if name.startswith("test_")]
    for test in tests:
        assert inspect.iscoroutinefunction(test)
        for backend in ("asyncio", "trio"):
            anyio.run(test, backend=backend)


@pytest.mark.parametrize("text", [block for block in blocks("toml") if not is_codex(block)])
def test_toml_in_the_docs_loads(text: str, tmp_path: Path) -> None:
    path = tmp_path / "ccgate.toml"
    path.write_text(text)
    path.chmod(0o600)
    environ = {name: f"sk-{name.lower()}-0123456789" for name in re.findall(r"\$\{(\w+)\}", text)}
    loaded = load(path, environ=environ, home=tmp_path)
    assert bool(loaded.warnings) == text.startswith(UNBUILT_MARK), loaded.warnings


@pytest.mark.parametrize("text", blocks("json"))
def test_json_in_the_docs_is_json(text: str) -> None:
    document = json.loads(text)
    assert all(isinstance(value, str) for value in document.get("env", {}).values())


def test_every_block_says_what_it_is() -> None:
    languages = {match[1] for page in PAGES for match in FENCE.finditer(page.read_text())}
    assert languages == {"python", "toml", "json", "sh"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_finds_it(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readmes_test_command_is_what_a_submission_must_pass() -> None:
    command = '.venv/bin/pip install "nox[uv]" && .venv/bin/nox'
    assert command in (ROOT / "README.md").read_text().splitlines()
    assert command in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in index] == []


# configuration.md

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
LISTS = {"providers": ProviderConfig, "routes": RouteConfig, "middleware": Plugin, "observers": Plugin}
SECTIONS = {
    "server": sections.Server,
    "auth": sections.Auth,
    "sticky": sections.StickyOptions,
    "limits": sections.Limits,
    "circuit_breaker": sections.CircuitBreakerOptions,
    "rate_limit": sections.RateLimitOptions,
    "compare": sections.Compare,
    "modes": sections.Modes,
    "store": sections.StoreOptions,
    "ledger": sections.LedgerOptions,
    "health": sections.Health,
}
NEEDED = {"providers": {"name": "openai"}, "routes": {"to": ["openai"]}, "compare": {"to": "openai"}}


def keys() -> Iterator[str]:
    """The path of every key there is."""
    for whole in attrs.fields(Config):
        if whole.name in LISTS:
            yield from (f"{whole.name}[].{key.name}" for key in attrs.fields(LISTS[whole.name]))
        elif whole.name in SECTIONS:
            yield from (f"{whole.name}.{key.name}" for key in attrs.fields(SECTIONS[whole.name]))
        else:
            yield whole.name
    yield from (f"auth.api_keys[].{key.name}" for key in attrs.fields(ApiKey))


def test_every_key_of_the_configuration_is_documented() -> None:
    assert [key for key in keys() if f"`{key}`" not in CONFIGURATION] == []


def test_every_documented_key_exists() -> None:
    known = set(keys())
    assert [key for key, _ in ROW.findall(CONFIGURATION) if key not in {*known, *KINDS}] == []


def written(key: str, value: object) -> Mapping[str, Any]:
    """A configuration that sets this key, and what must stand beside it."""
    section, _, name = key.rpartition(".")
    if not section:
        return {"providers": [NEEDED["providers"]], name: value}
    if section.endswith("[]"):
        section = section.removesuffix("[]")
        data: dict[str, Any] = {section: [{**NEEDED[section], name: value}]}
    else:
        data = {section: {**NEEDED.get(section, {}), name: value}}
    return {"providers": [NEEDED["providers"]], **data}


DEFAULTS = [
    (key, default.strip("`"))
    for key, default in ROW.findall(CONFIGURATION)
    if default.startswith("`") and key not in KINDS and not key.startswith("auth.api_keys[]")
]


@pytest.mark.parametrize(("key", "default"), DEFAULTS, ids=[key for key, _ in DEFAULTS])
def test_a_documented_default_is_the_default(key: str, default: str) -> None:
    value = tomllib.loads(f"value = {default}")["value"]
    section = key.partition(".")[0].removesuffix("[]")
    without: dict[str, Any] = {"providers": [NEEDED["providers"]]}
    if section in NEEDED or section == "rate_limit":
        base = NEEDED.get(section, {})
        without[section] = [base] if section in LISTS else base
    assert from_mapping(written(key, value)) == from_mapping(without)


def test_every_key_without_effect_says_so() -> None:
    page = CONFIGURATION.partition("## Accepted, without effect")
    marked = {key for key, _ in ROW.findall(page[2])}
    marked |= {row.split("`")[1] for row in page[0].splitlines() if "not built yet" in row and row.startswith("| `")}
    by_section = defaultdict(set)
    for key in marked:
        by_section[key.partition(".")[0]].add(key.rpartition(".")[2])
    assert set(unbuilt.UNBUILT_SECTIONS) <= set(by_section)
    assert set(unbuilt.UNBUILT_LIMITS) == by_section["limits"]
    assert set(unbuilt.UNBUILT_PROVIDER) <= by_section["providers[]"]


# http.md and the glossary


def test_every_path_that_is_served_is_documented() -> None:
    page = (ROOT / "docs" / "http.md").read_text()
    assert [path for path in Surfaces.of().paths if f" {path}`" not in page] == []


def test_the_glossary_has_no_word_twice() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text()
    words = re.findall(r"^\| ([A-Z]\w*) \|", page, re.MULTILINE)
    assert len(words) == len(set(words)) > 15
