from __future__ import annotations

from ccgate import ir


def test_the_whole_prompt_is_the_sum_of_the_buckets_that_never_overlap():
    usage = ir.Usage(input=1, cache_read=10, cache_write={"5m": 100, "1h": 1000}, output=7, reasoning=3)
    assert usage.prompt == 1111


def test_nothing_metered_is_nothing_used():
    assert ir.Usage().prompt == 0
