"""Free text as the one string of a JSON object, `{"input": "..."}`, in pieces and back.

Some dialects have tools whose argument is free text (Codex's `apply_patch`), others only know tools whose arguments are
JSON. There such a tool is one with a single string; what the model writes into it flows to the caller as it comes.

Theory of `FreeText`. It takes the JSON in pieces and gives the text in pieces; however it is cut, the text is the same.

    head    what must stand before the text (`{"input":"`, with any white space) is held, as far as it matches
    text    characters flow; an escape is held until it is whole, the first half of a surrogate pair until the second
    tail    behind the closing quote: nothing of it is told
    raw     the head did not match: the model wrote something else, and all of it is the text, as it stands

A model is not a parser: line breaks that should have been escaped pass, and so does an escape that JSON does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from attrs import define

from ccgate.wire import jsontext

KEY: Final = "input"
SCHEMA: Final[dict[str, Any]] = {"type": "object", "properties": {KEY: {"type": "string"}}, "required": [KEY]}
"""The schema of a tool whose one argument is free text."""
HEAD: Final = '{"input":"'
TAIL: Final = '"}'
SPACE: Final = " \t\n\r"
ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
LONGEST_ESCAPE: Final = 12
"""A surrogate pair."""

_special: Final = re.compile(r'["\\]').search
_hex: Final = re.compile(r"[0-9a-fA-F]{4}").fullmatch


def described(description: str | None, syntax: str, definition: str) -> str:
    """The description of a tool, with the grammar that nobody enforces."""
    told = f"The input must follow this {syntax} grammar:\n{definition}"
    return f"{description}\n\n{told}" if description else told


def arguments(text: str) -> str:
    """The arguments that say `text`."""
    return f"{HEAD}{escaped(text)}{TAIL}"


def escaped(piece: str) -> str:
    """A piece of the text as it stands between `HEAD` and `TAIL`."""
    return jsontext.dump(piece)[1:-1].decode()


def free_text(arguments: str) -> str:
    """The text that whole arguments say."""
    text = FreeText()
    return text.feed(arguments) + text.close()


@define
class FreeText:
    """The text of arguments that come in pieces."""

    state: str = "head"
    held: str = ""

    def feed(self, piece: str) -> str:
        """What can be told of the text now."""
        return STEPS[self.state](self, self.held + piece) if piece else ""

    def close(self) -> str:
        """The rest, when no more arguments come."""
        rest, self.held = self.held, ""
        if self.state == "head":
            return rest
        return _unescaped(rest, last=True)[0]

    def head(self, text: str) -> str:
        at = 0
        for mark in ("{", f'"{KEY}"', ":", '"'):
            while at < len(text) and text[at] in SPACE:
                at += 1
            if not text.startswith(mark, at):
                return self._other(text, at, mark)
            at += len(mark)
        self.state, self.held = "text", ""
        return self.text(text[at:])

    def _other(self, text: str, at: int, mark: str) -> str:
        """The head is not complete, or is another."""
        if mark.startswith(text[at:]):
            self.held = text
            return ""
        self.state, self.held = "raw", ""
        return text

    def text(self, text: str) -> str:
        told, done = _unescaped(text, last=False)
        self.held = text[done:]
        if self.held.startswith('"'):
            self.state, self.held = "tail", ""
        return told

    def tail(self, _text: str) -> str:
        return ""

    def raw(self, text: str) -> str:
        return text


STEPS: Final[dict[str, Callable[[FreeText, str], str]]] = {
    "head": FreeText.head,
    "text": FreeText.text,
    "tail": FreeText.tail,
    "raw": FreeText.raw,
}


def _unescaped(text: str, *, last: bool) -> tuple[str, int]:
    """The text up to its end, its closing quote, or an escape that is not whole; and how far that is."""
    out: list[str] = []
    at = 0
    while (found := _special(text, at)) is not None and found[0] == "\\":
        out.append(text[at : found.start()])
        at = found.start()
        told, length = _escape(text[at : at + LONGEST_ESCAPE], last=last)
        if not length:
            return "".join(out), at
        out.append(told)
        at += length
    end = len(text) if found is None else found.start()
    return "".join((*out, text[at:end])), end


def _escape(text: str, *, last: bool) -> tuple[str, int]:
    """One escape and its length; the length is 0 while more of it may come."""
    kind, digits = text[1:2], text[2:6]
    if kind in ESCAPES:
        return ESCAPES[kind], 2
    if kind == "u" and _hex(digits):
        return _pair(int(digits, 16), text[6:], last=last)
    if not last and (not kind or (kind == "u" and _may_be_hex(digits))):
        return "", 0
    return "\\", 1


def _pair(one: int, rest: str, *, last: bool) -> tuple[str, int]:
    """The character `one`; the first half of a pair is joined with the second, which may be in `rest`."""
    if not 0xD800 <= one < 0xDC00:
        return chr(one), 6
    digits = rest[2:]
    if rest.startswith("\\u") and _hex(digits) and 0xDC00 <= (two := int(digits, 16)) < 0xE000:
        return chr(0x10000 + ((one - 0xD800) << 10) + two - 0xDC00), LONGEST_ESCAPE
    if not last and "\\u".startswith(rest[:2]) and _may_be_hex(digits):
        return "", 0
    return chr(one), 6


def _may_be_hex(digits: str) -> bool:
    return len(digits) < 4 and _hex(digits.ljust(4, "0")) is not None
