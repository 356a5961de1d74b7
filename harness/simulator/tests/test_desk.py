"""The desk's JSON calls: what a page may make of them, and what it may not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from harness.drivers.contract import Driver, TenantId
from harness.lab import api
from harness.lab.lab import Lab
from harness.lab.settings import LabSettings
from harness.simulator import desk, evening


class Refusing:
    """A driver that must not be reached: every call of it is noted."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: self.calls.append(name)


class Desk:
    """The served desk over a driver that must not be reached."""

    def __init__(self, url: str, driver: Refusing, session: aiohttp.ClientSession) -> None:
        self.url, self.driver, self.session = url, driver, session

    async def call(self, method: str, path: str, body: Any = None) -> int:
        """The status of one call."""
        async with self.session.request(method, URL(self.url + path, encoded=True), json=body) as response:
            return response.status


@pytest.fixture
async def served() -> AsyncIterator[Desk]:
    """A lab with a desk, without a subject."""
    driver = Refusing()
    async with Lab(LabSettings(control_port=0, free_ports=True)) as lab, aiohttp.ClientSession() as session:
        app = api.application(lab)
        shown = await evening.begin(lab, None, cast("Any", None), "desk")
        shown.driver, shown.tenant = cast("Driver", driver), TenantId("x")
        desk.add_routes(app, shown)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Desk(f"http://127.0.0.1:{runner.addresses[0][1]}", driver, session)
        await runner.cleanup()


@pytest.mark.parametrize("name", ["%2e%2e", "..%2F..%2Fadmin", "x%3Ftoken", "x%23", "x%2525", "x%00", "x%0d%0aA:b"])
async def test_an_id_leads_nowhere_else_in_the_subject(served: Desk, name: str) -> None:
    """The ids of a page become part of the subject's paths, and are sent with the agent's token."""
    assert await served.call("GET", f"/desk/v1/files/{name}") == 404
    assert await served.call("GET", f"/desk/v1/chats/{name}/transcript") == 404
    for path in (f"{name}:accept", f"{name}:end", f"{name}/messages"):
        assert await served.call("POST", f"/desk/v1/chats/{path}", {"text": "hi"}) == 404
    assert served.driver.calls == []


@pytest.mark.parametrize("mime", ["text/html\r\nX-Evil: 1", "text/html\n", "x" * 201, "image/é"])
async def test_a_media_type_is_no_header(served: Desk, mime: str) -> None:
    """It becomes one on the way to the subject."""
    file = {"name": "a", "mime": mime, "data_base64": "AA=="}
    assert await served.call("POST", "/desk/v1/chats/x/messages", {"file": file}) == 400
    assert served.driver.calls == []


async def test_the_clock_of_the_page_has_bounds_too(served: Desk) -> None:
    """A jump beyond the calendar is the page's mistake."""
    for by in ("1" * 1_000, "x", "1000000w"):
        assert await served.call("POST", "/desk/v1/clock:advance", {"by": by}) == 400
