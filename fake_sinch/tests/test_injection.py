"""inject-message: into a conversation's past, told to nobody."""

from typing import Any

import pytest

from fake_sinch.tests.scene import NOW, Scene, violations
from fake_sinch.times import DAY_MS, to_text


def _conversation_id(scene: Scene) -> str:
    scene.send()
    return next(iter(scene.service.state.conversations))


def _body(**changes: Any) -> dict[str, Any]:
    return {
        "accept_time": to_text(NOW - DAY_MS),
        "direction": "TO_APP",
        "channel_identity": {"channel": "SMS", "identity": "+4670"},
        "contact_message": {"text_message": {"text": "old"}},
        **changes,
    }


def test_an_injected_message_stands_in_the_past(scene: Scene) -> None:
    """It is listed after the newer one, marked injected; no callback leaves, last_received stays."""
    conversation_id = _conversation_id(scene)
    scene.webhook("MESSAGE_INBOUND")
    assert scene.ask("POST", f"/conversations/{conversation_id}:inject-message", _body(metadata="m")) == {}
    old = scene.ask("GET", f"/messages?conversation_id={conversation_id}")["messages"][1]
    assert (old["injected"], old["metadata"], old["accept_time"]) == (True, "m", to_text(NOW - DAY_MS))
    assert old["channel_identity"]["identity"] == "4670"
    assert scene.calls == []
    assert scene.ask("GET", f"/conversations/{conversation_id}")["last_received"].startswith("1970")


def test_without_an_identity_the_contacts_first_is_taken(scene: Scene) -> None:
    """An app message may be injected too."""
    body = _body(direction="TO_CONTACT", app_message={"text_message": {"text": "old"}})
    del body["channel_identity"], body["contact_message"]
    conversation_id = _conversation_id(scene)
    scene.ask("POST", f"/conversations/{conversation_id}:inject-message", body)
    old = scene.ask("GET", f"/messages?conversation_id={conversation_id}")["messages"][1]
    assert (old["direction"], old["channel_identity"]["identity"]) == ("TO_CONTACT", "46700000001")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"accept_time": to_text(NOW + 1_000)}, "accept_time"),
        ({"accept_time": to_text(NOW - 30 * DAY_MS - 1)}, "accept_time"),
        ({"accept_time": "yesterday"}, "accept_time"),
        ({"direction": "TO_CONTACT"}, "app_message"),
        ({"contact_id": "X"}, "contact_id"),
        ({"metadata": "x" * 1025}, "metadata"),
        ({"app_message": {"text_message": {"text": "x"}}}, ""),
        ({"contact_message": {}}, "contact_message"),
    ],
)
def test_what_is_refused(scene: Scene, changes: dict[str, Any], field: str) -> None:
    """The future, the far past, the wrong kind of content."""
    path = f"/conversations/{_conversation_id(scene)}:inject-message"
    assert set(violations(scene.ask("POST", path, _body(**changes), status=400))) == {field}


def test_an_unknown_conversation_is_404(scene: Scene) -> None:
    """There is nothing to inject into."""
    scene.ask("POST", "/conversations/X:inject-message", _body(), status=404)


def test_thirty_days_to_the_millisecond_are_allowed(scene: Scene) -> None:
    """The bound itself is inside, and an old message does not make the conversation look idle."""
    conversation_id = _conversation_id(scene)
    body = _body(accept_time=to_text(NOW - 30 * DAY_MS))
    assert scene.ask("POST", f"/conversations/{conversation_id}:inject-message", body) == {}
    assert scene.service.state.conversations[conversation_id].last_activity == NOW
