"""A world's virtual clock: real-time or held by hand, with timers that fire in order.

Two kinds of entry share one heap: events, which a snapshot keeps, and callbacks of parked requests, which it does not.
The clock knows no world: whoever owns it gives `on_event`.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

from fake_channels.core.effects import Event
from fake_channels.core.instants import LAST

Mode: TypeAlias = Literal["real", "manual"]
Fire: TypeAlias = Callable[[str, Event], None]


class _Sleeper:
    """Somebody who waits for an instant; `woken` is called at it, before the waiter's own turn comes."""

    __slots__ = ("future", "woken")

    def __init__(self, future: asyncio.Future[None], woken: Callable[[], None]) -> None:
        self.future = future
        self.woken = woken


_Entry: TypeAlias = tuple[int, int, str, Event | _Sleeper]


def wall_now() -> int:
    """The machine's own time, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


class WorldClock:
    """Time of one world, in milliseconds; timers due at one instant fire in the order they were set."""

    def __init__(self, start: int, mode: Mode, on_event: Fire) -> None:
        self.mode: Mode = mode
        self._now = start
        self._since = time.monotonic_ns()
        self._frozen = mode == "manual"
        self._on_event = on_event
        self._heap: list[_Entry] = []
        self._sequence = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def now(self) -> int:
        """The current instant."""
        if self._frozen:
            return self._now
        return self._now + (time.monotonic_ns() - self._since) // 1_000_000

    def at(self, instant: int, component: str, event: Event) -> None:
        """Fire `event` for `component` at `instant`; an instant in the past fires on the next turn of the loop.

        One beyond the calendar never does.
        """
        self._push(min(instant, LAST), component, event)

    async def sleep_until(self, instant: int) -> None:
        """Return when the clock reads `instant`."""
        if instant <= self.now:
            return
        future = asyncio.get_running_loop().create_future()
        self.wake_at(instant, future)
        await future

    def wake_at(self, instant: int, future: asyncio.Future[None], woken: Callable[[], None] = lambda: None) -> None:
        """Complete `future` at `instant`, calling `woken` first, unless it was completed before."""
        self._push(instant, "", _Sleeper(future, woken))

    @property
    def next_timer(self) -> int | None:
        """When the earliest timer is due."""
        while self._heap and _is_cancelled(self._heap[0][3]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self) -> bool:
        """True while a timer that should have fired has not."""
        upcoming = self.next_timer
        return upcoming is not None and upcoming <= self.now

    def events(self) -> list[tuple[int, str, Event]]:
        """The pending events in firing order: what a snapshot keeps."""
        return [
            (due, component, what) for due, _, component, what in sorted(self._heap) if not isinstance(what, _Sleeper)
        ]

    async def advance(self, target: int, quiet: Callable[[], Awaitable[bool]]) -> int:
        """Move to `target`, firing each timer at its own time and letting the world fall `quiet` in between.

        Returns how many timers fired. A target in the past is refused with `ValueError`.
        """
        if target < self.now:
            raise ValueError("a clock does not run backwards")
        self._freeze(self.now)
        fired = 0
        try:
            await quiet()
            while (upcoming := self.next_timer) is not None and upcoming <= target:
                self._now = max(self._now, upcoming)
                fired += self._fire_due()
                await quiet()
            self._now = max(self._now, target)
        finally:
            self._thaw()
        return fired

    def close(self) -> None:
        """Forget every timer, also later ones; sleepers wake."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        heap, self._heap = self._heap, []
        for _, _, _, what in heap:
            if isinstance(what, _Sleeper) and not what.future.done():
                what.woken()
                what.future.set_result(None)

    def _push(self, instant: int, component: str, what: Event | _Sleeper) -> None:
        if self._closed:
            return
        self._sequence += 1
        heapq.heappush(self._heap, (instant, self._sequence, component, what))
        if self._heap[0][1] == self._sequence:
            self._arm()

    def _arm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        upcoming = self.next_timer
        if upcoming is None or (self._frozen and upcoming > self._now):
            return
        delay = max(0, upcoming - self.now) / 1000
        self._alarm = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._fire_due()
        self._arm()

    def _fire_due(self) -> int:
        fired, now = 0, self.now
        while self._heap and self._heap[0][0] <= now:
            _, _, component, what = heapq.heappop(self._heap)
            if not isinstance(what, _Sleeper):
                self._on_event(component, what)
            elif not what.future.done():
                what.woken()
                what.future.set_result(None)
            fired += 1
        return fired

    def _freeze(self, instant: int) -> None:
        self._now, self._frozen = instant, True

    def _thaw(self) -> None:
        self._since = time.monotonic_ns()
        self._frozen = self.mode == "manual"
        self._arm()


def _is_cancelled(what: Event | _Sleeper) -> bool:
    return isinstance(what, _Sleeper) and what.future.done()
