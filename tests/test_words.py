from __future__ import annotations

import pytest

from ccgate.words import meant, nearest


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("kindd", ["kind", "name"], "did you mean 'kind'?"),
        ("KIND", ["kind", "name"], "did you mean 'kind'?"),
        ("zzz", ["kind", "name"], "known: kind, name"),
        ("zzz", [], "none is known"),
    ],
)
def test_a_hint_names_the_nearest_word_or_all_of_them(word: str, known: list[str], hint: str) -> None:
    assert meant(word, known) == hint


def test_the_nearest_word_keeps_its_own_case() -> None:
    assert nearest("ccgate_mod", ["CCGATE_MODE"]) == "CCGATE_MODE"
