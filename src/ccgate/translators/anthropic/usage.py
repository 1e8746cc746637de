"""Token counts: the vendor's `usage` objects to and from `ir.Usage`.

They are cumulative; `message_delta` may name only some of the counts, and a null says nothing. The prompt's parts do
not overlap: `input_tokens` is what came from no cache. `cache_creation` splits `cache_creation_input_tokens` by time
to live; what it does not explain lives the default 5 minutes. Counts that are all zero tell nothing: endpoints that
do not count send them.
https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ccgate import ir

TTLS: Final = {"ephemeral_5m_input_tokens": "5m", "ephemeral_1h_input_tokens": "1h"}
CALLS: Final = "_requests"


def merge(seen: dict[str, Any], more: Any) -> None:
    """Lay a later `usage` over what was seen."""
    if isinstance(more, dict):
        seen.update((key, value) for key, value in more.items() if value is not None)


def read_usage(seen: Mapping[str, Any]) -> ir.Usage | None:
    """The counts, or None when nothing was counted."""
    usage = ir.Usage(
        input=_count(seen.get("input_tokens")),
        cache_read=_count(seen.get("cache_read_input_tokens")),
        cache_write=_cache_write(seen),
        output=_count(seen.get("output_tokens")),
        reasoning=_counts(seen.get("output_tokens_details")).get("thinking_tokens", 0),
        hosted={key.removesuffix(CALLS): n for key, n in _counts(seen.get("server_tool_use")).items()},
        tier=tier if isinstance(tier := seen.get("service_tier"), str) else None,
    )
    return usage if usage.prompt or usage.output or usage.hosted else None


def _cache_write(seen: Mapping[str, Any]) -> dict[str, int]:
    split = _counts(seen.get("cache_creation"))
    write = {ttl: split[key] for key, ttl in TTLS.items() if key in split}
    total = _count(seen.get("cache_creation_input_tokens"))
    unexplained = total - sum(write.values())
    if total and unexplained < 0:
        return {"5m": total}  # the split is older than the total
    if unexplained > 0:
        write["5m"] = write.get("5m", 0) + unexplained
    return write


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _counts(value: Any) -> dict[str, int]:
    """The counts of an object that are not zero."""
    return {key: n for key, each in value.items() if (n := _count(each))} if isinstance(value, dict) else {}


def write_usage(usage: ir.Usage | None) -> dict[str, Any]:
    """The four counts every client reads, and the others where there are any."""
    usage = usage or ir.Usage()
    out: dict[str, Any] = {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": sum(usage.cache_write.values()),
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output,
    }
    if usage.cache_write:
        out["cache_creation"] = {key: usage.cache_write.get(ttl, 0) for key, ttl in TTLS.items()}
    if usage.reasoning:
        out["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    if usage.hosted:
        # The vendor's SDK types require both counts.
        told = {"web_search": 0, "web_fetch": 0, **usage.hosted}
        out["server_tool_use"] = {f"{kind}{CALLS}": n for kind, n in told.items()}
    if usage.tier is not None:
        out["service_tier"] = usage.tier
    return out
