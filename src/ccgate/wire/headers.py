"""Which headers cross the house, and which stay at the door. Pure functions on tuples of name and value.

Names come out lower case; order and repeats are kept. Upwards and downwards the lists are open: what is not known is
passed on, so that a new header of a client or a vendor works on its first day. What must not pass is named here, once.
A header with CR, LF or NUL in it never passes: it could end its line and begin another (RFC 9110, section 5.5).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeAlias

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

# RFC 9110, section 7.6.1; http2-settings belongs to the upgrade to HTTP/2 of RFC 7540.
_HOP_BY_HOP: Final = frozenset(
    (
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)

_STAYS_UP: Final = _HOP_BY_HOP | frozenset(
    (
        b"accept-encoding",  # we ask for identity
        b"content-length",
        b"expect",
        b"forwarded",
        b"host",
        b"origin",
        b"referer",
        b"via",
        b"x-real-ip",
    )
)
_STAYS_UP_FROM: Final = (b"sec-", b"x-forwarded-")
_CREDENTIAL_WORDS: Final = (b"auth", b"token", b"secret", b"password", b"credential", b"cookie", b"api-key")

_STAYS_DOWN: Final = _HOP_BY_HOP | frozenset(
    (
        b"alt-svc",
        b"anthropic-organization-id",
        b"content-length",  # the body may have been decoded, or hidden a key of ours
        b"date",  # the server that answers writes its own
        b"openai-model",
        b"openai-organization",
        b"server",
        b"set-cookie",
        b"set-cookie2",
        b"strict-transport-security",
        b"via",
        b"x-models-etag",
        b"x-sendfile",
    )
)
_STAYS_DOWN_FROM: Final = (b"access-control-", b"cf-", b"x-accel-", b"x-codex-")
_ACCOUNT: Final = (b"anthropic-ratelimit-", b"x-ratelimit-")

_KEY_HEADERS: Final = (b"x-api-key", b"x-goog-api-key")


def up(headers: Headers, *, secrets: Collection[bytes] = ()) -> Headers:
    """What of a caller's headers goes to an upstream of the same dialect.

    Not passed: host, framing, hop-by-hop and what `connection` lists, cookies, forwarding headers, what browsers add,
    every name that speaks of a credential, and every value that contains one of `secrets` (the caller's credentials).
    """
    passing = _passing(headers, _STAYS_UP, _STAYS_UP_FROM)
    # Most words and secrets are in no header at all: ask for all headers at once before asking for each.
    names = b"\n".join([name for name, _ in passing])
    values = b"\n".join([value for _, value in passing])
    for word in [word for word in _CREDENTIAL_WORDS if word in names]:
        passing = [pair for pair in passing if word not in pair[0]]
    for secret in [secret for secret in secrets if secret and secret in values]:
        passing = [pair for pair in passing if secret not in pair[1]]
    return tuple(passing)


def down(headers: Headers, *, passthrough: bool = False) -> Headers:
    """What of an upstream's headers goes to the caller.

    Rate limits describe the account of whoever owns the key: they are passed only when that is the caller's own
    (`passthrough`).
    """
    return tuple(_passing(headers, _STAYS_DOWN, _STAYS_DOWN_FROM if passthrough else _STAYS_DOWN_FROM + _ACCOUNT))


def credentials(headers: Headers) -> tuple[bytes, ...]:
    """Every credential a caller offers, in order and without repeats.

    The token of `authorization: Bearer` (the scheme in any case), `x-api-key` and `x-goog-api-key`; never empty ones.
    Whoever asks what a caller's credential is, asks here.
    """
    offered = (_credential(name.lower(), value) for name, value in headers)
    return tuple(dict.fromkeys(key for key in offered if key))


def get(headers: Headers, name: bytes) -> bytes | None:
    """The first value of that name (lower case, as are the names of `headers`)."""
    for key, value in headers:
        if key == name:
            return value
    return None


def merge(headers: Headers, extra: Headers) -> Headers:
    """`headers` with every name of `extra` replaced where it first stood, or else added at the end."""
    ours: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for pair in extra:
        ours.setdefault(pair[0], []).append(pair)
    waiting = dict(ours)
    merged: list[tuple[bytes, bytes]] = []
    for pair in headers:
        merged += waiting.pop(pair[0], ()) if pair[0] in ours else (pair,)
    return (*merged, *(pair for pairs in waiting.values() for pair in pairs))


def _passing(headers: Headers, stays: frozenset[bytes], stays_from: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
    """The headers, names in lower case, less those of one hop, those of broken lines, and those named."""
    lower = [(name.lower(), value) for name, value in headers]
    if _is_broken(b" ".join([part for pair in lower for part in pair])):
        lower = [pair for pair in lower if not _is_broken(b" ".join(pair))]
    listed = _listed(lower)
    return [
        pair for pair in lower if pair[0] not in stays and not pair[0].startswith(stays_from) and pair[0] not in listed
    ]


def _is_broken(line: bytes) -> bool:
    return b"\n" in line or b"\r" in line or b"\0" in line


def _listed(headers: list[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """The names that `connection` declares to be for the next hop only."""
    lists = [value for name, value in headers if name == b"connection"]
    return frozenset(name.strip().lower() for value in lists for name in value.split(b","))


def _credential(name: bytes, value: bytes) -> bytes:
    if name in _KEY_HEADERS:
        return value.strip()
    if name != b"authorization":
        return b""
    scheme, _, token = value.strip().partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""
