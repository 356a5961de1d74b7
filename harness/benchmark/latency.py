"""How long a message takes through lab and reference bridge, one at a time, each way.

Phone to agent: from the tap on send to the agent's event stream. Agent to phone: from the agent's request to the
message on the screen. The app's rate limit is lifted, or it would be all that is seen.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import msgspec

from harness.benchmark.effort import Effort
from harness.benchmark.programs import Program, module
from harness.benchmark.result import Latency
from harness.client import LabClient
from harness.drivers.contract import AgentName, AgentSetup, Setup, SinchService, TenantId, TextMessage
from harness.drivers.reference import SERVICE, ReferenceDriver, agent_token
from harness.launch import bridge_command, bridge_config
from harness.world import ChannelName, Customer, Identity, World

AGENT: Final = AgentName("Agent")
CHANNEL: Final = ChannelName("whatsapp")
WAIT_SECONDS: Final = 30.0
GIVE_UP_SECONDS: Final = 60.0


class Pair:
    """Lab and bridge as programs of their own."""

    def __init__(self, folder: Path) -> None:
        self.lab = Program("latency-lab", module("harness.benchmark.lab"), folder / "latency-lab.log")
        self.bridge: Program
        self._folder = folder
        self.control_url = self.bridge_url = self.admin_token = ""

    def __enter__(self) -> Self:
        self.control_url = str(self.lab.run()["control_url"])
        try:
            self.bridge, ready, self.admin_token = start_bridge(self._folder, "bridge")
        except BaseException:
            self.lab.stop()
            raise
        self.bridge_url = str(ready["url"])
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        self.bridge.stop()
        self.lab.stop()


def start_bridge(folder: Path, name: str) -> tuple[Program, dict[str, Any], str]:
    """A running reference bridge with data of its own, its ready line, and its admin token."""
    token, data, config = secrets.token_hex(16), folder / f"{name}-data", folder / f"{name}.toml"
    data.mkdir()
    config.write_text(bridge_config(data, token), "utf-8")
    config.chmod(0o600)
    program = Program(name, bridge_command(config), folder / f"{name}.log")
    return program, program.run(), token


def measure(pair: Pair, effort: Effort) -> tuple[Latency, Latency]:
    """Both directions."""
    return asyncio.run(_measure(pair, effort.latency_messages))


async def _measure(pair: Pair, count: int) -> tuple[Latency, Latency]:
    async with aiohttp.ClientSession() as session:
        lab = LabClient(session, pair.control_url)
        driver = ReferenceDriver(session, pair.bridge_url, pair.admin_token)
        world = await lab.create_world("benchmark", channels=[CHANNEL], rate_limits=False)
        await session.post(f"{pair.control_url}/benchmark/{world.world}/unlimited", json={})
        tenant = await _configure(driver, lab, world)
        customer = await lab.add_customer(world.world, named=True, channels=[CHANNEL])
        talk = _Talk(lab, driver, world, tenant, customer)
        headers = {"Authorization": f"Bearer {agent_token(tenant, AGENT)}"}
        async with session.ws_connect(f"{pair.bridge_url}/agent/v1/events", headers=headers) as events:
            await talk.to_agent(events, "the first one opens the chat")
            inwards = [await talk.to_agent(events, f"question {number}") for number in range(count)]
        chat = (await driver.chats(tenant, AGENT))[0]
        await driver.accept(tenant, AGENT, chat.id)
        outwards = [await talk.to_phone(f"answer {number}") for number in range(count)]
        await driver.clean_up(tenant)
        await lab.delete_world(world.world)
    return _latency(inwards), _latency(outwards)


async def _configure(driver: ReferenceDriver, lab: LabClient, world: World) -> TenantId:
    sinch, tenant = world.sinch, TenantId(world.world)
    service = SinchService(
        name=SERVICE,
        service_connection=sinch.service_connection,
        token_url=sinch.token_url,
        key_id=sinch.key_id,
        key_secret=sinch.key_secret,
        app_id=sinch.app_id,
        webhook_secret=sinch.webhook.secret,
    )
    enums = {name: access.sinch_channel for name, access in world.channels.items()}
    configured = await driver.configure(Setup(tenant, service, enums, (AgentSetup(AGENT),)))
    await lab.point_at(world.world, configured.webhook_url)
    return tenant


class _Talk:
    """One customer and one agent."""

    def __init__(
        self, lab: LabClient, driver: ReferenceDriver, world: World, tenant: TenantId, customer: Customer
    ) -> None:
        self._lab, self._driver, self._world, self._tenant = lab, driver, world, tenant
        self._identity: Identity = customer.phones[CHANNEL].identity

    async def to_agent(self, events: aiohttp.ClientWebSocketResponse, text: str) -> float:
        """Seconds until the agent is told of a text."""
        began = time.perf_counter()
        await self._lab.act(self._world.world, CHANNEL, self._identity, "send_text", text=text)
        while True:
            event = msgspec.json.decode(await events.receive_str(timeout=WAIT_SECONDS))
            if (event.get("entry") or {}).get("text") == text:
                return time.perf_counter() - began

    async def to_phone(self, text: str) -> float:
        """Seconds until the customer sees a text."""
        screen = await self._lab.screen(self._world.world, CHANNEL, self._identity)
        chat = (await self._driver.chats(self._tenant, AGENT))[0]
        began = time.perf_counter()
        async with asyncio.timeout(GIVE_UP_SECONDS), asyncio.TaskGroup() as sent:
            sent.create_task(self._driver.send(self._tenant, AGENT, chat.id, TextMessage(text)))
            while screen.items[-1].text != text:
                screen = await self._lab.screen(
                    self._world.world, CHANNEL, self._identity, after=screen.version, wait=WAIT_SECONDS
                )
            seen = time.perf_counter()
        return seen - began


def _latency(seconds: list[float]) -> Latency:
    ordered = sorted(seconds)
    at = [ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1_000 for share in (0.5, 0.99)]
    return Latency(messages=len(ordered), p50_ms=round(at[0], 2), p99_ms=round(at[1], 2))
