"""What a client library's exception means, and how it is said.

The exceptions of httpx2 and httpx have the same names and are told apart by them, so that neither library needs to be
imported here. Texts are made of our own words, the origin, and what the operating system or TLS says; a library's
own text is never used, because it may quote headers or URLs.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from attrs import field, frozen

from ccgate.errors import ConnectFailed, ConnectionLost, ConnectTimeout, ReplyTimeout, TransportError


@frozen
class Phase:
    """How far the exchange had come."""

    origin: str
    sent: bool = field(kw_only=True)
    """A byte of the request may have left."""
    headed: bool = field(kw_only=True)
    """The head of the reply has arrived."""


def origin_of(url: str) -> str:
    """`https://host:port` of a URL: no path, query or credentials. Never raises."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return "an unreadable URL"
    if not host:
        return "an unreadable URL"
    return f"{parts.scheme}://[{host}]{port}" if ":" in host else f"{parts.scheme}://{host}{port}"


def failure(error: Exception, phase: Phase) -> TransportError:
    """The `TransportError` for an exception of the client library, or of the loop under it."""
    names = {cls.__name__ for cls in type(error).__mro__}
    for name, (kind, text) in _BEFORE_SENDING.items():
        if name in names:
            return kind(_said(text.format(origin=phase.origin), error))
    if not phase.sent:
        return ConnectFailed(_said(f"the connection to {phase.origin} broke before the request was sent", error))
    if "TimeoutException" in names:
        return late(phase)
    where = "in the middle of" if phase.headed else "before the head of"
    if "RemoteProtocolError" in names and not _ended(error):
        return ConnectionLost(f"{phase.origin} sent what is not HTTP {where} its reply")
    return ConnectionLost(_said(f"lost the connection to {phase.origin} {where} its reply", error))


def late(phase: Phase) -> TransportError:
    """The deadline ran out in that phase."""
    if not phase.sent:
        return ConnectTimeout(f"no connection to {phase.origin} in time")
    what = "was silent for too long in the middle of its reply" if phase.headed else "sent no reply in time"
    return ReplyTimeout(f"{phase.origin} {what}")


_BEFORE_SENDING: dict[str, tuple[type[TransportError], str]] = {
    "ConnectTimeout": (ConnectTimeout, "no connection to {origin} in time"),
    "PoolTimeout": (ConnectFailed, "no free connection to {origin}"),
    "ConnectError": (ConnectFailed, "cannot connect to {origin}"),
    "ProxyError": (ConnectFailed, "the proxy does not connect to {origin}"),
    "UnsupportedProtocol": (ConnectFailed, "cannot connect to {origin}: neither http nor https"),
    "InvalidURL": (ConnectFailed, "cannot connect to {origin}: not a usable URL"),
    "LocalProtocolError": (ConnectFailed, "the request to {origin} cannot be written as HTTP"),
}


def _ended(error: Exception) -> bool:
    """The peer closed, rather than sent nonsense: the libraries say so with words only (h11's and httpcore's)."""
    return any(words in str(error) for words in ("disconnected without", "closed connection without"))


def _said(text: str, error: Exception) -> str:
    said = [reason for cause in _causes(error) if (reason := _reason(cause))]
    return f"{text}: {said[-1]}" if said else text


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, then what caused it; of a group (one error per address tried) the first counts."""
    while error is not None:
        yield error
        first = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
        error = first or error.__cause__ or error.__context__


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate not accepted, {error.verify_message}".lower()
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None)  # only there when OpenSSL gave one
        return f"TLS failed, {reason}" if reason else "TLS failed"
    if isinstance(error, OSError) and error.errno is not None:
        # The loops put addresses into their texts; a resolver's numbers are negative and its own.
        return (os.strerror(error.errno) if error.errno > 0 else error.strerror or "").lower()
    return ""
