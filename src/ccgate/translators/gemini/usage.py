"""Tokens, read and written.

`promptTokenCount` counts what came from a cache too; `thoughtsTokenCount` lies outside `candidatesTokenCount`, and what
a tool of Google's put into the prompt outside both (https://ai.google.dev/api/generate-content#UsageMetadata).
"""

from __future__ import annotations

from typing import Any

from ccgate import ir


def read_usage(usage: dict[str, Any]) -> ir.Usage:
    """What is missing, negative or no number counts as 0."""
    cached = _count(usage, "cachedContentTokenCount")
    thoughts = _count(usage, "thoughtsTokenCount")
    prompt = _count(usage, "promptTokenCount") + _count(usage, "toolUsePromptTokenCount")
    return ir.Usage(
        input=max(0, prompt - cached),
        cache_read=cached,
        output=_count(usage, "candidatesTokenCount") + thoughts,
        reasoning=thoughts,
    )


def write_usage(usage: ir.Usage) -> dict[str, Any]:
    """What was written to a cache is a part of the prompt."""
    told = {"promptTokenCount": usage.prompt}
    if usage.cache_read:
        told["cachedContentTokenCount"] = usage.cache_read
    thoughts = min(usage.reasoning, usage.output)
    told["candidatesTokenCount"] = usage.output - thoughts
    if thoughts:
        told["thoughtsTokenCount"] = thoughts
    return told | {"totalTokenCount": usage.prompt + usage.output}


def _count(source: dict[str, Any], key: str) -> int:
    value = source.get(key)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
