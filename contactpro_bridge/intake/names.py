"""Customers' names, looked up after their message is shown: at once in the background, then as a durable job."""

import structlog

from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.clients.api import ApiError
from contactpro_bridge.ids import hex32
from contactpro_bridge.intake.apply import learn_name
from contactpro_bridge.jobs.board import Board
from contactpro_bridge.jobs.room import Dead, Done, JobKind, Jobs, Outcome, Retry
from contactpro_bridge.store.chats import locked_chat, save_chat
from contactpro_bridge.store.database import Database, Tx
from contactpro_bridge.store.jobs import JobRow
from contactpro_bridge.tasks import Tasks
from contactpro_bridge.tenants import Tenant

_log = structlog.get_logger(__name__)

RETRY_SECONDS = (5, 60, 600)


class Names:
    """Looks names up; many messages of one contact share one look-up."""

    def __init__(self, db: Database, hub: Hub, jobs: Jobs, tasks: Tasks, board: Board) -> None:
        self._db = db
        self._hub = hub
        self._jobs = jobs
        self._tasks = tasks
        self._board = board
        self._under_way: set[tuple[str, str]] = set()
        jobs.handle(JobKind.LOOKUP, self.job)

    def look_up(self, tenant: Tenant, service: str, contact_id: str, chat_id: str) -> None:
        """Begin to look up a contact's name."""
        if (tenant.id, contact_id) in self._under_way:
            return
        self._under_way.add((tenant.id, contact_id))
        key = hex32()
        self._board.queued(key, tenant.id, f"name:{key}", f"name of {contact_id}")
        self._board.running(key)
        self._tasks.spawn(self._first_try(tenant, service, contact_id, chat_id, key), "look-up-name")

    async def _first_try(self, tenant: Tenant, service: str, contact_id: str, chat_id: str, key: str) -> None:
        try:
            await self._fetch(tenant, service, contact_id)
        except ApiError as problem:
            if problem.retryable:
                await self._db.write(lambda tx: self._later(tx, tenant, chat_id))
            else:
                _log.warning("name_not_found", tenant=tenant.id, code=problem.code)
        finally:
            self._under_way.discard((tenant.id, contact_id))
            self._board.done(key)

    async def job(self, tenant: Tenant, row: JobRow) -> Outcome:
        """Look up the name for a chat (``ref``), as a job."""
        chat = await self._db.read(lambda conn: locked_chat(conn, tenant.id, row.ref))
        if chat is None or not chat.contact_id:
            return Done()
        try:
            await self._fetch(tenant, chat.service, chat.contact_id)
        except ApiError as problem:
            if problem.retryable and row.attempts < len(RETRY_SECONDS):
                return Retry(RETRY_SECONDS[row.attempts], problem.code)
            return Dead(f"{problem.code}: {problem.message}")
        return Done()

    async def _fetch(self, tenant: Tenant, service: str, contact_id: str) -> None:
        api = tenant.apis.get(service)
        if api is None:
            return
        name = await api.contact_name(contact_id)
        now_us = tenant.clock.now()
        await self._db.write(lambda tx: learn_name(tx, self._hub, tenant, contact_id, name, now_us))

    def _later(self, tx: Tx, tenant: Tenant, chat_id: str) -> None:
        chat = locked_chat(tx.conn, tenant.id, chat_id)
        if chat is not None:
            self._jobs.add(tx, chat, JobKind.LOOKUP, chat.id, tenant.clock.now(), after_s=RETRY_SECONDS[0])
            save_chat(tx, chat)
