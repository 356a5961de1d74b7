"""What counts as unfinished business."""

import asyncio

from contactpro_bridge.jobs.board import Board


async def test_a_job_is_busy_until_it_is_done_or_waits_for_the_clock() -> None:
    """And so is nothing that is queued behind one that waits."""
    board = Board()
    board.queued("1", "t", "send:A", "send 1")
    board.queued("2", "t", "send:A", "send 2")
    assert board.busy("t")
    board.running("1")
    assert board.busy("t")
    board.waiting("1", 1_000_000)
    assert not board.busy("t")
    assert [wait["until"] for wait in board.waits("t")] == ["1970-01-01T00:00:01.000000Z", None]
    board.done("1")
    assert board.busy("t")
    board.done("2")
    assert not board.busy("t")
    assert board.waits("t") == []


async def test_tenants_do_not_wait_for_each_other() -> None:
    """Each has its own business."""
    board = Board()
    board.queued("1", "a", "p", "x")
    assert await board.settle("b", 0)
    assert not await board.settle("a", 0)
    board.forget_tenant("a")
    assert await board.settle("a", 0)


async def test_settling_returns_as_soon_as_the_last_job_is_done() -> None:
    """Nobody polls."""
    board = Board()
    board.queued("1", "t", "p", "x")
    async with asyncio.TaskGroup() as group:
        settled = group.create_task(board.settle("t", 60))
        await group.create_task(_done(board, "1"))
    assert settled.result()


async def test_idle_jobs_are_those_that_nobody_has_begun_here() -> None:
    """Another process may have done them."""
    board = Board()
    for key in "123":
        board.queued(key, "t", key, "x")
    board.running("1")
    board.waiting("2", 5)
    assert board.idle() == {"3"}
    assert board.counts() == {"waiting": 1, "running": 1, "queued": 1}


async def _done(board: Board, key: str) -> None:
    board.done(key)
