"""Background tasks: each has an owner that keeps it, hears of its failure, and ends it at shutdown.

The only module that starts a task. A task's failure is logged and counted, and never ends its neighbours.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

_log = structlog.get_logger(__name__)


class Tasks:
    """The tasks of one process."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        """Run ``work`` until it ends or the owner closes."""
        if self._closed:
            work.close()
            raise RuntimeError("The bridge is shutting down; no task may start.")
        task = asyncio.create_task(work, name=name)  # noqa: TID251 - this is the tasks module
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel what still runs and wait for its end."""
        self._closed = True
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            _log.error("task_failed", task=task.get_name(), exc_info=problem)
