"""Every exception ccgate raises. The tree:

CcgateError
├── ConfigError             a value of the configuration cannot be used; says where, what and what next
│   └── ConfigErrors        several of them at once (`ccgate.config`)
├── RequestRefused          the caller sent what we will not pass on; carries the status and kind to answer with
├── ReplyError              the upstream answered, and the answer is not usable
│   ├── MalformedReply      it cannot be read as the dialect it claims to be
│   ├── TruncatedReply      it ended before its dialect says it may
│   └── ReplyTooLarge       it went over a limit of ours
├── TransportError          the network failed; `sent` tells whether a byte of the request may have left
│   ├── ConnectFailed       no connection: refused, unknown host, bad TLS, no free slot
│   ├── ConnectTimeout      no connection in time
│   ├── ReplyTimeout        connected, and no head (or, later, no byte) in time
│   ├── ConnectionLost      the connection broke while the request or the reply was under way
│   └── Aborted             we ended the exchange ourselves, because the call was stopped
└── MissingExtra            an optional dependency is needed and not installed; names the command that installs it

`GrammarBroken` is also a `CcgateError`: events arrived in an order that no reply can have. It is always a bug in
a translator (ours or a plug-in's), never the fault of a caller or an upstream.
"""

from __future__ import annotations


class CcgateError(Exception):
    """Base of all errors raised on purpose."""


class ConfigError(CcgateError):
    """A configuration value cannot be used.

    `where` is the path of the value (`providers[0].kind`), or empty for the whole file; `hint` says what to do next.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        self.message = message
        self.where = where
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"


class RequestRefused(CcgateError):
    """The caller's request is not passed on. `kind` is a `ccgate.ir.Failure` kind, `status` the HTTP status."""

    def __init__(
        self, message: str, *, kind: str = "invalid_request", status: int = 400, code: str | None = None
    ) -> None:
        self.message = message
        self.kind = kind
        self.status = status
        self.code = code
        super().__init__(message)


class ReplyError(CcgateError):
    """The upstream answered, and the answer is not usable."""


class MalformedReply(ReplyError):
    """The reply cannot be read as the dialect it claims to be."""


class TruncatedReply(ReplyError):
    """The reply ended before its dialect says it may."""


class ReplyTooLarge(ReplyError):
    """The reply went over a limit of ours."""


class TransportError(CcgateError):
    """The network failed. `sent` is true when a byte of the request may have reached the upstream."""

    sent = True


class ConnectFailed(TransportError):
    """No connection was made: refused, unknown host, bad TLS, no free slot. Nothing was sent."""

    sent = False


class ConnectTimeout(TransportError):
    """No connection was made in time. Nothing was sent."""

    sent = False


class ReplyTimeout(TransportError):
    """The upstream was silent for too long, before or after its head."""


class ConnectionLost(TransportError):
    """The connection broke while the request or the reply was under way."""


class Aborted(TransportError):
    """We ended the exchange ourselves, because the call was stopped."""


class GrammarBroken(CcgateError):
    """Events in an order that no reply can have: a bug in a translator."""


class MissingExtra(CcgateError):
    """An optional dependency is not installed."""

    def __init__(self, extra: str, *, needed_for: str) -> None:
        self.extra = extra
        super().__init__(f'{needed_for} needs an optional dependency: pip install "ccgate[{extra}]"')
