"""A signal that waiters can trust: every change bumps it, and a wait ends when its condition holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Signal:
    """Counts changes; `wait` re-checks its condition after each one."""

    def __init__(self) -> None:
        self.version = 0
        self._waiters: dict[asyncio.Future[None], Callable[[], None]] = {}

    def bump(self) -> None:
        """Say that something changed."""
        self.version += 1
        if self._waiters:
            waiters, self._waiters = self._waiters, {}
            for waiter, woken in waiters.items():
                if not waiter.done():
                    woken()
                    waiter.set_result(None)

    def wake(self, future: asyncio.Future[None], woken: Callable[[], None] = lambda: None) -> None:
        """Complete `future` at the next bump, calling `woken` first."""
        self._waiters[future] = woken

    def forget(self, future: asyncio.Future[None]) -> None:
        """Leave `future` alone."""
        self._waiters.pop(future, None)

    async def changed(self) -> None:
        """Return at the next bump."""
        waiter = asyncio.get_running_loop().create_future()
        self.wake(waiter)
        try:
            await waiter
        finally:
            self.forget(waiter)

    async def wait(self, condition: Callable[[], bool], bound_s: float) -> bool:
        """True as soon as `condition` holds; False when it does not within `bound_s` seconds of real time."""
        try:
            async with asyncio.timeout(bound_s):
                while not condition():
                    await self.changed()
        except TimeoutError:
            return condition()
        return True
