"""Rows of jobs: what has to be done, how often it was tried, when it is tried again. The queue itself is elsewhere."""

from collections.abc import Collection
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from contactpro_bridge.ids import JobId, TenantId
from contactpro_bridge.store.database import Tx
from contactpro_bridge.store.tables import entries, jobs

OPEN = "open"
DEAD = "dead"


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job; ``run`` counts how often it was put into the queue."""

    id: JobId
    tenant: TenantId
    kind: str
    chat_id: str
    ref: str
    priority: int
    state: str
    run: int
    attempts: int
    next_us: int
    problem: str | None
    created_us: int


def insert_job(tx: Tx, job: JobRow) -> None:
    """Insert a job."""
    tx.conn.execute(sa.insert(jobs), asdict(job))


def job_by_id(conn: sa.Connection, job_id: str) -> JobRow | None:
    """Return a job, None when it is done or its tenant is gone."""
    row = conn.execute(sa.select(jobs).where(jobs.c.id == job_id)).first()
    return None if row is None else JobRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def jobs_in(conn: sa.Connection, state: str, tenant: TenantId | None = None) -> list[JobRow]:
    """Return the jobs in a state, in the order of their making."""
    query = sa.select(jobs).where(jobs.c.state == state).order_by(jobs.c.created_us, jobs.c.priority)
    if tenant is not None:
        query = query.where(jobs.c.tenant == tenant)
    return [JobRow(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 - SQLAlchemy's documented name


def has_open_job(conn: sa.Connection, chat_id: str, kind: str) -> bool:
    """Say whether a chat still has an open job of a kind."""
    query = sa.select(jobs.c.id).where(jobs.c.chat_id == chat_id, jobs.c.kind == kind, jobs.c.state == OPEN)
    return conn.execute(query.limit(1)).first() is not None


def postpone(tx: Tx, job_id: str, attempts: int, next_us: int, problem: str) -> None:
    """Note a failed attempt and when the next one is due."""
    values = {"attempts": attempts, "next_us": next_us, "problem": problem}
    tx.conn.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))


def bury(tx: Tx, job_id: str, problem: str) -> None:
    """Make a job a dead letter."""
    tx.conn.execute(sa.update(jobs).where(jobs.c.id == job_id).values(state=DEAD, problem=problem))


def revive(tx: Tx, job_id: str, now_us: int) -> None:
    """Make a dead letter an open job again, with its attempts counted from zero."""
    values = {"state": OPEN, "attempts": 0, "next_us": now_us, "run": jobs.c.run + 1}
    tx.conn.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))


def finish(tx: Tx, job_id: str) -> None:
    """Delete a job that is done."""
    tx.conn.execute(sa.delete(jobs).where(jobs.c.id == job_id))


def forget_dead(tx: Tx, before_us: int) -> int:
    """Delete dead letters made before ``before_us``; return how many."""
    return tx.conn.execute(sa.delete(jobs).where(jobs.c.state == DEAD, jobs.c.created_us < before_us)).rowcount


def open_among(conn: sa.Connection, job_ids: Collection[str]) -> set[str]:
    """Return which of some jobs are still open."""
    query = sa.select(jobs.c.id).where(jobs.c.id.in_(job_ids), jobs.c.state == OPEN)
    return set(conn.execute(query).scalars())


def unfinished_sends(conn: sa.Connection, senders: list[str] | None) -> list[tuple[str, str, str]]:
    """Return (tenant, chat, entry) of messages in sending that no open job cares for.

    With ``senders`` only theirs: processes known to be gone.
    """
    query = (
        sa.select(entries.c.tenant, entries.c.chat_id, entries.c.id)
        .where(entries.c.delivery == "sending", entries.c.direction == "out")
        .where(~sa.exists().where(jobs.c.ref == entries.c.id, jobs.c.state == OPEN))
        .order_by(entries.c.chat_id, entries.c.seq)
    )
    if senders is not None:
        query = query.where(entries.c.sender.in_(senders))
    return [(row[0], row[1], row[2]) for row in conn.execute(query)]
