"""A queue in memory, for tests: the same order and the same interface, nothing survives the process."""

import heapq
from dataclasses import dataclass, field

from contactpro_bridge.jobs.engine import JobDied, QueueItem, Runner
from contactpro_bridge.store.database import Tx
from contactpro_bridge.tasks import Tasks


@dataclass
class _Partition:
    """What waits for its turn, and whether something runs."""

    items: list[tuple[int, int, str]] = field(default_factory=list)
    running: bool = False


class MemoryEngine:
    """Runs items in the event loop as soon as their transaction is committed."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._run: Runner | None = None
        self._partitions: dict[str, _Partition] = {}
        self._number = 0

    async def start(self, run: Runner) -> None:
        """Begin to run items."""
        self._run = run
        for name in list(self._partitions):
            self._next(name)

    def enqueue(self, tx: Tx, item: QueueItem) -> None:
        """Queue an item once the transaction is committed."""
        tx.after_commit.append(lambda: self._add(item))

    async def dead(self) -> list[str]:
        """Nothing crashes the process here."""
        return []

    def healthy(self) -> bool:
        """Say whether items are being run."""
        return self._run is not None

    async def tidy(self, dead_before_us: int) -> None:
        """Nothing is kept."""

    async def stop(self) -> None:
        """Stop running items."""
        self._run = None

    def _add(self, item: QueueItem) -> None:
        self._number += 1
        partition = self._partitions.setdefault(item.partition, _Partition())
        heapq.heappush(partition.items, (item.priority, self._number, item.job_id))
        self._next(item.partition)

    def _next(self, name: str) -> None:
        partition = self._partitions[name]
        if self._run is None or partition.running or not partition.items:
            return
        partition.running = True
        job_id = heapq.heappop(partition.items)[2]
        self._tasks.spawn(self._one(name, job_id), f"job-{job_id}")

    async def _one(self, name: str, job_id: str) -> None:
        try:
            if self._run is not None:
                await self._run(job_id)
        except JobDied:
            pass
        finally:
            self._partitions[name].running = False
            self._next(name)
