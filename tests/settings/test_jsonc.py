from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.errors import ConfigError
from ccgate.settings.jsonc import loads, plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": 1, // one\n "b": 2}', {"a": 1, "b": 2}),
        ('{"a": /* in\nbetween */ 1}', {"a": 1}),
        ('{"a": [1, 2,], }', {"a": [1, 2]}),
        ('{"a": [1, // last\n /* really */ ] }', {"a": [1]}),
        ('{"url": "https://h//x", "b": "a/*b*/c,]"}', {"url": "https://h//x", "b": "a/*b*/c,]"}),
        (r'{"a": "quote \" // not a comment"}', {"a": 'quote " // not a comment'}),
        (r'{"a": "\\", } // end', {"a": "\\"}),
        ("[]", []),
        ('"text"', "text"),
    ],
)
def test_comments_and_trailing_commas_do_not_count(text: str, value: object) -> None:
    assert loads(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1: Expecting value"),
        ("// nothing\n", "line 2, column 1: Expecting value"),
        ('{\n  // fine\n  "a": x\n}', "line 3, column 8: Expecting value"),
        ('{"a": 1 "b": 2}', "line 1, column 9: Expecting ',' delimiter"),
        ('{"a": 1}\n/* open', "line 2, column 1: a comment is not closed (end it with */)"),
        ('{"a": "x\ny"}', "line 1, column 9: Invalid control character at"),
        ("[,]", "line 1, column 2: Expecting value"),
        ("[1,,]", "line 1, column 4: Expecting value"),
        ('{"a":,}', "line 1, column 6: Expecting value"),
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' stands twice in one table"),
        ("[NaN]", "NaN is not a JSON number"),
        ("/ 1", "line 1, column 1: Expecting value"),
    ],
)
def test_an_error_is_told_where_it_was_written(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(text)
    assert str(caught.value) == said


def test_a_text_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(ConfigError, match="nested too deep"):
        loads("[" * 100_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(JSON)
def test_plain_json_is_read_as_it_is(value: object) -> None:
    text = json.dumps(value, indent=1)
    assert plain(text) == text
    assert loads(text) == value
