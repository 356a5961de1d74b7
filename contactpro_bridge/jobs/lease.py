"""A process's claim on its name: on SQLite a lock on the data folder, on PostgreSQL an advisory lock on one connection.

Two processes never share an executor id, so that a silent process's work can be taken over by whoever gets its lock.
"""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO, Final

import sqlalchemy as sa

from contactpro_bridge.ids import hex32
from contactpro_bridge.store.database import Database

SQLITE_EXECUTOR: Final = "bridge"


class AlreadyRunning(Exception):
    """Another process works on the same data."""


class Lease:
    """The claim of this process."""

    def __init__(self, db: Database, data_dir: Path) -> None:
        self._db = db
        self._data_dir = data_dir
        self.executor_id = SQLITE_EXECUTOR if db.is_sqlite else f"bridge-{hex32()}"
        self._file: IO[str] | None = None
        self._connection: sa.Connection | None = None
        self.held = False

    def take(self) -> None:
        """Take the claim; raises AlreadyRunning when another process has it."""
        if self._db.is_sqlite:
            self._lock_folder()
        else:
            self._connection = self._db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.execute(sa.select(sa.func.pg_advisory_lock(key_of(self.executor_id))))
        self.held = True

    def check(self) -> bool:
        """Say whether the claim still holds; it ends with its connection."""
        if self._connection is not None:
            try:
                self._connection.execute(sa.text("SELECT 1"))
            except sa.exc.DBAPIError:
                self.held = False
        return self.held

    def gone(self, executor_ids: set[str]) -> list[str]:
        """Return which of other processes' names nobody claims any more."""
        found: list[str] = []
        if self._connection is None or not self.held:
            return found
        for executor_id in executor_ids - {self.executor_id}:
            key = key_of(executor_id)
            if self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar():
                found.append(executor_id)
        return found

    def let_go(self, executor_ids: list[str]) -> None:
        """Give back the locks of processes whose work has been taken over."""
        for executor_id in executor_ids:
            if self._connection is not None:
                self._connection.execute(sa.select(sa.func.pg_advisory_unlock(key_of(executor_id))))

    def release(self) -> None:
        """Give the claim back."""
        self.held = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lock_folder(self) -> None:
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (self._data_dir / "bridge.lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise AlreadyRunning(
                f"Another bridge already works in {self._data_dir}: end it, or give this one another "
                "[storage] data_dir. Several processes need PostgreSQL ([storage] database_url)."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file


def key_of(executor_id: str) -> int:
    """Return the advisory lock's number for a name."""
    return int.from_bytes(hashlib.sha256(executor_id.encode()).digest()[:8], "big", signed=True)
