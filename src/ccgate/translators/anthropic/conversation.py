"""Turns to `system` and `messages`.

A request of this dialect keeps its turns as they are. One from elsewhere is laid out by the vendor's rules
(https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls):

1. The leading system and developer turns are `system`. A later one stays a message where the model hears it, directly
   behind a user turn and before the model's own; anywhere else its words go into a user turn as a `<system-reminder>`,
   the form in which these models are used to be told such things.
2. Turns of one role that meet become one; turns without content vanish; the first is the user's.
3. The results of an assistant turn's calls stand first in the user turn behind it. A result that is missing is made
   up as an error, and a result without a call is told as plain words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from attrs import define, field

from ccgate import ir
from ccgate.translators.anthropic.fields import DIALECT
from ccgate.translators.anthropic.pen import Pen, Place

SYSTEM: Final = frozenset({"system", "developer"})
BEGIN: Final = "(the conversation begins here)"
NO_RESULT: Final = "There is no result: the call was interrupted."
LATE_RESULT: Final = "Result of an earlier tool call:"


@define(eq=False)
class Message:
    """One message under way."""

    role: Place
    content: list[dict[str, Any]]
    at: str
    bare: str | None = None
    """The content as a string, as long as nothing joins it."""
    rest: dict[str, Any] = field(factory=dict)

    def join(self, other: Message) -> None:
        self.content += other.content
        self.bare = None

    def document(self) -> dict[str, Any]:
        content: Any = self.content if self.bare is None else self.bare
        return {"role": self.role, "content": content, **self.rest}


def write_system(pen: Pen, turns: Sequence[ir.Turn]) -> str | list[dict[str, Any]] | None:
    """The system prompt that these turns are; None when there is none."""
    out: list[dict[str, Any]] = []
    for turn in turns:
        out += pen.content(turn.blocks, "system")
        _weaken(pen, turn)
        if turn.extra is not None and turn.extra.dialect == DIALECT:
            _restore(pen, turn, turn.extra.value, out)
        else:
            pen.put(turn, {})
    blocks = turns[0].blocks if len(turns) == 1 else ()
    return pen.spelled(blocks, out) if out or (turns and pen.native) else None


def _restore(pen: Pen, turn: ir.Turn, extra: dict[str, Any], out: list[dict[str, Any]]) -> None:
    """Blocks kept under their index go back to their place. Fields of a message have none in a system prompt."""
    for key, block in extra.items():
        if key.isdecimal():
            out.insert(int(key), block)
        else:
            pen.lose(ir.child(turn.at, key), "a system prompt has no such field", "setting")


def leading(turns: Sequence[ir.Turn], *, native: bool) -> int:
    """How many turns at the front are the system prompt."""
    count = next((n for n, turn in enumerate(turns) if turn.role not in SYSTEM), len(turns))
    if not native:
        return count
    # Our own clients have a field for it, and may begin their messages with a system message all the same.
    return min(count, 1) if turns and not turns[0].at.startswith("/messages") else 0


def write_messages(pen: Pen, turns: Sequence[ir.Turn], *, hears_system: bool) -> list[dict[str, Any]]:
    if pen.native:
        return [_plain(pen, turn).document() for turn in turns]
    messages: list[Message] = []
    for n, turn in enumerate(turns, 1):
        after = turns[n] if n < len(turns) else None
        _append(messages, _fitted(pen, turn, messages, after, hears_system=hears_system))
    if not messages or messages[0].role != "user":
        pen.lose(messages[0].at if messages else "", "the first turn must be the user's", "hint", "changed")
        messages.insert(0, Message("user", [{"type": "text", "text": BEGIN}], "", BEGIN))
    return [message.document() for message in _paired(pen, messages)]


def _plain(pen: Pen, turn: ir.Turn) -> Message:
    """The turn as it came. A stranger's effort or phase can still be on it."""
    place: Place = "system" if turn.role == "developer" else turn.role
    content = pen.content(turn.blocks, place)
    spelled = pen.spelled(turn.blocks, content)
    message = Message(place, content, turn.at, spelled if isinstance(spelled, str) else None)
    if turn.reasoning is not None and pen.native:
        effort = {} if turn.reasoning.effort is None else {"effort": turn.reasoning.effort}
        message.rest["output_config"] = pen.put(turn.reasoning, effort)
        turn = ir.Turn(turn.role, turn.blocks, phase=turn.phase, at=turn.at, extra=turn.extra)
    pen.put(turn, message.rest)
    _weaken(pen, turn)
    return message


def _weaken(pen: Pen, turn: ir.Turn) -> None:
    if turn.phase is not None:
        pen.lose(ir.child(turn.at, "phase"), "turns have no phases here", "hint")
    if turn.reasoning is not None:
        pen.put(turn.reasoning, {})
        pen.lose(turn.reasoning.at or turn.at, "effort cannot change in mid-conversation", "setting")


def _fitted(pen: Pen, turn: ir.Turn, before: list[Message], after: ir.Turn | None, *, hears_system: bool) -> Message:
    message = _plain(pen, turn)
    if turn.role not in SYSTEM:
        return message
    follows = bool(before) and before[-1].role == "user"
    if hears_system and follows and (after is None or after.role == "assistant"):
        return message
    if message.content:
        pen.lose(turn.at, "a system turn cannot stand here; told to the model in a user turn", "setting", "changed")
    for block in message.content:
        if block["type"] == "text":
            block["text"] = f"<system-reminder>\n{block['text']}\n</system-reminder>"
    return Message("user", message.content, turn.at)


def _append(messages: list[Message], message: Message) -> None:
    if not message.content:
        return
    if messages and messages[-1].role == message.role:
        messages[-1].join(message)
    else:
        messages.append(message)


def _paired(pen: Pen, messages: list[Message]) -> list[Message]:
    """Every call is answered in the user turn behind it, first of all; every result answers a call there.

    Behind an assistant turn there is a user turn or nothing: see `_append` and `_fitted`.
    """
    out: list[Message] = []
    wanted: list[str] = []
    for message in messages:
        if message.role == "user":
            if wanted or any(map(_is_result, message.content)):
                message.content = _answered(pen, wanted, message.content)
                message.bare = None
            wanted = []
        elif message.role == "assistant":
            wanted = [block["id"] for block in message.content if block["type"] == "tool_use"]
        out.append(message)
    if wanted:
        out.append(Message("user", _answered(pen, wanted, []), ""))
    return out


def _is_result(block: dict[str, Any]) -> bool:
    return bool(block["type"] == "tool_result")


def _answered(pen: Pen, wanted: list[str], content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    results: dict[str, dict[str, Any]] = {}
    others: list[dict[str, Any]] = []
    for block in content:
        if not _is_result(block):
            others.append(block)
        elif (name := block["tool_use_id"]) in wanted and name not in results:
            results[name] = block
        else:
            pen.lose(pen.results.get(name, ""), "a result without a call; told as plain words", "content", "changed")
            others += _told(block)
    for name in wanted:
        if name not in results:
            pen.lose(
                pen.calls.get(name, ""), "the call has no result; an error was put in its place", "content", "changed"
            )
            results[name] = {"type": "tool_result", "tool_use_id": name, "content": NO_RESULT, "is_error": True}
    return [*results.values(), *others]


def _told(result: dict[str, Any]) -> list[dict[str, Any]]:
    content = result.get("content", [])
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [{"type": "text", "text": LATE_RESULT}, *blocks]
