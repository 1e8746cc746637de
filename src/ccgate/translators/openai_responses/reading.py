"""A request of this dialect in our words.

Every field that has no word in the IR goes home as `extra`, as it came. One thing is not kept, because it says
nothing: `"stream": false`, which is what no `stream` means. Of two ways to write the same thing (a text, or a list
that holds one text) the pointer `at` tells which it was.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ccgate import ir
from ccgate.errors import RequestRefused
from ccgate.translators.openai_responses.fields import DIALECT, Fields, refused
from ccgate.translators.openai_responses.items import read_items, read_reasoning
from ccgate.translators.openai_responses.tools import read_choice, read_tools
from ccgate.translators.protocol import Body, Headers
from ccgate.wire import headers as wire_headers

FORMATS: dict[str, Literal["text", "json", "json_schema"]] = {
    "text": "text",
    "json_object": "json",
    "json_schema": "json_schema",
}

LONGEST_MODEL = 256

ELSEWHERE = ("previous_response_id", "conversation", "prompt")
"""Where the conversation comes from when there is no `input`."""

KEPT_THERE: Mapping[str, ir.Grade] = dict.fromkeys(ELSEWHERE, "content")
"""What nobody else can ask the provider for: to lose it is to lose what was said."""


TOP = {"cache_key": "prompt_cache_key", "tier": "service_tier"}
LIMIT = {"output": "max_output_tokens"}
VERBOSITY = {"verbosity": "/text/verbosity"}
"""Where this dialect writes what our words stand for."""


def check(body: Mapping[str, Any]) -> None:
    """Raise `RequestRefused`, in the words of OpenAI's servers, for what has no model or nothing to answer."""
    model = body.get("model")
    if model is None or model == "":
        raise RequestRefused("Missing required parameter: 'model'.", code="missing_required_parameter")
    if not isinstance(model, str):
        raise RequestRefused("Invalid type for 'model': expected a string.", code="invalid_type")
    if len(model) > LONGEST_MODEL or not model.isprintable():
        raise RequestRefused(f"Invalid 'model': expected at most {LONGEST_MODEL} printable characters.")
    asked = body.get("input")
    if not asked and any(body.get(key) is not None for key in ELSEWHERE):
        return
    if asked is None:
        raise RequestRefused("Missing required parameter: 'input'.", code="missing_required_parameter")
    if not isinstance(asked, str | list):
        raise RequestRefused("Invalid type for 'input': expected a string or an array.", code="invalid_type")
    if not asked:
        raise RequestRefused("Invalid 'input': it must not be empty.")


def at_home(request: ir.Request) -> bool:
    """Whether it was read here: such a request always has an `extra` of ours, be it empty."""
    return request.extra is not None and request.extra.dialect == DIALECT


def read_request(body: Mapping[str, Any]) -> ir.Request:
    """Raises `RequestRefused` for what makes no sense; the message names the place (`input.0.content: ...`)."""
    fields = Fields("", dict(body))
    return ir.Request(
        model=fields.need("model"),
        turns=_instructions(fields) + _turns(fields),
        tools=_tools(fields),
        choice=read_choice(fields),
        reasoning=_reasoning(fields),
        format=_format(fields),
        sampling=ir.Sampling(temperature=fields.number("temperature"), top_p=fields.number("top_p")),
        limits=ir.Limits(output=fields.whole("max_output_tokens"), spelled=LIMIT),
        cache_key=fields.text("prompt_cache_key"),
        tier=fields.text("service_tier"),
        user=fields.text("user"),
        stream=bool(fields.take("stream", bool)),
        extra=ir.Opaque(DIALECT, fields.rest, grades=KEPT_THERE),
        spelled=TOP,
    )


def session(body: Body, headers: Headers) -> str | None:
    """The conversation: Codex names it in `prompt_cache_key`, and in the headers `session-id` and `thread-id`."""
    key = body.get("prompt_cache_key")
    if isinstance(key, str) and key:
        return key
    named = wire_headers.get(headers, b"session-id") or wire_headers.get(headers, b"thread-id")
    return named.decode("latin-1") if named else None


def _instructions(body: Fields) -> tuple[ir.Turn, ...]:
    """The system prompt. It does not come back with `previous_response_id`: it is of this request only."""
    text, at = body.text("instructions"), "/instructions"
    if text is None:
        if body.rest.get("instructions") is not None:
            raise refused(at, "must be a string")
        return ()
    return (ir.Turn("system", (ir.Text(text, at=at),), at=at),)


def _turns(body: Fields) -> tuple[ir.Turn, ...]:
    if not body.rest.get("input") and any(body.rest.get(key) is not None for key in ELSEWHERE):
        return ()
    return read_items(body.rest.pop("input", None), "/input")


def _tools(body: Fields) -> tuple[ir.AnyTool, ...]:
    return read_tools(body.rest.pop("tools"), "/tools") if body.rest.get("tools") else ()


def _reasoning(body: Fields) -> ir.Reasoning | None:
    value = body.take("reasoning", dict)
    return None if value is None else read_reasoning(Fields.of(value, "/reasoning"))


def _format(body: Fields) -> ir.Format | None:
    """`text` is two things, what the answer looks like and how long it is. It stands at /text when it has no format;
    what is left over of the format is `format` in what is left over of the text."""
    value = body.take("text", dict)
    if value is None:
        return None
    text = Fields.of(value, "/text")
    verbosity = text.text("verbosity")
    inner = text.take("format", dict)
    if inner is None:
        return ir.Format(verbosity=verbosity, at="/text", extra=text.extra, spelled=VERBOSITY)
    form = Fields.of(inner, "/text/format")
    kind = FORMATS.get(str(form.rest.get("type")))
    if kind is not None:
        del form.rest["type"]
    name, description = form.text("name"), form.text("description")
    schema, strict = form.take("schema", dict), form.take("strict", bool)
    if form.rest:
        text.rest["format"] = form.rest
    return ir.Format(
        kind or "text",
        name,
        schema,
        strict,
        description,
        verbosity,
        at="/text/format",
        spelled=VERBOSITY,
        extra=text.extra,
    )
