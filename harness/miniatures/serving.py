"""Serve a miniature bridge, on a running loop or in a thread of its own."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from harness.loop import LoopThread
from harness.miniatures.bridge import MiniBridge
from harness.miniatures.defects import BY_NAME
from harness.miniatures.server import Face

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

CORRECT = "correct"


@asynccontextmanager
async def served(name: str, port: int = 0) -> AsyncIterator[MiniBridge]:
    """Serve the named miniature while the context lasts; it knows its `base_url`."""
    kind = MiniBridge if name == CORRECT else BY_NAME[name].bridge
    async with aiohttp.ClientSession() as session:
        bridge = kind(session)
        runner = web.AppRunner(Face(bridge, f"miniature {name}").app(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            bridge.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield bridge
        finally:
            await runner.cleanup()


@contextmanager
def in_thread(name: str) -> Iterator[str]:
    """Serve the named miniature on a loop of its own and give its URL."""
    with LoopThread(f"miniature-{name}") as loop:
        context = served(name)
        bridge = loop.run(context.__aenter__())
        try:
            yield bridge.base_url
        finally:
            loop.run(context.__aexit__(None, None, None))
