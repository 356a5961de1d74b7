"""A leaking bucket: how much may happen in a span of time, and in how long more may.

Each check costs the same whatever went before, and remembers one number. No clock: the time is handed in.
"""

from __future__ import annotations

from typing import Final

import msgspec

_NS: Final = 1_000_000
"""Nanoseconds in a millisecond: as whole numbers, today's times lose nothing to rounding."""


class Bucket(msgspec.Struct, gc=False):
    """Known by when it will be empty: each thing put in puts that off by its share of time."""

    empty_at: int = 0
    """In nanoseconds."""

    def over(self, now: int, share_ms: float, holds_ms: float, count: int = 1) -> float:
        """By how much it would spill over with `count` more: the milliseconds to wait until they fit, 0 if they do."""
        spilt = self._filled(now, share_ms, count) - now * _NS - round(holds_ms * _NS)
        rounding = count + round(holds_ms / share_ms)  # at most half a nanosecond for each that the bucket holds
        return spilt / _NS if spilt > rounding else 0.0

    def put(self, now: int, share_ms: float, count: int = 1) -> None:
        """Put `count` in, whether they fit or not."""
        self.empty_at = self._filled(now, share_ms, count)

    def take(self, now: int, share_ms: float, holds_ms: float) -> float:
        """Put one in if it fits; returns 0, or else the milliseconds to wait."""
        wait = self.over(now, share_ms, holds_ms)
        if not wait:
            self.put(now, share_ms)
        return wait

    def _filled(self, now: int, share_ms: float, count: int) -> int:
        return max(now * _NS, self.empty_at) + count * round(share_ms * _NS)
