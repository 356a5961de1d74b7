"""Rows of the small tables: tenants, raw callbacks, contacts' names, consents, and a tenant's end."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contactpro_bridge.ids import TenantId
from contactpro_bridge.store import tables
from contactpro_bridge.store.database import Tx


@dataclass(frozen=True, slots=True)
class StoredTenant:
    """A tenant's settings (JSON) and clock, as they are in its row."""

    id: TenantId
    settings: str
    revision: int
    clock_mode: str
    clock_us: int


def stored_tenants(conn: sa.Connection) -> list[StoredTenant]:
    """Return every tenant."""
    t = tables.tenants.c
    query = sa.select(t.id, t.settings, t.revision, t.clock_mode, t.clock_us)
    return [StoredTenant(*row) for row in conn.execute(query)]


def tenant_revisions(conn: sa.Connection) -> dict[str, int]:
    """Return the revision of every tenant's settings and clock."""
    query = sa.select(tables.tenants.c.id, tables.tenants.c.revision)
    return {str(tenant): int(revision) for tenant, revision in conn.execute(query)}


def save_tenant(tx: Tx, tenant: TenantId, settings: str, now_us: int) -> int:
    """Store a tenant's settings under a new revision, which is returned."""
    values = {"id": tenant, "settings": settings, "revision": 1, "created_us": now_us}
    tx.upsert(tables.tenants, values, {"settings": settings, "revision": tables.tenants.c.revision + 1})
    return _revision(tx, tenant) or 1


def save_clock(tx: Tx, tenant: TenantId, mode: str, clock_us: int) -> int | None:
    """Store how a tenant's clock is set: an offset when it is real, its present when it is manual.

    Returns the tenant's new revision, None when it is gone.
    """
    t = tables.tenants.c
    values = {"clock_mode": mode, "clock_us": clock_us, "revision": t.revision + 1}
    tx.conn.execute(sa.update(tables.tenants).where(t.id == tenant).values(values))
    return _revision(tx, tenant)


def _revision(tx: Tx, tenant: TenantId) -> int | None:
    query = sa.select(tables.tenants.c.revision).where(tables.tenants.c.id == tenant)
    return tx.conn.execute(query).scalar_one_or_none()


def delete_tenant(tx: Tx, tenant: TenantId) -> None:
    """Delete every row of a tenant."""
    for table in (
        tables.jobs,
        tables.public_files,
        tables.entries,
        tables.attachments,
        tables.chats,
        tables.raw_events,
        tables.contacts,
        tables.windows,
        tables.consents,
    ):
        tx.conn.execute(sa.delete(table).where(table.c.tenant == tenant))
    tx.conn.execute(sa.delete(tables.tenants).where(tables.tenants.c.id == tenant))


def keep_raw_event(tx: Tx, values: dict[str, Any]) -> bool:
    """Store a callback as it came; say no when one with the same key is already there."""
    return tx.insert_new(tables.raw_events, values)


def forget_raw_events(tx: Tx, before_us: int) -> int:
    """Delete callbacks received before ``before_us``; return how many."""
    return tx.conn.execute(sa.delete(tables.raw_events).where(tables.raw_events.c.received_us < before_us)).rowcount


def contact_name(conn: sa.Connection, tenant: TenantId, contact_id: str) -> tuple[str | None, int] | None:
    """Return a contact's known name and when it was learnt, None for an unknown contact."""
    c = tables.contacts.c
    row = conn.execute(sa.select(c.name, c.fetched_us).where(c.tenant == tenant, c.contact_id == contact_id)).first()
    return None if row is None else (row[0], row[1])


def save_contact_name(tx: Tx, tenant: TenantId, contact_id: str, name: str | None, now_us: int) -> None:
    """Remember a contact's name, or that it has none."""
    values = {"tenant": tenant, "contact_id": contact_id, "name": name, "fetched_us": now_us}
    tx.upsert(tables.contacts, values, {"name": name, "fetched_us": now_us})


def forget_contact(tx: Tx, tenant: TenantId, contact_id: str) -> None:
    """Forget a contact's name."""
    c = tables.contacts.c
    tx.conn.execute(sa.delete(tables.contacts).where(c.tenant == tenant, c.contact_id == contact_id))


def save_consent(tx: Tx, tenant: TenantId, number: str, purpose: str, *, value: bool, now_us: int) -> None:
    """Store a consent, or change the one there is."""
    values = {
        "tenant": tenant,
        "number": number,
        "purpose": purpose,
        "value": value,
        "created_us": now_us,
        "updated_us": now_us,
    }
    tx.upsert(tables.consents, values, {"value": value, "updated_us": now_us})


def delete_consent(tx: Tx, tenant: TenantId, number: str, purpose: str) -> bool:
    """Delete a consent; say whether there was one."""
    c = tables.consents.c
    condition = (c.tenant == tenant) & (c.number == number) & (c.purpose == purpose)
    return tx.conn.execute(sa.delete(tables.consents).where(condition)).rowcount == 1


def find_consents(
    conn: sa.Connection, tenant: TenantId, *, number: str = "", purpose: str = "", value: bool | None = None
) -> list[dict[str, Any]]:
    """Return a tenant's consents, those that match what is given, by number."""
    c = tables.consents.c
    query = sa.select(tables.consents).where(c.tenant == tenant).order_by(c.number, c.purpose)
    if number:
        query = query.where(c.number == number)
    if purpose:
        query = query.where(c.purpose == purpose)
    if value is not None:
        query = query.where(c.value == value)
    return [dict(row._mapping) for row in conn.execute(query.limit(1000))]  # noqa: SLF001 - SQLAlchemy's documented name
