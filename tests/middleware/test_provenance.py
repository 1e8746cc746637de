"""Whose opaque state it is."""

from __future__ import annotations

import pytest

from ccgate import ir
from ccgate.middleware.provenance import marked, owned

SEAL = ir.Seal("openai_chat", "reasoning_content", "x")
FROM_ONE = ir.Seal("openai_chat@one", "reasoning_content", "x")
TEXT = ir.Text("hi")


@pytest.mark.parametrize(
    ("event", "after"),
    [
        (ir.Delta(0, SEAL), ir.Delta(0, FROM_ONE)),
        (ir.Delta(0, "words"), ir.Delta(0, "words")),
        (ir.Opened(0, ir.ToolUse("a", "f", "", seal=SEAL)), ir.Opened(0, ir.ToolUse("a", "f", "", seal=FROM_ONE))),
        (ir.Opened(0, ir.Thinking(("hm",), seal=SEAL)), ir.Opened(0, ir.Thinking(("hm",), seal=FROM_ONE))),
        (ir.Opened(0, TEXT), ir.Opened(0, TEXT)),
        (ir.Opened(0, ir.Opaque("mars", {})), ir.Opened(0, ir.Opaque("mars", {}))),
        (ir.Closed(0), ir.Closed(0)),
    ],
)
def test_seals_in_a_reply_tell_which_provider_they_are_from(event: ir.Event, after: ir.Event) -> None:
    assert marked(event, "one") == after


def test_a_provider_gets_its_own_seals_and_no_others() -> None:
    def asked(seal: ir.Seal) -> ir.Request:
        blocks = (ir.Thinking(("hm",), seal=seal), TEXT, ir.Opaque("mars", {}), ir.ToolUse("a", "f", "", seal=seal))
        return ir.Request(model="m", turns=(ir.Turn("assistant", blocks),))

    assert owned(asked(FROM_ONE), "one") == asked(SEAL)
    assert owned(asked(FROM_ONE), "two") == asked(FROM_ONE)
    assert owned(asked(SEAL), "one") == asked(SEAL)
