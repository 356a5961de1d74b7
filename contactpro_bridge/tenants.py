"""The tenants of a process: settings, clock and API clients of each, and who an agent's token belongs to.

Settings live in the store; this is their working copy. Webhooks find their tenant by path, agents by token.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import orjson
import structlog

from contactpro_bridge.chats.routing import find_queue
from contactpro_bridge.clients.api import ApiFactory, ConversationApi
from contactpro_bridge.clock import ClockMode, TenantClock
from contactpro_bridge.errors import Refusal
from contactpro_bridge.ids import TenantId
from contactpro_bridge.settings.tenant import AgentSettings, QueueSettings, ServiceSettings, TenantSettings, digest
from contactpro_bridge.store import small
from contactpro_bridge.store.database import Database, Tx

_log = structlog.get_logger(__name__)


@dataclass
class Tenant:
    """One tenant at work."""

    id: TenantId
    settings: TenantSettings
    clock: TenantClock
    apis: Mapping[str, ConversationApi]
    revision: int = 0
    services: Mapping[str, ServiceSettings] = field(init=False)
    queues: Mapping[str, QueueSettings] = field(init=False)
    send_locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.services = {service.name: service for service in self.settings.services}
        self.queues = {queue.name: queue for queue in self.settings.queues}

    def queue_for(self, service: str, app_id: str, channel: str) -> str | None:
        """Return the name of the queue that a new chat lands in, None when there is none for it."""
        return find_queue(
            self.settings.routes, self.settings.catch_all_queue, service=service, app_id=app_id, channel=channel
        )

    def send_lock(self, chat_id: str) -> asyncio.Lock:
        """Return the lock that keeps a chat's outgoing messages in order; it lives while somebody needs it."""
        return self.send_locks.setdefault(chat_id, asyncio.Lock())


@dataclass(frozen=True)
class Caller:
    """An agent who showed a token that is known."""

    tenant: Tenant
    agent: AgentSettings

    @property
    def id(self) -> str:
        """Return the agent's id."""
        return self.agent.agent_id

    def may(self, right: str) -> bool:
        """Say whether the agent has a right."""
        return right in self.agent.rights

    def serves(self, queue: str | None) -> bool:
        """Say whether the agent serves a queue; a chat outside every queue is everybody's."""
        return queue is None or self.agent.queues is None or queue in self.agent.queues


class Tenants:
    """All tenants."""

    def __init__(self, db: Database, make_api: ApiFactory) -> None:
        self._db = db
        self._make_api = make_api
        self._tenants: dict[str, Tenant] = {}
        self._callers: dict[str, Caller] = {}
        self._changing = asyncio.Lock()
        self.on_delete: list[Callable[[TenantId], Awaitable[None]]] = []

    async def load(self) -> None:
        """Read every tenant from the store."""
        for stored in await self._db.read(small.stored_tenants):
            self._install(stored)

    async def refresh(self) -> None:
        """Read again what another process has changed."""
        revisions = await self._db.read(small.tenant_revisions)
        for gone in [name for name in self._tenants if name not in revisions]:
            self._forget(TenantId(gone))
        if any(
            name not in self._tenants or self._tenants[name].revision != revision
            for name, revision in revisions.items()
        ):
            for stored in await self._db.read(small.stored_tenants):
                known = self._tenants.get(stored.id)
                if known is None or known.revision != stored.revision:
                    self._install(stored)

    def get(self, name: str) -> Tenant | None:
        """Return a tenant by its name."""
        return self._tenants.get(name)

    def all(self) -> list[Tenant]:
        """Return every tenant."""
        return list(self._tenants.values())

    def caller(self, token: str) -> Caller | None:
        """Return the agent whose token this is; looked up by digest, so that timing tells nothing about tokens."""
        wanted = digest(token)
        found = self._callers.get(wanted)
        if found is None or not hmac.compare_digest(found.agent.token_sha256, wanted):
            return None
        return found

    async def put(self, name: TenantId, settings: TenantSettings, now_us: int) -> Tenant:
        """Create a tenant, or replace its settings; one after another, so that memory and store agree on the last."""
        async with self._changing:
            return await self._put(name, settings, now_us)

    async def _put(self, name: TenantId, settings: TenantSettings, now_us: int) -> Tenant:
        for agent in settings.agents:
            owner = self._callers.get(agent.token_sha256)
            if owner is not None and owner.tenant.id != name:
                raise Refusal(
                    409,
                    "token_in_use",
                    f"The token of agent {agent.name!r} already belongs to an agent of another tenant.",
                    "Give every agent a token of their own.",
                )
        text = settings.model_dump_json()

        def save(tx: Tx) -> int:
            return small.save_tenant(tx, name, text, now_us)

        known = self._tenants.get(name)
        if known is not None and known.settings == settings:
            return known
        revision = await self._db.write(save)
        clock = known.clock if known is not None else TenantClock()
        return self._add(name, settings, clock, revision)

    async def delete(self, name: TenantId) -> bool:
        """Delete a tenant with everything that belongs to it; say whether there was one."""
        async with self._changing:
            if name not in self._tenants:
                return False
            for tidy in self.on_delete:  # while it can still fail: whoever deletes can try again
                await tidy(name)
            self._forget(name)
            await self._db.write(lambda tx: small.delete_tenant(tx, name))
            for tidy in self.on_delete:  # what came in the meantime
                await tidy(name)
            return True

    async def save_clock(self, tenant: Tenant) -> None:
        """Store how a tenant's clock is set."""
        clock = tenant.clock
        value = clock.now() if clock.mode is ClockMode.MANUAL else clock.offset_us
        revision = await self._db.write(lambda tx: small.save_clock(tx, tenant.id, clock.mode.value, value))
        tenant.revision = tenant.revision if revision is None else revision

    def _install(self, stored: small.StoredTenant) -> None:
        try:
            settings = TenantSettings.model_validate(orjson.loads(stored.settings))
        except ValueError:
            # Written by another release; its webhooks get 404 until it is configured again.
            _log.exception("tenant_settings_unusable", tenant=stored.id)
            return
        known = self._tenants.get(stored.id)
        clock = TenantClock() if known is None else known.clock
        clock.adopt(ClockMode(stored.clock_mode), stored.clock_us)
        self._add(stored.id, settings, clock, stored.revision)

    def _add(self, name: TenantId, settings: TenantSettings, clock: TenantClock, revision: int) -> Tenant:
        known = self._tenants.get(name)
        apis = {service.name: self._make_api(service, clock) for service in settings.services}
        tenant = Tenant(
            name,
            settings,
            clock,
            apis,
            revision,
            send_locks=WeakValueDictionary() if known is None else known.send_locks,
        )
        self._forget_callers(name)
        self._tenants[name] = tenant
        for agent in settings.agents:
            self._callers[agent.token_sha256] = Caller(tenant, agent)
        return tenant

    def _forget(self, name: TenantId) -> None:
        self._forget_callers(name)
        gone = self._tenants.pop(name, None)
        if gone is not None:
            gone.clock.close()

    def _forget_callers(self, name: str) -> None:
        for token in [token for token, caller in self._callers.items() if caller.tenant.id == name]:
            del self._callers[token]
