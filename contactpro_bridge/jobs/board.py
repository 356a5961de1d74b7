"""What is queued, runs, or waits for the clock, per tenant: for ``settle``, health and metrics. In memory.

A job that waits for the clock does not count as unfinished business, nor does one queued behind it.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from contactpro_bridge.clock import render_rfc3339


@dataclass(slots=True)
class _Standing:
    """One job: where it belongs, and until when it waits (None: queued or running)."""

    tenant: str
    partition: str
    what: str
    running: bool = False
    until_us: int | None = None


class Board:
    """Keeps count."""

    def __init__(self) -> None:
        self._jobs: dict[str, _Standing] = {}
        self._changed: set[asyncio.Future[None]] = set()

    def queued(self, key: str, tenant: str, partition: str, what: str) -> None:
        """Note a job that should run."""
        self._jobs[key] = _Standing(tenant, partition, what)
        self._tell()

    def running(self, key: str) -> None:
        """Note that a job runs (again)."""
        if (job := self._jobs.get(key)) is not None:
            job.running, job.until_us = True, None
            self._tell()

    def waiting(self, key: str, until_us: int) -> None:
        """Note that a job waits for the clock."""
        if (job := self._jobs.get(key)) is not None:
            job.until_us = until_us
            self._tell()

    def done(self, key: str) -> None:
        """Forget a job."""
        if self._jobs.pop(key, None) is not None:
            self._tell()

    def forget_tenant(self, tenant: str) -> None:
        """Forget a tenant's jobs."""
        for key in [key for key, job in self._jobs.items() if job.tenant == tenant]:
            del self._jobs[key]
        self._tell()

    def idle(self) -> set[str]:
        """Return the keys of what neither runs nor waits for the clock here."""
        return {key for key, job in self._jobs.items() if not job.running and job.until_us is None}

    def counts(self) -> dict[str, int]:
        """Return how many jobs wait for the clock, run, and are queued."""
        waiting = sum(job.until_us is not None for job in self._jobs.values())
        running = sum(job.running and job.until_us is None for job in self._jobs.values())
        return {"waiting": waiting, "running": running, "queued": len(self._jobs) - waiting - running}

    def busy(self, tenant: str) -> bool:
        """Say whether a tenant has a job that runs or could."""
        mine = [job for job in self._jobs.values() if job.tenant == tenant]
        blocked = {job.partition for job in mine if job.until_us is not None}
        return any(job.until_us is None and job.partition not in blocked for job in mine)

    def waits(self, tenant: str) -> list[dict[str, Any]]:
        """Return what waits for the clock, or for its turn."""
        return [
            {"what": job.what, "until": None if job.until_us is None else render_rfc3339(job.until_us)}
            for job in self._jobs.values()
            if job.tenant == tenant
        ]

    async def settle(self, tenant: str, timeout_s: float) -> bool:
        """Return when nothing of a tenant runs or could; say no when that takes longer than ``timeout_s``."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.busy(tenant):
                    await self._change()
        except TimeoutError:
            return False
        return True

    async def _change(self) -> None:
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed.add(changed)
        try:
            await changed
        finally:
            self._changed.discard(changed)

    def _tell(self) -> None:
        for changed in self._changed:
            if not changed.done():
                changed.set_result(None)
