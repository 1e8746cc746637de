"""Laws of failures: read as stated, told so that they are read again, and readable whatever the body looks like."""

from __future__ import annotations

import json

import attrs

from ccgate import ir
from ccgate.testing.laws.cases import Tables
from ccgate.testing.laws.compare import broken, judged, same

BODIES = (
    b"",
    b"\xff\xfe",
    b"<html>502 Bad Gateway</html>",
    b"null",
    b"[]",
    b"[1]",
    b'"words"',
    b"5",
    b"{}",
    b'{"error": null}',
    b'{"error": "words"}',
    b'{"error": 5}',
    b'{"error": []}',
    b'{"error": {"message": 5, "type": [], "code": {}, "status": {}, "details": 5}}',
    b'{"error": {"message": null, "type": null, "details": [5, {"@type": 5, "retryDelay": "soon"}]}}',
    b'{"error": {"message": "cut sho',
    b'{"message": {"detail": 1}, "detail": [1]}',
    b"[" * 5000,
)


def failures_are_read_as_stated(tables: Tables) -> None:
    """`read_failure` gives the failure of the table; its `raw` is compared where it is stated."""
    for case in tables.failures:
        with judged("a failure is read as stated", case.name):
            got = tables.translator.read_failure(case.status, case.headers, case.body)
        if case.failure.raw is None:
            got = attrs.evolve(got, raw=None)
        same("a failure is read as stated", case.name, case.failure, got)


def failures_are_told_and_read_again(tables: Tables) -> None:
    """What `write_failure` writes keeps the kind, the words and the time to wait, with and without the raw document."""
    law = "a failure that is written is read again"
    for case in tables.failures:
        for failure in (case.failure, attrs.evolve(case.failure, raw=None)):
            with judged(law, case.name):
                status, headers, document = tables.translator.write_failure(failure)
                got = tables.translator.read_failure(status, headers, json.dumps(document).encode())
            same(law, case.name, _told(failure), _told(got))


def _told(failure: ir.Failure) -> dict[str, object]:
    return {"kind": failure.kind, "message": failure.message, "retry_after": failure.retry_after}


def every_error_body_is_readable(tables: Tables) -> None:
    """Whatever a server answers with a bad status is a failure with that status and some words."""
    law = "every error body is readable"
    for status in (400, 401, 404, 418, 429, 500, 502, 529):
        for body in BODIES:
            name = f"{status} {body[:80]!r}"
            with judged(law, name):
                failure = tables.translator.read_failure(status, ((b"retry-after", b"soon"),), body)
            if failure.status != status or not failure.message:
                raise broken(law, name, f"read as {failure}")
