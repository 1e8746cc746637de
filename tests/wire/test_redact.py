from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.wire.redact import STARS, Redactor, redact

KEY = b"sk-ant-0123456789"
TIGHT = st.text("ab", max_size=60).map(str.encode)
SECRETS = st.lists(st.text("ab", min_size=8, max_size=12).map(str.encode), max_size=4)
CUTS = st.lists(st.integers(0, 70), max_size=8)


def fed(data: bytes, secrets: list[bytes], cuts: list[int]) -> bytes:
    redactor = Redactor(secrets)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [redactor.feed(data[a:b]) for a, b in pairwise(edges)]
    return b"".join(pieces) + redactor.close()


@pytest.mark.parametrize(
    ("data", "clean"),
    [
        (b"", b""),
        (b"nothing", b"nothing"),
        (b"key " + KEY + b" is bad", b"key *** is bad"),
        (KEY + KEY, b"******"),
        (KEY[:-1], KEY[:-1]),
        (b"x" + KEY[:3] + KEY, b"x" + KEY[:3] + STARS),
    ],
)
def test_a_secret_becomes_three_stars(data, clean):
    assert redact(data, [KEY]) == clean


def test_bytes_without_a_secret_come_back_as_the_same_object():
    data = b'data: {"text":"hello"}\n\n'
    assert redact(data, []) is data
    assert redact(data, [KEY]) is data
    assert redact(data, [b"short"]) is data
    redactor = Redactor([])
    assert redactor.feed(data) is data
    assert redactor.close() == b""


def test_a_secret_shorter_than_eight_bytes_is_left_alone():
    assert redact(b"test 1234567 12345678", [b"test", b"1234567", b"", b"12345678"]) == b"test 1234567 ***"


def test_only_an_end_that_may_become_a_secret_is_held_back():
    redactor = Redactor([KEY])
    assert redactor.feed(b"the key sk-a") == b"the key "
    assert redactor.feed(b"bc s") == b"sk-abc "
    assert redactor.feed(KEY[1:] + b"!\n") == b"***!\n"
    assert redactor.close() == b""


def test_the_longest_of_two_secrets_wins_wherever_the_bytes_are_cut():
    secrets = [b"abcdefgh", b"abcdefghij"]
    redactor = Redactor(secrets)
    assert redactor.feed(b"abcdefgh") == b""
    assert redactor.feed(b"ij abcdefghi") == b"*** "
    assert redactor.close() == b"***i"


@pytest.mark.parametrize("secret", ['quo"te-back\\slash', "base64/with/slashes", "schlüssel-ключ"])
def test_the_spellings_of_json_are_found(secret):
    spellings = [secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False), secret.replace("/", "\\/")]
    for spelling in spellings:
        inner = spelling.strip('"')
        assert redact(b"<" + inner.encode() + b">", [secret.encode()]) == b"<***>"


def test_a_secret_that_is_not_utf8_is_found_as_it_is():
    assert redact(b"<\xff\xfe1234567>", [b"\xff\xfe1234567"]) == b"<***>"


def test_a_redactor_does_not_show_its_secrets():
    assert "sk-ant" not in repr(Redactor([KEY]))


@given(TIGHT, SECRETS, CUTS)
def test_any_cut_gives_what_one_search_over_the_whole_gives(data, secrets, cuts):
    longest_first = sorted(secrets, key=len, reverse=True)
    whole = re.sub(b"|".join(longest_first), STARS, data) if secrets else data
    assert fed(data, secrets, cuts) == whole == redact(data, secrets)
