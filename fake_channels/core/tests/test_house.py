"""Several channels in one world: their servers, accounts and customers."""

from __future__ import annotations

import aiohttp
import pytest

from fake_channels.core.handset import SendText
from fake_channels.core.house import House, Plan, Unknown
from fake_channels.core.serving import PortInUse
from fake_channels.registry import CHANNELS

START = 1_700_000_000_000
CHOSEN = [CHANNELS["sms"], CHANNELS["telegram"]]


async def test_channels_share_a_world_and_its_people() -> None:
    """One clock, one trace, a server each; a person has a phone on every channel, or on those that are named."""
    async with House(CHOSEN, Plan(mode="manual", start=START)) as house:
        ada, phones = house.add_customer("Ada")
        _, fewer = house.add_customer(channels=("sms",))
        assert (set(house.urls), set(house.components)) == ({"sms", "telegram"}, {"sms", "telegram"})
        assert (set(phones), set(fewer), [ada.name, len(house.people)]) == ({"sms", "telegram"}, {"sms"}, ["Ada", 2])
        component, handset = house.phone("telegram", phones["telegram"].identity)
        item = house.act(component, handset, SendText(text="Hello"))
        assert handset.screen == [item]
        assert house.world.now == START
        token = component.channel.credentials(component.state)["token"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{house.urls['telegram']}/bot{token}/getMe") as said,
        ):
            assert said.status == 200


async def test_a_channel_is_connected_to_whoever_serves_it() -> None:
    """Each to its own."""
    async with House(CHOSEN, Plan(mode="manual")) as house:
        house.connect("sms", "http://127.0.0.1:9/sms")
        assert house.components["sms"].state.callback_url == "http://127.0.0.1:9/sms"
        assert await house.world.quiet()


async def test_what_is_not_there_is_said_with_what_is() -> None:
    """For channels and for phones."""
    async with House(CHOSEN, Plan(mode="manual")) as house:
        with pytest.raises(Unknown, match="sms, telegram"):
            house.component("pigeon")
        with pytest.raises(Unknown, match="identity 'x' on sms"):
            house.phone("sms", "x")


async def test_a_taken_port_is_named_with_the_option_that_chooses_another() -> None:
    """In the words of whoever started it."""
    async with House(CHOSEN, Plan()) as house:
        port = int(house.urls["sms"].rpartition(":")[2])
        plan = Plan(seed="other", ports={"sms": port}, port_option="--port after {host}")
        with pytest.raises(PortInUse, match=f"port {port} for the sms server is in use: .*--port after sms"):
            await House(CHOSEN, plan).__aenter__()


async def test_a_house_is_made_of_its_seed() -> None:
    """The same seed gives the same credentials and people."""
    told = []
    for seed in ("a", "a", "b"):
        async with House(CHOSEN, Plan(seed=seed, mode="manual", start=START)) as house:
            house.add_customer()
            credentials = [one.channel.credentials(one.state) for one in house.components.values()]
            told.append((credentials, house.people))
    assert told[0] == told[1] != told[2]
