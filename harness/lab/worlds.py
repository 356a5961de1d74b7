"""A lab world: the gateway, one business account a channel, and the customers with their phones."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from fake_channels.core import people
from fake_channels.core.clock import Mode
from fake_channels.core.contract import Channel, ChannelComponent
from fake_channels.core.faults import Faults
from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.instants import FIRST, LAST, in_range
from fake_channels.core.shell import Shell
from fake_channels.core.world import World
from fake_channels.registry import CHANNELS
from fake_sinch.places import ADAPTER_PATH
from fake_sinch.service import NewApp, Service
from fake_sinch.settings import Settings
from fake_sinch.state import Project
from harness.lab.gateway import NAME as GATEWAY
from harness.lab.gateway import GatewayComponent
from harness.lab.pairing import PAIRS, credential_of

SNAPSHOT_VERSION: Final = 1


class UnknownChannel(LookupError):
    """There is no channel of this name in this world."""


class UnreadableSnapshot(ValueError):
    """The bytes are no snapshot of this version."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a world is to be."""

    seed: str
    channels: tuple[str, ...]
    mode: Mode
    start: int
    processing_mode: str
    addresses: dict[str, str]
    history: Annotated[int, Meta(ge=1, le=10_000_000)]
    rate_limits: bool = True


class _Timer(msgspec.Struct, frozen=True):
    due: Annotated[int, Meta(ge=FIRST, le=LAST)]
    component: str
    event: bytes


class _Snapshot(msgspec.Struct, frozen=True):
    version: int
    plan: Plan
    now: int
    counters: dict[str, int]
    timers: list[_Timer]
    faults: Faults
    people: list[Person]
    components: dict[str, bytes]


class LabWorld:
    """One world and what the lab knows of it beyond the core."""

    def __init__(
        self, plan: Plan, world: World, gateway: GatewayComponent, channels: dict[str, ChannelComponent[Any]]
    ) -> None:
        self.plan = plan
        self.core = world
        self.gateway = gateway
        self.channels = channels
        self.people: list[Person] = []

    @property
    def id(self) -> str:
        """The world's id."""
        return self.core.id

    def channel(self, name: str) -> ChannelComponent[Any]:
        """A channel of this world, or `UnknownChannel`."""
        try:
            return self.channels[name]
        except KeyError:
            raise UnknownChannel(f"this world has no channel {name!r}; it has {', '.join(self.channels)}") from None

    def handset(self, channel: str, identity: str) -> tuple[ChannelComponent[Any], Handset]:
        """A phone, or `UnknownChannel` with a sentence."""
        component = self.channel(channel)
        handset = component.handset(identity)
        if handset is None:
            raise UnknownChannel(f"nobody has the identity {identity!r} on {channel} in this world")
        return component, handset

    def add_customer(
        self, name: str | None, locale: str, channels: tuple[str, ...]
    ) -> tuple[Person, dict[str, Handset]]:
        """A new person with a phone on each channel; an empty name invents one, None leaves the person nameless."""
        chosen = [self.channel(wanted) for wanted in channels or tuple(self.channels)]
        person = people.invent(self.core.ids, len(self.people), locale, name)
        self.people.append(person)
        phones = {component.name: component.enrol(person, self.core.now) for component in chosen}
        self.core.signal.bump()
        return person, phones

    def snapshot(self) -> bytes:
        """The whole world in bytes; the trace is not part of it."""
        components = self.core.components
        timers = [_Timer(due, name, msgspec.msgpack.encode(event)) for due, name, event in self.core.clock.events()]
        return msgspec.msgpack.encode(
            _Snapshot(
                SNAPSHOT_VERSION,
                self.plan,
                self.core.now,
                self.core.ids.counters,
                timers,
                self.core.faults,
                self.people,
                {name: component.dump() for name, component in components.items()},
            )
        )


def build(plan: Plan, shell: Shell) -> LabWorld:
    """A new world, everybody in it connected."""
    ids = Ids(plan.seed)
    lab_world = _assemble(plan, shell, ids, plan.start, {})
    lab_world.gateway.point("", None)
    base = f"{plan.addresses[GATEWAY]}{ADAPTER_PATH}"
    for name, component in lab_world.channels.items():
        if name in PAIRS:  # the others are there for clients of their own, who register themselves
            url = f"{base}{PAIRS[name].sinch}/{lab_world.gateway.app_id}/callback"
            lab_world.core.perform(component, component.connect(url, lab_world.core.now))
    return lab_world


def restore(raw: bytes, shell: Shell, addresses: dict[str, str]) -> LabWorld:
    """The world that `snapshot` wrote, at these addresses.

    Raises:
        UnreadableSnapshot: the bytes are damaged, of another version, or no snapshot.
    """
    try:
        kept = msgspec.msgpack.decode(raw, type=_Snapshot)
        in_range(kept.now)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise UnreadableSnapshot(f"this is no snapshot of a world: {error}") from None
    if kept.version != SNAPSHOT_VERSION:
        raise UnreadableSnapshot(f"snapshot version {kept.version}: this lab reads version {SNAPSHOT_VERSION}")
    plan = msgspec.structs.replace(kept.plan, addresses=dict(addresses))
    try:
        lab_world = _assemble(plan, shell, Ids(plan.seed, dict(kept.counters)), kept.now, kept.components)
        core = lab_world.core
        events = [
            (one.due, one.component, core.components[one.component].decode_event(one.event)) for one in kept.timers
        ]
        if not lab_world.gateway.service.state.apps:
            raise ValueError("the project has no app")  # noqa: TRY301  one sentence for all damages
    except (msgspec.DecodeError, RecursionError, LookupError, ValueError) as error:
        raise UnreadableSnapshot(f"the snapshot is damaged: {error}") from None
    for due, component, event in events:  # only now: a damaged snapshot shall not ring
        core.clock.at(due, component, event)
    core.faults = kept.faults
    lab_world.people = list(kept.people)
    return lab_world


def _assemble(plan: Plan, shell: Shell, ids: Ids, now: int, states: dict[str, bytes]) -> LabWorld:
    world_id = Ids(plan.seed).hex("world", 8)
    core = World(world_id, ids, shell, start=now, mode=plan.mode, addresses=plan.addresses, history=plan.history)
    channels = {
        name: _channel(CHANNELS[name], core, states.get(name), limited=plan.rate_limits) for name in plan.channels
    }
    gateway = _gateway(plan, core, channels, states.get(GATEWAY))
    core.components.update({GATEWAY: gateway, **channels})
    return LabWorld(plan, core, gateway, channels)


def _channel(channel: Channel[Any], core: World, state: bytes | None, *, limited: bool) -> ChannelComponent[Any]:
    made = channel.open(core.ids) if state is None else msgspec.msgpack.decode(state, type=channel.state_type)
    return ChannelComponent(
        channel, made, core.ids, lambda: core.addresses[channel.host.name], GATEWAY, limited=limited
    )


def _gateway(
    plan: Plan, core: World, channels: dict[str, ChannelComponent[Any]], state: bytes | None
) -> GatewayComponent:
    spoken = {name: item for name, item in channels.items() if name in PAIRS}
    settings = Settings(
        channel_base_urls={PAIRS[name].sinch: core.addresses[item.channel.host.name] for name, item in spoken.items()},
        public_base_url=core.addresses[GATEWAY],
    )
    if state is not None:
        return GatewayComponent(Service(msgspec.msgpack.decode(state, type=Project), core.ids, settings))
    credentials = [credential_of(name, item.channel.credentials(item.state)) for name, item in spoken.items()]
    app = NewApp(tuple(credentials), plan.processing_mode)
    return GatewayComponent(Service.open(core.ids, core.now, settings, app))
