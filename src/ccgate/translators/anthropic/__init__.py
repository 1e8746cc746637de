"""The Messages API: what Claude Code and the vendor's SDKs speak, and api.anthropic.com answers.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ccgate import ir
from ccgate.translators.anthropic import failures, reading, sealed, writing
from ccgate.translators.anthropic.decoder import StreamDecoder, WholeDecoder
from ccgate.translators.anthropic.encoder import StreamEncoder, WholeEncoder
from ccgate.translators.anthropic.fields import DIALECT
from ccgate.translators.anthropic.restoring import changed
from ccgate.translators.anthropic.tap import StreamTap, WholeTap
from ccgate.translators.protocol import Body, Decoder, Draft, Encoder, Headers, Operation, Tap
from ccgate.wire import headers as head
from ccgate.wire.jsontext import JsonText

PATHS: Mapping[str, Operation] = {
    "/v1/messages": "generate",
    "/v1/messages/count_tokens": "count_tokens",
    "/v1/models": "models",
}
RELEASED = "1970-01-01T00:00:00Z"
"""When nobody knows when a model was released, the vendor says the epoch."""


class Anthropic:
    """Both sides of the dialect. Holds nothing."""

    dialect = DIALECT
    paths = PATHS
    asking_headers = (b"anthropic-beta",)

    def asks(self, headers: Headers) -> bool:
        """Every client of the vendor's names the version of the API."""
        return head.get(headers, b"anthropic-version") is not None

    def check(self, body: Body, operation: Operation) -> None:
        reading.check(body, operation)

    def read_request(self, body: Body) -> ir.Request:
        return reading.read_request(body)

    def session(self, body: Body, headers: Headers) -> str | None:
        return reading.session(body, headers)

    def streams(self, body: Body) -> bool:
        return body.get("stream") is True

    def edits(self, text: JsonText, *, model: str) -> Mapping[str, Any]:
        return sealed.edits(text, model)

    def encoder(self, *, stream: bool, asked: ir.Request | None = None) -> Encoder:
        """Usage is in every answer of this dialect, asked for or not."""
        del asked
        return StreamEncoder() if stream else WholeEncoder()

    def tap(self, *, stream: bool) -> Tap:
        if stream:
            return StreamTap()
        return WholeTap()

    def write_failure(self, failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
        return failures.write_failure(failure)

    def read_failure(self, status: int, headers: Headers, body: bytes) -> ir.Failure:
        return failures.read_failure(status, headers, body)

    def write_models(self, names: Sequence[str]) -> dict[str, Any]:
        """https://platform.claude.com/docs/en/api/models-list"""
        return {
            "data": [self.write_model(name) for name in names],
            "has_more": False,
            "first_id": names[0] if names else None,
            "last_id": names[-1] if names else None,
        }

    def write_model(self, name: str) -> dict[str, Any]:
        return {"type": "model", "id": name, "display_name": name, "created_at": RELEASED, "lifecycle": "active"}

    def write_count(self, tokens: int) -> dict[str, Any]:
        return {"input_tokens": tokens}

    def path(self, operation: Operation, *, model: str, stream: bool) -> str | None:
        """Model and stream are told in the body."""
        del model, stream
        return next(path for path, each in PATHS.items() if each == operation)

    def write_request(self, request: ir.Request) -> Draft:
        return writing.write_request(request, "/v1/messages")

    def authorize(self, key: str) -> Headers:
        return ((b"x-api-key", key.encode()),)

    def decoder(self, *, stream: bool, asked: ir.Request | None = None) -> Decoder:
        tools = changed(asked)
        return StreamDecoder(tools) if stream else WholeDecoder(tools)


translator = Anthropic()
