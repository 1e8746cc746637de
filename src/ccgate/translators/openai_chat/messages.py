"""Messages, read: each becomes one turn.

A tool message becomes a user turn of one `ToolResult`; writers of dialects whose turns alternate join such turns.
The calls of old (`function_call`, role `function`) have no ids; they get one made of the function's name and the place
of the call, and go home in today's words, as tool calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.translators.openai_chat.fields import DIALECT, Fields, objects, refused
from ccgate.translators.openai_chat.parts import read_content
from ccgate.wire import jsontext, seals

REASONING_FIELDS = ("reasoning_content", "reasoning")
"""Where servers put an assistant's reasoning, and expect it back: the first is DeepSeek's
(https://api-docs.deepseek.com/guides/thinking_mode), the second OpenRouter's and vLLM's."""

SPEAKERS: dict[str, Literal["system", "developer", "user"]] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
}


@define
class Conversation:
    """The messages so far: the form of each call, and the latest id under each name."""

    forms: dict[str, Literal["json", "text"]] = field(factory=dict)
    named: dict[str, str] = field(factory=dict)
    thoughts: list[ir.Thinking] = field(factory=list)
    """Of the message that is being read: what the ids of its calls carry of other providers' thoughts."""

    def turn(self, message: Fields) -> ir.Turn:
        role = message.need("role")
        read = READERS.get(role)
        if read is not None:
            return read(self, message)
        if role not in SPEAKERS:
            raise refused(ir.child(message.at, "role"), f"must be one of {', '.join((*SPEAKERS, *READERS))}")
        blocks = _content(message)
        return ir.Turn(SPEAKERS[role], blocks, at=message.at, extra=message.extra)

    def assistant(self, message: Fields) -> ir.Turn:
        said = (*_thinking(message), *_content(message), *_refusal(message))
        message.absent("content")
        message.absent("refusal")
        blocks = (*said, *self._calls(message), *self._old_call(message))
        if self.thoughts:
            blocks = _sealed(self.thoughts, blocks)
            self.thoughts.clear()
        return ir.Turn("assistant", blocks, at=message.at, extra=message.extra)

    def tool(self, message: Fields) -> ir.Turn:
        id_, _ = seals.split(message.need("tool_call_id"))
        form = self.forms.get(id_, "json")
        return self._result(message, id_, form)

    def function(self, message: Fields) -> ir.Turn:
        name = message.rest.get("name")
        if not isinstance(name, str):
            raise refused(ir.child(message.at, "name"), "must be a string")
        return self._result(message, self.named.get(name, f"call_{name}"), "json")

    def _result(self, message: Fields, id_: str, form: Literal["json", "text"]) -> ir.Turn:
        # A name says no more than the id, and today's tool messages have none.
        blocks, name = _content(message), message.text("name")
        result = ir.ToolResult(id_, blocks, name=name, form=form, at=message.at, extra=message.extra)
        return ir.Turn("user", (result,), at=message.at)

    def _calls(self, message: Fields) -> list[ir.Block]:
        calls = message.take("tool_calls", list) or []
        message.absent("tool_calls")
        return [self._call(each) for each in objects(calls, ir.child(message.at, "tool_calls"))]

    def _call(self, call: Fields) -> ir.Block:
        kind = call.rest.pop("type", "function")
        if not isinstance(kind, str) or kind not in CALLS:
            raw = call.rest | {"type": kind}
            return ir.Opaque(DIALECT, {"tool_calls": [raw]}, at=call.at)
        form, key = CALLS[kind]
        called = call.inner(kind)
        (id_, held), name = seals.split(call.need("id")), called.need("name")
        arguments = _arguments(called, key)
        self.forms[id_] = form
        seal = self._seal(held, call.at) if held else None
        return ir.ToolUse(id_, name, arguments, form=form, seal=seal, at=call.at, extra=call.extra)

    def _seal(self, held: tuple[seals.Sealed, ...], at: str) -> ir.Seal | None:
        """The call's own seal among those its id carries; the others are of thoughts before it."""
        own = None
        for each in held:
            seal = ir.Seal(each.maker, each.kind, each.value)
            if each.of in FORMS_OF_THOUGHT:
                self.thoughts.append(ir.Thinking((), FORMS_OF_THOUGHT[each.of], seal, at=at))
            else:
                own = seal
        return own

    def _old_call(self, message: Fields) -> list[ir.Block]:
        call = message.take("function_call", dict)
        message.absent("function_call")
        if call is None:
            return []
        at = ir.child(message.at, "function_call")
        called = Fields.of(call, at)
        name = called.need("name")
        self.named[name] = f"call_{name}_{message.at.rpartition('/')[2]}"
        arguments = _arguments(called, "arguments")
        return [ir.ToolUse(self.named[name], name, arguments, at=at, extra=called.extra)]


FORMS_OF_THOUGHT: dict[str, Literal["raw", "summary", "redacted"]] = {
    "raw": "raw",
    "summary": "summary",
    "redacted": "redacted",
}


def _sealed(thoughts: list[ir.Thinking], blocks: tuple[ir.Block, ...]) -> tuple[ir.Block, ...]:
    """The thoughts stand first. The words of the only one are the message's reasoning, if the client sent that back."""
    words = blocks[0] if blocks and isinstance(blocks[0], ir.Thinking) else None
    if words is None or len(thoughts) > 1 or thoughts[0].form == "redacted":
        return (*thoughts, *blocks)
    return (attrs.evolve(words, form=thoughts[0].form, seal=thoughts[0].seal), *blocks[1:])


CALLS: dict[str, tuple[Literal["json", "text"], str]] = {
    "function": ("json", "arguments"),
    "custom": ("text", "input"),
}
"""Kinds of calls: the form of their arguments, and the field these stand in."""

READERS: dict[str, Callable[[Conversation, Fields], ir.Turn]] = {
    "assistant": Conversation.assistant,
    "tool": Conversation.tool,
    "function": Conversation.function,
}


def read_messages(value: list[Any]) -> tuple[ir.Turn, ...]:
    conversation = Conversation()
    return tuple(conversation.turn(message) for message in objects(value, "/messages"))


def _content(message: Fields) -> tuple[ir.Block, ...]:
    """None where there is no `content`, or a null."""
    content, at = message.rest.get("content"), ir.child(message.at, "content")
    if content is None:
        return ()
    if not isinstance(content, str | list):
        raise refused(at, "must be a string or an array of content parts")
    del message.rest["content"]
    return read_content(content, at)


def _refusal(message: Fields) -> list[ir.Block]:
    refusal = message.text("refusal")
    return [ir.Text(refusal, refusal=True, at=ir.child(message.at, "refusal"))] if refusal else []


def _thinking(message: Fields) -> list[ir.Block]:
    for key in REASONING_FIELDS:
        words = message.text(key)
        if words is not None:
            seal = ir.Seal(DIALECT, key, "")
            return [ir.Thinking((words,) if words else (), seal=seal, at=ir.child(message.at, key))]
    return []


def _arguments(called: Fields, key: str) -> str:
    """The arguments as text. Some clients send the object itself."""
    arguments = called.text(key)
    if arguments is not None:
        return arguments
    value = called.take(key, dict)
    return "" if value is None else jsontext.dump(value).decode()
