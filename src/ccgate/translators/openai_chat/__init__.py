"""OpenAI Chat Completions, both sides: https://platform.openai.com/docs/api-reference/chat.

The dialect that compatible servers speak too, so it reads widely and writes what the narrowest of them take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from ccgate import ir
from ccgate.translators.openai_chat import failures, reading
from ccgate.translators.openai_chat.decoder import StreamDecoder, WholeDecoder
from ccgate.translators.openai_chat.encoder import StreamEncoder, WholeEncoder, wants_usage
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.translators.openai_chat.names import renamed
from ccgate.translators.openai_chat.sealed import restored_ids
from ccgate.translators.openai_chat.tap import StreamTap, WholeTap
from ccgate.translators.openai_chat.writing import PATH, write_request
from ccgate.translators.protocol import Body, Decoder, Draft, Encoder, Headers, Operation, Tap
from ccgate.wire import headers as wire_headers
from ccgate.wire.errors_openai import read_failure
from ccgate.wire.jsontext import JsonText


@frozen
class OpenAIChat:
    """One dialect, both sides."""

    dialect: str = DIALECT
    asking_headers: tuple[bytes, ...] = (b"openai-beta",)

    @property
    def paths(self) -> Mapping[str, Operation]:
        return {"/v1/chat/completions": "generate", "/v1/models": "models"}

    def asks(self, headers: Headers) -> bool:  # noqa: ARG002
        """Its clients have no mark of their own: ask the other dialects first."""
        return True

    def check(self, body: Body, operation: Operation) -> None:
        if operation == "generate":
            reading.check(body)

    def read_request(self, body: Body) -> ir.Request:
        return reading.read_request(body)

    def session(self, body: Body, headers: Headers) -> str | None:
        """A header that names the session, then the key of the prompt's cache, then a thread."""
        key = body.get("prompt_cache_key")
        named = (
            _told(headers, b"x-claude-code-session-id"),
            key if isinstance(key, str) else "",
            _told(headers, b"session-id"),
            _told(headers, b"thread-id"),
        )
        return next((name for name in named if name), None)

    def streams(self, body: Body) -> bool:
        return body.get("stream") is True

    def edits(self, text: JsonText, *, model: str) -> Mapping[str, Any]:  # noqa: ARG002
        return restored_ids(text)

    def encoder(self, *, stream: bool, asked: ir.Request | None = None) -> Encoder:
        return StreamEncoder(tells_usage=asked is None or wants_usage(asked)) if stream else WholeEncoder()

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
        """The dialect has no such operation; the words are those of its usage."""
        return {"object": "chat.completion.tokens", "input_tokens": tokens}

    def path(self, operation: Operation, *, model: str, stream: bool) -> str | None:  # noqa: ARG002
        return {"generate": PATH, "models": "/models"}.get(operation)

    def write_request(self, request: ir.Request) -> Draft:
        return write_request(request)

    def authorize(self, key: str) -> Headers:
        return ((b"authorization", b"Bearer " + key.encode()),)

    def decoder(self, *, stream: bool, asked: ir.Request | None = None) -> Decoder:
        """`asked` is the request as it was given to `write_request`: with it, tool names that had to be changed are
        told again as the caller wrote them."""
        restored = {} if asked is None else renamed(asked)
        return StreamDecoder(restored) if stream else WholeDecoder(restored)


def _told(headers: Headers, name: bytes) -> str:
    return (wire_headers.get(headers, name) or b"").decode("latin-1")


translator = OpenAIChat()
