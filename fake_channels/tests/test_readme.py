"""The README's examples, run as they stand there."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from fake_channels.core.alone import Alone
from fake_channels.core.control import api
from fake_channels.core.handset import SendText
from fake_channels.core.house import House, Plan
from fake_channels.registry import CHANNELS
from fake_channels.tests.receiver import Receiver

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
SDKS = dict(re.findall(r"<!-- sdk: (\w+) -->\n\n```python\n(.*?)```", README, re.DOTALL))
CALLS = re.findall(r"^lab (\S+)(.*)$", README, re.MULTILINE)
CONTROL = "http://127.0.0.1:8620"


def test_there_are_examples() -> None:
    """An SDK for each vendor that has one, and calls of the control API."""
    assert set(SDKS) == {"telegram", "line", "whatsapp", "messenger", "viber", "sms", "wechat"}
    assert len(CALLS) > 10


@pytest.mark.client
@pytest.mark.slow
@pytest.mark.parametrize("channel", sorted(SDKS))
async def test_an_sdk_is_pointed_here_as_the_readme_says(channel: str) -> None:
    """The example's greeting is on the phone of somebody who wrote first."""
    for module in re.findall(r"^(?:from|import) ([\w.]+)", SDKS[channel], re.MULTILINE):
        pytest.importorskip(module)
    async with Receiver() as receiver, Alone(CHANNELS[channel]) as alone:
        alone.connect(receiver.url)
        customer = alone.enrol()
        alone.act(customer, SendText(text="Hi"))
        account = {"base_url": alone.url, **CHANNELS[channel].credentials(alone.account)}
        names: dict[str, Any] = {"account": account, "customer": customer.identity}
        await asyncio.to_thread(exec, SDKS[channel], names)
        assert await alone.world.quiet()
        assert [item.text for item in customer.screen] == ["Hi", "Hello"]


@pytest.fixture
async def control() -> AsyncIterator[tuple[str, House]]:
    """The control API of a Telegram, as the README starts it."""
    async with House([CHANNELS["telegram"]], Plan(ports={"telegram": 0})) as house:
        house.add_customer()
        runner = web.AppRunner(api.application(house, bind="127.0.0.1", token="secret"))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", house
        await runner.cleanup()


async def test_the_control_calls_are_right(control: tuple[str, House]) -> None:
    """Each answers 2xx; the two that name what a bot has sent say that it is not there."""
    url, house = control
    (handset,) = house.components["telegram"].handsets().values()
    phone = f"{url}/v1/phones/telegram/{handset.identity}"
    headers = {"Authorization": "Bearer secret", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for target, rest in CALLS:
            options = iter(shlex.split(rest))
            given = {option: next(options, "") for option in options}
            method = given.get("-X", "POST" if "-d" in given else "GET")
            address = target.replace(CONTROL, url).replace("$PHONE", phone)
            async with session.request(method, address, data=given.get("-d")) as response:
                named = "ITEM" in rest or "MEDIA" in target
                assert response.status in ({404, 409} if named else {200, 201, 204}), (target, await response.text())
