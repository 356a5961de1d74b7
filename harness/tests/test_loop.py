"""A loop in a thread: results, errors and time limits cross over."""

from __future__ import annotations

import asyncio
import threading

import pytest

from harness.loop import LoopThread
from harness.outcomes import LabDefect, SubjectFailure


async def _forever() -> None:
    await asyncio.Event().wait()


async def _raise() -> None:
    raise SubjectFailure("from the loop")


async def _thread() -> str:
    return threading.current_thread().name


def test_work_runs_on_the_loops_own_thread() -> None:
    """The caller gets the result; the work never runs in the caller."""
    with LoopThread("own") as loop:
        assert loop.run(_thread()) == "own"


def test_an_exception_reaches_the_caller_as_it_is() -> None:
    """A step's failure keeps its type, so it keeps its word."""
    with LoopThread() as loop, pytest.raises(SubjectFailure, match="from the loop"):
        loop.run(_raise())


def test_a_call_that_takes_too_long_is_our_defect_and_is_cancelled() -> None:
    """Nothing stays behind on the loop."""
    ended = threading.Event()

    async def stubborn() -> None:
        try:
            await _forever()
        finally:
            ended.set()

    with LoopThread() as loop:
        with pytest.raises(LabDefect, match=r"took longer than 0\.01 s"):
            loop.run(stubborn(), timeout_seconds=0.01)
        assert ended.wait(5)


def test_a_timeout_error_of_the_work_itself_is_not_taken_for_ours() -> None:
    """Only the caller's own limit is a LabDefect."""

    async def late() -> None:
        raise TimeoutError("inside")

    with LoopThread() as loop, pytest.raises(TimeoutError, match="inside"):
        loop.run(late())


def test_running_from_the_own_loop_is_refused() -> None:
    """It would wait for itself for ever."""
    with LoopThread() as loop:

        async def inside() -> None:
            loop.run(_thread())

        with pytest.raises(LabDefect, match="from its own loop"):
            loop.run(inside())


def test_closing_cancels_what_still_runs_and_may_be_repeated() -> None:
    """No task outlives the thread."""
    started, ended = threading.Event(), threading.Event()
    loop = LoopThread()

    async def lingering() -> None:
        started.set()
        try:
            await _forever()
        finally:
            ended.set()

    future = asyncio.run_coroutine_threadsafe(lingering(), loop._loop)
    assert started.wait(5)
    loop.close()
    loop.close()
    assert ended.is_set()
    assert future.cancelled()
