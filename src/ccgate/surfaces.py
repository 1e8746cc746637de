"""Which client asks for what: from a path and some headers to a dialect and an operation.

Several dialects may share a path (`/v1/models`); then the one whose `asks(headers)` says so is taken, else the last
of the table. Paths are matched as written in `scope["path"]`, never from a URL that a Host header could bend. In some
dialects the path names the model, and says whether the answer is to be streamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import define, field, frozen

from ccgate.translators import Asking, ClientSide, Headers, Operation, find

DEFAULT_DIALECTS = ("anthropic", "gemini", "openai_responses", "openai_chat")
MODEL = "{model}"
"""Where the model's name stands in a path; it may itself hold slashes."""


@frozen
class Surface:
    """What a request is for. `argument` is what follows the path: the model's name in `/v1/models/NAME`."""

    client: ClientSide
    operation: Operation
    argument: str | None = None
    model: str | None = None
    """The model, where the path names it; None: the body does."""
    stream: bool = False
    """Whether a stream is wanted, where the path says so."""


def operation_of(asking: Asking) -> Operation:
    return "generate" if asking == "stream" else asking


@frozen
class Pattern:
    """A path that names the model."""

    before: str
    after: str
    client: ClientSide
    asking: Asking

    def model(self, path: str) -> str | None:
        """The name of the model in a path of this kind."""
        fits = path.startswith(self.before) and path.endswith(self.after)
        return path[len(self.before) : len(path) - len(self.after)] or None if fits else None


@define
class Surfaces:
    """The table of all client dialects, in the order they are asked; the last is the fallback."""

    clients: tuple[ClientSide, ...]
    _by_path: dict[str, list[tuple[ClientSide, Operation]]] = field(init=False, factory=dict)
    _patterns: list[Pattern] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        for client in self.clients:
            for path, asking in client.paths.items():
                before, named, after = path.partition(MODEL)
                if named:
                    self._patterns.append(Pattern(before, after, client, asking))
                else:
                    self._by_path.setdefault(path, []).append((client, operation_of(asking)))

    @classmethod
    def of(cls, dialects: Iterable[str] = DEFAULT_DIALECTS) -> Surfaces:
        """The table of these dialects."""
        return cls(tuple(find(dialect) for dialect in dialects))

    @property
    def paths(self) -> Sequence[str]:
        """Everything that is served, sorted."""
        named = (pattern.before + MODEL + pattern.after for pattern in self._patterns)
        return sorted({*self._by_path, *named})

    def match(self, path: str, headers: Headers) -> Surface | None:
        """The surface of a request, or None when nobody serves its path."""
        argument = None
        served = self._by_path.get(path, [])
        if not served:
            named = self._named(path)
            if named is not None:
                return named
            served, argument = self._below(path)
        if not served:
            return None
        client, operation = next((each for each in served if each[0].asks(headers)), served[-1])
        return Surface(client, operation, argument)

    def _named(self, path: str) -> Surface | None:
        """The surface of a path that names the model."""
        for pattern in self._patterns:
            model = pattern.model(path)
            if model is not None:
                operation = operation_of(pattern.asking)
                return Surface(pattern.client, operation, model=model, stream=pattern.asking == "stream")
        return None

    def _below(self, path: str) -> tuple[list[tuple[ClientSide, Operation]], str | None]:
        """Who lists models right above this path, and the name below it, which may itself hold slashes."""
        for listing, served in self._by_path.items():
            models = [each for each in served if each[1] == "models"]
            if models and path.startswith(listing + "/") and len(path) > len(listing) + 1:
                return models, path[len(listing) + 1 :]
        return [], None

    def speaker(self, path: str, headers: Headers) -> ClientSide:
        """Who asks, as far as it can be guessed for a path that is not served: by path, then by headers."""
        surface = self.match(path, headers)
        if surface is not None:
            return surface.client
        for client in self.clients:
            if any(path.startswith(served + "/") for served in client.paths):
                return client
        return next((client for client in self.clients if client.asks(headers)), self.clients[-1])
