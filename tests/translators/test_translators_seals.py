"""Opaque state of other providers comes back from every client as it went out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgate import ir
from ccgate.testing.laws.walk import decode, encode
from ccgate.translators import Translator, find
from ccgate.wire import seals
from ccgate.wire.jsonedit import edited
from ccgate.wire.jsontext import JsonText
from echo import gather_chat, gather_messages

ANTHROPIC, CHAT = find("anthropic"), find("openai_chat")
MESSAGES = {"model": "claude-opus-5-5", "max_tokens": 9}
USER = {"role": "user", "content": "hi"}

words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
made = st.builds(ir.Seal, st.sampled_from(["gemini@one", "martian"]), words, words)
ids = st.integers(0, 10**6).map("call_{}".format)
thoughts = st.builds(
    ir.Thinking, words.map(lambda said: (said,)) | st.just(()), st.sampled_from(["raw", "summary", "redacted"]), made
).map(lambda block: block if block.form != "redacted" else ir.Thinking((), "redacted", block.seal))
# An empty text is told only for its seal.
texts = st.builds(ir.Text, words, seal=st.none() | made) | st.builds(ir.Text, st.just(""), seal=made)
calls = st.builds(ir.ToolUse, ids, st.just("f"), st.just("{}"), seal=st.none() | made)


def unique(blocks: list[ir.Block]) -> bool:
    names = [block.id for block in blocks if isinstance(block, ir.ToolUse)]
    return len(names) == len(set(names))


def reply(blocks: Sequence[ir.Block]) -> ir.Reply:
    return ir.Reply(id="r", model="m", blocks=tuple(blocks), reason="end")


def opened_with_seals(blocks: Sequence[ir.Block]) -> list[ir.Event]:
    """The events of a decoder that knows the seal of a text or a call when it begins."""
    events: list[ir.Event] = []
    seal: ir.Seal | None = None
    for event in ir.unfold(reply(blocks)):
        if isinstance(event, ir.Opened) and isinstance(block := blocks[event.index], ir.Text | ir.ToolUse):
            seal = block.seal
            events.append(ir.Opened(event.index, type(block)(**{**shallow(event.block), "seal": seal})))
        elif isinstance(event, ir.Opened) or not (isinstance(event, ir.Delta) and event.piece is seal):
            events.append(event)
    return events


def shallow(block: ir.Block) -> dict[str, Any]:
    if isinstance(block, ir.Text):
        return {"text": block.text}
    assert isinstance(block, ir.ToolUse)
    return {"id": block.id, "name": block.name, "arguments": block.arguments}


def told(translator: Translator, events: Sequence[ir.Event], *, stream: bool) -> tuple[dict[str, Any], Any]:
    """The reply as a client gathers it, and the losses. The official clients gather a stream to what comes whole."""
    data, losses = encode(translator, *events, stream=stream)
    document = gathered[translator.dialect](data) if stream else json.loads(data)
    return document, [(loss.what, loss.grade) for loss in losses]


gathered: dict[str, Callable[[bytes], dict[str, Any]]] = {"anthropic": gather_messages, "openai_chat": gather_chat}


def back(translator: Translator, blocks: Sequence[ir.Block], events: Sequence[ir.Event], *, stream: bool) -> Any:
    """The blocks of the assistant's turn, as they come back with the next request."""
    document, losses = told(translator, events, stream=stream)
    assert losses == []
    results = [block.id for block in blocks if isinstance(block, ir.ToolUse)]
    if translator is ANTHROPIC:
        answer = [{"type": "tool_result", "tool_use_id": name, "content": "ok"} for name in results] or "go on"
        said = {"role": "assistant", "content": document["content"]}
        turns = translator.read_request(
            {**MESSAGES, "messages": [USER, said, {"role": "user", "content": answer}]}
        ).turns
        return turns[1].blocks
    message = document["choices"][0]["message"]
    names = [call["id"] for call in message.get("tool_calls", ())]
    tools = [{"role": "tool", "tool_call_id": name, "content": "ok"} for name in names]
    turns = translator.read_request({"model": "m", "messages": [USER, message, *tools]}).turns
    assert [block.id for turn in turns[2:] for block in turn.blocks if isinstance(block, ir.ToolResult)] == results
    return turns[1].blocks


@given(st.lists(thoughts | texts | calls, min_size=1, max_size=5).filter(unique), st.booleans(), st.booleans())
def test_every_seal_survives_the_echo_of_a_client_of_anthropic(
    blocks: list[ir.Block], stream: bool, early: bool
) -> None:
    events = opened_with_seals(blocks) if early else list(ir.unfold(reply(blocks)))
    assert back(ANTHROPIC, blocks, events, stream=stream) == tuple(blocks)


@given(st.lists(thoughts, max_size=3), st.lists(calls, min_size=1, max_size=3).filter(unique), st.booleans())
def test_every_seal_of_thoughts_and_calls_survives_the_echo_of_a_chat_client(
    thinking: list[ir.Thinking], used: list[ir.ToolUse], stream: bool
) -> None:
    blocks = [*thinking, *used]
    read = back(CHAT, blocks, opened_with_seals(blocks), stream=stream)
    assert [block.seal for block in read if block.seal and block.seal.maker != "openai_chat"] == [
        block.seal for block in blocks if block.seal
    ]
    assert [block for block in read if isinstance(block, ir.ToolUse)] == used
    if len(thinking) == 1:
        assert read[0] == thinking[0]


SIGNED = ir.Seal("anthropic", "signature", "EuYB==")


@pytest.mark.parametrize("stream", [False, True])
def test_a_chat_client_that_sends_no_reasoning_back_still_sends_its_seal(stream: bool) -> None:
    blocks = [ir.Thinking(("hm",), seal=SIGNED), ir.Text("so"), ir.ToolUse("a", "f", "{}"), ir.ToolUse("b", "f", "{}")]
    document, losses = told(CHAT, list(ir.unfold(reply(blocks))), stream=stream)
    message = document["choices"][0]["message"]
    del message["reasoning_content"]
    read = CHAT.read_request({"model": "m", "messages": [USER, message]}).turns[1].blocks
    assert (read, losses) == ((ir.Thinking((), seal=SIGNED), *blocks[1:]), [])


@pytest.mark.parametrize("stream", [False, True])
def test_a_seal_without_a_call_to_ride_on_is_reported(stream: bool) -> None:
    blocks = [ir.Thinking(("hm",), seal=SIGNED), ir.Text("so", seal=SIGNED)]
    document, losses = told(CHAT, list(ir.unfold(reply(blocks))), stream=stream)
    assert "EuYB" not in json.dumps(document)
    assert losses == [("dropped", "hint"), ("dropped", "hint")]


def test_a_seal_that_comes_when_its_call_is_under_way_is_reported() -> None:
    call = ir.ToolUse("a", "f", "{}", seal=SIGNED)
    document, losses = told(CHAT, list(ir.unfold(reply([call]))), stream=True)
    assert document["choices"][0]["message"]["tool_calls"][0]["id"] == "a"
    assert losses == [("dropped", "hint")]


def test_a_thought_that_begins_with_its_seal_rides_on_the_next_call_too() -> None:
    events = [
        *ir.unfold(ir.Reply(id="r", model="m")),
        ir.Opened(0, ir.Thinking((), "redacted", SIGNED)),
        ir.Closed(0),
        *[ir.Opened(1, ir.ToolUse("a", "f", "{}")), ir.Closed(1), ir.Finished("tool_use")],
    ]
    document, losses = told(CHAT, events, stream=True)
    name = document["choices"][0]["message"]["tool_calls"][0]["id"]
    assert seals.split(name) == ("a", (seals.Sealed("anthropic", "signature", "EuYB==", "redacted"),))
    assert losses == []


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_of_a_chat_server_comes_back_byte_for_byte(stream: bool) -> None:
    deltas = [
        {"reasoning_content": " a\n"},
        {"reasoning_content": "b"},
        {"content": "so"},
        {"reasoning_content": "\nc "},
    ]
    deltas.append({"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": "{}"}}]})
    ends: list[Any] = [None] * (len(deltas) - 1) + ["tool_calls"]
    chunks = [
        {"id": "x", "choices": [{"index": 0, "delta": d, "finish_reason": e}]}
        for d, e in zip(deltas, ends, strict=True)
    ]
    events = decode(CHAT, b"".join(b"data: %b\n\n" % json.dumps(each).encode() for each in chunks), stream=True)
    document, losses = told(ANTHROPIC, events, stream=stream)
    turn = {"role": "assistant", "content": document["content"]}
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "ok"}]}
    request = ANTHROPIC.read_request({**MESSAGES, "messages": [USER, turn, result]})
    draft = CHAT.write_request(request)
    assert draft.body["messages"][1]["reasoning_content"] == " a\nb\nc "
    assert (losses, draft.losses) == ([], ())


def held(of: seals.Of = "raw", maker: str = "gemini@one") -> dict[str, Any]:
    return {"type": "thinking", "thinking": "", "signature": seals.wrap(maker, "thought_signature", "Ci==", of)}


CARRIED = ir.Seal("gemini@one", "thought_signature", "Ci==")
SO = {"type": "text", "text": "so"}
USE = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
BROKEN = {"type": "thinking", "thinking": "", "signature": seals.MARK + "cut"}


@pytest.mark.parametrize(
    ("content", "blocks"),
    [
        ([held("next"), SO], (ir.Text("so", seal=CARRIED),)),
        ([held("next"), USE], (ir.ToolUse("a", "f", "{}", seal=CARRIED),)),
        ([SO, held("last")], (ir.Text("so", seal=CARRIED),)),
        ([held("text")], (ir.Text("", seal=CARRIED),)),
        ([held("raw"), SO], (ir.Thinking((), seal=CARRIED), ir.Text("so"))),
        # What its block has lost stays a seal all the same.
        ([held("next")], (ir.Text("", seal=CARRIED),)),
        ([held("last")], (ir.Text("", seal=CARRIED),)),
        ([held("raw"), held("last")], (ir.Thinking((), seal=CARRIED), ir.Text("", seal=CARRIED))),
        ([SO, held("last"), held("last")], (ir.Text("so", seal=CARRIED), ir.Text("", seal=CARRIED))),
        ([held("next"), held("next"), SO], (ir.Text("", seal=CARRIED), ir.Text("so", seal=CARRIED))),
        ([held("next"), held("raw"), SO], (ir.Text("", seal=CARRIED), ir.Thinking((), seal=CARRIED), ir.Text("so"))),
        # Words make it a thought.
        ([{**held("next"), "thinking": "hm"}, SO], (ir.Thinking(("hm",), seal=CARRIED), ir.Text("so"))),
        ([BROKEN, SO], (ir.Thinking(()), ir.Text("so"))),
        ([{**BROKEN, "thinking": "hm"}], (ir.Thinking(("hm",)),)),
    ],
)
def test_what_carries_a_seal_is_read_as_the_seal_of_its_block(content: list[Any], blocks: tuple[ir.Block, ...]) -> None:
    turns = ANTHROPIC.read_request({**MESSAGES, "messages": [USER, {"role": "assistant", "content": content}]}).turns
    assert turns[1].blocks == blocks


def test_seals_of_strangers_are_left_out_of_a_request_to_the_vendor() -> None:
    said = {"role": "assistant", "content": [held(), held("next"), SO, USE, held("text")], "x_unknown": 1}
    request = ANTHROPIC.read_request({**MESSAGES, "messages": [USER, said]})
    draft = ANTHROPIC.write_request(request)
    assert draft.body["messages"][1]["content"] == [SO, USE]
    assert [(loss.what, loss.grade) for loss in draft.losses] == [("dropped", "hint")] * 3


def cut(translator: Translator, body: dict[str, Any], model: str = "claude-opus-5-5") -> Any:
    raw = json.dumps(body).encode()
    return json.loads(edited(raw, translator.edits(JsonText.read(raw), model=model)))


UNSIGNED = {"type": "thinking", "thinking": "hm", "signature": ""}
NATIVE = {"type": "thinking", "thinking": "hm", "signature": "EuYB=="}


@pytest.mark.parametrize(
    ("content", "left"),
    [
        ("so", "so"),
        ([NATIVE, SO], [NATIVE, SO]),
        ([held(), SO, held("next"), USE, held("last")], [SO, USE]),
        ([BROKEN, SO], [SO]),
        ([UNSIGNED, NATIVE, SO], [NATIVE, SO]),
        ([{**SO, "text": seals.MARK}, {"type": "thinking"}, 5], [{**SO, "text": seals.MARK}, {"type": "thinking"}, 5]),
        ([held(), UNSIGNED], None),
        ([], []),
    ],
)
def test_what_is_ours_is_cut_out_of_a_body_for_the_vendor(content: Any, left: Any) -> None:
    said = [{"role": "assistant", "content": content}]
    messages = cut(ANTHROPIC, {**MESSAGES, "messages": [USER, *said, USER]})["messages"]
    assert messages == [USER, *([] if left is None else [{**said[0], "content": left}]), USER]


def test_other_servers_of_the_dialect_get_their_unsigned_thoughts_back() -> None:
    body = {**MESSAGES, "messages": [USER, {"role": "assistant", "content": [UNSIGNED, held(), SO]}]}
    assert cut(ANTHROPIC, body, "kimi-k3")["messages"][1]["content"] == [UNSIGNED, SO]


def test_ids_of_calls_are_the_servers_own_again() -> None:
    riding = "call_1" + seals.wrap("gemini@one", "thought_signature", "Ci==", "next")
    message = {"role": "assistant", "tool_calls": [{"id": riding, "x": 1}, {"id": "b"}, {"id": 5}, 7]}
    results = [{"role": "tool", "tool_call_id": riding}, {"role": "tool", "tool_call_id": "b"}, 5, {"tool_calls": 3}]
    body = cut(CHAT, {"model": "m", "messages": [USER, message, *results]})
    assert json.dumps(body) == json.dumps({"model": "m", "messages": [USER, message, *results]}).replace(
        riding, "call_1"
    )


@pytest.mark.parametrize("translator", [ANTHROPIC, CHAT], ids=lambda each: each.dialect)
@pytest.mark.parametrize("messages", [5, None, [], [5], [{"role": "user", "content": [[]]}]])
def test_nothing_is_cut_out_of_what_makes_no_sense(translator: Translator, messages: Any) -> None:
    text = JsonText.read(json.dumps({"x": seals.MARK, "messages": messages}).encode())
    assert dict(translator.edits(text, model="m")) == {}


@pytest.mark.parametrize("translator", [ANTHROPIC, CHAT], ids=lambda each: each.dialect)
def test_a_body_without_seals_is_not_even_parsed(translator: Translator) -> None:
    text = JsonText.read(json.dumps({**MESSAGES, "messages": [USER]}).encode())
    text.forget()
    assert dict(translator.edits(text, model="claude-opus-5-5")) == {}
    assert text._value is None
