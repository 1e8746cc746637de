"""Going through values: the nodes of a request, the pointers of a document, the frames of a stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from ccgate import ir
from ccgate.translators.protocol import Translator

BLANK_LINE = re.compile(rb"(?<=\n\n)|(?<=\n\r\n)|(?<=\r\r)")

Noded = ir.Node | ir.Opaque


def nodes(value: Any) -> Iterator[Noded]:
    """Every node in `value`, itself first."""
    if isinstance(value, ir.Node | ir.Opaque):
        yield value
    if isinstance(value, tuple):
        for each in value:
            yield from nodes(each)
    elif attrs.has(type(value)) and not isinstance(value, ir.Opaque):
        for each in attrs.fields(type(value)):
            yield from nodes(getattr(value, each.name))


def variants(value: Any, change: Callable[[ir.Node], object | None]) -> Iterator[Any]:
    """Copies of `value`, each with one node changed; `change` answers None for a node it leaves alone."""
    if isinstance(value, ir.Node):
        changed = change(value)
        if changed is not None:
            yield changed
    if isinstance(value, tuple):
        for n, each in enumerate(value):
            for other in variants(each, change):
                yield (*value[:n], other, *value[n + 1 :])
    elif attrs.has(type(value)) and not isinstance(value, ir.Opaque):
        for each in attrs.fields(type(value)):
            for other in variants(getattr(value, each.name), change):
                yield attrs.evolve(value, **{each.alias or each.name: other})


def lookup(document: Any, pointer: str) -> Any:
    """What a JSON pointer points at. Raises `LookupError`."""
    value = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[key]
        elif isinstance(value, list) and key.isdigit():
            value = value[int(key)]
        else:
            raise LookupError(pointer)
    return value


def pointers(value: Any, at: str = "") -> Iterator[str]:
    """Every pointer into a document, the whole first."""
    yield at
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, each in inner:
        yield from pointers(each, ir.child(at, key))


def replaced(document: Any, pointer: str, value: Any) -> Any:
    """A copy of the document with another value there; containers beside the way are shared."""
    if not pointer:
        return value
    head, _, rest = pointer[1:].partition("/")
    below = f"/{rest}" if "/" in pointer[1:] else ""
    if isinstance(document, list):
        n = int(head)
        return [*document[:n], replaced(document[n], below, value), *document[n + 1 :]]
    key = head.replace("~1", "/").replace("~0", "~")
    return {**document, key: replaced(document[key], below, value)}


def frames(stream: bytes) -> list[bytes]:
    """A stream of server-sent events, cut behind every blank line."""
    return [frame for frame in BLANK_LINE.split(stream) if frame]


def decode(translator: Translator, *pieces: bytes, stream: bool) -> list[ir.Event]:
    """The events of these pieces, the end of the reply included."""
    decoder = translator.decoder(stream=stream)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [*events, *decoder.close()]


def encode(translator: Translator, *events: ir.Event, stream: bool) -> tuple[bytes, tuple[ir.Loss, ...]]:
    """The bytes of these events, and what could not be said."""
    encoder = translator.encoder(stream=stream)
    data = b"".join([*(encoder.feed(event) for event in events), encoder.close()])
    return data, tuple(encoder.losses)
