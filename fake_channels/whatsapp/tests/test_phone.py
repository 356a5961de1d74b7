"""The person with WhatsApp: what each action tells the business, and what is impossible."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Impossible
from fake_channels.whatsapp import limits
from fake_channels.whatsapp.phone import change_number
from fake_channels.whatsapp.tests.calls import OGG, PNG, Business


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


def buttons(**more: Any) -> Any:
    """Two reply buttons."""
    replies = [{"type": "reply", "reply": {"id": f"id {name}", "title": name}} for name in ("Yes", "No")]
    interactive = {"type": "button", "body": {"text": "Well?"}, "action": {"buttons": replies}, **more}
    return {"type": "interactive", "interactive": interactive}


ROWS = [{"id": "r1", "title": "One", "description": "first"}, {"id": "r2", "title": "Two"}]
LIST = {
    "type": "interactive",
    "interactive": {
        "type": "list",
        "body": {"text": "Choose"},
        "action": {"button": "Open", "sections": [{"title": "All", "rows": ROWS}]},
    },
}
LINK = {
    "type": "interactive",
    "interactive": {
        "type": "cta_url",
        "body": {"text": "See"},
        "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://x.example"}},
    },
}
ASK_LOCATION = {
    "type": "interactive",
    "interactive": {
        "type": "location_request_message",
        "body": {"text": "Where?"},
        "action": {"name": "send_location"},
    },
}


def test_a_text_comes_with_name_number_and_id(business: Business) -> None:
    """The name is pushed with every message."""
    customer = business.enrol("Ada Example")
    item = business.act(customer, acts.SendText(text="Hi"))
    assert item is not None
    (value,) = business.values()
    assert value["contacts"][0]["profile"] == {"name": "Ada Example"}
    assert value["contacts"][0]["wa_id"] == customer.identity
    (message,) = value["messages"]
    assert (message["from"], message["id"], message["text"]) == (customer.identity, item.id, {"body": "Hi"})


def test_a_renamed_customer_is_known_by_the_new_name_with_the_next_message(business: Business) -> None:
    """There is no profile to look up; nameless is an empty name."""
    customer = business.enrol("Ada")
    business.act(customer, acts.Rename(name="Bo"))
    business.act(customer, acts.SendText(text="Hi"))
    business.act(customer, acts.Rename(name=None))
    business.act(customer, acts.SendText(text="Hi"))
    assert [value["contacts"][0]["profile"]["name"] for value in business.values()] == ["Bo", ""]


@pytest.mark.parametrize(
    ("kind", "data", "mime", "wire_kind", "extra"),
    [
        ("image", PNG, "image/png", "image", {"caption": "c"}),
        ("document", b"%PDF-1.4 x", "application/pdf", "document", {"caption": "c", "filename": "f"}),
        ("voice", OGG, "audio/ogg", "audio", {"voice": True}),
        ("audio", OGG, "audio/ogg", "audio", {}),
        ("sticker", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "sticker", {"animated": False}),
    ],
)
def test_a_file_can_be_fetched_by_its_id(
    business: Business, kind: Any, data: bytes, mime: str, wire_kind: str, extra: dict[str, Any]
) -> None:
    """The webhook has type, hash and id; the id leads to the bytes."""
    customer = business.enrol()
    business.act(customer, acts.SendMedia(kind=kind, data=data, mime=mime, name="f", caption="c"))
    (message,) = business.messages()
    assert message["type"] == wire_kind
    part = message[wire_kind]
    assert {name: part[name] for name in extra} == extra
    assert set(part) == {"id", "mime_type", "sha256", "url", *extra}
    told = business.call("GET", f"/{part['id']}")[1]
    assert told["sha256"] == sha256(data).hexdigest()
    assert business.download(told["url"]).body == data


def test_inbound_files_die_after_seven_days(business: Business) -> None:
    """The id is then unknown."""
    business.act(business.enrol(), acts.SendMedia(kind="image", data=PNG, mime="image/png", name="f"))
    media_id = business.messages()[0]["image"]["id"]
    business.advance(7 * 86_400_000 - 1)
    assert business.call("GET", f"/{media_id}")[0] == 200
    business.advance(1)
    assert business.call("GET", f"/{media_id}")[0] == 400


def test_a_place_and_a_card_arrive(business: Business) -> None:
    """With the optional parts that were given."""
    customer = business.enrol()
    business.act(customer, acts.SendLocation(latitude=1.5, longitude=-2.5, name="Here"))
    business.act(customer, acts.SendContact(name="Ada Byron", phone="+1 555 010 0100"))
    place, card = business.messages()
    assert place["location"] == {"latitude": 1.5, "longitude": -2.5, "name": "Here"}
    (contact,) = card["contacts"]
    assert contact["name"] == {"formatted_name": "Ada Byron", "first_name": "Ada", "last_name": "Byron"}
    assert contact["phones"] == [{"phone": "+1 555 010 0100", "type": "CELL"}]
    other = business.enrol()
    business.act(customer, acts.SendContact(name="Bo", phone=f"+{other.identity}"))
    assert business.messages()[0]["contacts"][0]["phones"][0]["wa_id"] == other.identity


def test_an_answer_quotes_what_it_answers(business: Business) -> None:
    """By the id on the screen."""
    customer = business.writer()
    wamid = business.text(customer)
    business.told()
    business.act(customer, acts.SendText(text="Yes", reply_to=wamid))
    assert business.messages()[0]["context"] == {"from": business.account.display_phone_number, "id": wamid}


def test_a_reaction_and_its_removal(business: Business) -> None:
    """A removed one has no emoji."""
    customer = business.writer()
    wamid = business.text(customer)
    business.told()
    business.act(customer, acts.React(item=wamid, emoji="👍"))
    business.act(customer, acts.React(item=wamid, emoji=""))
    assert [message["reaction"] for message in business.messages()] == [
        {"message_id": wamid, "emoji": "👍"},
        {"message_id": wamid},
    ]


def test_what_the_api_cannot_carry_arrives_as_unsupported(business: Business) -> None:
    """With 131051 inside."""
    business.act(business.enrol(), acts.SendUnsupported())
    (message,) = business.messages()
    assert (message["type"], message["errors"][0]["code"]) == ("unsupported", 131051)


@pytest.mark.parametrize(
    ("content", "button", "expected"),
    [
        (buttons(), "Yes", {"type": "button_reply", "button_reply": {"id": "id Yes", "title": "Yes"}}),
        (buttons(), "id No", {"type": "button_reply", "button_reply": {"id": "id No", "title": "No"}}),
        (LIST, "One", {"type": "list_reply", "list_reply": {"id": "r1", "title": "One", "description": "first"}}),
        (LIST, "r2", {"type": "list_reply", "list_reply": {"id": "r2", "title": "Two"}}),
    ],
)
def test_a_tap_tells_which_button_of_which_message(
    business: Business, content: Any, button: str, expected: Any
) -> None:
    """By id or by title; the context names the message."""
    customer = business.writer()
    wamid = business.send(customer, content)
    business.told()
    business.act(customer, acts.Tap(item=wamid, button=button))
    (message,) = business.messages()
    assert (message["interactive"], message["context"]["id"]) == (expected, wamid)


def test_a_templates_button_tells_its_payload(business: Business) -> None:
    """As type `button`, and it opens the window."""
    customer = business.enrol()
    body = {"type": "body", "parameters": [{"type": "text", "text": "x"}] * 2}
    named = {"name": "order_update", "language": {"code": "en"}, "components": [body]}
    wamid = business.send(customer, {"type": "template", "template": named})
    business.told()
    business.act(customer, acts.Tap(item=wamid, button="Track it"))
    assert business.messages()[0]["button"] == {"payload": "Track it", "text": "Track it"}
    business.text(customer)
    assert business.statuses() == ["sent", "delivered"]


def test_opening_a_link_tells_nothing_and_a_location_request_wants_a_location(business: Business) -> None:
    """Not every button is a message."""
    customer = business.writer()
    link, where = business.send(customer, LINK), business.send(customer, ASK_LOCATION)
    business.told()
    business.act(customer, acts.Tap(item=link, button="Open"))
    with pytest.raises(Impossible, match="location"):
        business.act(customer, acts.Tap(item=where, button="Send location"))
    assert business.told() == []


IMPOSSIBLE = [
    (acts.SendText(text=""), "characters"),
    (acts.SendText(text="x" * 4_097), "4097"),
    (acts.SendText(text="x", reply_to="nothing"), "nothing with id"),
    (acts.SendMedia(kind="image", data=OGG, mime="image/png", name="f"), "declared as"),
    (acts.SendMedia(kind="video", data=b"", mime="video/mp4", name="f"), "empty"),
    (acts.Tap(item="nothing", button="x"), "nothing with id"),
    (acts.React(item="nothing", emoji="x"), "nothing with id"),
    (acts.TapMenu(entry="x"), "no menu"),
    (acts.ReplyToStory(text="x"), "no status"),
    (acts.MentionInStory(), "reaches no business"),
    (acts.Edit(item="nothing", text="x"), "nothing with id"),
    (acts.Delete(item="nothing"), "nothing with id"),
]


@pytest.mark.parametrize(("action", "why"), IMPOSSIBLE, ids=repr)
def test_what_cannot_be_done_is_impossible_with_a_sentence(business: Business, action: acts.Action, why: str) -> None:
    """Nothing is shown, nothing is told."""
    customer = business.enrol()
    with pytest.raises(Impossible, match=why):
        business.act(customer, action)
    assert (customer.screen, business.told()) == ([], [])


def test_a_button_that_was_never_shown_cannot_be_tapped(business: Business) -> None:
    """The sentence says which were."""
    customer = business.writer()
    wamid = business.send(customer, buttons())
    with pytest.raises(Impossible, match="'Yes', 'No'"):
        business.act(customer, acts.Tap(item=wamid, button="Maybe"))


def test_offline_and_blocked_phones_say_nothing(business: Business) -> None:
    """Until they are back, or the block is."""
    customer = business.enrol()
    business.act(customer, acts.GoOffline())
    with pytest.raises(Impossible, match="offline"):
        business.act(customer, acts.SendText(text="x"))
    business.act(customer, acts.ComeBack())
    business.act(customer, acts.Block())
    with pytest.raises(Impossible, match="unblock"):
        business.act(customer, acts.SendText(text="x"))
    business.act(customer, acts.Unblock())
    business.act(customer, acts.SendText(text="x"))
    assert len(business.messages()) == 1


def test_typing_is_seen_by_nobody(business: Business) -> None:
    """The Cloud API has no such webhook, and what a phone shows as typing is the business."""
    customer = business.enrol()
    business.act(customer, acts.Type())
    assert (customer.typing, business.told()) == (False, [])


# --- changes ----------------------------------------------------------------------------------------------------------


def test_an_edited_text_is_told_with_what_it_says_now(business: Business) -> None:
    """For fifteen minutes; the screen shows it, and the event has an id of its own."""
    customer = business.enrol()
    item = business.act(customer, acts.SendText(text="tomorow"))
    assert item is not None
    business.told()
    business.advance(limits.EDIT_WITHIN_MS)
    business.act(customer, acts.Edit(item=item.id, text="tomorrow"))
    (message,) = business.messages()
    assert message["edit"] == {
        "original_message_id": item.id,
        "message": {"type": "text", "text": {"body": "tomorrow"}},
    }
    assert message["id"] != item.id
    assert item.text == "tomorrow"
    business.advance(1)
    with pytest.raises(Impossible, match="too old"):
        business.act(customer, acts.Edit(item=item.id, text="x"))


def test_an_edited_caption_is_told_with_its_file(business: Business) -> None:
    """A voice message has none."""
    customer = business.enrol()
    item = business.act(customer, acts.SendMedia(kind="image", data=PNG, mime="image/png", name="f", caption="a"))
    note = business.act(customer, acts.SendMedia(kind="voice", data=OGG, mime="audio/ogg", name="f"))
    assert item is not None
    assert note is not None
    business.told()
    business.act(customer, acts.Edit(item=item.id, text="b"))
    assert business.messages()[0]["edit"]["message"]["image"]["caption"] == "b"
    with pytest.raises(Impossible, match="kind voice"):
        business.act(customer, acts.Edit(item=note.id, text="x"))


def test_a_deleted_message_is_told_as_revoked(business: Business) -> None:
    """Its content is gone from the screen, it cannot go twice, and the business's messages cannot at all."""
    customer = business.writer()
    wamid = business.text(customer)
    item = business.act(customer, acts.SendText(text="oops"))
    assert item is not None
    business.told()
    business.act(customer, acts.Delete(item=item.id))
    assert business.messages()[0]["revoke"] == {"original_message_id": item.id}
    assert (item.kind, item.text) == ("deleted", "")
    for gone in (item.id, wamid):
        with pytest.raises(Impossible, match="of your own"):
            business.act(customer, acts.Delete(item=gone))


@pytest.mark.parametrize(("edits", "told"), [("unsupported", ["unsupported"]), ("silent", [])])
def test_changes_can_be_unsupported_or_silent(business: Business, edits: Any, told: list[str]) -> None:
    """By a setting: accounts differ."""
    business.account.settings = msgspec.structs.replace(business.account.settings, edits=edits)
    customer = business.writer()
    business.act(customer, acts.Edit(item=customer.screen[0].id, text="x"))
    assert [message["type"] for message in business.messages()] == told


def test_a_customer_with_another_number_is_another_address(business: Business) -> None:
    """The change is told from the old number and without contacts; the old one is nobody's, the id is new."""
    customer = business.writer()
    known = business.account.customers[customer.identity]
    before = known.user_id
    acted = change_number(business.account, customer, "15550100177", business.component.env(business.now))
    business.run(acted.effects)
    (value,) = business.values()
    assert "contacts" not in value
    (message,) = value["messages"]
    assert (message["from"], message["system"]["wa_id"], message["system"]["type"]) == (
        customer.identity,
        "15550100177",
        "user_changed_number",
    )
    assert message["system"]["user_id"] == known.user_id != before
    for address, statuses in (
        ("15550100177", ["sent", "delivered"]),
        (known.user_id, ["sent", "delivered"]),
        (customer.identity, ["failed 131026"]),
        (before, ["failed 131026"]),
    ):
        business.send(address, {"type": "text", "text": {"body": "x"}})
        assert business.statuses() == statuses
    business.act(customer, acts.SendText(text="Hi"))
    assert business.messages()[0]["from"] == "15550100177"
    for wrong in ("15550100177", "x", "\u0661"):
        with pytest.raises(Impossible, match="no number"):
            change_number(business.account, customer, wrong, business.component.env(business.now))


def test_moving_to_another_number_is_an_action(business: Business) -> None:
    """Whoever drives the phone from outside gets a number that nobody had."""
    customer = business.writer()
    business.act(customer, acts.SendUnsupported(type="user_changed_number"))
    (message,) = business.messages()
    assert message["type"] == "system"
    assert business.account.customer(message["system"]["wa_id"]) is business.account.customers[customer.identity]


def test_an_advertisement_leads_to_a_message_that_names_it(business: Business) -> None:
    """Opting in by a link: the payload is the advertisement's id, and the window is open."""
    customer = business.enrol()
    business.act(customer, acts.OptIn(payload="ad-7"))
    (message,) = business.messages()
    assert (message["referral"]["source_type"], message["referral"]["source_id"]) == ("ad", "ad-7")
    business.text(customer)
    assert business.statuses() == ["sent", "delivered"]


def test_a_location_answers_the_request_for_it(business: Business) -> None:
    """By its context, once; other places answer nothing."""
    customer = business.writer()
    wamid = business.send(customer, ASK_LOCATION)
    business.told()
    here = acts.SendLocation(latitude=1, longitude=2)
    business.act(customer, here)
    business.act(customer, here)
    assert [message.get("context", {}).get("id") for message in business.messages()] == [wamid, None]


def test_a_quote_of_their_own_message_names_the_customer(business: Business) -> None:
    """Whoever wrote what is quoted is `from`."""
    customer = business.writer()
    business.act(customer, acts.SendText(text="Me again", reply_to=customer.screen[0].id))
    assert business.messages()[0]["context"] == {"from": customer.identity, "id": customer.screen[0].id}
