from __future__ import annotations

from typing import get_args

import attrs
import pytest
from hypothesis import given

from ccgate import ir
from ccgate.policy.tokens import WEIGHTS, count, estimate
from strategies import blocks, requests, tools, words

EMPTY = ir.Request(model="m", turns=(ir.Turn("user"),))


def saying(*said: ir.Block) -> ir.Request:
    return ir.Request(model="m", turns=(ir.Turn("user", said),))


def weight(*said: ir.Block) -> int:
    """What these blocks add to an empty request."""
    return estimate(saying(*said)) - estimate(EMPTY)


PDF = ir.Media("document", ir.Inline("application/pdf", "A" * 400_000))

TABLE = {
    "a thousand ASCII characters": (ir.Text("word " * 200), 301),
    "a hundred ideographs": (ir.Text("語" * 100), 101),
    "a hundred syllables of hangul": (ir.Text("한" * 100), 101),
    "a hundred Cyrillic letters": (ir.Text("ж" * 100), 51),
    "fifty of each": (ir.Text("a" * 50 + "語" * 50 + "ж" * 50), 91),
    "a tool call": (ir.ToolUse("1", "read", '{"path":"x"}'), 36),
    "a tool result": (ir.ToolResult("1", (ir.Text("0123456789"),)), 35),
    "a loaded tool": (ir.ToolRef("0123456789"), 4),
    "thinking": (ir.Thinking(("0123456789", "0123456789")), 7),
    "thinking of nothing": (ir.Thinking(), 1),
    "redacted thinking": (ir.Thinking((), "redacted", ir.Seal("m", "redacted", "x" * 1000)), 151),
    "an image": (ir.Media("image", ir.Inline("image/png", "A" * 100_000)), 1501),
    "an image elsewhere": (ir.Media("image", ir.Url("https://example.test/cat.png")), 1501),
    "an image looked at from afar": (ir.Media("image", ir.Url("https://example.test/cat.png"), detail="low"), 86),
    "a document of 300 kB": (PDF, 12_001),
    "a small document": (ir.Media("document", ir.Inline("application/pdf", "A" * 400)), 1501),
    "a document that is text": (ir.Media("document", ir.Inline("text/plain", "A" * 400)), 91),
    "a document elsewhere": (ir.Media("document", ir.File("file_1", "martian")), 3001),
    "a document of words, with a title": (ir.Media("document", ir.Words("0123456789"), title="0123456789"), 7),
    "a document of blocks": (ir.Media("document", ir.Parts((ir.Text("0123456789"),))), 5),
    "tools that come": (ir.Tools(added=(ir.Tool("f"),)), 345),
    "tools that go": (ir.Tools(removed=("0123456789",)), 4),
    "what only one dialect can say": (ir.Opaque("martian", {"words": "0123456789"}), 6),
}


@pytest.mark.parametrize(("block", "tokens"), TABLE.values(), ids=TABLE)
def test_a_block_weighs_what_the_table_says(block: ir.Block, tokens: int):
    assert weight(block) == tokens


def test_every_kind_of_block_has_a_weight():
    assert set(WEIGHTS) == set(get_args(ir.Block))


def test_a_request_is_the_sum_of_its_parts():
    tool = ir.Tool("read", "reads a file", {"type": "object"})
    request = ir.Request(model="m", turns=(ir.Turn("system", (ir.Text("x" * 100),)), ir.Turn("user")), tools=(tool,))
    assert estimate(request) == 12 + 31 + 260 + 80 + 10


def test_a_hosted_tool_counts():
    hosted = ir.Hosted("web_search", ir.Opaque("martian", {"type": "web_search"}))
    assert estimate(attrs.evolve(EMPTY, tools=(hosted,))) == 6 + 260 + 80 + 5


def test_a_grammar_counts_and_a_namespace_counts_once():
    group = ir.Namespace("server", "x" * 1000)
    one = attrs.evolve(EMPTY, tools=(ir.Tool("f", namespace=group),))
    two = attrs.evolve(EMPTY, tools=(ir.Tool("f", namespace=group), ir.Tool("f", namespace=group)))
    bound = attrs.evolve(EMPTY, tools=(ir.Tool("f", form="text", grammar=ir.Grammar("lark", "x" * 1000)),))
    assert estimate(one) == 6 + 260 + 80 + 302 + 4
    assert estimate(two) - estimate(one) == 80 + 4
    assert estimate(bound) > 6 + 260 + 80 + 220


def test_the_schema_of_the_answer_counts():
    wanted = ir.Format("json_schema", schema={"type": "object"})
    assert estimate(attrs.evolve(EMPTY, format=wanted)) == estimate(EMPTY) + 4
    assert estimate(attrs.evolve(EMPTY, format=ir.Format())) == estimate(EMPTY)


def test_a_schema_in_another_script_counts_its_characters():
    tool = ir.Tool("f", "語" * 100)
    assert estimate(attrs.evolve(EMPTY, tools=(tool,))) > 6 + 260 + 80 + 100


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), (" ", 1), ("word", 1), ("words", 2), ("x" * 1000, 300), ("\ud800語", 2)]
)
def test_words_alone_are_counted_to_the_nearest(text: str, tokens: int):
    assert count(text) == tokens


@given(words, words)
def test_more_words_never_count_less(some: str, more: str):
    assert weight(ir.Text(some)) <= weight(ir.Text(some + more))
    assert count(some) <= count(some + more)


@given(requests, blocks)
def test_one_block_more_counts_more(request: ir.Request, block: ir.Block):
    more = attrs.evolve(request, turns=(*request.turns, ir.Turn("user", (block,))))
    assert estimate(more) > estimate(request)


@given(requests, tools)
def test_one_tool_more_counts_more(request: ir.Request, tool: ir.AnyTool):
    assert estimate(attrs.evolve(request, tools=(*request.tools, tool))) > estimate(request)


@given(requests)
def test_the_same_request_always_weighs_the_same(request: ir.Request):
    assert estimate(request) == estimate(request)
