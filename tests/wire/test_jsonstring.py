"""Free text as the one string of a JSON object."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.wire import jsonstring

texts = st.text(max_size=40) | st.text('\\"u{}dD8cC0/ nbé😀', max_size=40)
RAGGED = [
    '{"input":"',
    "{ ",
    '"input"',
    " :\n",
    '"',
    "\\",
    "u",
    "d83d",
    "\\ude00",
    "d8",
    "3",
    "00e9",
    "n",
    "q",
    "é",
    "}",
]


def streamed(*pieces: str) -> str:
    text = jsonstring.FreeText()
    return "".join(map(text.feed, pieces)) + text.close()


@given(texts)
def test_text_comes_back_from_the_arguments_that_say_it(text: str) -> None:
    assert jsonstring.free_text(jsonstring.arguments(text)) == text
    assert json.loads(jsonstring.arguments(text)) == {"input": text}


@given(texts)
def test_any_json_of_it_says_the_same(text: str) -> None:
    assert jsonstring.free_text(json.dumps({"input": text}, indent=2)) == text


@given(st.lists(st.sampled_from(RAGGED), max_size=12).map("".join) | texts.map(jsonstring.arguments))
def test_every_cut_gives_the_same_text(arguments: str) -> None:
    whole = jsonstring.free_text(arguments)
    assert streamed(*arguments) == whole
    assert all(streamed(arguments[:n], arguments[n:]) == whole for n in range(len(arguments)))


@given(texts)
def test_pieces_are_escaped_one_by_one(text: str) -> None:
    pieces = "".join(map(jsonstring.escaped, text))
    assert json.loads(jsonstring.HEAD + pieces + jsonstring.TAIL) == {"input": text}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("", ""),
        ("*** Begin Patch", "*** Begin Patch"),
        ("{}", "{}"),
        ('{"patch":"x"}', '{"patch":"x"}'),
        ('{"input":7}', '{"input":7}'),
        ('{"inp', '{"inp'),
        ('{"input":"a', "a"),
        ('{"input":"a\\', "a\\"),
        ('{"input":"a\\u00', "a\\u00"),
        ('{"input":"a"', "a"),
        ('{"input":"a","more":1}', "a"),
        ('{"input":"a\nb"}', "a\nb"),
        ('{"input":"\\d+\\q"}', "\\d+\\q"),
        ('{"input":"\\u12g4"}', "\\u12g4"),
        ('{"input":"\\ud83d\\ude00"}', "😀"),
        ('{"input":"\\ud83d"}', "\ud83d"),
        ('{"input":"\\ud83d\\n"}', "\ud83d\n"),
        ('{"input":"\\ud83d\\u00e9"}', "\ud83dé"),
        ('{"input":"\\ud83d', "\ud83d"),
        ('{"input":"\\ude00"}', "\ude00"),
    ],
)
def test_what_a_model_writes_is_told_as_far_as_it_can_be_read(arguments: str, text: str) -> None:
    assert jsonstring.free_text(arguments) == text
    assert streamed(*arguments) == text


def test_text_flows_as_it_comes() -> None:
    text = jsonstring.FreeText()
    told = [text.feed(piece) for piece in ('{"inp', 'ut": "*** Beg', "in\\", "n", "+\\u00", 'e9"', "}")]
    assert told == ["", "*** Beg", "in", "\n", "+", "é", ""]


def test_what_is_not_json_flows_too() -> None:
    text = jsonstring.FreeText()
    assert [text.feed(piece) for piece in ("  ", "***", " Begin")] == ["", "  ***", " Begin"]


@pytest.mark.parametrize(
    ("description", "told"),
    [
        (None, "The input must follow this lark grammar:\nstart: WORD"),
        ("patches", "patches\n\nThe input must follow this lark grammar:\nstart: WORD"),
    ],
)
def test_a_grammar_is_told_in_the_description(description: str | None, told: str) -> None:
    assert jsonstring.described(description, "lark", "start: WORD") == told
