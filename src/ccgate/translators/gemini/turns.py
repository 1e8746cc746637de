"""Turns, written as contents.

Contents go by turns, user and model, and the first is the user's. The API wants the answers to all calls of a model's
content in the content right behind it, one for each. So the turns are taken in steps: what the assistant said, then
all that follows until it speaks again.

    model   texts, thoughts of this dialect, calls, in their order
    user    one function response per call of this step, in the order of the calls, under the name of the call;
            a call nobody answered gets an answer that says so
            then the media of those answers, for models whose responses hold none, then the rest in its place

From Gemini 3 on, the first call of each step of the current turn must carry a thought signature, or the request is
refused; a call that was made elsewhere gets the one that the vendor accepts for that:
https://ai.google.dev/gemini-api/docs/thought-signatures
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any, Final

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.gemini.content import BLANK, Content, Part, is_media, text_part
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.losses import Losses, merged
from ccgate.translators.gemini.models import Facts
from ccgate.translators.gemini.names import UNNAMED, Names, fitting_name
from ccgate.translators.gemini.parts import WORDS
from ccgate.wire import jsonstring, jsontext

SYSTEM: Final = frozenset({"system", "developer"})
BEGIN: Final = "(the conversation begins here)"
UNANSWERED: Final = "This call was not answered."
SHOWN_BELOW: Final = "The result is shown below."
UNSIGNED: Final = "skip_thought_signature_validator"
"""What the vendor accepts in the place of a signature."""


@define
class Contents:
    """Writes the turns of one request."""

    losses: Losses
    names: Names
    facts: Facts
    reasoning: ir.Reasoning | None = None
    """What the whole request asks for."""
    content: Content = field(init=False)
    out: list[dict[str, Any]] = field(factory=list)
    closed: bool = True
    """What follows begins a content of its own."""
    called: dict[str, str] = field(factory=dict)
    """The names of calls, as they are sent, by id."""

    def __attrs_post_init__(self) -> None:
        self.content = Content(self.losses)

    def system(self, turns: tuple[ir.Turn, ...]) -> dict[str, Any] | None:
        """The leading system turns. A system instruction holds only text."""
        parts: list[Part] = []
        own: dict[str, Any] = {}
        for turn in turns:
            own |= self._turn(turn)
            for block in turn.blocks:
                said = self.content.parts(block)
                if any(is_media(part) for part in said):
                    self.losses.add(block.at, "dropped", "a system instruction holds only text")
                parts += [part for part in said if not is_media(part)]
        return merged({"parts": parts}, own) if parts or own else None

    def write(self, turns: tuple[ir.Turn, ...]) -> list[dict[str, Any]]:
        n = 0
        while n < len(turns):
            said: list[ir.Turn] = []
            while n < len(turns) and turns[n].role == "assistant":
                said.append(turns[n])
                n += 1
            heard: list[ir.Turn] = []
            while n < len(turns) and turns[n].role != "assistant":
                heard.append(turns[n])
                n += 1
            self._step(said, heard)
        if not self.out or self.out[0]["role"] != "user":
            at = turns[0].at if turns else ""
            self.losses.add(at, "changed", "the first turn must be the user's: one was made up", "hint")
            self.out.insert(0, {"role": "user", "parts": [text_part(BEGIN)]})
        if self.facts.signs:
            sign(self.out)
        return self.out

    def _append(self, role: str, parts: list[Part], own: dict[str, Any], *, joins: bool = False) -> None:
        """Parts of one role that follow each other are one content; one with fields of its own stays alone, unless it
        `joins` what it began with."""
        last = self.out[-1] if self.out else None
        if last is not None and (not own or joins) and not self.closed and last["role"] == role:
            last["parts"] += parts
            merged(last, own)
            self.closed = bool(own)
        elif parts or own:
            self.out.append(merged({"role": role, "parts": parts}, own))
            self.closed = bool(own)

    def _turn(self, turn: ir.Turn) -> dict[str, Any]:
        """The turn's own fields; reports what a content cannot hold of it."""
        if turn.reasoning is not None:
            self.losses.own(turn.reasoning)
            effort = self.reasoning.effort if self.reasoning else None
            if turn.reasoning.effort not in {None, effort}:
                why = "reasoning is set for a whole request"
                self.losses.add(turn.reasoning.place("effort"), "dropped", why, "setting")
        if turn.phase is not None:
            self.losses.add(turn.place("phase"), "dropped", "contents have no phase", "hint")
        return self.losses.own(turn)

    def _step(self, said: list[ir.Turn], heard: list[ir.Turn]) -> None:
        calls = [call for turn in said for call in self._model(turn)]
        answers = _answers(calls, heard)
        hoisted: list[Part] = []
        for call in calls:
            result = answers.get(call.id)
            if result is None:
                self.losses.add(call.at, "changed", "a call without an answer is refused: one was made up", "hint")
                self._append("user", [self._response(call.id, {"error": UNANSWERED})], {})
            else:
                hoisted += self._answer(result)
        if hoisted:
            self._append("user", hoisted, {})
        taken = {id(each) for each in answers.values()}
        for turn in heard:
            self._heard(turn, tuple(block for block in turn.blocks if id(block) not in taken))

    def _heard(self, turn: ir.Turn, blocks: tuple[ir.Block, ...]) -> None:
        own = self._turn(turn)
        parts = self.content.all(blocks)
        if turn.role in SYSTEM and parts:
            self.losses.add(turn.at, "moved", "instructions in mid-conversation are told in a user's content", "hint")
            parts = [text_part("<system-reminder>"), *parts, text_part("</system-reminder>")]
        self._append("user", parts, own, joins=len(blocks) < len(turn.blocks))

    def _model(self, turn: ir.Turn) -> list[ir.ToolUse]:
        """Writes one assistant turn; returns its calls."""
        own = self._turn(turn)
        calls: list[ir.ToolUse] = []
        parts: list[Part] = []
        for block in turn.blocks:
            if isinstance(block, ir.ToolUse):
                self.losses.mark(block)
                parts.append(self._call(block))
                calls.append(block)
            elif isinstance(block, ir.Thinking):
                parts += self._thought(block)
            elif isinstance(block, ir.ToolResult):
                parts += self.content.nothing(block)
            else:
                parts += self.content.parts(block)
        self._append("model", parts, own)
        return calls

    def _thought(self, block: ir.Thinking) -> list[Part]:
        """Thoughts go home to the models they came from; any other model would take them for its own."""
        own = self.losses.own(block)
        if block.seal is None or block.seal.maker != DIALECT:
            self.losses.add(block.at, "dropped", "reasoning of other models is not sent", "hint")
            return []
        part = {"text": BLANK.join(block.parts), "thought": True} | self.losses.signature(block)
        return [merged(part, own)]

    def _call(self, block: ir.ToolUse) -> Part:
        own = self.losses.own(block)
        name = self.called[block.id] = self.names.sent(block.name, block.namespace, block.at)
        call: dict[str, Any] = self._id(block.id) | {"name": name, "args": self._arguments(block)}
        return merged({"functionCall": call} | self.losses.signature(block), own)

    def _id(self, id_: str) -> dict[str, Any]:
        return {"id": id_} if self.facts.named_calls and not id_.startswith(UNNAMED) else {}

    def _arguments(self, block: ir.ToolUse) -> dict[str, Any]:
        """The arguments as an object; free text, and what is no object, as its only member."""
        if block.form == "text":
            return {jsonstring.KEY: block.arguments}
        try:
            value = jsontext.load(block.arguments or "{}")
        except MalformedReply:
            value = block.arguments
        if isinstance(value, dict):
            return value
        self.losses.add(block.at, "changed", "arguments that are no object are told as one with the member input")
        return {jsonstring.KEY: value}

    def _response(self, id_: str, response: dict[str, Any]) -> Part:
        return {"functionResponse": self._id(id_) | {"name": self.called[id_], "response": response}}

    def _answer(self, result: ir.ToolResult) -> list[Part]:
        """Writes a function's response; returns what must follow it."""
        own = self.losses.own(result)
        self.losses.mark(result)
        parts = self.content.all(result.blocks)
        words = [part["text"] for part in parts if "text" in part] + _loaded(result)
        others = [part for part in parts if "text" not in part]
        if others and not words:
            words = [SHOWN_BELOW]
        part = self._response(result.id, _told(result, BLANK.join(words)))
        if others and self.facts.named_calls:
            part["functionResponse"]["parts"] = others
            others = []
        self._append("user", [merged(part, own)], {})
        if not others:
            return []
        self.losses.add(result.at, "moved", "a function's response holds only text: the rest follows it")
        return [text_part(f"From the result of {self.called[result.id]}:"), *others]


def _loaded(result: ir.ToolResult) -> list[str]:
    """What is told of the tools that a result brings: their names, as they are offered."""
    brought = [tool for block in result.blocks if isinstance(block, ir.Tools) for tool in block.added]
    tools = [tool for tool in brought if isinstance(tool, ir.Tool)]
    names = [fitting_name(tool.name, tool.namespace.name if tool.namespace else None) for tool in tools]
    return [f"Tools loaded: {', '.join(names)}"] if names else []


def _told(result: ir.ToolResult, words: str) -> dict[str, Any]:
    """The response: in the shape it was read from where it came from here, else `output` or `error`."""
    first = result.blocks[0] if result.blocks else None
    if isinstance(first, ir.Text) and first.at.endswith("/response"):
        response = _object(first.text)
        if response is not None:
            return response
    at = first.at if first is not None else ""
    key = at.rpartition("/")[2]
    if key in WORDS and at.endswith(f"/response/{key}"):
        return {key: words}
    return {"error" if result.error else "output": words}


def _object(words: str) -> dict[str, Any] | None:
    try:
        value = jsontext.load(words)
    except MalformedReply:
        return None
    return value if isinstance(value, dict) else None


def _answers(calls: list[ir.ToolUse], heard: list[ir.Turn]) -> dict[str, ir.ToolResult]:
    """The first result for each of these calls."""
    asked = {call.id for call in calls}
    answers: dict[str, ir.ToolResult] = {}
    for turn in heard:
        for block in turn.blocks:
            if isinstance(block, ir.ToolResult) and block.id in asked:
                answers.setdefault(block.id, block)
    return answers


def sign(contents: list[dict[str, Any]]) -> None:
    """Give the first call of each step of the current turn a signature, where it has none."""
    for content in takewhile(_continues, reversed(contents)):
        first = next((part for part in content["parts"] if "functionCall" in part), None)
        if first is not None and not first.get("thoughtSignature"):
            first["thoughtSignature"] = UNSIGNED


def _continues(content: dict[str, Any]) -> bool:
    """Whether a content belongs to a turn that began before it: a turn begins where the user says something."""
    return content["role"] != "user" or any("functionResponse" in part for part in content["parts"])
