"""JSON with comments and trailing commas. Line and column of an error are those of the text as it was written.

Comments and trailing commas become spaces, one for each character (a line feed stays), and the result is read by the
strict reader of the standard library.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ccgate.errors import ConfigError

_TOKEN = re.compile(
    r"""
      (?P<string>"(?:[^"\\\n]|\\.)*"?)
    | (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<open>/\*)
    | (?P<comma>,)
    | (?P<space>[ \t\r\n]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def loads(text: str) -> Any:
    """The value of a JSON text with comments. What cannot be read is a ConfigError with line and column."""
    try:
        return json.loads(plain(text), object_pairs_hook=_table, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ConfigError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ConfigError("nested too deep") from None


def plain(text: str) -> str:
    """The text without comments and trailing commas, every character in its old place."""
    pieces: list[str] = []
    comma: int | None = None  # the last piece that was a comma with nothing but blanks after it
    for token in _TOKEN.finditer(text):
        kind, piece = token.lastgroup, token[0]
        if kind == "open":
            raise ConfigError(f"{_place(text, token.start())}: a comment is not closed", hint="end it with */")
        if kind == "comment":
            piece = re.sub(r"[^\n]", " ", piece)
        elif kind == "comma":
            comma = len(pieces)
        elif kind != "space":
            if comma is not None and piece in {"}", "]"} and _follows_a_value(pieces[:comma]):
                pieces[comma] = " "
            comma = None
        pieces.append(piece)
    return "".join(pieces)


def _follows_a_value(pieces: list[str]) -> bool:
    before = next((piece for piece in reversed(pieces) if piece.strip()), "")
    return before not in {"", ",", "[", "{", ":"}


def _place(text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    return f"line {line}, column {offset - (text.rfind(chr(10), 0, offset) + 1) + 1}"


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"the key {twice!r} stands twice in one table")
    return table


def _constant(word: str) -> Any:
    raise ConfigError(f"{word} is not a JSON number")
