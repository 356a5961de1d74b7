"""Several processes on one PostgreSQL: whose claim is gone, that one's unfinished work is taken over by another."""

import asyncio
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
import structlog

from contactpro_bridge.store.tables import entries

if TYPE_CHECKING:
    from contactpro_bridge.app import Bridge
    from contactpro_bridge.jobs.dbos_engine import DbosEngine
    from contactpro_bridge.jobs.lease import Lease

_log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 3.0


class Takeover:
    """Looks for processes that are gone, every few seconds."""

    def __init__(self, bridge: "Bridge", engine: "DbosEngine", lease: "Lease") -> None:
        self._bridge = bridge
        self._engine = engine
        self._lease = lease

    async def run(self) -> None:
        """Look until our own claim is lost; then nothing more may be done in our name, and the process ends."""
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, self._lease.check):
            try:
                await self.look()
                await self._bridge.tenants.refresh()
                await self._bridge.jobs.forget_done_elsewhere()
            except Exception:  # noqa: BLE001 - looked at again in a few seconds
                _log.exception("takeover_failed")
            await asyncio.sleep(LOOK_SECONDS)  # noqa: TID251 - liveness of processes is a matter of wall time
        _log.critical("claim_lost", hint="The database connection that held it ended; another process takes over.")
        import os  # noqa: PLC0415 - only at the end
        import signal  # noqa: PLC0415 - as above

        os.kill(os.getpid(), signal.SIGTERM)

    async def look(self) -> None:
        """Take over the jobs and the half-sent messages of processes that are gone."""
        owners = await self._engine.pending_owners() | await self._senders()
        loop = asyncio.get_running_loop()
        gone = await loop.run_in_executor(None, self._lease.gone, owners)
        if not gone:
            return
        try:
            jobs = await self._engine.adopt(gone)
            sends = await self._bridge.outbox.recover(gone)
            _log.warning("taken_over", processes=gone, jobs=jobs, sends=sends)
        finally:
            await loop.run_in_executor(None, self._lease.let_go, gone)

    async def _senders(self) -> set[str]:
        query = sa.select(entries.c.sender).where(entries.c.delivery == "sending").distinct()
        found = await self._bridge.parts.db.read(lambda conn: conn.execute(query).scalars().all())
        return {sender for sender in found if sender}
