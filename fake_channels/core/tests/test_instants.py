"""Instants and durations as vendors and people spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.core.instants import DAY, HOUR, MINUTE, from_rfc3339, in_range, parse_duration, to_rfc3339


def test_an_instant_is_written_with_milliseconds_and_z() -> None:
    """Always three digits, always UTC."""
    assert to_rfc3339(1_795_629_600_007) == "2026-11-25T18:00:00.007Z"
    assert to_rfc3339(0) == "1970-01-01T00:00:00.000Z"


@given(st.integers(-62_000_000_000_000, 250_000_000_000_000))
def test_written_instants_are_read_back(instant: int) -> None:
    """Nothing is lost between the two."""
    assert from_rfc3339(to_rfc3339(instant)) == instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [("2026-11-25T18:00:00Z", 1_795_629_600_000), ("2026-11-25T19:30:00.5+01:30", 1_795_629_600_500)],
)
def test_other_zones_and_precisions_are_read(text: str, instant: int) -> None:
    """RFC 3339 allows them."""
    assert from_rfc3339(text) == instant


@pytest.mark.parametrize("text", ["", "soon", "2026-11-25", "2026-11-25T18:00:00", "2026-13-25T18:00:00Z"])
def test_what_names_no_instant_is_refused_with_a_sentence(text: str) -> None:
    """The sentence repeats what was given."""
    with pytest.raises(ValueError, match=f"'{text}'"):
        from_rfc3339(text)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("24h1m", DAY + MINUTE),
        ("90s", 90_000),
        ("1.5h", HOUR + 30 * MINUTE),
        ("7d", 7 * DAY),
        ("2w", 14 * DAY),
        ("250ms", 250),
        (" 1H 30M ", HOUR + 30 * MINUTE),
        ("0s", 0),
    ],
)
def test_durations_are_read(text: str, milliseconds: int) -> None:
    """As people write them."""
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize("text", ["", "  ", "5", "h", "1h x", "x1h", "1y", "-1h", "1h,1m", "101000w"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Also what is longer than a hundred years."""
    with pytest.raises(ValueError, match=r"duration|hundred years"):
        parse_duration(text)


def test_a_long_duration_is_refused_at_once() -> None:
    """Digits without a unit would be matched in the square of their length."""
    with pytest.raises(ValueError, match="at most 100 characters"):
        parse_duration("1" * 1_000_000)


@pytest.mark.parametrize("instant", [-1, 32_503_680_000_000, 253_402_300_799_000])
def test_a_worlds_clock_has_bounds(instant: int) -> None:
    """What is due a century later must be writable too."""
    assert in_range(0) == 0
    with pytest.raises(ValueError, match="1970 to 2999"):
        in_range(instant)
