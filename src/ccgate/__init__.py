"""ccgate: an LLM gateway library for coding agents.

    from ccgate import Config, Gateway, Provider
    gateway = Gateway(Config(providers=[Provider(name="anthropic", api_key="sk-...")]))
    app = Starlette(routes=[Mount("/llm", app=gateway)], lifespan=gateway.lifespan)

Everything here is loaded when it is first asked for: `import ccgate` itself costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ccgate.version import __version__

if TYPE_CHECKING:
    from ccgate import ir
    from ccgate.call import Call
    from ccgate.config import (
        ApiKey,
        Auth,
        Config,
        Limits,
        Provider,
        Route,
        Server,
    )
    from ccgate.endpoint import Endpoint
    from ccgate.errors import CcgateError, ConfigError, RequestRefused, TransportError
    from ccgate.gateway import Gateway
    from ccgate.middleware.auth import Auth as AuthMiddleware
    from ccgate.middleware.errors import Errors
    from ccgate.middleware.origin_guard import OriginGuard
    from ccgate.middleware.pool import Member, Pool
    from ccgate.middleware.trace import Trace
    from ccgate.middleware.translate import Translate
    from ccgate.observe import AttemptEnded, CallEnded, LogObserver, Observer
    from ccgate.store import MemoryStore, Store
    from ccgate.translators import find as translator
    from ccgate.transport import HttpxTransport, Transport
    from ccgate.upstream import Upstream

_HOME = {
    "ApiKey": "ccgate.config",
    "AttemptEnded": "ccgate.observe",
    "Auth": "ccgate.config",
    "AuthMiddleware": "ccgate.middleware.auth:Auth",
    "Call": "ccgate.call",
    "CallEnded": "ccgate.observe",
    "CcgateError": "ccgate.errors",
    "Config": "ccgate.config",
    "ConfigError": "ccgate.errors",
    "Endpoint": "ccgate.endpoint",
    "Errors": "ccgate.middleware.errors",
    "Gateway": "ccgate.gateway",
    "HttpxTransport": "ccgate.transport",
    "Limits": "ccgate.config",
    "LogObserver": "ccgate.observe",
    "Member": "ccgate.middleware.pool",
    "MemoryStore": "ccgate.store",
    "Observer": "ccgate.observe",
    "OriginGuard": "ccgate.middleware.origin_guard",
    "Pool": "ccgate.middleware.pool",
    "Provider": "ccgate.config",
    "RequestRefused": "ccgate.errors",
    "Route": "ccgate.config",
    "Server": "ccgate.config",
    "Store": "ccgate.store",
    "Trace": "ccgate.middleware.trace",
    "Translate": "ccgate.middleware.translate",
    "Transport": "ccgate.transport",
    "TransportError": "ccgate.errors",
    "Upstream": "ccgate.upstream",
    "ir": "ccgate.ir:",
    "translator": "ccgate.translators:find",
}

__all__ = [
    "ApiKey",
    "AttemptEnded",
    "Auth",
    "AuthMiddleware",
    "Call",
    "CallEnded",
    "CcgateError",
    "Config",
    "ConfigError",
    "Endpoint",
    "Errors",
    "Gateway",
    "HttpxTransport",
    "Limits",
    "LogObserver",
    "Member",
    "MemoryStore",
    "Observer",
    "OriginGuard",
    "Pool",
    "Provider",
    "RequestRefused",
    "Route",
    "Server",
    "Store",
    "Trace",
    "Translate",
    "Transport",
    "TransportError",
    "Upstream",
    "__version__",
    "ir",
    "translator",
]


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, colon, attribute = home.partition(":")
    found = importlib.import_module(module)
    value: object = found if colon and not attribute else getattr(found, attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
