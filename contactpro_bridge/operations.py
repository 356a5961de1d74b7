"""What operators and their tools ask a running bridge: is it alive, is it ready, what does it count."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import sqlalchemy as sa
from aiohttp import web

from contactpro_bridge.agent.web_json import json_response
from contactpro_bridge.chats.channels import CHANNELS
from contactpro_bridge.jobs.room import Jobs
from contactpro_bridge.metrics import Metrics
from contactpro_bridge.store.database import Database

VERSION: Final = version("bridgelab")


@dataclass(frozen=True)
class OperationsRoutes:
    """/health, /ready and /metrics."""

    db: Database
    jobs: Jobs
    metrics: Metrics

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/health", self.health)
        app.router.add_get("/ready", self.ready)
        app.router.add_get("/metrics", self.show_metrics)

    async def health(self, _request: web.Request) -> web.Response:
        """Say that the process answers, which version of the bridge it is, and which channels it knows."""
        return json_response({"status": "ok", "version": VERSION, "channels": list(CHANNELS)})

    async def ready(self, _request: web.Request) -> web.Response:
        """Say whether work can be taken: the database answers, and jobs are run."""
        try:
            await self.db.read(lambda conn: conn.execute(sa.text("SELECT 1")).scalar())
            database = True
        except sa.exc.SQLAlchemyError:
            database = False
        jobs = self.jobs.healthy()
        ready = database and jobs
        body = {"status": "ready" if ready else "not_ready", "database": database, "jobs": jobs}
        return json_response(body, 200 if ready else 503)

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Return what Prometheus reads."""
        for standing, count in self.jobs.board.counts().items():
            self.metrics.jobs.labels(standing).set(count)
        return web.Response(body=self.metrics.render(), content_type="text/plain", charset="utf-8")
