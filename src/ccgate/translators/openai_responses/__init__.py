"""OpenAI Responses, both sides, as Codex and the SDKs speak it: https://platform.openai.com/docs/api-reference/responses.

A conversation that is kept at the provider (`previous_response_id`, `conversation`) can only go on there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from ccgate import ir
from ccgate.translators.openai_responses import failures, reading, sealed
from ccgate.translators.openai_responses.answers import Answer
from ccgate.translators.openai_responses.decoder import StreamDecoder, WholeDecoder
from ccgate.translators.openai_responses.encoder import StreamEncoder, WholeEncoder
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.translators.openai_responses.names import Declared, renamed
from ccgate.translators.openai_responses.reading import at_home
from ccgate.translators.openai_responses.tap import StreamTap, WholeTap
from ccgate.translators.openai_responses.writing import PATH, write_request
from ccgate.translators.protocol import Body, Decoder, Draft, Encoder, Headers, Operation, Tap
from ccgate.wire.errors_openai import read_failure
from ccgate.wire.jsontext import JsonText

PATHS: Final[Mapping[str, Operation]] = {
    "/v1/responses": "generate",
    "/responses": "generate",
    "/v1/models": "models",
}
"""Clients append no more than `/responses` to a base URL, which may or may not end in /v1."""


@frozen
class OpenAIResponses:
    """One dialect, both sides."""

    dialect: str = DIALECT
    asking_headers: tuple[bytes, ...] = (b"openai-beta",)

    @property
    def paths(self) -> Mapping[str, Operation]:
        return PATHS

    def asks(self, headers: Headers) -> bool:
        """Codex marks its requests in several ways; the SDKs do not, and list models as any client of OpenAI's."""
        return any(
            name.startswith(b"x-codex-")
            or (name in {b"originator", b"user-agent"} and value.lower().startswith(b"codex"))
            for name, value in headers
        )

    def check(self, body: Body, operation: Operation) -> None:
        if operation == "generate":
            reading.check(body)

    def read_request(self, body: Body) -> ir.Request:
        return reading.read_request(body)

    def session(self, body: Body, headers: Headers) -> str | None:
        return reading.session(body, headers)

    def streams(self, body: Body) -> bool:
        return body.get("stream") is True

    def edits(self, text: JsonText, *, model: str) -> Mapping[str, Any]:  # noqa: ARG002
        return sealed.edits(text)

    def encoder(self, *, stream: bool, asked: ir.Request | None = None) -> Encoder:
        """With `asked`, calls are told as the caller declared its tools: in their namespaces, as free text."""
        parallel = asked is None or asked.choice is None or asked.choice.parallel is not False
        answer = Answer(Declared.of(asked), parallel)
        return StreamEncoder(answer) if stream else WholeEncoder(answer)

    def tap(self, *, stream: bool) -> Tap:
        return StreamTap() if stream else WholeTap()

    def write_failure(self, failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
        return failures.write_failure(failure)

    def read_failure(self, status: int, headers: Headers, body: bytes) -> ir.Failure:
        return read_failure(status, headers, body)

    def write_models(self, names: Sequence[str]) -> dict[str, Any]:
        return {"object": "list", "data": [self.write_model(name) for name in names]}

    def write_model(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": 0, "owned_by": "ccgate"}

    def write_count(self, tokens: int) -> dict[str, Any]:
        """https://platform.openai.com/docs/api-reference/responses/input-tokens"""
        return {"object": "response.input_tokens", "input_tokens": tokens}

    def path(self, operation: Operation, *, model: str, stream: bool) -> str | None:  # noqa: ARG002
        return {"generate": PATH, "models": "/models"}.get(operation)

    def write_request(self, request: ir.Request) -> Draft:
        return write_request(request)

    def authorize(self, key: str) -> Headers:
        return ((b"authorization", b"Bearer " + key.encode()),)

    def decoder(self, *, stream: bool, asked: ir.Request | None = None) -> Decoder:
        """`asked` is the request as it was given to `write_request`: names that had to be changed are told again as
        the caller wrote them."""
        restored = {} if asked is None or at_home(asked) else renamed(asked)
        return StreamDecoder(restored) if stream else WholeDecoder(restored)


translator = OpenAIResponses()
