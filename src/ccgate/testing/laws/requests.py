"""Laws of requests: what is read, what is written, and that nothing a caller says is lost in between."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from ccgate import ir
from ccgate.testing.laws.cases import Tables
from ccgate.testing.laws.compare import broken, judged, same, shown
from ccgate.testing.laws.walk import lookup, nodes

UNKNOWN = "x_nobody_knows"
VALUE = {"deep": [1, "two", None]}


def requests_are_read_as_stated(tables: Tables) -> None:
    """`read_request(body)` is the request of the table."""
    law = "a request is read as stated"
    for case in tables.requests:
        with judged(law, case.name):
            same(law, case.name, case.request, tables.translator.read_request(case.body))


def requests_are_written_as_stated(tables: Tables) -> None:
    """`write_request(request)` is the body of the table, without a loss, and can be sent."""
    law = "a request is written as stated"
    for case in tables.requests:
        with judged(law, case.name):
            draft = tables.translator.write_request(case.request)
            json.dumps(draft.body, allow_nan=False)
        same(law, case.name, case.body if case.home is None else case.home, draft.body)
        if draft.losses:
            raise broken(law, case.name, f"its own dialect must hold everything, but reported {shown(draft.losses)}")


def every_node_knows_its_place(tables: Tables) -> None:
    """`at` of every node is a JSON pointer into the document; turns, blocks and tools always have one."""
    law = "every node knows its place"
    for case in tables.requests:
        with judged(law, case.name):
            request = tables.translator.read_request(case.body)
        for node in nodes(request):
            if not node.at and not isinstance(node, ir.Request | ir.Sampling | ir.Limits | ir.Choice | ir.Opaque):
                raise broken(law, case.name, f"no place: {shown(node)}")
            try:
                lookup(case.body, node.at)
            except LookupError:
                raise broken(law, case.name, f"there is nothing at {node.at!r}: {shown(node)}") from None


def unknown_fields_survive(tables: Tables) -> None:
    """A field nobody knows, at the top, in a message, a block or a tool, is written back where it was read."""
    law = "a field nobody knows survives a trip within the dialect"
    for case in tables.requests:
        for at, body in _with_unknown(case.body, tables.rigid):
            name = f"{case.name}, with {UNKNOWN} in {at or 'the top'}"
            with judged(law, name):
                draft = tables.translator.write_request(tables.translator.read_request(body))
            if case.home is None:
                same(law, name, body, draft.body)
            elif json.dumps(draft.body).count(UNKNOWN) != 1:
                raise broken(law, name, f"it stands {json.dumps(draft.body).count(UNKNOWN)} times in what is written")
            if draft.losses:
                raise broken(law, name, f"reported {shown(draft.losses)}")


def _with_unknown(body: dict[str, Any], rigid: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for at in _objects(body, rigid):
        changed = copy.deepcopy(body)
        lookup(changed, at)[UNKNOWN] = VALUE
        yield at, changed


def _objects(value: Any, rigid: frozenset[str], at: str = "", *, listed: bool = True) -> Iterator[str]:
    """The pointers of the top and of every object that is an element of an array."""
    if isinstance(value, dict):
        if listed:
            yield at
        for key, each in value.items():
            if key not in rigid:
                yield from _objects(each, rigid, ir.child(at, key), listed=False)
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from _objects(each, rigid, ir.child(at, n))
