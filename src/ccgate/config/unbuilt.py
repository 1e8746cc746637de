"""What a configuration may say and this version does not do yet: one row each, shrinking with every version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ccgate.config.route import rule_name
from ccgate.config.sections import Limits

if TYPE_CHECKING:
    from ccgate.config.whole import Config

UNBUILT_SECTIONS = ("circuit_breaker", "rate_limit", "compare", "modes", "health")
UNBUILT_LIMITS = ("max_concurrent", "keepalive", "head_after")
UNBUILT_PROVIDER = ("body", "model_map", "overrides")
BUILT_RULES = ("model",)
BUILT_SELECTS = ("sticky", "ordered")

_SAYS = "is accepted, and has no effect in this version"


def warnings(config: Config) -> tuple[str, ...]:
    """The texts, each beginning with a path. Only what differs from its default is told."""
    return tuple(f"{where} {_SAYS}" for row in _ROWS for where in row(config))


def _sections(config: Config) -> Iterator[str]:
    default = type(config)()
    for name in UNBUILT_SECTIONS:
        if getattr(config, name) != getattr(default, name):
            yield name


def _limits(config: Config) -> Iterator[str]:
    for name in UNBUILT_LIMITS:
        if getattr(config.limits, name) != getattr(Limits(), name):
            yield f"limits.{name}"


def _mode(config: Config) -> Iterator[str]:
    if config.mode != "target":
        yield f"mode {config.mode!r}"


def _urls(config: Config) -> Iterator[str]:
    if config.server.forward:
        yield "server.forward"
    if config.store.url != "memory://":
        yield "store.url"
    if config.ledger.url != "memory://":
        yield "ledger.url"


def _providers(config: Config) -> Iterator[str]:
    for index, provider in enumerate(config.providers):
        for name in UNBUILT_PROVIDER:
            if getattr(provider, name):
                yield f"providers[{index}].{name}"
        if provider.weight != 1:
            yield f"providers[{index}].weight"
        if provider.auth == "passthrough":
            yield f"providers[{index}].auth: 'passthrough'"


def _rules(config: Config) -> Iterator[str]:
    for index, route in enumerate(config.routes):
        for place, rule in enumerate(route.when):
            if rule_name(rule) not in BUILT_RULES:
                yield f"routes[{index}].when[{place}]: rule {rule_name(rule)!r}"


def _selects(config: Config) -> Iterator[str]:
    for index, route in enumerate(config.routes):
        if route.select not in BUILT_SELECTS:
            yield f"routes[{index}].select: {route.select!r}"


_ROWS: tuple[Callable[[Config], Iterator[str]], ...] = (_mode, _sections, _limits, _urls, _providers, _rules, _selects)
