"""History: reading, listing and forgetting messages."""

from typing import Any

import pytest

from fake_sinch import contracts
from fake_sinch.state import StoredMessage
from fake_sinch.tests.scene import NOW, Scene, violations
from fake_sinch.times import DAY_MS, to_text


def _inbound(scene: Scene, identity: str = "46700000001", text: str = "hey") -> StoredMessage:
    app = scene.service.state.apps[scene.app_id]
    contact, _ = scene.service.find_or_create_contact(app, "WHATSAPP", identity, "Ada", scene.now)
    conversation, _ = scene.service.active_conversation(app, contact, "WHATSAPP", scene.now)
    message = StoredMessage(
        scene.service.ids.ulid(scene.now),
        app.id,
        "TO_APP",
        "WHATSAPP",
        identity,
        "",
        b'{"text_message":{"text":"%s"}}' % text.encode(),
        scene.now,
        conversation_id=conversation.id,
        contact_id=contact.id,
    )
    scene.service.store_message(message)
    return message


def _keep(scene: Scene, days: int) -> None:
    policy = {"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": days}
    scene.ask("PATCH", f"/apps/{scene.app_id}", {"dispatch_retention_policy": policy})


def _ids(said: dict[str, Any]) -> list[str]:
    return [m["id"] for m in said["messages"]]


def test_a_sent_message_reads_back(scene: Scene) -> None:
    """Its content is what was sent, its identity what it was sent to."""
    sent = scene.send(message_metadata="m")
    said = scene.ask("GET", f"/messages/{sent['message_id']}")
    assert said["app_message"] == {"text_message": {"text": "hello"}}
    assert said["channel_identity"] == {"channel": "WHATSAPP", "identity": "46700000001", "app_id": ""}
    assert (said["direction"], said["metadata"], said["injected"]) == ("TO_CONTACT", "m", False)
    assert contracts.violations("responses", "message", said) == ()


def test_a_received_message_reads_back_and_marks_the_conversation(scene: Scene) -> None:
    """last_received and active_channel follow what the person writes."""
    scene.send("46700000001", "SMS")
    scene.advance(5_000)
    message = _inbound(scene)
    said = scene.ask("GET", f"/messages/{message.id}")
    assert said["contact_message"] == {"text_message": {"text": "hey"}}
    conversation = scene.ask("GET", f"/conversations/{message.conversation_id}")
    assert conversation["last_received"] == to_text(scene.now)
    assert conversation["active_channel"] == "WHATSAPP"


def test_only_metadata_can_be_changed(scene: Scene) -> None:
    """PATCH replaces the metadata, within its limit."""
    path = f"/messages/{scene.send()['message_id']}"
    assert scene.ask("PATCH", path, {"metadata": "new"})["metadata"] == "new"
    assert scene.ask("GET", path)["metadata"] == "new"
    assert violations(scene.ask("PATCH", path, {"metadata": "x" * 1025}, status=400))
    assert violations(scene.ask("PATCH", path, {}, status=400))


def test_a_deleted_message_is_gone(scene: Scene) -> None:
    """It can be read no more, and is in no list."""
    path = f"/messages/{scene.send()['message_id']}"
    assert scene.ask("DELETE", path) == {}
    scene.ask("GET", path, status=404)
    scene.ask("DELETE", path, status=404)
    assert scene.ask("GET", "/messages")["messages"] == []


def test_lists_are_newest_first_in_pages(scene: Scene) -> None:
    """Ties in time go by id; pages join without gaps; metadata may be left out."""
    sent = [scene.send(message_metadata="m")["message_id"] for _ in range(3)]
    scene.advance(1_000)
    sent.append(scene.send()["message_id"])
    first = scene.ask("GET", "/messages?page_size=3&view=WITHOUT_METADATA")
    rest = scene.ask("GET", f"/messages?page_size=3&page_token={first['next_page_token']}")
    assert _ids(first) + _ids(rest) == sent[::-1]
    assert {m["metadata"] for m in first["messages"]} == {""}
    assert rest["messages"][0]["metadata"] == "m"
    assert contracts.violations("responses", "messages", first) == ()


def test_filters_of_the_list(scene: Scene) -> None:
    """Each filter narrows; the end of a period is not in it; a raw plus sign is not a space."""
    out = scene.send()["message_id"]
    scene.advance(1_000)
    into = _inbound(scene)
    other = scene.send("46700000002", "SMS")["message_id"]
    rows = {
        f"conversation_id={into.conversation_id}": [into.id, out],
        f"contact_id={into.contact_id}": [into.id, out],
        "contact_id=X": [],
        "conversation_id=X": [],
        f"app_id={scene.app_id}": [other, into.id, out],
        "channel=SMS": [other],
        "direction=TO_APP": [into.id],
        "channel_identity=+46700000001": [into.id, out],
        "channel_identity=%2B46700000001": [into.id, out],
        f"start_time={to_text(NOW + 1_000)}": [other, into.id],
        f"end_time={to_text(NOW + 1_000)}": [out],
        f"start_time={to_text(NOW)[:-1]}%2B00:00": [other, into.id, out],
        f"conversation_id={into.conversation_id}&direction=TO_CONTACT": [out],
    }
    for query, expected in rows.items():
        assert _ids(scene.ask("GET", f"/messages?{query}")) == expected, query


@pytest.mark.parametrize(
    "query",
    [
        "start_time=yesterday",
        "channel=FAX",
        "direction=BOTH",
        "view=ALL",
        "messages_source=OTHER",
        "only_recipient_originated=true",
        "page_size=1001x",
    ],
)
def test_filters_that_make_no_sense_are_400(scene: Scene, query: str) -> None:
    """Each is refused by name."""
    found = violations(scene.ask("GET", f"/messages?{query}", status=400))
    assert set(found) == {query.partition("=")[0]}


def test_dispatched_messages_have_their_own_source(dispatch: Scene) -> None:
    """They are read with DISPATCH_SOURCE, and only while they are kept at all."""
    sent = dispatch.send()["message_id"]
    path = f"/messages/{sent}?messages_source=DISPATCH_SOURCE"
    dispatch.ask("GET", path, status=404)
    _keep(dispatch, 1)
    assert dispatch.ask("GET", path)["conversation_id"] == ""
    assert _ids(dispatch.ask("GET", "/messages?messages_source=DISPATCH_SOURCE")) == [sent]
    mo_only = "/messages?messages_source=DISPATCH_SOURCE&only_recipient_originated=true"
    assert dispatch.ask("GET", mo_only)["messages"] == []
    dispatch.ask("GET", f"/messages/{sent}", status=404)
    assert dispatch.ask("GET", "/messages")["messages"] == []


def test_fetch_last_message_gives_one_per_identity(scene: Scene) -> None:
    """The newest of each identity or contact asked for, newest first."""
    scene.send("1")
    one = scene.send("1")["message_id"]
    scene.advance(1_000)
    two = scene.send("2")["message_id"]
    scene.send("3")
    said = scene.ask("POST", "/messages:fetch-last-message", {"channel_identities": ["+1", "2", "9"]})
    assert _ids(said) == [two, one]
    contact = scene.service.find_contact("WHATSAPP", "1")
    assert contact is not None
    body = {"contact_ids": [contact.id], "direction": "TO_CONTACT", "view": "WITHOUT_METADATA"}
    assert _ids(scene.ask("POST", "/messages:fetch-last-message", body)) == [one]
    page = scene.ask("POST", "/messages:fetch-last-message", {"channel_identities": ["1", "2"], "page_size": 1})
    assert _ids(page) == [two]
    more = {"channel_identities": ["1", "2"], "page_size": 1, "page_token": page["next_page_token"]}
    assert _ids(scene.ask("POST", "/messages:fetch-last-message", more)) == [one]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"channel_identities": ["1"], "contact_ids": ["2"]},
        {"channel_identities": []},
        {"contact_ids": ["1"], "messages_source": "DISPATCH_SOURCE"},
    ],
)
def test_fetch_last_message_needs_exactly_one_filter(scene: Scene, body: dict[str, Any]) -> None:
    """Identities or contacts; contacts are unknown to the dispatch source."""
    scene.ask("POST", "/messages:fetch-last-message", body, status=400)


def _policy(scene: Scene, kind: str, days: int) -> None:
    scene.service.state.apps[scene.app_id].extra["retention_policy"] = {"retention_type": kind, "ttl_days": days}


@pytest.mark.parametrize(
    ("kind", "kept_after_two_days"),
    [
        ("MESSAGE_EXPIRE_POLICY", [False, True]),
        ("CONVERSATION_EXPIRE_POLICY", [True, True]),
        ("PERSIST_RETENTION_POLICY", [True, True]),
    ],
)
def test_retention_by_policy(scene: Scene, kind: str, kept_after_two_days: list[bool]) -> None:
    """By the message's age, by the conversation's last message, or never; the clean-up runs once a day."""
    _policy(scene, kind, 2)
    first = scene.send()["message_id"]
    scene.advance(DAY_MS + 1)
    second = scene.send()["message_id"]
    scene.advance(DAY_MS)
    listed = _ids(scene.ask("GET", "/messages"))
    assert [first in listed, second in listed] == kept_after_two_days


def test_retention_is_late_rather_than_exact(scene: Scene) -> None:
    """Between two clean-ups an expired message can still be read."""
    _policy(scene, "MESSAGE_EXPIRE_POLICY", 1)
    scene.advance(DAY_MS)
    sent = scene.send()["message_id"]
    scene.advance(DAY_MS)
    scene.ask("GET", f"/messages/{sent}")
    scene.advance(DAY_MS - 1)
    scene.ask("GET", f"/messages/{sent}")
    scene.advance(1)
    scene.ask("GET", f"/messages/{sent}", status=404)
