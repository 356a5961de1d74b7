"""A running lab: the fake servers, and all worlds in them."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from fake_channels.core import presets
from fake_channels.core.clock import wall_now
from fake_channels.core.contract import Host
from fake_channels.core.control.actions import Invalid
from fake_channels.core.directory import CredentialTaken, Directory
from fake_channels.core.front import Front
from fake_channels.core.instants import from_rfc3339, in_range
from fake_channels.core.serving import Servers
from fake_channels.core.shell import Shell
from fake_channels.core.tasks import Tasks
from fake_channels.registry import CHANNELS
from harness.lab import gateway, worlds
from harness.lab.requests import CreateWorld
from harness.lab.settings import LabMisconfigured, LabSettings
from harness.lab.worlds import LabWorld

CONNECT_BOUND_S: Final = 5.0


class Full(Exception):
    """There are as many of something as a lab holds; the message says what to remove."""


class UnknownWorld(LookupError):
    """No open world has this id."""


class Lab:
    """Everything behind the control API. Open it inside the running event loop."""

    def __init__(self, settings: LabSettings) -> None:
        self.settings = settings
        self.directory = Directory()
        self.worlds: dict[str, LabWorld] = {}
        self.addresses: dict[str, str] = {}
        self.created = 0
        self._stack = AsyncExitStack()
        self._shell: Shell

    async def __aenter__(self) -> Self:
        known = {host.name for host in hosts()}
        if strange := set(self.settings.ports) - known:
            raise LabMisconfigured(
                f"--server-port: there is no server {min(strange)!r}; there are {', '.join(sorted(known))}"
            )
        async with AsyncExitStack() as stack:
            tasks = await stack.enter_async_context(Tasks())
            networks = self.settings.allow_networks
            self._shell = await stack.enter_async_context(Shell(tasks, allow_networks=networks))
            servers = await stack.enter_async_context(Servers(self.settings.bind))
            for host in hosts():
                front = Front(host, self.directory, self._shell)
                self.addresses[host.name] = await servers.start(front, self.settings.port_of(host.name, host.port))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for world in list(self.worlds.values()):
            self.close(world)
        await self._stack.aclose()

    def world(self, world_id: str) -> LabWorld:
        """An open world, or `UnknownWorld`."""
        try:
            return self.worlds[world_id]
        except KeyError:
            raise UnknownWorld(f"no world {world_id!r} is open") from None

    async def create(self, wish: CreateWorld) -> LabWorld:
        """Open a new world.

        Raises:
            Invalid: the wish cannot be met.
            CredentialTaken: a world of the same seed is open.
            Full: as many worlds are open as this lab holds.
        """
        plan = self._plan(wish)
        self._make_room()
        world = worlds.build(plan, self._shell)
        self._open(world)
        await world.core.quiet(CONNECT_BOUND_S)
        return world

    def restore(self, raw: bytes) -> LabWorld:
        """Open the world of a snapshot; the addresses are those of this lab."""
        self._make_room()
        world = worlds.restore(raw, self._shell, self.addresses)
        self._open(world)
        return world

    async def reset(self, world: LabWorld) -> LabWorld:
        """Replace a world by a new one of the same plan."""
        if world.core.closed:  # by a reset that came first
            raise UnknownWorld(f"world {world.id!r} was closed meanwhile")
        self.close(world)
        fresh = worlds.build(world.plan, self._shell)
        self._open(fresh)
        await fresh.core.quiet(CONNECT_BOUND_S)
        return fresh

    def close(self, world: LabWorld) -> None:
        """Forget a world."""
        if self.worlds.get(world.id) is world:  # a reset puts another one of the same id there
            del self.worlds[world.id]
        self.directory.close(world.core)

    def _make_room(self) -> None:
        most = self.settings.max_worlds
        if len(self.worlds) >= most:
            raise Full(f"{most} worlds are open: delete those that are done with, or start the lab with --max-worlds")

    def _open(self, world: LabWorld) -> None:
        try:
            self.directory.open(world.core)
        except CredentialTaken:
            world.core.close()  # what it was about to do would reach the other one
            raise
        self.worlds[world.id] = world
        self.created += 1

    def _plan(self, wish: CreateWorld) -> worlds.Plan:
        channels = tuple(wish.channels) if isinstance(wish.channels, list) else tuple(CHANNELS)
        unknown = [name for name in channels if name not in CHANNELS]
        if unknown:
            raise Invalid(f"channels: there is no channel {unknown[0]!r}; there are {', '.join(CHANNELS)}")
        strange = [name for name in wish.addresses if name not in self.addresses]
        if strange:
            raise Invalid(f"addresses: there is no host {strange[0]!r}; there are {', '.join(self.addresses)}")
        return worlds.Plan(
            seed=wish.seed if isinstance(wish.seed, str) else secrets.token_hex(8),
            channels=tuple(dict.fromkeys(channels)),
            mode=wish.clock.mode,
            start=_start(wish.clock.start),
            processing_mode=wish.app.processing_mode,
            addresses={**self.addresses, **{name: url.rstrip("/") for name, url in wish.addresses.items()}},
            history=wish.history if isinstance(wish.history, int) else self.settings.history,
            rate_limits=wish.rate_limits,
        )


def hosts() -> list[Host]:
    """Every server of the lab, the gateway first; channels of one vendor share one."""
    found: dict[str, Host] = {gateway.NAME: gateway.host()}
    for channel in CHANNELS.values():
        found[channel.host.name] = channel.host
    return list(found.values())


def _start(text: str) -> int:
    if not text:
        return wall_now()
    try:
        return in_range(from_rfc3339(text))
    except ValueError as error:
        raise Invalid(f"clock.start: {error}") from None


def tables_document() -> dict[str, Any]:
    """All channels with their tables, as the control API gives them."""
    return {
        name: {
            "title": channel.title,
            "host": channel.host.name,
            "port": channel.host.port,
            **msgspec.to_builtins(channel.tables),
            "presets": presets.listed(name, channel.tables),
        }
        for name, channel in CHANNELS.items()
    }
