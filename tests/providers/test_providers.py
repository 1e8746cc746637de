from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from ccgate.errors import ConfigError
from ccgate.providers import ANNOUNCED, KINDS, PRESETS, Preset, preset


@pytest.mark.parametrize("known", PRESETS, ids=lambda known: known.kind)
def test_every_record_cites_its_page_and_is_found_by_its_kind(known: Preset) -> None:
    assert preset(known.kind) is known
    assert known.source.startswith("https://")
    assert known.auth in {"bearer", "x-api-key"}
    assert known.endpoint.startswith(known.version)


@pytest.mark.parametrize("known", [known for known in PRESETS if known.base_url], ids=lambda known: known.kind)
def test_a_default_path_is_the_one_of_the_default_base_url(known: Preset) -> None:
    assert urlsplit(known.base_url).path == known.default_path


def test_no_kind_is_listed_twice_or_both_known_and_announced() -> None:
    assert len({*KINDS, *ANNOUNCED}) == len(KINDS) + len(ANNOUNCED)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("antropic", "kind: unknown kind (did you mean 'anthropic'?)"),
        ("", f"kind: unknown kind (known: {', '.join(KINDS)})"),
    ],
)
def test_an_unknown_kind_is_told_with_what_was_meant(kind: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        preset(kind)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("kind", "instead"), [("gemini", "openai-compatible"), ("zai-anthropic", "anthropic-compatible")]
)
def test_a_kind_of_a_later_version_is_told_apart_from_a_typing_mistake(kind: str, instead: str) -> None:
    with pytest.raises(ConfigError, match=f"kind {kind!r} is not supported by this version .*{instead!r}"):
        preset(kind)
