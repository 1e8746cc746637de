"""From a configuration to the parts: the only place that knows both.

Parts take plain arguments and know no configuration, so that a host can use them without one.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import urlencode

from attrs import evolve
from starlette.types import ASGIApp

from ccgate.config import Config, Limits, Provider, Route
from ccgate.middleware.pool import Member, Pool
from ccgate.middleware.translate import Translate
from ccgate.observe import Observer
from ccgate.plugins import load
from ccgate.router import BoundRoute, Served
from ccgate.rules import rule
from ccgate.store import Store
from ccgate.translators import Translator, find
from ccgate.transport import Headers, HttpxTransport, Transport
from ccgate.upstream import Upstream

TransportFor = Callable[[Provider], Transport]


def default_transport(made: dict[tuple[str, str], Transport], provider: Provider) -> Transport:
    """The transport for a provider's proxy and certificate settings; one for each pair."""
    key = (provider.proxy or "", str(provider.verify))
    if key not in made:
        made[key] = HttpxTransport(proxy=provider.proxy, verify=certificates(provider.verify))
    return made[key]


def certificates(verify: bool | str) -> bool | ssl.SSLContext:
    """What a server's certificate is held against: the system's authorities, those in a file, or nothing."""
    return ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify


def providers(config: Config, transport: TransportFor) -> tuple[Served, ...]:
    """Every enabled provider, with one member for each of its keys."""
    return tuple(served(provider, config.limits, transport) for provider in config.providers if provider.enabled)


def served(provider: Provider, limits: Limits, transport: TransportFor) -> Served:
    speaks = find(provider.preset.translator)
    keys: Sequence[str | None] = provider.keys if provider.auth == "key" and provider.keys else (None,)
    members = [
        Member(
            provider=provider.name,
            key=f"key-{number}",
            passthrough=provider.auth == "passthrough",
            app=Translate(
                app=upstream(provider, limits, speaks, key, transport(provider)),
                speaks=speaks,
                provider=provider.name,
                models=provider.models,
                max_body=limits.max_body,
            ),
        )
        for number, key in enumerate(keys, 1)
    ]
    return Served(name=provider.name, dialect=provider.dialect, models=provider.models, members=members)


def upstream(provider: Provider, limits: Limits, speaks: Translator, key: str | None, transport: Transport) -> Upstream:
    preset = provider.preset
    return Upstream(
        transport=transport,
        base_url=provider.base_url,
        default_path=preset.default_path,
        version=preset.version,
        endpoint=preset.endpoint,
        authorize=(preset.authorize(key) or speaks.authorize(key)) if key else (),
        secrets=[key.encode()] if key else [],
        headers=header_lines(provider.headers),
        query=urlencode(provider.query).encode(),
        connect_timeout=limits.connect_timeout,
        first_byte_timeout=provider.timeout or limits.first_byte_timeout,
        idle_timeout=limits.idle_timeout,
    )


def named_middleware(config: Config) -> list[Callable[[ASGIApp], ASGIApp]]:
    """The middleware that the configuration names, each a function from app to app."""
    return [
        partial(load(plugin.use, where=f"middleware[{index}].use"), **plugin.options)
        for index, plugin in enumerate(config.middleware)
    ]


def named_observers(config: Config) -> list[Observer]:
    """The observers that the configuration names."""
    return [
        load(plugin.use, where=f"observers[{index}].use")(**plugin.options)
        for index, plugin in enumerate(config.observers)
    ]


def header_lines(headers: Mapping[str, str]) -> Headers:
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


def routes(config: Config, serving: Sequence[Served], store: Store) -> tuple[BoundRoute, ...]:
    """Every route that still has somebody to ask, in order."""
    by_name = {provider.name: provider for provider in serving}
    bound = (bind(route, by_name, config.limits.attempts, store) for route in config.routes)
    return tuple(route for route in bound if route.pool.members)


def bind(route: Route, by_name: Mapping[str, Served], attempts: int, store: Store) -> BoundRoute:
    members = [
        evolve(upstream_of, model=member.model, on_loss=route.on_loss)
        for member in route.members
        if member.provider in by_name
        for upstream_of in by_name[member.provider].members
    ]
    pool = Pool(members=members, route=route.name, select=route.select, attempts=attempts, store=store)
    return BoundRoute(name=route.name, rules=[rule(written) for written in route.when], pool=pool)
