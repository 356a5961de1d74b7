"""Jobs as the other rooms use them: put one into a transaction; its handler is called until it is done or given up.

A job's row keeps its attempts and when the next is due; waits are on the tenant's clock. A job is at least once: a
crash repeats the attempt that was under way, so handlers are safe to repeat.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

import structlog

from contactpro_bridge.clock import SECOND_US, render_rfc3339
from contactpro_bridge.errors import not_found
from contactpro_bridge.ids import JobId, TenantId, hex32
from contactpro_bridge.jobs.board import Board
from contactpro_bridge.jobs.engine import JobDied, JobEngine, QueueItem
from contactpro_bridge.store import jobs as rows
from contactpro_bridge.store.chats import Chat
from contactpro_bridge.store.database import Database, Tx
from contactpro_bridge.store.jobs import JobRow
from contactpro_bridge.tenants import Tenant, Tenants

_log = structlog.get_logger(__name__)


class JobKind(StrEnum):
    """What jobs do."""

    DOWNLOAD = "download"
    SEND = "send"
    LOOKUP = "lookup"


@dataclass(frozen=True, slots=True)
class Done:
    """The job is finished."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, after ``after_s`` seconds on the tenant's clock."""

    after_s: float
    problem: str


@dataclass(frozen=True, slots=True)
class Dead:
    """Give the job up; it stays as a dead letter."""

    problem: str


Outcome = Done | Retry | Dead
Handler = Callable[[Tenant, JobRow], Awaitable[Outcome]]
Change = Callable[[Tx, Tenant, JobRow], None]


@dataclass(frozen=True, slots=True)
class Work:
    """Who does jobs of a kind, and what else changes when one is given up, or put back into the queue."""

    attempt: Handler
    given_up: Change
    revived: Change


class Jobs:
    """The jobs of one process."""

    def __init__(self, db: Database, engine: JobEngine, tenants: Tenants, board: Board) -> None:
        self._db = db
        self._engine = engine
        self._tenants = tenants
        self.board = board
        self._work: dict[str, Work] = {}
        self._runs: set[asyncio.Task[Any]] = set()

    def handle(
        self, kind: JobKind, attempt: Handler, *, given_up: Change | None = None, revived: Change | None = None
    ) -> None:
        """Say who does jobs of a kind."""
        self._work[kind.value] = Work(attempt, given_up or _nothing_else, revived or _nothing_else)

    async def start(self) -> None:
        """Take up what earlier processes left, and run."""
        for row in await self._db.read(lambda conn: rows.jobs_in(conn, rows.OPEN)):
            self._note(row)
        await self._engine.start(self.run)

    async def stop(self) -> None:
        """Stop; what is under way is repeated by the next start."""
        for task in list(self._runs):
            task.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        await self._engine.stop()

    def healthy(self) -> bool:
        """Say whether jobs are being run."""
        return self._engine.healthy()

    def add(self, tx: Tx, chat: Chat, kind: JobKind, ref: str, now_us: int, *, after_s: float = 0) -> None:
        """Add a job for ``chat`` in the caller's transaction, which saves the chat; its turn is after its elders'."""
        chat.job_count += 1
        row = JobRow(
            id=JobId(hex32()),
            tenant=chat.tenant,
            kind=kind.value,
            chat_id=chat.id,
            ref=ref,
            priority=chat.job_count,
            state=rows.OPEN,
            run=0,
            attempts=0,
            next_us=now_us + int(after_s * SECOND_US),
            problem=None,
            created_us=now_us,
        )
        rows.insert_job(tx, row)
        self._put(tx, row)

    async def dead_letters(self, tenant: TenantId) -> list[dict[str, Any]]:
        """Return a tenant's dead letters."""
        await self._bury_what_the_queue_gave_up()
        return [
            {
                "id": row.id,
                "kind": row.kind,
                "chat_id": row.chat_id,
                "ref": row.ref,
                "attempts": row.attempts,
                "problem": row.problem,
                "created_at": render_rfc3339(row.created_us),
            }
            for row in await self._db.read(lambda conn: rows.jobs_in(conn, rows.DEAD, tenant))
        ]

    async def replay(self, tenant: Tenant, job_id: str) -> None:
        """Put a dead letter back into the queue."""

        def revive(tx: Tx) -> None:
            row = rows.job_by_id(tx.conn, job_id)
            if row is None or row.tenant != tenant.id or row.state != rows.DEAD:
                raise not_found("dead letter")
            rows.revive(tx, job_id, tenant.clock.now())
            fresh = rows.job_by_id(tx.conn, job_id)
            if fresh is not None:
                self._work[fresh.kind].revived(tx, tenant, fresh)
                self._put(tx, fresh)

        await self._db.write(revive)

    async def run(self, job_id: str) -> None:
        """Run one job to its end; called by the engine. Raises JobDied when it is given up."""
        task = asyncio.current_task()
        if task is not None:
            self._runs.add(task)
        try:
            await self._run(job_id)
        finally:
            if task is not None:
                self._runs.discard(task)

    async def tidy(self, before_us: int) -> None:
        """Bury what the queue gave up; forget what ended long ago, and dead letters made before ``before_us``."""
        await self._bury_what_the_queue_gave_up()
        await self._db.write(lambda tx: rows.forget_dead(tx, before_us))
        await self._engine.tidy(before_us)

    async def forget_done_elsewhere(self) -> None:
        """Forget queued jobs that another process has done."""
        idle = self.board.idle()
        if idle:
            left = await self._db.read(lambda conn: rows.open_among(conn, idle))
            for job_id in idle - left:
                self.board.done(job_id)

    async def _run(self, job_id: str) -> None:
        while True:
            row = await self._db.read(lambda conn: rows.job_by_id(conn, job_id))
            tenant = None if row is None else self._tenants.get(row.tenant)
            if row is None or tenant is None or row.state != rows.OPEN:
                self.board.done(job_id)
                return
            if row.next_us > tenant.clock.now():
                self.board.waiting(job_id, row.next_us)
                await tenant.clock.wait_until(row.next_us, lambda: self.board.running(job_id))
                continue
            self.board.running(job_id)
            outcome = await self._attempt(tenant, row)
            if await self._conclude(tenant, row, outcome):
                return

    async def _attempt(self, tenant: Tenant, row: JobRow) -> Outcome:
        try:
            return await self._work[row.kind].attempt(tenant, row)
        except Exception as problem:  # noqa: BLE001 - a defect in one job must not end the others
            _log.error("job_failed", job=row.id, kind=row.kind, tenant=row.tenant, exc_info=problem)
            return Retry(60, f"defect: {type(problem).__name__}") if row.attempts < _MAX_DEFECTS else Dead("defect")

    async def _conclude(self, tenant: Tenant, row: JobRow, outcome: Outcome) -> bool:
        match outcome:
            case Retry(after_s, problem):
                due = tenant.clock.now() + int(after_s * SECOND_US)
                await self._db.write(lambda tx: rows.postpone(tx, row.id, row.attempts + 1, due, problem))
                return False
            case Dead(problem):
                await self._db.write(lambda tx: self._bury(tx, tenant, row, problem))
                self.board.done(row.id)
                _log.warning("job_given_up", job=row.id, kind=row.kind, tenant=row.tenant, problem=problem)
                raise JobDied(problem)
            case Done():
                await self._db.write(lambda tx: rows.finish(tx, row.id))
                self.board.done(row.id)
        return True

    async def _bury_what_the_queue_gave_up(self) -> None:
        for job_id in await self._engine.dead():
            row = await self._db.read(partial(rows.job_by_id, job_id=job_id))
            tenant = None if row is None else self._tenants.get(row.tenant)
            if row is not None and tenant is not None and row.state == rows.OPEN:
                await self._db.write(
                    partial(self._bury, tenant=tenant, row=row, problem="It ended the process repeatedly.")
                )
                self.board.done(job_id)

    def _bury(self, tx: Tx, tenant: Tenant, row: JobRow, problem: str) -> None:
        rows.bury(tx, row.id, problem)
        self._work[row.kind].given_up(tx, tenant, row)

    def _put(self, tx: Tx, row: JobRow) -> None:
        self._engine.enqueue(tx, QueueItem(row.id, row.run, partition_of(row), row.priority))
        tx.after_commit.append(lambda: self._note(row))

    def _note(self, row: JobRow) -> None:
        self.board.queued(row.id, row.tenant, partition_of(row), f"{row.kind} {row.ref}")


_MAX_DEFECTS: Final = 3


def _nothing_else(_tx: Tx, _tenant: Tenant, _row: JobRow) -> None:
    """Change nothing but the job."""


def partition_of(row: JobRow) -> str:
    """Return what is kept in order: jobs of one kind in one chat."""
    return f"{row.kind}:{row.chat_id}"
