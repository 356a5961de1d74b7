"""Contacts: identities, filters, pages, updates, merging."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_sinch.tests.scene import Scene, violations


def _identities(*pairs: str) -> list[dict[str, str]]:
    return [{"channel": p.split(":")[0], "identity": p.split(":")[1]} for p in pairs]


def test_a_contact_is_stored_without_the_plus_and_told(scene: Scene) -> None:
    """Phone numbers lose their "+"; CONTACT_CREATE has an empty app_id."""
    scene.webhook("CONTACT_CREATE")
    made = scene.contact("+46700000001")
    assert made["channel_identities"] == [{"channel": "WHATSAPP", "identity": "46700000001", "app_id": ""}]
    assert (made["display_name"], made["language"]) == ("Unknown", "EN_US")
    (told,) = scene.callbacks()
    assert told["app_id"] == ""
    assert told["contact_create_notification"]["contact"] == made
    assert scene.ask("GET", f"/contacts/{made['id']}") == made


def test_mistakes_are_named_together(scene: Scene) -> None:
    """Missing and wrong fields are listed at once."""
    body = {"channel_identities": [{"channel": "FAX", "identity": ""}], "metadata": "x" * 1025}
    found = violations(scene.ask("POST", "/contacts", body, status=400))
    assert set(found) == {"language", "metadata", "channel_identities[0].channel", "channel_identities[0].identity"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("external_id=e1", ["A"]),
        ("channel=SMS&identity=46700000002", ["B"]),
        ("channel=SMS&identity=+46700000002", ["B"]),
        ("channel=SMS&identity=%2B46700000002", ["B"]),
        ("channel=SMS&identity=46700000001", []),
        ("", ["A", "B"]),
    ],
)
def test_filters(scene: Scene, query: str, names: list[str]) -> None:
    """By external id, or by channel and identity; a raw plus sign is not a space."""
    scene.ask(
        "POST",
        "/contacts",
        {
            "channel_identities": _identities("WHATSAPP:46700000001"),
            "language": "EN",
            "display_name": "A",
            "external_id": "e1",
        },
    )
    scene.ask(
        "POST",
        "/contacts",
        {"channel_identities": _identities("SMS:46700000002"), "language": "EN", "display_name": "B"},
    )
    said = scene.ask("GET", f"/contacts?{query}")
    assert [c["display_name"] for c in said["contacts"]] == names
    assert said["next_page_token"] == ""


@pytest.mark.parametrize(
    "query",
    [
        "external_id=a&channel=SMS&identity=1",
        "channel=SMS",
        "identity=1",
        "channel=FAX&identity=1",
        "page_size=-1",
        "page_size=x",
        "page_token=%21",
        "page_token=AAAA",
    ],
)
def test_filters_that_do_not_fit_are_400(scene: Scene, query: str) -> None:
    """Both filters, half a filter, and unusable pages are refused."""
    assert scene.ask("GET", f"/contacts?{query}", status=400)["error"]["code"] == 400


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 45), size=st.integers(0, 50))
def test_pages_show_everything_once(scene: Scene, count: int, size: int) -> None:
    """Following next_page_token gives every contact once, never more than 20 at a time, in URL-safe tokens."""
    state = scene.service.state
    state.contacts.clear()
    state.contacts_by_identity.clear()
    made = [scene.contact(f"4670000{n:04d}")["id"] for n in range(count)]
    seen: list[str] = []
    token = ""
    for _ in range(count + 1):
        said = scene.ask("GET", f"/contacts?page_size={size}&page_token={token}")
        assert len(said["contacts"]) <= min(size or 10, 20)
        seen += [c["id"] for c in said["contacts"]]
        token = said["next_page_token"]
        assert not set(token) & set("+/=%&")
        if not token:
            break
    assert seen == made


def test_a_contact_that_disappears_does_not_shift_the_pages(scene: Scene) -> None:
    """A page goes on after the item its token names, whatever happened before it."""
    made = [scene.contact(f"467000000{n:02d}")["id"] for n in range(4)]
    first = scene.ask("GET", "/contacts?page_size=2")
    scene.ask("DELETE", f"/contacts/{made[0]}")
    second = scene.ask("GET", f"/contacts?page_size=2&page_token={first['next_page_token']}")
    assert [c["id"] for c in second["contacts"]] == made[2:]


def test_update_mask_limits_what_changes(scene: Scene) -> None:
    """Only masked fields change; a masked field that is absent is emptied; CONTACT_UPDATE tells."""
    scene.webhook("CONTACT_UPDATE")
    made = scene.contact(email="a@b.test", metadata="m")
    body = {"display_name": "New", "metadata": "ignored"}
    path = f"/contacts/{made['id']}"
    changed = scene.ask("PATCH", f"{path}?update_mask=display_name,email", body)
    assert (changed["display_name"], changed["email"], changed["metadata"]) == ("New", "", "m")
    assert scene.callbacks()[0]["contact_update_notification"]["contact"] == changed
    assert "update_mask" in violations(scene.ask("PATCH", f"{path}?update_mask=id", {}, status=400))


def test_updated_identities_are_found_and_old_ones_not(scene: Scene) -> None:
    """The look-up by identity follows the update."""
    made = scene.contact("46700000001")
    scene.ask("PATCH", f"/contacts/{made['id']}", {"channel_identities": _identities("WHATSAPP:46700000009")})
    assert scene.service.find_contact("WHATSAPP", "46700000001") is None
    found = scene.service.find_contact("WHATSAPP", "+46700000009")
    assert found is not None
    assert found.id == made["id"]


def test_a_deleted_contact_takes_its_conversations_along(scene: Scene) -> None:
    """Contact, conversations and messages are gone; CONTACT_DELETE tells."""
    scene.webhook("CONTACT_DELETE")
    sent = scene.send()
    (contact,) = scene.ask("GET", "/contacts")["contacts"]
    scene.ask("DELETE", f"/contacts/{contact['id']}")
    assert scene.callbacks()[0]["contact_delete_notification"]["contact"] == contact
    scene.ask("GET", f"/contacts/{contact['id']}", status=404)
    scene.ask("GET", f"/messages/{sent['message_id']}", status=404)
    assert scene.service.state.conversations == {}
    assert scene.service.state.contacts_by_identity == {}


def _two(scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    kept = scene.ask(
        "POST",
        "/contacts",
        {"channel_identities": _identities("WHATSAPP:1"), "language": "EN", "display_name": "Kept"},
    )
    gone = scene.ask(
        "POST",
        "/contacts",
        {
            "channel_identities": _identities("WHATSAPP:2", "SMS:2"),
            "language": "SV",
            "display_name": "Gone",
            "email": "g@x.test",
        },
    )
    return kept, gone


def test_merge_moves_what_the_destination_lacks(scene: Scene) -> None:
    """Identities of channels it lacks are appended, empty fields filled, the source disappears, CONTACT_MERGE tells."""
    scene.webhook("CONTACT_MERGE")
    kept, gone = _two(scene)
    merged = scene.ask("POST", f"/contacts/{kept['id']}:merge", {"source_id": gone["id"], "strategy": "MERGE"})
    assert [(i["channel"], i["identity"]) for i in merged["channel_identities"]] == [("WHATSAPP", "1"), ("SMS", "2")]
    assert (merged["display_name"], merged["language"], merged["email"]) == ("Kept", "EN", "g@x.test")
    scene.ask("GET", f"/contacts/{gone['id']}", status=404)
    told = scene.callbacks()[0]["contact_merge_notification"]
    assert (told["preserved_contact"], told["deleted_contact"]) == (merged, gone)
    assert scene.service.find_contact("WHATSAPP", "2") is None


def test_merge_takes_conversations_along(scene: Scene) -> None:
    """The source's conversation goes on under the contact that stays."""
    kept, gone = _two(scene)
    sent = scene.send("2", "SMS")
    scene.ask("POST", f"/contacts/{kept['id']}:merge", {"source_id": gone["id"]})
    (conversation,) = scene.ask("GET", f"/conversations?contact_id={kept['id']}&only_active=true")["conversations"]
    assert scene.ask("GET", f"/messages/{sent['message_id']}")["contact_id"] == kept["id"]
    again = scene.send("2", "SMS")
    assert scene.ask("GET", f"/messages/{again['message_id']}")["conversation_id"] == conversation["id"]


def test_merge_needs_two_known_contacts(scene: Scene) -> None:
    """Itself is 400, an unknown one 404."""
    kept, _ = _two(scene)
    scene.ask("POST", f"/contacts/{kept['id']}:merge", {"source_id": kept["id"]}, status=400)
    scene.ask("POST", f"/contacts/{kept['id']}:merge", {"source_id": "X"}, status=404)
    scene.ask("POST", "/contacts/X:merge", {"source_id": kept["id"]}, status=404)


@pytest.mark.parametrize(("channel", "status"), [("WHATSAPP", 400), ("MESSENGER", 400)])
def test_no_channel_profile_is_available(scene: Scene, channel: str, status: int) -> None:
    """Other channels are refused as such; those that have profiles have none of anybody here."""
    body = {
        "app_id": scene.app_id,
        "channel": channel,
        "recipient": {"identified_by": {"channel_identities": _identities(f"{channel}:1")}},
    }
    said = scene.ask("POST", "/contacts:getChannelProfile", body, status=status)
    assert ("channel" in violations(said)) == (channel == "WHATSAPP")
    assert ("NO_PROFILE_AVAILABLE" in said["error"]["message"]) == (channel == "MESSENGER")


def test_identity_conflicts_are_numbers_of_several_contacts(scene: Scene) -> None:
    """A number that two contacts have, even on different channels, is a conflict."""
    one = scene.ask("POST", "/contacts", {"channel_identities": _identities("SMS:5"), "language": "EN"})
    two = scene.ask("POST", "/contacts", {"channel_identities": _identities("RCS:5"), "language": "EN"})
    scene.ask("POST", "/contacts", {"channel_identities": _identities("SMS:6"), "language": "EN"})
    said = scene.ask("GET", "/contacts:identityConflicts")
    expected = {"identity": "5", "channels": ["RCS", "SMS"], "contact_ids": [one["id"], two["id"]]}
    assert said["conflicts"] == [expected]


def test_several_matching_contacts_are_told_and_the_oldest_is_used(scene: Scene) -> None:
    """A send that fits two contacts takes the older one and emits CONTACT_IDENTITIES_DUPLICATION."""
    scene.webhook("CONTACT_IDENTITIES_DUPLICATION")
    one, two = scene.contact("7"), scene.contact("7")
    sent = scene.send("7")
    assert scene.ask("GET", f"/messages/{sent['message_id']}")["contact_id"] == one["id"]
    told = scene.callbacks()[0]["duplicated_contact_identities_notification"]
    assert told == {"duplicated_identities": [{"channel": "WHATSAPP", "contact_ids": [one["id"], two["id"]]}]}


def test_app_scoped_identities_carry_their_app(scene: Scene) -> None:
    """The same chat id of two apps is two identities; one given without an app fits any."""
    app = scene.service.state.apps[scene.app_id]
    contact, _ = scene.service.find_or_create_contact(app, "TELEGRAM", "99", "Ada", scene.now)
    assert contact.identities[0].app_id == scene.app_id
    assert scene.service.find_contact("TELEGRAM", "99", "OTHER") is None
    body = {"channel_identities": _identities("TELEGRAM:98"), "language": "EN"}
    made = scene.ask("POST", "/contacts", body)
    found = scene.service.find_contact("TELEGRAM", "98", scene.app_id)
    assert found is not None
    assert found.id == made["id"]


def test_the_oldest_stays_first_whatever_is_updated(scene: Scene) -> None:
    """A contact that takes over an identity later does not come before an older holder, nor after a younger one."""
    oldest, middle = scene.contact("1"), scene.contact("7")
    youngest = scene.contact("7")
    scene.ask("PATCH", f"/contacts/{oldest['id']}", {"channel_identities": _identities("WHATSAPP:7")})
    found = scene.service.find_contact("WHATSAPP", "7")
    assert found is not None
    assert found.id == min(oldest["id"], middle["id"], youngest["id"])


def test_a_mask_may_name_a_nested_field(scene: Scene) -> None:
    """What stands before the first dot counts."""
    made = scene.contact()
    path = f"/contacts/{made['id']}?update_mask=channel_identities.identity"
    changed = scene.ask("PATCH", path, {"channel_identities": _identities("SMS:9"), "email": "ignored"})
    assert (changed["channel_identities"][0]["identity"], changed["email"]) == ("9", "")
