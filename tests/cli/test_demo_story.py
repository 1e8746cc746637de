"""The demo, told in words."""

from __future__ import annotations

import pytest

from ccgate.cli.demo_story import pattern


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("/system/0/cache_control", "system.*.cache_control"),
        ("/metadata/user_id", "metadata.user_id"),
        ("header:anthropic-beta", "header anthropic-beta"),
        ("", "the request"),
    ],
)
def test_a_place_is_told_without_its_numbers(pointer: str, words: str) -> None:
    assert pattern(pointer) == words
