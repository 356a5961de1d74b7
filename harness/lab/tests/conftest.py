"""A running lab with its control API on free ports, and a subject that only listens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from harness.lab import api
from harness.lab.lab import Lab
from harness.lab.settings import LabSettings

Json = dict[str, Any]


@dataclass
class Control:
    """A client of the control API, as a program on this machine would write it."""

    url: str
    session: aiohttp.ClientSession
    lab: Lab

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Status and decoded body; JSON goes out unless `data` is given."""
        if "data" not in options and method != "GET":
            options["json"] = {} if body is None else body
        async with self.session.request(method, f"{self.url}{path}", **options) as response:
            decode = response.json if response.content_type == "application/json" else response.read
            return response.status, await decode()

    async def world(self, **wish: Any) -> Json:
        """A new world with a clock held by hand, unless the wish says otherwise."""
        wish.setdefault("clock", {"mode": "manual", "start": "2026-03-02T09:00:00Z"})
        status, document = await self.call("POST", "/lab/v1/worlds", wish)
        assert status == 201, document
        made: Json = document
        return made

    async def customer(self, world: Json, **wish: Any) -> Json:
        """A new customer in a world."""
        status, document = await self.call("POST", f"/lab/v1/worlds/{world['world']}/customers", wish)
        assert status == 201, document
        made: Json = document
        return made

    def phone(self, world: Json, customer: Json, channel: str) -> str:
        """The path of a customer's phone."""
        return f"/lab/v1/worlds/{world['world']}/phones/{channel}/{customer['phones'][channel]['identity']}"


@dataclass
class Subject:
    """Whatever the gateway calls back: it keeps everything and answers 200."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: web.BaseRequest) -> web.Response:
        """Keep one callback."""
        self.bodies.append(await request.read())
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response()


@pytest.fixture
async def subject() -> AsyncIterator[Subject]:
    """A subject that listens."""
    made = Subject()
    runner = web.ServerRunner(web.Server(made.take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def serve(settings: LabSettings) -> AsyncIterator[Control]:
    """A lab and its control API until the iterator is closed."""
    async with Lab(settings) as lab, aiohttp.ClientSession() as session:
        runner = web.AppRunner(api.application(lab), shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Control(f"http://127.0.0.1:{runner.addresses[0][1]}", session, lab)
        await runner.cleanup()


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    """A lab without a control token."""
    async for made in serve(LabSettings(control_port=0, free_ports=True)):
        yield made
