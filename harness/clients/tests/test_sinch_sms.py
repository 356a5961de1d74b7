"""Sinch's Python SDK, unmodified, with the fake SMS API: batches, reports, inbound messages, callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.clients.desk import Phone, Receiver, World

sinch = pytest.importorskip("sinch")
exceptions = pytest.importorskip("sinch.domains.sms.api.v1.exceptions")
pytestmark = pytest.mark.client


@pytest.fixture
def world(world_of: Callable[[str], World]) -> World:
    """A world with SMS."""
    return world_of("sms")


@pytest.fixture
def client(world: World) -> Any:
    """The SDK with the service plan's own token, pointed at the lab."""
    made = sinch.SinchClient(
        service_plan_id=world.account["service_plan_id"], sms_api_token=world.account["token"], sms_region="eu"
    )
    made.configuration.sms_domain_with_service_plan_id = world.account["base_url"]
    return made


@pytest.fixture
def phone(world: World) -> Phone:
    """A customer."""
    return world.phone()


def send(client: Any, world: World, phone: Phone, body: str, **rest: Any) -> Any:
    """Send one text."""
    return client.sms.batches.send_sms(to=[phone.identity], from_=world.account["number"], body=body, **rest)


def test_a_text_reaches_the_phone_and_its_report_says_so(client: Any, world: World, phone: Phone) -> None:
    """The batch is read back and listed, and the delivery report counts one delivered message."""
    batch = send(client, world, phone, "Your code is 4711", delivery_report="full", client_reference="r1")
    assert phone.sees("text")["text"] == "Your code is 4711"
    world.settle()
    assert client.sms.batches.get(batch.id).body == "Your code is 4711"
    assert [found.id for found in client.sms.batches.list().iterator()] == [batch.id]
    report = client.sms.delivery_reports.get(batch.id, report_type="full")
    (status,) = report.statuses
    assert (report.client_reference, status.code, status.count, status.status) == ("r1", 0, 1, "Delivered")
    number = client.sms.delivery_reports.get_for_number(batch.id, phone.identity.lstrip("+"))
    assert number.status == "Delivered"


def test_a_batch_can_be_tried_dry(client: Any, world: World, phone: Phone) -> None:
    """A dry run counts parts and sends nothing."""
    dry = client.sms.batches.dry_run_sms(to=[phone.identity], from_=world.account["number"], body="x" * 200)
    assert (dry.number_of_recipients, dry.number_of_messages) == (1, 2)
    assert "text" not in [hop["name"] for hop in world.trace()]


def test_callbacks_are_validated_and_parsed(client: Any, world: World, phone: Phone, receiver: Receiver) -> None:
    """A report to the batch's own callback URL carries a signature that the SDK accepts, and only intact."""
    batch = send(client, world, phone, "hello", delivery_report="summary", event_destination_target=receiver.url)
    request = receiver.wait(lambda request: b"delivery_report_sms" in request.body)
    events = client.sms.sinch_events(world.account["callback_secret"])
    assert events.validate_authentication_header(request.headers, request.body)
    assert not events.validate_authentication_header(request.headers, request.body + b" ")
    report = events.parse_event(request.body, request.headers)
    assert (report.batch_id, report.statuses[0].status) == (batch.id, "Delivered")


def test_what_a_phone_sends_is_listed_as_inbound(client: Any, world: World, phone: Phone) -> None:
    """A customer's text is read through the inbounds API."""
    phone.does("send_text", text="STATUS 12")
    world.settle()
    (found,) = client.sms.inbounds.list().iterator()
    assert (found.body, found.from_) == ("STATUS 12", phone.identity.lstrip("+"))
    assert client.sms.inbounds.get(found.id).id == found.id


def test_a_refusal_carries_the_vendors_text(client: Any, phone: Phone) -> None:
    """Too long a text is refused; the exception holds the status."""
    with pytest.raises(exceptions.SmsException) as raised:
        client.sms.batches.send_sms(to=[phone.identity], from_="x", body="x" * 2_001)
    assert raised.value.http_response.status_code == 400
