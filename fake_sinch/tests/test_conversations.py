"""Conversations: one active thread per app and contact, metadata, lists."""

from typing import Any

import pytest

from fake_sinch import contracts
from fake_sinch.tests.scene import NOW, Scene, violations
from fake_sinch.times import to_text


def _conversation(scene: Scene) -> dict[str, Any]:
    scene.send()
    (found,) = scene.ask("GET", f"/conversations?app_id={scene.app_id}")["conversations"]
    return dict(found)


def test_a_first_message_opens_one_and_later_ones_stay_in_it(scene: Scene) -> None:
    """CONVERSATION_START fires once; nothing was received yet."""
    scene.webhook("CONVERSATION_START")
    first = _conversation(scene)
    scene.send()
    assert [c["conversation_start_notification"]["conversation"] for c in scene.callbacks()] == [first]
    assert (first["active"], first["active_channel"]) == (True, "WHATSAPP")
    assert first["last_received"] == "1970-01-01T00:00:00Z"
    assert len(scene.service.state.conversations) == 1


def test_the_start_callback_knows_what_the_send_said(scene: Scene) -> None:
    """Metadata and correlation id of the send that opens a conversation are in CONVERSATION_START already."""
    scene.webhook("CONVERSATION_START")
    scene.send(conversation_metadata={"a": 1}, correlation_id="c1")
    (told,) = scene.callbacks()
    assert told["correlation_id"] == "c1"
    assert told["conversation_start_notification"]["conversation"]["metadata_json"] == {"a": 1}


def test_after_stop_the_next_message_opens_a_new_one(scene: Scene) -> None:
    """CONVERSATION_STOP fires once, stopping twice is harmless."""
    scene.webhook("CONVERSATION_STOP")
    first = _conversation(scene)
    assert scene.ask("POST", f"/conversations/{first['id']}:stop") == {}
    scene.ask("POST", f"/conversations/{first['id']}:stop")
    (told,) = scene.callbacks()
    assert told["conversation_stop_notification"]["conversation"] == {**first, "active": False}
    scene.send()
    said = scene.ask("GET", f"/conversations?app_id={scene.app_id}")
    assert [c["active"] for c in said["conversations"]] == [True, False]
    assert said["total_size"] == 2
    scene.ask("POST", "/conversations/X:stop", status=404)


def test_only_active_and_active_channel_filter(scene: Scene) -> None:
    """Lists may be limited to active conversations and to a channel."""
    first = _conversation(scene)
    scene.ask("POST", f"/conversations/{first['id']}:stop")
    scene.send("46700000002", "SMS")
    path = f"/conversations?app_id={scene.app_id}"
    assert len(scene.ask("GET", f"{path}&only_active=true")["conversations"]) == 1
    assert len(scene.ask("GET", f"{path}&active_channel=SMS")["conversations"]) == 1
    assert scene.ask("GET", f"{path}&only_active=perhaps", status=400)
    assert scene.ask("GET", "/conversations?only_active=true", status=400)


def test_metadata_strategies(scene: Scene) -> None:
    """REPLACE puts the new object in place; MERGE_PATCH merges, and null removes."""
    path = f"/conversations/{_conversation(scene)['id']}"
    scene.ask("PATCH", path, {"metadata_json": {"a": 1, "b": {"c": 2}}})
    merge = f"{path}?metadata_update_strategy=MERGE_PATCH"
    merged = scene.ask("PATCH", merge, {"metadata_json": {"a": None, "b": {"d": 3}}})
    assert merged["metadata_json"] == {"b": {"c": 2, "d": 3}}
    assert scene.ask("PATCH", path, {"metadata_json": {"z": 0}})["metadata_json"] == {"z": 0}
    scene.ask("PATCH", f"{path}?metadata_update_strategy=OTHER", {}, status=400)


def test_metadata_is_limited_after_the_merge(scene: Scene) -> None:
    """Two halves that fit alone do not fit together; the first one stays."""
    path = f"/conversations/{_conversation(scene)['id']}?metadata_update_strategy=MERGE_PATCH"
    scene.ask("PATCH", path, {"metadata_json": {"a": "x" * 1500}})
    said = scene.ask("PATCH", path, {"metadata_json": {"b": "x" * 1500}}, status=400)
    assert "2048" in violations(said)["metadata_json"]
    scene.ask("PATCH", path, {"metadata": "x" * 1025}, status=400)


def test_active_can_be_patched(scene: Scene) -> None:
    """active=false stops and active=true starts again, each told once; ids cannot be changed."""
    scene.webhook("CONVERSATION_START", "CONVERSATION_STOP")
    path = f"/conversations/{_conversation(scene)['id']}"
    scene.callbacks()
    for wanted, key in ((False, "conversation_stop_notification"), (True, "conversation_start_notification")):
        assert scene.ask("PATCH", path, {"active": wanted})["active"] is wanted
        scene.ask("PATCH", path, {"active": wanted})
        assert [key in c for c in scene.callbacks()] == [True]
    assert set(violations(scene.ask("PATCH", path, {"contact_id": "X"}, status=400))) == {"contact_id"}


def test_create_ends_the_active_one(scene: Scene) -> None:
    """At most one conversation of an app and a contact is active."""
    first = _conversation(scene)
    body = {"app_id": scene.app_id, "contact_id": first["contact_id"], "active_channel": "SMS", "metadata": "m"}
    made = scene.ask("POST", "/conversations", body)
    assert (made["active"], made["active_channel"], made["metadata"]) == (True, "SMS", "m")
    assert scene.ask("GET", f"/conversations/{first['id']}")["active"] is False
    assert scene.ask("GET", f"/conversations/{made['id']}") == made
    idle = scene.ask("POST", "/conversations", {**body, "active": False})
    assert idle["active"] is False
    assert scene.ask("GET", f"/conversations/{made['id']}")["active"] is True


@pytest.mark.parametrize("field", ["app_id", "contact_id"])
def test_create_needs_a_known_app_and_contact(scene: Scene, field: str) -> None:
    """Unknown references are 400."""
    body = {"app_id": scene.app_id, "contact_id": scene.contact()["id"], field: "X"}
    assert set(violations(scene.ask("POST", "/conversations", body, status=400))) == {field}


def test_delete_takes_the_messages_along(scene: Scene) -> None:
    """CONVERSATION_DELETE fires; its messages cannot be read; the next message opens a new one."""
    scene.webhook("CONVERSATION_DELETE")
    first = _conversation(scene)
    (message,) = scene.ask("GET", f"/messages?conversation_id={first['id']}")["messages"]
    assert scene.ask("DELETE", f"/conversations/{first['id']}") == {}
    assert scene.callbacks()[0]["conversation_delete_notification"]["conversation"]["id"] == first["id"]
    scene.ask("GET", f"/messages/{message['id']}", status=404)
    scene.ask("GET", f"/conversations/{first['id']}", status=404)
    assert _conversation(scene)["id"] != first["id"]


def test_recent_is_by_last_message(scene: Scene) -> None:
    """The conversation with the newest message comes first, with that message; ASC turns it round."""
    for identity in ("1", "2", "3"):
        scene.send(identity)
        scene.advance(1_000)
    scene.send("1")
    path = f"/conversations:recent?app_id={scene.app_id}"
    said = scene.ask("GET", path)
    assert contracts.violations("responses", "recent_conversations", said) == ()
    assert [e["last_message"]["channel_identity"]["identity"] for e in said["conversations"]] == ["1", "3", "2"]
    assert said["conversations"][0]["last_message"]["accept_time"] == to_text(NOW + 3_000)
    up = scene.ask("GET", f"{path}&order=ASC&page_size=2")
    rest = scene.ask("GET", f"{path}&order=ASC&page_size=2&page_token={up['next_page_token']}")
    names = [e["last_message"]["channel_identity"]["identity"] for e in up["conversations"] + rest["conversations"]]
    assert (names, rest["next_page_token"], rest["total_size"]) == (["2", "3", "1"], "", 3)
    scene.ask("GET", "/conversations:recent", status=400)


def test_recent_without_messages_has_no_last_message(scene: Scene) -> None:
    """A conversation whose messages were deleted shows none."""
    sent = scene.send()
    scene.ask("DELETE", f"/messages/{sent['message_id']}")
    (entry,) = scene.ask("GET", f"/conversations:recent?app_id={scene.app_id}")["conversations"]
    assert entry["last_message"] is None
