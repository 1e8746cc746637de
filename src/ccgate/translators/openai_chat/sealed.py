"""Ids of calls on which seals of other providers ride (`ccgate.wire.seals`), on their way to a server of this dialect.

It never gave these ids out as they are now; what we put behind them is taken away again, in the calls and in their
results alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ccgate.wire import seals
from ccgate.wire.jsontext import JsonText


def restored_ids(text: JsonText) -> Mapping[str, str]:
    """The places of such ids in a body, and the ids as they were."""
    messages = text.get("messages") if seals.holds(text.raw) else None
    if not isinstance(messages, list):
        return {}
    found = (each for n, message in enumerate(messages) for each in _ids(message, f"/messages/{n}"))
    return {at: seals.split(id_)[0] for at, id_ in found if isinstance(id_, str) and seals.MARK in id_}


def _ids(message: Any, at: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(message, dict):
        return
    yield f"{at}/tool_call_id", message.get("tool_call_id")
    calls = message.get("tool_calls")
    for n, call in enumerate(calls if isinstance(calls, list) else ()):
        if isinstance(call, dict):
            yield f"{at}/tool_calls/{n}/id", call.get("id")
