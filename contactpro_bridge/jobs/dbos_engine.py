"""The durable queue on DBOS: the same code on SQLite and PostgreSQL, enqueued inside our own transaction.

The rules kept here, each from a failure seen: order by the chat's own numbers (``priority``) within a partition of
concurrency one; no limit per worker; our own engine; JSON, never pickle; a constant application version; launch inside
the running loop; old successes deleted. Arguments are ids: what a job needs stands in its row, where its attempts are
counted too, so a workflow needs no steps and a repeated one continues where the row says.
"""

import asyncio
import logging
import sqlite3
import sys
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
import structlog

from contactpro_bridge.clock import DAY_US, render_rfc3339, wall_now_us
from contactpro_bridge.jobs.engine import JobDied, QueueItem, Runner
from contactpro_bridge.jobs.lease import Lease
from contactpro_bridge.store.database import Database, Tx, prepare_sqlite

if TYPE_CHECKING:
    from dbos import DBOS, DBOSClient

_log = structlog.get_logger(__name__)

QUEUE: Final = "contactpro-jobs"
WORKFLOW: Final = "contactpro_job"
APPLICATION: Final = "contactpro-bridge"
# Raised only when the workflow changes shape, after draining: rows of another version are not picked up.
APPLICATION_VERSION: Final = "1"
MAX_RECOVERIES: Final = 5
EXCEEDED: Final = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
KEEP_DAYS: Final = 1
_DELETE_AT_ONCE: Final = 500


class UnusableSqlite(Exception):
    """This Python's SQLite is too old for the queue."""


def check_sqlite() -> None:
    """Refuse a combination on which the queue is known to fail."""
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise UnusableSqlite(
            f"Python {sys.version_info.major}.{sys.version_info.minor} needs SQLite 3.42 or newer, this one has "
            f"{sqlite3.sqlite_version}. Use PostgreSQL ([storage] database_url), Python 3.11, or a newer SQLite."
        )


class DbosEngine:
    """Runs jobs as DBOS workflows."""

    def __init__(self, db: Database, lease: Lease, *, poll_s: float) -> None:
        self._db = db
        self._lease = lease
        self._poll_s = poll_s
        self._engine: sa.Engine | None = None
        self._client: DBOSClient | None = None
        self._dbos: type[DBOS] | None = None
        self._serializer: Any = None

    async def start(self, run: Runner) -> None:
        """Import, launch and register; takes about a second, most of it the import."""
        if self._db.is_sqlite:
            check_sqlite()
        await asyncio.get_running_loop().run_in_executor(None, __import__, "dbos")
        from dbos import (  # noqa: PLC0415 - a second that nobody but a running bridge should pay
            DBOS,
            DBOSClient,
            DBOSPortableJSONSerializer,
        )

        self._serializer = DBOSPortableJSONSerializer()
        self._engine = self._make_engine()
        _quiet()
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._url(),
                "system_database_engine": self._engine,
                "application_version": APPLICATION_VERSION,
                "executor_id": self._lease.executor_id,
                "serializer": self._serializer,
                "enable_otlp": False,
                "log_level": "WARNING",
                "scheduler_polling_interval_sec": 3600.0,
            }
        )

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)
        async def contactpro_job(job_id: str) -> None:
            await run(job_id)

        self._dbos = DBOS
        client = DBOSClient(
            system_database_engine=self._engine,
            serializer=self._serializer,
            application_name=APPLICATION,
            lazy=True,
        )
        await asyncio.get_running_loop().run_in_executor(None, self._prepare, client)
        DBOS.launch()
        self._client = client

    def enqueue(self, tx: Tx, item: QueueItem) -> None:
        """Put an item into the queue as part of the caller's transaction."""
        if self._client is None:
            raise RuntimeError("The job queue has not started.")
        self._client.enqueue_in_transaction(
            tx.conn,
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": f"{item.job_id}.{item.run}",
                "queue_partition_key": item.partition,
                "priority": max(1, item.priority),
                "app_version": APPLICATION_VERSION,
            },
            item.job_id,
        )

    async def dead(self) -> list[str]:
        """Return the ids of jobs that the queue has given up."""
        if self._client is None:
            return []
        found = await self._client.list_workflows_async(
            status=EXCEEDED, name=WORKFLOW, load_input=False, load_output=False
        )
        return [workflow.workflow_id.partition(".")[0] for workflow in found]

    def healthy(self) -> bool:
        """Say whether the queue runs and our claim on it holds."""
        return self._client is not None and self._lease.held

    async def adopt(self, executor_ids: list[str]) -> int:
        """Put the unfinished items of processes that are gone back into the queue; return how many."""
        if self._client is None or not executor_ids:
            return 0
        found = await self._client.list_workflows_async(
            status="PENDING", executor_id=executor_ids, load_input=False, load_output=False
        )
        ids = [workflow.workflow_id for workflow in found]
        if ids:
            await self._client.resume_workflows_async(ids, queue_name=QUEUE)
        return len(ids)

    async def pending_owners(self) -> set[str]:
        """Return the ids of processes that have unfinished items."""
        if self._client is None:
            return set()
        found = await self._client.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        return {workflow.executor_id for workflow in found if workflow.executor_id}

    async def tidy(self, dead_before_us: int) -> None:
        """Delete successes that are older than a day, and what was given up before ``dead_before_us``."""
        await self._delete(["SUCCESS"], wall_now_us() - KEEP_DAYS * DAY_US)
        await self._delete(["ERROR", "CANCELLED", EXCEEDED], dead_before_us)

    async def _delete(self, statuses: list[str], before_us: int) -> None:
        """Delete items in some states that ended before a moment, a portion at a time."""
        while self._client is not None:
            found = await self._client.list_workflows_async(
                status=statuses,
                completed_before=render_rfc3339(before_us),
                limit=_DELETE_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if not found:
                return
            await self._client.delete_workflows_async([workflow.workflow_id for workflow in found])

    async def stop(self) -> None:
        """Stop the queue's threads and close its connections."""
        self._client = None
        if self._dbos is not None:
            dbos, self._dbos = self._dbos, None
            await asyncio.get_running_loop().run_in_executor(None, lambda: dbos.destroy(destroy_registry=True))
        if self._engine is not None:
            self._engine.dispose()

    def _prepare(self, client: "DBOSClient") -> None:
        """Make tables and queue before the launch: its threads look for new queues only once a second."""
        from dbos import DBOS  # noqa: PLC0415 - see start

        DBOS.migrate(self._url())
        client.register_queue(QUEUE, partition_concurrency=1, polling_interval_sec=self._poll_s)

    def _make_engine(self) -> sa.Engine:
        if not self._db.is_sqlite:
            return sa.create_engine(
                self._db.url, pool_size=10, max_overflow=5, pool_pre_ping=True, hide_parameters=True
            )
        engine = sa.create_engine(self._db.url, pool_size=5, max_overflow=10, hide_parameters=True)
        prepare_sqlite(engine, None)
        return engine

    def _url(self) -> str:
        if self._db.is_sqlite:
            return f"sqlite:///{self._db.url.database}"
        return self._db.url.render_as_string(hide_password=False)


def _quiet() -> None:
    """Send DBOS's log to ours: its own handler would write plain lines between our JSON."""
    logger = logging.getLogger("dbos")
    logger.handlers = [logging.NullHandler()]
    logger.propagate = True


__all__ = ["DbosEngine", "JobDied", "UnusableSqlite", "check_sqlite"]
