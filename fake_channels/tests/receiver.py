"""Whoever is called back: a real server on the loopback that keeps what it gets and answers by script."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

import orjson
from aiohttp import web


class Received(NamedTuple):
    """One request as it came in; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body."""
        return orjson.loads(self.body)


class Receiver:
    """Answers 200 unless `script` holds statuses to give first, or `respond` makes the answer itself."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.script: list[int] = []
        self.respond: Callable[[Received], web.Response] | None = None
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/callback"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(request.method, request.path_qs, headers, await request.content.read())
        self.received.append(received)
        if self.respond is not None:
            return self.respond(received)
        return web.Response(status=self.script.pop(0) if self.script else 200)
