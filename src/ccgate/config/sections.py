"""The sections of a configuration that are options of one part each. Durations are seconds, sizes bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from ccgate.config.checks import flag, gathered, named, one_of, positive, ratio, refuse, text, texts, whole
from ccgate.config.lists import items, strings
from ccgate.config.secret import Secret, key_problem, secret
from ccgate.config.units import Seconds, Size, optional_seconds, seconds, size
from ccgate.errors import ConfigError

PRINCIPALS = ("principal", "key", "address", "route")


@frozen(kw_only=True)
class Server:
    """Where the program listens. A gateway mounted in a host does not read host and port."""

    host: str = "127.0.0.1"
    port: int = 3456
    """0: any free port."""
    allowed_hosts: tuple[str, ...] = field(default=(), converter=strings)
    """The `Host` values that are answered; empty: any when keys are set, else loopback names only."""
    forward: tuple[str, ...] = field(default=(), converter=strings)
    """Path prefixes that are passed on to the selected provider unread, as in `/v1/files`."""

    def __attrs_post_init__(self) -> None:
        refuse(
            text("host", self.host),
            whole("port", self.port, high=65535),
            texts("allowed_hosts", self.allowed_hosts),
            gathered(_prefix(f"forward[{index}]", prefix) for index, prefix in enumerate(self.forward)),
        )


def _prefix(where: str, prefix: object) -> ConfigError | None:
    if isinstance(prefix, str) and prefix.startswith("/") and prefix.strip("/"):
        return None
    return ConfigError("must be a path that begins with a slash", where=where, hint="as in /v1/files")


def _secret(key: str) -> Secret:
    return secret(key)


@frozen
class ApiKey:
    """One key that a caller may show. `name` is what logs and the ledger call that caller."""

    key: Secret = field(converter=_secret, repr=False)
    name: str = ""

    def __attrs_post_init__(self) -> None:
        refuse(key_problem("key", self.key), text("name", self.name, may_be_empty=True))


def _api_keys(values: Iterable[str | ApiKey]) -> tuple[ApiKey, ...]:
    keys = [value if isinstance(value, ApiKey) else ApiKey(value) for value in items(values)]
    return tuple(evolve(key, name=key.name or f"key-{number}") for number, key in enumerate(keys, 1))


@frozen(kw_only=True)
class Auth:
    """Who may call. No keys: only peers on loopback."""

    api_keys: tuple[ApiKey, ...] = field(default=(), converter=_api_keys)
    """Given as texts or as ApiKey; a key without a name is called key-1, key-2, ..."""
    open: bool = False
    """True: whoever reaches us may call, because the host authenticates."""

    def __attrs_post_init__(self) -> None:
        refuse(flag("open", self.open))


@frozen(kw_only=True)
class StickyOptions:
    """How long a session stays with the provider that answered it."""

    ttl: Seconds = field(default=300.0, converter=seconds)


@frozen(kw_only=True)
class Limits:
    """How much, how many and how long. There is no limit on the whole time of a call."""

    max_body: Size = field(default=32 * 2**20, converter=size)
    max_concurrent: int = 1000
    connect_timeout: Seconds = field(default=5.0, converter=seconds)
    first_byte_timeout: Seconds = field(default=300.0, converter=seconds)
    """From the request sent to the first good event of a stream, or to the head of a whole reply."""
    idle_timeout: Seconds = field(default=300.0, converter=seconds)
    """Between two bytes of a reply."""
    keepalive: Seconds = field(default=15.0, converter=seconds)
    """A stream that is silent for so long gets a ping."""
    head_after: Seconds = field(default=30.0, converter=seconds)
    """A streaming client gets its 200 and keep-alives when nothing came by then."""
    drain_timeout: Seconds = field(default=30.0, converter=seconds)
    attempts: int = 4
    """Requests sent upstream for one call, at most."""

    def __attrs_post_init__(self) -> None:
        refuse(
            whole("max_body", self.max_body, low=1),
            whole("max_concurrent", self.max_concurrent, low=1),
            positive("connect_timeout", self.connect_timeout),
            positive("first_byte_timeout", self.first_byte_timeout),
            positive("idle_timeout", self.idle_timeout),
            positive("keepalive", self.keepalive),
            whole("attempts", self.attempts, low=1),
        )


@frozen(kw_only=True)
class CircuitBreakerOptions:
    """When a provider, key and model is not asked for a while."""

    failures: int = 5
    """Failures in a row that open it."""
    ratio: float = 0.5
    """Or this share of failures among at least `min_calls` within `window`."""
    min_calls: int = 20
    window: Seconds = field(default=60.0, converter=seconds)
    open_for: Seconds = field(default=30.0, converter=seconds)

    def __attrs_post_init__(self) -> None:
        refuse(
            whole("failures", self.failures, low=1),
            ratio("ratio", self.ratio),
            whole("min_calls", self.min_calls, low=1),
            positive("window", self.window),
            positive("open_for", self.open_for),
        )


@frozen(kw_only=True)
class RateLimitOptions:
    """How much one caller may ask."""

    requests_per_minute: int = 1000
    burst: int = 100
    tokens_per_minute: int | None = None
    by: str = "principal"
    """What counts as one caller: principal, key, address or route."""

    def __attrs_post_init__(self) -> None:
        tokens = self.tokens_per_minute
        refuse(
            whole("requests_per_minute", self.requests_per_minute, low=1),
            whole("burst", self.burst, low=1),
            None if tokens is None else whole("tokens_per_minute", tokens, low=1),
            one_of("by", self.by, PRINCIPALS),
        )


@frozen(kw_only=True)
class Compare:
    """Mode `compare`: who gets the copies."""

    to: str
    """A provider, or `provider,model`."""
    max_concurrent: int = 50

    def __attrs_post_init__(self) -> None:
        refuse(text("to", self.to), whole("max_concurrent", self.max_concurrent, low=1))


@frozen(kw_only=True)
class Modes:
    """Mode `anthropic-only`: who answers then, and whether it may be switched to at all."""

    anthropic: str | None = None
    """A provider's name; None: the first of kind anthropic."""
    allow_anthropic_only: bool = False

    def __attrs_post_init__(self) -> None:
        refuse(
            None if self.anthropic is None else text("anthropic", self.anthropic),
            flag("allow_anthropic_only", self.allow_anthropic_only),
        )


def _location(where: str, url: object, schemes: tuple[str, ...]) -> ConfigError | None:
    problem = text(where, url)
    if problem is None and str(url).partition("://")[0] not in schemes:
        known = ", ".join(f"{scheme}://" for scheme in schemes)
        return ConfigError(f"must begin with one of {known}", where=where)
    return problem


@frozen(kw_only=True)
class StoreOptions:
    """Where shared state is kept: `memory://`, `redis://HOST:PORT/DB` or `rediss://...`."""

    url: str = field(default="memory://", repr=False)

    def __attrs_post_init__(self) -> None:
        refuse(_location("url", self.url, ("memory", "redis", "rediss")))


@frozen(kw_only=True)
class LedgerOptions:
    """Where finished calls are written: `memory://`, `sqlite:///PATH` or `postgresql://...`."""

    url: str = field(default="memory://", repr=False)

    def __attrs_post_init__(self) -> None:
        refuse(_location("url", self.url, ("memory", "sqlite", "postgresql")))


@frozen(kw_only=True)
class Health:
    """Whether providers are asked for a sign of life; None: nothing is sent unasked."""

    interval: Seconds | None = field(default=None, converter=optional_seconds)

    def __attrs_post_init__(self) -> None:
        refuse(None if self.interval is None else positive("interval", self.interval))


@frozen(kw_only=True)
class Plugin:
    """A middleware or an observer from outside: `use = "pkg.mod:Name"`, and its keyword arguments."""

    use: str
    options: Mapping[str, object] = field(factory=dict, repr=False)
    """In a file they stand beside `use`."""

    def __attrs_post_init__(self) -> None:
        refuse(import_path("use", self.use), named("options", self.options))


def import_path(where: str, value: object) -> ConfigError | None:
    module, colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if module and colon and all(part.isidentifier() for part in name.split(".")):
        return None
    return ConfigError("names no object", where=where, hint="as in pkg.mod:Name or ./file.py:Name")
