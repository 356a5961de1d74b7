"""Faults that hold for every channel: the same cases, each with the channel's own rows."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import aiohttp
import pytest

from fake_channels.core.faults import Delay, Drop, Duplicate, Failure, Reorder, Reset, Status, Throttle, When
from fake_channels.core.handset import SendText
from fake_channels.core.http import HttpRequest
from fake_channels.core.presets import FaultWish, order_of
from fake_channels.core.tables import KnownBy
from fake_channels.registry import CHANNELS
from fake_channels.tests.conftest import Stage


async def test_a_duplicated_callback_comes_twice(stage: Stage) -> None:
    """The same bytes, and nothing besides."""
    customer = await stage.customer()
    stage.fault(Duplicate())
    await stage.say(customer, "Hello")
    assert stage.inbound() == ["Hello", "Hello"]
    assert len({received.body for received in stage.receiver.received}) == 1


async def test_a_reordered_callback_is_overtaken(stage: Stage) -> None:
    """By the next one, and each comes once."""
    first, second = await stage.customer(), await stage.customer()
    stage.fault(Reorder(), when=When("next", 1))
    stage.alone.act(first, SendText(text="first"))
    stage.alone.act(second, SendText(text="second"))
    await stage.settle()
    assert stage.inbound() == ["second", "first"]


async def test_a_dropped_callback_is_lost(stage: Stage) -> None:
    """The vendor believes it delivered and never tries again."""
    customer = await stage.customer()
    stage.fault(Drop(), when=When("next", 1))
    await stage.say(customer, "lost", "found")
    await stage.alone.world.advance(stage.alone.world.now + 7 * 86_400_000)
    assert stage.inbound() == ["found"]


async def test_an_ordered_status_is_the_vendors_own_error(stage: Stage) -> None:
    """With Retry-After when told, before any rule; the next request is served."""
    customer = await stage.customer()
    stage.fault(Status(status=503, retry_after_s=7), inward=True, when=When("next", 1))
    answered = await stage.send(customer, "refused")
    assert answered.status == 503
    assert stage.rows.is_error(answered)
    assert answered.headers["Retry-After"] == "7"
    assert stage.rows.took(await stage.send(customer, "taken"))
    await stage.settle()
    assert stage.shown(customer) == ["taken"]


async def test_a_lost_answer_does_not_undo_the_send(stage: Stage) -> None:
    """The connection is cut after the request was carried out: whoever sends again sends twice."""
    customer = await stage.customer()
    stage.fault(Reset(handled=True), inward=True, when=When("next", 1))
    with pytest.raises(aiohttp.ClientError):
        await stage.send(customer, "once")
    await stage.settle()
    assert stage.shown(customer) == ["once"]


async def test_a_throttle_refuses_until_time_has_passed(stage: Stage) -> None:
    """In the vendor's envelope."""
    customer = await stage.customer()
    stage.fault(Throttle(rate_per_second=1, burst=2), inward=True)
    answers = [await stage.send(customer, f"{number}") for number in range(3)]
    assert [stage.rows.took(answered) for answered in answers] == [True, True, False]
    assert stage.rows.is_throttled(answers[2])
    assert stage.rows.is_error(answers[2])
    await stage.alone.world.advance(stage.alone.world.now + 1_000)
    assert stage.rows.took(await stage.send(customer, "3"))


@pytest.mark.parametrize("name", CHANNELS)
def test_presets_are_named_once_and_act_somewhere(name: str) -> None:
    """A sentence each; an error that comes later names an operation that can fail later."""
    tables = CHANNELS[name].tables
    names = [preset.name for preset in tables.presets]
    assert len(set(names)) == len(names)
    assert all(preset.says.endswith(".") for preset in tables.presets)
    for preset in tables.presets:
        order = order_of(FaultWish(preset=f"{name}:{preset.name}"), {name: tables})
        assert order.what == preset.what
        assert preset.source.startswith("https://") or preset.known_by is KnownBy.INFERRED


async def test_each_preset_of_a_send_does_what_it_says(stage: Stage) -> None:
    """A refusal is the vendor's own error; a failure afterwards is accepted first; neither reaches the phone."""
    customer, channel = await stage.customer(), stage.alone.component.channel
    ask = stage.rows.send(stage.alone.account, customer, "x")
    path, _, query = ask.path.partition("?")
    headers = {key.lower(): value for key, value in ask.headers.items()}
    operation = channel.operation(HttpRequest(ask.method, path, raw_query=query, headers=headers, body=ask.body))
    for preset in channel.tables.presets:
        wish = FaultWish(preset=f"{channel.name}:{preset.name}", when=When("next", 1))
        order = order_of(wish, {channel.name: channel.tables})
        if not order.where.matches("gateway", channel.name, operation):
            continue
        faults = stage.alone.world.faults
        faults.rules.clear()
        faults.add(order, preset.name)
        answered = await stage.send(customer, preset.name)
        await stage.settle()
        if isinstance(preset.what, Status):
            in_body = {HTTPStatus.OK} & set(stage.rows.refuses_with)
            assert answered.status in {preset.what.status, *in_body}, preset.name
            assert stage.rows.is_error(answered), (preset.name, answered)
        if isinstance(preset.what, Failure):
            assert stage.rows.took(answered), (preset.name, answered)
        assert faults.rules[0].hits == 1
    assert stage.shown(customer) == []


async def test_a_delayed_answer_comes_by_the_worlds_clock(stage: Stage) -> None:
    """Not before; the message is sent when the answer is."""
    customer = await stage.customer()
    stage.fault(Delay(seconds=30), inward=True)
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(stage.send(customer, "late"))
        while stage.alone.world.clock.next_timer is None:
            await _turn()
        await stage.settle()
        assert (asked.done(), stage.shown(customer)) == (False, [])
        await stage.alone.world.advance(stage.alone.world.now + 30_000)
        assert stage.shown(customer) == ["late"]
    assert stage.rows.took(asked.result())


async def test_a_delayed_callback_comes_by_the_worlds_clock(stage: Stage) -> None:
    """A late receiver, without a receiver that sleeps."""
    customer = await stage.customer()
    stage.fault(Delay(seconds=30))
    await stage.say(customer, "late")
    assert stage.inbound() == []
    await stage.alone.world.advance(stage.alone.world.now + 30_000)
    assert stage.inbound() == ["late"]


async def _turn() -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0, future.set_result, None)
    await future
