"""What strangers may read of items that only this dialect has: calls of tools that the provider runs, and the like.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Item = Mapping[str, Any]


def says(item: Item) -> str | None:
    """The item in words, or None where it has none."""
    speak = SPEAKERS.get(str(item.get("type")))
    return (speak(item) if speak else _string(item, "text")) or None


def _string(item: Any, key: str) -> str:
    value = item.get(key) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) else ""


def _strings(item: Any, key: str) -> list[str]:
    value = item.get(key) if isinstance(item, Mapping) else None
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _objects(item: Item, key: str) -> list[Any]:
    value = item.get(key)
    return value if isinstance(value, list) else []


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _command(item: Item) -> str:
    words = " ".join(_strings(item.get("action"), "command"))
    return f"$ {words}" if words else ""


def _commands(item: Item) -> str:
    return _lines(*(f"$ {line}" for line in _strings(item.get("action"), "commands")))


def _printed(item: Item) -> str:
    return _lines(*(_lines(_string(each, "stdout"), _string(each, "stderr")) for each in _objects(item, "output")))


def _patch(item: Item) -> str:
    operation = item.get("operation")
    return _lines(
        " ".join(filter(None, (_string(operation, "type"), _string(operation, "path")))), _string(operation, "diff")
    )


def _search(item: Item) -> str:
    action = item.get("action")
    what = _string(action, "query") or ", ".join(_strings(action, "queries")) or _string(action, "url")
    return f"web search: {what}" if what else ""


def _files(item: Item) -> str:
    what = ", ".join(_strings(item, "queries"))
    found = (_lines(_string(each, "filename"), _string(each, "text")) for each in _objects(item, "results"))
    return _lines(f"file search: {what}" if what else "", *found)


def _code(item: Item) -> str:
    return _lines(_string(item, "code"), *(_string(each, "logs") for each in _objects(item, "outputs")))


def _remote(item: Item) -> str:
    call = f"{_string(item, 'name')}({_string(item, 'arguments')})"
    return _lines(call, _string(item, "output"), _string(item, "error")) if call != "()" else ""


SPEAKERS: dict[str, Callable[[Item], str]] = {
    "local_shell_call": _command,
    "local_shell_call_output": lambda item: _string(item, "output"),
    "shell_call": _commands,
    "shell_call_output": _printed,
    "apply_patch_call": _patch,
    "apply_patch_call_output": lambda item: _string(item, "output"),
    "web_search_call": _search,
    "file_search_call": _files,
    "code_interpreter_call": _code,
    "mcp_call": _remote,
    "image_generation_call": lambda item: _string(item, "revised_prompt"),
    "program": lambda item: _string(item, "code"),
    "program_output": lambda item: _string(item, "result"),
}
