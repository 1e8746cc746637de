"""The place where a call leaves the house: also alone, a careful reverse proxy."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from ccgate import ir
from ccgate.call import Call, Target
from ccgate.errors import ConnectFailed, ConnectionLost
from ccgate.middleware.errors import Errors
from ccgate.middleware.translate import once
from ccgate.testing import ScriptedReply, ScriptedTransport, ask, open_call
from ccgate.upstream import Upstream, whole
from scripted import JSON_TYPE, KEY, PROVIDER_KEY, SSE_TYPE, upstream

BODY = b'{"model": "m"}'


def replying(*chunks: Any, headers: Any = (JSON_TYPE,), status: int = 200) -> ScriptedTransport:
    return ScriptedTransport([ScriptedReply(status, headers, chunks)])


async def test_the_request_goes_to_the_base_url_with_the_providers_key():
    transport = replying(b"{}")
    await ask(upstream(transport), path="/v1/messages", query=b"beta=true&x=%20", body=BODY)
    (sent,) = transport.sent
    assert (sent.method, sent.url) == ("POST", "https://anthropic.test/v1/messages?beta=true&x=%20")
    assert sent.body == BODY
    assert dict(sent.headers)[b"x-api-key"] == PROVIDER_KEY.encode()
    assert dict(sent.headers)[b"accept-encoding"] == b"identity"
    assert transport.unclosed == []


@pytest.mark.parametrize(
    ("path", "query", "more", "url"),
    [
        ("/v1/messages", b"", {}, "https://anthropic.test/v1/messages"),
        ("/v1/messages", b"a=1", {"query": b"b=2"}, "https://anthropic.test/v1/messages?a=1&b=2"),
        ("/v1/messages", b"", {"query": b"b=2"}, "https://anthropic.test/v1/messages?b=2"),
        ("/v1/messages", b"key=sk-1&a=1&API_KEY=2&token", {}, "https://anthropic.test/v1/messages?a=1"),
        ("/v1/messages", b"key=sk-1", {}, "https://anthropic.test/v1/messages"),
        ("/m:stream?alt=sse", b"a=1", {}, "https://anthropic.test/m:stream?alt=sse&a=1"),
        ("/v1/messages", b"", {"base_url": "https://x.test/p/v1/", "version": "/v1"}, "https://x.test/p/v1/messages"),
        ("/chat", b"", {"base_url": "https://x.test", "default_path": "/v1"}, "https://x.test/v1/chat"),
    ],
)
async def test_the_url_is_the_base_and_the_path_and_every_query(path, query, more, url):
    transport = replying(b"{}")
    app = Upstream(transport=transport, **{"base_url": "https://anthropic.test", **more})
    await ask(app, path=path, query=query)
    assert transport.sent[0].url == url


async def test_nothing_in_a_request_chooses_a_host():
    transport = replying(b"{}")
    headers = {"host": "evil.test", "x-forwarded-host": "evil.test", "forwarded": "host=evil.test"}
    await ask(upstream(transport), path="//evil.test/v1/messages", headers=headers, query=b"base_url=https://evil.test")
    (sent,) = transport.sent
    assert sent.url.startswith("https://anthropic.test/")
    assert not {b"host", b"x-forwarded-host", b"forwarded"} & {name for name, _ in sent.headers}


async def test_what_is_the_callers_own_stays_here_and_the_rest_is_passed_on():
    transport = replying(b"{}")
    headers = {
        "authorization": f"Bearer {KEY}",
        "x-api-key": KEY,
        "cookie": "a=b",
        "x-my-token": "t",
        "x-hidden": f"it is {KEY}",
        "connection": "x-hop",
        "x-hop": "1",
        "origin": "http://localhost",
        "anthropic-beta": "one,two",
        "anthropic-version": "2023-06-01",
        "x-unheard-of": "1",
        "accept-encoding": "gzip",
    }
    await ask(upstream(transport), headers=headers, body=BODY)
    sent = dict(transport.sent[0].headers)
    assert sent == {
        b"x-api-key": PROVIDER_KEY.encode(),
        b"anthropic-beta": b"one,two",
        b"anthropic-version": b"2023-06-01",
        b"x-unheard-of": b"1",
        b"accept-encoding": b"identity",
    }


async def test_what_the_user_wants_sent_replaces_what_the_caller_sent_but_never_the_key():
    transport = replying(b"{}")
    extra = ((b"x-title", b"mine"), (b"x-api-key", b"not this"))
    await ask(upstream(transport, headers=extra), headers={"x-title": "theirs"})
    sent = dict(transport.sent[0].headers)
    assert (sent[b"x-title"], sent[b"x-api-key"]) == (b"mine", PROVIDER_KEY.encode())


async def test_the_timeouts_are_those_that_were_given():
    transport = replying(b"{}")
    await ask(upstream(transport, connect_timeout=1.0, first_byte_timeout=2.0, idle_timeout=None))
    (sent,) = transport.sent
    assert (sent.connect_timeout, sent.first_byte_timeout, sent.idle_timeout) == (1.0, 2.0, None)


async def test_the_callers_credential_does_not_go_up_in_a_body():
    transport = replying(b"{}")
    body = b'{"text": "my key is ' + KEY.encode() + b'"}'
    await ask(upstream(transport), headers={"x-api-key": KEY}, body=body)
    assert transport.sent[0].body == b'{"text": "my key is ***"}'


async def test_the_reply_comes_as_it_is_less_what_is_not_the_callers_business():
    headers = (
        JSON_TYPE,
        (b"request-id", b"r1"),
        (b"retry-after", b"3"),
        (b"x-odd", b"1"),
        (b"set-cookie", b"a=b"),
        (b"server", b"x"),
        (b"cf-ray", b"1"),
        (b"openai-model", b"m"),
        (b"x-codex-plan", b"1"),
        (b"anthropic-ratelimit-requests-limit", b"1"),
        (b"x-ratelimit-remaining", b"1"),
        (b"anthropic-organization-id", b"o"),
        (b"content-length", b"7"),
        (b"transfer-encoding", b"chunked"),
        (b"access-control-allow-origin", b"*"),
    )
    got = await ask(upstream(replying(b'{"a', b'": 1}', headers=headers, status=418)))
    assert got.status == 418
    assert got.headers == headers[:4]
    assert got.chunks == (b'{"a', b'": 1}')


@pytest.mark.parametrize("cut", [1, 5, 20])
async def test_no_key_shows_in_a_body_however_it_is_cut(cut: int):
    body = b"data: {" + PROVIDER_KEY.encode() + b" and " + KEY.encode() + b"}\n\n"
    pieces = [body[at : at + cut] for at in range(0, len(body), cut)]
    got = await ask(upstream(replying(*pieces, headers=(SSE_TYPE,))), headers={"x-api-key": KEY})
    assert got.body == b"data: {*** and ***}\n\n"


async def test_what_was_held_back_of_a_secret_that_was_none_comes_at_the_end():
    got = await ask(upstream(replying(b"it is sk-prov", b"")))
    assert got.body == b"it is sk-prov"


async def test_no_key_shows_in_the_repr():
    app = upstream([], headers=((b"x-secret", b"sk-user-header"),))
    assert PROVIDER_KEY not in repr(app)
    assert "sk-user-header" not in repr(app)


@pytest.mark.parametrize("broken", [ConnectFailed("refused"), ScriptedReply(chunks=(b"x", ConnectionLost("cut")))])
async def test_what_the_network_does_wrong_is_raised(broken):
    transport = ScriptedTransport([broken])
    with pytest.raises((ConnectFailed, ConnectionLost)):
        await ask(upstream(transport))
    assert transport.unclosed == []


async def test_alone_under_errors_it_tells_of_the_network_in_the_callers_dialect():
    got = await ask(Errors(upstream([ConnectFailed("refused")])), path="/v1/messages")
    assert (got.status, got.json()["error"]["message"]) == (502, "refused")


async def test_every_request_that_is_sent_is_counted():
    scope_call: list[Call] = []

    async def twice(scope: Any, receive: Any, send: Any) -> None:
        scope_call.append(Call.of(scope))
        app = upstream([ConnectFailed("refused"), ScriptedReply()])
        with pytest.raises(ConnectFailed):
            await app(scope, once(b"{}"), send)
        await app(scope, once(b"{}"), send)

    await ask(twice)
    assert scope_call[0].attempts == 2


async def test_a_call_that_is_stopped_is_not_sent():
    transport = ScriptedTransport()

    async def stopped(scope: Any, receive: Any, send: Any) -> None:
        Call.of(scope).stop("gone")
        await upstream(transport)(scope, receive, send)

    assert (await ask(Errors(stopped))).status == 499
    assert transport.sent == []
    assert transport.unclosed == []


class Ending:
    """Wraps an upstream: after so many bytes the reply is over."""

    def __init__(self, app: Any, target: Target | None) -> None:
        self.app, self.target = app, target

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        call = Call.of(scope)
        call.target = self.target

        async def ending(message: Any) -> None:
            await send({**message, "more_body": False} if message.get("body") else message)
            if message.get("body") and self.target:
                self.target.over = True
            elif message.get("body"):
                call.finish()

        await self.app(scope, receive, ending)


@pytest.mark.parametrize("alone", [True, False])
async def test_when_the_reply_is_over_the_rest_is_only_waited_for_a_moment(alone: bool):
    target = None if alone else Target(provider="p", model="m")
    transport = replying(b"last", anyio.Event(), b"never")
    got = await ask(Ending(upstream(transport), target))
    assert got.body == b"last"
    assert transport.unclosed == []


@pytest.mark.parametrize("cut", [False, True])
async def test_what_follows_the_end_is_read_so_that_the_connection_can_be_used_again(cut: bool):
    transport = replying(b"last", b"", ConnectionLost("cut") if cut else b"more")
    got = await ask(Ending(upstream(transport, linger=1.0), None))
    assert got.body == b"last"
    assert transport.exchanges[0].complete is not cut


async def test_behind_an_error_nothing_is_waited_for():
    target = Target(provider="p", model="m", failure=ir.Failure.of("api", "x"))
    transport = replying(b"last", b"more")
    await ask(Ending(upstream(transport, linger=1.0), target))
    assert not transport.exchanges[0].complete
    assert transport.unclosed == []


@pytest.mark.parametrize("phase", ["head", "body"])
async def test_a_stop_ends_the_exchange_in_every_phase(phase: str):
    waiting = anyio.Event()
    reply = ScriptedReply(before=(waiting,)) if phase == "head" else ScriptedReply(chunks=(b"x", waiting))
    transport = ScriptedTransport([reply])
    calls: list[Call] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        calls.append(Call.of(scope))
        await upstream(transport)(scope, receive, send)

    async with open_call(Errors(app)) as call:
        if phase == "body":
            await call.chunk()
        await anyio.wait_all_tasks_blocked()
        calls[0].stop("the client hung up")
        await call.ended()
    assert transport.aborted == transport.sent
    assert transport.unclosed == []


async def test_a_body_is_read_to_its_end_or_to_the_hang_up():
    def receiving(*messages: Any) -> Any:
        left = list(messages)

        async def receive() -> Any:
            return left.pop(0)

        return receive

    gone = {"type": "http.disconnect"}
    assert await whole(receiving({"type": "http.request", "body": b"a"})) == b"a"
    parts = [{"type": "http.request", "body": letter, "more_body": True} for letter in (b"a", b"b")]
    assert await whole(receiving(*parts, gone)) == b"ab"
    assert await whole(receiving(gone)) == b""
