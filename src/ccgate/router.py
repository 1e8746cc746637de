"""Which pool answers a call.

A model named with its provider (`provider,model`, or `provider/model` where the provider exists) goes there, past all
routes. Then the first route whose rules all hold. Then the providers that list the model, in order; with no routes at
all also those that list none, and those of the caller's dialect. Nobody: 404, with the names that are known.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, evolve, field, frozen

from ccgate.call import Call
from ccgate.errors import RequestRefused
from ccgate.middleware.pool import Member, Pool
from ccgate.policy.models import split_explicit
from ccgate.rules import Model, Rule
from ccgate.store import MemoryStore, Store


@frozen(kw_only=True)
class Served:
    """One provider: its dialect, the models it lists (none: not known), and its upstreams, one for each key."""

    name: str
    dialect: str
    models: Sequence[str] = ()
    members: Sequence[Member]


@frozen(kw_only=True)
class BoundRoute:
    """A route, built."""

    name: str
    rules: Sequence[Rule] = ()
    pool: Pool


@define(kw_only=True)
class Router:
    """Finds the pool of a call."""

    providers: Sequence[Served]
    routes: Sequence[BoundRoute] = ()
    attempts: int = 4
    store: Store = field(factory=MemoryStore)

    def choose(self, call: Call) -> Pool:
        """The pool that answers. Raises `RequestRefused` (404) when nobody serves the model."""
        explicit = split_explicit(call.model, {provider.name for provider in self.providers})
        if explicit is not None:
            return self._explicit(*explicit)
        for route in self.routes:
            if all(rule(call) for rule in route.rules):
                return route.pool
        serving = [provider for provider in self.providers if self._serves(provider, call)]
        if not serving:
            raise self._unknown(f"no provider serves the model {call.model!r}")
        members = [member for provider in serving for member in provider.members]
        return Pool(members=members, attempts=self.attempts, store=self.store)

    @property
    def models(self) -> tuple[str, ...]:
        """Every model a caller can name: those of the routes' rules, then the providers' own, without repeats."""
        rules = (rule for route in self.routes for rule in route.rules if isinstance(rule, Model))
        named = [rule.matches for rule in rules if not {"*", "?"} & set(rule.matches)]
        listed = [model for provider in self.providers for model in provider.models]
        return tuple(dict.fromkeys([*named, *listed]))

    def _serves(self, provider: Served, call: Call) -> bool:
        if call.model in provider.models:
            return True
        return not self.routes and (not provider.models or provider.dialect == call.client.dialect)

    def _explicit(self, name: str, model: str) -> Pool:
        provider = next((provider for provider in self.providers if provider.name == name), None)
        if provider is None:
            known = ", ".join(provider.name for provider in self.providers) or "none"
            raise self._unknown(f"no provider is named {name!r} (known: {known})")
        if not model:
            raise RequestRefused(f"a model must follow the comma in {name + ','!r}")
        members = [evolve(member, model=model) for member in provider.members]
        return Pool(members=members, attempts=self.attempts, store=self.store)

    def _unknown(self, why: str) -> RequestRefused:
        known = ", ".join(self.models[:50]) or "none are listed"
        return RequestRefused(f"{why}; known models: {known}", kind="not_found", status=404, code="model_not_found")
