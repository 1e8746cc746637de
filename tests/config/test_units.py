from __future__ import annotations

import math

import pytest

from ccgate.config import seconds, size
from ccgate.config.units import optional_seconds
from ccgate.errors import ConfigError


@pytest.mark.parametrize(
    ("written", "value"),
    [("300ms", 0.3), ("5s", 5), ("5m", 300), ("2h", 7200), ("1.5 m", 90), ("7", 7), (7, 7), (0.25, 0.25), (" 1S ", 1)],
)
def test_a_duration_is_a_number_of_seconds_or_text_with_a_unit(written: str | float, value: float) -> None:
    assert seconds(written) == pytest.approx(value)
    assert optional_seconds(written) == pytest.approx(value)


def test_no_duration_stays_none() -> None:
    assert optional_seconds(None) is None


@pytest.mark.parametrize("written", ["", "m", "5x", "-1s", "1h30m", "5 d", -1, math.inf, math.nan, True, None, "٣s"])
def test_what_is_no_duration_is_refused_and_not_repeated(written: str | float) -> None:
    with pytest.raises(ConfigError, match="not a duration") as caught:
        seconds(written)
    assert "5x" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("32MiB", 33_554_432),
        ("10 MB", 10_000_000),
        ("1kb", 1000),
        ("1KiB", 1024),
        ("2GB", 2_000_000_000),
        ("1GiB", 2**30),
        ("1.5KiB", 1536),
        ("12B", 12),
        ("12", 12),
        (12, 12),
        (12.0, 12),
    ],
)
def test_a_size_is_a_number_of_bytes_or_text_with_a_unit(written: str | float, value: int) -> None:
    assert size(written) == value
    assert isinstance(size(written), int)


@pytest.mark.parametrize("written", ["", "MB", "5 TB", "-1", -1, 1.5, "1.5", math.inf, False])
def test_what_is_no_size_is_refused(written: str | float) -> None:
    with pytest.raises(ConfigError, match="not a size"):
        size(written)
