"""One channel alone: a world with a single business account and its server, without gateway or control API.

Tests and `python -m fake_channels` use it; the lab builds larger worlds of the same parts.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from fake_channels.core import people
from fake_channels.core.clock import Mode, wall_now
from fake_channels.core.contract import Channel, ChannelComponent
from fake_channels.core.directory import Directory
from fake_channels.core.front import Front
from fake_channels.core.handset import Action, Handset, Item
from fake_channels.core.ids import Ids
from fake_channels.core.serving import Servers
from fake_channels.core.shell import Shell
from fake_channels.core.tasks import Tasks
from fake_channels.core.world import World


class Alone:
    """A served channel. `account` is its state, `url` where it listens, `world` everything around it."""

    def __init__(
        self,
        channel: Channel[Any],
        *,
        seed: str = "alone",
        port: int = 0,
        mode: Mode = "manual",
        limited: bool = True,
        start: int | None = None,
    ) -> None:
        self._channel, self._seed, self._port = channel, seed, port
        self._mode: Mode = mode
        self._start = start
        self._limited = limited
        self._stack = AsyncExitStack()
        self._customers = 0
        self.url = ""
        self.world: World
        self.component: ChannelComponent[Any]
        self.directory = Directory()

    async def __aenter__(self) -> Self:
        tasks = await self._stack.enter_async_context(Tasks())
        shell = await self._stack.enter_async_context(Shell(tasks))
        servers = await self._stack.enter_async_context(Servers())
        self.url = await servers.start(Front(self._channel.host, self.directory, shell), self._port)
        ids = Ids(self._seed)
        self.world = World(
            "alone",
            ids,
            shell,
            start=wall_now() if self._start is None else self._start,
            mode=self._mode,
            addresses={self._channel.host.name: self.url},
        )
        account = self._channel.open(ids)
        self.component = ChannelComponent(self._channel, account, ids, lambda: self.url, limited=self._limited)
        self.world.components[self._channel.name] = self.component
        self.directory.open(self.world)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.directory.close(self.world)
        await self._stack.aclose()

    @property
    def account(self) -> Any:
        """The channel's own state."""
        return self.component.state

    def connect(self, callback_url: str) -> None:
        """Register whoever serves this account."""
        self.world.perform(self.component, self.component.connect(callback_url, self.world.now))

    def enrol(self, name: str | None = "") -> Handset:
        """A new customer with this channel's app."""
        person = people.invent(self.world.ids, self._customers, name=name)
        self._customers += 1
        return self.component.enrol(person, self.world.now)

    def act(self, handset: Handset, action: Action) -> Item | None:
        """Let a customer act; `Impossible` when the channel does not offer it."""
        acted = self.component.act(handset, action, self.world.now)
        self.world.perform(self.component, acted.effects)
        return acted.item
