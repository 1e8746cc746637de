"""JSON changed in places; every other byte stays."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.wire.jsonedit import edited
from ccgate.wire.jsontext import pointer

words = st.text(max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=16,
)
documents = st.lists(values, min_size=1, max_size=4) | st.dictionaries(words, values, min_size=1, max_size=4)
INDENTS = st.sampled_from([None, 0, 2])


def places(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, *path, key)


def done_by_hand(document: Any, changes: dict[tuple[str | int, ...], Any]) -> Any:
    document = copy.deepcopy(document)
    for path in sorted(changes, key=lambda path: [(str(type(part)), part) for part in path], reverse=True):
        holder = document
        for part in path[:-1]:
            holder = holder[part]
        if changes[path] is None:
            del holder[path[-1]]
        else:
            holder[path[-1]] = changes[path]
    return document


@given(st.data(), documents, INDENTS, st.booleans())
def test_cutting_and_replacing_is_what_it_would_be_in_python(
    data: st.DataObject, document: Any, indent: int | None, ascii_only: bool
) -> None:
    chosen: dict[tuple[str | int, ...], Any] = {}
    for path in data.draw(st.lists(st.sampled_from(list(places(document))), max_size=4, unique=True)):
        if not any(path[: len(each)] == each or each[: len(path)] == path for each in chosen):
            chosen[path] = data.draw(st.none() | st.just("new") | st.just({"é": [1]}))
    raw = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    changes = {pointer(*path): value for path, value in chosen.items()}
    assert json.loads(edited(raw, changes)) == done_by_hand(document, chosen)


@pytest.mark.parametrize(
    ("raw", "changes", "after"),
    [
        ("[1, 2, 3]", {}, "[1, 2, 3]"),
        ("[1, 2, 3]", {"/0": None}, "[2, 3]"),
        ("[1, 2, 3]", {"/1": None}, "[1, 3]"),
        ("[1, 2, 3]", {"/2": None}, "[1, 2]"),
        ("[1, 2 , 3 ]", {"/1": None, "/2": None}, "[1 ]"),
        ("[1, 2, 3]", {"/0": None, "/1": None}, "[3]"),
        ("[1, 2, 3]", {"/0": None, "/2": None}, "[2]"),
        ("[ 1 , 2 ]", {"/0": None, "/1": None}, "[  ]"),
        ("[ 1 ]", {"/0": None}, "[  ]"),
        ("[1.0e0, -0]", {"/0": 2}, "[2, -0]"),
        ('{"a": 1,  "b": 2}', {"/a": None}, '{"b": 2}'),
        ('{"a": 1,  "b": 2}', {"/b": None}, '{"a": 1}'),
        ('{"a": 1,  "b": 2}', {"/b": "é"}, '{"a": 1,  "b": "é"}'),
        (' {"é" :[{"x": "€"},{ "y":2}], "z":1.50} ', {"/é/0": None}, ' {"é" :[{ "y":2}], "z":1.50} '),
        ('{"a": {"b": [1]}, "c": 0}', {"/a/b/0": None, "/c": 1}, '{"a": {"b": []}, "c": 1}'),
        ('{"a": 1, "b": 0, "a": 2}', {"/a": None}, '{"b": 0}'),
        ('{"a": 1, "b": 0, "a": [2]}', {"/a/0": None}, '{"a": 1, "b": 0, "a": []}'),
        ('{"a/b": 1, "c~d": 2}', {"/a~1b": 3, "/c~0d": None}, '{"a/b": 3}'),
        ('{"": {"": 1}}', {"//": 2}, '{"": {"": 2}}'),
        ('"\\ud800"', {}, '"\\ud800"'),
    ],
)
def test_every_other_byte_stays(raw: str, changes: dict[str, Any], after: str) -> None:
    assert edited(raw.encode(), changes).decode() == after


@pytest.mark.parametrize("place", ["", "a", "/b", "/a/2", "/a/-", "/a/00", "/a/0/0", "/c/0"])
def test_a_place_that_is_not_there_is_an_error(place: str) -> None:
    with pytest.raises(LookupError):
        edited(b'{"a": [1], "c": "[1]"}', {place: None})
