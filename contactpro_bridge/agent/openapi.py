"""The OpenAPI documents of the agent and admin APIs, served as they are written."""

from pathlib import Path
from typing import Final

import orjson
from aiohttp import web

from contactpro_bridge.agent.web_json import json_response

_FOLDER: Final = Path(__file__).parent


class OpenApiRoutes:
    """The two documents."""

    def __init__(self) -> None:
        self._agent = orjson.loads((_FOLDER / "openapi.json").read_bytes())
        self._admin = orjson.loads((_FOLDER.parent / "admin" / "openapi.json").read_bytes())

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/agent/v1/openapi.json", self.agent)
        app.router.add_get("/admin/v1/openapi.json", self.admin)

    async def agent(self, _request: web.Request) -> web.Response:
        """Return the agent API's document."""
        return json_response(self._agent)

    async def admin(self, _request: web.Request) -> web.Response:
        """Return the admin API's document."""
        return json_response(self._admin)
