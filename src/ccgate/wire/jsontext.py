"""JSON as text: read once and strictly, changed by cutting bytes, written compactly.

Theory of `JsonText`. A request that goes to an upstream of the same dialect must arrive as the client wrote it: key
order, spelling of numbers, white space, fields nobody here knows. So the bytes are the document, and the parsed value
only a view of it. `read` walks the keys of the top level by hand and lets the C scanner of the standard library read
each value; where a value begins and ends is then known to the byte, and `splice` can put another one in its place.

The scanner runs over the decoded text, so the values it makes are the real ones and nothing is parsed twice. In a text
that is all ASCII an offset in characters is an offset in bytes; in any other the spans are counted over once.

Depth is judged on the parsed value, level by level: that costs less than counting brackets, since it need not tell
those in strings from the others. The scanner itself gives up (`RecursionError`) before a hostile nesting could hurt.
"""

from __future__ import annotations

import json
import json.scanner
import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, chain, pairwise
from typing import Any, Final, NoReturn, TypeAlias

from attrs import define, field

from ccgate.errors import MalformedReply, RequestRefused

JSON: TypeAlias = Any
"""None, bool, int, float, str, list of JSON, dict of str to JSON."""

Span: TypeAlias = tuple[int, int]
"""First byte, and the byte after the last."""

_BOM: Final = b"\xef\xbb\xbf"
_CONTAINERS: Final = frozenset((dict, list))
_KIND: Final[Mapping[type, str]] = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


class _BadNumberError(ValueError):
    """A number that JSON, or a float, has no room for."""


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _BadNumberError("a number is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise _BadNumberError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_float=_finite, parse_constant=_constant)
_settings: Final[Any] = _DECODER  # typeshed wants a scanner where CPython wants a decoder's settings
_scan: Final[Callable[[str, int], tuple[JSON, int]]] = json.scanner.make_scanner(_settings)
_space: Final = re.compile(r"[ \t\n\r]*").match
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@define(eq=False, repr=False)
class JsonText:
    """One JSON object and the bytes it came in. Made by `JsonText.read`."""

    raw: bytes
    spans: dict[str, Span]
    """Where the value of each key of the top level stands in `raw`."""
    _tail: int
    """Where a new member may be written: after the last value, or after the opening brace."""
    _value: dict[str, JSON] | None = field(default=None)

    @classmethod
    def read(cls, raw: bytes, *, max_depth: int = 100) -> JsonText:
        """Read one JSON object.

        Raises `RequestRefused` (400, `invalid_request`) for anything but UTF-8 without a byte order mark, exactly one
        object, unique keys at its top level, finite numbers of at most 4300 digits, and at most `max_depth` objects
        and arrays inside one another (the outermost counts). Escaped lone surrogates are accepted.
        """
        text = _decoded(raw)
        value: dict[str, JSON] = {}
        spans: dict[str, Span] = {}
        tail = _members(text, value, spans)
        if _deeper(value, max_depth):
            raise _too_deep()
        if len(text) != len(raw):
            spans = _in_bytes(text, spans, len(raw))
            tail = max(end for _, end in spans.values())
        return cls(raw, spans, tail, value)

    @property
    def value(self) -> dict[str, JSON]:
        """The whole document, parsed. It is shared: do not change it."""
        value = self._value
        if value is None:
            value = self._value = dict(_DECODER.decode(self.raw.decode()))
        return value

    def get(self, key: str, default: JSON = None) -> JSON:
        """The value of one key of the top level."""
        if self._value is not None:
            return self._value.get(key, default)
        span = self.spans.get(key)
        return default if span is None else _DECODER.decode(self.raw[span[0] : span[1]].decode())

    def forget(self) -> None:
        """Let go of the parsed document and keep the bytes.

        For a call that goes on unchanged and may stream for minutes. What is asked for later is parsed again.
        """
        self._value = None

    def splice(self, changes: Mapping[str, JSON]) -> bytes:
        """The bytes with other values for some keys of the top level; every other byte stays as it is.

        A key that is not there is added behind the last one. Raises `ValueError` for NaN and infinities.
        """
        cuts = sorted((self.spans[key], dump(new)) for key, new in changes.items() if key in self.spans)
        added = [dump(key) + b":" + dump(new) for key, new in changes.items() if key not in self.spans]
        pieces: list[bytes] = []
        done = 0
        for (start, end), new in cuts:
            pieces += (self.raw[done:start], new)
            done = end
        if added:
            pieces += (self.raw[done : self._tail], b"," if self.spans else b"", b",".join(added))
            done = self._tail
        pieces.append(self.raw[done:])
        return b"".join(pieces)


def _refused(what: str, text: str | None = None, at: int = 0) -> RequestRefused:
    if text is None:
        return RequestRefused(f"the body {what}")
    line = text.count("\n", 0, at) + 1
    return RequestRefused(f"the body {what}, at byte {len(text[:at].encode())} (line {line})")


def _too_deep() -> RequestRefused:
    return _refused("is nested too deeply")


def _decoded(raw: bytes) -> str:
    if raw.startswith(_BOM):
        raise _refused("begins with a byte order mark; send plain UTF-8")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refused(f"is not UTF-8, at byte {error.start} (line {line})") from None


def _members(text: str, value: dict[str, JSON], spans: dict[str, Span]) -> int:
    """Read the object that is `text` into `value` and `spans` (in characters). Returns where a member may be added."""
    at = _opened(text)
    tail = at
    at = _skip(text, at)
    if text.startswith("}", at):
        return _ended(text, at + 1, tail)
    while True:
        key, at = _key(text, at)
        if key in spans:
            raise _refused(f"has the key {json.dumps(key[:64])} more than once", text, at)
        at = _skip(text, _expect(text, _skip(text, at), ":"))
        value[key], tail = _one(text, at)
        spans[key] = (at, tail)
        at = _skip(text, tail)
        if text.startswith("}", at):
            return _ended(text, at + 1, tail)
        at = _skip(text, _expect(text, at, ","))


def _skip(text: str, at: int) -> int:
    # The compact JSON of every SDK has no space here: look before a regular expression is called.
    if text[at : at + 1] not in " \t\n\r":
        return at
    match = _space(text, at)
    return match.end() if match else at


def _opened(text: str) -> int:
    """Where the object's inside begins. Anything else than an object is named."""
    at = _skip(text, 0)
    if text.startswith("{", at):
        return at + 1
    if at == len(text):
        raise _refused("is empty; it must be one JSON object")
    found, end = _one(text, at)
    _ended(text, end, end)
    raise _refused(f"must be one JSON object, not {_KIND.get(type(found), 'a number')}")


def _ended(text: str, at: int, tail: int) -> int:
    at = _skip(text, at)
    if at != len(text):
        raise _refused("goes on after the end of its JSON", text, at)
    return tail


def _key(text: str, at: int) -> tuple[str, int]:
    if not text.startswith('"', at):
        raise _refused("is not JSON: a key in double quotes expected", text, at)
    return _one(text, at)


def _expect(text: str, at: int, mark: str) -> int:
    if not text.startswith(mark, at):
        raise _refused(f"is not JSON: {mark!r} expected", text, at)
    return at + 1


def _one(text: str, at: int) -> tuple[JSON, int]:
    """Scan the value that begins at `at`."""
    try:
        return _scan(text, at)
    except StopIteration as stop:
        raise _refused("is not JSON: a value expected", text, int(stop.value)) from None
    except json.JSONDecodeError as error:
        raise _refused(f"is not JSON: {error.msg}", text, error.pos) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise _refused(f"is not JSON we can pass on: {_number(error)}, in the value", text, at) from None


def _number(error: ValueError) -> str:
    # Python's own words for an integer of too many digits name a switch of the interpreter, of no use to a caller.
    return str(error) if isinstance(error, _BadNumberError) else "an integer has too many digits"


def _deeper(value: JSON, limit: int) -> bool:
    """Are there more than `limit` objects and arrays inside one another?"""
    level = [value]
    for _ in range(limit):
        level = [
            item
            for node in level
            for item in (node.values() if type(node) is dict else node)
            if type(item) in _CONTAINERS
        ]
        if not level:
            return False
    return True


def _in_bytes(text: str, spans: dict[str, Span], size: int) -> dict[str, Span]:
    """The spans, which stand in the order of the text, in bytes of its UTF-8, which is `size` bytes long.

    Every stretch between two edges is measured but the longest (the messages, mostly), which is what remains.
    """
    stretches = list(pairwise((0, *chain.from_iterable(spans.values()), len(text))))
    longest = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    widths = [0 if stretch is longest else len(text[slice(*stretch)].encode()) for stretch in stretches]
    widths[stretches.index(longest)] = size - sum(widths)
    edges = list(accumulate(widths))
    return dict(zip(spans, zip(edges[::2], edges[1::2], strict=False), strict=True))


def dump(value: JSON) -> bytes:
    """Compact UTF-8 JSON. A lone surrogate, which UTF-8 cannot say, becomes U+FFFD. `ValueError` for NaN, infinity."""
    return dump_reporting(value)[0]


def dump_reporting(value: JSON) -> tuple[bytes, tuple[str, ...]]:
    """`dump`, and the JSON pointers of the strings (values, or members for their key) that lost a lone surrogate."""
    try:
        return _ENCODER.encode(value).encode(), ()
    except UnicodeEncodeError:
        changed: list[str] = []
        return _ENCODER.encode(_mended(value, (), changed)).encode(), tuple(changed)


def _mended(value: JSON, path: tuple[str | int, ...], changed: list[str]) -> JSON:
    if isinstance(value, str):
        return _mended_text(value, path, changed)
    if isinstance(value, dict):
        return dict(_mended_members(value, path, changed))
    if isinstance(value, list | tuple):
        return [_mended(item, (*path, index), changed) for index, item in enumerate(value)]
    return value


def _mended_members(
    value: dict[str, JSON], path: tuple[str | int, ...], changed: list[str]
) -> Iterator[tuple[str, JSON]]:
    for key, item in value.items():
        fit = _mended_text(key, (*path, _paired(key)), changed)
        yield fit, _mended(item, (*path, fit), changed)


def _mended_text(text: str, path: tuple[str | int, ...], changed: list[str]) -> str:
    fit = _paired(text)
    if fit.count("\ufffd") > text.count("\ufffd"):
        changed.append(pointer(*path))
    return fit


def _paired(text: str) -> str:
    # By way of UTF-16 the two halves of one character find each other again; only a half that is alone is lost.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def load(raw: bytes | str) -> JSON:
    """Read one JSON value of an upstream. A byte order mark is skipped. Raises `MalformedReply`, quoting nothing."""
    try:
        text = raw if isinstance(raw, str) else raw.decode()
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise MalformedReply(f"not UTF-8, at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise MalformedReply(f"not JSON: {error.msg}, at character {error.pos}") from None
    except RecursionError:
        raise MalformedReply("not JSON we can read: nested too deeply") from None
    except ValueError as error:
        raise MalformedReply(f"not JSON we can read: {_number(error)}") from None


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901): `pointer("a/b", 0)` is `/a~1b/0`; no parts are the whole document, an empty string."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
