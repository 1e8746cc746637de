"""A request of a client of this dialect, in our words.

Two fields hold several of our words, `metadata` and `output_config`; what is left of them stays in the `extra` of
the request, under their name. The first block of Claude Code's system prompt is no prompt: it tells the vendor who
is billed, and the vendor strips it by its place. It stays in the `extra` of the system turn under its index, goes
home to that very place, and is shown to nobody else.
https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from typing import Any, Final, Literal

from ccgate import ir
from ccgate.errors import MalformedReply, RequestRefused
from ccgate.translators.anthropic.blocks import read_content
from ccgate.translators.anthropic.fields import DIALECT, SPELLED, Fields, Odd
from ccgate.translators.anthropic.sealed import read_said
from ccgate.translators.anthropic.tools import read_choice, read_tool
from ccgate.translators.protocol import Body, Headers, Operation
from ccgate.wire import headers as head
from ccgate.wire import jsontext

BILLING: Final = "x-anthropic-billing-header:"
MODES: Final[dict[str, Literal["off", "adaptive", "budget", "between_tools"]]] = {
    "disabled": "off",
    "adaptive": "adaptive",
    "enabled": "budget",
    "between_tools": "between_tools",
}
Role = Literal["system", "user", "assistant"]
ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system"}
LONGEST_NAME: Final = 256


def check(body: Body, operation: Operation) -> None:
    """Raise `RequestRefused` for what every server of this dialect refuses."""
    if operation == "models":
        return
    model = body.get("model")
    if model is None:
        raise RequestRefused("Field 'model' is required")
    if not isinstance(model, str) or not 0 < len(model) <= LONGEST_NAME or not model.isprintable():
        raise RequestRefused("Field 'model' must be a non-empty printable string of at most 256 characters")
    messages = body.get("messages")
    if messages is None:
        raise RequestRefused("Field 'messages' is required")
    if not isinstance(messages, list) or not messages:
        raise RequestRefused("Field 'messages' must be a non-empty array")
    for message in messages:
        if not isinstance(message, dict):
            raise RequestRefused("Invalid message format")
        for key in ("role", "content"):
            if key not in message:
                raise RequestRefused(f"Message missing required field '{key}'")


def session(body: Body, headers: Headers) -> str | None:
    """The conversation: Claude Code's header, else what the user id tells."""
    named = head.get(headers, b"x-claude-code-session-id")
    if named:
        return named.decode("latin-1")
    metadata = body.get("metadata")
    return session_of(metadata.get("user_id")) if isinstance(metadata, dict) else None


def session_of(user: Any) -> str | None:
    """Claude Code's user ids are JSON with a `session_id`; older ones end in `_session_` and the id."""
    if not isinstance(user, str):
        return None
    if user.startswith("{"):
        try:
            named = jsontext.load(user)
        except MalformedReply:
            return None  # a user id may begin with a brace and be no JSON
        value = named.get("session_id") if isinstance(named, dict) else None
        return value if isinstance(value, str) and value else None
    return user.partition("_session_")[2] or None


def read_request(body: Body) -> ir.Request:
    """Raises `RequestRefused`, which names the place, where the request makes no sense."""
    try:
        return _request(Fields(body, "", set()))
    except Odd as odd:
        raise RequestRefused(str(odd)) from None


def _request(fields: Fields) -> ir.Request:
    model = fields.needed("model")
    turns = (*_system(fields), *(_turn(each, at) for each, at in _items(fields, "messages")))
    nested: dict[str, Any] = {}
    user = _user(fields, nested)
    output = _within(fields, "output_config")
    return ir.Request(
        model=model,
        turns=turns,
        tools=tuple(read_tool(each, at) for each, at in _items(fields, "tools")),
        choice=read_choice(fields),
        reasoning=_reasoning(fields, output),
        format=_format(output),
        sampling=ir.Sampling(fields.number("temperature"), fields.number("top_p"), fields.whole("top_k")),
        limits=ir.Limits(fields.whole("max_tokens")),
        stop=_stop(fields),
        tier=fields.text("service_tier"),
        session=session_of(user),
        user=user,
        stream=bool(fields.flag("stream")),
        extra=_extra(fields, _kept(nested, output)),
        spelled=SPELLED,
    )


def _items(fields: Fields, key: str) -> list[tuple[Any, str]]:
    at = fields.place(key)
    return [(each, ir.child(at, n)) for n, each in enumerate(fields.array(key))]


def _within(fields: Fields, key: str) -> Fields:
    return Fields(fields.object(key) or {}, fields.place(key), set())


def _user(fields: Fields, nested: dict[str, Any]) -> str | None:
    metadata = _within(fields, "metadata")
    user = metadata.text("user_id")
    _kept(nested, metadata)
    return user


def _kept(nested: dict[str, Any], fields: Fields) -> dict[str, Any]:
    rest = fields.rest()
    if rest is not None:
        nested[fields.at.removeprefix("/")] = rest.value
    return nested


def _extra(fields: Fields, nested: dict[str, Any]) -> ir.Opaque | None:
    rest = fields.rest()
    value = {**(rest.value if rest else {}), **nested}
    return ir.Opaque(DIALECT, value) if value else None


def _system(fields: Fields) -> tuple[ir.Turn, ...]:
    value = fields.take("system", (str, list), "a string or an array of text blocks")
    if value is None:
        return ()
    at = fields.place("system")
    blocks = read_content(value, at)
    extra = None
    if isinstance(value, list) and blocks and isinstance(blocks[0], ir.Text) and blocks[0].text.startswith(BILLING):
        extra = ir.Opaque(DIALECT, {"0": value[0]}, at=at, grade="hint")
        blocks = blocks[1:]
    return (ir.Turn("system", blocks, at=at, extra=extra),)


def _turn(value: Any, at: str) -> ir.Turn:
    fields = Fields.of(value, at)
    fields.known = {"content"}
    role = _role(fields)
    blocks = read_said(fields.source.get("content"), fields.place("content"))
    return ir.Turn(role, blocks, _effort(fields), at=at, extra=fields.rest())


def _role(fields: Fields) -> Role:
    role = ROLES.get(fields.needed("role"))
    if role is None:
        raise Odd(fields.place("role"), f"must be one of {', '.join(ROLES)}")
    return role


def _effort(message: Fields) -> ir.Reasoning | None:
    """The effort that holds from a message on.

    https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
    """
    value = message.object("output_config")
    if value is None:
        return None
    fields = Fields(value, message.place("output_config"), set())
    return ir.Reasoning(effort=fields.text("effort"), at=fields.at, extra=fields.rest())


def _reasoning(request: Fields, output: Fields) -> ir.Reasoning | None:
    """`thinking` and `output_config.effort`. A `thinking` of an unknown type stays with the unknown fields."""
    effort = output.text("effort")
    value = request.object("thinking")
    kind = value.get("type") if value else None
    mode = MODES.get(kind) if isinstance(kind, str) else None
    if value is None or mode is None:
        if value is not None:
            request.known.discard("thinking")
        return ir.Reasoning(effort=effort, at=output.at) if effort is not None else None
    fields = Fields(value, request.place("thinking"))
    budget, show = fields.whole("budget_tokens"), fields.text("display")
    return ir.Reasoning(mode, effort, budget, show, at=fields.at, extra=fields.rest(), spelled=SPELLED)


def _format(output: Fields) -> ir.Format | None:
    """https://platform.claude.com/docs/en/build-with-claude/structured-outputs"""
    value = output.object("format")
    if value is None:
        return None
    fields = Fields(value, output.place("format"))
    if value.get("type") != "json_schema" or not isinstance(value.get("schema"), dict):
        output.known.discard("format")
        return None
    return ir.Format("json_schema", schema=fields.object("schema"), at=fields.at, extra=fields.rest())


def _stop(fields: Fields) -> tuple[str, ...]:
    for each, at in _items(fields, "stop_sequences"):
        if not isinstance(each, str):
            raise Odd(at, "must be a string")
    return tuple(fields.array("stop_sequences"))
