"""The world that the page shows: one lab world, one subject configured for it, a first customer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from fake_channels.core.instants import in_range, to_rfc3339
from harness.drivers.contract import AgentName, AgentSetup, ChatSettings, Driver, Setup, SinchService, TenantId
from harness.lab.documents import world_document
from harness.lab.lab import Lab
from harness.lab.requests import CreateWorld
from harness.lab.worlds import LabWorld
from harness.subject import Addresses, rebase
from harness.world import parse_time

AGENT: Final = AgentName("Agent")


@dataclass
class Evening:
    """What belongs together for as long as the page is open: lab, world, driver, tenant."""

    lab: Lab
    driver: Driver | None
    world: LabWorld
    tenant: TenantId
    subject: str

    async def advance(self, milliseconds: int) -> dt.datetime:
        """Move both clocks on, timer by timer, the subject's first.

        Raises:
            ValueError: with a sentence, when no clock reads that time.
        """
        core = self.world.core
        async with core.advancing:
            target = in_range(core.now + milliseconds)
            while (upcoming := core.clock.next_timer) is not None and upcoming <= target:
                await self._advance_to(max(upcoming, core.now))
            await self._advance_to(max(target, core.now))
            return parse_time(to_rfc3339(core.now))

    async def _advance_to(self, instant: int) -> None:
        if self.driver is not None:
            await self.driver.advance_clock(self.tenant, parse_time(to_rfc3339(instant)))
        await self.world.core.advance(max(instant, self.world.core.now))


async def begin(lab: Lab, driver: Driver | None, addresses: Addresses, seed: str | None = None) -> Evening:
    """Open a world, configure the subject for it and invent a first customer."""
    wish = CreateWorld() if seed is None else CreateWorld(seed=seed)
    world = await lab.create(wish)
    tenant = TenantId(world.id)
    world.add_customer("", "", ())
    if driver is None:
        return Evening(lab, None, world, tenant, "")
    description = await driver.describe()
    configured = await driver.configure(_setup(world, tenant, addresses))
    world.gateway.point(rebase(configured.webhook_url, addresses.webhook), None)
    return Evening(lab, driver, world, tenant, f"{description.name} {description.version}")


def sinch_channels(world: LabWorld) -> dict[str, str]:
    """What the gateway calls the lab's channels that it reaches."""
    channels = world_document(world)["channels"]
    return {name: channel["sinch_channel"] for name, channel in channels.items() if channel["sinch_channel"]}


def _setup(world: LabWorld, tenant: TenantId, addresses: Addresses) -> Setup:
    document = world_document(world)
    sinch = document["sinch"]
    service = SinchService(
        name="sinchconversation",
        service_connection=rebase(sinch["service_connection"], addresses.sinch),
        token_url=rebase(sinch["token_url"], addresses.token or addresses.sinch),
        key_id=sinch["key_id"],
        key_secret=sinch["key_secret"],
        app_id=sinch["app_id"],
        webhook_secret=sinch["webhook"]["secret"],
    )
    settings = ChatSettings(public_base_url=addresses.public_files)
    return Setup(tenant, service, sinch_channels(world), (AgentSetup(AGENT),), settings)
