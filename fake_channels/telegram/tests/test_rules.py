"""The Bot API towards people: sends, edits, deletions, answers."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import Block, ComeBack, GoOffline, OptIn, SendText
from fake_channels.core.instants import SECOND
from fake_channels.telegram import limits
from fake_channels.telegram.tests.calls import Bot

_START = 1_700_000_000
_BUTTON = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


# --- who may be written to --------------------------------------------------------------------------------------------


def test_nobody_is_written_to_before_they_start(bot: Bot) -> None:
    """Not even by somebody who knows the id; a first text is as good as /start."""
    customer = bot.enrol()
    assert bot.refused("sendMessage", customer, text="x") == "Forbidden: bot can't initiate conversation with a user"
    bot.act(customer, SendText(text="hello"))
    bot.ok("sendMessage", customer, text="x")
    assert [item.text for item in customer.screen] == ["hello", "x"]


def test_a_block_ends_it_and_a_new_start_begins_it(bot: Bot) -> None:
    """Every send is refused in between."""
    customer = bot.starter()
    bot.act(customer, Block())
    for method, args in (
        ("sendMessage", {"text": "x"}),
        ("sendChatAction", {"action": "typing"}),
        ("sendLocation", {"latitude": 1, "longitude": 2}),
    ):
        assert bot.refused(method, customer, **args) == "Forbidden: bot was blocked by the user"
    bot.act(customer, OptIn())
    bot.ok("sendMessage", customer, text="x")


@pytest.mark.parametrize(
    ("args", "description"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "chat_id": 5}, "chat not found"),
        ({"text": "x", "chat_id": "@name"}, "chat not found"),
        ({"chat_id": 5}, "message text is empty"),
        ({"chat_id": 5, "text": " \n "}, "message text is empty"),
        ({"chat_id": 5, "text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"chat_id": 5, "text": "x" * 4_097}, "message is too long"),
        ({"chat_id": 5, "text": "👋" * 2_049}, "message is too long"),
        ({"chat_id": 5, "text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        (
            {"chat_id": 5, "text": "a.b", "parse_mode": "MarkdownV2"},
            "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
    ],
)
def test_wrong_texts_are_refused(bot: Bot, args: dict[str, Any], description: str) -> None:
    """In the server's words."""
    assert bot.refused("sendMessage", **args) == f"Bad Request: {description}"


# --- texts ------------------------------------------------------------------------------------------------------------


def test_a_text_is_answered_with_the_message(bot: Bot) -> None:
    """And is on the screen."""
    customer = bot.starter("Ada Lovelace")
    message = bot.ok("sendMessage", customer, text="Hello")
    assert message == {
        "message_id": 2,
        "from": {
            "id": bot.account.bot_id,
            "is_bot": True,
            "first_name": "Acme Support",
            "username": bot.account.bot_username,
        },
        "chat": {
            "id": int(customer.identity),
            "first_name": "Ada",
            "last_name": "Lovelace",
            "username": customer.person.username,
            "type": "private",
        },
        "date": _START,
        "text": "Hello",
    }
    assert (customer.screen[-1].id, customer.screen[-1].state) == (f"{customer.identity}:2", "delivered")


def test_limits_count_after_entities(bot: Bot) -> None:
    """Markup is free, and an emoji counts twice."""
    customer = bot.starter()
    text = "<b>" + "x" * 4_096 + "</b>"
    assert len(bot.ok("sendMessage", customer, text=text, parse_mode="html")["text"]) == 4_096
    bot.ok("sendMessage", customer, text="👋" * 2_048)


def test_entities_come_from_markup_from_the_caller_or_are_found(bot: Bot) -> None:
    """What is given wins over what is found in the same place."""
    customer = bot.starter()
    marked = bot.ok("sendMessage", customer, text="<b>/start</b> #tag", parse_mode="HTML")
    assert [(one["type"], one["offset"]) for one in marked["entities"]] == [("bold", 0), ("hashtag", 7)]
    given = [{"type": "italic", "offset": 0, "length": 1}, {"type": "broken"}]
    assert bot.ok("sendMessage", customer, text="xy", entities=given)["entities"] == given[:1]
    assert customer.screen[-2].text == "/start #tag"


def test_message_ids_grow_over_all_chats(bot: Bot) -> None:
    """One sequence for both sides."""
    first, second = bot.starter(), bot.starter()
    numbers = [bot.ok("sendMessage", one, text="x")["message_id"] for one in (first, second, first)]
    assert numbers == [3, 4, 5]


def test_an_offline_phone_shows_it_when_it_comes_back(bot: Bot) -> None:
    """The API takes it as ever: there are no receipts."""
    customer = bot.starter()
    bot.act(customer, GoOffline())
    bot.ok("sendMessage", customer, text="late")
    assert customer.screen[-1].text == "/start"
    bot.act(customer, ComeBack())
    assert customer.screen[-1].text == "late"
    assert bot.updates() == []


def test_a_reply_shows_what_it_answers(bot: Bot) -> None:
    """By either spelling; an unknown message is refused unless told otherwise."""
    customer = bot.starter()
    item = bot.act(customer, SendText(text="question"))
    assert item is not None
    number = int(item.id.rpartition(":")[2])
    for args in ({"reply_parameters": {"message_id": number}}, {"reply_to_message_id": number}):
        message = bot.ok("sendMessage", customer, text="answer", **args)
        assert message["reply_to_message"]["text"] == "question"
        assert customer.screen[-1].reply_to == item.id
    wrong = bot.refused("sendMessage", customer, text="x", reply_parameters={"message_id": 99})
    assert wrong == "Bad Request: message to be replied not found"
    lenient = {"message_id": 99, "allow_sending_without_reply": True}
    assert "reply_to_message" not in bot.ok("sendMessage", customer, text="x", reply_parameters=lenient)


# --- keyboards --------------------------------------------------------------------------------------------------------


def test_an_inline_keyboard_is_shown_and_repeated(bot: Bot) -> None:
    """In the message that answers."""
    customer = bot.starter()
    assert bot.ok("sendMessage", customer, text="Sure?", reply_markup=_BUTTON)["reply_markup"] == _BUTTON
    assert customer.screen[-1].kind == "buttons"
    assert [button.title for button in customer.screen[-1].buttons] == ["Yes"]


def test_a_reply_keyboard_is_shown_and_not_repeated(bot: Bot) -> None:
    """It is the person's, not the message's."""
    customer = bot.starter()
    message = bot.ok("sendMessage", customer, text="Sure?", reply_markup={"keyboard": [["Yes", "No"]]})
    assert "reply_markup" not in message
    assert [button.title for button in customer.screen[-1].buttons] == ["Yes", "No"]


# --- other contents ---------------------------------------------------------------------------------------------------


def test_places_and_venues(bot: Bot) -> None:
    """A venue has a title and an address."""
    customer = bot.starter()
    place = {"latitude": 59.5, "longitude": 18}
    assert bot.ok("sendLocation", customer, **place)["location"] == place
    venue = bot.ok("sendVenue", customer, **place, title="Hotel", address="Main St")
    assert venue["venue"] == {"location": place, "title": "Hotel", "address": "Main St"}
    shown = customer.screen[-1].location
    assert shown is not None
    assert (shown.latitude, shown.name, shown.address) == (59.5, "Hotel", "Main St")


@pytest.mark.parametrize(
    ("method", "args", "description"),
    [
        ("sendLocation", {"longitude": 1}, "latitude is empty"),
        ("sendLocation", {"latitude": 1}, "longitude is empty"),
        ("sendLocation", {"latitude": 91, "longitude": 1}, "invalid location specified"),
        ("sendLocation", {"latitude": "nan", "longitude": 1}, "invalid location specified"),
        ("sendVenue", {"latitude": 1, "longitude": 1, "address": "x"}, "title is empty"),
        ("sendContact", {"first_name": "Ada"}, "phone number is empty"),
        ("sendContact", {"phone_number": "1"}, "first name is empty"),
        ("sendContact", {"phone_number": "1", "first_name": "A", "vcard": "x" * 2_049}, "contact vCard is too long"),
        ("sendChatAction", {"action": "juggling"}, "wrong parameter action in request"),
        ("sendChatAction", {}, "wrong parameter action in request"),
        ("setMessageReaction", {"message_id": 99}, "message to react not found"),
    ],
)
def test_wrong_contents_are_refused(bot: Bot, method: str, args: dict[str, Any], description: str) -> None:
    """In the server's words."""
    customer = bot.starter()
    assert bot.refused(method, customer, **args) == f"Bad Request: {description}"
    assert len(customer.screen) == 1


def test_a_contact_card(bot: Bot) -> None:
    """Its name and number are on the screen."""
    customer = bot.starter()
    card = {"phone_number": "+15550100", "first_name": "Ada", "last_name": "Lee"}
    assert bot.ok("sendContact", customer, **card)["contact"] == card
    assert (customer.screen[-1].kind, customer.screen[-1].text) == ("contact", "Ada Lee +15550100")


def test_a_chat_action_is_shown_for_five_seconds(bot: Bot) -> None:
    """Or until a message comes; a later action begins anew."""
    customer = bot.starter()
    assert bot.ok("sendChatAction", customer, action="typing") is True
    bot.advance(4 * SECOND)
    bot.ok("sendChatAction", customer, action="upload_photo")
    shown = []
    for wait in (4 * SECOND, 1 * SECOND):
        bot.advance(wait)
        shown.append(customer.typing)
    bot.ok("sendChatAction", customer, action="typing")
    bot.ok("sendMessage", customer, text="x")
    assert [*shown, customer.typing] == [True, False, False]


def test_a_message_repeats_how_its_link_was_to_be_shown(bot: Bot) -> None:
    """In the new form and the old; nothing when nothing was asked; an edit may change it."""
    customer = bot.starter()
    options = {"is_disabled": True}
    new = bot.ok("sendMessage", customer, text="http://x.example", link_preview_options=options)
    old = bot.ok("sendMessage", customer, text="http://x.example", disable_web_page_preview=True)
    plain = bot.ok("sendMessage", customer, text="http://x.example")
    assert [one.get("link_preview_options") for one in (new, old, plain)] == [options, options, None]
    edited = bot.ok("editMessageText", customer, message_id=new["message_id"], text="http://y.example")
    assert "link_preview_options" not in edited


def test_what_waits_for_a_phone_has_an_end(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first."""
    monkeypatch.setattr(limits, "WAITING_MAX", 3)
    customer = bot.starter()
    bot.act(customer, GoOffline())
    for number in range(5):
        bot.ok("sendMessage", customer, text=f"{number}")
    assert [item.text for item in customer.waiting] == ["2", "3", "4"]
