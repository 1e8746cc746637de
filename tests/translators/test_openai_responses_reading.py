from __future__ import annotations

from typing import Any, cast

import pytest

from ccgate import errors, ir
from ccgate.testing.laws import LAWS, Law, RequestCase, Tables
from ccgate.translators.openai_responses import reading, translator, writing
from ccgate.translators.openai_responses.says import says
from ccgate.translators.openai_responses.tools import kind_of
from ccgate.translators.protocol import Draft

OURS = "openai_responses"


def extra(**fields: Any) -> ir.Opaque:
    return ir.Opaque(OURS, fields)


def read(**words: Any) -> ir.Request:
    """A request that was read here: it has an `extra`, be it empty."""
    return ir.Request(**{"model": "m", "extra": extra()} | words)


def item_of(value: dict[str, Any], n: int = 0) -> ir.Opaque:
    return ir.Opaque(OURS, value, says(value), at=f"/input/{n}")


def asked(name: str, *items: dict[str, Any], turns: tuple[ir.Turn, ...], home: Any = None) -> RequestCase:
    """A request that is nothing but its input."""
    body = {"model": "m", "input": list(items)}
    back = None if home is None else {"model": "m", "input": list(home)}
    return RequestCase(name=name, body=body, request=read(turns=turns), home=back)


def user(*blocks: ir.Block, at: str = "/input/0", extra: ir.Opaque | None = None) -> ir.Turn:
    return ir.Turn("user", blocks, at=at, extra=extra)


def assistant(*blocks: ir.Block, at: str = "/input/0", extra: ir.Opaque | None = None) -> ir.Turn:
    return ir.Turn("assistant", blocks, at=at, extra=extra)


def says_hi(**more: Any) -> dict[str, Any]:
    return {"model": "m", "input": "hi", **more}


HI = (user(ir.Text("hi", at="/input"), at="/input"),)


def with_hi(name: str, *, home: dict[str, Any] | None = None, body: dict[str, Any], **words: Any) -> RequestCase:
    """A request that says hi, and one thing more."""
    return RequestCase(name=name, body=says_hi(**body), request=read(**{"turns": HI} | words), home=home)


LARK = {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}
SCHEMA = {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]}
EXEC = {"type": "function", "name": "exec_command", "description": "Runs", "strict": False, "parameters": SCHEMA}
PATCH = {"type": "custom", "name": "apply_patch", "description": "Patches", "format": LARK}
ECHO = {"type": "namespace", "name": "mcp__echo", "description": "", "tools": [{"type": "function", "name": "echo"}]}
WEB = {"type": "web_search", "external_web_access": True}
SEARCH = {"type": "tool_search", "execution": "client", "parameters": SCHEMA}

EXEC_TOOL = ir.Tool("exec_command", "Runs", SCHEMA, strict=False)
PATCH_TOOL = ir.Tool("apply_patch", "Patches", form="text", grammar=ir.Grammar("lark", "start: WORD"))
ECHO_TOOL = ir.Tool("echo", namespace=ir.Namespace("mcp__echo", ""), at="/tools/0/tools/0")

MESSAGES = (
    RequestCase(name="a string", body=says_hi(), request=read(turns=HI)),
    asked(
        "messages of all roles",
        *({"type": "message", "role": role, "content": "hi"} for role in ("system", "developer", "user", "assistant")),
        turns=tuple(
            ir.Turn(cast("Any", role), (ir.Text("hi", at=f"/input/{n}/content"),), at=f"/input/{n}")
            for n, role in enumerate(("system", "developer", "user", "assistant"))
        ),
    ),
    asked(
        "a message that does not say its type",
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        turns=(user(ir.Text("hi"), extra=extra(type=None)),),
    ),
    asked(
        "what a coding agent says",
        {
            "type": "message",
            "id": "msg_1",
            "role": "developer",
            "content": [{"type": "input_text", "text": "You code"}, {"type": "input_text", "text": "well"}],
        },
        turns=(ir.Turn("developer", (ir.Text("You code"), ir.Text("well")), extra=extra(id="msg_1")),),
    ),
    asked(
        "what the model said",
        {
            "type": "message",
            "id": "msg_2",
            "role": "assistant",
            "status": "completed",
            "phase": "commentary",
            "content": [
                {"type": "output_text", "text": "Look", "annotations": []},
                {"type": "output_text", "text": "up"},
                {"type": "refusal", "refusal": "No"},
                {"type": "input_text", "text": "odd"},
            ],
        },
        turns=(
            ir.Turn(
                "assistant",
                (
                    ir.Text("Look"),
                    ir.Text("up", extra=extra(annotations=None)),
                    ir.Text("No", refusal=True),
                    ir.Text("odd", extra=extra(type="input_text")),
                ),
                phase="commentary",
                extra=extra(id="msg_2", status="completed"),
            ),
        ),
    ),
    asked(
        "the model's words in the user's mouth",
        {"type": "message", "role": "user", "content": [{"type": "output_text", "text": "x", "annotations": []}]},
        turns=(user(ir.Text("x", extra=extra(type="output_text"))),),
    ),
    asked(
        "citations",
        {
            "type": "message",
            "role": "assistant",
            "content": [
                {
                    "type": "output_text",
                    "text": "It rains",
                    "annotations": [
                        {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 8},
                        {"type": "file_citation", "file_id": "f", "filename": "n", "index": 3},
                    ],
                },
                {"type": "output_text", "text": "odd", "annotations": [5]},
            ],
        },
        turns=(
            assistant(
                ir.Text(
                    "It rains",
                    citations=(
                        ir.Citation(url="u", title="t", start=0, end=8),
                        ir.Citation(extra=extra(type="file_citation", file_id="f", filename="n", index=3)),
                    ),
                ),
                ir.Text("odd", extra=extra(annotations=[5])),
            ),
        ),
    ),
    asked(
        "cache breakpoints",
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}},
                {"type": "input_text", "text": "b", "prompt_cache_breakpoint": {"mode": "explicit"}},
                {"type": "input_text", "text": "c", "prompt_cache_breakpoint": {"mode": "new"}},
                {"type": "input_text", "text": "d", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": 5}},
            ],
        },
        turns=(
            user(
                ir.Text("a", mark=ir.Mark("12h")),
                ir.Text("b", mark=ir.Mark()),
                ir.Text("c", extra=extra(prompt_cache_breakpoint={"mode": "new"})),
                ir.Text("d", extra=extra(prompt_cache_breakpoint={"mode": "explicit", "ttl": 5})),
            ),
        ),
    ),
    asked(
        "images",
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "original"},
                {"type": "input_image", "image_url": "https://x/y.png", "file_id": None},
                {"type": "input_image", "file_id": "file-1", "detail": "low"},
                {"type": "input_image", "image_url": "data:image/png;base64,A\nA=="},
                {"type": "input_image", "detail": "low"},
            ],
        },
        turns=(
            user(
                ir.Media("image", ir.Inline("image/png", "AA=="), detail="original"),
                ir.Media("image", ir.Url("https://x/y.png"), extra=extra(file_id=None)),
                ir.Media("image", ir.File("file-1", OURS), detail="low"),
                ir.Media(
                    "image", ir.Inline("image/png", "AA=="), extra=extra(image_url="data:image/png;base64,A\nA==")
                ),
                ir.Opaque(OURS, {"type": "input_image", "detail": "low"}, at="/input/0/content/4"),
            ),
        ),
    ),
    asked(
        "files",
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
                {"type": "input_file", "filename": "a.TXT", "file_data": "AA=="},
                {"type": "input_file", "file_data": "AA=="},
                {"type": "input_file", "file_url": "https://x/y.pdf"},
                {"type": "input_file", "file_id": "file-1"},
                {"type": "input_file", "filename": "a.pdf"},
            ],
        },
        turns=(
            user(
                ir.Media("document", ir.Inline("application/pdf", "AA=="), title="a.pdf"),
                ir.Media("document", ir.Inline("text/plain", "AA=="), title="a.TXT", extra=extra(file_data="AA==")),
                ir.Media("document", ir.Inline("application/octet-stream", "AA=="), extra=extra(file_data="AA==")),
                ir.Media("document", ir.Url("https://x/y.pdf")),
                ir.Media("document", ir.File("file-1", OURS)),
                ir.Opaque(OURS, {"type": "input_file", "filename": "a.pdf"}, at="/input/0/content/5"),
            ),
        ),
    ),
    asked(
        "a part from tomorrow",
        {"type": "message", "role": "user", "content": [{"type": "input_smell", "text": "roses", "strength": 3}]},
        turns=(
            user(
                ir.Opaque(
                    OURS, {"type": "input_smell", "text": "roses", "strength": 3}, "roses", at="/input/0/content/0"
                )
            ),
        ),
    ),
)

SEALED = ir.Seal(OURS, "encrypted_content", "gAAA==")
SUMMARY = [{"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "two"}]
RAW = [{"type": "reasoning_text", "text": "thoughts"}]

REASONING = (
    asked(
        "a summary, sealed, without raw thoughts",
        {"type": "reasoning", "id": "rs_1", "summary": SUMMARY, "content": None, "encrypted_content": "gAAA=="},
        turns=(assistant(ir.Thinking(("one", "two"), "summary", SEALED, extra=extra(id="rs_1", content=None))),),
    ),
    asked(
        "nothing but a seal",
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAA=="},
        turns=(assistant(ir.Thinking((), "redacted", SEALED)),),
    ),
    asked(
        "nothing at all",
        {"type": "reasoning", "summary": [], "encrypted_content": None},
        turns=(assistant(ir.Thinking((), "summary", extra=extra(encrypted_content=None))),),
    ),
    asked(
        "no summary",
        {"type": "reasoning", "content": RAW},
        turns=(assistant(ir.Thinking(("thoughts",), "raw", extra=extra(summary=None))),),
    ),
    asked(
        "raw thoughts",
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": RAW, "encrypted_content": "gAAA=="},
        turns=(assistant(ir.Thinking(("thoughts",), "raw", SEALED, extra=extra(id="rs_1"))),),
    ),
    asked(
        "a summary and raw thoughts",
        {"type": "reasoning", "id": "rs_1", "summary": SUMMARY, "content": RAW, "status": "completed"},
        turns=(
            assistant(
                ir.Thinking(("one", "two"), "summary", extra=extra(id="rs_1", status="completed")),
                ir.Thinking(("thoughts",), "raw"),
            ),
        ),
    ),
    asked(
        "a summary with more than text",
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "one", "x": 1}]},
        turns=(
            assistant(
                ir.Thinking(("one",), "summary", extra=extra(summary=[{"type": "summary_text", "text": "one", "x": 1}]))
            ),
        ),
    ),
)

CALL = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "echo", "arguments": '{"a": 1}'}
OUTPUT = {"type": "function_call_output", "id": "fco_1", "call_id": "c", "output": "ping"}

CALLS = (
    asked(
        "a call and its output",
        {**CALL, "namespace": "mcp__echo", "status": "completed"},
        OUTPUT,
        turns=(
            assistant(
                ir.ToolUse("c", "echo", '{"a": 1}', "mcp__echo", extra=extra(id="fc_1", status="completed")),
            ),
            user(
                ir.ToolResult("c", (ir.Text("ping", at="/input/1/output"),), extra=extra(id="fco_1")),
                at="/input/1",
            ),
        ),
    ),
    asked(
        "an output of many parts",
        {
            "type": "function_call_output",
            "call_id": "c",
            "name": "echo",
            "output": [
                {"type": "input_text", "text": "ping"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "original"},
            ],
        },
        turns=(
            user(
                ir.ToolResult(
                    "c",
                    (ir.Text("ping"), ir.Media("image", ir.Inline("image/png", "AA=="), detail="original")),
                    name="echo",
                )
            ),
        ),
    ),
    asked(
        "an output without a call",
        {"type": "function_call_output", "name": "clock", "namespace": "ns", "output": []},
        turns=(user(ir.ToolResult("", name="clock", extra=extra(namespace="ns", call_id=None))),),
    ),
    asked(
        "a call in free text",
        {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "*** Begin", "namespace": "f"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "done"},
        turns=(
            assistant(ir.ToolUse("c", "apply_patch", "*** Begin", "f", "text")),
            user(ir.ToolResult("c", (ir.Text("done", at="/input/1/output"),), form="text"), at="/input/1"),
        ),
    ),
    asked(
        "a search for tools that the caller does",
        {"type": "tool_search_call", "call_id": "s", "execution": "client", "arguments": {"query": "echo"}},
        {"type": "tool_search_output", "call_id": "s", "execution": "client", "tools": [ECHO]},
        turns=(
            assistant(
                ir.ToolUse(
                    "s", "tool_search", '{"query": "echo"}', extra=extra(type="tool_search_call", execution="client")
                )
            ),
            user(
                ir.ToolResult(
                    "s",
                    (ir.Tools((ECHO_TOOL,), at="/input/1/tools"),),
                    name="tool_search",
                    extra=extra(type="tool_search_output", execution="client"),
                ),
                at="/input/1",
            ),
        ),
    ),
    asked(
        "a search for tools that the provider does",
        {"type": "tool_search_call", "call_id": None, "execution": "server", "arguments": {"query": "echo"}},
        {"type": "tool_search_output", "call_id": None, "execution": "server", "tools": [EXEC]},
        turns=(
            assistant(
                item_of(
                    {"type": "tool_search_call", "call_id": None, "execution": "server", "arguments": {"query": "echo"}}
                )
            ),
            ir.Turn(
                "developer",
                (
                    ir.Tools(
                        (EXEC_TOOL,),
                        extra=extra(type="tool_search_output", call_id=None, execution="server", role=None),
                    ),
                ),
                at="/input/1",
            ),
        ),
    ),
)

ITEMS = (
    asked(
        "tools in the conversation",
        {"type": "additional_tools", "id": "at_1", "role": "developer", "tools": [ECHO, PATCH]},
        turns=(ir.Turn("developer", (ir.Tools((ECHO_TOOL, PATCH_TOOL), extra=extra(id="at_1")),)),),
    ),
    asked(
        "another effort from here on",
        {"type": "configuration_update", "id": "cu_1", "reasoning": {"effort": "high"}},
        turns=(ir.Turn("developer", reasoning=ir.Reasoning(effort="high"), extra=extra(id="cu_1")),),
    ),
    *(
        asked(
            f"the item {value.get('type')}",
            value,
            turns=(ir.Turn(cast("Any", role), (item_of(value),), at="/input/0"),),
        )
        for role, value in (
            ("assistant", {"type": "compaction", "encrypted_content": "x"}),
            ("user", {"type": "compaction_trigger"}),
            ("user", {"type": "item_reference", "id": "msg_1"}),
            ("user", {"id": "msg_1"}),
            ("assistant", {"type": "local_shell_call", "call_id": "c", "action": {"command": ["ls", "-l"]}}),
            ("user", {"type": "local_shell_call_output", "id": "x", "output": "a.txt"}),
            ("assistant", {"type": "configuration_update", "text": {"format": {"type": "text"}}}),
            ("assistant", {"type": "additional_tools", "role": "unknown", "tools": []}),
            ("assistant", {"type": "message", "role": "critic", "content": "hm"}),
            ("assistant", {"type": "from_tomorrow"}),
        )
    ),
)

TOOLS = (
    with_hi(
        "tools that the caller runs",
        body={
            "tools": [
                EXEC,
                PATCH,
                {"type": "custom", "name": "free", "format": {"type": "text"}},
                {"type": "function", "name": "late", "defer_loading": True, "strict": None, "parameters": None},
            ]
        },
        tools=(
            EXEC_TOOL,
            PATCH_TOOL,
            ir.Tool("free", form="text", extra=extra(format={"type": "text"})),
            ir.Tool("late", deferred=True, extra=extra(strict=None, parameters=None)),
        ),
    ),
    with_hi(
        "groups of tools",
        body={
            "tools": [
                {"type": "namespace", "name": "a", "tools": [EXEC, PATCH]},
                {"type": "namespace", "name": "a", "tools": [EXEC], "color": "red"},
                EXEC,
                {"type": "namespace", "name": "empty", "tools": []},
                {"type": "namespace", "name": "mixed", "tools": [EXEC, WEB]},
            ]
        },
        tools=(
            ir.Tool("exec_command", "Runs", SCHEMA, strict=False, namespace=ir.Namespace("a"), at="/tools/0/tools/0"),
            ir.Tool(
                "apply_patch",
                "Patches",
                form="text",
                grammar=ir.Grammar("lark", "start: WORD"),
                namespace=ir.Namespace("a"),
                at="/tools/0/tools/1",
            ),
            ir.Tool(
                "exec_command",
                "Runs",
                SCHEMA,
                strict=False,
                namespace=ir.Namespace("a"),
                at="/tools/1/tools/0",
                extra=extra(namespace={"color": "red"}),
            ),
            EXEC_TOOL,
            ir.Hosted("namespace", ir.Opaque(OURS, {"type": "namespace", "name": "empty", "tools": []})),
            ir.Hosted("namespace", ir.Opaque(OURS, {"type": "namespace", "name": "mixed", "tools": [EXEC, WEB]})),
        ),
    ),
    with_hi(
        "tools that the provider runs",
        body={"tools": [WEB, SEARCH | {"execution": "server"}, {"type": "web_search_preview_2025_03_11"}]},
        tools=(
            ir.Hosted("web_search", ir.Opaque(OURS, WEB)),
            ir.Hosted("tool_search", ir.Opaque(OURS, SEARCH | {"execution": "server"})),
            ir.Hosted("web_search", ir.Opaque(OURS, {"type": "web_search_preview_2025_03_11"})),
        ),
    ),
    with_hi(
        "a search for tools that the caller runs",
        body={
            "tools": [
                SEARCH | {"description": "finds tools", "color": "red"},
                {"type": "tool_search", "execution": "client", "parameters": None, "name": "odd"},
            ]
        },
        tools=(
            ir.Tool(
                "tool_search",
                "finds tools",
                SCHEMA,
                extra=extra(type="tool_search", execution="client", color="red", name=None),
            ),
            ir.Tool("tool_search", extra=extra(type="tool_search", execution="client", parameters=None, name="odd")),
        ),
    ),
    with_hi("no tools", body={"tools": []}, extra=extra(tools=[])),
    *(
        with_hi(f"the choice {value}", body={"tool_choice": value}, choice=choice)
        for value, choice in (
            ("auto", ir.Choice()),
            ("none", ir.Choice("none")),
            ("required", ir.Choice("any")),
            ({"type": "function", "name": "f"}, ir.Choice("named", ("f",))),
            (
                {"type": "function", "name": "f", "namespace": "n"},
                ir.Choice("named", ("f",), extra=extra(namespace="n")),
            ),
            ({"type": "custom", "name": "f"}, ir.Choice("named", ("f",), extra=extra(type="custom"))),
            (
                {"type": "web_search_preview"},
                ir.Choice("named", ("web_search",), extra=extra(type="web_search_preview", name=None)),
            ),
            (
                {"type": "mcp", "server_label": "s", "name": "f"},
                ir.Choice("named", ("f",), extra=extra(type="mcp", server_label="s")),
            ),
            (
                {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
                ir.Choice("auto", ("f",)),
            ),
            (
                {"type": "allowed_tools", "mode": "required", "tools": [{"type": "image_generation"}]},
                ir.Choice("any", ("image_generation",), extra=extra(tools=[{"type": "image_generation"}])),
            ),
        )
    ),
    with_hi(
        "one call at a time",
        body={"parallel_tool_calls": False},
        choice=ir.Choice(parallel=False, at="/parallel_tool_calls"),
    ),
    with_hi(
        "a choice, and many calls at a time",
        body={"tool_choice": "auto", "parallel_tool_calls": True},
        choice=ir.Choice(parallel=True),
    ),
)

SETTINGS = (
    RequestCase(
        name="instructions",
        body={
            "model": "m",
            "instructions": "Be brief",
            "input": [{"type": "message", "role": "user", "content": "hi"}],
        },
        request=read(
            model="m",
            turns=(
                ir.Turn("system", (ir.Text("Be brief", at="/instructions"),), at="/instructions"),
                user(ir.Text("hi", at="/input/0/content")),
            ),
        ),
    ),
    RequestCase(
        name="a conversation that is elsewhere",
        body={"model": "m", "previous_response_id": "resp_1", "instructions": None},
        request=read(model="m", turns=(), extra=extra(previous_response_id="resp_1", instructions=None)),
    ),
    with_hi(
        "all that has a word",
        body={
            "temperature": 0.5,
            "top_p": 1,
            "max_output_tokens": 100,
            "prompt_cache_key": "k",
            "service_tier": "priority",
            "user": "u",
            "stream": True,
        },
        sampling=ir.Sampling(temperature=0.5, top_p=1),
        limits=ir.Limits(output=100),
        cache_key="k",
        tier="priority",
        user="u",
        stream=True,
    ),
    with_hi(
        "all that has none",
        body={
            "background": False,
            "client_metadata": {"thread_id": "t"},
            "include": ["reasoning.encrypted_content"],
            "metadata": {"a": "b"},
            "safety_identifier": "s",
            "store": False,
            "stream_options": {"include_obfuscation": False},
            "truncation": "auto",
            "temperature": None,
        },
        extra=extra(
            background=False,
            client_metadata={"thread_id": "t"},
            include=["reasoning.encrypted_content"],
            metadata={"a": "b"},
            safety_identifier="s",
            store=False,
            stream_options={"include_obfuscation": False},
            truncation="auto",
            temperature=None,
        ),
    ),
    with_hi("no stream", body={"stream": False}, home=says_hi()),
    with_hi(
        "reasoning",
        body={"reasoning": {"effort": "low", "summary": "auto", "context": "all_turns"}},
        reasoning=ir.Reasoning(effort="low", show="auto", extra=extra(context="all_turns")),
    ),
    with_hi("the usual reasoning", body={"reasoning": {}}, reasoning=ir.Reasoning()),
    with_hi(
        "verbosity",
        body={"text": {"verbosity": "low"}},
        format=ir.Format(verbosity="low", at="/text"),
    ),
    with_hi("plain text", body={"text": {"format": {"type": "text"}}}, format=ir.Format()),
    with_hi("any JSON", body={"text": {"format": {"type": "json_object"}}}, format=ir.Format("json")),
    with_hi(
        "JSON of a schema",
        body={
            "text": {
                "verbosity": "high",
                "tone": "dry",
                "format": {
                    "type": "json_schema",
                    "name": "answer",
                    "schema": SCHEMA,
                    "strict": True,
                    "description": "d",
                    "depth": 2,
                },
            }
        },
        format=ir.Format(
            "json_schema", "answer", SCHEMA, True, "d", "high", extra=extra(tone="dry", format={"depth": 2})
        ),
    ),
    with_hi(
        "a format from tomorrow",
        body={"text": {"format": {"type": "poem"}}},
        format=ir.Format(extra=extra(format={"type": "poem"})),
    ),
)

TABLES = Tables(
    translator=translator,
    requests=(*MESSAGES, *REASONING, *CALLS, *ITEMS, *TOOLS, *SETTINGS),
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_reader_and_the_writer_keep(law: Law):
    law(TABLES)


REFUSED = (
    ({}, "model: must be a string"),
    ({"model": "m"}, "input: must be a string or a list that is not empty"),
    ({"model": "m", "input": []}, "input: must be a string or a list that is not empty"),
    ({"model": "m", "input": ["hi"]}, "input.0: must be an object"),
    ({"model": "m", "input": [{"role": "user", "content": 5}]}, "input.0.content: must be a string or a list"),
    ({"model": "m", "input": [{"content": "hi"}]}, "input.0.role: must be a string"),
    ({"model": "m", "input": [{**CALL, "name": None}]}, "input.0.name: must be a string"),
    (says_hi(instructions=5), "instructions: must be a string"),
    (says_hi(tools="all"), "tools: must be a list"),
    (says_hi(tools=[{}]), "tools.0.type: must be a string"),
    (says_hi(tools=[{"type": ["function"]}]), "tools.0.type: must be a string"),
    (says_hi(tools=[{"type": "function", "function": {"name": "f"}}]), "tools.0.name: must be a string"),
    (says_hi(tool_choice="always"), "tool_choice: must be auto, none, required or an object with a type"),
    (says_hi(tool_choice={"type": "function"}), "tool_choice.name: must be a string"),
    (says_hi(tool_choice={"type": "allowed_tools", "mode": "none"}), "tool_choice.mode: must be auto or required"),
    (
        says_hi(tool_choice={"type": "allowed_tools", "mode": "auto", "tools": []}),
        "tool_choice.tools: must not be empty",
    ),
)


@pytest.mark.parametrize(("body", "why"), REFUSED)
def test_nonsense_is_refused_where_it_stands(body: dict[str, Any], why: str):
    with pytest.raises(errors.RequestRefused) as refusal:
        reading.read_request(body)
    assert refusal.value.message == why


SESSIONS = (
    ({"prompt_cache_key": "k"}, ((b"session-id", b"s"),), "k"),
    ({"prompt_cache_key": ""}, ((b"thread-id", b"t"), (b"session-id", b"s")), "s"),
    ({"prompt_cache_key": 5}, ((b"thread-id", b"t"),), "t"),
    ({}, (), None),
)


@pytest.mark.parametrize(("body", "headers", "name"), SESSIONS)
def test_a_session_has_the_name_that_the_caller_gives_it(body, headers, name):
    assert reading.session(body, headers) == name


SAID = (
    ({"type": "local_shell_call", "action": {"command": ["ls", "-l", 5]}}, "$ ls -l"),
    ({"type": "local_shell_call", "action": None}, None),
    ({"type": "local_shell_call_output", "output": "a"}, "a"),
    ({"type": "shell_call", "action": {"commands": ["ls", "pwd"]}}, "$ ls\n$ pwd"),
    ({"type": "shell_call_output", "output": [{"stdout": "a", "stderr": "b"}, {"stdout": "", "stderr": ""}]}, "a\nb"),
    ({"type": "shell_call_output", "output": "a"}, None),
    (
        {"type": "apply_patch_call", "operation": {"type": "create_file", "path": "a", "diff": "+b"}},
        "create_file a\n+b",
    ),
    ({"type": "apply_patch_call_output", "output": "done"}, "done"),
    ({"type": "web_search_call", "action": {"type": "search", "query": "q"}}, "web search: q"),
    ({"type": "web_search_call", "action": {"type": "search", "queries": ["q", "r"]}}, "web search: q, r"),
    ({"type": "web_search_call", "action": {"type": "open_page", "url": "u"}}, "web search: u"),
    ({"type": "web_search_call"}, None),
    (
        {"type": "file_search_call", "queries": ["q"], "results": [{"filename": "f", "text": "t"}]},
        "file search: q\nf\nt",
    ),
    ({"type": "file_search_call", "queries": [], "results": None}, None),
    ({"type": "code_interpreter_call", "code": "1+1", "outputs": [{"type": "logs", "logs": "2"}]}, "1+1\n2"),
    ({"type": "mcp_call", "name": "f", "arguments": "{}", "output": "o", "error": None}, "f({})\no"),
    ({"type": "mcp_call"}, None),
    ({"type": "image_generation_call", "revised_prompt": "a cat"}, "a cat"),
    ({"type": "program", "code": "x"}, "x"),
    ({"type": "program_output", "result": "y"}, "y"),
    ({"type": "from_tomorrow", "text": "t"}, "t"),
    ({"type": "from_tomorrow", "text": ["t"]}, None),
)


@pytest.mark.parametrize(("item", "words"), SAID)
def test_strangers_can_read_what_an_item_says(item, words):
    assert says(item) == words


KINDS = (
    ("web_search", "web_search"),
    ("web_search_2025_08_26", "web_search"),
    ("web_search_preview_2025_03_11", "web_search"),
    ("code_interpreter", "code_execution"),
    ("shell", "shell"),
    ("a_b_c_d", "a_b_c_d"),
)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_hosted_tool_has_its_usual_name(name, kind):
    assert kind_of(name) == kind


MARTIAN = ir.Seal("martian", "signature", "x")


def written(*turns: ir.Turn, **words: Any) -> Draft:
    return writing.write_request(read(turns=turns, **words))


FOREIGN = (
    ("stop sequences", {"stop": ("END",)}, ["/stop"]),
    ("sampling", {"sampling": ir.Sampling(top_k=5, seed=1)}, ["/top_k", "/seed"]),
    ("a budget", {"reasoning": ir.Reasoning("budget", budget=1000, at="/thinking")}, ["/thinking"]),
    ("a cached tool", {"tools": (ir.Tool("f", mark=ir.Mark(), at="/tools/0"),)}, ["/tools/0"]),
)


@pytest.mark.parametrize(("words", "places"), [row[1:] for row in FOREIGN], ids=[row[0] for row in FOREIGN])
def test_a_setting_without_a_word_here_is_reported(words, places):
    assert [(loss.at, loss.grade != "content") for loss in written(**words).losses] == [(at, True) for at in places]


LOST = (
    ("a film", user(ir.Media("video", ir.Url("u"), at="/b"))),
    ("somebody else's file", user(ir.Media("image", ir.File("f", "martian"), at="/b"))),
    ("a reference", user(ir.ToolRef("f", at="/b"))),
    ("tools within a result", user(ir.ToolResult("c", (ir.Tools(at="/b"),)))),
    (
        "a text within a search",
        user(ir.ToolResult("c", (ir.Text("hi", at="/b"),), extra=extra(type="tool_search_output"))),
    ),
    ("an error", user(ir.ToolResult("c", error=True, at="/b"))),
    ("tools that go", user(ir.Tools(removed=("f",), at="/b"))),
    ("a sealed text", assistant(ir.Text("x", seal=MARTIAN, at="/b"))),
    ("a sealed call", assistant(ir.ToolUse("c", "f", "{}", seal=MARTIAN, at="/b"))),
)


@pytest.mark.parametrize("turn", [row[1] for row in LOST], ids=[row[0] for row in LOST])
def test_content_without_a_word_here_is_reported_once(turn: ir.Turn):
    assert [loss.at for loss in written(turn).losses] == ["/b"]


def test_a_turn_of_many_things_is_many_items():
    turn = assistant(ir.Thinking(("hm",)), ir.Text("I look"), ir.ToolUse("c", "f", "{}"), at="/messages/1")
    items = written(turn).body["input"]
    assert [item["type"] for item in items] == ["reasoning", "message", "function_call"]


def test_a_system_prompt_of_texts_is_the_instructions():
    system = ir.Turn("system", (ir.Text("a"), ir.Text("b")), at="/system")
    assert written(system, *HI).body == says_hi(instructions="a\n\nb")


def test_a_system_prompt_with_a_cache_mark_is_a_message():
    system = ir.Turn("system", (ir.Text("a", mark=ir.Mark()), ir.Text("b")), at="/system")
    assert [item["role"] for item in written(system).body["input"]] == ["system"]


def test_a_message_of_nothing_stays_one():
    body = {"model": "m", "input": [{"type": "message", "role": "user", "content": []}]}
    assert writing.write_request(reading.read_request(body)).body == body


def test_a_turn_of_which_nothing_can_be_said_is_left_out():
    film = user(ir.Media("video", ir.Url("u"), at="/b"), at="/messages/0")
    assert written(film, user(ir.Text("hi", at="/messages/1/content"))).body["input"] == [
        {"type": "message", "role": "user", "content": "hi"}
    ]
