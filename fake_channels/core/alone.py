"""One channel alone, for tests and measurements: a house with a single room."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from fake_channels.core import people
from fake_channels.core.clock import Mode
from fake_channels.core.contract import Channel, ChannelComponent
from fake_channels.core.handset import Action, Handset, Item
from fake_channels.core.house import House, Plan
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
        self._channel = channel
        ports = {channel.host.name: port}
        self._house = House([channel], Plan(seed=seed, ports=ports, mode=mode, limited=limited, start=start))
        self._customers = 0
        self.url = ""
        self.world: World
        self.component: ChannelComponent[Any]

    async def __aenter__(self) -> Self:
        house = await self._house.__aenter__()
        self.url, self.world = house.urls[self._channel.host.name], house.world
        self.component = house.components[self._channel.name]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._house.__aexit__(kind, error, trace)

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
