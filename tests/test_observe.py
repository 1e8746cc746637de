"""Observers are told, cannot disturb, and the log has one line per call."""

from __future__ import annotations

import logging

import pytest

from ccgate import ir
from ccgate.observe import AttemptEnded, CallEnded, LogObserver, one_line, tell
from scripted import Heard

LOSS = ir.Loss("/messages/3/content/0", "dropped", "no pictures here")


def ended(**more) -> CallEnded:
    facts = {
        "call": "req_1",
        "dialect": "anthropic",
        "method": "POST",
        "path": "/v1/messages",
        "principal": "me",
        "session": "s",
        "asked_model": "opus",
        "route": "main",
        "provider": "deepseek",
        "model": "v4",
        "status": 200,
        "outcome": "answered",
        "first_byte": 0.1,
        "duration": 1.25,
        "attempts": 1,
        "usage": None,
    }
    return CallEnded(**{**facts, **more})


def attempt(failure: ir.Failure | None) -> AttemptEnded:
    return AttemptEnded(call="req_1", provider="deepseek", model="v4", failure=failure)


def test_a_failing_observer_does_not_keep_the_others_from_hearing(caplog: pytest.LogCaptureFixture):
    heard = Heard()

    def broken(happening):
        raise ZeroDivisionError("mine")

    tell((broken, heard, broken), ended())
    tell((broken, heard), ended())
    assert len(heard) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 3


def test_the_log_has_one_line_per_call(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "ccgate")
    LogObserver()(ended())
    assert caplog.messages == ["req_1 POST /v1/messages opus -> deepseek,v4 200 answered 1.250s"]


def test_what_is_not_known_is_a_dash(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "ccgate")
    LogObserver()(ended(asked_model=None, provider=None, model=None, status=401, outcome="refused"))
    assert caplog.messages == ["req_1 POST /v1/messages - -> -,- 401 refused 1.250s"]


def test_a_refused_attempt_is_a_warning_and_an_answer_says_nothing(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "ccgate")
    log = LogObserver()
    log(attempt(None))
    assert caplog.messages == []
    log(attempt(ir.Failure.of("overloaded", "too busy")))
    assert caplog.messages == ["req_1 deepseek,v4 refused: 529 overloaded: too busy"]
    assert caplog.records[0].levelname == "WARNING"


def test_a_long_message_is_cut(caplog: pytest.LogCaptureFixture):
    LogObserver()(attempt(ir.Failure.of("api", "x" * 5000)))
    assert len(caplog.messages[0]) < 400


def test_nobody_can_forge_a_line_of_the_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "ccgate")
    log = LogObserver()
    log(attempt(ir.Failure.of("api", "bad\nreq_2 POST forged\x1b[2J\u2028x")))
    log(ended(path="/v1/x\r\nforged"))
    assert all(message.isprintable() for message in caplog.messages)
    assert one_line("plain words") == "plain words"


def test_each_kind_of_loss_is_logged_once_per_route(caplog: pytest.LogCaptureFixture):
    log = LogObserver()
    again = ir.Loss("/messages/17/content/2", "dropped", "no pictures here")
    other = ir.Loss("/tools/0", "dropped", "no tools")
    log(ended(losses=(LOSS, again)))
    log(ended(losses=(LOSS,)))
    assert caplog.messages == ["route main: /messages/*/content/* dropped: no pictures here"]
    log(ended(losses=(other,)))
    log(ended(losses=(LOSS,), route=None))
    assert caplog.messages[1:] == [
        "route main: /tools/* dropped: no tools",
        "route -: /messages/*/content/* dropped: no pictures here",
    ]
