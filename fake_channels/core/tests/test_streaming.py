"""Streams: piece after piece, traced as one hop, ended by the rules, the world or the reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from fake_channels.core import streaming
from fake_channels.core.directory import Directory
from fake_channels.core.front import Front
from fake_channels.core.http import HttpReply, Outcome, Piece, Streaming
from fake_channels.core.ids import Ids
from fake_channels.core.serving import Servers
from fake_channels.core.shell import Shell
from fake_channels.core.tasks import Tasks
from fake_channels.core.tests.scripted import Noted, Scripted, call
from fake_channels.core.tests.test_front import HOST
from fake_channels.core.world import World
from fake_channels.tests.receiver import Receiver

HEAD = HttpReply(200, b"", "text/event-stream", {"Cache-Control": "no-store", "X-Name": "a\r\nb"})


class Reading:
    """A stream with somebody who reads it."""

    def __init__(self, world: World, component: Scripted, response: aiohttp.ClientResponse, session: object) -> None:
        self.world, self.component, self.response, self.session = world, component, response, session

    async def say(self, *pieces: Piece) -> None:
        """The rules have something to say from now on."""
        self.component.pieces += pieces
        self.world.perform(self.component, [])
        assert await self.world.quiet()

    async def read(self, size: int) -> bytes:
        """The next `size` bytes; what never comes fails."""
        async with asyncio.timeout(5):
            return await self.response.content.readexactly(size)


@pytest.fixture
async def reading() -> AsyncIterator[Reading]:
    """An open stream that has said nothing."""
    async with Tasks() as tasks, Shell(tasks) as shell, Servers() as servers, aiohttp.ClientSession() as session:
        directory = Directory()
        url = await servers.start(Front(HOST, directory, shell), 0)
        world, component = World("w", Ids("w"), shell, start=0, mode="manual"), Scripted()
        world.components[component.name] = component
        directory.open(world)
        component.script = lambda _: Outcome(Streaming(HEAD, Noted("start"), b": idle\n\n"), ids=("m",))
        async with session.get(f"{url}/stream", headers={"x-key": "key"}) as response:
            assert (response.status, response.content_type) == (200, "text/event-stream")
            assert (response.headers["Cache-Control"], response.headers["X-Name"]) == ("no-store", "ab")
            yield Reading(world, component, response, session)


async def test_pieces_come_as_they_are_said(reading: Reading) -> None:
    """Each position is asked for once what went before it is written, and an open stream is no unrest."""
    assert await reading.world.quiet()
    await reading.say(Piece(b"one", Noted("1")), Piece(b"two", Noted("2")))
    assert await reading.read(6) == b"onetwo"
    assert reading.component.positions[-3:] == [Noted("start"), Noted("1"), Noted("2")]
    assert await reading.world.quiet()


async def test_a_stream_is_one_hop_of_the_trace(reading: Reading) -> None:
    """From the moment it is open, however much it says."""
    await reading.say(Piece(b"one", Noted("1")))
    (hop,) = reading.world.trace.after(about="m")
    assert (hop["name"], hop["status"], hop["response"]["body"]) == ("stream", 200, "")


async def test_the_rules_end_a_stream(reading: Reading) -> None:
    """With a last piece; the reader sees a proper end."""
    await reading.say(Piece(b"bye"))
    assert await reading.response.read() == b"bye"


async def test_a_closed_world_ends_its_streams(reading: Reading) -> None:
    """At once, and properly."""
    reading.world.close()
    async with asyncio.timeout(5):
        assert await reading.response.read() == b""


async def test_a_piece_may_have_effects(reading: Reading) -> None:
    """They are performed as those of any other rules."""
    async with Receiver() as receiver:
        await reading.say(Piece(b"one", Noted("1"), [call(receiver.url)]))
        assert len(receiver.received) == 1


async def test_an_idle_stream_shows_that_it_lives(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that both ends notice when the other has gone."""
    monkeypatch.setattr(streaming, "IDLE_S", 0.001)
    await reading.say()
    assert await reading.read(16) == b": idle\n\n" * 2


async def test_a_reader_who_leaves_ends_the_stream(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the next sign of life: nobody is asked for more, and the world is not kept busy."""
    monkeypatch.setattr(streaming, "IDLE_S", 0.001)
    reading.response.close()
    while reading.world.in_flight:
        await reading.say()
    asked = len(reading.component.positions)
    await reading.say(Piece(b"one", Noted("1")))
    assert len(reading.component.positions) == asked
