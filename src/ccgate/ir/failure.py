"""What went wrong, in words every dialect can say."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from ccgate.ir.base import JSON

Kind = Literal[
    "invalid_request",
    "authentication",
    "billing",
    "permission",
    "not_found",
    "conflict",
    "too_large",
    "unsupported_media",
    "context_overflow",
    "rate_limit",
    "overloaded",
    "timeout",
    "api",
    "provider_key",
]
"""`provider_key`: the provider refused the gateway's own key, which the caller can neither see nor mend."""

STATUS: dict[Kind, int] = {
    "invalid_request": 400,
    "authentication": 401,
    "billing": 402,
    "permission": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "unsupported_media": 415,
    "context_overflow": 400,
    "rate_limit": 429,
    "overloaded": 529,
    "timeout": 504,
    "api": 500,
    "provider_key": 502,
}

KIND: dict[int, Kind] = {
    400: "invalid_request",
    401: "authentication",
    402: "billing",
    403: "permission",
    404: "not_found",
    405: "invalid_request",
    408: "timeout",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media",
    422: "invalid_request",
    429: "rate_limit",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}

Scope = Literal["request", "key", "model", "provider"]


def kind_of(status: int) -> Kind:
    """The kind a bare status stands for."""
    return KIND.get(status, "invalid_request" if 400 <= status < 500 else "api")


def scope_of(kind: Kind) -> Scope:
    """Who the failure is about: it drives failover. Another key may help against `key`, another provider against the
    rest, nothing against `request`."""
    if kind in {"authentication", "billing", "permission", "rate_limit", "provider_key"}:
        return "key"
    return "provider" if kind in {"overloaded", "timeout", "api"} else "request"


@frozen(kw_only=True)
class Failure:
    """One failure. `status` is the HTTP status it came with or goes out with; `retry_after` is in seconds."""

    kind: Kind
    message: str
    status: int = 0
    retry_after: float | None = None
    code: str | None = None
    """The provider's own word for it."""
    scope: Scope = "request"
    retry: bool | None = None
    """False: tell the caller that a retry cannot help (`x-should-retry: false`)."""
    request_id: str | None = field(default=None, eq=False)
    """By what name the gateway's log knows the call."""
    raw: JSON = field(default=None, repr=False)
    """The provider's own document, for callers of the same dialect."""

    @classmethod
    def of(cls, kind: Kind, message: str, **more: object) -> Failure:
        """A failure with the status and scope that its kind usually has."""
        fields: dict[str, object] = {"status": STATUS[kind], "scope": scope_of(kind), **more}
        return cls(kind=kind, message=message, **fields)  # type: ignore[arg-type]  # checked by the class itself
