from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate.wire import headers as h

KEEPS_UP = [
    (b"accept", b"application/json"),
    (b"content-type", b"application/json"),
    (b"user-agent", b"claude-cli/2.0 (external, cli)"),
    (b"anthropic-version", b"2023-06-01"),
    (b"anthropic-beta", b"oauth-2025-04-20,context-1m-2025-08-07"),
    (b"anthropic-dangerous-direct-browser-access", b"true"),
    (b"x-app", b"cli"),
    (b"x-stainless-lang", b"js"),
    (b"x-stainless-retry-count", b"0"),
    (b"x-claude-code-session-id", b"0b54"),
    (b"session-id", b"0b54"),
    (b"openai-beta", b"responses=v1"),
    (b"x-a-header-of-next-year", b"1"),
]
STAYS_UP = [
    "host",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "http2-settings",
    "content-length",
    "expect",
    "accept-encoding",
    "cookie",
    "cookie2",
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-real-ip",
    "origin",
    "referer",
    "sec-fetch-mode",
    "sec-ch-ua",
    "sec-websocket-key",
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "anthropic-auth-token",
    "x-auth",
    "x-my-token",
    "client-secret",
    "x-password",
    "x-credentials",
    "x-amz-security-token",
    "x-cookie-consent",
    "my-api-key-id",
]
KEEPS_DOWN = [
    "content-type",
    "retry-after",
    "retry-after-ms",
    "request-id",
    "x-request-id",
    "x-should-retry",
    "content-encoding",
    "cache-control",
    "openai-processing-ms",
    "openai-version",
    "x-a-header-of-next-year",
]
STAYS_DOWN = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "date",
    "set-cookie",
    "server",
    "via",
    "cf-ray",
    "cf-cache-status",
    "x-sendfile",
    "x-accel-buffering",
    "x-accel-redirect",
    "alt-svc",
    "strict-transport-security",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "anthropic-organization-id",
    "openai-organization",
    "openai-model",
    "x-codex-primary-used-percent",
    "x-models-etag",
]
RATE_LIMITS = [
    "anthropic-ratelimit-requests-remaining",
    "anthropic-ratelimit-unified-reset",
    "x-ratelimit-limit-tokens",
]

NAMES = st.sampled_from([b"a", b"b", b"c", b"connection", b"cookie"])
LISTS = st.lists(st.tuples(NAMES, st.sampled_from([b"1", b"2", b"a", b"b, keep-alive"])), max_size=8).map(tuple)


def test_what_a_client_says_to_the_vendor_goes_up_in_order_and_with_repeats():
    said = (*KEEPS_UP, (b"anthropic-beta", b"another"))
    assert h.up(said) == said


@pytest.mark.parametrize("name", STAYS_UP)
def test_it_does_not_go_up(name):
    assert h.up(((name.encode(), b"x"), (b"accept", b"*/*"))) == ((b"accept", b"*/*"),)


def test_what_connection_lists_goes_neither_up_nor_down():
    said = (
        (b"x-hop", b"1"),
        (b"connection", b"close, X-Hop"),
        (b"connection", b"x-more"),
        (b"x-more", b"1"),
        (b"a", b"1"),
    )
    assert h.up(said) == h.down(said) == ((b"a", b"1"),)


def test_a_value_that_contains_the_callers_credential_does_not_go_up():
    said = ((b"x-debug", b"curl -H sk-local-1"), (b"authorization", b"Bearer sk-local-1"), (b"accept", b"*/*"))
    assert h.up(said, secrets=h.credentials(said)) == ((b"accept", b"*/*"),)


def test_an_empty_secret_is_in_no_value():
    assert h.up(((b"accept", b"*/*"),), secrets=[b""]) == ((b"accept", b"*/*"),)


@pytest.mark.parametrize("name", KEEPS_DOWN)
def test_it_goes_down(name):
    assert h.down(((name.encode(), b"x"),)) == ((name.encode(), b"x"),)


@pytest.mark.parametrize("name", STAYS_DOWN)
@pytest.mark.parametrize("passthrough", [False, True])
def test_it_never_goes_down(name, passthrough):
    assert h.down(((name.encode(), b"x"),), passthrough=passthrough) == ()


@pytest.mark.parametrize("name", RATE_LIMITS)
def test_rate_limits_go_down_only_when_the_account_is_the_callers(name):
    said = ((name.encode(), b"1"),)
    assert h.down(said) == ()
    assert h.down(said, passthrough=True) == said


@pytest.mark.parametrize(
    "broken", [(b"a\nb", b"1"), (b"a", b"1\r\nx: y"), (b"a", b"1\n"), (b"a\0", b"1"), (b"a", b"\r")]
)
def test_a_header_that_could_break_its_line_never_passes(broken):
    said = (broken, (b"accept", b"*/*"))
    assert h.up(said) == h.down(said) == ((b"accept", b"*/*"),)


def test_the_case_of_a_name_does_not_open_the_door():
    said = ((b"Authorization", b"Bearer x"), (b"Set-Cookie", b"a=1"), (b"Connection", b"X-Hop"), (b"X-Hop", b"1"))
    assert h.up(said) == ()
    assert h.down(said) == ((b"authorization", b"Bearer x"),)


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ([], ()),
        ([(b"authorization", b"Bearer abc")], (b"abc",)),
        ([(b"authorization", b"bEARER  abc ")], (b"abc",)),
        ([(b"Authorization", b"Bearer abc")], (b"abc",)),
        ([(b"authorization", b"Basic abc")], ()),
        ([(b"authorization", b"Bearer")], ()),
        ([(b"authorization", b"Bearer ")], ()),
        ([(b"x-api-key", b"")], ()),
        (
            [(b"x-api-key", b" k1 "), (b"x-goog-api-key", b"k2"), (b"authorization", b"Bearer k3")],
            (b"k1", b"k2", b"k3"),
        ),
        ([(b"x-api-key", b"k1"), (b"authorization", b"Bearer k1"), (b"x-api-key", b"k2")], (b"k1", b"k2")),
        ([(b"api-key", b"k1"), (b"cookie", b"k2")], ()),
    ],
)
def test_the_credentials_a_caller_offers(said, keys):
    assert h.credentials(tuple(said)) == keys


def test_get_gives_the_first_value_or_none():
    assert h.get(((b"a", b"1"), (b"a", b"2")), b"a") == b"1"
    assert h.get(((b"a", b"1"),), b"b") is None


@pytest.mark.parametrize(
    ("ours", "extra", "merged"),
    [
        ([], [(b"a", b"1")], [(b"a", b"1")]),
        ([(b"a", b"1"), (b"b", b"2")], [(b"a", b"3")], [(b"a", b"3"), (b"b", b"2")]),
        ([(b"a", b"1"), (b"b", b"2"), (b"a", b"4")], [(b"a", b"3")], [(b"a", b"3"), (b"b", b"2")]),
        ([(b"a", b"1")], [(b"a", b"2"), (b"c", b"5"), (b"a", b"3")], [(b"a", b"2"), (b"a", b"3"), (b"c", b"5")]),
    ],
)
def test_merge_replaces_in_place_or_appends(ours, extra, merged):
    assert h.merge(tuple(ours), tuple(extra)) == tuple(merged)


@given(LISTS)
def test_what_passes_is_a_part_of_what_came_in_the_same_order_and_passes_again(said):
    for passed in (h.up(said), h.down(said)):
        rest = iter(said)
        assert all(pair in rest for pair in passed)
    assert h.up(h.up(said)) == h.up(said)
    assert h.down(h.down(said)) == h.down(said)


@given(LISTS, LISTS)
def test_after_a_merge_every_name_of_the_second_says_what_the_second_says(ours, extra):
    merged = h.merge(ours, extra)
    for name in {name for name, _ in ours + extra}:
        source = extra if any(pair[0] == name for pair in extra) else ours
        assert [pair for pair in merged if pair[0] == name] == [pair for pair in source if pair[0] == name]
