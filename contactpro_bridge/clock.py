"""Time: microseconds since the Unix epoch (UTC), taken from a clock that is handed in.

The only module that reads the machine's clock. A tenant's clock follows it, may be set apart by an offset, or stands
still until somebody advances it (a lab); its timers fire in the order of their due times.
"""

import asyncio
import heapq
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

SECOND_US: Final = 1_000_000
HOUR_US: Final = 3600 * SECOND_US
DAY_US: Final = 24 * HOUR_US

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:([Zz])|([+-])(\d\d):(\d\d))"
)
# What render_rfc3339 can write: an offset can lead out of the years 1 to 9999.
_EARLIEST_US: Final = -62_135_596_800 * SECOND_US
_LATEST_US: Final = 253_402_300_800 * SECOND_US - 1
_LONGEST_ALARM_S: Final = 6 * 3600.0


def wall_now_us() -> int:
    """Return the machine's clock in microseconds since the epoch."""
    return time.time_ns() // 1000


def parse_rfc3339(text: str) -> int | None:
    """Return ``text`` in microseconds (further digits are cut off), None when it is no RFC 3339 time."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, _, sign, zone_hour, zone_minute = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC)
    except ValueError:
        return None
    micros = int(moment.timestamp()) * SECOND_US + int((fraction or "0")[:6].ljust(6, "0"))
    if sign:
        offset = (int(zone_hour) * 3600 + int(zone_minute) * 60) * SECOND_US
        micros += -offset if sign == "+" else offset
    return micros if _EARLIEST_US <= micros <= _LATEST_US else None


def render_rfc3339(moment_us: int) -> str:
    """Return ``moment_us`` as an RFC 3339 time in UTC with six fractional digits."""
    seconds, micros = divmod(moment_us, SECOND_US)
    whole = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{whole.isoformat()}.{micros:06d}Z"


class Clock(Protocol):
    """What waits or dates something asks this for the time."""

    def now(self) -> int:
        """Return the present in microseconds since the epoch."""

    async def wait_until(self, due_us: int, on_wake: Callable[[], None] | None = None) -> None:
        """Return once ``due_us`` is reached; ``on_wake`` runs in the very moment the timer fires."""


class ClockMode(StrEnum):
    """How a tenant's clock moves: with the machine's, or only when told."""

    REAL = "real"
    MANUAL = "manual"


@dataclass(order=True, slots=True)
class _Timer:
    """One wake-up: ordered by due time, then by the order in which it was asked for."""

    due_us: int
    number: int
    fire: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class TenantClock:
    """The clock of one tenant."""

    def __init__(self, *, mode: ClockMode = ClockMode.REAL, manual_us: int = 0) -> None:
        self.mode = mode
        self.offset_us = 0
        self._manual_us = manual_us
        self._timers: list[_Timer] = []
        self._number = 0
        self._alarm: asyncio.TimerHandle | None = None

    def now(self) -> int:
        """Return this tenant's present."""
        return self._manual_us if self.mode is ClockMode.MANUAL else wall_now_us() + self.offset_us

    async def wait_until(self, due_us: int, on_wake: Callable[[], None] | None = None) -> None:
        """Return once this clock has reached ``due_us``."""
        if due_us <= self.now():
            if on_wake is not None:
                on_wake()
            return
        reached = asyncio.get_running_loop().create_future()

        def fire() -> None:
            if not reached.done():
                if on_wake is not None:
                    on_wake()
                reached.set_result(None)

        self._number += 1
        timer = _Timer(due_us, self._number, fire)
        heapq.heappush(self._timers, timer)
        self._arm()
        try:
            await reached
        finally:
            timer.cancelled = True

    def set_real(self, now_us: int | None = None) -> None:
        """Let the clock run; from ``now_us`` when given, else with the machine's."""
        self.offset_us = 0 if now_us is None else now_us - wall_now_us()
        self.mode = ClockMode.REAL
        self._fire_due()
        self._arm()

    def set_manual(self, now_us: int | None = None) -> None:
        """Stop the clock, at ``now_us`` when given, else at its present."""
        self._manual_us = self.now() if now_us is None else now_us
        self.mode = ClockMode.MANUAL
        self._fire_due()
        self._arm()

    def adopt(self, mode: ClockMode, clock_us: int) -> None:
        """Go as the store says: by an offset to the machine's clock, or standing at a moment."""
        if mode is ClockMode.MANUAL:
            self.set_manual(clock_us)
        else:
            self.mode, self.offset_us = mode, clock_us
            self._fire_due()
            self._arm()

    async def advance_to(self, target_us: int, settle: Callable[[], Awaitable[object]]) -> int:
        """Move the clock to ``target_us``: each timer fires at its own time, and what it started settles first.

        Returns how many timers fired. A clock that runs keeps running, ahead by what it was advanced.
        """
        fired = 0
        await settle()
        while (timer := self._next()) is not None and timer.due_us <= target_us:
            self._jump(max(self.now(), timer.due_us))
            heapq.heappop(self._timers)
            timer.fire()
            fired += 1
            await settle()
        self._jump(max(target_us, self.now()))
        self._arm()
        await settle()
        return fired

    def next_due(self) -> int | None:
        """Return when the next timer is due, None when nothing waits."""
        timer = self._next()
        return None if timer is None else timer.due_us

    def close(self) -> None:
        """Wake everybody who waits, whatever the time: the tenant is gone, or the bridge ends."""
        timers, self._timers = self._timers, []
        self._arm()
        for timer in sorted(timers):
            if not timer.cancelled:
                timer.fire()

    def _jump(self, now_us: int) -> None:
        if self.mode is ClockMode.MANUAL:
            self._manual_us = now_us
        else:
            self.offset_us = now_us - wall_now_us()

    def _next(self) -> _Timer | None:
        while self._timers and self._timers[0].cancelled:
            heapq.heappop(self._timers)
        return self._timers[0] if self._timers else None

    def _fire_due(self) -> None:
        while (timer := self._next()) is not None and timer.due_us <= self.now():
            heapq.heappop(self._timers)
            timer.fire()

    def _arm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        timer = self._next()
        if timer is None or self.mode is ClockMode.MANUAL:
            return
        delay_s = min(max(0, timer.due_us - self.now()) / SECOND_US, _LONGEST_ALARM_S)
        self._alarm = asyncio.get_running_loop().call_later(delay_s, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._fire_due()
        self._arm()
