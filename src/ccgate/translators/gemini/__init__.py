"""Google's Gemini API, both sides: https://ai.google.dev/api/generate-content.

Model and stream stand in the path, so requests are read without them; whoever found the path knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from ccgate import ir
from ccgate.translators.gemini import failures, reading
from ccgate.translators.gemini.decoder import StreamDecoder, WholeDecoder
from ccgate.translators.gemini.encoder import StreamEncoder, WholeEncoder
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.names import restored
from ccgate.translators.gemini.tap import StreamTap, WholeTap
from ccgate.translators.gemini.writing import path_of, write_request
from ccgate.translators.protocol import Asking, Body, Decoder, Draft, Encoder, Headers, Operation, Tap
from ccgate.wire import headers as wire_headers
from ccgate.wire.jsontext import JsonText

VERSIONS: Final = ("/v1beta", "/v1")
METHODS: Final[Mapping[str, Asking]] = {
    "/models/{model}:generateContent": "generate",
    "/models/{model}:streamGenerateContent": "stream",
    "/models/{model}:countTokens": "count_tokens",
    "/models": "models",
}
PATHS: Final[Mapping[str, Asking]] = {
    version + path: asking for version in VERSIONS for path, asking in METHODS.items()
}
MARKS: Final = (b"x-goog-api-key", b"x-goog-api-client")


@frozen
class Gemini:
    """One dialect, both sides."""

    dialect: str = DIALECT
    asking_headers: tuple[bytes, ...] = ()

    @property
    def paths(self) -> Mapping[str, Asking]:
        return PATHS

    def asks(self, headers: Headers) -> bool:
        """Google's clients name themselves, or show their key in a header of Google's."""
        return any(wire_headers.get(headers, name) is not None for name in MARKS)

    def check(self, body: Body, operation: Operation) -> None:
        """Both operations want contents."""
        del operation
        reading.check(body)

    def read_request(self, body: Body) -> ir.Request:
        """Without model and stream: they stand in the path."""
        return reading.read_request(body)

    def session(self, body: Body, headers: Headers) -> str | None:
        """Its clients name no conversation; others that speak the dialect may, in the header they always use."""
        del body
        named = wire_headers.get(headers, b"session-id")
        return named.decode("latin-1") if named else None

    def streams(self, body: Body) -> bool:
        """The path says so, never the body."""
        del body
        return False

    def edits(self, text: JsonText, *, model: str) -> Mapping[str, Any]:
        """Its clients are never given other providers' state: there is none to take out."""
        del text, model
        return {}

    def encoder(self, *, stream: bool, asked: ir.Request | None = None) -> Encoder:
        """Everything is in every answer of this dialect, asked for or not."""
        del asked
        return StreamEncoder() if stream else WholeEncoder()

    def tap(self, *, stream: bool) -> Tap:
        return StreamTap() if stream else WholeTap()

    def write_failure(self, failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
        return failures.write_failure(failure)

    def read_failure(self, status: int, headers: Headers, body: bytes) -> ir.Failure:
        return failures.read_failure(status, headers, body)

    def write_models(self, names: Sequence[str]) -> dict[str, Any]:
        """https://ai.google.dev/api/models#method:-models.list"""
        return {"models": [self.write_model(name) for name in names]}

    def write_model(self, name: str) -> dict[str, Any]:
        return {
            "name": f"models/{name}",
            "displayName": name,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
        }

    def write_count(self, tokens: int) -> dict[str, Any]:
        return {"totalTokens": tokens}

    def path(self, operation: Operation, *, model: str, stream: bool) -> str | None:
        return path_of(operation, model, stream=stream)

    def write_request(self, request: ir.Request) -> Draft:
        return write_request(request)

    def authorize(self, key: str) -> Headers:
        return ((b"x-goog-api-key", key.encode()),)

    def decoder(self, *, stream: bool, asked: ir.Request | None = None) -> Decoder:
        """`asked` is the request as it was given to `write_request`: with it, tools that had to be changed are told
        again as the caller wrote them."""
        names = restored(asked)
        return StreamDecoder(names) if stream else WholeDecoder(names)


translator = Gemini()
