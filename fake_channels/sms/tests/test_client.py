"""The vendor's own SDK, unmodified, against this server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from fake_channels.core.alone import Alone
from fake_channels.core.handset import SendText
from fake_channels.core.instants import DAY, to_rfc3339
from fake_channels.sms import CHANNEL
from fake_channels.tests.receiver import Receiver

sinch = pytest.importorskip("sinch")
pytestmark = [pytest.mark.client, pytest.mark.slow]

_START = 1_700_000_000_000


def client(alone: Alone) -> Any:
    """A client of this service plan; only its domain is changed."""
    made = sinch.SinchClient(
        service_plan_id=alone.account.service_plan_id, sms_api_token=alone.account.token, sms_region="eu"
    )
    made.configuration.sms_domain_with_service_plan_id = alone.url
    return made


async def ask(call: Callable[..., Any], **fields: Any) -> Any:
    """A blocking call of the SDK, off the loop."""
    return await asyncio.to_thread(lambda: call(**fields))


async def test_send_get_list_report_and_inbound() -> None:
    """A batch goes out and is found again, with its reports; a customer's text is listed."""
    async with Receiver() as receiver, Alone(CHANNEL, start=_START) as alone:
        alone.connect(receiver.url)
        customer, sms = alone.enrol(), client(alone).sms
        sent = await ask(
            sms.batches.send_sms, to=[f"+{customer.identity}"], from_="12345", body="Grüße 👋", delivery_report="full"
        )
        assert (sent.to, sent.body, sent.canceled) == ([customer.identity], "Grüße 👋", False)
        assert (await ask(sms.batches.get, batch_id=sent.id)).id == sent.id
        listed = await ask(sms.batches.list, start_date=None)
        assert [batch.id for batch in listed.content()] == [sent.id]
        report = await ask(sms.delivery_reports.get, batch_id=sent.id, report_type="full")
        assert [(one.status, one.recipients) for one in report.statuses] == [("Delivered", [customer.identity])]
        alone.act(customer, SendText(text="Hi"))
        inbounds = await ask(sms.inbounds.list)
        assert [(one.body, one.to) for one in inbounds.content()] == [("Hi", "12345")]
        assert await alone.world.quiet()
        assert [one.json()["type"] for one in receiver.received] == ["delivery_report_sms", "mo_text"]


async def test_cancel_and_errors() -> None:
    """A waiting batch is cancelled; an unknown one is the SDK's error with 404."""
    async with Alone(CHANNEL, start=_START) as alone:
        sms = client(alone).sms
        later = to_rfc3339(_START + DAY)
        sent = await ask(sms.batches.send_sms, to=["+15550100100"], from_="12345", body="Hi", send_at=later)
        assert (await ask(sms.batches.cancel, batch_id=sent.id)).canceled is True
        with pytest.raises(Exception, match="404"):
            await ask(sms.batches.get, batch_id="unknown")


async def test_groups() -> None:
    """Made, changed, sent to, listed, replaced, deleted."""
    async with Alone(CHANNEL, start=_START) as alone:
        sms, first, second = client(alone).sms, alone.enrol(), alone.enrol()
        rule = {"to": alone.account.number, "add": {"first_word": "JOIN"}, "remove": {"first_word": "LEAVE"}}
        group = await ask(sms.groups.create, name="Friends", members=[f"+{first.identity}"], auto_update=rule)
        assert (group.name, group.size, group.auto_update.add.first_word) == ("Friends", 1, "JOIN")
        alone.act(second, SendText(text="join"))
        listed = await ask(sms.groups.list_members, group_id=group.id)
        assert list(listed.content()) == [first.identity, second.identity]
        await ask(sms.batches.send_sms, to=[group.id], from_="12345", body="Hi all")
        assert [one.screen[-1].text for one in (first, second)] == ["Hi all"] * 2
        told = await ask(sms.groups.update, group_id=group.id, remove=[first.identity], name="Friend")
        assert (told.size, told.name) == (1, "Friend")
        child = await ask(sms.groups.create, members=[first.identity])
        told = await ask(sms.groups.replace, group_id=group.id, name="Both", child_groups=[child.id])
        assert (told.name, told.size, told.child_groups) == ("Both", 1, [child.id])
        assert (await ask(sms.groups.get, group_id=child.id)).size == 1
        groups = await ask(sms.groups.list)
        assert [one.id for one in groups.content()] == [child.id, group.id]
        assert await ask(sms.groups.delete, group_id=group.id) is None
        with pytest.raises(Exception, match="404"):
            await ask(sms.groups.get, group_id=group.id)
        with pytest.raises(Exception, match="403"):
            await ask(sms.batches.send_sms, to=[group.id], from_="12345", body="Hi")


async def test_dry_runs_parameters_and_changes() -> None:
    """Counted before, filled for each, changed while it waits, replaced, and told to have been got."""
    async with Alone(CHANNEL, start=_START) as alone:
        sms, first, second = client(alone).sms, alone.enrol(), alone.enrol()
        to = [first.identity, second.identity]
        fields = {
            "to": to,
            "from_": "12345",
            "body": "Hi ${name} 👋",
            "parameters": {"name": {first.identity: "Ada", "default": "there"}},
        }
        dry = await ask(sms.batches.dry_run_sms, per_recipient=True, number_of_recipients=2, **fields)
        assert (dry.number_of_recipients, dry.number_of_messages) == (2, 2)
        assert [(one.body, one.encoding) for one in dry.per_recipient] == [
            ("Hi Ada 👋", "unicode"),
            ("Hi there 👋", "unicode"),
        ]
        later = datetime.fromtimestamp((_START + DAY) / 1000, UTC)
        batch = await ask(sms.batches.send_sms, send_at=later, feedback_enabled=True, **fields)
        changed = await ask(
            sms.batches.update_sms, batch_id=batch.id, to_remove=[second.identity], body="Hello ${name}"
        )
        assert (changed.to, changed.body) == ([first.identity], "Hello ${name}")
        await alone.world.advance(_START + DAY)
        assert [item.text for item in first.screen] == ["Hello Ada"]
        assert second.screen == []
        again = await ask(sms.batches.replace_sms, batch_id=batch.id, to=to, from_="12345", body="Anew")
        assert again.id == batch.id
        assert second.screen[-1].text == "Anew"
        assert await ask(sms.batches.send_delivery_feedback, batch_id=batch.id, recipients=to) is None
        assert alone.account.batches[batch.id].confirmed == to


async def test_binary_and_reports() -> None:
    """A binary batch, one recipient's report, the list of reports by status, one inbound by its id."""
    async with Receiver() as receiver, Alone(CHANNEL, start=_START) as alone:
        alone.connect(receiver.url)
        sms, customer = client(alone).sms, alone.enrol()
        binary = await ask(
            sms.batches.send_binary,
            to=[customer.identity],
            from_="12345",
            body="SGk=",
            udh="050003010101",
            delivery_report="per_recipient_final",
        )
        assert binary.udh == "050003010101"
        report = await ask(sms.delivery_reports.get_for_number, batch_id=binary.id, recipient=customer.identity)
        assert (report.status, report.code) == ("Delivered", 0)
        lost = await ask(
            sms.batches.send_sms, to=["15550100100"], from_="12345", body="x", delivery_report="per_recipient"
        )
        found = await ask(sms.delivery_reports.list, status=["Failed"], code=[150])
        assert [(one.batch_id, one.recipient) for one in found.content()] == [(lost.id, "15550100100")]
        alone.act(customer, SendText(text="Hi"))
        inbound = next(iter(alone.account.inbounds))
        assert (await ask(sms.inbounds.get, inbound_id=inbound)).body == "Hi"
        assert await alone.world.quiet()
        events = sinch.SinchClient().sms.sinch_events(alone.account.callback_secret)
        for one in receiver.received:
            assert events.validate_authentication_header(one.headers, one.body.decode())
            assert events.parse_event(one.body.decode()) is not None
