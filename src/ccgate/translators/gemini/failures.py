"""Failures, read and written.

    {"error": {"code": 429, "message": "...", "status": "RESOURCE_EXHAUSTED", "details": [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]}}

https://ai.google.dev/gemini-api/docs/troubleshooting, https://cloud.google.com/apis/design/errors. A wrong key is told
as INVALID_ARGUMENT, with the reason API_KEY_INVALID in its details. What we write names its kind as a reason of our
own, since several kinds share a status.
"""

from __future__ import annotations

import math
from typing import Any, Final

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.protocol import Headers
from ccgate.wire import headers as wire_headers
from ccgate.wire import jsontext

TYPE: Final = "type.googleapis.com/google.rpc."
DOMAIN: Final = "ccgate"
OVERFLOW: Final = "prompt is too long: "
"""How every dialect of ours tells that the context is full: clients look for it, and compact."""
OVERFLOW_WORDS: Final = ("exceeds the maximum number of tokens", "prompt is too long", "context window")
LONGEST_MESSAGE: Final = 2000
LONGEST_DELAY: Final = 12
"""Characters of a delay that are read."""

WRITTEN: Final[dict[ir.Kind, tuple[int, str]]] = {
    "invalid_request": (400, "INVALID_ARGUMENT"),
    "authentication": (401, "UNAUTHENTICATED"),
    "billing": (402, "FAILED_PRECONDITION"),
    "permission": (403, "PERMISSION_DENIED"),
    "not_found": (404, "NOT_FOUND"),
    "conflict": (409, "ABORTED"),
    "too_large": (413, "INVALID_ARGUMENT"),
    "unsupported_media": (415, "INVALID_ARGUMENT"),
    "context_overflow": (400, "INVALID_ARGUMENT"),
    "rate_limit": (429, "RESOURCE_EXHAUSTED"),
    "overloaded": (503, "UNAVAILABLE"),
    "timeout": (504, "DEADLINE_EXCEEDED"),
    "api": (500, "INTERNAL"),
    "provider_key": (403, "PERMISSION_DENIED"),
}

READ: Final[dict[str, ir.Kind]] = {
    **{kind.upper(): kind for kind in WRITTEN},
    "API_KEY_INVALID": "authentication",
    "API_KEY_EXPIRED": "authentication",
    "BILLING_DISABLED": "billing",
    "UNAUTHENTICATED": "authentication",
    "PERMISSION_DENIED": "permission",
    "NOT_FOUND": "not_found",
    "ABORTED": "conflict",
    "ALREADY_EXISTS": "conflict",
    "RESOURCE_EXHAUSTED": "rate_limit",
    "UNAVAILABLE": "overloaded",
    "DEADLINE_EXCEEDED": "timeout",
    "INTERNAL": "api",
    "UNKNOWN": "api",
}
"""Kinds by the reason in the details, then by `status`. INVALID_ARGUMENT says no more than the HTTP status."""

Details = list[dict[str, Any]]


def write_failure(failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
    """Status, headers and document. Another status of the same kind is kept: 502 is an `api` failure like 500."""
    document = error_document(failure)
    found: list[tuple[bytes, bytes]] = []
    if failure.retry_after is not None:
        found.append((b"retry-after", str(math.ceil(failure.retry_after)).encode()))
    if failure.retry is False:
        found.append((b"x-should-retry", b"false"))
    return document["error"]["code"], tuple(found), document


def error_document(failure: ir.Failure) -> dict[str, Any]:
    """`{"error": ...}`, for an answer of its own and for a frame of a stream."""
    usual, word = WRITTEN[failure.kind]
    status = failure.status
    same = 400 <= status < 600 and status != 529 and ir.kind_of(status) == failure.kind
    details: Details = [{"@type": f"{TYPE}ErrorInfo", "reason": failure.kind.upper(), "domain": DOMAIN}]
    if failure.retry_after is not None:
        details.append({"@type": f"{TYPE}RetryInfo", "retryDelay": f"{failure.retry_after:g}s"})
    message = overflow(failure.message) if failure.kind == "context_overflow" else failure.message
    return {"error": {"code": status if same else usual, "message": message, "status": word, "details": details}}


def overflow(message: str) -> str:
    return message if message.startswith(OVERFLOW) else OVERFLOW + message


def read_failure(status: int, headers: Headers, body: bytes) -> ir.Failure:
    """An error answer in our words, whatever its body looks like."""
    document = _document(body)
    retry = wire_headers.get(headers, b"x-should-retry")
    return failure_of(
        document,
        status=status,
        otherwise=_plain(status, body) if document is None else f"the upstream answered {status}",
        headers=headers,
        retry=False if retry == b"false" else None,
    )


def failure_of(
    document: ir.JSON,
    *,
    status: int = 0,
    otherwise: str = "the upstream failed",
    headers: Headers = (),
    retry: bool | None = None,
) -> ir.Failure:
    """The failure a document tells of. `status` 0: it stood in a stream, and names its status itself."""
    error = _error(document)
    message = _message(error) or otherwise
    code = error.get("code")
    told = status or (code if isinstance(code, int) and 400 <= code < 600 else 0)
    details = _details(error)
    words = [each["reason"] for each in details if isinstance(each.get("reason"), str)]
    word = error.get("status")
    if isinstance(word, str):
        words.append(word)
    kind = _kind(words, message, told)
    return ir.Failure(
        kind=kind,
        message=overflow(message) if kind == "context_overflow" else message,
        status=told or ir.STATUS[kind],
        retry_after=_delay(details, headers),
        code=words[-1] if words else None,
        scope="model" if kind == "not_found" and "models/" in message else ir.scope_of(kind),
        retry=retry,
        raw=document,
    )


def is_failure(document: dict[str, Any]) -> bool:
    """A document that tells of a failure in place of an answer, whatever its status was."""
    return bool(document.get("error"))


def _kind(words: list[str], message: str, status: int) -> ir.Kind:
    lower = message.lower()
    if status in {0, 400, 413} and any(each in lower for each in OVERFLOW_WORDS):
        return "context_overflow"
    for word in words:
        if word in READ:
            return READ[word]
    return ir.kind_of(status) if status else "api"


def _document(body: bytes) -> ir.JSON:
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return jsontext.load(body)
    except MalformedReply:
        return None  # then it is shown as the text that it is


def _error(document: ir.JSON) -> dict[str, Any]:
    """The object that says what went wrong. Streams that are not of events put it into a list."""
    if isinstance(document, list):
        document = document[0] if document else None
    if not isinstance(document, dict):
        return {"message": document}
    error = document.get("error")
    if isinstance(error, dict):
        return error
    return document if error is None else {**document, "message": error}


def _message(error: dict[str, Any]) -> str:
    for key in ("message", "detail", "error", "status"):
        value = error.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list | dict) and value:
            return jsontext.dump(value).decode()[:LONGEST_MESSAGE]
    return ""


def _details(error: dict[str, Any]) -> Details:
    details = error.get("details")
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def _delay(details: Details, headers: Headers) -> float | None:
    """Seconds. A date cannot be told without a clock, and is left out."""
    for each in details:
        delay = each.get("retryDelay")
        if isinstance(delay, str) and delay.endswith("s"):
            seconds = _seconds(delay[:-1])
            if seconds is not None:
                return seconds
    value = wire_headers.get(headers, b"retry-after")
    return None if value is None else _seconds(value.decode("latin-1"))


def _seconds(text: str) -> float | None:
    fits = text.isascii() and len(text) <= LONGEST_DELAY and text.replace(".", "", 1).isdigit()
    return float(text) if fits else None


def _plain(status: int, body: bytes) -> str:
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return f"the upstream answered {status} without a word"
    if text.startswith("<"):
        _, found, rest = text.partition("<title>")
        title = rest.partition("</title>")[0].strip()[:200] if found else text[:200]
        return f"the upstream answered {status} with a page: {title}"
    return text[:LONGEST_MESSAGE]
