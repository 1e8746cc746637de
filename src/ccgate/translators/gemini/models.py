"""What Google's models take, by the name of the model. Of other names nothing is known: they get what the caller said.

- `thinkingLevel` from Gemini 3 on, `thinkingBudget` for 2.5, never both; 2.5 Pro takes 128 to 32768 tokens, 2.5 Flash
  0 to 24576, 2.5 Flash-Lite 512 to 24576 or 0: https://ai.google.dev/gemini-api/docs/thinking
- Gemini 3 Pro cannot be kept from thinking, and knows the levels low and high; 3.1 Pro medium too; Flash minimal too.
- `parametersJsonSchema` and `responseJsonSchema` from 2.5 on: https://ai.google.dev/gemini-api/docs/structured-output
- Media within a function's response, ids of calls, and signatures that must come back, from 3 on:
  https://ai.google.dev/gemini-api/docs/function-calling, https://ai.google.dev/gemini-api/docs/thought-signatures
- Answers of at most 65536 tokens from 2.5 on, 8192 before: https://ai.google.dev/gemini-api/docs/models
"""

from __future__ import annotations

import re

from attrs import frozen

_version = re.compile(r"gemini-(\d+)(?:\.(\d+))?").match
_latest = re.compile(r"gemini-(?:pro|flash|flash-lite)-latest").match

LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH")


@frozen
class Facts:
    """What is known of a model; these are the facts of one that nobody knows."""

    known: bool = False
    version: tuple[int, int] = (0, 0)
    levels: tuple[str, ...] = LEVELS
    """The thinking levels it takes; none: it knows no levels."""
    budget: tuple[int, int] | None = None
    """The least and the most tokens it thinks; None: it takes no budget."""
    may_rest: bool = True
    """It can be kept from thinking."""
    json_schema: bool = True
    """It takes real JSON Schema."""
    output: int | None = None
    """The most tokens it answers."""

    @property
    def signs(self) -> bool:
        """Calls of the current turn must carry a signature."""
        return self.known and self.version >= (3, 0)

    @property
    def named_calls(self) -> bool:
        """Calls have ids, and their answers may hold media."""
        return not self.known or self.version >= (3, 0)


def _numbers(match: re.Match[str] | None) -> tuple[int, int]:
    """The version; of a name that has none, that of the newest."""
    return (int(match[1]), int(match[2] or 0)) if match else (3, 1)


def facts(model: str) -> Facts:
    """By the last segment of the name: `models/gemini-3-pro`, `google/gemini-3-pro`."""
    name = model.rpartition("/")[2].lower()
    match = _version(name)
    if match is None and not _latest(name):
        return Facts()
    version = _numbers(match)
    if version >= (3, 0):
        return _third(name, version)
    if version < (2, 5):
        return Facts(True, version, (), None, json_schema=False, output=8192)
    if "pro" in name:
        return Facts(True, version, (), (128, 32768), may_rest=False, output=65536)
    return Facts(True, version, (), (512 if "lite" in name else 0, 24576), output=65536)


def _third(name: str, version: tuple[int, int]) -> Facts:
    if "pro" not in name:
        return Facts(True, version, ("MINIMAL", "LOW", "MEDIUM", "HIGH"), may_rest=False, output=65536)
    levels = ("LOW", "HIGH") if version == (3, 0) else ("LOW", "MEDIUM", "HIGH")
    return Facts(True, version, levels, may_rest=False, output=65536)
