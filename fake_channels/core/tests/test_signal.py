"""The signal that waiters trust."""

from __future__ import annotations

import asyncio

from fake_channels.core.signal import Signal


async def test_a_wait_for_what_holds_returns_at_once() -> None:
    """No change is needed."""
    assert await Signal().wait(lambda: True, 1)


async def test_a_wait_is_woken_by_the_change_that_makes_it_true() -> None:
    """Changes that do not, do not end it."""
    signal, seen = Signal(), []
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(signal.wait(lambda: signal.version == 2, 5))
        for _ in range(2):
            await _turn()
            seen.append(waiting.done())
            signal.bump()
    assert seen == [False, False]
    assert waiting.result()


async def test_a_wait_ends_at_its_bound() -> None:
    """False when the condition does not come to hold."""
    assert not await Signal().wait(lambda: False, 0.001)


async def test_every_waiter_is_woken_and_none_stays_behind() -> None:
    """One bump is for all; a cancelled waiter is forgotten."""
    signal = Signal()
    async with asyncio.TaskGroup() as group:
        waiters = [group.create_task(signal.changed()) for _ in range(3)]
        cancelled = group.create_task(signal.changed())
        await _turn()
        cancelled.cancel()
        await _turn()
        signal.bump()
    assert all(waiter.done() for waiter in waiters)
    assert signal._waiters == {}


async def _turn() -> None:
    for _ in range(3):
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, None)
        await future
