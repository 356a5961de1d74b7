"""What several tests of the harness need: a server that answers what it is told to, on a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from harness.loop import LoopThread


@dataclass
class Asked:
    """One request that the stub server got."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class StubServer:
    """Answers by (method, path); what it was asked stays for the test to look at."""

    url: str = ""
    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Any = None, status: int = 200) -> None:
        """Give this answer from now on; bytes are sent as they are, anything else as JSON."""
        self.answers[method, path] = (status, body)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer, or say 404 in the envelope that lab and drivers share."""
        content = await request.read()
        try:
            body = msgspec.json.decode(content) if content else None
        except msgspec.DecodeError:
            body = content
        self.asked.append(Asked(request.method, request.path, dict(request.query), dict(request.headers), body))
        unknown = {"error": {"code": "unknown", "message": f"no {request.method} {request.path}", "hint": "ask less"}}
        status, said = self.answers.get((request.method, request.path), (404, unknown))
        if isinstance(said, bytes):
            return web.Response(body=said, status=status)
        return web.Response(
            body=b"" if said is None else msgspec.json.encode(said), status=status, content_type="application/json"
        )

    async def start(self) -> web.AppRunner:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner


@pytest.fixture(scope="session")
def loop_thread() -> Iterator[LoopThread]:
    """One loop for every client and server of these tests."""
    with LoopThread("harness-tests") as loop:
        yield loop


@pytest.fixture
def stub(loop_thread: LoopThread) -> Iterator[StubServer]:
    """A server that answers what the test tells it to."""
    server = StubServer()
    runner = loop_thread.run(server.start())
    yield server
    loop_thread.run(runner.cleanup())


@pytest.fixture
def session(loop_thread: LoopThread) -> Iterator[aiohttp.ClientSession]:
    """An open client session on the shared loop."""

    async def opened() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    made = loop_thread.run(opened())
    yield made
    loop_thread.run(made.close())
