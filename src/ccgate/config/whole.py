"""The whole configuration, and what its sections must know of each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve, field, frozen

from ccgate.config.checks import gathered, one_of, refuse
from ccgate.config.lists import items
from ccgate.config.provider import Provider
from ccgate.config.route import Member, Route, member_problem
from ccgate.config.sections import (
    Auth,
    CircuitBreakerOptions,
    Compare,
    Health,
    LedgerOptions,
    Limits,
    Modes,
    Plugin,
    RateLimitOptions,
    Server,
    StickyOptions,
    StoreOptions,
)
from ccgate.config.unbuilt import warnings
from ccgate.errors import ConfigError
from ccgate.words import meant

MODES = ("target", "compare", "anthropic-only")


def _providers(values: Iterable[Provider]) -> tuple[Provider, ...]:
    return items(values)


def _routes(values: Iterable[Route]) -> tuple[Route, ...]:
    return tuple(evolve(route, name=route.name or f"route-{number}") for number, route in enumerate(items(values), 1))


def _plugins(values: Iterable[Plugin]) -> tuple[Plugin, ...]:
    return items(values)


@frozen(kw_only=True)
class Config:
    """Everything a gateway is told. Lists become tuples; a value that cannot be used is a ConfigError."""

    mode: str = "target"
    """target: the routes answer; compare: and a copy goes to `compare.to`; anthropic-only: only `modes.anthropic`."""
    server: Server = field(factory=Server)
    auth: Auth = field(factory=Auth)
    providers: tuple[Provider, ...] = field(default=(), converter=_providers)
    routes: tuple[Route, ...] = field(default=(), converter=_routes)
    """In order, the first whose rules all hold. None: every provider in order, the caller's model kept."""
    sticky: StickyOptions = field(factory=StickyOptions)
    limits: Limits = field(factory=Limits)
    circuit_breaker: CircuitBreakerOptions = field(factory=CircuitBreakerOptions)
    rate_limit: RateLimitOptions | None = None
    compare: Compare | None = None
    modes: Modes = field(factory=Modes)
    store: StoreOptions = field(factory=StoreOptions)
    ledger: LedgerOptions = field(factory=LedgerOptions)
    health: Health = field(factory=Health)
    middleware: tuple[Plugin, ...] = field(default=(), converter=_plugins)
    observers: tuple[Plugin, ...] = field(default=(), converter=_plugins)

    def __attrs_post_init__(self) -> None:
        refuse(
            one_of("mode", self.mode, MODES),
            gathered(_repeats("providers", [provider.name for provider in self.providers])),
            gathered(_repeats("routes", [route.name for route in self.routes])),
            gathered(_repeats("auth.api_keys", [key.name for key in self.auth.api_keys])),
            gathered(self._strangers()),
            *self._mode_problems(),
        )

    def provider(self, name: str) -> Provider:
        """The provider of that name; KeyError when there is none."""
        return {provider.name: provider for provider in self.providers}[name]

    def warnings(self) -> tuple[str, ...]:
        """What is accepted, and has no effect in this version: one text for each."""
        return warnings(self)

    def _strangers(self) -> Iterator[ConfigError | None]:
        for index, route in enumerate(self.routes):
            for place, member in enumerate(route.members):
                yield self._stranger(f"routes[{index}].to[{place}]", member)

    def _stranger(self, where: str, member: Member) -> ConfigError | None:
        names = [provider.name for provider in self.providers]
        if member.provider in names:
            return None
        return ConfigError(f"no provider is named {member.provider!r}", where=where, hint=meant(member.provider, names))

    def _mode_problems(self) -> Iterator[ConfigError | None]:
        if self.compare is not None:
            problem = member_problem("compare.to", self.compare.to)
            yield problem or self._stranger("compare.to", Member.of(self.compare.to))
        if self.modes.anthropic is not None:
            yield self._stranger("modes.anthropic", Member(self.modes.anthropic))
        if self.mode == "compare" and self.compare is None:
            yield ConfigError("is required in mode compare", where="compare.to")
        if self.mode == "anthropic-only" and not self.modes.allow_anthropic_only:
            hint = "set modes.allow_anthropic_only = true"
            yield ConfigError("anthropic-only is not allowed", where="mode", hint=hint)


def _repeats(where: str, names: list[str]) -> Iterator[ConfigError]:
    for index, name in enumerate(names):
        first = names.index(name)
        if first < index:
            yield ConfigError(f"{name!r} is the name of {where}[{first}] already", where=f"{where}[{index}].name")
