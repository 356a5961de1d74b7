"""Background tasks: owned, and none dies unseen."""

from __future__ import annotations

import asyncio

import pytest

from fake_channels.core.tasks import Tasks


async def test_a_failing_task_is_logged_and_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback."""
    done = asyncio.Event()

    async def fail() -> None:
        raise KeyError("ours")

    async def succeed() -> None:
        done.set()

    async with Tasks() as tasks:
        tasks.spawn(fail())
        tasks.spawn(succeed())
        await asyncio.wait_for(done.wait(), 5)
    assert "KeyError: 'ours'" in caplog.text


async def test_leaving_cancels_what_still_runs() -> None:
    """Nothing outlives its owner."""
    ended: list[str] = []
    started = asyncio.Event()

    async def wait() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async with Tasks() as tasks:
        tasks.spawn(wait())
        await started.wait()
    assert ended == ["cancelled"]


async def test_an_owners_own_error_comes_as_it_is() -> None:
    """Not in a group, so that whoever catches it by its name can."""
    started = asyncio.Event()

    async def wait() -> None:
        started.set()
        await asyncio.Event().wait()

    async def fail() -> None:
        async with Tasks() as tasks:
            tasks.spawn(wait())
            await started.wait()
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await fail()
