"""What becomes of a request on its way from a client's dialect to an upstream's.

The client's document is written by the translator of its own dialect, as if the request came from there, and read
again: what is not found in it then, that dialect cannot ask for. What the upstream gets is read back by the translator
of the upstream's dialect. So every cell compares what was asked with what was understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any, Final, Literal

import attrs
from attrs import frozen

from ccgate import ir
from ccgate.errors import RequestRefused
from ccgate.testing.fidelity.asking import CLASSIC, CURRENT, HELLO, Feature, user
from ccgate.translators import Draft, Translator, UpstreamSide, built_in, find
from ccgate.translators.variant import Variant

Verdict = Literal["exact", "approximated", "reported", "refused", "unasked", "LOST"]
"""`unasked`: one of the two dialects has no word for it. `LOST`: it is not there, or not as it was, and nobody says."""

ANY: Final = "any-model"
BESIDE: Final = ("/includeThoughts", "/include", "/store", "/stream_options")
"""Fields that stand in a client's document beside those that a feature is about."""


@frozen(kw_only=True)
class Cell:
    """What becomes of one feature between two dialects. `got` is what was found at the other end."""

    verdict: Verdict
    losses: tuple[ir.Loss, ...] = ()
    got: tuple[Any, ...] = ()
    wanted: tuple[Any, ...] = ()
    why: str = ""
    """Why an approximation needs no loss."""


def dialects() -> dict[str, Translator]:
    """The dialects that come with ccgate, without variants."""
    found = {name: find(name) for name in built_in()}
    return {name: each for name, each in found.items() if not isinstance(each, Variant)}


def variants() -> dict[str, Variant]:
    """The dialects as some vendors speak them."""
    found = ((name, find(name)) for name in built_in())
    return {name: each for name, each in found if isinstance(each, Variant)}


def native(client: Translator, request: ir.Request, model: str = ANY) -> ir.Request:
    """The request as if a client of this dialect had asked it: at home nothing is fitted to a model."""
    return _read(client, request, model, home=True)[1]


def _read(client: Translator, request: ir.Request, model: str, *, home: bool) -> tuple[dict[str, Any], ir.Request]:
    asked = attrs.evolve(request, model=model)
    if home:
        plain = client.write_request(ir.Request(model=ANY, turns=(user(HELLO),))).body
        asked = attrs.evolve(asked, spelled=client.read_request(plain).spelled, extra=ir.Opaque(client.dialect, {}))
    body = client.write_request(asked).body
    return body, attrs.evolve(client.read_request(body), stream=request.stream)


def document(client: Translator, feature: Feature) -> tuple[dict[str, Any], ir.Request] | None:
    """What a client of this dialect writes to ask for the feature, and how it is read; None when it cannot."""
    request = feature.build(client.dialect)
    models = (ANY, CURRENT.get(client.dialect, ANY))
    for home, model in product((True, False), models):
        body, read = _read(client, request, model, home=home)
        if feature.look(request) and feature.look(read) == feature.look(request):
            return body, read
    return None


def drafted(upstream: UpstreamSide, read: ir.Request, feature: Feature) -> Draft:
    """What the upstream gets. Raises `RequestRefused`."""
    models = CLASSIC if feature.models == "classic" else CURRENT
    model = ANY if isinstance(upstream, Variant) else models.get(upstream.dialect, ANY)
    return upstream.write_request(attrs.evolve(read, model=model))


def heard(upstream: UpstreamSide, draft: Draft, read: ir.Request) -> ir.Request:
    """How the upstream understands it. Where the path tells the model, it tells of a stream as well."""
    reader = find(upstream.dialect)
    paths = [upstream.path("generate", model=read.model, stream=stream) or "" for stream in (False, True)]
    stream = paths[0] != paths[1] and draft.path.rpartition(":")[2].startswith(paths[1].rpartition(":")[2])
    return attrs.evolve(reader.read_request(draft.body), stream=reader.streams(draft.body) or stream)


def crossed(client: Translator, upstream: UpstreamSide, feature: Feature) -> Cell:
    """The cell of one request."""
    written = document(client, feature)
    if written is None:
        return Cell(verdict="unasked")
    _, read = written
    try:
        draft = drafted(upstream, read, feature)
    except RequestRefused:
        return Cell(verdict="refused")
    understood = heard(upstream, draft, read)
    losses = [loss for loss in draft.losses if not loss.at.endswith(BESIDE)]
    cell = judged(feature.look(read), feature.look(understood), losses)
    if feature.otherwise is not None and cell.verdict in {"approximated", "LOST"}:
        cell = _elsewhere(cell, feature, feature.otherwise(understood))
    if cell.verdict != "LOST" or not isinstance(upstream, Variant):
        return cell
    plain = drafted(upstream, native(client, ir.Request(model=ANY, turns=(user(HELLO),))), feature)
    return _own_words(cell, sorted(draft.body.keys() - plain.body.keys()))


def _elsewhere(cell: Cell, feature: Feature, found: tuple[Any, ...]) -> Cell:
    """What is said to be moved must be found there; and a change that needs no report too."""
    if not found and all(loss.what == "moved" for loss in cell.losses):
        return attrs.evolve(cell, verdict="LOST", why="")
    if cell.verdict == "LOST" and feature.because:
        return attrs.evolve(cell, verdict="approximated", why=feature.because)
    return cell


def _own_words(cell: Cell, fields: list[str]) -> Cell:
    """What the base cannot read may stand in a field that only this vendor has."""
    if not fields:
        return cell
    told = ", ".join(f"`{field}`" for field in fields)
    return attrs.evolve(cell, verdict="approximated", why=f"told in this vendor's own words: {told}")


def judged(wanted: tuple[Any, ...], got: tuple[Any, ...], losses: Iterable[ir.Loss]) -> Cell:
    """What is as it was is exact; a change must be told of, and is a mere report when nothing is left."""
    told = tuple(losses)
    verdict: Verdict = "approximated"
    if not told:
        verdict = "exact" if wanted == got else "LOST"
    elif not got and all(loss.what == "dropped" for loss in told):
        verdict = "reported"
    return Cell(verdict=verdict, losses=told, got=got, wanted=wanted)
