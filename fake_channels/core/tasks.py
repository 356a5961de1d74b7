"""The one place where the lab starts tasks: all live in one group, and none dies unseen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

_LOG = logging.getLogger(__name__)


class Tasks:
    """An owner of background tasks; leaving it cancels what still runs."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        if isinstance(error, Exception):  # the owner's own, for no task's gets out: it shall not come in a group
            kind = error = trace = None
        await self._group.__aexit__(kind, error, trace)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the background; its failure is logged with its traceback and harms no other task."""
        task = self._group.create_task(_guarded(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001  a task ends here: this is our own defect, never an emulated failure
        _LOG.exception("a background task failed")
