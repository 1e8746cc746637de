"""The order in which a pool's members are asked."""

from __future__ import annotations

import pytest
from attrs import frozen

from ccgate.policy.selectors import Standing, ordered, sticky


@frozen
class Named:
    id: str


A, B, C = Named("a"), Named("b"), Named("c")


@pytest.mark.parametrize(
    ("standing", "written", "bound"),
    [
        (Standing(), "abc", "abc"),
        (Standing(bound="b"), "abc", "bac"),
        (Standing(bound="gone"), "abc", "abc"),
        (Standing(parked={"a": 5.0}), "bca", "bca"),
        (Standing(parked={"a": 5.0, "b": 2.0}), "cba", "cba"),
        (Standing(parked={"a": 5.0, "b": 2.0, "c": 9.0}), "bac", "bac"),
        (Standing(bound="a", parked={"a": 5.0}), "bca", "bca"),
        (Standing(bound="c", parked={"a": 5.0}), "bca", "cba"),
    ],
)
def test_parking_and_bindings_order_a_pool_and_never_shrink_it(standing: Standing, written: str, bound: str) -> None:
    assert "".join(member.id for member in ordered((A, B, C), standing)) == written
    assert "".join(member.id for member in sticky((A, B, C), standing)) == bound
