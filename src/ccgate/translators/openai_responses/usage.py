"""Tokens, read and written.

`input_tokens` counts cached and written ones too, `output_tokens` counts reasoning. What was written to a cache is
kept for 30 minutes unless the details say 12 hours (https://platform.openai.com/docs/api-reference/responses/object).
"""

from __future__ import annotations

from typing import Any

from ccgate import ir

TTLS = {"ttl_30m_tokens": "30m", "ttl_12h_tokens": "12h"}
USUAL_TTL = "30m"


def read_usage(response: dict[str, Any]) -> ir.Usage | None:
    """The usage of a response; None where it has none. What is missing, negative or no number counts as 0."""
    usage = response.get("usage")
    if not isinstance(usage, dict) or not usage:
        return None
    details = _object(usage, "input_tokens_details")
    cached, written = _count(details, "cached_tokens"), _written(details)
    searches = _count(_object(_object(response, "tool_usage"), "web_search"), "num_requests")
    tier = response.get("service_tier")
    return ir.Usage(
        input=max(0, _count(usage, "input_tokens") - cached - sum(written.values())),
        cache_read=cached,
        cache_write=written,
        output=_count(usage, "output_tokens"),
        reasoning=_count(_object(usage, "output_tokens_details"), "reasoning_tokens"),
        hosted={"web_search": searches} if searches else {},
        tier=tier if isinstance(tier, str) else None,
    )


def _written(details: dict[str, Any]) -> dict[str, int]:
    total = _count(details, "cache_write_tokens")
    split = _object(details, "cache_write_tokens_details")
    written = {ttl: n for key, ttl in TTLS.items() if (n := _count(split, key))}
    if sum(written.values()) == total:
        return written
    return {USUAL_TTL: total} if total else {}


def write_usage(usage: ir.Usage | None) -> dict[str, Any]:
    """All counts: clients refuse a usage without `total_tokens`, and a reply without usage."""
    usage = usage or ir.Usage()
    details: dict[str, Any] = {
        "cached_tokens": usage.cache_read,
        "cache_write_tokens": sum(usage.cache_write.values()),
    }
    if usage.cache_write.get("12h"):
        split = {key: usage.cache_write.get(ttl, 0) for key, ttl in TTLS.items()}
        details["cache_write_tokens_details"] = split
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": details,
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.prompt + usage.output,
    }


def _object(source: dict[str, Any], key: str) -> dict[str, Any]:
    value = source.get(key)
    return value if isinstance(value, dict) else {}


def _count(source: dict[str, Any], key: str) -> int:
    value = source.get(key)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
