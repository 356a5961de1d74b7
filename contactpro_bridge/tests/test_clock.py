"""Clocks: times read and written, timers in order, real and manual."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactpro_bridge.clock import DAY_US, SECOND_US, ClockMode, TenantClock, parse_rfc3339, render_rfc3339


@given(st.integers(-62_135_596_800 * SECOND_US, 253_402_300_800 * SECOND_US - 1))
def test_what_is_written_is_read_again(moment: int) -> None:
    """For every time of the years 1 to 9999."""
    assert parse_rfc3339(render_rfc3339(moment)) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:01Z", SECOND_US),
        ("1970-01-01t00:00:01.5z", SECOND_US + 500_000),
        ("1970-01-01T00:00:01.123456789Z", SECOND_US + 123_456),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T00:00:60Z", 59 * SECOND_US),
        ("1970-01-01T00:00:01", None),
        ("0001-01-01T00:00:00+00:01", None),
        ("9999-12-31T23:59:59-00:01", None),
        ("1970-13-01T00:00:00Z", None),
        ("1970-01-01", None),
        ("", None),
    ],
)
def test_rfc3339_is_read_strictly(text: str, moment: int | None) -> None:
    """Nothing is returned that could not be written again."""
    assert parse_rfc3339(text) == moment


async def woken(clock: TenantClock, due: int, log: list[tuple[int, int]]) -> None:
    """Wait and write down when."""
    await clock.wait_until(due)
    log.append((due, clock.now()))


@pytest.mark.parametrize("mode", list(ClockMode))
async def test_advancing_fires_timers_in_order_each_at_its_time(mode: ClockMode) -> None:
    """On a manual clock, and on one that runs."""
    clock, log = TenantClock(mode=mode), list[tuple[int, int]]()
    start = clock.now()
    settled = 0

    async def settle() -> None:
        nonlocal settled
        settled += 1
        for _ in range(5):
            await asyncio.get_running_loop().create_task(_nothing())

    async with asyncio.TaskGroup() as group:
        for days in (3, 1, 2):
            group.create_task(woken(clock, start + days * DAY_US, log))
        await settle()
        assert await clock.advance_to(start + 3 * DAY_US, settle) == 3
    assert [due for due, _ in log] == [start + days * DAY_US for days in (1, 2, 3)]
    assert all(due <= now < due + DAY_US for due, now in log)
    assert settled >= 4
    clock.close()


async def test_closing_wakes_everybody() -> None:
    """Who waits for a tenant that is deleted must find that out."""
    clock, log = TenantClock(mode=ClockMode.MANUAL), list[tuple[int, int]]()
    async with asyncio.TaskGroup() as group:
        group.create_task(woken(clock, DAY_US, log))
        await group.create_task(_nothing())
        clock.close()
    assert log == [(DAY_US, 0)]
    assert clock.next_due() is None


async def test_setting_a_clock_ahead_fires_what_is_due() -> None:
    """And letting it run keeps what was set."""
    clock, log = TenantClock(mode=ClockMode.MANUAL), list[tuple[int, int]]()
    async with asyncio.TaskGroup() as group:
        group.create_task(woken(clock, DAY_US, log))
        await group.create_task(_nothing())
        clock.set_manual(2 * DAY_US)
    assert log == [(DAY_US, 2 * DAY_US)]
    clock.set_real(5 * DAY_US)
    assert 5 * DAY_US <= clock.now() < 6 * DAY_US


async def _nothing() -> None:
    """Give others their turn."""


def test_a_clock_goes_as_the_store_says() -> None:
    """It stands at a moment, or is set apart from the machine's; both survive a process and reach the others."""
    clock = TenantClock()
    clock.adopt(ClockMode.MANUAL, 5)
    assert (clock.mode, clock.now()) == (ClockMode.MANUAL, 5)
    clock.adopt(ClockMode.REAL, 7 * DAY_US)
    assert (clock.mode, clock.offset_us) == (ClockMode.REAL, 7 * DAY_US)
