from __future__ import annotations

import socket
import ssl

import httpx
import httpx2
import pytest

from ccgate.errors import ConnectFailed, ConnectionLost, ConnectTimeout, ReplyTimeout
from ccgate.transport.failures import Phase, failure, late, origin_of

CONNECTING = Phase("http://up", sent=False, headed=False)
WAITING = Phase("http://up", sent=True, headed=False)
READING = Phase("http://up", sent=True, headed=True)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://user:secret@host:1/path?key=secret#f", "https://host:1"),
        ("http://host", "http://host"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("http://host:secret/", "an unreadable URL"),
        ("http://[::1/", "an unreadable URL"),
        ("secret", "an unreadable URL"),
    ],
)
def test_an_origin_holds_no_path_query_or_credentials(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize(
    ("name", "phase", "kind", "text"),
    [
        ("ConnectTimeout", CONNECTING, ConnectTimeout, "no connection to http://up in time"),
        ("PoolTimeout", CONNECTING, ConnectFailed, "no free connection to http://up"),
        ("ConnectError", CONNECTING, ConnectFailed, "cannot connect to http://up"),
        ("ProxyError", CONNECTING, ConnectFailed, "the proxy does not connect to http://up"),
        ("UnsupportedProtocol", CONNECTING, ConnectFailed, "cannot connect to http://up: neither http nor https"),
        ("InvalidURL", CONNECTING, ConnectFailed, "cannot connect to http://up: not a usable URL"),
        ("LocalProtocolError", WAITING, ConnectFailed, "the request to http://up cannot be written as HTTP"),
        ("ReadError", CONNECTING, ConnectFailed, "the connection to http://up broke before the request was sent"),
        ("ReadError", WAITING, ConnectionLost, "lost the connection to http://up before the head of its reply"),
        ("ReadError", READING, ConnectionLost, "lost the connection to http://up in the middle of its reply"),
        ("RemoteProtocolError", READING, ConnectionLost, "http://up sent what is not HTTP in the middle of its reply"),
        ("ReadTimeout", WAITING, ReplyTimeout, "http://up sent no reply in time"),
        ("WriteTimeout", WAITING, ReplyTimeout, "http://up sent no reply in time"),
        ("ReadTimeout", READING, ReplyTimeout, "http://up was silent for too long in the middle of its reply"),
    ],
)
def test_each_exception_of_either_library_has_its_meaning(library, name: str, phase: Phase, kind, text: str) -> None:
    error = failure(getattr(library, name)("secret"), phase)
    assert type(error) is kind
    assert str(error) == text
    assert error.sent is (kind in (ConnectionLost, ReplyTimeout))


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('10.0.0.1', 1)"), "connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "name or service not known"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] secret"), "TLS failed"),
        (ExceptionGroup("all", [ConnectionRefusedError(111, "one"), TimeoutError(110, "two")]), "connection refused"),
    ],
)
def test_what_the_system_says_is_passed_on(cause: Exception, text: str) -> None:
    error = httpx2.ConnectError("secret")
    error.__cause__ = OSError("all attempts failed")
    error.__cause__.__cause__ = cause
    assert str(failure(error, CONNECTING)) == f"cannot connect to http://up: {text}"


def test_a_closed_connection_is_not_called_nonsense() -> None:
    error = httpx2.RemoteProtocolError("Server disconnected without sending a response.")
    assert "lost the connection" in str(failure(error, WAITING))


def test_too_late_depends_on_what_was_waited_for() -> None:
    assert [type(late(phase)) for phase in (CONNECTING, WAITING, READING)] == [
        ConnectTimeout,
        ReplyTimeout,
        ReplyTimeout,
    ]
