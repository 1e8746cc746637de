"""Error documents of OpenAI's servers, which several dialects share: `{"error": {"message", "type", "param", "code"}}`.

https://platform.openai.com/docs/guides/error-codes. Compatible servers answer in many other shapes: another vendor's
document, an error in a list, `{"message": ...}`, `{"detail": ...}`, plain text, a proxy's HTML page, or nothing.

Which status, type and code a kind goes out with is each dialect's own table (`Spelling`): their clients differ in what
they ask again after.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.wire import headers as wire_headers
from ccgate.wire import jsontext
from ccgate.wire.headers import Headers

OVERFLOW = "prompt is too long: "
"""How every dialect of ours tells that the context is full: clients look for it, and compact."""

OVERFLOW_WORDS = ("maximum context length", "context window", "prompt is too long", "context_length_exceeded")

Spelling: TypeAlias = Mapping[ir.Kind, tuple[int, str, str | None]]
"""Status, `type` and `code` of each kind, as one dialect writes them."""

READ: dict[str, ir.Kind] = {
    "context_length_exceeded": "context_overflow",
    "insufficient_quota": "billing",
    "billing_error": "billing",
    "billing_hard_limit_reached": "billing",
    "usage_limit_reached": "billing",
    "invalid_api_key": "authentication",
    "authentication_error": "authentication",
    "provider_key_refused": "provider_key",
    "permission_error": "permission",
    "model_not_found": "not_found",
    "not_found_error": "not_found",
    "conflict_error": "conflict",
    "request_too_large": "too_large",
    "unsupported_media_type": "unsupported_media",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "tokens": "rate_limit",
    "requests": "rate_limit",
    "server_overloaded": "overloaded",
    "server_is_overloaded": "overloaded",
    "slow_down": "overloaded",
    "overloaded_error": "overloaded",
    "timeout": "timeout",
    "timeout_error": "timeout",
    "server_error": "api",
    "api_error": "api",
}
"""Kinds by `code` and `type`. `invalid_request_error` is not here: it comes with 401 and 404 too."""

REFUSED = frozenset({"invalid_request_error", "invalid_prompt"})
"""What the request itself is to blame for, where no other word says more."""

LONGEST_MESSAGE = 2000


def write_failure(failure: ir.Failure, spelling: Spelling) -> tuple[int, Headers, dict[str, Any]]:
    """Status, headers and document. Another status of the same kind is kept: 502 is an `api` failure like 500."""
    usual = spelling[failure.kind][0]
    status = failure.status if _same(failure, usual) else usual
    found: list[tuple[bytes, bytes]] = []
    if failure.retry_after is not None:
        found.append((b"retry-after", str(math.ceil(failure.retry_after)).encode()))
    if failure.retry is False:
        found.append((b"x-should-retry", b"false"))
    return status, tuple(found), error_document(failure, spelling)


def _same(failure: ir.Failure, usual: int) -> bool:
    """Whether its own status says the same as the usual one of its kind."""
    status = failure.status
    fits = 400 <= status < 600 and status != 529 and ir.kind_of(status) == failure.kind
    return fits and ir.kind_of(usual) == failure.kind


def error_document(failure: ir.Failure, spelling: Spelling) -> dict[str, Any]:
    """`{"error": ...}`, for an answer of its own and for a frame of a stream."""
    _, type_, code = spelling[failure.kind]
    message = told(failure)
    return {"error": {"message": message, "type": type_, "param": _param(failure.raw), "code": code or failure.code}}


def told(failure: ir.Failure) -> str:
    """What is said to a client: of a full context in the words that clients look for."""
    return _overflow(failure.message) if failure.kind == "context_overflow" else failure.message


def _overflow(message: str) -> str:
    return message if message.startswith(OVERFLOW) else OVERFLOW + message


def _param(raw: ir.JSON) -> str | None:
    error = raw.get("error") if isinstance(raw, dict) else None
    param = error.get("param") if isinstance(error, dict) else None
    return param if isinstance(param, str) else None


def read_failure(status: int, headers: Headers, body: bytes) -> ir.Failure:
    """An error answer in our words, whatever its body looks like."""
    document = _document(body)
    retry = wire_headers.get(headers, b"x-should-retry")
    return failure_of(
        document,
        status=status,
        otherwise=_plain(status, body) if document is None else f"the upstream answered {status}",
        retry_after=_retry_after(headers),
        retry=False if retry == b"false" else None,
    )


def failure_of(
    document: ir.JSON,
    *,
    status: int = 0,
    otherwise: str = "the upstream failed",
    retry_after: float | None = None,
    retry: bool | None = None,
) -> ir.Failure:
    """The failure a document tells of. `status` 0: it stood in a stream, and may name its status itself."""
    error = _error(document)
    message = _message(error) or otherwise
    words = [error[key] for key in ("code", "type") if isinstance(error.get(key), str)]
    known = status or _status(error.get("code"))
    kind = _kind(words, message, known)
    code = next(iter(words), None)
    return ir.Failure(
        kind=kind,
        message=_overflow(message) if kind == "context_overflow" else message,
        status=known or ir.STATUS[kind],
        retry_after=retry_after,
        code=code,
        scope="model" if code == "model_not_found" else ir.scope_of(kind),
        retry=retry,
        raw=document,
    )


def is_failure(document: dict[str, Any]) -> bool:
    """A document that tells of a failure in place of an answer, whatever its status was. The second shape is vLLM's
    (https://github.com/block/goose/pull/8031)."""
    return bool(document.get("error")) or document.get("object") == "error"


def _status(code: ir.JSON) -> int:
    """OpenRouter writes the status as the code of an error in a stream."""
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def _kind(words: list[str], message: str, status: int) -> ir.Kind:
    lower = message.lower()
    if status in {0, 400, 413, 422} and any(each in lower for each in OVERFLOW_WORDS):
        return "context_overflow"
    for word in words:
        if word in READ:
            return READ[word]
    if status:
        return ir.kind_of(status)
    return "api" if REFUSED.isdisjoint(words) else "invalid_request"


def _document(body: bytes) -> ir.JSON:
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return jsontext.load(body)
    except MalformedReply:
        return None  # then it is shown as the text that it is


def _error(document: ir.JSON) -> dict[str, Any]:
    """The object that says what went wrong, wherever it stands."""
    if isinstance(document, list):
        document = document[0] if document else None
    if not isinstance(document, dict):
        return {"message": document}
    error = document.get("error")
    if isinstance(error, dict):
        return error
    return document if error is None else {**document, "message": error}


def _message(error: dict[str, Any]) -> str:
    for key in ("message", "detail", "error", "msg"):
        value = error.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list | dict) and value:
            return jsontext.dump(value).decode()[:LONGEST_MESSAGE]
    return ""


def _plain(status: int, body: bytes) -> str:
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return f"the upstream answered {status} without a word"
    if text.startswith("<"):
        return f"the upstream answered {status} with a page: {_title(text)}"
    return text[:LONGEST_MESSAGE]


def _title(page: str) -> str:
    """The title of an HTML page, or its beginning."""
    _, found, rest = page.partition("<title>")
    return rest.partition("</title>")[0].strip()[:200] if found else page[:200]


def _retry_after(headers: Headers) -> float | None:
    """Seconds. A date cannot be told without a clock, and is left out."""
    for name, unit in ((b"retry-after-ms", 1000), (b"retry-after", 1)):
        value = wire_headers.get(headers, name)
        if value is not None and value.strip().replace(b".", b"", 1).isdigit():
            return float(value) / unit
    return None
