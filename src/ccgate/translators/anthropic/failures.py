"""Errors, read and written.

https://platform.claude.com/docs/en/api/errors
An upstream may be any proxy, so its answer may be any JSON, plain text, a page, or nothing. The status says what went
wrong; only where it says little (in a stream, or a 5xx) does the `type` say more. A prompt that is too long is told
in the vendor's words, `prompt is too long: `, because clients look for them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.ir.failure import STATUS
from ccgate.translators.protocol import Headers
from ccgate.wire import headers as head
from ccgate.wire import jsontext

TYPES: Final[dict[ir.Kind, str]] = {
    "invalid_request": "invalid_request_error",
    "authentication": "authentication_error",
    "billing": "billing_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "conflict": "conflict_error",
    "too_large": "request_too_large",
    "unsupported_media": "invalid_request_error",
    "context_overflow": "invalid_request_error",
    "rate_limit": "rate_limit_error",
    "overloaded": "overloaded_error",
    "timeout": "timeout_error",
    "api": "api_error",
    "provider_key": "api_error",
}
KINDS: Final[dict[str, ir.Kind]] = {
    word: kind for kind, word in TYPES.items() if kind not in {"unsupported_media", "context_overflow", "provider_key"}
}
PASSING: Final = frozenset({"rate_limit", "overloaded", "timeout"})
"""Kinds that a 5xx may really mean."""
TOO_LONG: Final = "prompt is too long: "
OVERFLOWS: Final = ("prompt is too long", "maximum context length", "context_length_exceeded")
RETRY_AFTER: Final = 5
"""Seconds that a 429 without a time of its own asks for."""
LONGEST: Final = 2000
"""Characters of a plain text that are shown."""


def write_failure(failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
    headers: list[tuple[bytes, bytes]] = []
    wait = failure.retry_after
    if wait is None and failure.kind == "rate_limit":
        wait = RETRY_AFTER
    if wait is not None:
        # Clients read whole seconds only; a date or a fraction is ignored.
        headers.append((b"retry-after", str(max(0, math.ceil(wait))).encode()))
    if failure.retry is False or failure.kind == "provider_key":
        headers.append((b"x-should-retry", b"false"))
    return failure.status or STATUS[failure.kind], tuple(headers), document(failure)


def document(failure: ir.Failure) -> dict[str, Any]:
    """The error as JSON, in an answer or in a stream."""
    message = failure.message
    if failure.kind == "context_overflow" and not message.startswith(TOO_LONG):
        message = TOO_LONG + message
    raw = failure.raw if isinstance(failure.raw, dict) else {}
    out = {"type": "error", "error": {"type": _type(failure, raw), "message": message}}
    request_id = raw.get("request_id") or failure.request_id
    if isinstance(request_id, str):
        out["request_id"] = request_id
    return out


def _type(failure: ir.Failure, raw: Mapping[str, Any]) -> str:
    """The vendor's word for the kind; a word of its own that we do not know (`policy_blocked`) is kept."""
    error = raw.get("error")
    own = error.get("type") if raw.get("type") == "error" and isinstance(error, dict) else None
    return failure.code if failure.code is not None and failure.code == own else TYPES[failure.kind]


def read_failure(status: int, headers: Headers, body: bytes) -> ir.Failure:
    retry = False if head.get(headers, b"x-should-retry") == b"false" else None
    wait = _seconds(head.get(headers, b"retry-after"))
    value = _json(body)
    if isinstance(value, dict):
        return read_error(value, status, retry_after=wait, retry=retry)
    message = _plain(status, headers, body)
    kind = _overflow(ir.kind_of(status), message, "")
    return _failure(kind, message, status, retry_after=wait, retry=retry)


def read_error(
    value: Mapping[str, Any], status: int = 0, *, retry_after: float | None = None, retry: bool | None = None
) -> ir.Failure:
    """An error document, the vendor's own or another's. Status 0: it came in a stream."""
    error = value.get("error")
    inner = error if isinstance(error, dict) else value
    word, code = _word(inner, "type"), _word(inner, "code")
    message = _word(inner, "message") or _word(value, "detail") or (error if isinstance(error, str) else "")
    if not message:
        message = f"the upstream answered with an error without a message{_with(status)}"
    kind = _overflow(_kind(status, word), message, code)
    known = code or (word if word not in KINDS else "")
    return _failure(kind, message, status, code=known or None, retry_after=retry_after, retry=retry, raw=dict(value))


def _failure(kind: ir.Kind, message: str, status: int, **more: Any) -> ir.Failure:
    return ir.Failure(kind=kind, message=message, status=status, scope=ir.scope_of(kind), **more)


def _kind(status: int, word: str) -> ir.Kind:
    told = KINDS.get(word)
    if told is not None and (status < 400 or (status >= 500 and told in PASSING)):
        return told
    return ir.kind_of(status) if status >= 400 else "api"


def _overflow(kind: ir.Kind, message: str, code: str) -> ir.Kind:
    told = f"{code} {message}".lower()
    if kind in {"invalid_request", "too_large"} and any(words in told for words in OVERFLOWS):
        return "context_overflow"
    return kind


def _word(value: Mapping[str, Any], key: str) -> str:
    word = value.get(key)
    return word if isinstance(word, str) else ""


def _json(body: bytes) -> Any:
    try:
        return jsontext.load(body)
    except MalformedReply:
        return None  # it is no JSON: then it is read as text


def _plain(status: int, headers: Headers, body: bytes) -> str:
    """What can be said of a body that is no JSON object. A page is named, never shown."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return f"the upstream answered without a body{_with(status)}"
    kind = (head.get(headers, b"content-type") or b"").partition(b";")[0].strip().lower().decode("latin-1")
    if kind == "text/html" or text.startswith("<"):
        return f"the upstream answered with a {kind or 'text/html'} page{_with(status)}"
    return text[:LONGEST]


def _with(status: int) -> str:
    return f", status {status}" if status else ""


def _seconds(value: bytes | None) -> float | None:
    """Seconds, whole or not. A date is ignored: it would need a clock, and clients ignore it too."""
    try:
        seconds = float(value or b"")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
