"""How unknown fields of strangers are told."""

from __future__ import annotations

from ccgate import ir
from ccgate.policy.losses import UNKNOWN, strange, summed

IDS = frozenset({"id"})


def told(extra: ir.Opaque, at: str = "/node") -> list[tuple[str, str]]:
    return [(loss.at, loss.grade) for loss in strange(extra, at, IDS)]


def test_each_unknown_field_is_a_loss_and_a_null_is_none():
    extra = ir.Opaque("martian", {"id": "1", "color": "red", "nothing": None, "zero": 0})
    assert told(extra) == [("/node/id", "hint"), ("/node/color", "setting"), ("/node/zero", "setting")]


def test_a_field_is_told_where_it_stood_in_the_callers_document():
    assert told(ir.Opaque("martian", {"a/b": 1}, at="/there")) == [("/there/a~1b", "setting")]


def test_the_dialect_itself_knows_best_how_much_a_field_is():
    extra = ir.Opaque("martian", {"id": "1", "color": "red"}, grade="hint", grades={"id": "content"})
    assert told(extra) == [("/node/id", "content"), ("/node/color", "hint")]


def test_a_field_of_every_message_is_told_once():
    losses = [
        ir.Loss("/input/0/id", "dropped", UNKNOWN, "hint"),
        ir.Loss("/input/0/status", "dropped", UNKNOWN, "hint"),
        ir.Loss("/input/1", "dropped", "it is too loud", "hint"),
        ir.Loss("/input/1/id", "dropped", UNKNOWN, "hint"),
        ir.Loss("/input/2", "dropped", "it is too loud", "hint"),
        ir.Loss("/input/2/id", "dropped", UNKNOWN, "hint"),
    ]
    first = ir.Loss("/input/0/id", "dropped", f"{UNKNOWN} (and 2 more)", "hint")
    assert summed(losses) == (first, losses[1], losses[2], losses[4])


def test_what_changes_an_answer_is_told_wherever_it_is():
    losses = tuple(ir.Loss(f"/input/{n}/color", "dropped", UNKNOWN, "setting") for n in range(3))
    assert summed(losses) == losses
