"""The interface to a queue. Whoever leaves DBOS one day rewrites what stands behind it, and nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from contactpro_bridge.store.database import Tx


class JobDied(Exception):
    """Raised by the runner when a job is given up: the queue keeps it as a dead letter."""


Runner = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """What the queue is given: which job, and its place in order."""

    job_id: str
    run: int
    partition: str
    priority: int


class JobEngine(Protocol):
    """Runs each item at least once, items of one partition one after another, lowest priority number first."""

    async def start(self, run: Runner) -> None:
        """Begin to run items, those left over from an earlier process too."""

    def enqueue(self, tx: Tx, item: QueueItem) -> None:
        """Put an item into the queue as part of the caller's transaction."""

    async def dead(self) -> list[str]:
        """Return the ids of jobs that the queue has given up, because they crashed the process again and again."""

    def healthy(self) -> bool:
        """Say whether items are being run."""

    async def tidy(self, dead_before_us: int) -> None:
        """Forget items that ended well long ago, and those given up before ``dead_before_us``."""

    async def stop(self) -> None:
        """Stop running items; unfinished ones are taken up by the next start."""
