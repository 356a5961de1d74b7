"""`bridgelab up`: the lab, a subject and the page in one command, until Ctrl-C.

The lab lives in this process, the reference bridge in one of its own. The world that the page shows is made once
everything listens.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from harness.bench import make_driver
from harness.drivers.contract import Driver
from harness.lab import serve
from harness.lab.lab import Lab
from harness.lab.settings import LabSettings
from harness.launch import Launcher
from harness.outcomes import ConfigurationProblem
from harness.simulator import desk, evening, pages
from harness.subject import Addresses, Subject

BRIDGE_PORT: Final = 8610

Tell = Callable[[str], None]


def up(settings: LabSettings, subject: Subject | None, *, bridge_port: int, seed: str | None, tell: Tell) -> None:
    """Serve lab, subject and page until told to end; `tell` prints a line for the person who waits.

    Raises:
        PortInUse: a port is taken; the message names the option.
        Problem: the subject cannot be started or reached.
    """
    with tempfile.TemporaryDirectory(prefix="bridgelab-") as folder:
        stage = _Stage(subject, Path(folder), bridge_port, seed, tell)
        serve.run(settings, extend=stage.extend, on_ready=stage.ready)


class _Stage:
    """What `up` adds to a lab: the subject's process, its driver, the world of the page."""

    def __init__(self, subject: Subject | None, folder: Path, bridge_port: int, seed: str | None, tell: Tell) -> None:
        self._subject = subject
        self._folder = folder
        self._bridge_port = bridge_port
        self._seed = seed
        self._tell = tell
        self._stack = AsyncExitStack()
        self._bridge_url = ""

    async def extend(self, app: web.Application, lab: Lab) -> None:
        """Start the subject, make the world, add page and desk."""
        app.on_cleanup.append(self._close)
        pages.add_routes(app)
        shown = await evening.begin(lab, await self._driver(), self._addresses(), self._seed)
        desk.add_routes(app, shown)

    async def ready(self, document: dict[str, Any]) -> None:
        """Say where everything is."""
        lines = [
            f"simulator    {document['control_url']}/",
            f"control API  {document['control_url']}/lab/v1/openapi.json",
            *(f"{name:<12} {url}" for name, url in document["addresses"].items()),
        ]
        if self._bridge_url:
            lines.append(f"{'bridge':<12} {self._bridge_url}")
        for line in [*lines, "Ctrl-C ends it."]:
            self._tell(line)

    async def _driver(self) -> Driver | None:
        if self._subject is None:
            return None
        subject = self._subject
        if subject.start:
            subject = await asyncio.to_thread(self._start_bridge, subject)
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        return make_driver(subject, session)

    def _start_bridge(self, subject: Subject) -> Subject:
        launcher = Launcher(self._folder)
        self._stack.callback(launcher.close)
        self._tell("starting the reference bridge …")
        try:
            address = launcher.bridge(port=self._bridge_port)
        except ConfigurationProblem as problem:
            hint = "choose another port with --bridge-port (0 picks a free one), or use --no-bridge"
            raise ConfigurationProblem(str(problem), hint) from problem
        self._bridge_url = address.url
        return subject.model_copy(update={"url": address.url, "token": address.admin_token, "token_env": None})

    def _addresses(self) -> Addresses:
        return self._subject.addresses if self._subject is not None else Addresses()

    async def _close(self, _: web.Application) -> None:
        await self._stack.aclose()
