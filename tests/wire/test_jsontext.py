from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.errors import MalformedReply, RequestRefused
from ccgate.wire.jsontext import JsonText, dump, dump_reporting, load, pointer

DIGITS = "9" * 4301
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    NUMBERS | TEXTS, lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXTS, v, max_size=3), max_leaves=5
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)
SPACES = st.text(" \t\n\r", max_size=2)


@st.composite
def written(draw) -> bytes:
    """An object as somebody might write it: odd white space, escapes or not."""
    space = lambda: draw(SPACES)  # noqa: E731
    ascii_only = draw(st.booleans())
    members = [
        f"{space()}{json.dumps(key, ensure_ascii=ascii_only)}{space()}:{space()}"
        f"{json.dumps(value, ensure_ascii=ascii_only, indent=draw(st.sampled_from([None, 1])))}{space()}"
        for key, value in draw(OBJECTS).items()
    ]
    return f"{space()}{{{','.join(members) or space()}}}{space()}".encode()


def outside(text: JsonText, keys: set[str]) -> list[bytes]:
    """The bytes around the values of these keys."""
    spans = [text.spans[key] for key in text.spans if key in keys]
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(text.raw)]
    return [text.raw[start:end] for start, end in zip(starts, ends, strict=True)]


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty; it must be one JSON object"),
        (b" \n", "is empty; it must be one JSON object"),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark; send plain UTF-8"),
        (b'{"a":\n"\xff"}', "is not UTF-8, at byte 7 (line 2)"),
        (b'{"a":"\xed\xa0\x80"}', "is not UTF-8, at byte 6 (line 1)"),
        (b"[]", "must be one JSON object, not an array"),
        (b'"a"', "must be one JSON object, not a string"),
        (b"1.5", "must be one JSON object, not a number"),
        (b"true", "must be one JSON object, not a boolean"),
        (b"null", "must be one JSON object, not null"),
        (b"nope", "is not JSON: a value expected, at byte 0 (line 1)"),
        (b"{} {}", "goes on after the end of its JSON, at byte 3 (line 1)"),
        (b'{"a":1}x', "goes on after the end of its JSON, at byte 7 (line 1)"),
        (b"[] x", "goes on after the end of its JSON, at byte 3 (line 1)"),
        (b"{", "is not JSON: a key in double quotes expected, at byte 1 (line 1)"),
        (b"{a:1}", "is not JSON: a key in double quotes expected, at byte 1 (line 1)"),
        (b'{"a":1,}', "is not JSON: a key in double quotes expected, at byte 7 (line 1)"),
        (b'{"a" 1}', "is not JSON: ':' expected, at byte 5 (line 1)"),
        (b'{"a":1 "b":2}', "is not JSON: ',' expected, at byte 7 (line 1)"),
        (b'{"a":1', "is not JSON: ',' expected, at byte 6 (line 1)"),
        (b'{"a":}', "is not JSON: a value expected, at byte 5 (line 1)"),
        (b'{"a":', "is not JSON: a value expected, at byte 5 (line 1)"),
        ('{"ä":\n[1 2]}'.encode(), "is not JSON: Expecting ',' delimiter, at byte 10 (line 2)"),
        (b'{"a":"\n"}', "is not JSON: Invalid control character at, at byte 6 (line 1)"),
        (b'{"a', "is not JSON: Unterminated string starting at, at byte 1 (line 1)"),
        (b'{"a":[NaN]}', "is not JSON we can pass on: NaN is not JSON, in the value, at byte 5 (line 1)"),
        (b'{"a":-Infinity}', "is not JSON we can pass on: -Infinity is not JSON, in the value, at byte 5 (line 1)"),
        (b'{"a":1e999}', "is not JSON we can pass on: a number is too large, in the value, at byte 5 (line 1)"),
        (b'{"a":-1e999}', "is not JSON we can pass on: a number is too large, in the value, at byte 5 (line 1)"),
        (
            f'{{"a":{DIGITS}}}'.encode(),
            "is not JSON we can pass on: an integer has too many digits, in the value, at byte 5 (line 1)",
        ),
        (b'{"a":1,"\\u0061":2}', 'has the key "a" more than once, at byte 15 (line 1)'),
        (nested(101), "is nested too deeply"),
        (b'{"a":' + b"[" * 100_000, "is nested too deeply"),
        (b"[" * 100_000, "is nested too deeply"),
    ],
)
def test_what_is_not_one_sound_json_object_is_refused_and_the_message_says_where(raw, says):
    with pytest.raises(RequestRefused) as caught:
        JsonText.read(raw)
    assert str(caught.value) == f"the body {says}"
    assert (caught.value.kind, caught.value.status) == ("invalid_request", 400)


@pytest.mark.parametrize("raw", [nested(100), b'{"a":"' + b"[{" * 1000 + b'"}', b'{"a":1e308,"b":"\\ud800","c":-0.0}'])
def test_what_is_sound_is_read(raw):
    assert JsonText.read(raw).value == json.loads(raw)


def test_the_limit_of_depth_is_the_callers():
    assert JsonText.read(nested(3), max_depth=3).get("a") == [[]]
    with pytest.raises(RequestRefused, match="nested too deeply"):
        JsonText.read(nested(4), max_depth=3)


def test_keys_with_escapes_are_the_keys_they_spell():
    text = JsonText.read(b'{"\\u006dodel":"a","\xc3\xa4\\u00e4":1}')
    assert text.get("model") == "a"
    assert text.get("ää") == 1
    assert text.splice({"model": "b"}) == b'{"\\u006dodel":"b","\xc3\xa4\\u00e4":1}'


def test_a_key_that_is_not_there_is_none_or_the_default():
    text = JsonText.read(b'{"a":null}')
    assert text.get("b") is None
    assert text.get("a", 1) is None
    text.forget()
    assert text.get("b", 2) == 2


@pytest.mark.parametrize(
    ("raw", "changes", "spliced"),
    [
        (b'{"model":"a","x":1.0}', {"model": "b"}, b'{"model":"b","x":1.0}'),
        (b'{ "x" : 1e2 , "model" : "a" }\n', {"model": "b"}, b'{ "x" : 1e2 , "model" : "b" }\n'),
        (b'{"a":1,"b":2,"c":3}', {"c": [], "a": {"k": "\u00e9"}}, b'{"a":{"k":"\xc3\xa9"},"b":2,"c":[]}'),
        (b"{}", {"a": 1}, b'{"a":1}'),
        (b" { } ", {"a": 1, "b": 2}, b' {"a":1,"b":2 } '),
        (b'{"a":1 \n}', {"b": 2}, b'{"a":1,"b":2 \n}'),
        (b'{"a":1}', {"b": 2, "a": 3}, b'{"a":3,"b":2}'),
        (b'{"a":1}', {}, b'{"a":1}'),
        ('{"é":"日本","m":"→"}'.encode(), {"m": "x", "n": 1}, '{"é":"日本","m":"x","n":1}'.encode()),
    ],
)
def test_a_splice_changes_what_it_names_and_no_other_byte(raw, changes, spliced):
    assert JsonText.read(raw).splice(changes) == spliced


@given(written())
def test_an_object_is_read_as_the_standard_library_reads_it_and_spans_are_exact(raw):
    text = JsonText.read(raw)
    expected = json.loads(raw)
    assert text.raw is raw
    assert text.value == expected
    for known in (text, JsonText(raw, text.spans, 0)):  # parsed, and not yet parsed
        assert {key: known.get(key) for key in expected} == expected
    assert {key: json.loads(raw[start:end]) for key, (start, end) in text.spans.items()} == expected
    text.forget()
    assert text.value == expected


@given(written(), OBJECTS, st.data())
def test_a_splice_leaves_every_other_byte_alone(raw, new, data):
    text = JsonText.read(raw)
    known = data.draw(st.sets(st.sampled_from(sorted(text.spans)))) if text.spans else set()
    changes = new | dict.fromkeys(known, "new")
    spliced = text.splice(changes)
    assert json.loads(spliced) == text.value | changes
    edited = JsonText.read(text.splice(dict.fromkeys(known, "new")))
    assert outside(edited, known) == outside(text, known)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_a_number_json_cannot_say_is_never_written(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump(value)


def test_json_is_written_compactly_in_utf8():
    assert dump({"a": [1, 2.5, None, True], "é": "→"}) == '{"a":[1,2.5,null,true],"é":"→"}'.encode()


@pytest.mark.parametrize(
    ("value", "raw", "changed"),
    [
        ("ok", '"ok"', ()),
        ("a\ud800b", '"a\ufffdb"', ("",)),
        ("\udc00", '"\ufffd"', ("",)),
        ("\ud83d\ude00", '"\U0001f600"', ()),
        ({"a/b": ["x", "\ud800", ("\udfff", 1)]}, '{"a/b":["x","\ufffd",["\ufffd",1]]}', ("/a~1b/1", "/a~1b/2/0")),
        ({"\ud800": {"k": "\ud800"}, "n": None}, '{"\ufffd":{"k":"\ufffd"},"n":null}', ("/\ufffd", "/\ufffd/k")),
    ],
)
def test_a_lone_surrogate_becomes_the_replacement_character_and_is_reported(value, raw, changed):
    assert dump_reporting(value) == (raw.encode(), changed)
    assert dump(value) == raw.encode()


@given(VALUES)
def test_what_is_dumped_is_loaded_back(value):
    assert load(dump(value)) == value
    assert dump_reporting(value)[1] == ()


@pytest.mark.parametrize("raw", [b'{"a":1}', '{"a":1}', b'\xef\xbb\xbf{"a":1}', '\ufeff {"a":1}\n'])
def test_a_reply_is_loaded_from_bytes_or_text_with_or_without_a_byte_order_mark(raw):
    assert load(raw) == {"a": 1}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not JSON: Expecting value, at character 0"),
        (b"<html>", "not JSON: Expecting value, at character 0"),
        (b"{} {}", "not JSON: Extra data, at character 3"),
        (b'"\xff"', "not UTF-8, at byte 1"),
        (b"[NaN]", "not JSON we can read: NaN is not JSON"),
        (b"[1e999]", "not JSON we can read: a number is too large"),
        (DIGITS, "not JSON we can read: an integer has too many digits"),
        (b"[" * 100_000, "not JSON we can read: nested too deeply"),
    ],
)
def test_a_reply_that_is_not_json_is_malformed(raw, says):
    with pytest.raises(MalformedReply) as caught:
        load(raw)
    assert str(caught.value) == says


def test_a_json_pointer_escapes_tilde_and_slash():
    assert pointer() == ""
    assert pointer("messages", 0, "a/b~c", "") == "/messages/0/a~1b~0c/"
