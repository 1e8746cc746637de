from __future__ import annotations

from hypothesis import given

from ccgate import ir
from strategies import requests


def test_blocks_are_walked_in_the_order_they_stand_inner_ones_too():
    deep = ir.Text("deep")
    parts = ir.Media("document", ir.Parts((deep,)))
    image = ir.Media("image", ir.Url("https://example.test/cat.png"))
    result = ir.ToolResult("1", (ir.Text("inner"), parts))
    request = ir.Request(
        model="m", turns=(ir.Turn("user", (ir.Text("a"), result)), ir.Turn("assistant"), ir.Turn("user", (image,)))
    )
    assert list(ir.blocks(request)) == [ir.Text("a"), result, ir.Text("inner"), parts, deep, image]


@given(requests)
def test_every_block_of_every_turn_is_walked(request: ir.Request):
    walked = list(ir.blocks(request))
    for turn in request.turns:
        for block in turn.blocks:
            assert any(block is each for each in walked)


@given(requests)
def test_two_requests_that_say_the_same_are_equal_and_can_be_shown(request: ir.Request):
    assert isinstance(repr(request), str)
    assert request == request  # noqa: PLR0124
