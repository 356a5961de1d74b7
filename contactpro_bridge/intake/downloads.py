"""Customers' files: fetched from the channel's link to the share, by a durable job that retries on the clock."""

import asyncio
from typing import Any, Protocol

import sqlalchemy as sa

from contactpro_bridge.attachments.fetch import Fetched, FetchRefused
from contactpro_bridge.attachments.share import Share, ShareError, ShareProblem, Stored
from contactpro_bridge.chats.changes import Announcer
from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.jobs.room import Dead, Done, JobKind, Jobs, Outcome, Retry
from contactpro_bridge.metrics import Metrics
from contactpro_bridge.store.chats import locked_chat
from contactpro_bridge.store.database import Database, Tx
from contactpro_bridge.store.entries import Attachment, attachment_by_id, change_entry, entries_with_attachment
from contactpro_bridge.store.jobs import JobRow
from contactpro_bridge.store.tables import attachments
from contactpro_bridge.tenants import Tenant


class Fetches(Protocol):
    """Whoever downloads from links that strangers chose."""

    async def fetch(self, url: str, *, max_bytes: int, allow_internal_hosts: frozenset[str]) -> Fetched:
        """Return the file at ``url``, or raise FetchRefused."""


class Downloads:
    """Does download jobs (``ref``: the attachment)."""

    def __init__(
        self,
        db: Database,
        hub: Hub,
        jobs: Jobs,
        share: Share,
        fetcher: Fetches,
        metrics: Metrics,
        at_once: int,
    ) -> None:
        self._db = db
        self._hub = hub
        self._share = share
        self._fetcher = fetcher
        self._metrics = metrics
        # Each download holds its file in memory.
        self._places = asyncio.Semaphore(at_once)
        jobs.handle(JobKind.DOWNLOAD, self.job, given_up=self._given_up, revived=self._revived)

    async def job(self, tenant: Tenant, row: JobRow) -> Outcome:
        """Fetch one file; the agent sees it stored, or failed with the reason."""
        attachment = await self._db.read(lambda conn: attachment_by_id(conn, tenant.id, row.ref))
        if attachment is None or attachment.state == "stored":
            return Done()
        settings = tenant.settings
        try:
            async with self._places:
                fetched = await self._fetcher.fetch(
                    attachment.source_url,
                    max_bytes=settings.chat_settings.download_max_bytes,
                    allow_internal_hosts=frozenset(settings.allow_internal_hosts),
                )
                stored = await self._keep(tenant, attachment, fetched)
        except (FetchRefused, ShareError) as problem:
            return await self._failed(tenant, row, problem)
        self._metrics.files.labels(tenant.id, "stored").inc()
        known = await self._note(
            tenant,
            row.ref,
            state="stored",
            problem=None,
            name=attachment.name or fetched.name,
            mime=fetched.mime,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
        )
        if not known:  # the tenant was deleted meanwhile
            await self._share.delete(tenant.id, row.ref)
        return Done()

    async def _keep(self, tenant: Tenant, attachment: Attachment, fetched: Fetched) -> Stored:
        """Put the file on the share; an unrecorded one of an attempt that was cut off is replaced."""
        limit = tenant.settings.chat_settings.download_max_bytes
        try:
            return await self._share.put(tenant.id, attachment.id, fetched.data, max_bytes=limit)
        except ShareError as problem:
            if problem.code is not ShareProblem.DIFFERENT_CONTENT:
                raise
        await self._share.delete(tenant.id, attachment.id)
        return await self._share.put(tenant.id, attachment.id, fetched.data, max_bytes=limit)

    async def _failed(self, tenant: Tenant, row: JobRow, problem: FetchRefused | ShareError) -> Outcome:
        delays = tenant.settings.chat_settings.download_retry_seconds
        if problem.retryable and row.attempts < len(delays):
            return Retry(delays[row.attempts], problem.code.value)
        self._metrics.files.labels(tenant.id, problem.code.value).inc()
        await self._note(tenant, row.ref, state="failed", problem=problem.message)
        return Dead(f"{problem.code.value}: {problem.message}")

    def _given_up(self, tx: Tx, tenant: Tenant, row: JobRow) -> None:
        attachment = attachment_by_id(tx.conn, tenant.id, row.ref)
        if attachment is not None and attachment.state == "pending":
            values = {"state": "failed", "problem": "The bridge could not fetch the file."}
            self._write_down(tx, tenant, row.ref, values)

    def _revived(self, tx: Tx, tenant: Tenant, row: JobRow) -> None:
        attachment = attachment_by_id(tx.conn, tenant.id, row.ref)
        if attachment is not None and attachment.state == "failed":
            self._write_down(tx, tenant, row.ref, {"state": "pending", "problem": None})

    async def _note(self, tenant: Tenant, attachment_id: str, **values: Any) -> bool:
        return await self._db.write(lambda tx: self._write_down(tx, tenant, attachment_id, values))

    def _write_down(self, tx: Tx, tenant: Tenant, attachment_id: str, values: dict[str, Any]) -> bool:
        """Change the file's row and tell its entries; say no when the row is gone."""
        found = tx.conn.execute(sa.update(attachments).where(attachments.c.id == attachment_id).values(values))
        for entry in entries_with_attachment(tx.conn, tenant.id, attachment_id):
            chat = locked_chat(tx.conn, tenant.id, entry.chat_id)
            if chat is not None:
                announcer = Announcer(self._hub, tenant, chat)
                change_entry(tx, chat, entry.id)
                announcer.changed_entry(tx, entry.id)
                announcer.save(tx)
        return found.rowcount == 1
