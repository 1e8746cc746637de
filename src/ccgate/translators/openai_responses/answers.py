"""What a reply is made of, in the words of this dialect: the response, its items, its end. Shared by both encoders.

Every block is an item of its own. Ids are made of the reply's id and the item's place: always the same for one reply.

https://platform.openai.com/docs/api-reference/responses/object
"""

from __future__ import annotations

from typing import Any, Final

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.openai_responses.failures import write_error
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.translators.openai_responses.items import paragraphs
from ccgate.translators.openai_responses.names import Declared, digest
from ccgate.translators.openai_responses.pen import Pen
from ccgate.translators.openai_responses.sealed import HELD, wrapped
from ccgate.translators.openai_responses.usage import write_usage
from ccgate.wire import jsontext

Item = dict[str, Any]

ENDS: Final = {"limit": "max_output_tokens", "context_full": "max_output_tokens", "refusal": "content_filter"}
"""Reasons for which a response is incomplete."""


@define(eq=False)
class Answer:
    """One reply under way."""

    declared: Declared = field(factory=Declared)
    parallel: bool = True
    """The request's `parallel_tool_calls`: a response repeats it."""
    pen: Pen = field(factory=Pen)
    reply: str = "resp_0"
    model: str = ""
    usage: ir.Usage | None = None
    end: ir.Finished | None = None
    refused: bool = False
    items: dict[int, Item] = field(factory=dict)
    """The complete ones, by their place."""
    ids: set[str] = field(factory=set)

    def begin(self, start: ir.Started) -> None:
        name = start.id or "0"
        self.reply = name if name.startswith("resp_") else f"resp_{name}"
        self.model = start.model
        self.pen.back({}, ir.Node(extra=start.extra))

    def item_id(self, kind: str, n: int) -> str:
        return f"{kind}_{self.reply.removeprefix('resp_')}_{n}"

    def response(self, status: str, **more: Any) -> Item:
        """The response object; a clock is not known here, so nobody knows when it was made."""
        response: Item = {
            "id": self.reply,
            "object": "response",
            "created_at": 0,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": self.model,
            "output": [self.items[n] for n in sorted(self.items)],
            "parallel_tool_calls": self.parallel,
            "tool_choice": "auto",
            "tools": [],
            "usage": None,
            **more,
        }
        if self.usage is not None and self.usage.tier is not None:
            response["service_tier"] = self.usage.tier
        return response

    def failed(self, failure: ir.Failure) -> Item:
        usage = None if self.usage is None else write_usage(self.usage)
        return self.response("failed", error=write_error(failure), usage=usage)

    def ended(self, end: ir.Finished) -> Item:
        """The response as it is at its end: complete or incomplete."""
        usage = write_usage(self.usage)
        if end.stop is not None:
            self.pen.lose("", "which stop sequence was hit has no place here", "hint")
        if end.detail is not None and end.detail.dialect == DIALECT:
            return self.response("incomplete", usage=usage, **end.detail.value)
        if end.detail is not None:
            self.pen.lose(end.detail.at, "only its own dialect knows how this ended", "hint")
        why = ENDS.get(end.reason)
        if why is not None and not (end.reason == "refusal" and self.refused):
            return self.response("incomplete", usage=usage, incomplete_details={"reason": why})
        if end.reason == "pause":
            return self.response("completed", usage=usage, end_turn=False)
        return self.response("completed", usage=usage)

    def own(self, extra: ir.Opaque | None) -> Item:
        """Our own unknown fields; those of a stranger are lost."""
        self.pen.back({}, ir.Node(extra=None if extra is not None and extra.dialect == DIALECT else extra))
        return dict(extra.value) if extra is not None and extra.dialect == DIALECT else {}

    def meant(self, block: ir.ToolUse, n: int) -> ir.ToolUse:
        """The call as the caller knows the tool; with an id that nobody else in this reply has."""
        name, namespace, form = self.declared.known(block)
        id_ = block.id
        if not id_ or id_ in self.ids:
            id_ = f"call_{digest(f'{self.reply} {n}')[:24]}"
        self.ids.add(id_)
        return attrs.evolve(block, id=id_, name=name, namespace=namespace, form=form)

    def text(self, block: ir.Text, name: str) -> Item:
        """A message of one part."""
        self.refused = self.refused or block.refusal
        part: Item = {"type": "refusal", "refusal": block.text}
        if not block.refusal:
            notes = [note for each in block.citations if (note := self.citation(each, len(block.text)))]
            part = {"type": "output_text", "text": block.text, "annotations": notes, "logprobs": []}
        message = {"id": name, "type": "message", "status": "completed", "role": "assistant", "content": [part]}
        return message | self.own(block.extra)

    def citation(self, cited: ir.Citation, length: int) -> Item | None:
        """An annotation. Where it begins and ends must be said: a stranger's stands for all of the text."""
        own = self.own(cited.extra)
        if own.get("type"):
            told = {"url": cited.url, "title": cited.title, "start_index": cited.start, "end_index": cited.end}
            return {key: value for key, value in told.items() if value is not None} | own
        if cited.url is None:
            self.pen.lose(cited.at, "only citations of web pages can be told", "hint")
            return None
        return {
            "type": "url_citation",
            "url": cited.url,
            "title": cited.title or cited.url,
            "start_index": cited.start or 0,
            "end_index": length if cited.end is None else cited.end,
            **own,
        }

    def thinking(self, block: ir.Thinking, name: str) -> Item | None:
        """Reasoning; None where it says nothing and holds nothing that may be handed on."""
        said = tuple(part for part in block.parts if part)
        value = wrapped(block.seal, block.form, said=bool(said))
        if not said and value is None:
            self.own(block.extra)
            return None
        raw = block.form == "raw"
        item: Item = {"id": name, "type": "reasoning", "summary": [] if raw else paragraphs(said, "summary_text")}
        if raw:
            item["content"] = paragraphs(said, "reasoning_text")
        if value is not None:
            item[HELD] = value
        return item | self.own(block.extra)

    def call(self, block: ir.ToolUse, name: str) -> Item:
        """A call that is `meant` for a tool of the caller's."""
        if self.declared.searches(block):
            return self.search(block, name, "completed", sought(block.arguments)) | self.own(block.extra)
        item: Item = {"id": name, "type": "function_call", "status": "completed"}
        item |= {"call_id": block.id, "name": block.name}
        if block.form == "text":
            item |= {"type": "custom_tool_call", "input": block.arguments}
        else:
            item["arguments"] = block.arguments or "{}"
        if block.namespace is not None:
            item["namespace"] = block.namespace
        return item | self.own(block.extra)

    def search(self, block: ir.ToolUse, name: str, status: str, arguments: Any) -> Item:
        """A search for tools that the caller runs. https://platform.openai.com/docs/guides/tools-tool-search"""
        item: Item = {"id": name, "type": "tool_search_call", "status": status, "call_id": block.id}
        return item | {"execution": "client", "arguments": arguments}

    def kind(self, block: ir.ToolUse) -> str:
        """How the ids of calls begin."""
        return "tsc" if self.declared.searches(block) else "ctc" if block.form == "text" else "fc"

    def carrier(self, seal: ir.Seal | None, name: str) -> Item | None:
        """The item behind a text or call that carries its seal; None where there is none to carry."""
        value = wrapped(seal, "last")
        return None if value is None else {"id": name, "type": "reasoning", "summary": [], HELD: value}

    def other(self, block: ir.Block) -> Item | ir.Text | None:
        """An item of our own dialect, or the text that a stranger may read instead."""
        if isinstance(block, ir.Opaque):
            if block.dialect == DIALECT:
                return dict(block.value)
            self.pen.stranger(block)
            return None if block.says is None else ir.Text(block.says)
        self.own(block.extra)
        kind = block.kind if isinstance(block, ir.Media) else type(block).__name__
        self.pen.lose(block.at, "a reply cannot hold this here", what="changed")
        return ir.Text(f"[{kind}: left out]")


def sought(arguments: str) -> ir.JSON:
    """The arguments of a search, which are no text here. Words that are no JSON are told as they are: the caller
    refuses them, and the model hears of it."""
    try:
        return jsontext.load(arguments.strip() or "{}")
    except MalformedReply:
        return arguments


def free_text(arguments: str) -> str:
    """What the model put into `input` where a tool that takes free text was shown as one that takes JSON; all it
    said, where it did not keep to that."""
    try:
        value = jsontext.load(arguments)
    except MalformedReply:
        return arguments
    if isinstance(value, dict) and value.keys() == {"input"} and isinstance(value["input"], str):
        return value["input"]
    return arguments
