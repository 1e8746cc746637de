"""Failures: how this dialect spells them. The document is one that OpenAI's servers share.

https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

from typing import Any

from ccgate import ir
from ccgate.translators.protocol import Headers
from ccgate.wire import errors_openai
from ccgate.wire.errors_openai import Spelling

WRITTEN: Spelling = {
    "invalid_request": (400, "invalid_request_error", None),
    "authentication": (401, "authentication_error", "invalid_api_key"),
    "billing": (402, "insufficient_quota", "insufficient_quota"),
    "permission": (403, "permission_error", None),
    "not_found": (404, "not_found_error", None),
    "conflict": (409, "conflict_error", None),
    "too_large": (413, "request_too_large", None),
    "unsupported_media": (415, "unsupported_media_type", None),
    "context_overflow": (400, "invalid_request_error", "context_length_exceeded"),
    "rate_limit": (429, "rate_limit_error", "rate_limit_exceeded"),
    "overloaded": (503, "overloaded_error", "server_overloaded"),
    "timeout": (504, "timeout_error", "timeout"),
    "api": (500, "server_error", None),
    "provider_key": (403, "permission_error", "provider_key_refused"),
}
"""Status, `type` and `code` of each kind. A billing failure goes out as 402: the SDKs ask again after a 429."""


def write_failure(failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
    """Status, headers and document."""
    return errors_openai.write_failure(failure, WRITTEN)


def error_document(failure: ir.Failure) -> dict[str, Any]:
    """`{"error": ...}`, for an answer of its own and for a frame of a stream."""
    return errors_openai.error_document(failure, WRITTEN)
