"""Virtual time: order of timers, advancing by hand, and the real mode."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from fake_channels.core.clock import WorldClock
from fake_channels.core.effects import Event
from fake_channels.core.instants import LAST


class Rang(Event, frozen=True):
    """A timer of these tests."""

    name: str


class Bell:
    """A clock by hand and the record of what it fired."""

    def __init__(self, mode: str = "manual") -> None:
        self.heard: list[tuple[int, str, str]] = []
        self.clock = WorldClock(1_000, "manual" if mode == "manual" else "real", self._fire)

    def _fire(self, component: str, event: Event) -> None:
        assert isinstance(event, Rang)
        self.heard.append((self.clock.now, component, event.name))

    async def quiet(self) -> bool:
        """Nothing else is under way."""
        return True


async def test_timers_fire_in_order_each_at_its_own_time() -> None:
    """By instant, then in the order they were set; the clock ends at the target."""
    bell = Bell()
    for at, name in ((3_000, "late"), (2_000, "early"), (2_000, "early too"), (9_000, "never")):
        bell.clock.at(at, "x", Rang(name))
    assert await bell.clock.advance(5_000, bell.quiet) == 3
    assert bell.heard == [(2_000, "x", "early"), (2_000, "x", "early too"), (3_000, "x", "late")]
    assert (bell.clock.now, bell.clock.next_timer) == (5_000, 9_000)


async def test_a_timer_exactly_at_the_target_fires_and_one_a_millisecond_later_does_not() -> None:
    """The target is included."""
    bell = Bell()
    bell.clock.at(2_000, "x", Rang("at"))
    bell.clock.at(2_001, "x", Rang("after"))
    await bell.clock.advance(2_000, bell.quiet)
    assert [name for _, _, name in bell.heard] == ["at"]


async def test_what_a_timer_sets_on_the_way_fires_on_the_way() -> None:
    """Quiet is awaited between timers, and new ones count."""
    bell = Bell()
    bell.clock.at(2_000, "x", Rang("first"))

    async def quiet() -> bool:
        if len(bell.heard) == 1:
            bell.clock.at(3_000, "x", Rang("second"))
        return True

    assert await bell.clock.advance(4_000, quiet) == 2
    assert [at for at, _, _ in bell.heard] == [2_000, 3_000]


async def test_a_sleeper_wakes_when_the_clock_gets_there() -> None:
    """`sleep_until` returns at once in the past, else when time has come."""
    bell = Bell()
    await bell.clock.sleep_until(1_000)
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(bell.clock.sleep_until(2_000))

        async def quiet() -> bool:
            for _ in range(3):
                await _turn()
            return True

        await bell.clock.advance(1_999, quiet)
        assert not sleeper.done()
        await bell.clock.advance(2_000, quiet)
        assert sleeper.done()


async def test_a_clock_does_not_run_backwards() -> None:
    """A target in the past is refused and changes nothing."""
    bell = Bell()
    with pytest.raises(ValueError, match="backwards"):
        await bell.clock.advance(999, bell.quiet)
    assert bell.clock.now == 1_000


async def test_a_past_timer_fires_on_the_next_turn() -> None:
    """Also by hand: what is due is due."""
    bell = Bell()
    bell.clock.at(500, "x", Rang("past"))
    assert (bell.heard, bell.clock.due()) == ([], True)
    await _until(lambda: bool(bell.heard))
    assert not bell.clock.due()


async def test_a_held_clock_stands_still() -> None:
    """No time passes by hand unless it is advanced."""
    bell = Bell()
    bell.clock.at(1_001, "x", Rang("soon"))
    for _ in range(5):
        await _turn()
    assert (bell.clock.now, bell.heard) == (1_000, [])


async def test_a_real_clock_runs_and_rings_by_itself() -> None:
    """Timers fire without anybody advancing."""
    bell = Bell("real")
    bell.clock.at(bell.clock.now + 5, "x", Rang("soon"))
    await _until(lambda: bool(bell.heard))
    assert bell.heard[0][0] >= 1_005


async def test_a_real_clock_that_was_advanced_runs_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advancing adds; it does not freeze a real clock."""
    real = time.monotonic_ns
    offset = [0]
    monkeypatch.setattr(time, "monotonic_ns", lambda: real() + offset[0])
    bell = Bell("real")
    await bell.clock.advance(1_000_000, bell.quiet)
    offset[0] += 7_000_000_000
    assert bell.clock.now >= 1_007_000


async def test_pending_events_are_listed_in_firing_order_without_sleepers() -> None:
    """What a snapshot keeps."""
    bell = Bell()
    bell.clock.at(3_000, "b", Rang("late"))
    bell.clock.at(2_000, "a", Rang("early"))
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(bell.clock.sleep_until(2_500))
        await _turn()
        assert bell.clock.events() == [(2_000, "a", Rang("early")), (3_000, "b", Rang("late"))]
        sleeper.cancel()
    assert bell.clock.next_timer == 2_000


async def test_a_closed_clock_wakes_sleepers_and_fires_nothing() -> None:
    """The end of a world is the end of its timers, also of those that somebody sets afterwards."""
    bell = Bell()
    bell.clock.at(500, "x", Rang("past"))
    waiting = asyncio.gather(bell.clock.sleep_until(2_000), return_exceptions=True)
    await _turn()
    bell.clock.close()
    (ended,) = await waiting
    assert ended is None
    bell.clock.at(400, "x", Rang("later"))
    assert bell.clock.next_timer is None


async def test_a_timer_beyond_the_calendar_never_fires_and_can_be_shown() -> None:
    """Whoever asks for a message that lives ten thousand years gets one."""
    bell = Bell()
    bell.clock.at(10**18, "x", Rang("late"))
    assert bell.clock.next_timer == LAST


async def _turn() -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, None)
    await future


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await _turn()
