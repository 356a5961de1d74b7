"""The vendor's own SDK, unmodified, against this server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from fake_channels.core.alone import Alone
from fake_channels.core.handset import SendText
from fake_channels.core.instants import DAY, to_rfc3339
from fake_channels.sms import CHANNEL
from fake_channels.tests.receiver import Receiver

sinch = pytest.importorskip("sinch")
pytestmark = [pytest.mark.client, pytest.mark.slow]


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
    async with Receiver() as receiver, Alone(CHANNEL, start=1_700_000_000_000) as alone:
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
    async with Alone(CHANNEL, start=1_700_000_000_000) as alone:
        sms = client(alone).sms
        later = to_rfc3339(1_700_000_000_000 + DAY)
        sent = await ask(sms.batches.send_sms, to=["+15550100100"], from_="12345", body="Hi", send_at=later)
        assert (await ask(sms.batches.cancel, batch_id=sent.id)).canceled is True
        with pytest.raises(Exception, match="404"):
            await ask(sms.batches.get, batch_id="unknown")
