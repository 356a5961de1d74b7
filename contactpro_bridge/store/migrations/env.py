"""Alembic's environment: migrates over the connection that ``store.migrate`` hands in."""

from alembic import context

from contactpro_bridge.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    version_table="cp_schema_version",
)
with context.begin_transaction():
    context.run_migrations()
