"""WhatsApp's limits over time: throughput of the number, pace towards one person, reach in a day, management calls.

Each check costs the same whatever went before, and remembers a handful of numbers. No clock: the time is handed in.
Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/about-the-platform#rate-limits
"""

from __future__ import annotations

import math

import msgspec

from fake_channels.core.instants import DAY, HOUR, SECOND
from fake_channels.core.limiter import Bucket
from fake_channels.whatsapp import limits


class Pace(msgspec.Struct, gc=False):
    """How fast one person is written to: each message costs a pause, and a burst borrows pauses from the future."""

    since: int = 0
    """When the present burst began."""
    free_at: int = 0
    """When all its pauses are paid back."""

    def take(self, now: int) -> bool:
        """Send one; False when that is too soon."""
        if now >= self.free_at:
            self.since, self.free_at = now, now + limits.PAIR_PAUSE_MS
            return True
        in_burst = now - self.since < limits.PAIR_PAUSE_MS
        if not in_burst or self.free_at - self.since >= limits.PAIR_BURST * limits.PAIR_PAUSE_MS:
            return False
        self.free_at += limits.PAIR_PAUSE_MS
        return True


class Rates(msgspec.Struct):
    """Where an account stands with its limits."""

    messages: Bucket = msgspec.field(default_factory=Bucket)
    management: Bucket = msgspec.field(default_factory=Bucket)
    reached: dict[str, int] = {}
    """Whom a template was sent to outside a window, and when first, for a day; never more than the tier."""
    forget_at: int = 0

    def may_send(self, now: int, per_second: int) -> bool:
        """Count one message of the number."""
        return not self.messages.take(now, SECOND / per_second, SECOND)

    def may_manage(self, now: int, *, active: bool) -> int:
        """Count one management call of the account; returns 0, or the milliseconds to wait when there are too many."""
        most = limits.MANAGEMENT_CALLS_ACTIVE if active else limits.MANAGEMENT_CALLS
        return math.ceil(self.management.take(now, HOUR / most, HOUR))

    def may_reach(self, person: str, now: int, tier: int) -> bool:
        """Count a person outside a window; a tier of 0 has no limit."""
        if not tier or (person in self.reached and now - self.reached[person] < DAY):
            return True
        self._forget(now)
        if len(self.reached) >= tier:
            return False
        self.reached[person] = now
        return True

    def _forget(self, now: int) -> None:
        """Drop those whose day is over; at most once a second, so that a flood does not pay for it."""
        if now < self.forget_at:
            return
        self.reached = {person: since for person, since in self.reached.items() if now - since < DAY}
        self.forget_at = now + SECOND
