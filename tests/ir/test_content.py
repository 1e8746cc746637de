from __future__ import annotations

import attrs
import pytest

from ccgate import ir


def test_inline_data_is_not_shown():
    assert "aGlkZGVu" not in repr(ir.Media("image", ir.Inline("image/png", "aGlkZGVu")))


@pytest.mark.parametrize("word", [ir.Text("a"), ir.Thinking(("a",)), ir.ToolUse("1", "f", "{}"), ir.Tool("f")])
def test_words_are_frozen(word: ir.Node):
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        word.at = "/elsewhere"
