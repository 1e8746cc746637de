"""Laws of what another dialect said: never passed on, always reported."""

from __future__ import annotations

import json

import attrs

from ccgate import ir
from ccgate.testing.laws.cases import RequestCase, Tables
from ccgate.testing.laws.compare import broken, judged, same, shown
from ccgate.testing.laws.walk import variants
from ccgate.translators.protocol import Draft, Translator

PLACE = "/from/mars"
FINGERPRINT = "antenna-of-a-martian"
WORDS = "we come in peace"
FOREIGN = ir.Opaque("martian", {"type": FINGERPRINT, FINGERPRINT: FINGERPRINT}, at=PLACE)
SEAL = ir.Seal("martian", "signature", FINGERPRINT)


def foreign_blocks_are_dropped_and_reported(tables: Tables) -> None:
    """An `Opaque` of a stranger, in any turn, leaves no trace but one loss at its place."""
    law = "a foreign block is dropped and reported"
    for case in tables.requests:
        for n, turn in enumerate(case.request.turns):
            request = _with_turn(case.request, n, attrs.evolve(turn, blocks=(*turn.blocks, FOREIGN)))
            name = f"{case.name}, foreign block in turn {n}"
            draft = _written(law, name, tables.translator, request)
            _unseen(law, name, draft, [PLACE])
            _unchanged(law, name, case, draft, tables.translator)


def a_foreign_block_may_say_something(tables: Tables) -> None:
    """What an `Opaque` of a stranger says is shown as text, and its loss still reported."""
    law = "what a foreign block says is shown, and reported"
    for case in tables.requests:
        for n, turn in enumerate(case.request.turns):
            if turn.role != "user":
                continue
            speaking = attrs.evolve(FOREIGN, says=WORDS)
            request = _with_turn(case.request, n, attrs.evolve(turn, blocks=(*turn.blocks, speaking)))
            name = f"{case.name}, speaking block in turn {n}"
            draft = _written(law, name, tables.translator, request)
            _unseen(law, name, draft, [PLACE])
            if WORDS not in json.dumps(draft.body):
                raise broken(law, name, f"its words are not in {shown(draft.body)}")


def foreign_extras_are_dropped_and_reported(tables: Tables) -> None:
    """Each field of a stranger's `extra`, on any node, leaves no trace but one loss at its own place."""
    law = "a foreign extra is dropped and reported"
    extra = ir.Opaque("martian", {FINGERPRINT: FINGERPRINT}, at=PLACE)
    for case in tables.requests:
        kinds: list[str] = []

        def plant(node: ir.Node, kinds: list[str] = kinds) -> ir.Node | None:
            if node.extra is not None:
                return None
            kinds.append(type(node).__name__)
            return attrs.evolve(node, at=PLACE, extra=extra)

        for request in variants(case.request, plant):
            name = f"{case.name}, foreign extra on a {kinds[-1]}"
            draft = _written(law, name, tables.translator, request)
            _unseen(law, name, draft, [f"{PLACE}/{FINGERPRINT}"])
            _unchanged(law, name, case, draft, tables.translator)


def foreign_tools_are_dropped_and_reported(tables: Tables) -> None:
    """A tool that only a stranger can run leaves no trace but one loss at its place."""
    law = "a foreign hosted tool is dropped and reported"
    for case in tables.requests:
        tool = ir.Hosted("teleport", FOREIGN, at=PLACE)
        request = attrs.evolve(case.request, tools=(*case.request.tools, tool))
        draft = _written(law, case.name, tables.translator, request)
        _unseen(law, case.name, draft, [PLACE])
        _unchanged(law, case.name, case, draft, tables.translator)


def foreign_seals_are_never_written(tables: Tables) -> None:
    """State that only its maker may see is not sent to anybody else, and its loss is reported."""
    law = "a foreign seal is never written"
    for case in tables.requests:
        for n, turn in enumerate(case.request.turns):
            if turn.role != "assistant":
                continue
            for block in (ir.Thinking(("hm",), seal=SEAL, at=PLACE), ir.Thinking((), "redacted", SEAL, at=PLACE)):
                request = _with_turn(case.request, n, attrs.evolve(turn, blocks=(block, *turn.blocks)))
                draft = _written(law, case.name, tables.translator, request)
                if FINGERPRINT in json.dumps(draft.body) or not draft.losses:
                    told = f"body {shown(draft.body)}, losses {shown(draft.losses)}"
                    raise broken(law, f"{case.name}, {block.form} thinking in turn {n}", told)


def _with_turn(request: ir.Request, n: int, turn: ir.Turn) -> ir.Request:
    return attrs.evolve(request, turns=(*request.turns[:n], turn, *request.turns[n + 1 :]))


def _written(law: str, name: str, translator: Translator, request: ir.Request) -> Draft:
    with judged(law, name):
        return translator.write_request(request)


def _unseen(law: str, name: str, draft: Draft, places: list[str]) -> None:
    if FINGERPRINT in json.dumps(draft.body):
        raise broken(law, name, f"it is still in {shown(draft.body)}")
    if [loss.at for loss in draft.losses] != places:
        raise broken(law, name, f"expected exactly one loss at {places[0]}, got {shown(draft.losses)}")


def _unchanged(law: str, name: str, case: RequestCase, draft: Draft, translator: Translator) -> None:
    """Without the stranger the request means what it meant."""
    expected = translator.write_request(case.request).body
    if draft.body != expected:
        with judged(law, name):
            same(law, name, translator.read_request(expected), translator.read_request(draft.body))
