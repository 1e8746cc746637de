"""Who may call: the holders of a key."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate.call import Call
from ccgate.middleware.answers import answer
from ccgate.middleware.auth import Auth
from ccgate.testing import Answer, ask
from scripted import KEY, PATHS, in_dialect

OTHER = "sk-second-0123456789"
KEYS = {"first": KEY, "second": OTHER}
RAW = KEY.encode()


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, 200, {"principal": Call.of(scope).principal})


async def tried(*headers: tuple[bytes, bytes], path: str = "/v1/messages", keys: dict[str, str] = KEYS) -> Answer:
    return await ask(Auth(hello, keys), "POST", path, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer " + RAW)],
        [(b"Authorization", b"bearer  " + RAW + b" ")],
        [(b"x-api-key", RAW)],
        [(b"X-Goog-Api-Key", b" " + RAW)],
        [(b"authorization", b"Bearer " + RAW), (b"x-api-key", RAW)],
        [(b"authorization", b"Bearer wrong"), (b"x-api-key", RAW)],
        [(b"authorization", b"Bearer " + RAW), (b"x-api-key", b"wrong")],
        [(b"x-api-key", b""), (b"x-api-key", b"wrong"), (b"x-api-key", RAW)],
        [(b"authorization", b"Basic dTpw"), (b"x-goog-api-key", RAW)],
        [(b"authorization", b"Bearer \xff\xfe"), (b"x-api-key", RAW)],
    ],
)
async def test_one_right_credential_among_several_lets_in(headers):
    got = await tried(*headers)
    assert got.status == 200
    assert got.json() == {"principal": "first"}


async def test_each_key_has_its_principal():
    assert (await tried((b"x-api-key", OTHER.encode()))).json() == {"principal": "second"}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", RAW)],
        [(b"authorization", b"Basic " + RAW)],
        [(b"x-api-key", RAW[:-1])],
        [(b"x-api-key", RAW + b"x")],
        [(b"x-api-key", RAW.upper())],
        [(b"x-api-key", b"")],
        [(b"x-api-key", b"\xff\xfe\x00\x80 not text")],
        [(b"authorization", "Bearer schlüssel".encode("latin-1"))],
        [(b"api-key", RAW)],
        [(b"cookie", b"key=" + RAW)],
    ],
)
async def test_anything_else_is_401_in_the_callers_dialect(headers, path):
    got = await tried(*headers, path=path)
    assert got.status == 401
    dialect = "anthropic" if path == "/v1/messages" else "openai_chat"
    assert in_dialect(dialect, got.json())["type"] == "authentication_error"
    assert got.header("x-should-retry") == "false"
    assert got.header("content-type") == "application/json"


async def test_a_key_in_the_url_counts_for_nothing():
    got = await ask(Auth(hello, KEYS), "POST", "/v1/messages", query=b"key=" + RAW + b"&api_key=" + RAW)
    assert got.status == 401


async def test_no_key_shows_in_the_answer():
    got = await tried((b"x-api-key", b"sk-somebody-elses-key"))
    shown = got.body + b"".join(name + value for name, value in got.headers)
    assert b"sk-somebody-elses-key" not in shown
    assert RAW not in shown
    assert OTHER.encode() not in shown


async def test_what_is_wrong_is_said():
    assert "Missing API key" in (await tried()).json()["error"]["message"]
    assert "Invalid API key" in (await tried((b"x-api-key", b"x"))).json()["error"]["message"]


async def test_without_keys_everybody_is_local():
    assert (await tried(keys={})).json() == {"principal": "local"}


async def test_a_key_that_is_not_ascii_is_compared_as_utf8():
    got = await tried((b"x-api-key", "schlüssel-123".encode()), keys={"me": "schlüssel-123"})
    assert got.json() == {"principal": "me"}


def test_no_key_shows_in_the_repr():
    assert KEY not in repr(Auth(hello, KEYS))
