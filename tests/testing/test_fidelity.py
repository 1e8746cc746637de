"""The matrix of `docs/fidelity.md`: nothing is lost in silence, and the page is what the code does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from ccgate import ir
from ccgate.errors import RequestRefused
from ccgate.testing.fidelity import asking, judge, matrix, page, replies, sealed, table
from ccgate.testing.fidelity.answering import ANSWERS, Answer, told
from ccgate.testing.fidelity.asking import Feature
from ccgate.testing.fidelity.features import FEATURES
from ccgate.testing.fidelity.matrix import Cells, Key
from ccgate.translators import Body, Draft, find

PAGE = Path(__file__).parents[2] / "docs" / "fidelity.md"
TABLES = {"requests": matrix.requests, "replies": matrix.answers, "requests of variants": matrix.variants}
tables = pytest.mark.parametrize("cells", [make() for make in TABLES.values()], ids=list(TABLES))

KNOWN: dict[Key, str] = {}
"""Cells that are lost in silence, and why that is not yet otherwise. One that got better must leave this table."""


@tables
def test_nothing_is_lost_in_silence(cells: Cells) -> None:
    lost = {key: f"wanted {cell.wanted}, got {cell.got}" for key, cell in cells.items() if cell.verdict == "LOST"}
    assert {key: why for key, why in lost.items() if key not in KNOWN} == {}
    assert [key for key in KNOWN if key in cells and key not in lost] == []


@tables
def test_whatever_is_approximated_is_explained(cells: Cells) -> None:
    approximated = [(key, cell) for key, cell in cells.items() if cell.verdict == "approximated"]
    assert [key for key, cell in approximated if not list(page.explained(cell))] == []


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == table(), f"the page is stale; this renews it: {page.COMMAND}"


def test_the_command_writes_the_page() -> None:
    written = subprocess.run([sys.executable, "-m", "ccgate.testing.fidelity"], capture_output=True, check=True)
    assert written.stdout.decode() == table()


def test_every_feature_can_be_asked_in_some_dialect() -> None:
    found = {key[0] for key, cell in matrix.requests().items() if cell.verdict != "unasked"}
    assert {feature.name for feature in FEATURES} == found


def test_every_answer_can_be_given_in_some_dialect() -> None:
    found = {key[0] for key, cell in matrix.answers().items() if cell.verdict != "unasked"}
    assert {answer.name for answer in ANSWERS} | {kept.name for kept in sealed.KEPT} == found


# The judge itself, before an upstream that does wrong.

CLIENT = find("anthropic")
UPSTREAM = find("openai_chat")


@attrs.frozen
class Doctored:
    """An upstream whose drafts are changed behind its back."""

    change: Callable[[Draft], Draft]
    dialect: str = UPSTREAM.dialect

    def write_request(self, request: ir.Request) -> Draft:
        return self.change(UPSTREAM.write_request(request))

    def __getattr__(self, name: str) -> object:
        return getattr(UPSTREAM, name)


def feature(name: str) -> Feature:
    return next(each for each in FEATURES if each.name == name)


def verdict(name: str, change: Callable[[Draft], Draft]) -> str:
    return judge.crossed(CLIENT, Doctored(change), feature(name)).verdict


def without(*keys: str) -> Callable[[Draft], Draft]:
    return lambda draft: attrs.evolve(draft, body={key: draft.body[key] for key in draft.body if key not in keys})


def silent(draft: Draft) -> Draft:
    return attrs.evolve(draft, losses=())


def test_a_setting_that_goes_without_a_word_is_lost() -> None:
    assert verdict("temperature", lambda draft: draft) == "exact"
    assert verdict("temperature", without("temperature")) == "LOST"
    assert verdict("top_k", lambda draft: draft) == "reported"
    assert verdict("top_k", silent) == "LOST"


def test_what_is_said_to_be_moved_must_be_somewhere() -> None:
    def nowhere(draft: Draft) -> Draft:
        body: Body = {**draft.body, "messages": draft.body["messages"][:-1]}
        return attrs.evolve(draft, body=dict(body))

    assert verdict("image in a tool result", lambda draft: draft) == "approximated"
    assert verdict("image in a tool result", nowhere) == "LOST"


def test_a_change_that_needs_no_report_must_still_be_found() -> None:
    def emptied(draft: Draft) -> Draft:
        return attrs.evolve(draft, body={**draft.body, "messages": [{"role": "user", "content": "Hello."}]})

    assert verdict("text document", lambda draft: draft) == "approximated"
    assert verdict("text document", emptied) == "LOST"


def test_a_refused_request_is_a_verdict_of_its_own() -> None:
    def refuse(_: Draft) -> Draft:
        raise RequestRefused("not here")

    assert verdict("tool", refuse) == "refused"


def test_a_vendors_own_field_is_named() -> None:
    cells = matrix.variants()
    cell = cells["top_k", "anthropic", "openrouter"]
    assert (cell.verdict, cell.why) == ("approximated", "told in this vendor's own words: `top_k`")


def test_a_reply_that_only_some_dialects_can_give_is_not_judged_in_the_others() -> None:
    paused = Answer(name="paused", build=told(reason="pause"), look=lambda reply: (reply.reason,))
    assert replies.crossed(CLIENT, UPSTREAM, paused).verdict == "unasked"


def test_the_worse_of_whole_and_streamed_counts() -> None:
    assert max(replies.WORST, key=replies.WORST.__getitem__) == "LOST"
    assert min(replies.WORST, key=replies.WORST.__getitem__) == "unasked"


def test_a_column_has_the_dialects_letters() -> None:
    assert page.crossings()["anthropic", "openai_chat"] == "A→C"
    assert page.crossings("←")["gemini", "openai_responses"] == "G←R"


def test_a_feature_looks_for_what_it_asks() -> None:
    for each in FEATURES:
        assert each.look(asking.asking()("anthropic")) == () or each.name == "text, turn by turn"
