"""Opaque state on its way through a stranger's client."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.wire import seals

anything = st.text(max_size=30)
ofs = st.sampled_from(get_args(seals.Of))
WORD = seals.wrap("gemini", "thoughtSignature", "CiQB/+==", "next")


@given(anything, anything, anything, ofs)
def test_whatever_is_wrapped_is_unwrapped_again(maker: str, kind: str, value: str, of: seals.Of) -> None:
    assert seals.unwrap(seals.wrap(maker, kind, value, of)) == seals.Sealed(maker, kind, value, of)


@given(anything, anything, anything, ofs)
def test_a_seal_is_a_word_that_every_place_takes(maker: str, kind: str, value: str, of: seals.Of) -> None:
    assert re.fullmatch("[A-Za-z0-9_-]+", seals.wrap(maker, kind, value, of))


@given(st.text())
def test_nothing_is_unwrapped_of_what_was_not_wrapped(text: str) -> None:
    assert seals.unwrap(text) is None
    assert seals.unwrap(seals.MARK + text) is None
    assert seals.split(text) == (text, ())


@pytest.mark.parametrize("n", range(len(WORD)))
def test_a_seal_that_was_cut_is_none(n: int) -> None:
    assert seals.unwrap(WORD[:n]) is None
    assert seals.is_held(WORD[:n]) is (n >= len(seals.MARK))


@pytest.mark.parametrize(
    "packed",
    [
        "bnVsbA",  # null
        "WzEsMiwzLDRd",  # [1,2,3,4]
        "WyJhIiwiYiIsImMiXQ",  # ["a","b","c"]
        "WyJhIiwiYiIsImMiLCJ4Il0",  # ["a","b","c","x"]
        "W1tbW1tbW1tbW1tb",  # not JSON
        "_w",  # not UTF-8
        "!!!!",
        "é",
        "",
    ],
)
def test_what_we_did_not_pack_is_none(packed: str) -> None:
    assert seals.unwrap(seals.MARK + packed) is None


def test_json_too_deep_for_the_parser_is_none() -> None:
    deep = seals.wrap("a", "b", "c")[: len(seals.MARK)] + "W1tb" * 50_000
    assert seals.unwrap(deep) is None


@given(st.text(max_size=10), st.lists(st.tuples(anything, anything, anything, ofs), max_size=3))
def test_several_ride_on_one_word(bare: str, held: list[tuple[str, str, str, seals.Of]]) -> None:
    word = bare + "".join(seals.wrap(*each) for each in held)
    assert seals.split(word) == (bare, tuple(seals.Sealed(*each) for each in held))


def test_one_that_cannot_be_read_is_left_out_of_the_others() -> None:
    assert seals.split(f"call_1{seals.MARK}??{WORD}") == ("call_1", (seals.unwrap(WORD),))


def test_a_body_is_searched_for_the_mark() -> None:
    assert seals.holds(json.dumps({"signature": WORD}).encode())
    assert not seals.holds(json.dumps({"signature": "EuYB=="}).encode())


def test_the_value_is_not_shown() -> None:
    assert "CiQB" not in repr(seals.unwrap(WORD))
