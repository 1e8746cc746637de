"""Reading one object: what is taken, what is left over, what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate import ir
from ccgate.errors import RequestRefused
from ccgate.wire.fields import Fields, refused


class Martian(Fields):
    __slots__ = ()
    dialect = "martian"


def read(**fields: Any) -> Martian:
    return Martian.of(fields, "/a")


def test_what_nobody_takes_is_left_over_under_the_dialects_name():
    fields = read(b="1", c=2)
    assert fields.text("b") == "1"
    assert fields.extra == ir.Opaque("martian", {"c": 2})
    assert fields.extra is not None
    assert fields.extra.at == "/a"
    assert fields.number("c") == 2
    assert fields.extra is None


@pytest.mark.parametrize("value", [None, True, 1, 1.5, [], {}])
def test_a_value_of_another_type_is_left_over(value: Any):
    fields = read(b=value)
    assert fields.text("b") is None
    assert fields.left == {"b": value}


@pytest.mark.parametrize(
    ("value", "number", "whole"),
    [(1, 1, 1), (1.5, 1.5, None), (True, None, None), ("1", None, None), (None, None, None)],
)
def test_a_boolean_is_no_number(value: Any, number: Any, whole: Any):
    assert read(b=value).number("b") == number
    assert read(b=value).whole("b") == whole


def test_what_is_left_over_within_is_left_over_at_its_place():
    fields = read(b={"c": "1", "d": 2}, e=[])
    inner = fields.inner("b")
    assert isinstance(inner, Martian)
    assert (inner.at, inner.text("c")) == ("/a/b", "1")
    assert fields.left == {"b": {"d": 2}, "e": []}
    assert fields.inner("e").left == {}
    assert fields.left == {"b": {"d": 2}, "e": []}


def test_a_null_may_say_no_more_than_no_field():
    fields = read(b=None, c=1)
    for key in "bcd":
        fields.absent(key)
    assert fields.left == {"c": 1}


def test_what_is_written_anyway_needs_no_word_and_what_is_not_there_leaves_a_null():
    fields = read(b="x", c="y")
    for key in "bcd":
        fields.same(key, "x")
    assert fields.left == {"c": "y", "d": None}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1], "a.b.0: must be an object"),
        ([{}, None], "a.b.1: must be an object"),
        ({}, "a.b: must be a list"),
        ("[]", "a.b: must be a list"),
    ],
)
def test_a_list_of_objects_is_nothing_else(value: Any, words: str):
    with pytest.raises(RequestRefused) as error:
        list(Martian.each(value, "/a/b"))
    assert str(error.value) == words


def test_a_string_without_which_it_makes_no_sense_is_asked_for_by_its_place():
    with pytest.raises(RequestRefused, match=r"^a\.b: must be a string$"):
        read(b=1).need("b")
    assert str(refused("", "must be an object")) == "must be an object"
