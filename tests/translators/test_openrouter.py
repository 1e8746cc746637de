"""OpenRouter: reasoning in its own words, details that go round whole, and cache marks on parts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import ir
from ccgate.errors import MalformedReply, TruncatedReply
from ccgate.testing.laws import FailureCase, Law, ReplyCase, RequestCase, Tables
from ccgate.translators import find
from ccgate.translators.openrouter import translator
from ccgate.wire.sse import frame
from variants import HI, PNG, SIGNED, TOOL, UPSTREAM_LAWS, answer, assistant, own, thought, use, user, write

CLAUDE, KIMI = "anthropic/claude-opus-4.8", "moonshotai/kimi-k2"
USER = {"role": "user", "content": "hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
WORDS = {"type": "reasoning.text", "text": "hm, yes", "format": "anthropic-claude-v1", "index": 0, "signature": "EqQB"}
HIDDEN = {"type": "reasoning.encrypted", "data": "gAAA", "id": "rs_1", "format": "openai-responses-v1", "index": 1}


def details(*each: dict[str, Any]) -> ir.Seal:
    return ir.Seal("openrouter", "reasoning_details", json.dumps(each, separators=(",", ":")))


def say(*turns: ir.Turn, **fields: object) -> ir.Request:
    return ir.Request(**({"model": CLAUDE, "turns": turns or (HI,)} | fields))


def body(*messages: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {"model": CLAUDE, "messages": list(messages) or [USER]} | fields


REQUESTS = (
    RequestCase(name="a word", body=body(), request=say()),
    RequestCase(
        name="settings of other dialects",
        body=body(top_k=5, verbosity="low", reasoning={"effort": "xhigh"}),
        request=say(
            sampling=ir.Sampling(top_k=5),
            format=ir.Format(verbosity="low"),
            reasoning=ir.Reasoning("adaptive", "xhigh"),
        ),
    ),
    RequestCase(
        name="a call with its details",
        body=body(
            USER,
            {"role": "assistant", "content": None, "reasoning_details": [WORDS, HIDDEN], "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        ),
        request=say(HI, assistant(thought("hm, yes", details(WORDS, HIDDEN)), use("c1")), answer("c1")),
    ),
)


def chunk(delta: dict[str, Any], **more: object) -> bytes:
    choice = {"index": 0, "delta": delta} | more
    return frame(json.dumps({"id": "r", "model": "m", "choices": [choice]}).encode())


def fragment(detail: dict[str, Any], **delta: object) -> bytes:
    return chunk({"reasoning_details": [detail]} | delta)


def document(**message: object) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": None} | message, "finish_reason": "tool_calls"}
    return {"id": "r", "model": "m", "choices": [choice]}


def reply(*blocks: ir.Block, reason: ir.Reason = "tool_use") -> ir.Reply:
    return ir.Reply(id="r", model="m", blocks=blocks, reason=reason)


START = {"type": "reasoning.text", "text": "hm", "format": "anthropic-claude-v1", "index": 0}
CALLED = chunk({"tool_calls": [{"index": 0} | CALL]})
END = chunk({}, finish_reason="tool_calls") + frame(b"[DONE]")
USE = ir.ToolUse("c1", "weather", "{}")

REPLIES = (
    ReplyCase(
        name="signed words, then a call",
        document=document(reasoning="hm, yes", reasoning_details=[WORDS], tool_calls=[CALL]),
        stream=b": OPENROUTER PROCESSING\n\n"
        + fragment(START, reasoning="hm")
        + fragment(START | {"text": ", yes", "format": None}, reasoning=", yes")
        + fragment({"type": "reasoning.text", "signature": "EqQB", "index": 0})
        + CALLED
        + END,
        reply=reply(ir.Thinking(("hm, yes",), seal=details(WORDS)), USE),
    ),
    ReplyCase(
        name="hidden thoughts only",
        document=document(reasoning_details=[HIDDEN], tool_calls=[CALL]),
        stream=chunk({"reasoning_details": [HIDDEN], "tool_calls": [{"index": 0} | CALL]}) + END,
        reply=reply(USE, ir.Thinking(form="redacted", seal=details(HIDDEN))),
    ),
    ReplyCase(
        name="details without an index are whole",
        document=document(content="yes", reasoning_details=[{"type": "a"}, {"type": "a"}, {"type": "b", "index": 0}]),
        stream=fragment({"type": "a"})
        + fragment({"type": "a"})
        + fragment({"type": "b", "index": 0})
        + chunk({"content": "yes"}, finish_reason="tool_calls"),
        reply=reply(
            ir.Text("yes"),
            ir.Thinking(form="redacted", seal=details({"type": "a"}, {"type": "a"}, {"type": "b", "index": 0})),
        ),
    ),
    ReplyCase(
        name="words without details",
        document=document(reasoning="hm", tool_calls=[CALL]),
        stream=chunk({"reasoning": "hm"}) + CALLED + END,
        reply=reply(ir.Thinking(("hm",), seal=own("reasoning")), USE),
    ),
    ReplyCase(
        name="an error in a stream",
        stream=chunk({"content": "I"}) + frame(b'{"error":{"code":502,"message":"gone"},"choices":[]}'),
        reply=ir.Reply(
            id="r",
            model="m",
            blocks=(ir.Text("I"),),
            failure=ir.Failure(
                kind="api",
                message="gone",
                status=502,
                scope="provider",
                raw={"error": {"code": 502, "message": "gone"}, "choices": []},
            ),
        ),
    ),
)
FAILURES = (
    FailureCase(
        name="no credits",
        status=402,
        body=b'{"error": {"code": 402, "message": "Insufficient credits"}}',
        failure=ir.Failure(kind="billing", message="Insufficient credits", status=402, scope="key"),
    ),
)
TABLES = Tables(translator=translator, requests=REQUESTS, replies=REPLIES, failures=FAILURES)


@pytest.mark.parametrize("law", UPSTREAM_LAWS, ids=lambda law: law.__name__)
def test_the_variant_keeps_the_laws_of_an_upstream(law: Law) -> None:
    law(TABLES)


# Reasoning


@pytest.mark.parametrize(
    ("reasoning", "sent", "lost"),
    [
        (ir.Reasoning(), None, []),
        (ir.Reasoning("off"), {"effort": "none"}, []),
        (ir.Reasoning(effort="none"), {"effort": "none"}, []),
        (ir.Reasoning("adaptive"), {"enabled": True}, []),
        (ir.Reasoning(effort="max"), {"effort": "max"}, []),
        (ir.Reasoning("budget", budget=2000), {"max_tokens": 2000}, []),
        (ir.Reasoning("budget", "high", 2000, at="/r"), {"max_tokens": 2000}, ["/r/effort"]),
        (ir.Reasoning("adaptive", "heroic", at="/r"), {"enabled": True}, ["/r/effort"]),
        (ir.Reasoning("between_tools", at="/r"), None, ["/r/mode"]),
    ],
)
def test_reasoning_is_asked_for_by_effort_or_by_budget(
    reasoning: ir.Reasoning, sent: dict[str, Any] | None, lost: list[str]
) -> None:
    written, losses = write(translator, model=CLAUDE, reasoning=reasoning)
    assert written.get("reasoning") == sent
    assert losses == [(at, "dropped", "setting") for at in lost]


def test_the_callers_own_words_for_reasoning_are_left_alone() -> None:
    extra = ir.Opaque("openai_chat", {"reasoning": {"exclude": True}})
    assert write(translator, model=CLAUDE, extra=extra, reasoning=ir.Reasoning("off"))[0]["reasoning"] == {
        "exclude": True
    }


def test_models_of_openai_take_tools_and_an_effort_here() -> None:
    sent, losses = write(translator, model="openai/gpt-5.5", tools=(TOOL,), reasoning=ir.Reasoning(effort="high"))
    assert (sent["model"], sent["reasoning"]) == ("openai/gpt-5.5", {"effort": "high"})
    assert "reasoning_effort" not in sent
    assert losses == []


# Thoughts


@pytest.mark.parametrize(
    ("model", "seal", "told"),
    [
        (KIMI, None, {"reasoning": "hm"}),
        (KIMI, own("reasoning_content"), {"reasoning": "hm"}),
        (KIMI, SIGNED, {}),
        (KIMI, details(WORDS), {"reasoning_details": [WORDS]}),
        (KIMI, ir.Seal("openrouter", "reasoning_details", "[oops"), {}),
        (KIMI, ir.Seal("openrouter", "reasoning_details", "[1]"), {}),
        (CLAUDE, None, {}),
        (CLAUDE, own("reasoning"), {}),
        (CLAUDE, details(WORDS), {"reasoning_details": [WORDS]}),
    ],
)
def test_thoughts_go_back_as_the_model_can_use_them(model: str, seal: ir.Seal | None, told: dict[str, Any]) -> None:
    sent, losses = write(translator, HI, assistant(thought("hm", seal), use("c")), answer("c"), model=model)
    said = sent["messages"][1]
    assert {key: said[key] for key in said if key.startswith("reasoning")} == told
    assert losses == ([] if told else [("/hm", "dropped", "hint")])


def test_the_details_of_several_thoughts_stand_in_one_list() -> None:
    turns = (assistant(thought("a", details(WORDS)), thought("b", details(HIDDEN)), use("c")), answer("c"))
    sent, _ = write(translator, HI, *turns, model=CLAUDE)
    assert sent["messages"][1]["reasoning_details"] == [WORDS, HIDDEN]


@pytest.mark.parametrize("case", REPLIES[:3], ids=lambda case: case.name)
@pytest.mark.parametrize("streamed", [True, False])
def test_details_go_round_through_a_client_of_another_dialect(case: ReplyCase, streamed: bool) -> None:
    client = find("anthropic")
    decoder, encoder = translator.decoder(stream=streamed), client.encoder(stream=False)
    data = case.stream if streamed else json.dumps(case.document).encode()
    for event in [*decoder.feed(data or b""), *decoder.close()]:
        encoder.feed(event)
    content = json.loads(encoder.close())["content"]
    messages = [USER, {"role": "assistant", "content": content}, USER]
    request = client.read_request({"model": "x", "max_tokens": 9, "messages": messages})
    sent, _ = write(translator, *request.turns, model=CLAUDE)
    choice = (case.document or {})["choices"][0]
    assert sent["messages"][1]["reasoning_details"] == choice["message"]["reasoning_details"]


def test_details_of_another_choice_or_of_no_shape_are_not_heard() -> None:
    decoder = translator.decoder(stream=True)
    shapes: list[object] = [{"index": 1, "delta": {"reasoning_details": [HIDDEN]}}]
    shapes += [
        {"index": 0, "delta": {"content": "a", "reasoning": "b", "reasoning_details": shape}} for shape in ("x", ["y"])
    ]
    events = [event for each in shapes for event in decoder.feed(frame(json.dumps({"choices": [each]}).encode()))]
    seals = [event.piece for event in events if isinstance(event, ir.Delta) and isinstance(event.piece, ir.Seal)]
    assert {seal.maker for seal in seals} == {"openai_chat"}
    assert not decoder.done


@pytest.mark.parametrize(
    "data", [b'"reasoning_details"', b'{"reasoning_details"', b'{"choices": ["reasoning_details", 1]}']
)
@pytest.mark.parametrize("streamed", [True, False])
def test_what_is_malformed_is_the_bases_to_refuse(data: bytes, streamed: bool) -> None:
    decoder = translator.decoder(stream=streamed)
    with pytest.raises(MalformedReply):
        for _ in (decoder.feed(frame(data) if streamed else data), decoder.close()):
            pass


def test_a_whole_answer_is_done_when_it_is_closed_and_half_a_frame_is_cut() -> None:
    whole = translator.decoder(stream=False)
    assert list(whole.feed(json.dumps(REPLIES[0].document).encode())) == []
    assert not whole.done
    assert whole.close()
    assert whole.done
    half = translator.decoder(stream=True)
    half.feed(b'data: {"choices": [{"delta": {"content"')
    with pytest.raises(TruncatedReply):
        half.close()


# Cache marks

MARK = ir.Mark("1h")
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
PLAIN = {"cache_control": {"type": "ephemeral"}}
PNG_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


@pytest.mark.parametrize(
    ("model", "control"), [(CLAUDE, HOUR), ("google/gemini-3-pro", PLAIN), (KIMI, None), ("openai/gpt-5.5", None)]
)
def test_marks_stand_on_parts_for_models_that_know_them(model: str, control: dict[str, Any] | None) -> None:
    turns = (
        ir.Turn("system", (ir.Text("a"), ir.Text("b", mark=MARK, at="/b"))),
        user(ir.Text("look"), ir.Media("image", PNG, mark=MARK, at="/png")),
        assistant(use("c")),
        user(ir.ToolResult("c", (ir.Text("sunny"),), mark=MARK, at="/result")),
    )
    sent, losses = write(translator, *turns, model=model)
    system, look, _, result = (message["content"] for message in sent["messages"])
    if control is None:
        assert (system, result) == ("a\n\nb", "sunny")
        assert {loss[2] for loss in losses} == {"hint"}
        assert len(losses) == 3
    else:
        assert system == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"} | control]
        assert look[1] == PNG_PART | control
        assert result == [{"type": "text", "text": "sunny"} | control]
        assert losses == []


@pytest.mark.parametrize(
    "block",
    [
        ir.Media("document", ir.Words("text"), mark=MARK, at="/x"),
        ir.Text("x", mark=MARK, extra=ir.Opaque("martian", {}), at="/x"),
        ir.ToolResult("c", (), mark=MARK, at="/x"),
        ir.ToolResult("c", (ir.Media("image", PNG),), mark=MARK, at="/x"),
    ],
)
def test_a_mark_that_finds_no_part_is_reported(block: ir.Block) -> None:
    _, losses = write(translator, assistant(use("c")), user(block), model=CLAUDE)
    assert ("/x/mark", "dropped", "hint") in losses


def test_a_mark_on_a_result_and_on_its_last_text_is_one() -> None:
    marked = ir.ToolResult("c", (ir.Text("sunny", mark=MARK),), mark=MARK, at="/x")
    sent, losses = write(translator, assistant(use("c")), user(marked), model=CLAUDE)
    assert sent["messages"][1]["content"] == [{"type": "text", "text": "sunny"} | HOUR]
    assert losses == [("/x/mark", "dropped", "hint")]
