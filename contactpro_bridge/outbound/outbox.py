"""The outbox: an agent's message is stored, sent at once, and cared for by a durable job when that fails.

The intent is committed first. What the API refuses for good is failed at once; what may pass later is repeated on the
tenant's clock, in the chat's order. Whenever a send may have had its effect without our knowing, the API is asked for
our entry id before it is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
import structlog

from contactpro_bridge.chats.changes import Announcer
from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.clients.api import ApiError, SentQuery
from contactpro_bridge.ids import TenantId
from contactpro_bridge.jobs.room import Dead, Done, JobKind, Jobs, Outcome, Retry
from contactpro_bridge.metrics import Metrics
from contactpro_bridge.outbound.content import send_body
from contactpro_bridge.outbound.receipts import Delivery
from contactpro_bridge.store.chats import Chat, locked_chat, save_chat
from contactpro_bridge.store.database import Database, Tx
from contactpro_bridge.store.entries import Entry, FullEntry, change_entry, entry_by_id, set_outgoing
from contactpro_bridge.store.jobs import JobRow, has_open_job, unfinished_sends
from contactpro_bridge.tenants import Tenant, Tenants

_log = structlog.get_logger(__name__)

NO_SERVICE: Final = ApiError(
    "SERVICE_NOT_CONFIGURED", "The messaging service of this chat is no longer configured.", retryable=False
)


@dataclass(frozen=True, slots=True)
class _Failure:
    """What a failed entry says."""

    code: str
    description: str


class Outbox:
    """Sends what is stored."""

    def __init__(self, db: Database, hub: Hub, jobs: Jobs, tenants: Tenants, metrics: Metrics, sender: str) -> None:
        self._db = db
        self._hub = hub
        self._jobs = jobs
        self._tenants = tenants
        self._metrics = metrics
        self.sender = sender
        jobs.handle(JobKind.SEND, self._job, given_up=self._given_up, revived=self._revived)

    async def send_now(self, tenant: Tenant, entry_id: str) -> None:
        """Send a stored message, behind those of its chat that still wait; later as a job when the API cannot now.

        The caller holds the chat's send lock.
        """
        found = await self._db.read(lambda conn: _waiting_entry(conn, tenant.id, entry_id))
        if found is None:
            return
        chat, entry, behind_others = found
        if behind_others:
            await self._db.write(lambda tx: self._later(tx, tenant, chat.id, entry_id, 0, ask_first=False))
            return
        try:
            message_id = await self._call(tenant, chat, entry)
        except ApiError as problem:
            self._metrics.sends.labels(tenant.id, problem.code).inc()
            if problem.retryable:
                delays = tenant.settings.chat_settings.send_retry_seconds
                wait_s = max(delays[0] if delays else 1, problem.retry_after_s or 0)
                ask_first = problem.maybe_done
                await self._db.write(lambda tx: self._later(tx, tenant, chat.id, entry_id, wait_s, ask_first=ask_first))
            else:
                failure = _Failure(problem.code, problem.message)
                await self._db.write(lambda tx: self._conclude(tx, tenant, entry_id, failure))
        else:
            self._metrics.sends.labels(tenant.id, "sent").inc()
            await self._db.write(lambda tx: self._conclude(tx, tenant, entry_id, message_id))

    async def recover(self, senders: list[str] | None = None) -> int:
        """Give a job to every message whose sender was ended while it sent; return how many."""
        orphans = await self._db.read(lambda conn: unfinished_sends(conn, senders))
        for tenant_id, chat_id, entry_id in orphans:
            tenant = self._tenants.get(tenant_id)
            if tenant is not None:
                await self._db.write(partial(self._recover, tenant=tenant, chat_id=chat_id, entry_id=entry_id))
        return len(orphans)

    async def _job(self, tenant: Tenant, row: JobRow) -> Outcome:
        """Send a stored message as a job (``ref``); asks first whether it was sent before."""
        found = await self._db.read(lambda conn: _waiting_entry(conn, tenant.id, row.ref))
        if found is None:
            return Done()
        chat, entry, _ = found
        try:
            message_id = await self._sent_before(tenant, chat, entry) or await self._call(tenant, chat, entry)
        except ApiError as problem:
            self._metrics.sends.labels(tenant.id, problem.code).inc()
            return await self._failed(tenant, row, problem)
        self._metrics.sends.labels(tenant.id, "sent").inc()
        await self._db.write(lambda tx: self._conclude(tx, tenant, row.ref, message_id))
        return Done()

    async def _failed(self, tenant: Tenant, row: JobRow, problem: ApiError) -> Outcome:
        """Repeat later while there are attempts left; else say in the transcript that it failed, and why."""
        delays = tenant.settings.chat_settings.send_retry_seconds
        if problem.retryable and row.attempts + 1 < len(delays):
            if problem.maybe_done:
                await self._db.write(lambda tx: _ask_first(tx, tenant.id, row.ref))
            return Retry(max(delays[row.attempts + 1], problem.retry_after_s or 0), problem.code)
        failure = _Failure(problem.code, problem.message)
        await self._db.write(lambda tx: self._conclude(tx, tenant, row.ref, failure))
        return Dead(f"{problem.code}: {problem.message}")

    async def _call(self, tenant: Tenant, chat: Chat, entry: Entry) -> str:
        api = tenant.apis.get(chat.service)
        if api is None:
            raise NO_SERVICE.again()
        outgoing: Mapping[str, Any] = orjson.loads(entry.outgoing or "{}")
        body = send_body(
            outgoing["message"],
            entry.id,
            app_id=chat.app_id,
            channel=chat.channel,
            identity=chat.identity,
            contact_id=chat.contact_id,
        )
        try:
            return await api.send(body)
        except ApiError:
            raise
        except Exception as defect:
            # Ours, but no reason to lose the message: it is tried again, and an answer that was lost is asked for.
            _log.exception("send_defect", entry=entry.id)
            raise ApiError("INTERNAL", "The bridge failed to send.", retryable=True, maybe_done=True) from defect

    async def _sent_before(self, tenant: Tenant, chat: Chat, entry: Entry) -> str | None:
        """Return the id of this very message when an earlier attempt reached the API without our knowing."""
        api = tenant.apis.get(chat.service)
        if api is None or not orjson.loads(entry.outgoing or "{}").get("ask_first"):
            return None
        return await api.find_sent(
            SentQuery(entry.id, chat.app_id, chat.channel, chat.identity, chat.contact_id, entry.at_us)
        )

    def _given_up(self, tx: Tx, tenant: Tenant, row: JobRow) -> None:
        """Say in the transcript that the message failed, when that is not said yet."""
        self._conclude(tx, tenant, row.ref, _Failure("INTERNAL", "The bridge could not send the message."))

    def _revived(self, tx: Tx, tenant: Tenant, row: JobRow) -> None:
        """Let a failed message be sent again, unless the API took it; it is asked first."""
        found = entry_by_id(tx.conn, tenant.id, row.ref)
        chat = None if found is None else locked_chat(tx.conn, tenant.id, found.entry.chat_id)
        if found is None or chat is None or found.entry.message_id is not None:
            return
        _ask_first(tx, tenant.id, row.ref)
        again = {"delivery": Delivery.SENDING.value, "delivery_code": None, "delivery_description": None}
        announcer = Announcer(self._hub, tenant, chat)
        change_entry(tx, chat, row.ref, **again)
        announcer.changed_entry(tx, row.ref)
        announcer.save(tx)

    def _recover(self, tx: Tx, tenant: Tenant, chat_id: str, entry_id: str) -> None:
        self._later(tx, tenant, chat_id, entry_id, 0, ask_first=True)

    def _later(self, tx: Tx, tenant: Tenant, chat_id: str, entry_id: str, wait_s: float, *, ask_first: bool) -> None:
        chat = locked_chat(tx.conn, tenant.id, chat_id)
        if chat is None:
            return
        if ask_first:
            _ask_first(tx, tenant.id, entry_id)
        self._jobs.add(tx, chat, JobKind.SEND, entry_id, tenant.clock.now(), after_s=wait_s)
        save_chat(tx, chat)

    def _conclude(self, tx: Tx, tenant: Tenant, entry_id: str, result: str | _Failure) -> None:
        """Write down that a message was taken, or failed; a receipt that was quicker keeps what it said."""
        found = entry_by_id(tx.conn, tenant.id, entry_id)
        chat = None if found is None else locked_chat(tx.conn, tenant.id, found.entry.chat_id)
        if found is None or chat is None:
            return
        current = entry_by_id(tx.conn, tenant.id, entry_id) or found
        if isinstance(result, _Failure):
            if current.entry.delivery != Delivery.SENDING:
                return
            changes: dict[str, Any] = {
                "delivery": Delivery.FAILED.value,
                "delivery_code": result.code,
                "delivery_description": result.description,
            }
        else:
            changes = {"message_id": result}
            if current.entry.delivery == Delivery.SENDING:
                changes["delivery"] = Delivery.SENT.value
        announcer = Announcer(self._hub, tenant, chat)
        change_entry(tx, chat, entry_id, **changes, sender=None)
        announcer.changed_entry(tx, entry_id)
        announcer.save(tx)


def _waiting_entry(conn: Any, tenant: TenantId, entry_id: str) -> tuple[Chat, Entry, bool] | None:
    """Return chat and entry of a message still to be sent, and whether others of its chat wait before it."""
    found: FullEntry | None = entry_by_id(conn, tenant, entry_id)
    if found is None or found.entry.delivery != Delivery.SENDING or found.entry.message_id is not None:
        return None
    chat = locked_chat(conn, tenant, found.entry.chat_id)
    if chat is None:
        return None
    return chat, found.entry, has_open_job(conn, chat.id, JobKind.SEND.value)


def _ask_first(tx: Tx, tenant: TenantId, entry_id: str) -> None:
    """Note in the entry's row that the API must be asked before the message is sent again."""
    found = entry_by_id(tx.conn, tenant, entry_id)
    if found is not None:
        outgoing = {**orjson.loads(found.entry.outgoing or "{}"), "ask_first": True}
        set_outgoing(tx, entry_id, orjson.dumps(outgoing).decode())
