"""The yardstick: a bare aiohttp server that reads JSON and answers JSON, as a program of its own.

`plain` is what a reader of aiohttp's manual writes (standard json, asyncio's own loop), without access log. `tuned` is
the same handler with orjson and the fastest loop installed: what aiohttp can do at best.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import orjson
from aiohttp import web

from fake_channels.core.serving import loop_factory


def _orjson(value: Any) -> str:
    return orjson.dumps(value).decode()


async def plain(request: web.Request) -> web.Response:
    """Answer with what was sent."""
    return web.json_response(await request.json())


async def tuned(request: web.Request) -> web.Response:
    """Answer with what was sent, by way of orjson."""
    return web.json_response(await request.json(loads=orjson.loads), dumps=_orjson)


async def _serve(kind: str) -> None:
    app = web.Application()
    app.router.add_post("/{path:.*}", tuned if kind == "tuned" else plain)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1_024).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    sys.stdout.write(json.dumps({"ready": True, "url": url}) + "\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), _until_end, closed)
    await closed.wait()
    await runner.cleanup()


def _until_end(closed: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4_096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        closed.set()


def main() -> None:
    """Serve until standard input ends."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "plain"
    with asyncio.Runner(loop_factory=loop_factory if kind == "tuned" else None) as runner:
        runner.run(_serve(kind))


if __name__ == "__main__":
    main()
