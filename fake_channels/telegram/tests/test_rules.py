"""The Bot API towards people: sends, edits, deletions, answers."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import Block, ComeBack, GoOffline, OptIn, SendText, Tap
from fake_channels.core.instants import HOUR, SECOND
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


def test_a_reaction_of_the_bot_is_on_the_screen(bot: Bot) -> None:
    """Beside the message, until it is taken back."""
    customer = bot.starter()
    number = bot.ok("sendMessage", customer, text="x")["message_id"]
    like = [{"type": "emoji", "emoji": "👍"}]
    assert bot.ok("setMessageReaction", customer, message_id=number, reaction=like) is True
    assert customer.screen[-1].vendor["reaction"] == "👍"
    bot.ok("setMessageReaction", customer, message_id=number)
    assert customer.screen[-1].vendor["reaction"] == ""


# --- changes ----------------------------------------------------------------------------------------------------------


def test_a_text_is_edited_on_the_screen(bot: Bot) -> None:
    """The keyboard goes unless it is given again."""
    customer = bot.starter()
    sent = bot.ok("sendMessage", customer, text="<b>old</b>", parse_mode="HTML", reply_markup=_BUTTON)
    bot.advance(5 * SECOND)
    edited = bot.ok("editMessageText", customer, message_id=sent["message_id"], text="new")
    kept = {key: value for key, value in sent.items() if key not in {"entities", "reply_markup"}}
    assert edited == {**kept, "text": "new", "edit_date": _START + 5}
    assert (customer.screen[-1].text, customer.screen[-1].kind, customer.screen[-1].buttons) == ("new", "text", ())


def test_a_keyboard_is_edited_alone(bot: Bot) -> None:
    """The text stays."""
    customer = bot.starter()
    number = bot.ok("sendMessage", customer, text="Sure?")["message_id"]
    edited = bot.ok("editMessageReplyMarkup", customer, message_id=number, reply_markup=_BUTTON)
    assert (edited["text"], edited["reply_markup"]) == ("Sure?", _BUTTON)
    assert (customer.screen[-1].kind, customer.screen[-1].text) == ("buttons", "Sure?")


def test_the_same_again_is_no_edit(bot: Bot) -> None:
    """And is refused, before and after a real one."""
    customer = bot.starter()
    number = bot.ok("sendMessage", customer, text="x")["message_id"]
    for text in ("x", "y"):
        if text == "y":
            bot.ok("editMessageText", customer, message_id=number, text=text)
        refusal = bot.refused("editMessageText", customer, message_id=number, text=text)
        assert refusal.startswith("Bad Request: message is not modified: specified new message content")


@pytest.mark.parametrize("method", ["editMessageText", "editMessageCaption", "editMessageReplyMarkup"])
def test_only_the_bots_own_messages_are_edited(bot: Bot, method: str) -> None:
    """Neither the person's nor unknown ones."""
    customer = bot.starter()
    assert bot.refused(method, customer, message_id=1, text="x") == "Bad Request: message can't be edited"
    assert bot.refused(method, customer, message_id=99, text="x") == "Bad Request: message to edit not found"


def test_a_place_has_no_text_to_edit(bot: Bot) -> None:
    """A text has; an empty new one is refused."""
    customer = bot.starter()
    place = bot.ok("sendLocation", customer, latitude=1, longitude=2)["message_id"]
    refusal = bot.refused("editMessageText", customer, message_id=place, text="x")
    assert refusal == "Bad Request: there is no text in the message to edit"
    text = bot.ok("sendMessage", customer, text="x")["message_id"]
    assert bot.refused("editMessageText", customer, message_id=text) == "Bad Request: message text is empty"


def test_messages_of_either_side_are_deleted(bot: Bot) -> None:
    """From the screen, and from what waits for an offline phone."""
    customer = bot.starter()
    bot.act(customer, GoOffline())
    number = bot.ok("sendMessage", customer, text="x")["message_id"]
    assert bot.ok("deleteMessage", customer, message_id=number) is True
    assert bot.ok("deleteMessage", customer, message_id=1) is True
    bot.act(customer, ComeBack())
    assert customer.screen == []
    assert bot.refused("deleteMessage", customer, message_id=1) == "Bad Request: message to delete not found"


def test_after_two_days_nothing_is_deleted(bot: Bot) -> None:
    """One alone is refused; among several it is skipped."""
    customer = bot.starter()
    old = bot.ok("sendMessage", customer, text="old")["message_id"]
    bot.advance(48 * HOUR + SECOND)
    new = bot.ok("sendMessage", customer, text="new")["message_id"]
    refusal = bot.refused("deleteMessage", customer, message_id=old)
    assert refusal == "Bad Request: message can't be deleted for everyone"
    assert bot.ok("deleteMessages", customer, message_ids=[old, new, 99, "x"]) is True
    assert [item.text for item in customer.screen] == ["/start", "old"]


# --- answers to taps --------------------------------------------------------------------------------------------------


def _tapped(bot: Bot) -> tuple[Any, str]:
    customer = bot.starter()
    bot.ok("sendMessage", customer, text="Sure?", reply_markup=_BUTTON)
    bot.act(customer, Tap(item=customer.screen[-1].id, button="Yes"))
    (update,) = bot.updates()
    return customer, update["callback_query"]["id"]


_TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def test_a_tap_is_answered_once(bot: Bot) -> None:
    """A text is shown; a second answer comes too late."""
    customer, query = _tapped(bot)
    assert bot.ok("answerCallbackQuery", callback_query_id=query, text="Noted") is True
    assert (customer.screen[-1].author, customer.screen[-1].text) == ("system", "Noted")
    assert bot.refused("answerCallbackQuery", callback_query_id=query) == _TOO_OLD


def test_a_tap_is_answered_in_time_or_not_at_all(bot: Bot) -> None:
    """A silent answer shows nothing; an unknown query is as one too old."""
    customer, query = _tapped(bot)
    bot.advance(150 * SECOND)
    bot.ok("answerCallbackQuery", callback_query_id=query)
    assert customer.screen[-1].text == "Sure?"
    _, query = _tapped(bot)
    bot.advance(151 * SECOND)
    assert bot.refused("answerCallbackQuery", callback_query_id=query) == _TOO_OLD
    assert bot.refused("answerCallbackQuery", callback_query_id="nonsense") == _TOO_OLD
    assert bot.refused("answerCallbackQuery", callback_query_id="1", text="x" * 201) == "Bad Request: MESSAGE_TOO_LONG"


def test_the_oldest_messages_are_forgotten(bot: Bot) -> None:
    """A chat keeps a thousand."""
    customer = bot.starter()
    for _ in range(1_000):
        bot.ok("sendMessage", customer, text="x")
    assert bot.refused("deleteMessage", customer, message_id=1) == "Bad Request: message to delete not found"
    bot.ok("deleteMessage", customer, message_id=2)
