"""The stage of the shared suite: one served channel, somebody to call back, a client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from fake_channels.core.alone import Alone
from fake_channels.core.faults import When, Where
from fake_channels.core.faults.engine import Order, What
from fake_channels.core.handset import Handset, SendText
from fake_channels.registry import CHANNELS
from fake_channels.tests.receiver import Received, Receiver
from fake_channels.tests.rows import NAMES, Answered, Ask, Rows, rows_of

START = 1_700_000_000_000


class Stage:
    """A channel alone in the house, its rows, and whoever serves its account."""

    def __init__(self, rows: Rows, alone: Alone, receiver: Receiver, session: aiohttp.ClientSession) -> None:
        self.rows, self.alone, self.receiver, self.session = rows, alone, receiver, session

    async def ask(self, ask: Ask) -> Answered:
        """One request."""
        async with self.session.request(
            ask.method, self.alone.url + ask.path, data=ask.body or None, headers=ask.headers
        ) as response:
            return Answered(response.status, response.headers, await response.read())

    async def send(self, customer: Handset, text: str) -> Answered:
        """The business writes."""
        return await self.ask(self.rows.send(self.alone.account, customer, text))

    async def customer(self) -> Handset:
        """A customer whom the business may write to; what led there is forgotten."""
        customer = self.alone.enrol()
        if self.rows.hello is not None:
            self.alone.act(customer, self.rows.hello)
            await self.settle()
            self.receiver.received.clear()
        return customer

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        assert await self.alone.world.quiet()

    async def say(self, customer: Handset, *texts: str) -> None:
        """A customer writes, and all that follows happens."""
        for text in texts:
            self.alone.act(customer, SendText(text=text))
            await self.settle()

    def inbound(self) -> list[str]:
        """The customers' texts in the callbacks so far, as they came in."""
        texts = [self.rows.inbound_text(self.rows.read(received)) for received in self.receiver.received]
        return [text for text in texts if text is not None]

    def shown(self, customer: Handset) -> list[str]:
        """The business's texts on a customer's screen."""
        return [item.text for item in customer.screen if item.author == "business"]

    def fault(self, what: What, *, inward: bool = False, when: When | None = None) -> None:
        """A fault of the callbacks, or of the requests to the channel (`inward`)."""
        name = self.alone.component.name
        where = Where(source="gateway", target=name) if inward else Where(source=name, target="gateway")
        faults = self.alone.world.faults
        faults.add(Order(what, where, when or When()), str(len(faults.rules)))


@pytest.fixture(params=NAMES)
def channel_name(request: pytest.FixtureRequest) -> str:
    """Every channel that has rows."""
    name: str = request.param
    return name


@pytest.fixture
def rows(channel_name: str) -> Rows:
    """The rows of the channel."""
    found = rows_of(CHANNELS[channel_name])
    assert found is not None
    return found


@pytest.fixture
async def stage(channel_name: str, rows: Rows) -> AsyncIterator[Stage]:
    """A stage; when it closes, every callback must have been genuine and true to the channel's schema."""
    received: list[Received]
    async with (
        Receiver() as receiver,
        Alone(CHANNELS[channel_name], start=START) as alone,
        aiohttp.ClientSession() as session,
    ):
        alone.connect(receiver.url)
        stage = Stage(rows, alone, receiver, session)
        yield stage
        received = receiver.received
        for one in received:
            told: Any = rows.read(one)
            assert rows.accepts(told), told
            assert rows.is_genuine(alone.account, one), told
