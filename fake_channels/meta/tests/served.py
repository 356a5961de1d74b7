"""A served channel of the family for clients that block: each of their calls runs in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar

from aiohttp import web

from fake_channels.core.alone import Alone
from fake_channels.core.contract import Channel
from fake_channels.core.handset import Handset, SendText
from fake_channels.meta.tests.calls import MP4, PDF, PNG
from fake_channels.tests.receiver import Received, Receiver

P = ParamSpec("P")
R = TypeVar("R")
START: Final = 1_700_000_000_000
_FILES: Final = {"png": (PNG, "image/png"), "mp4": (MP4, "video/mp4"), "pdf": (PDF, "application/pdf")}


def _give(received: Received) -> web.Response:
    data, mime = _FILES[received.path.rpartition(".")[2]]
    return web.Response(body=data, content_type=mime)


class Served:
    """The channel, whoever serves its account, a place with files, and a customer whose window is open."""

    def __init__(self, channel: Channel[Any]) -> None:
        self._stack = AsyncExitStack()
        self.alone = Alone(channel, start=START)
        self.receiver, self._place = Receiver(), Receiver()
        self.customer: Handset

    async def __aenter__(self) -> Self:
        for part in (self.receiver, self._place, self.alone):
            await self._stack.enter_async_context(part)
        self._place.respond = _give
        self.alone.connect(self.receiver.url)
        self.customer = self.alone.enrol("Ada Lovelace")
        self.alone.act(self.customer, SendText(text="hello"))
        await self.told()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def file(self, suffix: str) -> str:
        """The URL of a png, an mp4 or a pdf."""
        return f"{self._place.url}/a.{suffix}"

    async def do(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Let a blocking client call, and everything that follows happen."""
        result = await asyncio.to_thread(call, *args, **kwargs)
        await self.alone.world.quiet()
        return result

    async def told(self) -> list[Any]:
        """The JSON of what came in since the last time."""
        assert await self.alone.world.quiet()
        received, self.receiver.received[:] = list(self.receiver.received), []
        return [one.json() for one in received]

    def shown(self) -> list[tuple[str, str]]:
        """What the business sent, as the phone shows it."""
        return [(item.kind, item.text) for item in self.customer.screen if item.author == "business"]
