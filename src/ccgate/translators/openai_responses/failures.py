"""Failures: how this dialect spells them, as an answer of its own and as the end of a stream.

https://platform.openai.com/docs/guides/error-codes and the `error` of
https://platform.openai.com/docs/api-reference/responses/object.

The codes are chosen for what Codex does with them: it gives up at once on `insufficient_quota` (as a 429),
`context_length_exceeded` and `invalid_prompt`, and asks again after `slow_down`, `server_error` and a
`rate_limit_exceeded` that says "try again in 2s" (https://github.com/openai/codex, codex-rs/codex-api/src/sse).
"""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from ccgate import ir
from ccgate.translators.protocol import Headers
from ccgate.wire import errors_openai
from ccgate.wire.errors_openai import Spelling

WRITTEN: Final[Spelling] = {
    "invalid_request": (400, "invalid_request_error", None),
    "authentication": (401, "authentication_error", "invalid_api_key"),
    "billing": (429, "insufficient_quota", "insufficient_quota"),
    "permission": (403, "permission_error", None),
    "not_found": (404, "not_found_error", "model_not_found"),
    "conflict": (409, "conflict_error", None),
    "too_large": (413, "request_too_large", None),
    "unsupported_media": (415, "unsupported_media_type", None),
    "context_overflow": (400, "invalid_request_error", "context_length_exceeded"),
    "rate_limit": (429, "rate_limit_error", "rate_limit_exceeded"),
    "overloaded": (503, "overloaded_error", "slow_down"),
    "timeout": (504, "timeout_error", "timeout"),
    "api": (500, "server_error", "server_error"),
    "provider_key": (403, "permission_error", "provider_key_refused"),
}
"""Status, `type` and `code` of each kind. Without a code, a 404 is asked again."""

HOPELESS: Final = "invalid_prompt"
"""The code, in a stream, of what does not get better by asking again."""

AGAIN: Final = frozenset({"rate_limit", "overloaded", "timeout", "api", "conflict"})

_wait: Final = re.compile(r"try again in (\d+(?:\.\d+)?)\s*(ms|s)\b", re.IGNORECASE).search


def write_failure(failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
    """Status, headers and document. An empty account does not fill up by asking again."""
    if failure.kind == "billing":
        failure = attrs.evolve(failure, retry=False)
    return errors_openai.write_failure(failure, WRITTEN)


def write_error(failure: ir.Failure) -> dict[str, Any]:
    """The `error` of a response that failed."""
    _, type_, code = WRITTEN[failure.kind]
    message = errors_openai.told(failure)
    if failure.kind == "rate_limit" and failure.retry_after is not None and not _wait(message):
        message = f"{message} Please try again in {failure.retry_after:g}s."
    usual = code if failure.kind in AGAIN or failure.kind in {"billing", "context_overflow"} else HOPELESS
    return {"code": usual or type_, "message": message, "type": type_}


def read_error(document: ir.JSON) -> ir.Failure:
    """The failure that a response, or an event in place of one, tells of; with the time to wait, if its words say."""
    failure = errors_openai.failure_of(document)
    found = _wait(failure.message)
    if found is None:
        return failure
    return attrs.evolve(failure, retry_after=float(found[1]) / (1000 if found[2].lower() == "ms" else 1))
