"""Items of a reply's `output`, read: each is one block or several, and each block has a key within its item.

https://platform.openai.com/docs/api-reference/responses/object#responses-object-output

Ids and states of items say nothing to anybody else and are not kept; the items that we write get ids of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.openai_responses.fields import DIALECT, Fields
from ccgate.translators.openai_responses.parts import read_citation
from ccgate.translators.openai_responses.says import says

Item = dict[str, Any]
Key = tuple[str, int]
"""What of an item grows: its kind, and the place where there are several."""

KNOWN = frozenset(
    {"id", "type", "status", "created_by", "role", "content", "call_id", "name", "namespace", "arguments", "input"}
)
CALL: Key = ("call", 0)
SUMMARY: Key = ("summary", 0)
RAW: Key = ("raw", 0)


def words(source: Item, key: str) -> str:
    """A string that may be missing or null."""
    value = source.get(key)
    if value is None or isinstance(value, str):
        return value or ""
    raise MalformedReply(f"{key} is not a string")


def an_object(source: Item, key: str) -> Item:
    """An object that may be missing or null."""
    value = source.get(key)
    if value is None or isinstance(value, dict):
        return value or {}
    raise MalformedReply(f"{key} is not an object")


def a_list(source: Item, key: str) -> list[Item]:
    """A list of objects that may be missing or null."""
    value = source.get(key)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return value
    raise MalformedReply(f"{key} is not a list of objects")


def a_number(source: Item, key: str) -> int:
    """An index; 0 where it is missing."""
    value = source.get(key, 0)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise MalformedReply(f"{key} is not a whole number")


def read_item(item: Item) -> list[tuple[Key, ir.Block]]:
    """The blocks of an item that is complete. Of reasoning that shows nothing and holds nothing there is none."""
    read = READERS.get(words(item, "type"))
    return list(read(item)) if read else [(("item", 0), ir.Opaque(DIALECT, item, says(item)))]


def own_fields(item: Item) -> ir.Opaque | None:
    """What only this dialect says of a message or a call (`phase`, `caller`): nothing of it is the answer."""
    rest = {key: value for key, value in item.items() if key not in KNOWN and value is not None}
    return ir.Opaque(DIALECT, rest, grade="hint") if rest else None


def _message(item: Item) -> Iterator[tuple[Key, ir.Block]]:
    own = own_fields(item)
    for n, part in enumerate(a_list(item, "content")):
        kind = words(part, "type")
        if kind == "refusal":
            yield ("refusal", n), ir.Text(words(part, "refusal"), refusal=True, extra=own)
        elif kind in {"output_text", "text", ""}:
            notes = tuple(citation(each) for each in a_list(part, "annotations"))
            yield ("text", n), ir.Text(words(part, "text"), citations=notes, extra=own)
        else:
            yield ("part", n), ir.Opaque(DIALECT, {**item, "content": [part]}, says(part))
        own = None


def citation(note: Item) -> ir.Citation:
    return read_citation(Fields.of(note, ""))


def _reasoning(item: Item) -> Iterator[tuple[Key, ir.Block]]:
    summary = tuple(words(part, "text") for part in a_list(item, "summary"))
    raw = tuple(words(part, "text") for part in a_list(item, "content"))
    value = words(item, "encrypted_content")
    seal = ir.Seal(DIALECT, "encrypted_content", value) if value else None
    if any(summary):
        yield SUMMARY, ir.Thinking(summary, "summary", seal)
        seal = None
    if any(raw):
        yield RAW, ir.Thinking(raw, "raw", seal)
    elif seal is not None:
        yield SUMMARY, ir.Thinking((), "redacted", seal)


def read_call(item: Item) -> ir.ToolUse:
    """A call, its arguments included, of either kind."""
    text = item["type"] == "custom_tool_call"
    name = words(item, "name")
    if not name:
        raise MalformedReply("a tool call without a name")
    return ir.ToolUse(
        words(item, "call_id"),
        name,
        words(item, "input" if text else "arguments"),
        words(item, "namespace") or None,
        "text" if text else "json",
        extra=own_fields(item),
    )


def _call(item: Item) -> Iterator[tuple[Key, ir.Block]]:
    yield CALL, read_call(item)


READERS: dict[str, Callable[[Item], Iterator[tuple[Key, ir.Block]]]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _call,
    "custom_tool_call": _call,
}
