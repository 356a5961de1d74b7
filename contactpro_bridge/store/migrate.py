"""Bring the schema to the revision this code needs; alembic is imported only when there is something to do."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

HEAD: Final = "0001"
_VERSION_TABLE: Final = "cp_schema_version"


class SchemaTooNew(Exception):
    """The database was written by a newer release."""


def current_revision(connection: sa.Connection) -> str | None:
    """Return the revision the database is at, None for a database without our tables."""
    if not sa.inspect(connection).has_table(_VERSION_TABLE):
        return None
    revision = connection.execute(sa.text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    return None if revision is None else str(revision)


def migrate(connection: sa.Connection) -> None:
    """Upgrade the schema to ``HEAD`` inside the caller's transaction; refuse a schema from the future."""
    revision = current_revision(connection)
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise SchemaTooNew(
            f"The database is at schema revision {revision}, this release knows {HEAD}: run the newer release."
        )
    from alembic import command  # noqa: PLC0415 - half a second that a current database does not need
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
