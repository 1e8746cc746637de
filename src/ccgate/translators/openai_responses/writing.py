"""Our words in this dialect. What was read from it goes home as it came; what was read elsewhere is fitted first, so
that one writer is enough.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from typing import Any

from ccgate import ir
from ccgate.policy.losses import summed
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.translators.openai_responses.fitting import fitted
from ccgate.translators.openai_responses.pages import alone, write_reasoning, write_tools, write_turn
from ccgate.translators.openai_responses.pen import Pen
from ccgate.translators.openai_responses.reading import FORMATS, at_home
from ccgate.translators.openai_responses.tools import MODES, allowed
from ccgate.translators.protocol import Draft

PATH = "/responses"

WORDS = {mode: word for word, mode in MODES.items()}

TYPES = {kind: word for word, kind in FORMATS.items()}

NOT_HERE = ("top_k", "seed", "frequency_penalty", "presence_penalty")


def write_request(request: ir.Request) -> Draft:
    pen = Pen()
    if not at_home(request):
        request = fitted(request, pen)
    body: dict[str, Any] = {"model": request.model}
    body |= _conversation(request.turns, pen)
    if tools := write_tools(request.tools, pen):
        body["tools"] = tools
    body |= _choice(request.choice, pen) if request.choice is not None else {}
    if request.reasoning is not None:
        body["reasoning"] = write_reasoning(request.reasoning, pen)
    if request.format is not None:
        body["text"] = _text(request.format, pen)
    body |= _settings(request)
    _left_out(request, pen)
    return Draft(path=PATH, body=pen.back(body, request), losses=summed(pen.losses))


def _settings(request: ir.Request) -> dict[str, Any]:
    settings = {
        "temperature": request.sampling.temperature,
        "top_p": request.sampling.top_p,
        "max_output_tokens": request.limits.output,
        "prompt_cache_key": request.cache_key,
        "service_tier": request.tier,
        "user": request.user,
        "stream": True if request.stream else None,
    }
    return {key: value for key, value in settings.items() if value is not None}


def _left_out(request: ir.Request, pen: Pen) -> None:
    for name in NOT_HERE:
        if getattr(request.sampling, name) is not None:
            pen.lose(request.sampling.place(name), "there is no such setting", "setting")
    if request.stop:
        pen.lose(request.place("stop"), "there are no stop sequences", "setting")
    for node in (request.sampling, request.limits):
        pen.back({}, node)


def _conversation(turns: tuple[ir.Turn, ...], pen: Pen) -> dict[str, Any]:
    """`instructions` and `input`."""
    body: dict[str, Any] = {}
    if (len(turns) > 1 or (turns and turns[0].at == "/instructions")) and (text := _instructions(turns[0])) is not None:
        body["instructions"], turns = text, turns[1:]
    if len(turns) == 1 and turns[0].at == "/input" and (text := alone(turns[0].blocks)) is not None:
        return body | {"input": text}
    items = [item for turn in turns for item in write_turn(turn, pen)]
    return body | ({"input": items} if items else {})


def _instructions(turn: ir.Turn) -> str | None:
    """The system prompt, if it is plain text and did not stand in `input`."""
    if turn.role != "system" or turn.extra or turn.reasoning or turn.phase or turn.at.startswith("/input/"):
        return None
    texts = [block for block in turn.blocks if isinstance(block, ir.Text)]
    if len(texts) != len(turn.blocks) or any(text.extra or text.seal or text.mark for text in texts):
        return None
    return "\n\n".join(text.text for text in texts)


def _choice(choice: ir.Choice, pen: Pen) -> dict[str, Any]:
    parallel = {} if choice.parallel is None else {"parallel_tool_calls": choice.parallel}
    if choice.names:
        return {"tool_choice": pen.back(_named(choice), choice)} | parallel
    pen.back({}, choice)
    if choice.at.endswith("/parallel_tool_calls") and choice.mode == "auto":
        return parallel
    return {"tool_choice": WORDS[choice.mode]} | parallel


def _named(choice: ir.Choice) -> dict[str, Any]:
    """One tool, or one of several that the model may call (`auto`) or must (`required`)."""
    if choice.mode == "named" and len(choice.names) == 1:
        return {"type": "function", "name": choice.names[0]}
    mode = "auto" if choice.mode == "auto" else "required"
    return {"type": "allowed_tools", "mode": mode, "tools": allowed(choice.names)}


def _text(form: ir.Format, pen: Pen) -> dict[str, Any]:
    """`format` is left out where only the verbosity was given."""
    written: dict[str, Any] = {} if form.verbosity is None else {"verbosity": form.verbosity}
    if form.kind == "text" and form.at.endswith("/text"):
        return pen.back(written, form)
    given = {"name": form.name, "schema": form.schema, "strict": form.strict, "description": form.description}
    inner = {"type": TYPES[form.kind]} | {key: value for key, value in given.items() if value is not None}
    more = form.extra
    if more is None or more.dialect != DIALECT:
        pen.back({}, form)
        return written | {"format": inner}
    rest = {key: value for key, value in more.value.items() if key != "format"}
    return written | {"format": inner | more.value.get("format", {})} | rest
