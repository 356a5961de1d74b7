"""Ordered errors."""

from __future__ import annotations

from fake_channels.core.refusal import Refusal


def test_retry_after_is_told_when_there_is_one() -> None:
    """Nought seconds is one."""
    assert Refusal(429).headers == {}
    assert Refusal(429, retry_after_s=0).headers == {"Retry-After": "0"}
