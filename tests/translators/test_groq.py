"""Groq: no thoughts in messages, and no key that its servers do not know."""

from __future__ import annotations

import pytest

from ccgate import ir
from ccgate.translators.groq import translator
from variants import HI, assistant, own, thought, write


def test_thoughts_are_not_sent() -> None:
    sent, losses = write(translator, HI, assistant(thought("hm", own("reasoning_content")), ir.Text("a")), model="m")
    assert sent["messages"][1] == {"role": "assistant", "content": "a"}
    assert losses == [("/hm", "dropped", "hint")]


@pytest.mark.parametrize(("tier", "lost"), [("flex", []), ("priority", [("/tier", "dropped", "setting")])])
def test_only_known_keys_and_tiers_are_sent(tier: str, lost: list[tuple[str, str, str]]) -> None:
    sent, losses = write(translator, model="m", stream=True, cache_key="k", tier=tier)
    assert set(sent) - {"service_tier"} == {"model", "messages", "stream", "stream_options"}
    assert ("service_tier" in sent) == (not lost)
    assert losses == [("/cache_key", "dropped", "hint"), *lost]
