"""What a variant is, apart from any vendor."""

from __future__ import annotations

import pytest

from ccgate import ir
from ccgate.translators import built_in, find, openai_chat
from ccgate.translators.variant import Variant, as_own, each_block, in_words, nine, unasked, unsealed
from ccgate.translators.variant.chat import say
from variants import HI, PNG, SIGNED, own, thought, user

BASE = openai_chat.translator
PLAIN = Variant(name="plain", base=BASE)
REQUEST = ir.Request(model="m", turns=(HI,), stream=True)


def test_a_variant_without_edits_is_its_base() -> None:
    assert PLAIN.write_request(REQUEST) == BASE.write_request(REQUEST)
    assert PLAIN.dialect == "openai_chat"
    assert PLAIN.authorize("sk-1") == BASE.authorize("sk-1")
    for operation in ("generate", "models", "count_tokens"):
        path = PLAIN.path(operation, model="m", stream=True)
        assert path == BASE.path(operation, model="m", stream=True)
    assert type(PLAIN.decoder(stream=True)) is type(BASE.decoder(stream=True))
    failure = PLAIN.read_failure(429, ((b"retry-after", b"7"),), b'{"error": {"message": "slow down"}}')
    assert (failure.kind, failure.message, failure.retry_after) == ("rate_limit", "slow down", 7)


def test_the_first_edit_sees_the_request_and_the_second_the_callers_request_and_the_body() -> None:
    lost = ir.Loss("/x", "dropped", "why")
    variant = Variant(
        name="edits",
        base=BASE,
        before=lambda request: ir.Request(model="other", turns=request.turns),
        after=lambda request, body: (body | {"for": request.model}, [lost]),
    )
    draft = variant.write_request(REQUEST)
    assert (draft.body["model"], draft.body["for"], draft.losses) == ("other", "m", (lost,))


def test_the_parts_of_a_variant_do_not_show_in_its_name() -> None:
    assert repr(PLAIN) == "Variant(name='plain')"


@pytest.mark.parametrize("name", ["deepseek", "openrouter", "moonshot", "zai", "mistral", "groq"])
def test_a_variant_is_found_by_its_name_and_speaks_its_base(name: str) -> None:
    found = find(name)
    assert isinstance(found, Variant)
    assert (found.name, found.dialect) == (name, "openai_chat")
    assert name in built_in()


def test_the_kit_of_variants_is_no_dialect() -> None:
    assert "variant" not in built_in()


def test_an_edit_reaches_blocks_within_blocks() -> None:
    inner = ir.Text("deep")
    document = ir.Media("document", ir.Parts((inner,)))
    request = ir.Request(model="m", turns=(user(ir.ToolResult("a", (inner, document)), document, inner),))
    seen: list[ir.Block] = []

    def louder(block: ir.Block) -> ir.Block:
        seen.append(block)
        return ir.Text(block.text.upper()) if isinstance(block, ir.Text) else block

    [turn] = each_block(request, louder).turns
    [result, second, last] = turn.blocks
    assert isinstance(result, ir.ToolResult)
    loud = ir.Media("document", ir.Parts((ir.Text("DEEP"),)))
    assert (result.blocks, second, last) == ((ir.Text("DEEP"), loud), loud, ir.Text("DEEP"))
    assert len(seen) == 7


def test_how_hard_to_think_is_taken_away_with_the_turns_that_say_the_same() -> None:
    asked = ir.Reasoning("adaptive", "high", show="omitted", at="/r")
    other = ir.Reasoning(effort="low")
    turns = (ir.Turn("system", reasoning=asked), ir.Turn("system", reasoning=other), HI)
    bare = unasked(ir.Request(model="m", turns=turns, reasoning=asked))
    assert bare.reasoning == ir.Reasoning(show="omitted")
    assert [turn.reasoning for turn in bare.turns] == [ir.Reasoning(show="omitted"), other, None]
    assert unasked(REQUEST) is REQUEST
    between = unasked(ir.Request(model="m", turns=(), reasoning=ir.Reasoning("between_tools", "low")))
    assert between.reasoning == ir.Reasoning("between_tools")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (thought("hm"), own("mine")),
        (thought("hm", own("other")), own("mine")),
        (thought("hm", own("mine")), own("mine")),
        (thought("hm", SIGNED), SIGNED),
        (ir.Thinking(), None),
    ],
)
def test_a_thought_of_nobody_or_of_a_sister_becomes_the_vendors_own(before: ir.Thinking, after: ir.Seal | None) -> None:
    assert as_own(before, "openai_chat", "mine").seal == after


def test_a_thought_that_must_not_be_sent_loses_its_own_seal_only() -> None:
    assert unsealed(thought("hm", own("mine")), "openai_chat").seal is None
    assert unsealed(thought("hm", SIGNED), "openai_chat").seal == SIGNED
    assert unsealed(thought("hm"), "openai_chat").seal is None


@pytest.mark.parametrize(
    ("media", "says"),
    [
        (ir.Media("image", PNG), "[image: cannot be shown]"),
        (ir.Media("image", ir.Url("https://e.com/a.png"), title="A"), "[A at https://e.com/a.png: cannot be shown]"),
    ],
)
def test_a_picture_is_told_in_words(media: ir.Media, says: str) -> None:
    block = in_words(media, "blind")
    assert isinstance(block, ir.Opaque)
    assert (block.dialect, block.says) == ("blind", says)


def test_a_document_of_words_is_left_to_the_base() -> None:
    media = ir.Media("document", ir.Words("text"))
    assert in_words(media, "blind") is media


def test_nine_characters_stand_for_an_id() -> None:
    assert nine("toolu_1") == nine("toolu_1") != nine("toolu_2")
    assert len(nine("\udc80")) == 9


def test_words_are_added_to_the_system_prompt_or_become_it() -> None:
    none: list[dict[str, object]] = []
    say(none, "x")
    text = [{"role": "system", "content": "a"}]
    say(text, "x")
    parts = [{"role": "system", "content": [{"type": "text", "text": "a", "x": 1}]}]
    say(parts, "x")
    assert none == [{"role": "system", "content": "x"}]
    assert text == [{"role": "system", "content": "a\n\nx"}]
    assert parts[0]["content"][1:] == [{"type": "text", "text": "x"}]
