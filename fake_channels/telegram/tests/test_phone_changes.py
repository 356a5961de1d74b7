"""The person starts by links, edits, deletes, and taps keyboards that come and go."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import (
    Delete,
    Edit,
    Impossible,
    OptIn,
    SendLocation,
    SendMedia,
    SendText,
    Tap,
)
from fake_channels.core.instants import SECOND
from fake_channels.telegram.tests.calls import PDF, Bot


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


def _media(kind: Any, data: bytes, mime: str) -> SendMedia:
    return SendMedia(kind=kind, data=data, mime=mime, name="file")


def test_a_deep_link_starts_with_its_parameter(bot: Bot) -> None:
    """`/start` and the payload; only some characters, and not too many."""
    customer = bot.enrol()
    bot.act(customer, OptIn(payload="ref-1_A"))
    assert bot.messages()[0]["text"] == "/start ref-1_A"
    for wrong in ("a b", "x" * 65, "ü"):
        with pytest.raises(Impossible, match="start parameter"):
            bot.act(customer, OptIn(payload=wrong))


def test_an_edited_message_is_told_whole(bot: Bot) -> None:
    """With its edit date and new entities; the bot's copy is the new one."""
    customer = bot.starter()
    item = bot.act(customer, SendText(text="hello"))
    assert item is not None
    bot.told()
    bot.advance(5 * SECOND)
    bot.act(customer, Edit(item=item.id, text="/help me"))
    (update,) = bot.updates()
    edited = update["edited_message"]
    assert (edited["text"], edited["entities"][0]["type"]) == ("/help me", "bot_command")
    assert edited["edit_date"] == edited["date"] + 5
    assert item.text == "/help me"
    answer = bot.ok("sendMessage", customer, text="x", reply_parameters={"message_id": edited["message_id"]})
    assert answer["reply_to_message"]["text"] == "/help me"


def test_an_edited_caption(bot: Bot) -> None:
    """Its entities are the caption's."""
    customer = bot.starter()
    item = bot.act(customer, _media("document", PDF, "application/pdf"))
    assert item is not None
    bot.told()
    bot.act(customer, Edit(item=item.id, text="see #this"))
    edited = bot.updates()[0]["edited_message"]
    assert (edited["caption"], edited["caption_entities"][0]["type"]) == ("see #this", "hashtag")


def test_what_cannot_be_edited(bot: Bot) -> None:
    """The bot's, places, empty texts, and what is older than two days."""
    customer = bot.starter()
    bot.ok("sendMessage", customer, text="mine")
    foreign = customer.screen[-1].id
    item, place = bot.act(customer, SendText(text="x")), bot.act(customer, SendLocation(latitude=1, longitude=2))
    assert item is not None
    assert place is not None
    for target, text, why in (
        (foreign, "x", "your own"),
        (place.id, "x", "no text"),
        (item.id, " ", "characters"),
        (item.id, "x" * 4_097, "characters"),
    ):
        with pytest.raises(Impossible, match=why):
            bot.act(customer, Edit(item=target, text=text))
    bot.advance(48 * 3_600_000 + 1)
    with pytest.raises(Impossible, match="too old"):
        bot.act(customer, Edit(item=item.id, text="y"))


def test_a_deleted_message_is_gone_and_nobody_is_told(bot: Bot) -> None:
    """Of either side; the bot cannot change it any more."""
    customer = bot.starter()
    sent = bot.ok("sendMessage", customer, text="x")
    own = bot.act(customer, SendText(text="y"))
    assert own is not None
    bot.told()
    for item in (customer.screen[-2].id, own.id):
        bot.act(customer, Delete(item=item))
    assert bot.updates() == []
    assert [item.text for item in customer.screen] == ["/start"]
    description = bot.refused("editMessageText", customer, message_id=sent["message_id"], text="z")
    assert description == "Bad Request: message to edit not found"


def test_only_the_latest_keyboard_can_be_tapped(bot: Bot) -> None:
    """Another takes its place, the bot takes it away, and a one-time one is gone after a tap."""
    customer = bot.starter()

    def offer(**markup: Any) -> str:
        bot.ok("sendMessage", customer, text="?", reply_markup=markup)
        return customer.screen[-1].id

    first = offer(keyboard=[["A"]])
    second = offer(keyboard=[["B"]], one_time_keyboard=True)
    with pytest.raises(Impossible, match="no longer shown"):
        bot.act(customer, Tap(item=first, button="A"))
    bot.act(customer, Tap(item=second, button="B"))
    with pytest.raises(Impossible, match="no longer shown"):
        bot.act(customer, Tap(item=second, button="B"))
    third = offer(keyboard=[["C"]])
    offer(remove_keyboard=True)
    with pytest.raises(Impossible, match="no longer shown"):
        bot.act(customer, Tap(item=third, button="C"))


def test_a_tap_on_a_message_of_long_ago_names_it_at_least(bot: Bot) -> None:
    """When the bot's own copy is forgotten."""
    customer = bot.starter()
    bot.ok(
        "sendMessage", customer, text="?", reply_markup={"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    )
    shown = customer.screen[-1]
    bot.account.chats[customer.identity].messages.clear()
    bot.act(customer, Tap(item=shown.id, button="Yes"))
    message = bot.updates()[0]["callback_query"]["message"]
    assert (message["date"], f"{customer.identity}:{message['message_id']}") == (0, shown.id)
