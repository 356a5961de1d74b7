"""The bridge, joined: every room made once, in order, and ended in the opposite order.

Clock, API clients, downloads and the job queue are handed in, so a test replaces any of them.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
import structlog
from aiohttp import web

from contactpro_bridge.admin.document import PATH as ADMIN_DOCUMENT
from contactpro_bridge.admin.document import admin_document
from contactpro_bridge.admin.server import AdminRoutes
from contactpro_bridge.agent.chats import ChatRoutes
from contactpro_bridge.agent.consents import ConsentRoutes
from contactpro_bridge.agent.document import PATH as AGENT_DOCUMENT
from contactpro_bridge.agent.document import agent_document
from contactpro_bridge.agent.events import EventRoutes
from contactpro_bridge.agent.files import FileRoutes
from contactpro_bridge.agent.openapi import OpenApiRoutes
from contactpro_bridge.agent.web_json import errors_as_json
from contactpro_bridge.attachments.public import PublicFile, PublicLinks
from contactpro_bridge.attachments.share import Share
from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.clients.api import ApiFactory
from contactpro_bridge.clock import DAY_US, SECOND_US, wall_now_us
from contactpro_bridge.ids import TenantId
from contactpro_bridge.intake.apply import Intake
from contactpro_bridge.intake.downloads import Downloads, Fetches
from contactpro_bridge.intake.names import Names
from contactpro_bridge.intake.server import WebhookServer
from contactpro_bridge.jobs.board import Board
from contactpro_bridge.jobs.engine import JobEngine
from contactpro_bridge.jobs.room import Jobs
from contactpro_bridge.metrics import Metrics
from contactpro_bridge.operations import OperationsRoutes
from contactpro_bridge.outbound.compose import Composer
from contactpro_bridge.outbound.outbox import Outbox
from contactpro_bridge.settings.server import ServerSettings
from contactpro_bridge.store import small
from contactpro_bridge.store.database import Database
from contactpro_bridge.store.tables import attachments, public_files
from contactpro_bridge.tasks import Tasks
from contactpro_bridge.tenants import Tenants

_log = structlog.get_logger(__name__)

FIRST_TIDY_SECONDS: Final = 60.0
HOUR_SECONDS: Final = 3600.0


@dataclass(frozen=True)
class Parts:
    """What is handed in."""

    settings: ServerSettings
    db: Database
    share: Share
    make_api: ApiFactory
    fetcher: Fetches
    engine: JobEngine
    tasks: Tasks
    own_url: str
    sender: str = "bridge"


@dataclass
class Bridge:
    """A bridge that can be served."""

    parts: Parts
    app: web.Application
    tenants: Tenants
    jobs: Jobs
    hub: Hub
    composer: Composer
    outbox: Outbox
    metrics: Metrics

    async def start(self) -> None:
        """Read the tenants, take up what was left undone, and run jobs."""
        await self.tenants.load()
        for name, settings in self.parts.settings.tenants.items():
            await self.tenants.put(TenantId(name), settings, wall_now_us())
        await self.jobs.start()
        if self.parts.db.is_sqlite:
            await self.outbox.recover()
        self.parts.tasks.spawn(self._tidy_forever(), "tidy")

    async def stop(self) -> None:
        """End streams and jobs; what is undone is taken up by the next start."""
        self.hub.close()
        await self.jobs.stop()
        for tenant in self.tenants.all():
            tenant.clock.close()

    async def _tidy_forever(self) -> None:
        """Delete what is kept no longer: soon after the start, then once an hour."""
        wait_s = FIRST_TIDY_SECONDS
        while True:
            await asyncio.sleep(wait_s)  # noqa: TID251 - housekeeping follows the machine, not a tenant's clock
            wait_s = HOUR_SECONDS
            try:
                await self.tidy()
            except Exception:  # noqa: BLE001 - housekeeping is tried again in an hour
                _log.exception("tidy_failed")

    async def tidy(self) -> None:
        """Delete old callbacks, ended jobs, old dead letters, and what crashes left on the share."""
        # A callback that would still be believed must be known as a repetition.
        believed_s = max((t.settings.chat_settings.webhook_max_age_seconds for t in self.tenants.all()), default=0)
        keep_us = max(self.parts.settings.storage.raw_event_days * DAY_US, believed_s * SECOND_US)
        before_us = wall_now_us() - keep_us
        deleted = await self.parts.db.write(lambda tx: small.forget_raw_events(tx, before_us))
        await self.jobs.tidy(before_us)
        await self.parts.share.sweep(datetime.now(UTC) - timedelta(days=1))
        _log.info("tidied", raw_events=deleted)


def build(parts: Parts) -> Bridge:
    """Join the rooms."""
    settings, db, tasks = parts.settings, parts.db, parts.tasks
    metrics, hub, board = Metrics(), Hub(), Board()
    tenants = Tenants(db, parts.make_api)
    jobs = Jobs(db, parts.engine, tenants, board)
    names = Names(db, hub, jobs, tasks, board)
    outbox = Outbox(db, hub, jobs, tenants, metrics, parts.sender)
    composer = Composer(db, hub, parts.sender, parts.own_url)
    Downloads(db, hub, jobs, parts.share, parts.fetcher, metrics, settings.jobs.max_downloads)
    intake = Intake(hub, jobs, names.look_up)

    async def forget(tenant: TenantId) -> None:
        await parts.share.delete_tenant(tenant)
        board.forget_tenant(tenant)
        hub.close_tenant(tenant)

    tenants.on_delete.append(forget)
    app = web.Application(middlewares=[errors_as_json(metrics)], client_max_size=settings.server.webhook_max_bytes)
    admin = AdminRoutes(tenants, jobs, settings.admin.token, parts.own_url, settings.lab.allow_clock_control)
    for routes in (
        OperationsRoutes(db, jobs, metrics),
        OpenApiRoutes({AGENT_DOCUMENT: agent_document, ADMIN_DOCUMENT: admin_document}),
        admin,
        ChatRoutes(db, hub, tenants, composer, outbox),
        FileRoutes(db, tenants, parts.share),
        ConsentRoutes(db, tenants),
        EventRoutes(hub, tenants, tasks, metrics, settings.server.max_websockets),
        WebhookServer(db, tenants, intake, metrics, settings.server.webhook_max_bytes),
    ):
        routes.add_to(app)
    links = PublicLinks(_Records(db), parts.share, lambda name: _TenantTime(tenants, name))
    app.router.add_routes(links.routes())
    return Bridge(parts, app, tenants, jobs, hub, composer, outbox, metrics)


class _Records:
    """Published files, as the public links ask for them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, token: str) -> PublicFile | None:
        """Return the record of a token, expired or not."""
        query = (
            sa.select(public_files, attachments.c.sha256)
            .join(attachments, attachments.c.id == public_files.c.attachment_id)
            .where(public_files.c.token == token)
        )
        row = await self._db.read(lambda conn: conn.execute(query).first())
        if row is None:
            return None
        return PublicFile(
            token=row.token,
            tenant=row.tenant,
            attachment_id=row.attachment_id,
            name=row.name,
            mime=row.mime,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            published_at=_aware(row.published_us),
            expires_at=_aware(row.expires_us),
        )


class _TenantTime:
    """A tenant's clock as the public links read it."""

    def __init__(self, tenants: Tenants, name: str) -> None:
        self._tenants = tenants
        self._name = name

    def now(self) -> datetime:
        """Return the present; of a tenant that is gone, the machine's."""
        tenant = self._tenants.get(self._name)
        return _aware(wall_now_us() if tenant is None else tenant.clock.now())


def _aware(moment_us: int) -> datetime:
    seconds, micros = divmod(moment_us, SECOND_US)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)
