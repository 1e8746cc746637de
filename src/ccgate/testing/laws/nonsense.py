"""Laws of nonsense: a caller's is refused by name, an upstream's is a malformed reply. Nothing else is ever raised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ccgate import errors, ir
from ccgate.testing.laws.cases import Tables
from ccgate.testing.laws.compare import broken, shown
from ccgate.testing.laws.replies import payloads
from ccgate.testing.laws.walk import decode, frames, pointers, replaced
from ccgate.translators.protocol import Translator

NONSENSE: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "nonsense",
    [],
    [None],
    [[]],
    {},
    {"type": 5},
    {"type": "nonsense"},
)
MOST_TRIES = 1500
"""Longer lists of mutations are thinned out evenly."""


def nonsense_is_refused_by_name(tables: Tables) -> None:
    """Any value anywhere in a request: it is read and can be written, or `RequestRefused` says why not."""
    law = "nonsense in a request is refused by name"
    for case in tables.requests:
        for at, body in _mutants(case.body):
            try:
                _take(tables.translator, body)
            except errors.RequestRefused as refusal:
                if not refusal.message:
                    raise broken(law, f"{case.name}, {at}", "refused without a word") from None
            except Exception as error:
                raise broken(law, f"{case.name}, {at}", f"raised {error!r}") from error


def _take(translator: Translator, body: dict[str, Any]) -> None:
    translator.session(body, ())
    translator.streams(body)
    for operation in ("generate", "count_tokens"):
        try:
            translator.check(body, operation)
        except errors.RequestRefused:
            continue
    draft = translator.write_request(translator.read_request(body))
    json.dumps(draft.body)


def nonsense_in_a_reply_is_malformed(tables: Tables) -> None:
    """Any value anywhere in a whole reply: events that obey the grammar, or a `ReplyError`."""
    law = "nonsense in a reply is malformed"
    for case in tables.replies:
        if case.document is not None:
            for at, document in _mutants(case.document):
                _judge(law, f"{case.name}, {at}", tables.translator, json.dumps(document).encode(), stream=False)


def nonsense_in_a_stream_is_malformed(tables: Tables) -> None:
    """Any value in any frame, frames lost or repeated: events that obey the grammar, or a `ReplyError`."""
    law = "nonsense in a stream is malformed"
    for case in tables.replies:
        for name, data, stream, _ in payloads(case):
            if stream:
                for what, mutant in _thinned(list(_streams(frames(data)))):
                    _judge(law, f"{name}, {what}", tables.translator, mutant, stream=True)


def _streams(parts: list[bytes]) -> Iterator[tuple[str, bytes]]:
    for n, frame in enumerate(parts):
        before, after = b"".join(parts[:n]), b"".join(parts[n + 1 :])
        yield f"frame {n} lost", before + after
        yield f"frame {n} repeated", before + frame + frame + after
        head, mark, data = frame.partition(b"data:")
        try:
            document = json.loads(data)
        except ValueError:
            continue
        if mark and isinstance(document, dict):
            for at, mutant in _mutants(document):
                yield (
                    f"frame {n}, {at}",
                    b"".join((before, head, mark, b" ", json.dumps(mutant).encode(), b"\n\n", after)),
                )


def _judge(law: str, name: str, translator: Translator, data: bytes, *, stream: bool) -> None:
    try:
        list(ir.checked(decode(translator, data, stream=stream)))
    except errors.ReplyError:
        return
    except Exception as error:
        raise broken(law, name, f"raised {error!r} for {shown(data)}") from error


def _mutants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    found = [(at, value) for at in pointers(document) if at for value in NONSENSE]
    for at, value in _thinned(found):
        yield f"{shown(value)} at {at}", replaced(document, at, value)


def _thinned(found: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return found[:: max(1, len(found) // MOST_TRIES)]
