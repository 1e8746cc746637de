from __future__ import annotations

import copy
import pickle

import pytest

from ccgate.config import Secret
from ccgate.config.secret import key_problem, secret
from ccgate.errors import ConfigError

KEY = "sk-proj-0123456789abcd"


def test_a_secret_is_text_that_does_not_show_itself() -> None:
    key = Secret(KEY)
    assert key == KEY
    assert f"Bearer {key}" == f"Bearer {KEY}"
    assert repr(key) == "'sk-…abcd'"
    assert KEY not in f"{[key]}"


@pytest.mark.parametrize("key", ["", "abc", "0123456789abcde"])
def test_a_short_secret_shows_nothing(key: str) -> None:
    assert Secret(key).masked == "***"


def test_a_secret_survives_copying() -> None:
    assert repr(copy.deepcopy(Secret(KEY))) == repr(pickle.loads(pickle.dumps(Secret(KEY)))) == repr(Secret(KEY))


def test_a_variable_that_is_not_set_is_no_key() -> None:
    with pytest.raises(ConfigError, match="a key must be a string"):
        secret(None)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "k: is empty (write a key, or leave it out)"),
        ("  ", "k: is empty (write a key, or leave it out)"),
        ("${KEY}", "k: the reference ${KEY} was not resolved (set KEY)"),
        ("a${}b", "k: the reference ${} was not resolved (set )"),
        ("a\nb", "k: holds a character that no HTTP header can carry, or a space at an end"),
        ("a ", "k: holds a character that no HTTP header can carry, or a space at an end"),
        ("ключ", "k: holds a character that no HTTP header can carry, or a space at an end"),
        (5, "k: must be a string"),
    ],
)
def test_what_cannot_be_a_key_is_told_and_not_repeated(key: object, problem: str) -> None:
    assert str(key_problem("k", key)) == problem


def test_a_key_may_be_any_text_that_a_header_carries() -> None:
    assert key_problem("k", KEY) is None
