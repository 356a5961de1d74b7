"""A world: one isolated tenant of the lab, with its own seed, clock, trace, faults and components."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from fake_channels.core.clock import Mode, WorldClock
from fake_channels.core.contract import Component
from fake_channels.core.effects import Call, Effect, Event, Wake
from fake_channels.core.faults import Faults
from fake_channels.core.ids import Ids
from fake_channels.core.signal import Signal
from fake_channels.core.trace import DEFAULT_HISTORY, Trace

QUIET_BOUND_S: Final = 10.0


class Performer(Protocol):
    """Whoever performs outgoing calls: the shell, or a list in a test."""

    def start(self, world: World, component: Component, call: Call) -> None:
        """Perform `call` in the background and hand its answer back to `component`."""


class Ticket:
    """Keeps a world from being quiet: a context manager, which `contextmanager` would make thrice as dear."""

    __slots__ = ("_number", "_what", "_world")

    def __init__(self, world: World, what: str) -> None:
        self._world = world
        self._what = what
        self._number = 0

    def __enter__(self) -> None:
        self._number = self._world.enter(self._what)

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        self._world.leave(self._number)


class World:
    """Components around one clock. Effects go through here, so the world knows when it is quiet."""

    def __init__(
        self,
        world_id: str,
        ids: Ids,
        performer: Performer,
        *,
        start: int,
        mode: Mode = "real",
        addresses: dict[str, str] | None = None,
        history: int = DEFAULT_HISTORY,
    ) -> None:
        self.id = world_id
        self.ids = ids
        self.clock = WorldClock(start, mode, self._fired)
        self.trace = Trace(history, self._secrets)
        self.faults = Faults()
        self.signal = Signal()
        """Bumped by whatever somebody outside may see."""
        self._rest = Signal()
        """Bumped when the world may have fallen quiet."""
        self.components: dict[str, Component] = {}
        self.addresses = addresses if addresses is not None else {}
        """Host name to the base URL under which the outside reaches it."""
        self.held: list[Callable[[], None]] = []
        """Callbacks that a reorder fault holds back: each releases one."""
        self.in_flight: dict[int, str] = {}
        self.closed = False
        """True once nothing may happen here any more: what is still under way ends without effect."""
        self.advancing = asyncio.Lock()
        """Held by whoever moves the clock: two at once would take turns in each other's timers."""
        self._performer = performer
        self._busy = 0
        self._tickets = 0

    @property
    def now(self) -> int:
        """The world's current instant."""
        return self.clock.now

    def _secrets(self) -> Iterable[str]:
        for component in self.components.values():
            yield from component.secrets()

    def perform(self, component: Component, effects: Iterable[Effect]) -> None:
        """Perform what the rules of `component` asked for."""
        if self.closed:
            return
        for effect in effects:
            if isinstance(effect, Wake):
                self.clock.at(effect.at, component.name, effect.event)
            else:
                self._performer.start(self, component, effect)
        self.signal.bump()
        self._rest.bump()

    def _fired(self, name: str, event: Event) -> None:
        component = self.components[name]
        self.perform(component, component.on_event(event, self.now))

    def busy(self, what: str) -> Ticket:
        """While the ticket is open, the world is not quiet."""
        return Ticket(self, what)

    def enter(self, what: str) -> int:
        """Note that somebody is busy with `what`; returns the number under which they leave."""
        self._tickets += 1
        self.in_flight[self._tickets] = what
        self._busy += 1
        return self._tickets

    def leave(self, ticket: int) -> None:
        """Note that whoever entered under this number is done."""
        del self.in_flight[ticket]
        self.idle(1)

    def idle(self, count: int) -> None:
        """`count` of those that keep the world busy have stopped, or wait for the clock."""
        self._busy -= count
        if self._busy <= 0:
            self._rest.bump()

    @contextmanager
    def _parked(self, count: int) -> Iterator[Callable[[], None]]:
        """While this lasts, `count` of the busy ones wait for the clock or for a change and do not count.

        Yields what makes them count again: whoever wakes them calls it, so that the world is never taken for quiet
        between their waking and their next turn.
        """
        away = True

        def back() -> None:
            nonlocal away
            self._busy += count if away else 0
            away = False

        self.idle(count)
        try:
            yield back
        finally:
            back()

    async def sleep(self, milliseconds: int, count: int) -> None:
        """Let `count` of the busy ones wait this long."""
        if self.closed:
            return
        woken = asyncio.get_running_loop().create_future()
        with self._parked(count) as back:
            self.clock.wake_at(self.now + milliseconds, woken, back)
            await woken

    async def change_or(self, until: int, count: int) -> None:
        """Let `count` of the busy ones wait for the next change in the world, or until its clock reads `until`."""
        if self.closed:
            return
        woken = asyncio.get_running_loop().create_future()
        with self._parked(count) as back:
            self.signal.wake(woken, back)
            self.clock.wake_at(until, woken, back)
            try:
                await woken
            finally:
                self.signal.forget(woken)
                woken.cancel()

    async def change(self, bound_s: float) -> bool:
        """Let one of the busy ones wait for the next change; False when `bound_s` seconds of real time pass without."""
        woken = asyncio.get_running_loop().create_future()
        with self._parked(1) as back:
            self.signal.wake(woken, back)
            try:
                async with asyncio.timeout(bound_s):
                    await woken
            except TimeoutError:
                return False
            finally:
                self.signal.forget(woken)
        return True

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While this lasts, one of the busy ones waits for somebody outside and does not count."""
        with self._parked(1):
            yield

    def is_quiet(self) -> bool:
        """True when nothing is in flight and no timer is due."""
        return self._busy <= 0 and not self.clock.due()

    async def quiet(self, bound_s: float = QUIET_BOUND_S) -> bool:
        """Wait until the world is quiet, releasing callbacks that a reorder fault still holds."""
        while True:
            if not await self._rest.wait(lambda: self.closed or self.is_quiet(), bound_s):
                return False
            if self.closed or not self.held:
                return True
            self.held.pop(0)()

    async def advance(self, target: int) -> int:
        """Move the clock to `target`; returns how many timers fired on the way.

        Whoever works out `target` from `now` and may not be alone holds `advancing` meanwhile.
        """
        before = self.now
        fired = await self.clock.advance(target, self.quiet)
        self.trace.record(self.now, "clock", "lab", "lab", "advance", note=f"by {self.now - before} ms, {fired} timers")
        self.signal.bump()
        return fired

    def pending(self) -> list[str]:
        """What is in flight or queued, a line each."""
        queued = [line for component in self.components.values() for line in component.pending()]
        return [*self.in_flight.values(), *queued]

    def close(self) -> None:
        """Stop the clock; nothing fires any more, and whoever waits here is told."""
        self.closed = True
        self.held.clear()
        self.clock.close()
        self.signal.bump()
        self._rest.bump()
