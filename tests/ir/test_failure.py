from __future__ import annotations

from typing import get_args

import pytest

from ccgate import ir
from ccgate.ir.failure import KIND, STATUS

KINDS = get_args(ir.Kind)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request"),
        (401, "authentication"),
        (402, "billing"),
        (403, "permission"),
        (404, "not_found"),
        (408, "timeout"),
        (413, "too_large"),
        (418, "invalid_request"),
        (429, "rate_limit"),
        (499, "invalid_request"),
        (500, "api"),
        (502, "api"),
        (503, "overloaded"),
        (504, "timeout"),
        (529, "overloaded"),
        (599, "api"),
        (302, "api"),
    ],
)
def test_a_bare_status_stands_for_a_kind(status: int, kind: str):
    assert ir.kind_of(status) == kind


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("invalid_request", "request"),
        ("not_found", "request"),
        ("context_overflow", "request"),
        ("too_large", "request"),
        ("authentication", "key"),
        ("billing", "key"),
        ("permission", "key"),
        ("rate_limit", "key"),
        ("provider_key", "key"),
        ("overloaded", "provider"),
        ("timeout", "provider"),
        ("api", "provider"),
    ],
)
def test_a_kind_is_about_somebody(kind: ir.Kind, scope: str):
    assert ir.scope_of(kind) == scope


def test_the_tables_name_every_kind_and_no_other():
    assert set(STATUS) == set(KINDS)
    assert set(KIND.values()) <= set(KINDS)


# Two kinds are told apart by words alone: a prompt too long is a 400, a key of ours that was refused a 502.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"context_overflow", "provider_key"}])
def test_the_status_of_a_kind_is_read_as_that_kind(kind: ir.Kind):
    assert ir.kind_of(STATUS[kind]) == kind


def test_a_failure_has_what_its_kind_usually_has():
    failure = ir.Failure.of("rate_limit", "slow down", retry_after=3.0)
    assert (failure.status, failure.scope, failure.retry_after, failure.code) == (429, "key", 3.0, None)


def test_what_is_said_beats_what_is_usual():
    assert ir.Failure.of("rate_limit", "slow down", status=503, scope="model").status == 503


def test_the_raw_document_is_not_in_the_repr():
    assert "sk-secret" not in repr(ir.Failure.of("api", "broken", raw={"key": "sk-secret"}))
