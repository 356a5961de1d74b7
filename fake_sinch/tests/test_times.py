"""Times: RFC 3339 both ways, and durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.times import duration_ms, from_text, to_text


@given(st.integers(0, 4_102_444_800_000))
def test_text_and_back(ms: int) -> None:
    """What is rendered parses to the same millisecond."""
    assert from_text(to_text(ms)) == ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:01Z", 1_000),
        ("1970-01-01T00:00:01.5z", 1_500),
        ("1970-01-01t01:00:00.123456789+01:00", 123),
        ("1970-01-01T00:00:00", None),
        ("1970-13-01T00:00:00Z", None),
        ("1970-01-01 00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_parsing(text: str, ms: int | None) -> None:
    """Offsets and up to nine digits are read; anything else is no time."""
    assert from_text(text) == ms


@pytest.mark.parametrize(("text", "ms"), [("10s", 10_000), ("1.5s", 1_500), ("10", None), ("-1s", None), ("s", None)])
def test_durations(text: str, ms: int | None) -> None:
    """Seconds with an s, and nothing else."""
    assert duration_ms(text) == ms
