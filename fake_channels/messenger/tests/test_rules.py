"""What only Messenger does: watermarks, deliveries, profiles, Get Started, its own templates and limits."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Button, Impossible
from fake_channels.core.instants import DAY, SECOND
from fake_channels.messenger.tests.calls import Page
from fake_channels.meta.tests.calls import MP4, PNG, code_of, serving, shown

START = {"get_started": {"payload": "START"}}


def _template(payload: Any) -> Any:
    return {"attachment": {"type": "template", "payload": payload}}


# --- deliveries and reads ---------------------------------------------------------------------------------------------


def test_a_delivery_names_messages_and_a_watermark(page: Page) -> None:
    """After the echo, from the person to the Page."""
    customer = page.writer()
    mid = page.text(customer)
    echo, delivery = page.events()
    assert echo["message"]["is_echo"] is True
    assert delivery["delivery"] == {"mids": [mid], "watermark": page.now}
    assert delivery["sender"] == {"id": customer.identity}


def test_what_waited_is_delivered_together(page: Page) -> None:
    """With the newest message's time; nothing is told before."""
    customer = page.writer()
    page.act(customer, acts.GoOffline())
    mids = []
    for _ in range(2):
        mids.append(page.text(customer))
        page.advance(SECOND)
    assert page.heard("delivery") == []
    page.act(customer, acts.ComeBack())
    assert page.heard("delivery") == [{"mids": mids, "watermark": page.now - SECOND}]


def test_an_album_is_delivered_as_one_message(page: Page) -> None:
    """However many pictures it has."""
    customer = page.writer()
    page.answer = serving(PNG, "image/png")
    picture = {"type": "image", "payload": {"url": "https://x.example/a.png"}}
    mid = page.send(customer, {"attachments": [picture] * 30})
    (delivery,) = page.heard("delivery")
    assert delivery["mids"] == [mid]
    assert code_of(page.post(customer, {"attachments": [picture] * 31}))[:2] == (400, 100)


def test_reading_tells_one_watermark(page: Page) -> None:
    """The newest message's time and no id; reading again tells nothing."""
    customer = page.writer()
    page.text(customer)
    page.advance(SECOND)
    page.text(customer)
    newest = page.now
    page.advance(SECOND)
    page.told()
    page.act(customer, acts.Read())
    assert page.heard("read") == [{"watermark": newest}]
    assert [item.state for item in shown(customer)] == ["read", "read"]
    page.act(customer, acts.Read())
    assert page.events() == []


# --- the window -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opens", [True, False])
def test_a_reaction_opens_the_window(page: Page, *, opens: bool) -> None:
    """As a message does; reading does not."""
    customer = page.writer()
    mid = page.text(customer)
    page.advance(DAY - 1)
    page.act(customer, acts.React(item=mid, emoji="👍") if opens else acts.Read())
    page.advance(1)
    assert page.post(customer, {"text": "x"})[0] == (200 if opens else 400)


def test_a_text_has_two_thousand_characters(page: Page) -> None:
    """Characters, not bytes."""
    customer = page.writer()
    page.text(customer, "é" * 2_000)
    status, answer = page.post(customer, {"text": "x" * 2_001})
    assert (status, answer["error"]["code"]) == (400, 100)
    assert answer["error"]["message"] == "(#100) Length of param message[text] must be less than or equal to 2000"


# --- templates that only Messenger has --------------------------------------------------------------------------------


def test_a_media_template_shows_an_upload_with_buttons(page: Page) -> None:
    """By its id; a URL of facebook.com cannot be had here."""
    customer = page.writer()
    attachment_id = page.upload("video", MP4, "video/mp4")[1]["attachment_id"]
    element = {"media_type": "video", "attachment_id": attachment_id}
    element |= {"buttons": [{"type": "postback", "title": "More", "payload": "M"}]}
    page.send(customer, _template({"template_type": "media", "elements": [element]}))
    (item,) = shown(customer)
    assert (item.kind, item.buttons, item.media is not None) == ("video", (Button("M", "More"),), True)
    elsewhere = {"media_type": "image", "url": "https://www.facebook.com/photo/1"}
    answer = page.post(customer, _template({"template_type": "media", "elements": [elsewhere]}))
    assert code_of(answer)[:2] == (400, 100)


def test_a_receipt_shows_its_lines(page: Page) -> None:
    """Whom, what and how much."""
    receipt = {
        "template_type": "receipt",
        "recipient_name": "Ada",
        "order_number": "42",
        "currency": "EUR",
        "payment_method": "Visa 1234",
        "elements": [{"title": "Shoes", "price": 50}],
        "summary": {"total_cost": 56.14},
    }
    customer = page.writer()
    page.send(customer, _template(receipt))
    assert shown(customer)[0].text == "Ada, 42\nShoes: 50 EUR\n56.14 EUR, Visa 1234"
    del receipt["summary"]
    assert code_of(page.post(customer, _template(receipt)))[:2] == (400, 100)


def test_a_button_may_call(page: Page) -> None:
    """An international number; the tap tells the Page nothing."""
    buttons = [{"type": "phone_number", "title": "Call", "payload": "+15550100"}]
    customer = page.writer()
    mid = page.send(customer, _template({"template_type": "button", "text": "Call us", "buttons": buttons}))
    assert shown(customer)[0].buttons == (Button("+15550100", "Call", "call", "+15550100"),)
    page.told()
    page.act(customer, acts.Tap(item=mid, button="Call"))
    assert page.events() == []
    buttons[0]["payload"] = "0555"
    answer = page.post(customer, _template({"template_type": "button", "text": "Call us", "buttons": buttons}))
    assert code_of(answer)[:2] == (400, 100)


# --- profiles ---------------------------------------------------------------------------------------------------------


def test_a_profile_is_looked_up_by_whom_was_written_to(page: Page) -> None:
    """Once the person wrote; a new name is seen at once, and the picture lies under a signed URL."""
    customer = page.writer("Ada Lovelace")
    status, profile = page.call("GET", f"/{customer.identity}", fields="first_name,last_name,profile_pic")
    assert status == 200
    assert (profile["first_name"], profile["last_name"], profile["id"]) == ("Ada", "Lovelace", customer.identity)
    picture = page.download(profile["profile_pic"])
    assert (picture.status, picture.content_type, picture.body[:4]) == (200, "image/png", b"\x89PNG")
    page.advance(7 * DAY)
    assert page.download(profile["profile_pic"]).status == 403
    page.act(customer, acts.Rename(name="Bo"))
    assert page.call("GET", f"/{customer.identity}")[1]["first_name"] == "Bo"
    assert page.call("GET", f"/{customer.identity}", fields="name")[1] == {"name": "Bo", "id": customer.identity}


def test_profiles_that_cannot_be_looked_up(page: Page) -> None:
    """Each with its own error."""
    customer, stranger = page.writer(), page.enrol()
    assert code_of(page.call("GET", f"/{stranger.identity}")) == (400, 100, 2018218)
    assert code_of(page.call("GET", "/12345")) == (400, 100, 33)
    assert code_of(page.call("GET", f"/{customer.identity}", fields="gender")) == (400, 100, 2018247)
    assert code_of(page.call("GET", f"/{customer.identity}", fields="shoe_size")) == (400, 100, None)


# --- Get Started ------------------------------------------------------------------------------------------------------


def test_get_started_is_a_postback_that_opens_the_window(page: Page) -> None:
    """With the payload that the Page set; once the conversation has begun there is no button."""
    customer = page.enrol()
    with pytest.raises(Impossible, match="no Get Started button: write"):
        page.act(customer, acts.OptIn())
    page.call("POST", "/me/messenger_profile", START)
    item = page.act(customer, acts.OptIn())
    assert item is not None
    assert page.heard("postback") == [{"mid": item.id, "title": "Get Started", "payload": "START"}]
    page.text(customer)
    with pytest.raises(Impossible, match="has begun"):
        page.act(customer, acts.OptIn())


def test_a_link_carries_its_reference(page: Page) -> None:
    """With the first postback, or into a conversation that has begun, whose window it opens."""
    page.call("POST", "/me/messenger_profile", START)
    customer = page.enrol()
    referral = {"ref": "summer", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    page.act(customer, acts.OptIn(payload="summer"))
    assert page.heard("postback")[0]["referral"] == referral
    page.advance(2 * DAY)
    page.act(customer, acts.OptIn(payload="summer"))
    assert page.heard("referral") == [referral]
    page.text(customer)


def test_a_menu_needs_a_get_started_button(page: Page) -> None:
    """To be set, and to stay."""
    menu = [{"locale": "default", "call_to_actions": [{"type": "postback", "title": "Help", "payload": "HELP"}]}]
    answer = page.call("POST", "/me/messenger_profile", {"persistent_menu": menu})
    assert code_of(answer) == (400, 100, 2018145)
    assert page.call("POST", "/me/messenger_profile", {"persistent_menu": menu, **START})[0] == 200
    assert code_of(page.call("DELETE", "/me/messenger_profile", {"fields": ["get_started"]})) == (400, 100, 2018145)
    both = {"fields": ["get_started", "persistent_menu"]}
    assert page.call("DELETE", "/me/messenger_profile", both)[0] == 200
