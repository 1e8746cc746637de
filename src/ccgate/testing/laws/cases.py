"""The rows of a translator's tables: one fact each, stated once and used in both directions."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from ccgate import ir
from ccgate.translators.protocol import Headers, Translator


@frozen(kw_only=True)
class RequestCase:
    """A request in the dialect's words and in ours."""

    name: str
    body: dict[str, Any]
    request: ir.Request
    home: dict[str, Any] | None = None
    """What `write_request` gives where that is not `body`: two spellings of one meaning become one."""


@frozen(kw_only=True)
class ReplyCase:
    """An answer, whole or streamed, in the dialect's words and in ours."""

    name: str
    document: dict[str, Any] | None = None
    """The whole reply; None where the dialect can say this only in a stream."""
    reply: ir.Reply
    stream: bytes | None = None
    """The same answer, streamed."""
    streamed: ir.Reply | None = None
    """What the stream folds to, where that is not `reply`: a stream may leave out or add a detail."""
    written: dict[str, Any] | None = None
    """The document our encoder writes, where that is not `document`."""
    written_stream: bytes | None = None
    """The very bytes our encoder streams, for a case that wants them fixed."""


@frozen(kw_only=True)
class FailureCase:
    """An error answer. `failure.raw` is compared only where it is stated."""

    name: str
    status: int
    headers: Headers = ()
    body: bytes
    failure: ir.Failure


@frozen(kw_only=True)
class Tables:
    """Everything a test file says about one translator."""

    translator: Translator
    requests: tuple[RequestCase, ...] = ()
    replies: tuple[ReplyCase, ...] = ()
    failures: tuple[FailureCase, ...] = ()
    rigid: frozenset[str] = field(default=frozenset(), converter=frozenset)
    """Keys of arrays whose elements our words hold as bare text, so that unknown fields in them are not kept."""
