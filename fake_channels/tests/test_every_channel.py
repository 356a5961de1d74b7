"""What holds for every channel: the same cases, each with the channel's own rows."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from typing import Any

import aiohttp
import msgspec
import orjson
import pytest
from aiohttp import web

from fake_channels.core import people
from fake_channels.core.alone import Alone
from fake_channels.core.contract import ChannelComponent
from fake_channels.core.directory import Directory
from fake_channels.core.faults import Duplicate, When
from fake_channels.core.front import Front
from fake_channels.core.handset import ComeBack, GoOffline, Handset, SendText
from fake_channels.core.ids import Ids
from fake_channels.core.serving import Servers
from fake_channels.core.shell import Shell
from fake_channels.core.tables import KINDS
from fake_channels.core.tasks import Tasks
from fake_channels.core.world import World
from fake_channels.registry import CHANNELS
from fake_channels.tests.conftest import START, Stage
from fake_channels.tests.receiver import Receiver
from fake_channels.tests.rows import Answered, Rows, rows_of

TEXTS = {
    "plain": "Hello",
    "emoji": "👨‍👩‍👧‍👦 👋🏽 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u200f\u0645\u0631\u062d\u0628\u0627\u200e",
    "joiners and marks": "a\u200db\u200bc e\u0301 \u2060 \ufeff.",
    "markup": "<b>&amp;</b> <script>alert('1')</script> \"{{x}}\" \\n ${y} %s",
    "lines": "one\ntwo\r\n\tthree",
    "beyond the BMP": "\U0001f469\U00020000\U0010fffd",
}


def test_every_registered_channel_has_rows() -> None:
    """A channel without rows is not finished."""
    assert [name for name, channel in CHANNELS.items() if rows_of(channel) is None] == []


@pytest.mark.parametrize("name", CHANNELS)
def test_tables_are_complete(name: str) -> None:
    """Every kind in both directions has exactly one row, and every row its source or how it is known."""
    tables = CHANNELS[name].tables
    cells = [(row.kind, row.direction) for row in tables.kinds]
    assert sorted(cells) == sorted((kind, direction) for kind in KINDS for direction in ("MO", "MT"))
    sources = [row.source for rows in (tables.kinds, tables.limits, tables.errors) for row in rows]
    assert all(source.startswith("https://") for source in sources)
    assert all((row.becomes == "") is (row.support == "native") for row in tables.kinds)
    assert all(note.topic and note.says for note in tables.notes)
    sendable = {row.kind for row in tables.kinds if row.direction == "MT" and row.support != "rejected"}
    assert set(tables.accepts) <= sendable
    assert all(types and all("/" in mime for mime in types) for types in tables.accepts.values())
    names = [limit.name for limit in tables.limits]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", CHANNELS)
def test_credentials_and_secrets_are_made_of_the_seed(name: str) -> None:
    """The same seed gives the same account, another seed another; secrets are among what must be masked."""
    channel = CHANNELS[name]
    first, again, other = (channel.open(Ids(seed)) for seed in ("a", "a", "b"))
    assert channel.credentials(first) == channel.credentials(again)
    assert not set(channel.keys(first)) & set(channel.keys(other))
    assert set(channel.secrets(first)) <= set(channel.credentials(first).values())


# --- what is refused --------------------------------------------------------------------------------------------------


async def test_strangers_get_the_vendors_own_answer(stage: Stage) -> None:
    """Without, and with a wrong, credential."""
    for name, make in stage.rows.strangers.items():
        answered = await stage.ask(make(stage.alone.account))
        assert stage.rows.is_stranger_answer(answered), (name, answered)


async def test_an_unknown_route_gets_the_vendors_own_answer_and_is_in_the_trace(stage: Stage) -> None:
    """Never a silent 200."""
    answered = await stage.ask(stage.rows.unknown_route(stage.alone.account))
    assert stage.rows.is_unknown_route_answer(answered), answered
    assert [hop["status"] for hop in stage.alone.world.trace.after()] == [answered.status]


async def test_malformed_bodies_get_the_vendors_own_errors(stage: Stage) -> None:
    """In the vendor's envelope, and nothing reaches the customer."""
    customer = await stage.customer()
    assert {"no JSON", "no UTF-8"} <= set(stage.rows.malformed)
    for name, make in stage.rows.malformed.items():
        answered = await stage.ask(make(stage.alone.account, customer))
        assert answered.status in stage.rows.refuses_with, (name, answered)
        assert stage.rows.is_error(answered), (name, answered)
    await stage.settle()
    assert stage.shown(customer) == []
    assert stage.rows.took(await stage.send(customer, "still alive"))


async def test_bodies_nested_without_end_are_refused(stage: Stage) -> None:
    """In place of each part of a send, as deep as JSON may be read; nothing ends in the lab's own defect."""
    customer = await stage.customer()
    ask = stage.rows.send(stage.alone.account, customer, "text")
    whole, deep = orjson.loads(ask.body), b'{"a":' * 1_000 + b"1" + b"}" * 1_000
    for part in whole:
        body = orjson.dumps({**whole, part: "@"}).replace(b'"@"', deep)
        answered = await stage.ask(replace(ask, body=body))
        assert answered.status < HTTPStatus.INTERNAL_SERVER_ERROR, (part, answered)


@pytest.mark.parametrize("declared", [True, False])
async def test_ten_million_bytes_are_refused_at_once(stage: Stage, *, declared: bool) -> None:
    """In the vendor's envelope, whether the length is declared or not, and the server goes on."""
    customer = await stage.customer()
    ask = stage.rows.oversize(stage.alone.account, b"x" * 10_000_000)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(ask.body), 500_000):
            yield ask.body[start : start + 500_000]

    body = BytesIO(ask.body) if declared else chunks()
    url = stage.alone.url + ask.path
    async with asyncio.timeout(10), stage.session.request(ask.method, url, data=body, headers=ask.headers) as response:
        answered = Answered(response.status, response.headers, await response.read())
    assert answered.status in stage.rows.refuses_with
    assert stage.rows.is_error(answered)
    assert stage.rows.took(await stage.send(customer, "still alive"))


# --- texts and callbacks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_texts_arrive_as_they_were_written_both_ways(stage: Stage, text: str) -> None:
    """Not one character changes."""
    customer = await stage.customer()
    assert stage.rows.took(await stage.send(customer, text))
    await stage.settle()
    assert stage.shown(customer) == [text]
    await stage.say(customer, text)
    assert stage.inbound() == [text]


async def test_the_proof_of_a_callback_fails_over_altered_bytes(stage: Stage) -> None:
    """And over another account's secret."""
    customer = await stage.customer()
    await stage.say(customer, "Hello")
    received = stage.receiver.received[0]
    assert stage.rows.is_genuine(stage.alone.account, received)
    if stage.rows.signs_bytes:
        altered = received._replace(body=received.body.replace(b"Hello", b"Hallo"))
        assert altered.body != received.body
        assert not stage.rows.is_genuine(stage.alone.account, altered)
    stranger = stage.alone.component.channel.open(Ids("another seed"))
    assert not stage.rows.is_genuine(stranger, received)


async def test_an_unanswered_callback_is_tried_again_by_the_vendors_schedule(stage: Stage) -> None:
    """At exactly the published times, the same bytes, and in order, unless the vendor gives up the order."""
    customer = await stage.customer()
    later = ["second"] if stage.rows.retries_in_order else []
    stage.receiver.script = [500] * len(stage.rows.first_retries_ms)
    await stage.say(customer, "first", *later)
    world = stage.alone.world
    for attempts, delay in enumerate(stage.rows.first_retries_ms, 1):
        assert stage.inbound() == ["first"] * attempts
        await world.advance(world.now + delay - 1)
        assert stage.inbound() == ["first"] * attempts
        await world.advance(world.now + 1)
    assert stage.inbound() == ["first"] * (len(stage.rows.first_retries_ms) + 1) + later
    bodies = {stage.rows.as_first_told(received.body) for received in stage.receiver.received}
    assert len(bodies) == 1 + len(later)
    assert world.pending() == []


async def test_a_receiver_that_hangs_up_is_tried_again(stage: Stage) -> None:
    """No answer is a failure like a 500."""
    customer = await stage.customer()

    def hang_up(_: object) -> web.Response:
        raise asyncio.CancelledError

    stage.receiver.respond = hang_up
    await stage.say(customer, "Hello")
    stage.receiver.respond = None
    assert stage.alone.world.pending() != []
    await stage.alone.world.advance(stage.alone.world.now + stage.rows.first_retries_ms[0])
    assert stage.inbound() == ["Hello", "Hello"]
    assert stage.alone.world.pending() == []


async def test_without_a_receiver_nothing_breaks(channel_name: str) -> None:
    """Nobody is connected: the phone works, and nobody is called."""
    async with Alone(CHANNELS[channel_name], start=START) as alone:
        customer = alone.enrol()
        alone.act(customer, SendText(text="Hello"))
        assert await alone.world.quiet()
        assert [item.text for item in customer.screen] == ["Hello"]
        assert alone.world.trace.after() == []


# --- many -------------------------------------------------------------------------------------------------------------


async def test_fifty_customers_at_once_each_get_their_own(stage: Stage) -> None:
    """Nothing is lost, doubled or mixed up."""
    customers = [await stage.customer() for _ in range(50)]
    for number, customer in enumerate(customers):
        stage.alone.act(customer, SendText(text=f"from {number}"))
    answers = await asyncio.gather(*(stage.send(one, f"to {number}") for number, one in enumerate(customers)))
    await stage.settle()
    assert all(stage.rows.took(answered) for answered in answers)
    assert [stage.shown(customer) for customer in customers] == [[f"to {number}"] for number in range(50)]
    assert sorted(stage.inbound()) == sorted(f"from {number}" for number in range(50))


@pytest.mark.slow
async def test_a_hundred_worlds_on_one_server_never_see_each_other(channel_name: str, rows: Rows) -> None:
    """Each has its own credentials, customers, callbacks and trace."""
    channel = CHANNELS[channel_name]
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(Receiver())
        shell = await stack.enter_async_context(Shell(await stack.enter_async_context(Tasks())))
        servers = await stack.enter_async_context(Servers())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        directory = Directory()
        url = await servers.start(Front(channel.host, directory, shell), 0)
        stages: list[tuple[Stage, Handset]] = []
        for number in range(100):
            alone = _placed(channel_name, f"seed {number}", shell, directory, url)
            alone.connect(f"{receiver.url}/{number}")
            customer = alone.enrol()
            stages.append((Stage(rows, alone, receiver, session), customer))
            alone.act(customer, rows.hello or SendText(text=f"{number}"))
        await asyncio.gather(*(stage.alone.world.quiet() for stage, _ in stages))
        answers = await asyncio.gather(*(stage.send(one, f"to {i}") for i, (stage, one) in enumerate(stages)))
        await asyncio.gather(*(stage.alone.world.quiet() for stage, _ in stages))
        assert all(rows.took(answered) for answered in answers)
        assert [stage.shown(one) for stage, one in stages] == [[f"to {number}"] for number in range(100)]
        assert len({stage.alone.world.trace.seq for stage, _ in stages}) == 1
        for received in receiver.received:
            alone = stages[int(received.path.partition("?")[0].rpartition("/")[2])][0].alone
            assert rows.is_genuine(alone.account, received)
        (first, _), (_, foreign) = stages[0], stages[1]
        await first.send(foreign, "not yours")
        await first.settle()
        assert first.shown(foreign) == ["to 1"]


def _placed(name: str, seed: str, shell: Shell, directory: Directory, url: str) -> Alone:
    """A world beside others on a server that runs already."""
    channel, alone = CHANNELS[name], Alone(CHANNELS[name], seed=seed)
    ids = Ids(seed)
    alone.url, alone.world = url, World(seed, ids, shell, start=START, mode="manual")
    alone.component = ChannelComponent(channel, channel.open(ids), ids, lambda: url)
    alone.world.components[name] = alone.component
    directory.open(alone.world)
    return alone


async def _trace_of_a_scenario(name: str, rows: Rows, seed: str) -> list[dict[str, Any]]:
    async with (
        Receiver() as receiver,
        Alone(CHANNELS[name], seed=seed, start=START) as alone,
        aiohttp.ClientSession() as session,
    ):
        alone.connect(receiver.url)
        stage = Stage(rows, alone, receiver, session)
        customer = await stage.customer()
        stage.fault(Duplicate(), when=When("sometimes", probability=0.5))
        receiver.script = [500, 500]
        for number in range(3):
            await stage.say(customer, f"{number}")
            await stage.send(customer, f"{number}")
            await alone.world.advance(alone.world.now + 60_000)
        return [_without_wall_time(hop) for hop in alone.world.trace.after()]


def _without_wall_time(hop: dict[str, Any]) -> dict[str, Any]:
    text = msgspec.json.encode({**hop, "wall": "", "duration_ms": 0}).decode()
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:port", text)
    text = re.sub(r'"(?i:date)":"[^"]*"', '"date":""', text)
    kept: dict[str, Any] = msgspec.json.decode(re.sub(r'"sha256":"[^"]*"', '"sha256":""', text))
    return kept


async def test_the_same_seed_gives_the_same_trace(channel_name: str, rows: Rows) -> None:
    """Apart from wall time and ports; another seed gives another."""
    first = await _trace_of_a_scenario(channel_name, rows, "a")
    assert first == await _trace_of_a_scenario(channel_name, rows, "a")
    assert first != await _trace_of_a_scenario(channel_name, rows, "b")
    assert len(first) > 6


# --- snapshots --------------------------------------------------------------------------------------------------------


async def test_a_snapshot_holds_everything(stage: Stage) -> None:
    """State and timers are read back equal, and the copy goes on as the original would."""
    customer = await stage.customer()
    stage.alone.act(customer, GoOffline())
    await stage.send(customer, "waiting")
    stage.receiver.script = [500] * 9  # more than is tried at once
    other = await stage.customer()
    await stage.say(other, "unheard")
    component, channel = stage.alone.component, stage.alone.component.channel
    raw = component.dump()
    copy = msgspec.msgpack.decode(raw, type=channel.state_type)
    assert msgspec.msgpack.encode(copy) == raw
    events = [event for _, _, event in stage.alone.world.clock.events()]
    assert [component.decode_event(msgspec.msgpack.encode(event)) for event in events] == events
    assert events
    env = component.env(stage.alone.world.now)
    twin = channel.handsets(copy)[customer.identity]
    channel.phone.act(copy, twin, ComeBack(), env)
    assert [item.text for item in twin.screen if item.author == "business"] == ["waiting"]
    assert stage.shown(customer) == []


async def test_people_of_all_names_can_be_enrolled(channel_name: str) -> None:
    """Nameless, one-word and names in any script: each can write."""
    async with Receiver() as receiver, Alone(CHANNELS[channel_name], start=START) as alone:
        alone.connect(receiver.url)
        rows = rows_of(CHANNELS[channel_name])
        assert rows is not None
        for index, name in enumerate(
            (None, "Ada", "\u0645\u062d\u0645\u062f \u0639\u0644\u064a", "山田 太郎", "<b>", "👋")
        ):
            person = people.invent(alone.world.ids, index, name=name)
            customer = alone.component.enrol(person, alone.world.now)
            alone.act(customer, SendText(text=f"{index}"))
        assert await alone.world.quiet()
        assert len(receiver.received) == 6
        assert all(rows.accepts(rows.read(received)) for received in receiver.received)
