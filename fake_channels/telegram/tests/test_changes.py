"""Edits, deletions, reactions, answers to taps."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import ComeBack, GoOffline, Tap
from fake_channels.core.instants import HOUR, SECOND
from fake_channels.telegram.tests.calls import Bot, png

_START = 1_700_000_000
_BUTTON = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


def test_a_caption_is_edited_and_taken_away(bot: Bot) -> None:
    """The file stays, also while the phone is offline."""
    customer = bot.starter()
    bot.act(customer, GoOffline())
    upload = {"photo": ("a.png", "image/png", png())}
    _, told = bot.form("sendPhoto", {"chat_id": customer.identity, "caption": "old"}, upload)
    sent = told["result"]
    edited = bot.ok("editMessageCaption", customer, message_id=sent["message_id"], caption="new")
    assert (edited["caption"], edited["photo"]) == ("new", sent["photo"])
    bot.act(customer, ComeBack())
    assert (customer.screen[-1].kind, customer.screen[-1].text) == ("image", "new")
    assert "caption" not in bot.ok("editMessageCaption", customer, message_id=sent["message_id"])
    assert customer.screen[-1].text == ""


def test_what_left_the_screen_is_still_edited(bot: Bot) -> None:
    """A person who cleared the chat sees nothing of it."""
    customer = bot.starter()
    number = bot.ok("sendMessage", customer, text="old")["message_id"]
    customer.screen.clear()
    assert bot.ok("editMessageText", customer, message_id=number, text="new")["text"] == "new"
    assert bot.ok("setMessageReaction", customer, message_id=number) is True
    assert customer.screen == []


def test_a_reaction_of_the_bot_is_on_the_screen(bot: Bot) -> None:
    """Beside the message, until it is taken back."""
    customer = bot.starter()
    number = bot.ok("sendMessage", customer, text="x")["message_id"]
    like = [{"type": "emoji", "emoji": "👍"}]
    assert bot.ok("setMessageReaction", customer, message_id=number, reaction=like) is True
    assert customer.screen[-1].vendor["reaction"] == "👍"
    bot.ok("setMessageReaction", customer, message_id=number)
    assert customer.screen[-1].vendor["reaction"] == ""


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


@pytest.mark.parametrize(
    ("numbers", "why"),
    [([], "message identifiers are not specified"), ([1] * 101, "too many message identifiers specified")],
)
def test_one_to_a_hundred_messages_are_deleted_at_once(numbers: list[int], why: str) -> None:
    """Not fewer, not more."""
    bot = Bot()
    customer = bot.starter()
    assert bot.refused("deleteMessages", customer, message_ids=numbers) == f"Bad Request: {why}"
    assert bot.ok("deleteMessages", customer, message_ids=[1] * 100) is True


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
    bot.component._limited = False
    customer = bot.starter()
    for _ in range(1_000):
        bot.ok("sendMessage", customer, text="x")
    assert bot.refused("deleteMessage", customer, message_id=1) == "Bad Request: message to delete not found"
    bot.ok("deleteMessage", customer, message_id=2)
