"""events:send: who gets the event, and what is refused at once."""

from typing import Any

import pytest

from fake_sinch import contracts
from fake_sinch.tests.scene import Scene, violations


def _body(scene: Scene, **changes: Any) -> dict[str, Any]:
    identities = [{"channel": "SMS", "identity": "+1"}]
    return {
        "app_id": scene.app_id,
        "recipient": {"identified_by": {"channel_identities": identities}},
        "event": {"composing_event": {}},
        **changes,
    }


def test_an_event_is_accepted_and_reported(scene: Scene) -> None:
    """Its report carries the event's id and metadata; SMS has no such event."""
    scene.webhook("EVENT_DELIVERY")
    said = scene.ask("POST", "/events:send", _body(scene, event_metadata="m"))
    assert contracts.violations("responses", "send_event", said) == ()
    (told,) = scene.callbacks()
    assert contracts.violations("callbacks", "EVENT_DELIVERY", told) == ()
    report = told["event_delivery_report"]
    assert (report["event_id"], report["metadata"]) == (said["event_id"], "m")
    assert (report["status"], report["reason"]["code"]) == ("FAILED", "UNSUPPORTED_OPERATION")
    contact = scene.service.find_contact("SMS", "1")
    assert contact is not None
    assert report["contact_id"] == contact.id


def test_only_one_channel_is_tried(scene: Scene) -> None:
    """The first in order; dispatch mode needs no contact."""
    scene.service.state.apps[scene.app_id].processing_mode = "DISPATCH"
    identities = [{"channel": "SMS", "identity": "1"}, {"channel": "TELEGRAM", "identity": "2"}]
    recipient = {"identified_by": {"channel_identities": identities}}
    scene.ask("POST", "/events:send", _body(scene, recipient=recipient, channel_priority_order=["TELEGRAM", "SMS"]))
    assert [c.target for c in scene.calls] == ["telegram"]
    assert scene.service.state.contacts == {}


def test_a_contact_is_reached_where_it_is(scene: Scene) -> None:
    """By its id, on its first usable channel; callback_url takes the report."""
    identities = [{"channel": "SMS", "identity": "1"}]
    made = scene.ask("POST", "/contacts", {"channel_identities": identities, "language": "EN"})
    body = _body(scene, recipient={"contact_id": made["id"]}, callback_url="https://mine.test/")
    scene.ask("POST", "/events:send", body)
    assert [c.url for c in scene.calls] == ["https://mine.test/"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"event": {}}, {"event"}),
        ({"event": {"composing_event": {}, "generic_event": {"payload": {}}}}, {"event"}),
        ({"event": {"generic_event": {}}}, {"event.generic_event.payload"}),
        ({"channel_priority_order": ["RCS"]}, {"channel_priority_order[0]"}),
        ({"event_metadata": "x" * 1025}, {"event_metadata"}),
        ({"recipient": {"contact_id": "X"}}, set()),
    ],
)
def test_refused_at_once(scene: Scene, changes: dict[str, Any], fields: set[str]) -> None:
    """Exactly one event; configured channels; a recipient that can be reached."""
    said = scene.ask("POST", "/events:send", _body(scene, **changes), status=400)
    assert set(violations(said)) == fields
    assert scene.service.state.contacts == {}


def test_an_unknown_app_is_404(scene: Scene) -> None:
    """As for messages."""
    scene.ask("POST", "/events:send", _body(scene, app_id="X"), status=404)
