"""Server-sent events: bytes to frames and back, cut anywhere.

The format is WHATWG HTML, section 9.2 "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html):
UTF-8, lines that end in LF, CR or CRLF and in nothing else (never at U+2028, U+0085, VT or FF, as text libraries do),
a blank line ends an event, a line that begins with a colon is a comment, a byte order mark may open the stream.

Theory. A *frame* is a piece of the stream that ends at the first blank line behind a line end, with that blank line,
so the frames put together are the stream, byte for byte, comments and all. A blank line that opens the stream or
follows a frame opens the next frame; it says nothing there, just as the standard dispatches nothing for it. Where a
frame ends must not depend on how the bytes were cut:

    LF LF         ends a frame
    CR CR         ends a frame; an LF behind it opens the next (a blank line more, which says nothing)
    LF CR LF      ends a frame (this is also the end of CR LF CR LF)
    LF CR other   ends a frame before `other`; LF CR at the end of the bytes is undecided, and waits

A stream without CR, which is every stream of the vendors, is only searched for LF LF. `Frames` reads the fields;
`Splitter` only knows where frames end, for a relay that must not send half an event. Both search a byte once or
twice, however small the pieces in which a giant frame arrives.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import define, field, frozen

from ccgate.errors import MalformedReply
from ccgate.wire import jsontext

_BOM: Final = b"\xef\xbb\xbf"
_DONE: Final = b"[DONE]"
_frame_end: Final = re.compile(rb"\r\r|\n(?:\n|\r\n|\r(?=[^\n]))").search
_REACH: Final = 2  # a new byte can complete a frame's end that began at most so many bytes before it


@frozen
class Frame:
    """One frame, as read. The data are bytes, since they mostly go into a JSON reader or on to a socket."""

    raw: bytes
    """The bytes of the frame with the blank line that ends it."""
    data: bytes = b""
    """The `data` lines joined by LF; empty for a comment, and for an event that says no more than its name."""
    event: str = ""
    """The event's name, empty when the frame does not say one (the standard's `message`)."""
    id: str = ""
    """The `id` of this very frame, empty when it has none (or one with NUL, which the standard ignores)."""


def _parsed(raw: bytes, text: bytes) -> Frame:
    """Read the fields of `text`, which is `raw` without a byte order mark."""
    data: list[bytes] = []
    event = last_id = b""
    for line in text.splitlines():  # of bytes: at LF, CR and CRLF, and nowhere else
        if line.startswith(b"data: "):
            data.append(line[6:])
            continue
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            event = value
        elif name == b"data":
            data.append(value)
        elif name == b"id" and b"\0" not in value:
            last_id = value
    joined = data[0] if len(data) == 1 else b"\n".join(data)
    return Frame(raw, joined, event.decode("utf-8", "replace"), last_id.decode("utf-8", "replace"))


@define(eq=False)
class Frames:
    """The incremental reader. `feed` what comes, `close` at the end.

    A frame of more than `max_frame` bytes (default 32 MiB) raises `ccgate.errors.MalformedReply`.
    """

    max_frame: int = 32 * 1024 * 1024
    _held: bytearray = field(factory=bytearray, init=False, repr=False)
    _has_cr: bool = field(default=False, init=False)  # in what is held, so that it is not searched again
    _begun: bool = field(default=False, init=False)  # the first frame, and its byte order mark, are behind us

    @property
    def rest(self) -> bytes:
        """What came and is not a whole frame yet."""
        return bytes(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete."""
        held = self._held
        has_cr = self._has_cr or b"\r" in data
        if not held:
            frames, done = self._cut(data, 0, has_cr)
            held += data[done:]
        else:
            known = max(0, len(held) - _REACH)
            held += data
            frames, done = self._cut(bytes(held), known, has_cr) if _has_end(held, known, has_cr) else ([], 0)
            del held[:done]
        self._has_cr = has_cr and b"\r" in held if done else has_cr
        if len(held) > self.max_frame:
            raise MalformedReply(f"an event of more than {self.max_frame} bytes")
        return frames

    def close(self) -> list[Frame]:
        """The last frame, if it came without its blank line; else nothing, and `rest` keeps what was cut off.

        The standard drops such a frame. Many servers forget the last blank line, though, and then it is the very event
        that says the reply is complete. So it counts when it ends in a line end, or when its data are `[DONE]` or
        whole JSON: an event that was cut in two is never taken for a whole one.
        """
        raw = self.rest
        if not raw:
            return []
        last = self._frame(raw)
        if not raw.endswith((b"\n", b"\r")) and not _is_whole(last):
            return []
        self._held.clear()
        return [last]

    def _cut(self, data: bytes, known: int, has_cr: bool) -> tuple[list[Frame], int]:
        """The whole frames of `data`, of which the first does not end before `known`; and where the rest begins."""
        frames: list[Frame] = []
        start = 0
        while end := _end(data, max(start, known), has_cr):
            if end - start > self.max_frame:
                raise MalformedReply(f"an event of more than {self.max_frame} bytes")
            frames.append(self._frame(data[start:end]))
            self._begun = True
            start = end
        return frames, start

    def _frame(self, raw: bytes) -> Frame:
        return _parsed(raw, raw if self._begun else raw.removeprefix(_BOM))


def _end(data: bytes, start: int, has_cr: bool) -> int:
    """Where the first frame's end behind `start` is, or 0."""
    if not has_cr:
        at = data.find(b"\n\n", start)
        return at + 2 if at >= 0 else 0
    match = _frame_end(data, start)
    return match.end() if match else 0


def _has_end(data: bytearray, start: int, has_cr: bool) -> bool:
    return _frame_end(data, start) is not None if has_cr else data.find(b"\n\n", start) >= 0


def _is_whole(last: Frame) -> bool:
    if not last.raw.splitlines()[-1].startswith(b"data"):
        return False  # another field follows the data, and may itself be cut
    if last.data == _DONE:
        return True
    try:
        return isinstance(jsontext.load(last.data), dict)
    except MalformedReply:
        return False


@define(eq=False)
class Splitter:
    """Gives a stream on in whole frames, without reading them.

    A frame that grows beyond `max_held` bytes (default 1 MiB) is passed on as it comes until it ends; meanwhile
    `inside` is true, and nothing may be put between.
    """

    max_held: int = 1024 * 1024
    inside: bool = field(default=False, init=False)
    """Part of a frame was passed on, and the rest of it has not come."""
    _held: bytearray = field(factory=bytearray, init=False, repr=False)
    _passed: bytes = field(default=b"", init=False, repr=False)  # the end of what was passed on while `inside`
    _has_cr: bool = field(default=False, init=False)

    @property
    def rest(self) -> bytes:
        """What is held back: the beginning of a frame."""
        return bytes(self._held)

    def feed(self, data: bytes) -> bytes:
        """As much of what is held and these bytes as is whole frames."""
        if not self._held and not self.inside and data.endswith(b"\n\n"):
            return data
        has_cr = self._has_cr or b"\r" in data
        if self.inside:
            return self._pass(data, has_cr)
        return self._hold(data, has_cr)

    def _hold(self, data: bytes, has_cr: bool) -> bytes:
        held = self._held
        known = max(0, len(held) - _REACH)
        held += data
        end = _last_end(held, known, has_cr)
        if not end and len(held) > self.max_held:
            self.inside = True
            self._passed = bytes(held[-_REACH:])
            end = len(held)
        return self._release(end, has_cr)

    def _pass(self, data: bytes, has_cr: bool) -> bytes:
        """Pass a giant frame on. Its end may have begun in what was passed on before."""
        before = len(self._passed)
        seen = self._passed + data
        end = _last_end(seen, 0, has_cr)
        if not end:
            self._passed = seen[-_REACH:]
            self._has_cr = has_cr
            return data
        self.inside = False
        self._passed = b""
        self._held += data
        return self._release(end - before, has_cr)

    def _release(self, end: int, has_cr: bool) -> bytes:
        held = self._held
        out = bytes(held[:end])
        del held[:end]
        self._has_cr = has_cr and (self.inside or b"\r" in held) if end else has_cr
        return out


def _last_end(data: bytes | bytearray, start: int, has_cr: bool) -> int:
    """Where the last frame's end behind `start` is, or 0. A blank line after another is an end like any."""
    end = data.rfind(b"\n\n", start) + 2
    if not has_cr:
        return end if end > 1 else 0
    end = max(end, data.rfind(b"\r\r", start) + 2)
    mixed = data.rfind(b"\n\r", start, -1)
    if mixed >= 0:
        end = max(end, mixed + 3 if data.startswith(b"\n", mixed + 2) else mixed + 2)
    return end if end > 1 else 0


def frame(data: bytes, event: str = "") -> bytes:
    """Write one frame. Data of several lines become several `data` lines; `ValueError` if `event` has several."""
    if b"\n" in data or b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\ndata: ")
    if not event:
        return b"data: " + data + b"\n\n"
    if "\n" in event or "\r" in event:
        raise ValueError("the name of an event must be one line")
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"
