"""The store: schema and tables agree, batches are fair, and what is asked often is found by an index."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from contactpro_bridge.ids import TenantId
from contactpro_bridge.store import small
from contactpro_bridge.store.database import Database, Tx, insert_unless_there
from contactpro_bridge.store.migrate import HEAD, SchemaTooNew, current_revision, migrate
from contactpro_bridge.store.tables import metadata, tenants
from contactpro_bridge.tasks import Tasks
from contactpro_bridge.tests.stage import new_database


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """Give an open, empty database."""
    file = tmp_path / "bridge.db"
    file.write_bytes(new_database())
    database, tasks = Database(f"sqlite:///{file}"), Tasks()
    await database.start(tasks)
    yield database
    await database.close()
    await tasks.close()


LIVE_CHAT = (
    "SELECT * FROM cp_chats WHERE tenant='t' AND service='s' AND app_id='a' AND channel='c' AND identity='i'"
    " AND state IN ('in_queue', 'in_process')"
)


def save(name: str) -> "sa.Insert":
    """Return the statement that inserts a tenant."""
    return sa.insert(tenants).values(id=name, settings="{}", revision=1, created_us=0)


async def names(db: Database) -> set[str]:
    """Return the tenants that are stored."""
    return {stored.id for stored in await db.read(small.stored_tenants)}


def test_migrations_make_what_the_tables_say() -> None:
    """Nothing is left to generate."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as conn:
        migrate(conn)
        migrate(conn)
        context = MigrationContext.configure(conn, opts={"version_table": "cp_schema_version"})
        assert compare_metadata(context, metadata) == []
        assert current_revision(conn) == HEAD
    engine.dispose()


def test_a_schema_from_the_future_is_left_alone() -> None:
    """An older release does not work on it."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as conn:
        migrate(conn)
        conn.execute(sa.text("UPDATE cp_schema_version SET version_num = '9999'"))
        with pytest.raises(SchemaTooNew, match="newer release"):
            migrate(conn)
    engine.dispose()


async def test_one_failure_in_a_batch_costs_the_others_nothing(db: Database) -> None:
    """Each piece is all or nothing, and hears of its own failure."""
    told: list[str] = []

    def work(tx: Tx, name: str, *, fail: bool) -> str:
        tx.conn.execute(save(name))
        tx.after_commit.append(lambda: told.append(name))
        if fail:
            raise LookupError(name)
        return name

    results = await asyncio.gather(
        *(db.write(lambda tx, n=n: work(tx, f"t{n}", fail=n % 3 == 0)) for n in range(9)),  # type: ignore[misc]
        return_exceptions=True,
    )
    good = [f"t{n}" for n in range(9) if n % 3]
    assert [result for result in results if isinstance(result, str)] == good
    assert sum(isinstance(result, LookupError) for result in results) == 3
    assert await names(db) == set(good)
    assert told == good


async def test_a_failing_after_commit_costs_nothing(db: Database) -> None:
    """It is committed, and the answer says so."""

    def work(tx: Tx) -> str:
        tx.conn.execute(save("t"))
        tx.after_commit.append(lambda: 1 / 0)  # type: ignore[arg-type]
        return "done"

    assert await db.write(work) == "done"
    assert await names(db) == {"t"}


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    """Nothing that was asked for is dropped."""
    file = tmp_path / "bridge.db"
    file.write_bytes(new_database())
    database, tasks = Database(f"sqlite:///{file}"), Tasks()
    await database.start(tasks)
    async with asyncio.TaskGroup() as group:
        writes = [
            group.create_task(database.write(lambda tx, n=n: tx.conn.execute(save(f"t{n}")) and None))  # type: ignore[misc]
            for n in range(200)
        ]
        await group.create_task(_turn())
        await database.close()
    assert all(write.done() for write in writes)
    await tasks.close()
    reader = sa.create_engine(f"sqlite:///{file}")
    with reader.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(tenants)).scalar() == 200
    reader.dispose()


async def test_commits_are_forced_to_disk(db: Database) -> None:
    """WAL, and synchronous=FULL: what is acknowledged survives the machine."""

    def pragma(name: str) -> object:
        with db.engine.connect() as conn:
            return conn.exec_driver_sql(f"PRAGMA {name}").scalar()

    assert [pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys")] == ["wal", 2, 1]


@pytest.mark.parametrize(
    "query",
    [
        LIVE_CHAT,
        "SELECT * FROM cp_chats WHERE tenant='t' AND state='handled' ORDER BY created_us DESC LIMIT 500",
        "SELECT * FROM cp_chats WHERE tenant='t' AND conversation_id='c'",
        "SELECT * FROM cp_chats WHERE tenant='t' AND contact_id='c'",
        "SELECT * FROM cp_entries WHERE tenant='t' AND message_id='m'",
        "SELECT * FROM cp_entries WHERE chat_id='c' AND rev > 5 ORDER BY rev LIMIT 10",
        "SELECT * FROM cp_entries WHERE attachment_id='a'",
        "SELECT DISTINCT sender FROM cp_entries WHERE delivery='sending'",
        "SELECT * FROM cp_jobs WHERE chat_id='c' AND kind='send' AND state='open'",
        "SELECT * FROM cp_public_files WHERE token='t'",
        "DELETE FROM cp_raw_events WHERE received_us < 5",
    ],
)
async def test_what_is_asked_often_is_found_by_an_index(db: Database, query: str) -> None:
    """No table is read as a whole, however large it grows."""
    plan = await db.read(lambda conn: [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")])
    assert not any(step.startswith("SCAN") and "INDEX" not in step for step in plan), plan


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_conditional_insert_keeps_its_row_count(dialect: str) -> None:
    """It tells a new callback from a repeated one; PostgreSQL's would be lost, and every callback be a repeated one."""
    statement = insert_unless_there(dialect, tenants)
    assert statement.get_execution_options()["preserve_rowcount"] is True


async def test_old_callbacks_are_forgotten(db: Database) -> None:
    """Younger ones stay."""

    def keep(tx: Tx, key: str, at_us: int) -> bool:
        row = {"tenant": "t", "service": "s", "dedup_key": key, "kind": "k", "body": b"", "received_us": at_us}
        return small.keep_raw_event(tx, row)

    assert await db.write(lambda tx: keep(tx, "old", 1))
    assert await db.write(lambda tx: keep(tx, "new", 9))
    assert not await db.write(lambda tx: keep(tx, "new", 9))
    assert await db.write(lambda tx: small.forget_raw_events(tx, 5)) == 1
    assert await db.write(lambda tx: keep(tx, "old", 9))


async def test_every_save_of_a_tenant_is_a_new_revision(db: Database) -> None:
    """So that other processes see that there is something to read."""
    revisions = [await db.write(lambda tx: small.save_tenant(tx, TenantId("t"), "{}", 0)) for _ in range(3)]
    assert revisions == [1, 2, 3]
    assert await db.write(lambda tx: small.save_clock(tx, TenantId("t"), "manual", 5)) == 4
    assert await db.write(lambda tx: small.save_clock(tx, TenantId("gone"), "manual", 5)) is None


async def _turn() -> None:
    """Give others their turn."""


async def test_an_error_of_the_database_repeats_no_values(db: Database) -> None:
    """They are customers' words and tenants' secrets, and errors are logged."""
    with pytest.raises(sa.exc.IntegrityError) as failed:
        await db.write(lambda tx: tx.conn.execute(sa.insert(tenants), {"id": "hunter22"}))
    assert "hunter22" not in str(failed.value)
