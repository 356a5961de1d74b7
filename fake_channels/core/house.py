"""Several channels in one world: their servers, one account each, and customers with a phone on all of them.

There is no gateway: whoever uses the channels brings their own. The lab builds larger worlds of the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from fake_channels.core import people
from fake_channels.core.addresses import Network
from fake_channels.core.clock import Mode, wall_now
from fake_channels.core.contract import Channel, ChannelComponent
from fake_channels.core.directory import Directory
from fake_channels.core.front import Front
from fake_channels.core.handset import Action, Handset, Item, Person
from fake_channels.core.ids import Ids
from fake_channels.core.serving import PORT_OPTION, Servers
from fake_channels.core.shell import Shell
from fake_channels.core.tasks import Tasks
from fake_channels.core.trace import DEFAULT_HISTORY
from fake_channels.core.world import World


class Unknown(LookupError):
    """There is no such channel or phone here; the message says what there is."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a house is to be."""

    seed: str = "alone"
    ports: Mapping[str, int] = field(default_factory=dict)
    """By host name; one that is missing gets any free port."""
    mode: Mode = "real"
    start: int | None = None
    """The clock's first instant; None is now."""
    history: int = DEFAULT_HISTORY
    """How many hops the trace keeps."""
    limited: bool = True
    """Whether the vendors' rate limits apply."""
    bind: str = "127.0.0.1"
    networks: tuple[Network, ...] = ()
    """Inside networks, besides this machine, that the channels may connect to."""
    port_option: str = PORT_OPTION
    """How whoever started this chooses another port; `{host}` stands for the server's name."""


class House:
    """Served channels. `urls` tells by host name where they listen."""

    def __init__(self, channels: Iterable[Channel[Any]], plan: Plan) -> None:
        self._channels = tuple(channels)
        self._plan = plan
        self._stack = AsyncExitStack()
        self.people: list[Person] = []
        self.urls: dict[str, str] = {}
        self.components: dict[str, ChannelComponent[Any]] = {}
        self.directory = Directory()
        self.world: World

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            plan, tasks = self._plan, await stack.enter_async_context(Tasks())
            shell = await stack.enter_async_context(Shell(tasks, allow_networks=plan.networks))
            servers = await stack.enter_async_context(Servers(plan.bind, plan.port_option))
            for host in {channel.host.name: channel.host for channel in self._channels}.values():
                front = Front(host, self.directory, shell)
                self.urls[host.name] = await servers.start(front, plan.ports.get(host.name, 0))
            start = wall_now() if plan.start is None else plan.start
            ids = Ids(plan.seed)
            self.world = World(
                "alone", ids, shell, start=start, mode=plan.mode, addresses=self.urls, history=plan.history
            )
            for channel in self._channels:
                self.components[channel.name] = self._furnish(channel, ids)
            self.world.components.update(self.components)
            self.directory.open(self.world)
            self._stack = stack.pop_all()
        return self

    def _furnish(self, channel: Channel[Any], ids: Ids) -> ChannelComponent[Any]:
        url = self.urls[channel.host.name]
        return ChannelComponent(channel, channel.open(ids), ids, lambda: url, limited=self._plan.limited)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.directory.close(self.world)
        await self._stack.aclose()

    def component(self, name: str) -> ChannelComponent[Any]:
        """A channel, or `Unknown`."""
        try:
            return self.components[name]
        except KeyError:
            raise Unknown(f"there is no channel {name!r} here; there is {', '.join(self.components)}") from None

    def phone(self, channel: str, identity: str) -> tuple[ChannelComponent[Any], Handset]:
        """A phone with its channel, or `Unknown`."""
        component = self.component(channel)
        handset = component.handset(identity)
        if handset is None:
            raise Unknown(f"nobody has the identity {identity!r} on {channel}")
        return component, handset

    def connect(self, name: str, callback_url: str) -> None:
        """Register whoever serves a channel's account."""
        component = self.component(name)
        self.world.perform(component, component.connect(callback_url, self.world.now))

    def add_customer(
        self, name: str | None = "", locale: str = "", channels: tuple[str, ...] = ()
    ) -> tuple[Person, dict[str, Handset]]:
        """A new person with a phone on these channels, or on all; an empty name invents one, None has none.

        Raises:
            people.UnknownLocale: there are no names for this locale.
            Unknown: there is no such channel.
        """
        chosen = [self.component(wanted) for wanted in channels or tuple(self.components)]
        person = people.invent(self.world.ids, len(self.people), locale, name)
        self.people.append(person)
        phones = {component.name: component.enrol(person, self.world.now) for component in chosen}
        self.world.signal.bump()
        return person, phones

    def act(self, component: ChannelComponent[Any], handset: Handset, action: Action) -> Item | None:
        """Let a person act; `Impossible` when the channel does not offer it."""
        acted = component.act(handset, action, self.world.now)
        self.world.perform(component, acted.effects)
        return acted.item
