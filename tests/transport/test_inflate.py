from __future__ import annotations

import gzip
import zlib

import pytest

from ccgate.errors import ConnectionLost, ReplyTooLarge
from ccgate.transport.inflate import STEP, Inflate, inflating

TEXT = b"".join(b"%d " % number for number in range(50_000))


def engine(coding: bytes, limit: int = 2**30) -> Inflate:
    _, inflate = inflating(((b"content-encoding", coding),), limit)
    assert inflate is not None
    return inflate


def inflated(inflate: Inflate, body: bytes, size: int) -> bytes:
    result = b""
    for start in range(0, len(body), size):
        inflate.feed(body[start : start + size])
        while data := inflate.step():
            assert len(data) <= STEP
            result += data
    inflate.finish()
    return result


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


BODIES = {
    "gzip": (b"gzip", gzip.compress(TEXT), TEXT),
    "x-gzip in capitals": (b" X-GZIP", gzip.compress(TEXT), TEXT),
    "two members": (b"gzip", gzip.compress(TEXT) + gzip.compress(b"more"), TEXT + b"more"),
    "empty members": (b"gzip", gzip.compress(b"") * 500 + gzip.compress(b"more"), b"more"),
    "padding": (b"gzip", gzip.compress(TEXT) + bytes(99), TEXT),
    "zlib": (b"deflate", zlib.compress(TEXT), TEXT),
    "zlib and padding": (b"deflate", zlib.compress(TEXT) + bytes(99), TEXT),
    "raw deflate": (b"deflate", raw_deflate(TEXT), TEXT),
    "nothing at all": (b"gzip", b"", b""),
}


@pytest.mark.parametrize("size", [1, 7, 1000, 10**9])
@pytest.mark.parametrize("case", BODIES)
def test_a_cut_at_any_byte_gives_the_same_body(case: str, size: int) -> None:
    coding, body, expected = BODIES[case]
    assert inflated(engine(coding), body, size) == expected


@pytest.mark.parametrize("coding", [b"gzip", b"deflate"])
def test_a_body_that_ends_too_early_is_an_error_at_any_byte(coding: bytes) -> None:
    body = gzip.compress(b"some text") if coding == b"gzip" else zlib.compress(b"some text")
    for length in range(1, len(body)):
        with pytest.raises(ConnectionLost, match="too early"):
            inflated(engine(coding), body[:length], 3)


def test_what_is_not_compressed_is_an_error() -> None:
    with pytest.raises(ConnectionLost, match="content-encoding"):
        inflated(engine(b"gzip"), b"plain text", 99)


def test_the_limit_counts_over_all_members() -> None:
    body = gzip.compress(bytes(1000)) * 3
    assert len(inflated(engine(b"gzip", 3000), body, 99)) == 3000
    with pytest.raises(ReplyTooLarge, match="2999 bytes"):
        inflated(engine(b"gzip", 2999), body, 99)


@pytest.mark.parametrize("value", [b"br", b"zstd", b"identity", b"gzip, gzip", b""])
def test_another_coding_passes(value: bytes) -> None:
    headers = ((b"content-encoding", value), (b"content-length", b"9"))
    assert inflating(headers, 1) == (headers, None)
    assert inflating((), 1) == ((), None)


def test_the_headers_of_a_decoded_body_are_taken_out() -> None:
    headers = ((b"a", b"1"), (b"content-encoding", b"gzip"), (b"content-length", b"9"), (b"a", b"2"))
    assert inflating(headers, 1)[0] == ((b"a", b"1"), (b"a", b"2"))
