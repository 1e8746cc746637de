"""Turns, written as messages.

The turns are taken in steps: what the assistant said, then all that follows until it speaks again. This dialect wants
the answer to every call right behind the message that made it, so in each step:

    assistant   texts joined, calls beside them; reasoning only where it came from this dialect
    tool        one message per answer to a call of this step, in the order the caller gave them;
                a call nobody answered gets an answer that says so
    user        the images and documents of those answers, since a tool message holds only text
    the rest    each turn in its place, less the answers; an answer to no call is told as text

Two turns of the assistant become one message when the first makes calls, or says nothing that is sent: some dialects
have a turn per call. The leading system turns become one message.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.policy.losses import Losses
from ccgate.translators.openai_chat.content import BLANK, Content, Part, is_words, joined, text_part
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.translators.openai_chat.names import Names, fitting_id
from ccgate.translators.openai_chat.parts import merged
from ccgate.translators.openai_chat.settings import effort_of
from ccgate.wire import jsonstring

ERROR = "Error: "
UNANSWERED = "This call was not answered."
SHOWN_BELOW = "The result is shown in the next message."

_ROLES = {"system": "system", "developer": "system", "user": "user"}
"""`developer` is known to OpenAI's own models only, and these read `system` as the same."""

HOISTED = ("image_url", "input_audio", "file")
"""Parts that only a user message holds."""

REFUSAL = {"type": "refusal"}

Message = dict[str, Any]


@define
class Said:
    """One assistant message under construction."""

    parts: list[Part] = field(factory=list)
    refusals: list[str] = field(factory=list)
    reasoning: dict[str, list[str]] = field(factory=dict)
    calls: list[dict[str, Any]] = field(factory=list)
    ids: list[str] = field(factory=list)
    own: dict[str, Any] = field(factory=dict)
    runs_on: bool = False

    def add_text(self, part: Part, *, cited: bool) -> None:
        """Text with citations is one text cut where they stand; any other begins a new paragraph."""
        last = self.parts[-1] if self.parts else None
        if last is not None and is_words(last) and is_words(part) and (cited or self.runs_on):
            last["text"] += part["text"]
        else:
            self.parts.append(part)
        self.runs_on = cited

    def message(self) -> Message | None:
        """The message; None when nothing is left to say."""
        content = joined(self.parts)
        # Thoughts between which the model spoke were one word behind the other.
        others: Message = {key: "".join(words) for key, words in self.reasoning.items()}
        if self.refusals:
            others["refusal"] = BLANK.join(self.refusals)
        if self.calls:
            others["tool_calls"] = self.calls
        if not (content or others or self.own):
            return None
        silent = None if self.calls or self.refusals or self.own else ""
        return merged({"role": "assistant", "content": content or silent} | others, self.own)


@define
class Messages:
    """Writes the turns of one request."""

    losses: Losses
    names: Names
    effort: str | None
    custom: bool = False
    """Calls with free text are told as such."""
    content: Content = field(init=False)
    out: list[Message] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.content = Content(self.losses)

    def write(self, turns: tuple[ir.Turn, ...]) -> list[Message]:
        n = self._system(turns)
        while n < len(turns):
            said: list[ir.Turn] = []
            while n < len(turns) and turns[n].role == "assistant" and (not said or self._one(said[-1], turns[n])):
                said.append(turns[n])
                n += 1
            heard: list[ir.Turn] = []
            while n < len(turns) and turns[n].role != "assistant":
                heard.append(turns[n])
                n += 1
            self._step(said, heard)
        return self.out

    def _one(self, before: ir.Turn, turn: ir.Turn) -> bool:
        """Two assistant turns that are one message. Where every item was a turn of its own, calls belong to the words
        before them: they came in one answer, and its thoughts are to go back with its calls."""
        return _goes_on(before) or (not self.custom and _only_calls(turn))

    def _system(self, turns: tuple[ir.Turn, ...]) -> int:
        """The leading system turns. One with fields of its own (a name) stays a message of its own."""
        n = 0
        parts: list[Part] = []
        while n < len(turns) and turns[n].role in {"system", "developer"}:
            own = self._turn(turns[n])
            said = self._content("system", turns[n].blocks)
            if own:
                self._say("system", parts)
                parts = []
                self.out.append(merged({"role": "system", "content": joined(said)}, own))
            parts += [] if own else said
            n += 1
        self._say("system", parts)
        return n

    def _say(self, role: str, parts: list[Part]) -> None:
        content = joined(parts)
        if content:
            self.out.append({"role": role, "content": content})

    def _turn(self, turn: ir.Turn) -> dict[str, Any]:
        """The turn's own fields; reports what a message cannot hold of it."""
        if turn.reasoning is not None:
            self.losses.own(turn.reasoning)
            if effort_of(turn.reasoning) not in {None, self.effort}:
                why = "reasoning is set for a whole request"
                self.losses.add(turn.reasoning.place("effort"), "dropped", why, "setting")
        if turn.phase is not None:
            self.losses.add(turn.place("phase"), "dropped", "messages have no phase", "hint")
        return self.losses.own(turn)

    def _step(self, said: list[ir.Turn], heard: list[ir.Turn]) -> None:
        ids = self._assistant(said) if said else []
        answers, rest = _answers(ids, heard)
        hoisted: list[Part] = []
        for answer in answers:
            hoisted += self._answer(answer)
            ids.remove(answer.id)
        for id_ in ids:
            why = "a call without an answer is refused: one was made up"
            self.losses.add(said[-1].at, "changed", why, "hint")
            self.out.append({"role": "tool", "tool_call_id": fitting_id(id_), "content": UNANSWERED})
        self._say("user", hoisted)
        for turn, blocks in rest:
            self._heard(turn, blocks)

    def _heard(self, turn: ir.Turn, blocks: tuple[ir.Block, ...]) -> None:
        own = self._turn(turn)
        role = _ROLES[turn.role]
        content = joined(self._content(role, blocks))
        if content or own or not turn.blocks:
            self.out.append(merged({"role": role, "content": content}, own))

    def _content(self, role: str, blocks: tuple[ir.Block, ...]) -> list[Part]:
        """The parts of a message. A system message holds only text."""
        parts: list[Part] = []
        for block in blocks:
            said = self.content.parts(block)
            if role == "system" and any(part.get("type") in HOISTED for part in said):
                self.losses.add(block.at, "dropped", "a system message holds only text")
                said = [part for part in said if part.get("type") not in HOISTED]
            parts += said
        return parts

    def _answer(self, result: ir.ToolResult) -> list[Part]:
        """Writes a tool message; returns what must follow in a user message."""
        own = self.losses.own(result)
        self.losses.mark(result)
        parts = self.content.answer(result.blocks)
        others = [part for part in parts if part.get("type") in HOISTED]
        content = joined([part for part in parts if part.get("type") not in HOISTED])
        if others and not content:
            content = SHOWN_BELOW
        if result.error:
            self.losses.add(result.at, "changed", f"an error is told by the text {ERROR!r} before it", "hint")
            content = ERROR + content if isinstance(content, str) else [text_part(ERROR), *content]
        tool = {"role": "tool", "tool_call_id": fitting_id(result.id), "content": content}
        self.out.append(merged(tool, own))
        if not others:
            return []
        self.losses.add(result.at, "moved", "a tool message holds only text: the rest is in the next user message")
        return [text_part(f"From the result of tool call {fitting_id(result.id)}:"), *others]

    def _assistant(self, turns: list[ir.Turn]) -> list[str]:
        """Writes one assistant message; returns the ids of its calls."""
        said = Said()
        for turn in turns:
            said.own |= self._turn(turn)
            for block in turn.blocks:
                self.losses.mark(block)
                self._block(said, block)
        message = said.message()
        if message is None and not any(turn.blocks for turn in turns):
            message = {"role": "assistant", "content": ""}
        if message is not None:
            self.out.append(message)
        return said.ids

    def _block(self, said: Said, block: ir.Block) -> None:
        if isinstance(block, ir.Text):
            self._text(said, block)
        elif isinstance(block, ir.ToolUse):
            self._call(said, block)
        elif isinstance(block, ir.Thinking):
            self._thinking(said, block)
        elif isinstance(block, ir.Opaque):
            said.parts += self.content.opaque(block)
            if block.dialect == DIALECT:
                said.calls += block.value.get("tool_calls", [])
        elif isinstance(block, ir.Tools):
            self.losses.own(block)
        else:
            self.losses.add(block.at, "dropped", "an assistant message holds only text and calls")

    def _text(self, said: Said, block: ir.Text) -> None:
        part = self.content.text(block)
        if said.calls:
            self.losses.add(block.at, "moved", "text stands before the calls of its message", "hint")
        if block.refusal and is_words(part):
            said.refusals.append(part["text"])
        elif block.refusal:
            said.parts.append({"refusal" if key == "text" else key: value for key, value in part.items()} | REFUSAL)
        else:
            said.add_text(part, cited=bool(block.citations))

    def _thinking(self, said: Said, block: ir.Thinking) -> None:
        """Reasoning goes home to the servers it came from; any other reads nothing into it."""
        seal = block.seal
        if seal is None or seal.maker != DIALECT:
            self.losses.add(block.at, "dropped", "reasoning of other models is not sent", "hint")
            return
        self.losses.own(block)
        said.reasoning.setdefault(seal.kind, []).append(BLANK.join(block.parts))

    def _call(self, said: Said, block: ir.ToolUse) -> None:
        own = self.losses.own(block)
        self.losses.seal(block)
        name = self.names.sent(block.name, block.namespace, block.at)
        kind, called = "function", {"name": name, "arguments": block.arguments or "{}"}
        if block.form == "text" and self.custom:
            kind, called = "custom", {"name": name, "input": block.arguments}
        elif block.form == "text":
            called["arguments"] = jsonstring.arguments(block.arguments)
        said.ids.append(block.id)
        said.calls.append(merged({"id": fitting_id(block.id), "type": kind, kind: called}, own))


def _goes_on(turn: ir.Turn) -> bool:
    """The next assistant turn belongs into the same message."""
    return any(isinstance(block, ir.ToolUse) for block in turn.blocks) or (
        bool(turn.blocks) and all(isinstance(block, ir.Thinking) for block in turn.blocks)
    )


def _only_calls(turn: ir.Turn) -> bool:
    return bool(turn.blocks) and all(isinstance(block, ir.ToolUse) for block in turn.blocks)


Rest = list[tuple[ir.Turn, tuple[ir.Block, ...]]]


def _answers(ids: list[str], heard: list[ir.Turn]) -> tuple[list[ir.ToolResult], Rest]:
    """The results that answer these calls, each call once; and the turns without them."""
    open_ids = list(ids)
    answers: list[ir.ToolResult] = []
    rest: Rest = []
    for turn in heard:
        others: list[ir.Block] = []
        for block in turn.blocks:
            if isinstance(block, ir.ToolResult) and block.id in open_ids:
                open_ids.remove(block.id)
                answers.append(block)
            else:
                others.append(block)
        if others or not turn.blocks or turn.extra is not None:
            rest.append((turn, tuple(others)))
    return answers, rest
