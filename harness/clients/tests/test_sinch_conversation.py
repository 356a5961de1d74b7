"""Sinch's Python SDK, unmodified, with the fake Conversation API: token, apps, contacts, messages, webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.clients.desk import Phone, Receiver, Request, World

sinch = pytest.importorskip("sinch")
exceptions = pytest.importorskip("sinch.domains.conversation.api.v1.exceptions")
pytestmark = pytest.mark.client


@pytest.fixture
def world(world_of: Callable[[str], World]) -> World:
    """A world with WhatsApp behind the app."""
    return world_of("whatsapp")


@pytest.fixture
def client(world: World) -> Any:
    """The SDK with the world's credentials, pointed at the lab."""
    made = sinch.SinchClient(
        key_id=world.sinch["key_id"],
        key_secret=world.sinch["key_secret"],
        project_id=world.sinch["project_id"],
        conversation_region="eu",
    )
    made.configuration.auth_origin = made.configuration.conversation_origin = world.sinch["base_url"]
    return made


@pytest.fixture
def phone(world: World) -> Phone:
    """A customer who has just written, so that WhatsApp lets the business answer."""
    made = world.phone("Mia Berg")
    made.does("send_text", text="Is anybody there?")
    world.settle()
    return made


def to(phone: Phone) -> list[dict[str, str]]:
    """The phone as a recipient."""
    return [{"channel": "WHATSAPP", "identity": phone.identity}]


def test_a_text_reaches_the_phone_and_can_be_read_back(client: Any, world: World, phone: Phone) -> None:
    """Send, get, list and delete speak the vendor's models; the phone shows what was sent."""
    app = world.sinch["app_id"]
    sent = client.conversation.messages.send_text_message(
        app_id=app, text="Here we are.", recipient_identities=to(phone), message_metadata="m1"
    )
    assert phone.sees("text")["text"] == "Here we are."
    got = client.conversation.messages.get(sent.message_id)
    assert (got.id, got.metadata, got.app_message.text_message.text) == (sent.message_id, "m1", "Here we are.")
    listed = [message.id for message in client.conversation.messages.list(app_id=app).iterator()]
    assert listed[0] == sent.message_id
    assert len(listed) == 2
    client.conversation.messages.delete(sent.message_id)
    with pytest.raises(exceptions.ConversationException, match="was not found"):
        client.conversation.messages.get(sent.message_id)


def test_choices_become_buttons_and_a_tap_comes_back_signed(
    client: Any, world: World, phone: Phone, receiver: Receiver
) -> None:
    """A choice message is tapped on the phone; the SDK validates the callback and reads the answer."""
    world.point_at(receiver.url)
    client.conversation.messages.send_choice_message(
        app_id=world.sinch["app_id"],
        choice_message={
            "text_message": {"text": "Shall we call you?"},
            "choices": [
                {"text_message": {"text": "Yes"}, "postback_data": "yes"},
                {"text_message": {"text": "No"}, "postback_data": "no"},
            ],
        },
        recipient_identities=to(phone),
    )
    shown = phone.sees("buttons")
    phone.does("tap", item=shown["id"], button="Yes")
    request = receiver.wait(lambda request: b"choice_response_message" in request.body)
    events = client.conversation.sinch_events(world.sinch["webhook"]["secret"])
    assert events.validate_authentication_header(request.headers, request.body)
    assert not events.validate_authentication_header(request.headers, request.body + b" ")
    event = events.parse_event(request.body, request.headers)
    assert event.message.contact_message.choice_response_message.postback_data == "yes"
    assert event.message.channel_identity.identity == phone.identity


def test_delivery_reports_parse_as_typed_events(client: Any, world: World, phone: Phone, receiver: Receiver) -> None:
    """Submission, delivery and an inbound text arrive as the SDK's own event types, every signature valid."""
    world.point_at(receiver.url)
    events = client.conversation.sinch_events(world.sinch["webhook"]["secret"])
    sent = client.conversation.messages.send_text_message(
        app_id=world.sinch["app_id"], text="On its way", recipient_identities=to(phone)
    )

    def parsed(marker: bytes) -> Any:
        request = receiver.wait(lambda request: marker in request.body)
        assert events.validate_authentication_header(request.headers, request.body)
        return events.parse_event(request.body, request.headers)

    submitted = parsed(b"message_submit_notification")
    assert submitted.message_submit_notification.message_id == sent.message_id
    report = parsed(b'"DELIVERED"').message_delivery_report
    assert (report.message_id, report.status) == (sent.message_id, "DELIVERED")
    phone.does("send_text", text="Thank you")
    assert parsed(b"contact_message").message.contact_message.text_message.text == "Thank you"


def test_apps_and_contacts(client: Any, world: World, phone: Phone) -> None:
    """The world's app is listed; the customer is a contact, found by identity, changed and removed."""
    assert [app.id for app in client.conversation.apps.list().iterator()] == [world.sinch["app_id"]]
    assert client.conversation.apps.get(world.sinch["app_id"]).display_name == "Contact centre"
    contacts = client.conversation.contacts
    (found,) = contacts.list(channel="WHATSAPP", identity=phone.identity).iterator()
    assert found.display_name == "Mia Berg"
    assert contacts.update(found.id, display_name="Mia B.").display_name == "Mia B."
    made = contacts.create(
        channel_identities=[{"channel": "SMS", "identity": "46701740605"}], language="EN_US", display_name="Somebody"
    )
    assert {contact.id for contact in contacts.list().iterator()} == {found.id, made.id}
    contacts.delete(made.id)
    with pytest.raises(exceptions.ConversationException, match="was not found"):
        contacts.get(made.id)


def test_refusals_carry_the_vendors_text(client: Any, world: World, phone: Phone) -> None:
    """Unknown apps and bad values surface as the SDK's exceptions, with status and sentence."""
    with pytest.raises(exceptions.ConversationException, match="was not found") as raised:
        client.conversation.messages.send_text_message(app_id="01UNKNOWN", text="x", recipient_identities=to(phone))
    assert raised.value.http_response.status_code == 404
    with pytest.raises(exceptions.ConversationException, match="INVALID_ARGUMENT") as raised:
        client.conversation.messages.send_text_message(
            app_id=world.sinch["app_id"], text="x", recipient_identities=to(phone), ttl="1s"
        )
    assert "ttl" in str(raised.value)


def test_an_expired_token_is_renewed_and_the_call_repeated(client: Any, world: World, phone: Phone) -> None:
    """The 401 says `expired` where the SDK looks for it, so a send after the token's hour still arrives."""
    app = world.sinch["app_id"]
    client.conversation.messages.send_text_message(app_id=app, text="first", recipient_identities=to(phone))
    world.advance("61m")
    client.conversation.messages.send_text_message(app_id=app, text="second", recipient_identities=to(phone))
    world.settle()
    assert phone.sees("text")["text"] == "second"
    sends = [hop["status"] for hop in world.trace() if hop["name"] == "messages:send"]
    assert sends == [200, 401, 200]


def test_a_wrong_secret_gets_no_token(client: Any, world: World) -> None:
    """The token endpoint's own error text reaches the caller."""
    client.configuration.key_secret = "wrong"
    with pytest.raises(Exception, match="Client authentication failed"):
        client.conversation.apps.get(world.sinch["app_id"])


def test_every_callback_of_a_talk_is_valid(client: Any, world: World, receiver: Receiver) -> None:
    """From the first word on: contact, conversation and message callbacks all verify, and name their project."""
    world.point_at(receiver.url)
    events = client.conversation.sinch_events(world.sinch["webhook"]["secret"])
    world.phone("Jo Lind").does("send_text", text="Grüße 👋")
    seen: set[str] = set()

    def note(request: Request) -> bool:
        assert events.validate_authentication_header(request.headers, request.body)
        body = json.loads(request.body)
        assert body["project_id"] == world.sinch["project_id"]
        seen.update(body)
        return {"contact_create_notification", "conversation_start_notification", "message"} <= seen

    receiver.wait(note)
