from __future__ import annotations

import pytest

from ccgate.errors import ConfigError
from ccgate.settings.tree import Tree, leaves, written


def test_a_path_is_written_as_in_the_errors() -> None:
    assert written(("providers", 0, "headers", "x-a")) == "providers[0].headers.x-a"
    assert written(()) == ""


def test_a_leaf_is_what_holds_nothing_else() -> None:
    value = {"a": {"b": [1, {"c": 2}]}, "d": {}, "e": []}
    assert list(leaves(value)) == [(("a", "b", 0), 1), (("a", "b", 1, "c"), 2), (("d",), {}), (("e",), [])]


def test_a_later_layer_wins_leaf_by_leaf_and_replaces_lists() -> None:
    tree = Tree()
    tree.merge({"a": {"x": 1, "y": 2}, "list": [1, 2], "d": {}}, "low")
    tree.merge({"a": {"y": 3}, "list": [4], "d": {"z": 1}, "e": {}}, "high")
    tree.merge({"a": {}}, "higher")
    assert tree.data == {"a": {"x": 1, "y": 3}, "list": [4], "d": {"z": 1}, "e": {}}
    assert tree.origins[("a", "x")] == "low"
    assert tree.origins[("a", "y")] == tree.origins[("list", 0)] == tree.origins[("e",)] == "high"
    assert ("list", 1) not in tree.origins


def test_a_layer_is_not_touched_by_those_above_it() -> None:
    layer = {"list": [{"a": 1}]}
    tree = Tree()
    tree.merge(layer, "low")
    tree.put(("list", 0, "a"), 2, "high")
    assert layer == {"list": [{"a": 1}]}


def test_one_place_of_a_list_can_be_set_and_a_list_can_grow_at_its_end() -> None:
    tree = Tree()
    tree.put(("list", 0, "a"), 1, "one")
    tree.put(("list", 1), "b", "two")
    tree.put(("list", 0, "c"), 3, "three")
    assert tree.data == {"list": [{"a": 1, "c": 3}, "b"]}


def test_a_gap_in_a_list_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        Tree().put(("list", 1, "a"), 1, "x")
    assert str(caught.value) == "list[1].a: the list has no place 1: it has 0 (count from 0, without a gap)"


def test_what_is_no_table_gives_way_to_one() -> None:
    tree = Tree()
    tree.merge({"a": 5, "l": [1]}, "low")
    tree.put(("a", "b"), 1, "high")
    tree.put(("l", 0, "b"), 1, "high")
    assert tree.data == {"a": {"b": 1}, "l": [{"b": 1}]}


@pytest.mark.parametrize(("low", "high"), [("api_key", "api_keys"), ("api_keys", "api_key")])
def test_a_key_of_a_higher_layer_replaces_those_of_a_lower_one(low: str, high: str) -> None:
    tree = Tree()
    tree.merge({"providers": [{low: "x"}]}, "file")
    tree.put(("providers", 0, high), "y", "environment")
    assert tree.data == {"providers": [{high: "y"}]}


def test_both_ways_to_write_keys_in_one_layer_are_kept_for_the_check_to_tell() -> None:
    tree = Tree()
    tree.put(("providers", 0, "api_key"), "x", "flag")
    tree.put(("providers", 0, "api_keys"), ["y"], "flag")
    assert tree.data == {"providers": [{"api_key": "x", "api_keys": ["y"]}]}


def test_an_origin_is_that_of_the_value_or_the_nearest_one() -> None:
    tree = Tree()
    tree.merge({"a": {"x": 1}, "list": [{"y": 1}]}, "file")
    tree.put(("list", 1), "z", "flag")
    assert tree.origin(("a", "x")) == tree.origin(("a", "missing")) == tree.origin(("list", 0, "name")) == "file"
    assert tree.origin(("list", 1)) == tree.origin(("list", 1, "deeper")) == "flag"
    assert tree.origin(("b",)) == tree.origin(()) == "default"


def test_what_is_not_there_is_none() -> None:
    tree = Tree()
    tree.merge({"a": {"x": 1}}, "file")
    assert [tree.at(path) for path in (("a", "x"), ("a", "y"), ("b",), ("a", "x", "y"))] == [1, None, None, None]
