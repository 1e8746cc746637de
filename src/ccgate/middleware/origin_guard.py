"""The browser as an attacker, and the open door.

Any web page can make a browser send requests to 127.0.0.1, and a name it owns can be pointed there. So, always: a
foreign or `null` Origin, and `Sec-Fetch-Site: cross-site` or `same-site`, are refused with 403, a body that is not
declared as JSON with 415 (such a body needs no preflight); there is no CORS. And where no keys are set: only peers
that are on the loopback interface by their socket, only hosts with a loopback name, and nothing that came through a
proxy, whose own peers could be anybody.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from attrs import define, field
from starlette.types import ASGIApp, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call
from ccgate.middleware.answers import refuse
from ccgate.translators import Headers
from ccgate.wire.headers import get

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDING = frozenset({b"forwarded", b"via", b"x-real-ip"})
FORWARDING_FROM = b"x-forwarded-"
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def lower(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


@define
class OriginGuard:
    """`local_only`: no keys are set, so only this machine may call. `allowed_hosts`: Host names to insist on, beside
    those of loopback; without keys they are insisted on in any case."""

    app: ASGIApp
    local_only: bool = False
    allowed_hosts: Collection[str] = field(default=(), converter=lower)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope)
        failure = self._objection(call)
        if failure is not None:
            await refuse(call, send, failure)
            return
        await self.app(scope, receive, send)

    def _objection(self, call: Call) -> ir.Failure | None:
        headers = call.headers
        host = text(headers, b"host")
        if foreign(text(headers, b"origin"), host) or get(headers, b"sec-fetch-site") in {b"cross-site", b"same-site"}:
            return no("requests from web pages of another origin are refused")
        if self.local_only and not loopback(call.peer):
            return no("API access is restricted to localhost when no API key is configured")
        if self.local_only and any(map(forwarding, call.headers)):
            return no("API access through a proxy needs an API key to be configured")
        insists = self.local_only or self.allowed_hosts
        if insists and hostname(host) not in LOOPBACK_HOSTS and hostname(host) not in self.allowed_hosts:
            return no(f"the host {host!r} is not one of this gateway's; [server] allowed_hosts names them")
        if call.method in WITH_BODY and not is_json(text(headers, b"content-type")):
            message = "the body must be declared as application/json"
            return ir.Failure(kind="unsupported_media", message=message, status=415, retry=False)
        return None


def no(message: str) -> ir.Failure:
    return ir.Failure.of("permission", message, retry=False)


def text(headers: Headers, name: bytes) -> str:
    return (get(headers, name) or b"").decode("latin-1")


def foreign(origin: str, host: str) -> bool:
    """Whether a page of another origin sent this. Only browsers send the header."""
    if not origin:
        return False
    try:
        sender = urlsplit(origin).netloc.lower()
    except ValueError:
        return True
    return not sender or sender != host.lower()


def forwarding(header: tuple[bytes, bytes]) -> bool:
    """Whether only a proxy would send this."""
    return header[0] in FORWARDING or header[0].startswith(FORWARDING_FROM)


def hostname(host: str) -> str:
    """The Host header without its port, lower case."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def loopback(peer: str | None) -> bool:
    """Whether a socket's peer is this machine. No peer known: no."""
    if peer is None:
        return False
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"
