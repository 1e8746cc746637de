"""Tokens, read and written.

`prompt_tokens` counts cached and written ones too, `completion_tokens` counts reasoning
(https://platform.openai.com/docs/api-reference/chat/object). DeepSeek tells hits of its cache at the top
(`prompt_cache_hit_tokens`, https://api-docs.deepseek.com/guides/kv_cache).

What was written to a cache has no time to live here; it is counted under "5m", the shortest that any dialect names.
"""

from __future__ import annotations

from typing import Any

from ccgate import ir

WRITTEN_FOR = "5m"


def read_usage(usage: dict[str, Any], tier: ir.JSON = None) -> ir.Usage:
    """What is missing, negative or no number counts as 0."""
    told = _object(usage, "prompt_tokens_details")
    cached = _count(told, "cached_tokens") or _count(usage, "prompt_cache_hit_tokens")
    written = _count(told, "cache_write_tokens")
    return ir.Usage(
        input=max(0, _count(usage, "prompt_tokens") - cached - written),
        cache_read=cached,
        cache_write={WRITTEN_FOR: written} if written else {},
        output=_count(usage, "completion_tokens"),
        reasoning=_count(_object(usage, "completion_tokens_details"), "reasoning_tokens"),
        tier=tier if isinstance(tier, str) else None,
    )


def write_usage(usage: ir.Usage) -> dict[str, Any]:
    told = {"cached_tokens": usage.cache_read}
    written = sum(usage.cache_write.values())
    if written:
        told["cache_write_tokens"] = written
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": told,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _object(source: dict[str, Any], key: str) -> dict[str, Any]:
    value = source.get(key)
    return value if isinstance(value, dict) else {}


def _count(source: dict[str, Any], key: str) -> int:
    value = source.get(key)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
