"""What people do on the phone, in all apps of the family, and what the business hears of it."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Impossible
from fake_channels.core.instants import DAY, MINUTE
from fake_channels.meta.tests.calls import MP4, PDF, PNG, Business, code_of, shown

BUTTONS = {
    "template_type": "button",
    "text": "Sure?",
    "buttons": [
        {"type": "postback", "title": "Yes", "payload": "Y"},
        {"type": "web_url", "title": "See", "url": "https://x.example"},
    ],
}
CHIPS = [
    {"content_type": "text", "title": "Red", "payload": "R"},
    {"content_type": "user_phone_number"},
    {"content_type": "user_email"},
]


def _asked(business: Business, customer: Any) -> str:
    """A message with buttons; its id."""
    mid = business.send(customer, {"attachment": {"type": "template", "payload": BUTTONS}})
    business.told()
    return mid


def test_a_text_comes_with_its_id(business: Business) -> None:
    """Character by character."""
    customer = business.enrol()
    item = business.act(customer, acts.SendText(text="<b>é 👨‍👩‍👧 \u202eabc"))
    assert item is not None
    assert business.heard("message") == [{"mid": item.id, "text": "<b>é 👨‍👩‍👧 \u202eabc"}]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_text_cannot_be_sent(business: Business, text: str) -> None:
    """There is no button to send it."""
    with pytest.raises(Impossible, match="empty"):
        business.act(business.enrol(), acts.SendText(text=text))


def test_a_reply_names_what_it_answers(business: Business) -> None:
    """And says so when it is one's own message."""
    customer = business.writer()
    mid = business.text(customer, "Which one?")
    mine = customer.screen[0].id
    business.told()
    business.act(customer, acts.SendText(text="That one", reply_to=mid))
    business.act(customer, acts.SendText(text="I said", reply_to=mine))
    told = [one["reply_to"] for one in business.heard("message")]
    assert told == [{"mid": mid}, {"mid": mine, "is_self_reply": True}]


@pytest.mark.parametrize(
    ("kind", "data", "mime", "told", "served"),
    [
        ("image", PNG, "image/png", "image", "image/png"),
        ("video", MP4, "video/mp4", "video", "video/mp4"),
        ("voice", MP4, "audio/ogg", "audio", "audio/mp4"),
    ],
)
def test_a_file_comes_as_a_link(business: Business, kind: Any, data: bytes, mime: str, told: str, served: str) -> None:
    """Its bytes lie there without a token; a recorded clip is audio like any other."""
    customer = business.enrol()
    item = business.act(customer, acts.SendMedia(kind=kind, data=data, mime=mime, name="a"))
    assert item is not None
    assert (item.kind, item.media is not None) == (kind, True)
    (message,) = business.heard("message")
    (attachment,) = message["attachments"]
    assert (message["mid"], attachment["type"]) == (item.id, told)
    reply = business.download(attachment["payload"]["url"])
    assert (reply.content_type, reply.body) == (served, data)


def test_a_caption_is_a_message_of_its_own(business: Business) -> None:
    """After the file."""
    customer = business.enrol()
    business.act(customer, acts.SendMedia(kind="image", data=PNG, mime="image/png", name="a", caption="Look"))
    file, text = business.heard("message")
    assert "attachments" in file
    assert "text" not in file
    assert text["text"] == "Look"
    assert [item.kind for item in customer.screen] == ["image", "text"]


@pytest.mark.parametrize(("data", "mime"), [(PDF, "image/png"), (b"", "image/png"), (PNG, "text/plain")])
def test_what_is_no_picture_cannot_be_sent_as_one(business: Business, data: bytes, mime: str) -> None:
    """The app does not offer it."""
    with pytest.raises(Impossible, match="cannot be sent as image"):
        business.act(business.enrol(), acts.SendMedia(kind="image", data=data, mime=mime, name="a"))


# --- buttons ----------------------------------------------------------------------------------------------------------


def test_a_postback_tells_title_and_payload(business: Business) -> None:
    """It opens the window and shows the title as if it had been written; a link tells nothing."""
    customer = business.writer()
    mid = _asked(business, customer)
    business.advance(DAY - 1)
    item = business.act(customer, acts.Tap(item=mid, button="Yes"))
    assert item is not None
    assert business.heard("postback") == [{"mid": item.id, "title": "Yes", "payload": "Y"}]
    business.act(customer, acts.Tap(item=mid, button="See"))
    assert business.events() == []
    business.advance(DAY - 1)
    business.act(customer, acts.Tap(item=mid, button="Y"))
    with pytest.raises(Impossible, match="no button 'No'; it shows 'Yes', 'See'"):
        business.act(customer, acts.Tap(item=mid, button="No"))


def test_a_quick_reply_is_a_message_and_then_they_are_gone(business: Business) -> None:
    """With the payload beside the text."""
    customer = business.writer()
    mid = business.send(customer, {"text": "Which?", "quick_replies": CHIPS})
    business.told()
    business.act(customer, acts.Tap(item=mid, button="Red"))
    (message,) = business.heard("message")
    assert (message["text"], message["quick_reply"]) == ("Red", {"payload": "R"})
    assert "reply_to" not in message
    with pytest.raises(Impossible, match="it shows no buttons"):
        business.act(customer, acts.Tap(item=mid, button="Red"))


@pytest.mark.parametrize("way", [acts.SendText(text="Blue"), acts.Tap(item="", button="Yes")])
def test_quick_replies_are_gone_after_any_other_answer(business: Business, way: Any) -> None:
    """A text or a tap elsewhere; reading alone does not take them away."""
    customer = business.writer()
    asked = _asked(business, customer)
    mid = business.send(customer, {"text": "Which?", "quick_replies": CHIPS})
    business.act(customer, acts.Read())
    assert shown(customer)[-1].buttons != ()
    business.act(customer, acts.Tap(item=asked, button="Yes") if isinstance(way, acts.Tap) else way)
    assert customer.find(mid).buttons == ()


def test_quick_replies_give_the_persons_own_data(business: Business) -> None:
    """Number and address are text and payload alike."""
    customer = business.writer()
    for button, value in (
        ("user_phone_number", f"+{customer.person.msisdn}"),
        ("user_email", f"{customer.person.username}@example.com"),
    ):
        mid = business.send(customer, {"text": "Who?", "quick_replies": CHIPS})
        business.told()
        business.act(customer, acts.Tap(item=mid, button=button))
        (message,) = business.heard("message")
        assert (message["text"], message["quick_reply"]["payload"]) == (value, value)


# --- about messages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("emoji", "name"), [("❤️", "love"), ("😮", "wow"), ("🦊", "other")])
def test_a_reaction_is_named_and_taken_back(business: Business, emoji: str, name: str) -> None:
    """What is not among the names is other."""
    customer = business.writer()
    mid = business.text(customer)
    business.told()
    business.act(customer, acts.React(item=mid, emoji=emoji))
    business.act(customer, acts.React(item=mid, emoji=""))
    assert business.heard("reaction") == [
        {"mid": mid, "action": "react", "reaction": name, "emoji": emoji},
        {"mid": mid, "action": "unreact"},
    ]


def test_a_text_can_be_changed_five_times_in_a_quarter_of_an_hour(business: Business) -> None:
    """Each is told with its number; nobody else's message can be changed."""
    customer = business.writer()
    item = business.act(customer, acts.SendText(text="one"))
    assert item is not None
    business.told()
    for number in range(1, 6):
        business.act(customer, acts.Edit(item=item.id, text=f"{number}"))
    edits = business.heard("message_edit")
    assert edits == [{"mid": item.id, "text": f"{number}", "num_edit": number} for number in range(1, 6)]
    assert customer.screen[-1].text == "5"
    with pytest.raises(Impossible, match="5 times"):
        business.act(customer, acts.Edit(item=item.id, text="6"))
    business.advance(15 * MINUTE)
    with pytest.raises(Impossible, match="15 minutes"):
        business.act(customer, acts.Edit(item=item.id, text="6"))
    with pytest.raises(Impossible, match="one's own"):
        business.act(customer, acts.Edit(item=business.text(customer), text="x"))
    with pytest.raises(Impossible, match="into another text"):
        business.act(customer, acts.Edit(item=item.id, text=" "))


def test_a_message_can_be_taken_back(business: Business) -> None:
    """It is gone from the screen, its file too; the business's cannot."""
    customer = business.writer()
    item = business.act(customer, acts.SendMedia(kind="image", data=PNG, mime="image/png", name="a"))
    assert item is not None
    business.act(customer, acts.Delete(item=item.id))
    assert [one.id for one in customer.screen if one.id == item.id] == []
    assert customer.media == {}
    with pytest.raises(Impossible, match="one's own"):
        business.act(customer, acts.Delete(item=business.text(customer)))


# --- the phone itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    [acts.SendText(text="x"), acts.SendMedia(kind="image", data=PNG, mime="image/png", name="a")],
)
def test_who_blocked_the_business_cannot_write(business: Business, action: Any) -> None:
    """Until the block is gone; blocking itself tells nobody."""
    customer = business.writer()
    mid = _asked(business, customer)
    business.act(customer, acts.Block())
    for tried in (action, acts.Tap(item=mid, button="Yes"), acts.React(item=mid, emoji="👍")):
        with pytest.raises(Impossible, match="blocked"):
            business.act(customer, tried)
    assert business.events() == []
    business.act(customer, acts.Unblock())
    business.act(customer, action)


def test_without_connection_nothing_can_be_done(business: Business) -> None:
    """But to find it again."""
    customer = business.writer()
    business.act(customer, acts.GoOffline())
    with pytest.raises(Impossible, match="offline"):
        business.act(customer, acts.SendText(text="x"))


def test_typing_and_renaming_tell_nobody(business: Business) -> None:
    """The name is looked up."""
    customer = business.writer()
    business.act(customer, acts.Type())
    business.act(customer, acts.Rename(name="Bo"))
    assert business.events() == []


def test_a_picture_of_an_album_stands_for_its_message(business: Business) -> None:
    """A reply or a reaction to one of them names the message."""
    customer = business.writer()
    attachment_id = business.upload("image", PNG, "image/png")[1]["attachment_id"]
    pictures = [{"type": "image", "payload": {"attachment_id": attachment_id}}] * 2
    mid = business.send(customer, {"attachments": pictures})
    business.told()
    business.act(customer, acts.React(item=f"{mid}.1", emoji="👍"))
    business.act(customer, acts.SendText(text="That one", reply_to=f"{mid}.1"))
    reaction, message = business.events()
    assert (reaction["reaction"]["mid"], message["message"]["reply_to"]["mid"]) == (mid, mid)
    assert code_of(business.post(customer, {"text": "x"}, reply_to={"mid": "m_no"}))[0] == 400
