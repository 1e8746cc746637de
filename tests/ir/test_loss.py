from __future__ import annotations

from ccgate import ir


def test_only_lost_content_is_a_reason_to_refuse():
    losses = [
        ir.Loss("/a", "dropped", "no word for it"),
        ir.Loss("/b", "changed", "clamped", "setting"),
        ir.Loss("/c", "dropped", "no cache marks", "hint"),
    ]
    assert ir.refusable(losses) == (losses[0],)
