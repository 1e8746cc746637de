"""Who is asked: one provider and its keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import Factory, field, frozen

from ccgate import providers
from ccgate.config.checks import (
    flag,
    gathered,
    named,
    named_texts,
    one_of,
    positive,
    refuse,
    text,
    texts,
    web_address,
)
from ccgate.config.lists import items, strings
from ccgate.config.secret import Secret, key_problem, secret
from ccgate.config.units import Seconds, optional_seconds
from ccgate.errors import ConfigError
from ccgate.providers import KINDS, Preset

AUTHS = ("key", "passthrough", "none")


def _optional_secret(key: str | None) -> Secret | None:
    return None if key is None else secret(key)


def _secrets(keys: Iterable[str]) -> tuple[Secret, ...]:
    return tuple(secret(key) for key in items(keys))


def _kind_named(name: str) -> str:
    return name if name in KINDS else ""


def _home(kind: str) -> str:
    return providers.preset(kind).base_url if kind in KINDS else ""


@frozen(kw_only=True)
class Provider:
    """One place to ask. Only `name` is needed, and `kind` where the name is not itself a kind."""

    name: str
    """Without comma or slash: `name,model` names a provider's model."""
    kind: str = field(default=Factory(lambda self: _kind_named(self.name), takes_self=True))
    """One of `ccgate.providers.KINDS`; left out, the name is the kind."""
    base_url: str = field(default=Factory(lambda self: _home(self.kind), takes_self=True))
    """What the vendor prints; left out, the kind's own."""
    api_key: Secret | None = field(default=None, converter=_optional_secret, repr=False)
    api_keys: tuple[Secret, ...] = field(default=(), converter=_secrets, repr=False)
    """Instead of `api_key`: several, asked in this order."""
    models: tuple[str, ...] = field(default=(), converter=strings)
    """What it serves; empty: not known."""
    enabled: bool = True
    weight: float = 1
    auth: str = "key"
    """key: ours is shown; passthrough: the caller's own credential is passed on; none: none is shown."""
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    """Set on every request to it."""
    body: Mapping[str, object] = field(factory=dict, repr=False)
    """Set at the top level of every request's body."""
    query: Mapping[str, str] = field(factory=dict, repr=False)
    """Added to every request's URL."""
    model_map: Mapping[str, str] = field(factory=dict)
    """The name a caller asks for -> the name this provider is asked for."""
    proxy: str | None = field(default=None, repr=False)
    verify: bool | str = True
    """Whether its certificate is checked; a path: against the authorities in that file."""
    timeout: Seconds | None = field(default=None, converter=optional_seconds)
    """Instead of `limits.first_byte_timeout`."""
    overrides: Mapping[str, object] = field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        refuse(
            _name_problem(self.name),
            _kind_problem(self.kind) or _base_url_problem(self.base_url),
            _keys_problem(self.api_key, self.api_keys),
            texts("models", self.models),
            flag("enabled", self.enabled),
            positive("weight", self.weight),
            one_of("auth", self.auth, AUTHS),
            named_texts("headers", self.headers),
            named("body", self.body),
            named_texts("query", self.query),
            named_texts("model_map", self.model_map),
            None if self.proxy is None else text("proxy", self.proxy),
            flag("verify", self.verify) if not isinstance(self.verify, str) else text("verify", self.verify),
            None if self.timeout is None else positive("timeout", self.timeout),
            named("overrides", self.overrides),
        )

    @property
    def keys(self) -> tuple[Secret, ...]:
        """All its keys, in their written order."""
        return (self.api_key,) if self.api_key is not None else self.api_keys

    @property
    def preset(self) -> Preset:
        return providers.preset(self.kind)

    @property
    def dialect(self) -> str:
        """The dialect it is asked in."""
        return self.preset.dialect


def _name_problem(name: object) -> ConfigError | None:
    problem = text("name", name)
    if problem is None and ("," in str(name) or "/" in str(name) or not str(name).isprintable() or " " in str(name)):
        return ConfigError("must hold no comma, slash or space", where="name", hint="`provider,model` is written so")
    return problem


def _kind_problem(kind: object) -> ConfigError | None:
    if kind == "":
        known = ", ".join(KINDS)
        return ConfigError("is required, because the name is not itself a kind", where="kind", hint=f"known: {known}")
    if not isinstance(kind, str):
        return ConfigError("must be a string", where="kind")
    try:
        providers.preset(kind)
    except ConfigError as problem:
        return problem
    return None


def _base_url_problem(base_url: object) -> ConfigError | None:
    if base_url == "":
        return ConfigError("is required for this kind", where="base_url", hint="as in https://api.example.com/v1")
    return web_address("base_url", base_url)


def _keys_problem(key: Secret | None, keys: tuple[Secret, ...]) -> ConfigError | None:
    if key is not None and keys:
        return ConfigError("stands beside api_key", where="api_keys", hint="write one of the two")
    one = None if key is None else key_problem("api_key", key)
    return gathered([one, *(key_problem(f"api_keys[{index}]", item) for index, item in enumerate(keys))])
