"""A leaking bucket: how much may happen in a span of time, and in how long more may.

Each check costs the same whatever went before, and remembers one number. No clock: the time is handed in.
"""

from __future__ import annotations

from typing import Final

import msgspec

_DUST: Final = 1e-6
"""Milliseconds that are owed to the rounding of numbers alone."""


class Bucket(msgspec.Struct, gc=False):
    """Known by when it will be empty: each thing put in puts that off by its share of time."""

    empty_at: float = 0.0

    def over(self, now: int, share_ms: float, holds_ms: float, count: int = 1) -> float:
        """By how much it would spill over with `count` more: the milliseconds to wait until they fit, 0 if they do."""
        spilt = self._filled(now, share_ms, count) - now - holds_ms
        return spilt if spilt > _DUST else 0.0

    def put(self, now: int, share_ms: float, count: int = 1) -> None:
        """Put `count` in, whether they fit or not."""
        self.empty_at = self._filled(now, share_ms, count)

    def take(self, now: int, share_ms: float, holds_ms: float) -> float:
        """Put one in if it fits; returns 0, or else the milliseconds to wait."""
        wait = self.over(now, share_ms, holds_ms)
        if not wait:
            self.put(now, share_ms)
        return wait

    def _filled(self, now: int, share_ms: float, count: int) -> float:
        return max(now, self.empty_at) + count * share_ms
