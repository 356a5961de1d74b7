"""The database: engines, and the one writer that commits together what waits together.

Work is a plain function over a SQLAlchemy connection, so the same code serves SQLite and PostgreSQL (psycopg). It runs
in a thread of the database's own and must touch nothing of the event loop; ``write`` returns after the commit, and what
is to be told to others then is left in ``Tx.after_commit``, which runs in the loop. One hop to a thread for a whole
transaction, not one for each statement as with aiosqlite: 2 ms instead of 5 for an incoming message.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from contactpro_bridge.store.migrate import migrate
from contactpro_bridge.tasks import Tasks

T = TypeVar("T")

_log = structlog.get_logger(__name__)

BATCH_LIMIT: Final = 64
READERS: Final = 4
BUSY_TIMEOUT_MS: Final = 30_000
_SQLITE_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


@dataclass(slots=True)
class Tx:
    """A running transaction: its connection, and what to do once it is committed."""

    conn: sa.Connection
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    def insert_new(self, table: sa.Table, values: dict[str, Any]) -> bool:
        """Insert a row unless a unique key forbids it; say whether it was inserted."""
        return self.conn.execute(insert_unless_there(self.conn.dialect.name, table), values).rowcount == 1

    def upsert(self, table: sa.Table, values: dict[str, Any], update: dict[str, Any]) -> None:
        """Insert a row, or change the one with the same primary key by ``update``."""
        insert = sqlite.insert if self.conn.dialect.name == "sqlite" else postgresql.insert
        statement = insert(table).values(values)
        keys = list(table.primary_key.columns)
        self.conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=update))


@dataclass(slots=True)
class _Waiting:
    """One piece of work in the writer's queue."""

    work: Callable[[Tx], Any]
    answer: "asyncio.Future[Any]"
    tries: int = 0


class Database:
    """The store's door."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._engine(writing=True)
        self._reader_engine = self._engine(writing=False) if self.is_sqlite else self.engine
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._reader_threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None

    async def start(self, tasks: Tasks) -> None:
        """Bring the schema up to date and let the writer run."""
        await asyncio.get_running_loop().run_in_executor(self._writer_thread, self._migrate)
        self._writer = tasks.spawn(self._write_forever(), "store-writer")

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in a transaction, commit, run what it left for after the commit, and return its result."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(_Waiting(work, answer))
        return await answer

    @property
    def backlog(self) -> int:
        """How many pieces of work wait for the writer."""
        return self._waiting.qsize()

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` on a consistent view of what is committed."""

        def run() -> T:
            with self._reader_engine.connect() as conn:
                return work(conn)

        return await asyncio.get_running_loop().run_in_executor(self._reader_threads, run)

    async def close(self) -> None:
        """Finish what waits, then close the connections."""
        if self._writer is not None and not self._writer.done():
            await self._drained()
            self._writer.cancel()
        self._writer_thread.shutdown()
        self._reader_threads.shutdown()
        self._reader_engine.dispose()
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.engine.begin() as conn:
            migrate(conn)

    async def _drained(self) -> None:
        while not self._waiting.empty():
            marker = _Waiting(_nothing, asyncio.get_running_loop().create_future())
            self._waiting.put_nowait(marker)
            await marker.answer

    async def _write_forever(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH_LIMIT and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._commit(batch)

    async def _commit(self, batch: list[_Waiting]) -> None:
        """Commit ``batch`` in one transaction; when that fails as a whole, each alone."""
        try:
            results = await asyncio.get_running_loop().run_in_executor(
                self._writer_thread, _run_all, self.engine, batch
            )
        except Exception as problem:  # noqa: BLE001 - the writer outlives any failure; each asker is told
            await self._commit_apart(batch, problem)
            return
        for waiting, (tx, result, failure) in zip(batch, results, strict=True):
            if failure is not None:
                _fail(waiting, failure)
                continue
            for tell in tx.after_commit:
                try:
                    tell()
                except Exception:  # noqa: BLE001 - it is committed; the other tellings go on
                    _log.exception("after_commit_failed")
            if not waiting.answer.done():
                waiting.answer.set_result(result)

    async def _commit_apart(self, batch: list[_Waiting], problem: Exception) -> None:
        for waiting in batch:
            waiting.tries += 1
            if waiting.tries < 4 and (len(batch) > 1 or _worth_repeating(problem)):  # noqa: PLR2004 - a few tries
                await self._commit([waiting])
            else:
                _fail(waiting, problem)

    def _engine(self, *, writing: bool) -> sa.Engine:
        # Parameters are customers' words and tenants' secrets: an error that names them puts them into logs.
        if not self.is_sqlite:
            return sa.create_engine(
                self.url, pool_size=READERS + 2, max_overflow=4, pool_pre_ping=True, hide_parameters=True
            )
        engine = sa.create_engine(self.url, pool_size=1 if writing else READERS, max_overflow=1, hide_parameters=True)
        prepare_sqlite(engine, "BEGIN IMMEDIATE" if writing else "BEGIN")
        return engine


@cache
def insert_unless_there(dialect: str, table: sa.Table) -> sa.Insert:
    """Return the statement that inserts a row unless a unique key forbids it; its row count says whether it did.

    One statement a table, so that its compiled form is found without building its key anew for every message.

    On PostgreSQL SQLAlchemy keeps the row count of an insert only when it is told to.
    """
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def prepare_sqlite(engine: sa.Engine, begin: str | None) -> None:
    """Give every connection of ``engine`` our durability and patience; transactions start with ``begin``.

    Without ``begin`` they start by themselves, at the first change, as the durable queue expects.
    """

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE" if begin is None else None
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma)

    if begin is not None:

        @sa.event.listens_for(engine, "begin")
        def begin_transaction(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)


def _run_all(engine: sa.Engine, batch: list[_Waiting]) -> list[tuple[Tx, Any, Exception | None]]:
    """Run ``batch`` in one transaction."""
    with engine.begin() as conn:
        return _run_each(conn, batch)


def _run_each(conn: sa.Connection, batch: list[_Waiting]) -> list[tuple[Tx, Any, Exception | None]]:
    """Run each piece of work; several are kept apart by savepoints, so that one may fail alone."""
    if len(batch) == 1:
        tx = Tx(conn)
        return [(tx, batch[0].work(tx), None)]
    results: list[tuple[Tx, Any, Exception | None]] = []
    for waiting in batch:
        tx = Tx(conn)
        savepoint = conn.begin_nested()
        try:
            result = waiting.work(tx)
        except Exception as problem:  # noqa: BLE001 - told to whoever asked for this piece
            savepoint.rollback()
            results.append((tx, None, problem))
        else:
            savepoint.commit()
            results.append((tx, result, None))
    return results


def _worth_repeating(problem: Exception) -> bool:
    """Say whether the database itself gave up: a deadlock, a lost connection, another process that was first."""
    if not isinstance(problem, DBAPIError):
        return False
    state = getattr(problem.orig, "sqlstate", None)
    return problem.connection_invalidated or state in {"40001", "40P01", "57P01", "08006", "23505"}


def _fail(waiting: _Waiting, problem: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(problem)


def _nothing(_tx: Tx) -> None:
    return None
