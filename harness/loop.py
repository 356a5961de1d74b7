"""A client-owned event loop in a thread, so that step functions stay plain.

pytest-bdd does not await `async def` steps: they would pass without having run. Every asynchronous client of
the suite therefore lives on one `LoopThread`, and a step calls `run`. It knows nothing of what it runs.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any, Self, TypeVar

from harness.outcomes import LabDefect

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

T = TypeVar("T")

DEFAULT_TIMEOUT_SECONDS = 60.0


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of uvloop's where that is installed: a scenario is some thirty short calls."""
    try:
        import uvloop  # noqa: PLC0415 - not installed on Windows and PyPy
    except ImportError:  # pragma: no cover - as above
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class LoopThread:
    """Own one event loop and run coroutines on it from any other thread."""

    def __init__(self, name: str = "bridgelab-client") -> None:
        self._loop = _new_loop()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def run(self, work: Coroutine[Any, Any, T], timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> T:
        """Return what the coroutine returns, or raise what it raises; cancel it when the time is up."""
        if threading.current_thread() is self._thread:
            work.close()
            raise LabDefect("LoopThread.run was called from its own loop, where it would wait for itself")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_seconds)
        except FutureTimeoutError as late:
            if future.done():
                raise
            future.cancel()
            raise LabDefect(f"a call took longer than {timeout_seconds:g} s and was given up") from late
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what still runs, stop the loop and end the thread; a second call does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(DEFAULT_TIMEOUT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cancel_all(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
