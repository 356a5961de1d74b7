"""Sockets for fronts: one `aiohttp` server a host, closed together."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from aiohttp.http import HttpProcessingError

from fake_channels.core.front import Front


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError | ConnectionError)


PROTOCOL_LOG: Final = logging.getLogger(__name__)
"""For aiohttp's servers: what a caller sends wrongly is answered; its bytes, which may hold tokens, are not logged."""
PROTOCOL_LOG.addFilter(_is_ours)


PORT_OPTION: Final = "--server-port {host}=PORT"


class PortInUse(OSError):
    """Nobody can listen there, mostly because somebody else does; the message says which port and what to do."""


class Servers:
    """Running fronts. `urls` maps host names to where they really listen."""

    def __init__(self, bind: str = "127.0.0.1", port_option: str = PORT_OPTION) -> None:
        self._bind = bind
        self._port_option = port_option
        """How whoever started this chooses another port, for the message that names it."""
        self._stack = AsyncExitStack()
        self.urls: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def start(self, front: Front, port: int) -> str:
        """Listen on `port` (0 picks a free one); returns the base URL.

        Raises:
            PortInUse: somebody else listens there.
        """
        server = web.Server(front, access_log=None, logger=PROTOCOL_LOG)
        runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        try:
            site = web.TCPSite(runner, self._bind, port, backlog=1_024)
            await site.start()
        except OSError as error:
            what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
            raise PortInUse(
                f"port {port} for the {front.host.name} server {what}: choose another with "
                f"{self._port_option.format(host=front.host.name)} (0 picks a free one)"
            ) from error
        bound = runner.addresses[0][1]
        url = f"http://{self._bind}:{bound}"
        self.urls[front.host.name] = url
        return url


def calm_collector() -> None:
    """Call it once everything listens: what start-up made lives for ever and need not be looked at again.

    What a server makes afterwards is almost free of cycles, so seldom is often enough.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def loop_factory() -> asyncio.AbstractEventLoop:
    """The fastest event loop that is installed."""
    try:
        import uvloop  # noqa: PLC0415  optional: absent where no wheel exists
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
