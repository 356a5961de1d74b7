"""Run a lab until it is told to end: servers, control API, ready line, clean shutdown."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import web

from fake_channels.core.serving import PROTOCOL_LOG, PortInUse, calm_collector, loop_factory
from harness.lab import api
from harness.lab.lab import Lab
from harness.lab.settings import LabSettings

Extend = Callable[[web.Application, Lab], Awaitable[None]]
OnReady = Callable[[dict[str, Any]], Awaitable[None]]


def run(
    settings: LabSettings,
    *,
    extend: Extend | None = None,
    on_ready: OnReady | None = None,
    die_with_parent: bool = False,
) -> None:
    """Serve until SIGTERM, Ctrl-C, or (with `die_with_parent`) the end of standard input.

    `extend` may add routes to the control API's application; `on_ready` is awaited once everything listens.

    Raises:
        PortInUse: with the option that chooses another port.
    """
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_serve(settings, extend, on_ready or _print_ready, die_with_parent=die_with_parent))


async def _serve(settings: LabSettings, extend: Extend | None, on_ready: OnReady, *, die_with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if die_with_parent:
        loop.add_reader(sys.stdin.fileno(), _on_input, loop, stop)
    async with Lab(settings) as lab:
        app = api.application(lab)
        runner = web.AppRunner(app, access_log=None, logger=PROTOCOL_LOG, shutdown_timeout=0.5)
        try:
            if extend is not None:
                await extend(app, lab)
            await runner.setup()
            url = await _listen(runner, settings)
            calm_collector()
            await on_ready({"ready": True, "control_url": url, "addresses": lab.addresses})
            await stop.wait()
        finally:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: LabSettings) -> str:
    site = web.TCPSite(runner, settings.bind, settings.control_port)
    try:
        await site.start()
    except OSError as error:
        raise PortInUse(
            f"port {settings.control_port} for the control API is in use: choose another with --port (0: any)"
        ) from error
    return f"http://{settings.bind}:{runner.addresses[0][1]}"


async def _print_ready(document: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(document).decode() + "\n")
    sys.stdout.flush()


def _on_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with suppress(OSError):
        if os.read(sys.stdin.fileno(), 65_536):
            return
    loop.remove_reader(sys.stdin.fileno())
    stop.set()
