"""The tables of SMS: complete, sourced, and the schedule as published."""

from __future__ import annotations

from fake_channels.core.tables import Support
from fake_channels.sms import limits


def test_only_text_is_carried() -> None:
    """Text is native both ways; every other kind is rejected with a sentence."""
    native = [(row.kind, row.direction) for row in limits.KIND_ROWS if row.support is Support.NATIVE]
    assert native == [("text", "MT"), ("text", "MO")]
    assert all(row.becomes for row in limits.KIND_ROWS if row.support is Support.REJECTED)


def test_the_retry_schedule_doubles_from_five_seconds_to_22_hours_45_minutes() -> None:
    """Five seconds, then doubling, to 81,920 s at the last."""
    assert limits.RETRY_DELAYS_MS[:4] == (5_000, 10_000, 20_000, 40_000)
    assert limits.RETRY_DELAYS_MS[-1] == 81_920_000
    assert len(limits.RETRY_DELAYS_MS) == 15


def test_delivery_codes_are_unique_and_only_two_are_intermediate() -> None:
    """A code names one row; Queued and Dispatched alone are not the end."""
    codes = [row.code for row in limits.CODES]
    assert len(set(codes)) == len(codes)
    assert [row.status for row in limits.CODES if not row.final] == ["Queued", "Dispatched"]
