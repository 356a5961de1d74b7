"""messages:send: refusals at once, contact and routes, modes, metadata."""

from typing import Any

import orjson
import pytest

from fake_sinch import contracts
from fake_sinch.settings import Rates, Settings
from fake_sinch.state import StoredMessage
from fake_sinch.tests.scene import NOW, Scene, violations
from fake_sinch.times import to_text


def _routes(message: StoredMessage) -> list[tuple[str, str]]:
    assert message.sending is not None
    return [(r.channel, r.identity) for r in message.sending.routes]


def _body(scene: Scene, **fields: Any) -> dict[str, Any]:
    identities = [{"channel": "WHATSAPP", "identity": "1"}]
    return {
        "app_id": scene.app_id,
        "recipient": {"identified_by": {"channel_identities": identities}},
        "message": {"text_message": {"text": "hi"}},
        **fields,
    }


def test_a_text_is_accepted_and_submitted(scene: Scene, submitted: list[StoredMessage]) -> None:
    """The answer has id and time; contact and conversation come into being; the pipeline gets the message."""
    said = scene.send("+46700000001", message_metadata="m", correlation_id="c", ttl="10s", queue="HIGH_PRIORITY")
    assert contracts.violations("responses", "send_message", said) == ()
    assert said["accepted_time"] == to_text(NOW)
    (message,) = submitted
    assert message.id == said["message_id"]
    assert (message.direction, message.processing_mode, message.metadata) == ("TO_CONTACT", "CONVERSATION", "m")
    assert (message.channel, message.identity, message.correlation_id) == ("WHATSAPP", "46700000001", "c")
    assert orjson.loads(message.body) == {"text_message": {"text": "hello"}}
    assert message.sending is not None
    assert (message.sending.expires_at, message.sending.high_priority) == (NOW + 10_000, True)
    contact = scene.service.state.contacts[message.contact_id]
    assert (contact.display_name, contact.language) == ("Unknown", "UNSPECIFIED")


def test_callbacks_of_a_first_send(scene: Scene) -> None:
    """CONTACT_CREATE then CONVERSATION_START, in that order, both with the app's id."""
    scene.webhook("CONTACT_CREATE", "CONVERSATION_START")
    scene.send()
    seen = scene.callbacks()
    assert [next(k for k in c if k.endswith("notification")) for c in seen] == [
        "contact_create_notification",
        "conversation_start_notification",
    ]
    assert {c["app_id"] for c in seen} == {scene.app_id}
    for trigger, callback in zip(("CONTACT_CREATE", "CONVERSATION_START"), seen, strict=True):
        assert contracts.violations("callbacks", trigger, callback) == ()


def test_a_known_identity_finds_its_contact(scene: Scene, submitted: list[StoredMessage]) -> None:
    """With or without "+", on any of the identities given."""
    contact = scene.contact("46700000001")
    scene.send("+46700000001")
    identities = [{"channel": "SMS", "identity": "5"}, {"channel": "WHATSAPP", "identity": "46700000001"}]
    scene.ask("POST", "/messages:send", _body(scene, recipient={"identified_by": {"channel_identities": identities}}))
    assert {m.contact_id for m in submitted} == {contact["id"]}
    assert _routes(submitted[1]) == [("SMS", "5"), ("WHATSAPP", "46700000001")]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"channel_priority_order": ["SMS", "RCS"]}, {"channel_priority_order[1]"}),
        ({"message_metadata": "x" * 1025}, {"message_metadata"}),
        ({"correlation_id": "x" * 129}, {"correlation_id"}),
        ({"conversation_metadata": {"a": "x" * 2048}}, {"conversation_metadata"}),
        ({"conversation_metadata": "text"}, {"conversation_metadata"}),
        ({"channel_properties": {"SMS_SENDER": "x" * 1025}}, {"channel_properties.SMS_SENDER"}),
        ({"ttl": "2s"}, {"ttl"}),
        ({"ttl": "315576000001s"}, {"ttl"}),
        ({"ttl": "2s", "channel_priority_order": ["RCS"]}, {"ttl", "channel_priority_order[0]"}),
        ({"ttl": 10, "queue": "LOW"}, {"ttl", "queue"}),
        ({"recipient": {}}, {"recipient"}),
        ({"recipient": {"contact_id": "a", "identified_by": {"channel_identities": []}}}, None),
        ({"message": {"location_message": {"title": "x", "coordinates": {"latitude": 91}}}}, None),
        ({"message": {"media_message": {}}}, {"message.media_message.url"}),
        ({"message": {"carousel_message": {"cards": []}}}, {"message.carousel_message.cards"}),
        ({"callback_url": "nowhere"}, {"callback_url"}),
    ],
)
def test_refused_at_once(
    scene: Scene, submitted: list[StoredMessage], changes: dict[str, Any], fields: set[str] | None
) -> None:
    """Malformed requests are 400 with every path, and leave nothing behind."""
    found = violations(scene.ask("POST", "/messages:send", _body(scene, **changes), status=400))
    assert found
    assert fields is None or set(found) == fields
    state = scene.service.state
    assert (submitted, state.messages, state.contacts, state.conversations) == ([], {}, {}, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"message_metadata": "x" * 1024},
        {"correlation_id": "x" * 128},
        {"ttl": "3s"},
        {"ttl": "3.5s"},
        {"conversation_metadata": {"a": "x" * 2040}},
        {"channel_priority_order": []},
        {"novelty": 1},
    ],
)
def test_accepted_up_to_the_limit(scene: Scene, changes: dict[str, Any]) -> None:
    """The greatest allowed values pass, and so do unknown fields."""
    scene.ask("POST", "/messages:send", _body(scene, **changes))


def test_an_unknown_app_is_404(scene: Scene) -> None:
    """The one reference that is checked at once."""
    scene.ask("POST", "/messages:send", _body(scene, app_id="X"), status=404)


def test_an_unknown_contact_fails_later(scene: Scene, submitted: list[StoredMessage]) -> None:
    """The send is accepted; a FAILED report says CONTACT_NOT_FOUND."""
    scene.webhook("MESSAGE_DELIVERY")
    said = scene.ask("POST", "/messages:send", _body(scene, recipient={"contact_id": "X"}))
    (told,) = scene.callbacks()
    report = told["message_delivery_report"]
    assert (report["message_id"], report["status"]) == (said["message_id"], "FAILED")
    assert report["reason"]["code"] == "CONTACT_NOT_FOUND"
    assert contracts.violations("callbacks", "MESSAGE_DELIVERY", told) == ()
    assert submitted == []
    assert "channel_identity" not in report
    listed = scene.ask("GET", "/messages")
    assert contracts.violations("responses", "messages", listed) == ()


def test_a_contact_without_a_usable_identity_fails_later(scene: Scene, submitted: list[StoredMessage]) -> None:
    """NO_CHANNEL_IDENTITY_FOR_CONTACT when the order names none of the contact's channels."""
    scene.webhook("MESSAGE_DELIVERY")
    recipient = {"contact_id": scene.contact()["id"]}
    scene.ask("POST", "/messages:send", _body(scene, recipient=recipient, channel_priority_order=["SMS"]))
    assert scene.callbacks()[0]["message_delivery_report"]["reason"]["code"] == "NO_CHANNEL_IDENTITY_FOR_CONTACT"
    assert submitted == []


def _multi(scene: Scene, **fields: Any) -> str:
    identities = [{"channel": c, "identity": "7"} for c in ("SMS", "TELEGRAM", "WHATSAPP", "RCS")]
    made = scene.ask("POST", "/contacts", {"channel_identities": identities, "language": "EN", **fields})
    return str(made["id"])


@pytest.mark.parametrize(
    ("priority", "order", "expected"),
    [
        ([], [], ["WHATSAPP", "TELEGRAM", "SMS"]),
        (["SMS"], [], ["SMS", "WHATSAPP", "TELEGRAM"]),
        (["SMS"], ["TELEGRAM", "WHATSAPP"], ["TELEGRAM", "WHATSAPP"]),
        (["RCS", "TELEGRAM"], [], ["TELEGRAM", "WHATSAPP", "SMS"]),
    ],
)
def test_order_of_channels_for_a_contact(
    scene: Scene, submitted: list[StoredMessage], priority: list[str], order: list[str], expected: list[str]
) -> None:
    """The request's order, else the contact's, else the app's; only channels the app has."""
    recipient = {"contact_id": _multi(scene, channel_priority=priority)}
    scene.ask("POST", "/messages:send", _body(scene, recipient=recipient, channel_priority_order=order))
    assert [channel for channel, _ in _routes(submitted[0])] == expected


def test_the_active_channel_comes_first(scene: Scene, submitted: list[StoredMessage]) -> None:
    """A conversation goes on where it was."""
    contact_id = _multi(scene)
    body = {"app_id": scene.app_id, "contact_id": contact_id, "active_channel": "SMS"}
    scene.ask("POST", "/conversations", body)
    scene.ask("POST", "/messages:send", _body(scene, recipient={"contact_id": contact_id}))
    assert _routes(submitted[0])[0][0] == "SMS"


def test_priority_order_sorts_the_given_identities(scene: Scene, submitted: list[StoredMessage]) -> None:
    """Only the channels named are tried, in their order."""
    identities = [{"channel": c, "identity": "8"} for c in ("WHATSAPP", "SMS", "TELEGRAM")]
    recipient = {"identified_by": {"channel_identities": identities}}
    order = ["TELEGRAM", "WHATSAPP"]
    scene.ask("POST", "/messages:send", _body(scene, recipient=recipient, channel_priority_order=order))
    assert _routes(submitted[0]) == [("TELEGRAM", "8"), ("WHATSAPP", "8")]
    assert submitted[0].identity_app_id == scene.app_id


def test_dispatch_mode_knows_no_contacts(dispatch: Scene, submitted: list[StoredMessage]) -> None:
    """No contact and no conversation; the ids are empty."""
    dispatch.send()
    (message,) = submitted
    assert (message.processing_mode, message.contact_id, message.conversation_id) == ("DISPATCH", "", "")
    assert (dispatch.service.state.contacts, dispatch.service.state.conversations) == ({}, {})


def test_dispatch_only_overrides_the_apps_mode(scene: Scene, submitted: list[StoredMessage]) -> None:
    """One message of a CONVERSATION app may be dispatched."""
    scene.send(processing_strategy="DISPATCH_ONLY")
    assert submitted[0].processing_mode == "DISPATCH"
    assert scene.service.state.contacts == {}


def test_conversation_metadata_builds_up_by_its_strategy(scene: Scene) -> None:
    """REPLACE is the default; MERGE_PATCH adds and removes; the limit is on the result."""
    scene.send(conversation_metadata={"a": 1, "b": 2})
    merge = {"conversation_metadata_update_strategy": "MERGE_PATCH"}
    scene.send(conversation_metadata={"b": None, "c": "x" * 1500}, ttl=None, **merge)
    (conversation,) = scene.service.state.conversations.values()
    assert conversation.metadata_json == {"a": 1, "c": "x" * 1500}
    body = _body(scene, conversation_metadata={"d": "x" * 1500}, **merge)
    body["recipient"]["identified_by"]["channel_identities"][0]["identity"] = "46700000001"
    assert set(violations(scene.ask("POST", "/messages:send", body, status=400))) == {"conversation_metadata"}
    scene.send(conversation_metadata={"z": 0}, correlation_id="cid")
    assert (conversation.metadata_json, conversation.correlation_id) == ({"z": 0}, "cid")


def test_a_full_queue_is_429() -> None:
    """When the app's queue is full, sends are refused until it has drained."""
    scene = Scene(settings=Settings(outbound_queue_limit=2, rates=Rates(outbound_per_second=1.0)))
    answered = []
    for _ in range(5):
        reply = scene.ask_raw("POST", "/messages:send", _body(scene))
        answered.append(reply.status)
    assert answered[-1] == 429
    assert orjson.loads(reply.body)["error"]["status"] == "RESOURCE_EXHAUSTED"
    said = scene.ask("GET", f"/apps/{scene.app_id}")
    assert said["queue_stats"] == {"outbound_size": 2, "outbound_limit": 2}
    scene.advance(60_000)
    scene.send()


def test_transcode_needs_a_known_app(scene: Scene) -> None:
    """An unknown app and an empty list of channels are 400."""
    body = {"app_id": "X", "app_message": {"text_message": {"text": "hi"}}, "channels": ["SMS"]}
    assert set(violations(scene.ask("POST", "/messages:transcode", body, status=400))) == {"app_id"}
    body = {**body, "app_id": scene.app_id, "channels": []}
    assert set(violations(scene.ask("POST", "/messages:transcode", body, status=400))) == {"channels"}


def test_an_identity_of_another_app_is_no_route(scene: Scene, submitted: list[StoredMessage]) -> None:
    """An app-scoped identity that belongs to another app is passed over."""
    identities = [
        {"channel": "TELEGRAM", "identity": "1", "app_id": "OTHER"},
        {"channel": "SMS", "identity": "2"},
    ]
    made = scene.ask("POST", "/contacts", {"channel_identities": identities, "language": "EN"})
    scene.ask("POST", "/messages:send", _body(scene, recipient={"contact_id": made["id"]}))
    assert _routes(submitted[0]) == [("SMS", "2")]
