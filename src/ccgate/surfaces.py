"""Which client asks for what: from a path and some headers to a dialect and an operation.

Several dialects may share a path (`/v1/models`); then the one whose `asks(headers)` says so is taken, else the last
of the table. Paths are matched as written in `scope["path"]`, never from a URL that a Host header could bend.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import define, field, frozen

from ccgate.translators import ClientSide, Headers, Operation, find

DEFAULT_DIALECTS = ("anthropic", "openai_chat")


@frozen
class Surface:
    """What a request is for. `argument` is what follows the path: the model's name in `/v1/models/NAME`."""

    client: ClientSide
    operation: Operation
    argument: str | None = None


@define
class Surfaces:
    """The table of all client dialects, in the order they are asked; the last is the fallback."""

    clients: tuple[ClientSide, ...]
    _by_path: dict[str, list[tuple[ClientSide, Operation]]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for client in self.clients:
            for path, operation in client.paths.items():
                self._by_path.setdefault(path, []).append((client, operation))

    @classmethod
    def of(cls, dialects: Iterable[str] = DEFAULT_DIALECTS) -> Surfaces:
        """The table of these dialects."""
        return cls(tuple(find(dialect) for dialect in dialects))

    @property
    def paths(self) -> Sequence[str]:
        """Everything that is served, sorted."""
        return sorted(self._by_path)

    def match(self, path: str, headers: Headers) -> Surface | None:
        """The surface of a request, or None when nobody serves its path."""
        argument = None
        served = self._by_path.get(path, [])
        if not served:
            served, argument = self._below(path)
        if not served:
            return None
        client, operation = next((each for each in served if each[0].asks(headers)), served[-1])
        return Surface(client, operation, argument)

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
