"""The person: what the chat offers, and what the business hears of it."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Impossible
from fake_channels.sinchchat.phone import CONVERSATION_START
from fake_channels.sinchchat.tests.calls import PNG, Chat

CHOICES = [
    {"text_message": {"text": "Yes"}, "postback_data": "y"},
    {"text_message": {"text": "No"}},
    {"url_message": {"title": "Look", "url": "https://x.example"}},
]


@pytest.fixture
def chat() -> Chat:
    """A project with a callback URL."""
    return Chat()


def photo(kind: Any = "image", **rest: Any) -> acts.SendMedia:
    """A file to send."""
    return acts.SendMedia(**{"kind": kind, "data": PNG, "mime": "image/png", "name": "a.png", **rest})


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (acts.SendText(text="\u05e9 <b>👨‍👩‍👧</b>"), {"text_message": {"text": "\u05e9 <b>👨‍👩‍👧</b>"}}),
        (
            acts.SendLocation(latitude=1.5, longitude=2, name="Here", address="There"),
            {
                "location_message": {
                    "title": "Here",
                    "label": "There",
                    "coordinates": {"latitude": 1.5, "longitude": 2},
                }
            },
        ),
        (
            acts.SendLocation(latitude=1.5, longitude=2),
            {"location_message": {"coordinates": {"latitude": 1.5, "longitude": 2}}},
        ),
    ],
)
def test_what_a_person_sends_is_called_back(chat: Chat, action: acts.Action, message: Any) -> None:
    """In the Conversation API's own shape, under the id on the screen."""
    customer = chat.enrol()
    item = chat.act(customer, action)
    (told,) = chat.callbacks()
    assert item is not None
    assert (told["contact_message"], told["message_id"], customer.screen) == (message, item.id, [item])


def test_a_file_is_uploaded_and_sent_by_url(chat: Chat) -> None:
    """With a caption it is a media card; its URL serves the bytes."""
    customer = chat.enrol()
    item = chat.act(customer, photo())
    chat.act(customer, photo(caption="see"))
    plain, card = (told["contact_message"] for told in chat.callbacks())
    assert set(plain["media_message"]) == {"url"}
    assert card["media_card_message"]["caption"] == "see"
    path = plain["media_message"]["url"].removeprefix("http://vendor.example")
    assert chat.ask("GET", path, headers={}).body == PNG
    assert item is not None
    assert item.media is not None
    assert (item.kind, customer.media[item.media.id]) == ("image", PNG)


def test_an_answer_names_what_it_answers(chat: Chat) -> None:
    """By the id of the message on the screen."""
    customer = chat.enrol()
    message_id = chat.text(customer)
    item = chat.act(customer, acts.SendText(text="why?", reply_to=message_id))
    assert chat.callbacks()[-1]["contact_message"]["reply_to"] == {"message_id": message_id}
    assert item is not None
    assert item.reply_to == message_id


def test_a_tap_tells_the_business_which_choice_of_which_message(chat: Chat) -> None:
    """The postback, or the documented default; a link tells nobody. Old buttons still work."""
    customer = chat.enrol()
    message_id = chat.send(customer, {"choice_message": {"text_message": {"text": "Well?"}, "choices": CHOICES}})
    chat.text(customer, "later")
    chat.callbacks()
    items = [chat.act(customer, acts.Tap(item=message_id, button=button)) for button in ("Yes", "No", "Look")]
    answers = [told["contact_message"]["choice_response_message"] for told in chat.callbacks()]
    assert answers == [{"message_id": message_id, "postback_data": data} for data in ("y", f"{message_id}_No")]
    assert [item and item.text for item in items] == ["Yes", "No", None]
    with pytest.raises(Impossible, match="no button"):
        chat.act(customer, acts.Tap(item=message_id, button="Perhaps"))


def test_a_row_of_a_list_is_tapped_like_a_choice(chat: Chat) -> None:
    """Its title is what the person sees."""
    customer = chat.enrol()
    rows = [{"choice": {"title": "One", "postback_data": "1"}}]
    message_id = chat.send(customer, {"list_message": {"title": "L", "sections": [{"items": rows}]}})
    chat.callbacks()
    chat.act(customer, acts.Tap(item=message_id, button="One"))
    (told,) = chat.callbacks()
    assert told["contact_message"]["choice_response_message"] == {"message_id": message_id, "postback_data": "1"}


def test_opening_the_chat_says_so_once(chat: Chat) -> None:
    """With the page's metadata when there is any; with history there is nothing to say but that."""
    customer = chat.enrol()
    chat.act(customer, acts.OptIn(payload='{"cart":3}'))
    chat.act(customer, acts.OptIn())
    chat.act(customer, acts.OptIn(payload='{"cart":4}'))
    first, second = chat.callbacks()
    assert first["contact_message"] == {"fallback_message": {"raw_message": CONVERSATION_START}}
    assert first["metadata"] == '{"cart":3}'
    assert (second["metadata"], "contact_message" in second) == ('{"cart":4}', False)
    with pytest.raises(Impossible, match="JSON object"):
        chat.act(customer, acts.OptIn(payload="[1]"))


def test_typing_is_told_and_reading_is_not(chat: Chat) -> None:
    """There are no read receipts."""
    customer = chat.enrol()
    chat.text(customer)
    chat.callbacks()
    chat.act(customer, acts.Type())
    chat.act(customer, acts.Read())
    assert [told["contact_event"] for told in chat.callbacks()] == [{"composing_event": {}}]
    assert customer.screen[0].state == "read"


def test_a_new_name_comes_with_the_next_callback(chat: Chat) -> None:
    """Somebody nameless sends none."""
    customer = chat.enrol("Ada")
    for name in ("Byron", None):
        chat.act(customer, acts.Rename(name=name))
        chat.act(customer, acts.SendText(text="a"))
    assert [told.get("display_name") for told in chat.callbacks()] == ["Byron", None]


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (acts.SendText(text=""), "1 to 4096"),
        (acts.SendText(text="x" * 4_097), "1 to 4096"),
        (acts.SendText(text="a", reply_to="nothing"), "nothing with id"),
        (photo("sticker"), "stickers"),
        (photo(data=b""), "empty"),
        (photo(mime="image/webp"), "none that the app knows"),
        (acts.SendContact(name="a", phone="1"), "contact cards"),
        (acts.SendUnsupported(), "everything"),
        (acts.Block(), "blocked"),
        (acts.Unblock(), "blocked"),
        (acts.OptOut(), "opt-out"),
        (acts.React(item="a", emoji="👍"), "reactions"),
        (acts.Edit(item="a", text="b"), "changed"),
        (acts.Delete(item="a"), "taken back"),
        (acts.TapMenu(entry="a"), "menu"),
        (acts.ReplyToStory(text="a"), "stories"),
        (acts.MentionInStory(), "stories"),
    ],
)
def test_what_the_chat_lacks_is_impossible_with_a_sentence(chat: Chat, action: acts.Action, why: str) -> None:
    """And nothing is told."""
    with pytest.raises(Impossible, match=why):
        chat.act(chat.enrol(), action)
    assert chat.callbacks() == []


def test_an_offline_phone_does_nothing_but_come_back(chat: Chat) -> None:
    """The sentence says so."""
    customer = chat.enrol()
    chat.act(customer, acts.GoOffline())
    with pytest.raises(Impossible, match="offline"):
        chat.act(customer, acts.SendText(text="a"))
