from __future__ import annotations

import pytest

from ccgate import ir


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ((), "/tools"),
        ((0,), "/tools/0"),
        (("a", 1, "b"), "/tools/a/1/b"),
        (("a/b",), "/tools/a~1b"),
        (("a~b",), "/tools/a~0b"),
        (("~1",), "/tools/~01"),
        (("",), "/tools/"),
    ],
)
def test_a_child_is_named_by_a_json_pointer(parts: tuple[str | int, ...], pointer: str):
    assert ir.child("/tools", *parts) == pointer


def test_what_is_left_over_keeps_its_dialect_and_place():
    left = ir.leftover("martian", {"known": 1, "unknown": 2}, ("known",), "/a")
    assert left == ir.Opaque("martian", {"unknown": 2})
    assert left is not None
    assert left.at == "/a"


def test_nothing_left_over_is_nothing():
    assert ir.leftover("martian", {"known": 1}, frozenset({"known"}), "") is None


def test_where_a_node_stood_is_not_compared_and_not_shown():
    assert ir.Text("a", at="/x") == ir.Text("a", at="/y")
    assert "at=" not in repr(ir.Text("a", at="/x"))


def test_a_seal_does_not_show_its_value():
    assert "hidden" not in repr(ir.Seal("martian", "signature", "hidden"))


def test_single_fields_of_what_is_left_over_may_weigh_otherwise():
    extra = ir.Opaque("martian", {"a": 1, "b": 2}, grade="hint", grades={"b": "content"})
    assert [extra.grade_of(key) for key in "ab"] == ["hint", "content"]
    assert ir.Opaque("martian", {"a": 1}).grade_of("a") is None
    assert extra == ir.Opaque("martian", {"a": 1, "b": 2})
