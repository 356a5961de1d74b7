"""A world: effects, quiet, advancing."""

from __future__ import annotations

import asyncio

import pytest

from fake_channels.core.contract import Component
from fake_channels.core.effects import Call, Wake
from fake_channels.core.ids import Ids
from fake_channels.core.tests.scripted import Noted, Scripted, call
from fake_channels.core.world import World


class Performed:
    """A performer that only keeps what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def start(self, world: World, component: Component, call: Call) -> None:  # noqa: ARG002  the protocol's names
        """Keep it."""
        self.calls.append(call)


def open_world() -> tuple[World, Scripted, Performed]:
    """A world by hand with one component."""
    performed, component = Performed(), Scripted()
    world = World("w", Ids("w"), performed, start=1_000, mode="manual")
    world.components[component.name] = component
    return world, component, performed


async def test_effects_are_performed() -> None:
    """Calls go to the performer, wake-ups to the clock and back to the component at their time."""
    world, component, performed = open_world()
    world.perform(component, [call("http://x"), Wake(2_000, Noted("later"))])
    assert [one.url for one in performed.calls] == ["http://x"]
    assert await world.advance(3_000) == 1
    assert component.events == [(Noted("later"), 2_000)]
    assert world.now == 3_000


async def test_an_advance_is_in_the_trace() -> None:
    """With how far and how many timers."""
    world, _, _ = open_world()
    await world.advance(1_500)
    assert [(hop["kind"], hop["note"]) for hop in world.trace.after()] == [("clock", "by 500 ms, 0 timers")]


async def test_a_world_is_quiet_when_nothing_is_in_flight() -> None:
    """Busy while it lasts, also when it ends badly; parked does not count."""
    world, _, _ = open_world()
    assert world.is_quiet()
    with world.busy("a call"):
        assert not world.is_quiet()
        assert world.pending() == ["a call"]
    with pytest.raises(RuntimeError), world.busy("a call"):
        raise RuntimeError
    assert world.is_quiet()
    assert world.pending() == []


async def test_waiting_for_quiet_ends_with_the_last_in_flight() -> None:
    """Not before; and a bound is kept."""
    world, _, _ = open_world()
    async with asyncio.TaskGroup() as group:
        with world.busy("one"):
            assert not await world.quiet(0.001)
            with world.busy("two"):
                waiting = group.create_task(world.quiet(5))
                await _turn()
            await _turn()
            assert not waiting.done()
        await _turn()
        assert waiting.result()


async def test_what_sleeps_does_not_count_until_it_is_woken() -> None:
    """From that very moment on, not only from its next turn."""
    world, _, _ = open_world()
    async with asyncio.TaskGroup() as group:
        with world.busy("a call"):
            sleeper = group.create_task(world.sleep(1_000, 1))
            await _turn()
            assert world.is_quiet()
            advanced: list[bool] = []

            async def quiet() -> bool:
                if sleeper.done():
                    return True
                advanced.append(world.is_quiet())
                await _turn()
                return True

            await world.clock.advance(2_000, quiet)
            assert sleeper.done()
            assert not world.is_quiet()
    assert advanced == [True, False]
    assert world.is_quiet()


async def test_quiet_releases_what_a_reorder_holds_back() -> None:
    """A held callback leaves when nothing else would overtake it."""
    world, _, _ = open_world()
    released: list[str] = []
    world.held.append(lambda: released.append("first"))
    world.held.append(lambda: released.append("second"))
    assert await world.quiet()
    assert released == ["first", "second"]


async def test_a_change_or_the_clock_ends_a_long_poll() -> None:
    """Whichever comes first, and nothing is left behind."""
    world, component, _ = open_world()
    async with asyncio.TaskGroup() as group:
        by_change = group.create_task(world.change_or(9_000, 0))
        await _turn()
        world.perform(component, [])
        await by_change
        by_clock = group.create_task(world.change_or(2_000, 0))
        await _turn()
        await world.clock.advance(2_000, world.quiet)
        await by_clock
    assert world.signal._waiters == {}
    assert world.clock.next_timer is None


async def test_secrets_of_components_are_masked_in_the_trace() -> None:
    """Whatever a component calls secret."""
    world, _, _ = open_world()
    world.trace.record(0, "note", "a", "b", "c", note="a top-secret note")
    assert world.trace.after()[0]["note"] == "a *** note"


async def test_a_closed_world_fires_nothing() -> None:
    """Its timers end with it."""
    world, component, _ = open_world()
    world.perform(component, [Wake(2_000, Noted())])
    world.close()
    assert await world.clock.advance(3_000, world.quiet) == 0
    assert component.events == []


async def _turn() -> None:
    for _ in range(5):
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, None)
        await future
