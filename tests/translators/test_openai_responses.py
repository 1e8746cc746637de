"""OpenAI Responses: the tables of replies and failures, and the laws of every translator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccgate import ir
from ccgate.testing.laws import LAWS, FailureCase, Law, ReplyCase, Tables
from ccgate.translators.openai_responses import translator

OURS = "openai_responses"
USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 0},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 120,
}
TOLD = ir.Usage(input=70, cache_read=30, output=20, reasoning=5)
SEAL = ir.Seal(OURS, "encrypted_content", "gAAAA")


def response(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": "gpt-5.5",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": USAGE,
        **more,
    }


def own(**fields: Any) -> ir.Opaque:
    return ir.Opaque(OURS, fields)


def message(text: str, n: int = 0, *, notes: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": list(notes), "logprobs": []}
    return {
        "id": f"msg_1_{n}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
        **more,
    }


def refusal(text: str) -> dict[str, Any]:
    return {**message(""), "content": [{"type": "refusal", "refusal": text}]}


def call(n: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": f"fc_1_{n}",
        "type": "function_call",
        "status": "completed",
        "call_id": f"call_{n}",
        "name": "weather",
        "arguments": '{"city":"Rome"}',
        **more,
    }


def custom(n: int = 0) -> dict[str, Any]:
    return {
        "id": f"ctc_1_{n}",
        "type": "custom_tool_call",
        "status": "completed",
        "call_id": f"call_{n}",
        "name": "apply_patch",
        "input": "*** Begin",
    }


def reasoning(*summary: str, n: int = 0, **more: Any) -> dict[str, Any]:
    parts = [{"type": "summary_text", "text": each} for each in summary]
    return {"id": f"rs_1_{n}", "type": "reasoning", "summary": parts, **more}


SEARCH = {"id": "ws_9", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}
NOTE = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 5}
FILE_NOTE = {"type": "file_citation", "file_id": "file_1", "filename": "a.txt", "index": 3}
CITED = ir.Citation(title="A", url="https://a.example", start=0, end=5)
FILE_CITED = ir.Citation(extra=own(type="file_citation", file_id="file_1", filename="a.txt", index=3))

WEATHER = ir.ToolUse("call_0", "weather", '{"city":"Rome"}')


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def stream(*events: bytes, last: dict[str, Any] | None = None, begun: bool = True) -> bytes:
    """A stream around some events; `last` is its last response."""
    first = response(status="in_progress", usage=None)
    head = event("response.created", response=first) + event("response.in_progress", response=first) if begun else b""
    last = last or response()
    return head + b"".join(events) + event(f"response.{last['status']}", response=last)


def done(n: int, item: dict[str, Any]) -> bytes:
    return event("response.output_item.done", output_index=n, item=item)


def added(n: int, item: dict[str, Any], **empty: Any) -> bytes:
    return event("response.output_item.added", output_index=n, item={**item, "status": "in_progress", **empty})


def grows(kind: str, *pieces: str, n: int = 0, **place: Any) -> bytes:
    return b"".join(event(f"response.{kind}.delta", output_index=n, **place, delta=piece) for piece in pieces)


def reply(*blocks: ir.Block, reason: ir.Reason = "end", **more: Any) -> ir.Reply:
    return ir.Reply(**({"id": "resp_1", "model": "gpt-5.5", "blocks": blocks, "usage": TOLD, "reason": reason} | more))


HELLO = stream(
    added(0, message(""), content=[]),
    event("response.content_part.added", output_index=0, content_index=0, part={"type": "output_text", "text": ""}),
    grows("output_text", "hel", "lo", content_index=0),
    event("response.output_text.done", output_index=0, content_index=0, text="hello"),
    done(0, message("hello")),
    last=response(message("hello")),
)

REPLIES = (
    ReplyCase(name="a word", document=response(message("hello")), reply=reply(ir.Text("hello")), stream=HELLO),
    ReplyCase(
        name="a stream that is nothing but complete items",
        document=response(message("hello"), call(1)),
        reply=reply(ir.Text("hello"), ir.ToolUse("call_1", "weather", '{"city":"Rome"}'), reason="tool_use"),
        stream=stream(done(0, message("hello")), done(1, call(1)), last=response(usage=USAGE)),
    ),
    ReplyCase(
        name="a stream that is nothing but its end",
        document=response(message("hello")),
        reply=reply(ir.Text("hello")),
        stream=stream(last=response(message("hello")), begun=False) + b"data: [DONE]\n\n",
    ),
    ReplyCase(
        name="a message of many parts",
        document=response(
            {
                **message("one", phase="commentary"),
                "content": [
                    {"type": "output_text", "text": "one", "annotations": [NOTE, FILE_NOTE]},
                    {"type": "output_text", "text": "two"},
                    {"type": "refusal", "refusal": "no"},
                ],
            }
        ),
        reply=reply(
            ir.Text("one", citations=(CITED, FILE_CITED), extra=own(phase="commentary")),
            ir.Text("two"),
            ir.Text("no", refusal=True),
            reason="refusal",
        ),
        written=response(
            message("one", notes=(NOTE, FILE_NOTE), phase="commentary"),
            message("two", 1),
            {**refusal("no"), "id": "msg_1_2"},
        ),
        stream=stream(
            added(0, message("", phase="commentary"), content=[]),
            grows("output_text", "one", content_index=0),
            event("response.output_text.annotation.added", output_index=0, content_index=0, annotation=NOTE),
            grows("output_text", "t", "wo", content_index=1),
            grows("refusal", "no", "", content_index=2),
            done(
                0,
                {
                    **message("one", phase="commentary"),
                    "content": [
                        {"type": "output_text", "text": "one", "annotations": [NOTE, FILE_NOTE]},
                        {"type": "output_text", "text": "two"},
                        {"type": "refusal", "refusal": "no"},
                    ],
                },
            ),
        ),
    ),
    ReplyCase(
        name="a refusal",
        document=response(refusal("no")),
        reply=reply(ir.Text("no", refusal=True), reason="refusal"),
        stream=stream(added(0, refusal("no")), grows("refusal", "n", "o", content_index=0), done(0, refusal("no"))),
    ),
    ReplyCase(
        name="calls of both kinds, at once",
        document=response(call(0), custom(1), call(2, namespace="mcp__echo", name="echo")),
        reply=reply(
            WEATHER,
            ir.ToolUse("call_1", "apply_patch", "*** Begin", form="text"),
            ir.ToolUse("call_2", "echo", '{"city":"Rome"}', "mcp__echo"),
            reason="tool_use",
        ),
        stream=stream(
            added(0, call(0), arguments=""),
            added(1, custom(1), input=""),
            added(2, call(2, namespace="mcp__echo", name="echo"), arguments=""),
            grows("function_call_arguments", '{"city":', n=0),
            grows("custom_tool_call_input", "*** ", "Begin", n=1),
            grows("function_call_arguments", '"Rome"}', n=0),
            done(1, custom(1)),
            done(0, call(0)),
            done(2, call(2, namespace="mcp__echo", name="echo")),
        ),
    ),
    ReplyCase(
        name="reasoning in paragraphs, then the same encrypted, then words",
        document=response(reasoning("first", "second", encrypted_content="gAAAA"), message("hello", 1)),
        reply=reply(ir.Thinking(("first", "second"), "summary", SEAL), ir.Text("hello")),
        stream=stream(
            added(0, reasoning()),
            event("response.reasoning_summary_part.added", output_index=0, summary_index=0, part={}),
            grows("reasoning_summary_text", "fir", "st", summary_index=0),
            grows("reasoning_summary_text", "second", summary_index=1),
            done(0, reasoning("first", "second", encrypted_content="gAAAA")),
            grows("output_text", "hello", n=1, content_index=0),
            done(1, message("hello")),
        ),
    ),
    ReplyCase(
        name="thoughts as they were, and their summary",
        document=response(
            reasoning("short", content=[{"type": "reasoning_text", "text": "long"}], encrypted_content="gAAAA"),
        ),
        reply=reply(ir.Thinking(("short",), "summary", SEAL), ir.Thinking(("long",), "raw")),
        written=response(
            reasoning("short", encrypted_content="gAAAA"),
            reasoning(n=1, content=[{"type": "reasoning_text", "text": "long"}]),
        ),
    ),
    ReplyCase(
        name="thoughts in paragraphs",
        document=response(reasoning(content=[{"type": "reasoning_text", "text": each} for each in ("a", "b")])),
        reply=reply(ir.Thinking(("a", "b"), "raw")),
        stream=stream(
            added(0, reasoning()),
            grows("reasoning_text", "a", content_index=0),
            grows("reasoning_text", "b", "", content_index=1),
            done(0, reasoning(content=[{"type": "reasoning_text", "text": each} for each in ("a", "b")])),
        ),
    ),
    ReplyCase(
        name="reasoning that nobody may see",
        document=response(reasoning(encrypted_content="gAAAA"), message("hello", 1)),
        reply=reply(ir.Thinking((), "redacted", SEAL), ir.Text("hello")),
        stream=stream(added(0, reasoning()), done(0, reasoning(encrypted_content="gAAAA")), done(1, message("hello"))),
    ),
    ReplyCase(
        name="an item that only this dialect has",
        document=response(SEARCH, message("hello", 1)),
        reply=reply(ir.Opaque(OURS, SEARCH, "web search: q"), ir.Text("hello")),
        stream=stream(
            added(0, SEARCH),
            event("response.web_search_call.searching", output_index=0, item_id="ws_9"),
            done(0, SEARCH),
            event("keepalive"),
            grows("output_text", "hello", n=1, content_index=0),
            done(1, message("hello", 1)),
        ),
    ),
    ReplyCase(
        name="an event from tomorrow",
        reply=reply(ir.Text("hello"), kept=(own(type="response.sparkles", many=3),)),
        stream=stream(event("response.sparkles", many=3, sequence_number=5), done(0, message("hello"))),
    ),
    ReplyCase(
        name="an answer that met its limit",
        document=response(message("hel"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        reply=reply(ir.Text("hel"), reason="limit"),
        stream=stream(
            added(0, message("")),
            grows("output_text", "hel", content_index=0),
            last=response(status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        ),
    ),
    ReplyCase(
        name="an answer that a filter stopped",
        document=response(status="incomplete", incomplete_details={"reason": "content_filter"}),
        reply=reply(reason="refusal"),
    ),
    ReplyCase(
        name="an answer that stopped for a reason of its own",
        document=response(status="incomplete", incomplete_details={"reason": "steered"}),
        reply=reply(reason="other", detail=ir.Opaque(OURS, {"incomplete_details": {"reason": "steered"}}, "steered")),
    ),
    ReplyCase(
        name="an answer that goes on",
        document=response(message("hello"), end_turn=False),
        reply=reply(ir.Text("hello"), reason="pause"),
    ),
    ReplyCase(
        name="tokens that were written, and a tier",
        document=response(
            service_tier="priority",
            usage={
                **USAGE,
                "input_tokens_details": {
                    "cached_tokens": 30,
                    "cache_write_tokens": 10,
                    "cache_write_tokens_details": {"ttl_30m_tokens": 4, "ttl_12h_tokens": 6},
                },
            },
        ),
        reply=reply(
            usage=ir.Usage(
                input=60, cache_read=30, cache_write={"30m": 4, "12h": 6}, output=20, reasoning=5, tier="priority"
            )
        ),
    ),
    ReplyCase(
        name="a response that failed",
        document={"id": "resp_1", "status": "failed", "error": {"code": "server_error", "message": "on fire"}},
        reply=ir.Reply(
            failure=ir.Failure(
                kind="api",
                message="on fire",
                status=500,
                code="server_error",
                scope="provider",
                raw={"id": "resp_1", "status": "failed", "error": {"code": "server_error", "message": "on fire"}},
            )
        ),
        written={
            **response(id="resp_0", model="", status="failed", usage=None),
            "error": {"code": "server_error", "message": "on fire", "type": "server_error"},
        },
    ),
    ReplyCase(
        name="an error in place of an event",
        reply=ir.Reply(
            id="resp_1",
            model="gpt-5.5",
            blocks=(ir.Text("hel"),),
            failure=ir.Failure(
                kind="overloaded",
                message="slow down",
                status=529,
                code="slow_down",
                scope="provider",
                raw={"type": "error", "code": "slow_down", "message": "slow down", "param": None},
            ),
        ),
        stream=stream(grows("output_text", "hel", content_index=0)).rpartition(b"event: response.completed")[0]
        + event("error", code="slow_down", message="slow down", param=None),
    ),
)

FAILURES = (
    FailureCase(
        name="too much to read",
        status=400,
        body=json.dumps(
            {"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}
        ).encode(),
        failure=ir.Failure(
            kind="context_overflow",
            message="prompt is too long: too long",
            status=400,
            code="context_length_exceeded",
        ),
    ),
    FailureCase(
        name="an empty account",
        status=429,
        headers=((b"retry-after", b"7"),),
        body=b'{"error": {"message": "pay", "type": "insufficient_quota", "code": "insufficient_quota"}}',
        failure=ir.Failure(
            kind="billing", message="pay", status=429, retry_after=7, code="insufficient_quota", scope="key"
        ),
    ),
    FailureCase(
        name="too many requests",
        status=429,
        headers=((b"retry-after", b"2"),),
        body=b'{"error": {"message": "wait", "type": "requests", "code": "rate_limit_exceeded"}}',
        failure=ir.Failure(
            kind="rate_limit", message="wait", status=429, retry_after=2, code="rate_limit_exceeded", scope="key"
        ),
    ),
    FailureCase(
        name="no such model",
        status=404,
        body=b'{"error": {"message": "no m", "type": "invalid_request_error", "code": "model_not_found"}}',
        failure=ir.Failure(kind="not_found", message="no m", status=404, code="model_not_found", scope="model"),
    ),
    FailureCase(
        name="the gateway's own key",
        status=403,
        body=b'{"error": {"message": "bad key", "type": "permission_error", "code": "provider_key_refused"}}',
        failure=ir.Failure(
            kind="provider_key", message="bad key", status=403, code="provider_key_refused", scope="key"
        ),
    ),
)

TABLES = Tables(translator=translator, replies=REPLIES, failures=FAILURES)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_translator_keeps(law: Law):
    law(TABLES)
