"""What a translator is: the class that speaks one dialect, to and from the IR.

A translator holds no state and knows no socket, clock or await. What lives as long as one reply is made by it:
decoders, encoders and taps. A *decoder* turns an upstream's bytes into events. An *encoder* turns events into the
bytes a client wants. A *tap* watches a reply that is relayed untouched, because both sides speak its dialect.

Bodies of requests are decoded JSON objects, already checked by `ccgate.wire.jsontext`. Bodies of replies are bytes,
in pieces of any size: every cut must give the same events.

A module `ccgate.translators.NAME` (or a plug-in) ends with `translator = Name()`; tests hold it to the laws of
`ccgate.testing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from attrs import field, frozen

from ccgate import ir
from ccgate.wire.jsontext import JsonText

Headers = tuple[tuple[bytes, bytes], ...]
Body = Mapping[str, Any]

Operation = Literal["generate", "count_tokens", "models"]
"""What a client wants of a path: an answer, the number of tokens its request would have, or the list of models."""

Asking = Operation | Literal["stream"]
"""What a path says: an operation; where the path names the model, "stream" is "generate" with a stream."""


@frozen(kw_only=True)
class Draft:
    """A request as an upstream of some dialect wants it, and what of the original it could not hold."""

    path: str
    """What is appended to the provider's base URL, query included where the dialect needs one."""
    body: dict[str, Any] = field(repr=False)
    headers: Headers = ()
    """Those the dialect itself needs, without a credential."""
    losses: tuple[ir.Loss, ...] = ()


class Decoder(Protocol):
    """Bytes of one reply to events. One that is told `stream=False` reads a whole JSON document."""

    @property
    def done(self) -> bool:
        """The dialect's last event was seen: nothing that follows matters."""
        ...

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        """The events that `data` completes. Raises `MalformedReply` for what the dialect cannot say."""
        ...

    def close(self) -> Sequence[ir.Event]:
        """The events that were still held. Raises `TruncatedReply` when the reply may not end here."""
        ...


class Encoder(Protocol):
    """Events of one reply to bytes. One that is told `stream=False` answers with one JSON document in `close()`."""

    @property
    def losses(self) -> Sequence[ir.Loss]:
        """What the dialect could not say, so far."""
        ...

    def feed(self, event: ir.Event) -> bytes:
        """What can be written now. A `Failed` ends a stream in the dialect's own way."""
        ...

    def close(self) -> bytes:
        """The rest. Raises `GrammarBroken` when the reply is not finished."""
        ...


class Tap(Protocol):
    """Watches a reply in its own dialect go by. It never raises for what it cannot read: it is not the judge."""

    @property
    def usage(self) -> ir.Usage | None:
        """Tokens, as far as they were told. Of a whole reply: ask when all of it has passed."""
        ...

    @property
    def endable(self) -> bool:
        """The reply may end here: its dialect asks for nothing more, or only for what clients can do without."""
        ...

    @property
    def content(self) -> bool:
        """Something other than a prelude has passed: the reply is committed."""
        ...

    @property
    def complete(self) -> bool:
        """The dialect's last event has passed."""
        ...

    @property
    def failure(self) -> ir.Failure | None:
        """An error event has passed."""
        ...

    def feed(self, data: bytes) -> None:
        """See the next bytes; of a stream, always whole frames."""
        ...

    def end(self, failure: ir.Failure) -> bytes:
        """What must be sent now so that a client of this dialect understands that its stream failed."""
        ...


class ClientSide(Protocol):
    """We are the server, a client of this dialect asks."""

    @property
    def dialect(self) -> str: ...

    @property
    def paths(self) -> Mapping[str, Asking]:
        """The paths its clients ask for, without a prefix: `{"/v1/messages": "generate"}`.

        A path may name the model: `/v1/models/{model}:ask`. Then nothing is said of model and stream in the body: who
        found the path fills them into the request, and `path()` of an upstream carries them on.
        """
        ...

    def asks(self, headers: Headers) -> bool:
        """Whether a request on a path that dialects share (`/v1/models`) comes from a client of this one."""
        ...

    def check(self, body: Body, operation: Operation) -> None:
        """Raise `RequestRefused` for what the dialect's own servers would refuse, before anybody is asked."""
        ...

    def read_request(self, body: Body) -> ir.Request:
        """The request in our words. Raises `RequestRefused` where it makes no sense."""
        ...

    def session(self, body: Body, headers: Headers) -> str | None:
        """The conversation it belongs to, if it names one."""
        ...

    def streams(self, body: Body) -> bool:
        """Whether the client wants a stream."""
        ...

    def edits(self, text: JsonText, *, model: str) -> Mapping[str, Any]:
        """What must change in a body before a server of this dialect that runs `model` may see it: opaque state of
        other providers that rides in it (`ccgate.wire.seals`). JSON pointers, each with what shall stand there, or
        None for what must go. Nearly always nothing: then it costs a search for bytes."""
        ...

    def encoder(self, *, stream: bool, asked: ir.Request | None = None) -> Encoder:
        """An encoder for the answer to `asked`: with it, what the caller must ask for to get is sent only then."""
        ...

    @property
    def asking_headers(self) -> tuple[bytes, ...]:
        """Headers with which its clients ask for something beside the body. No other dialect has them."""
        ...

    def tap(self, *, stream: bool) -> Tap: ...

    def write_failure(self, failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
        """Status, headers (`retry-after`, `x-should-retry`) and document of an error."""
        ...

    def read_failure(self, status: int, headers: Headers, body: bytes) -> ir.Failure:
        """An error answer in our words, whatever its body looks like."""
        ...

    def write_models(self, names: Sequence[str]) -> dict[str, Any]:
        """The document that lists these models."""
        ...

    def write_model(self, name: str) -> dict[str, Any]:
        """The document that describes one model."""
        ...

    def write_count(self, tokens: int) -> dict[str, Any]:
        """The document that tells how many tokens a request has."""
        ...


class UpstreamSide(Protocol):
    """We are the client, an upstream of this dialect answers."""

    @property
    def dialect(self) -> str: ...

    def path(self, operation: Operation, *, model: str, stream: bool) -> str | None:
        """What is appended to the base URL for this operation; None: the dialect has no such thing."""
        ...

    def write_request(self, request: ir.Request) -> Draft: ...

    def authorize(self, key: str) -> Headers:
        """The headers that carry the provider's key."""
        ...

    def decoder(self, *, stream: bool, asked: ir.Request | None = None) -> Decoder:
        """A decoder for the answer to `asked`: with it, names that had to be shortened come back as the caller's."""
        ...

    def read_failure(self, status: int, headers: Headers, body: bytes) -> ir.Failure:
        """An error answer in our words, whatever its body looks like."""
        ...


class Translator(ClientSide, UpstreamSide, Protocol):
    """One dialect, both sides."""
