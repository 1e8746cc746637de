"""Who may call: the holders of a key.

A key comes as `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`, never in the URL; one right credential among
several is enough, since Claude Code sends two when two are configured. Keys are compared as bytes (a header may hold
any), by their digests, so that the time it takes says nothing about them.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from attrs import define, field
from starlette.types import ASGIApp, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call
from ccgate.middleware.answers import refuse


def digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


@define
class Auth:
    """Lets callers in that know one of `keys` (name of the principal -> key). No keys: everybody, as "local"."""

    app: ASGIApp
    keys: Mapping[str, str] = field(repr=False)
    _digests: dict[bytes, str] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._digests = {digest(key.encode()): name for name, key in self.keys.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope)
        call.principal = self._principal(call)
        if call.principal is None:
            await refuse(call, send, self._refusal(call))
            return
        await self.app(scope, receive, send)

    def _principal(self, call: Call) -> str | None:
        if not self._digests:
            return "local"
        for credential in call.credentials:
            offered = digest(credential)
            name = self._digests.get(offered)
            if name is not None and hmac.compare_digest(offered, digest(self.keys[name].encode())):
                return name
        return None

    @staticmethod
    def _refusal(call: Call) -> ir.Failure:
        why = "Invalid API key" if call.credentials else "Missing API key"
        hint = "send one of this gateway's own keys as Authorization: Bearer or x-api-key"
        return ir.Failure.of("authentication", f"{why}: {hint}", retry=False)
