"""A signal that waiters can trust: every change bumps it, and a wait ends when its condition holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Signal:
    """Counts changes; `wait` re-checks its condition after each one."""

    def __init__(self) -> None:
        self.version = 0
        self._waiters: set[asyncio.Future[None]] = set()

    def bump(self) -> None:
        """Say that something changed."""
        self.version += 1
        if self._waiters:
            waiters, self._waiters = self._waiters, set()
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def changed(self) -> None:
        """Return at the next bump."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    async def wait(self, condition: Callable[[], bool], bound_s: float) -> bool:
        """True as soon as `condition` holds; False when it does not within `bound_s` seconds of real time."""
        try:
            async with asyncio.timeout(bound_s):
                while not condition():
                    await self.changed()
        except TimeoutError:
            return condition()
        return True
