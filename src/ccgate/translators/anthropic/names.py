"""Ids and names in the letters this dialect allows: `^[a-zA-Z0-9_-]+$`, a tool's name at most 128 of them.

https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
A name that fits is never changed. Another becomes one that depends on nothing but itself, so that a call, its result
and the same call in the next request agree (and the prompt cache hits), and no two names meet.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ccgate import ir

LONGEST: Final = 128
_fits: Final = re.compile(r"[a-zA-Z0-9_-]+").fullmatch
_alien: Final = re.compile(r"[^a-zA-Z0-9_-]")


def call_id(name: str) -> str:
    """The id of a tool call."""
    return name if _fits(name) else f"toolu_{_digest(name, 32)}"


def tool_name(name: str, namespace: str | None = None) -> str:
    """The name of a tool, its namespace in front."""
    full = f"{namespace}__{name}" if namespace else name
    if len(full) <= LONGEST and _fits(full):
        return full
    return f"{_alien.sub('_', full)[: LONGEST - 9]}_{_digest(full, 8)}"


def name_of(tool: ir.Tool) -> str:
    return tool_name(tool.name, tool.namespace.name if tool.namespace else None)


def _digest(text: str, size: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:size]
