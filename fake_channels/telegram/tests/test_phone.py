"""The person with Telegram in hand."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from fake_channels.core.handset import (
    Action,
    Block,
    ComeBack,
    GoOffline,
    Impossible,
    OptIn,
    OptOut,
    React,
    Read,
    Rename,
    SendContact,
    SendLocation,
    SendMedia,
    SendText,
    SendUnsupported,
    Tap,
    Type,
    Unblock,
)
from fake_channels.core.instants import SECOND
from fake_channels.telegram.tests.calls import GIF, MP4, PDF, Bot, ogg, png

_START = 1_700_000_000
_WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\xff\x01\x00\xff\x01\x00" + bytes(9)


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


def _media(kind: Any, data: bytes, mime: str, name: str = "file", **rest: str) -> SendMedia:
    return SendMedia(kind=kind, data=data, mime=mime, name=name, **rest)


def test_start_is_a_command(bot: Bot) -> None:
    """With who, where and when."""
    customer = bot.enrol("Ada Lovelace")
    assert not customer.opted_in
    bot.act(customer, OptIn())
    user = {
        "id": int(customer.identity),
        "is_bot": False,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "username": customer.person.username,
        "language_code": "en",
    }
    chat = {**{key: user[key] for key in ("id", "first_name", "last_name", "username")}, "type": "private"}
    (message,) = bot.messages()
    assert message == {
        "message_id": 1,
        "from": user,
        "chat": chat,
        "date": _START,
        "text": "/start",
        "entities": [{"offset": 0, "length": 6, "type": "bot_command"}],
    }
    assert customer.opted_in


def test_a_renamed_person_shows_the_new_name(bot: Bot) -> None:
    """From the next message on; a person without one has an empty first name."""
    customer = bot.starter("Ada Lovelace")
    bot.act(customer, Rename(name="Grace"))
    bot.act(customer, SendText(text="x"))
    bot.act(customer, Rename(name=None))
    bot.act(customer, SendText(text="y"))
    names = [(one["from"]["first_name"], one["from"].get("last_name")) for one in bot.messages()]
    assert names == [("Grace", None), ("", None)]


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        (_media("image", png(), "image/png", caption="c /x"), {"photo", "caption", "caption_entities"}),
        (_media("video", MP4, "video/mp4", caption="c"), {"video", "caption"}),
        (_media("audio", b"ID3" + bytes(9), "audio/mpeg"), {"audio"}),
        (_media("voice", ogg(), "audio/webm"), {"voice"}),
        (_media("document", PDF, "application/pdf", caption="c"), {"document", "caption"}),
        (_media("document", GIF, "image/gif"), {"document"}),
        (_media("sticker", _WEBP, "image/webp", caption="c"), {"sticker"}),
        (SendLocation(latitude=1.5, longitude=2.5), {"location"}),
        (SendLocation(latitude=1.5, longitude=2.5, name="Hotel", address="Main St"), {"location", "venue"}),
        (SendContact(name="Ada Lee", phone="+1 555 0100"), {"contact"}),
        (SendUnsupported(), {"poll"}),
        (SendUnsupported(type="dice"), {"dice"}),
        (SendUnsupported(type="story"), {"story"}),
    ],
)
def test_everything_a_person_can_send(bot: Bot, action: Action, fields: set[str]) -> None:
    """Is on the screen and one update, with the fields of its kind alone."""
    customer = bot.starter()
    item = bot.act(customer, action)
    (message,) = bot.messages()
    assert set(message) - {"message_id", "from", "chat", "date"} == fields
    assert item is not None
    assert (customer.screen[-1], item.id) == (item, f"{customer.identity}:{message['message_id']}")


def test_a_voice_note_is_ogg_and_has_its_length(bot: Bot) -> None:
    """Whatever the recorder said."""
    customer = bot.starter()
    bot.act(customer, _media("voice", ogg(4), "audio/webm"))
    voice = bot.messages()[0]["voice"]
    assert (voice["mime_type"], voice["duration"]) == ("audio/ogg", 4)
    assert [item.kind for item in customer.screen] == ["text", "voice"]


def test_a_card_of_a_user_names_the_user(bot: Bot) -> None:
    """Of others there is a number alone."""
    customer, friend = bot.starter(), bot.starter("Grace")
    bot.act(customer, SendContact(name="Grace Lee", phone=f"+{friend.person.msisdn}"))
    bot.act(customer, SendContact(name="Nobody", phone="+1555"))
    known, unknown = (one["contact"] for one in bot.messages())
    assert known == {
        "phone_number": friend.person.msisdn,
        "first_name": "Grace",
        "last_name": "Lee",
        "user_id": int(friend.identity),
    }
    assert unknown == {"phone_number": "1555", "first_name": "Nobody"}


def test_a_reply_shows_the_bots_message(bot: Bot) -> None:
    """As it is now."""
    customer = bot.starter()
    bot.ok("sendMessage", customer, text="question")
    bot.act(customer, SendText(text="answer", reply_to=customer.screen[-1].id))
    assert bot.messages()[0]["reply_to_message"]["text"] == "question"


# --- taps -------------------------------------------------------------------------------------------------------------


def _ask(bot: Bot, customer: Any, *buttons: dict[str, Any]) -> str:
    bot.ok("sendMessage", customer, text="?", reply_markup={"inline_keyboard": [list(buttons)]})
    return str(customer.screen[-1].id)


def test_an_inline_button_is_a_query(bot: Bot) -> None:
    """With the message that it is on; the chat shows nothing new."""
    customer = bot.starter()
    item = _ask(bot, customer, {"text": "Yes", "callback_data": "y:1"})
    for button in ("Yes", "y:1"):
        assert bot.act(customer, Tap(item=item, button=button)) is None
    queries = [update["callback_query"] for update in bot.updates()]
    assert [(query["data"], query["from"]["id"]) for query in queries] == [("y:1", int(customer.identity))] * 2
    assert queries[0]["message"]["reply_markup"]["inline_keyboard"][0][0]["text"] == "Yes"
    assert queries[0]["id"] != queries[1]["id"]
    assert queries[0]["chat_instance"] == queries[1]["chat_instance"]
    assert len(customer.screen) == 2


def test_a_link_tells_the_bot_nothing(bot: Bot) -> None:
    """It opens on the phone."""
    customer = bot.starter()
    item = _ask(bot, customer, {"text": "Site", "url": "https://a.example"})
    bot.act(customer, Tap(item=item, button="Site"))
    assert bot.updates() == []


def test_a_reply_keyboard_types_for_the_person(bot: Bot) -> None:
    """Its text is a message like any other; a contact key shares one's own card."""
    customer = bot.starter("Ada Lee")
    keys = [["/help", {"text": "My number", "request_contact": True}, {"text": "Where", "request_location": True}]]
    bot.ok("sendMessage", customer, text="?", reply_markup={"keyboard": keys})
    item = customer.screen[-1].id
    bot.act(customer, Tap(item=item, button="/help"))
    bot.act(customer, Tap(item=item, button="My number"))
    text, contact = bot.messages()
    assert (text["text"], text["entities"][0]["type"]) == ("/help", "bot_command")
    assert contact["contact"] == {
        "phone_number": customer.person.msisdn,
        "first_name": "Ada",
        "last_name": "Lee",
        "user_id": int(customer.identity),
    }
    with pytest.raises(Impossible, match="share a location"):
        bot.act(customer, Tap(item=item, button="Where"))


def test_what_is_not_there_cannot_be_tapped(bot: Bot) -> None:
    """Neither a button nor an item."""
    customer = bot.starter()
    item = _ask(bot, customer, {"text": "Yes", "callback_data": "y"})
    with pytest.raises(Impossible, match="no button 'No'"):
        bot.act(customer, Tap(item=item, button="No"))
    with pytest.raises(Impossible, match="nothing with id"):
        bot.act(customer, Tap(item="x", button="Yes"))


def test_old_queries_are_forgotten(bot: Bot) -> None:
    """Nobody can answer them any more."""
    customer = bot.starter()
    item = _ask(bot, customer, {"text": "Yes", "callback_data": "y"})
    bot.act(customer, Tap(item=item, button="Yes"))
    bot.advance(151 * SECOND)
    bot.act(customer, Tap(item=item, button="Yes"))
    assert len(bot.account.queries) == 1


# --- leaving and coming -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("leave", "come"), [(Block(), Unblock()), (OptOut(), Unblock())])
def test_a_block_and_its_end_are_told_once(bot: Bot, leave: Action, come: Action) -> None:
    """As a change of the bot's membership."""
    customer = bot.starter()
    for action in (leave, leave, come, come):
        bot.act(customer, action)
    changes = [update["my_chat_member"] for update in bot.updates()]
    assert [(one["old_chat_member"]["status"], one["new_chat_member"]["status"]) for one in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]
    assert changes[0]["new_chat_member"]["until_date"] == 0
    assert changes[0]["new_chat_member"]["user"]["id"] == bot.account.bot_id
    assert changes[0]["from"]["id"] == int(customer.identity)


def test_a_new_start_takes_the_block_back(bot: Bot) -> None:
    """First the membership, then the command."""
    customer = bot.starter()
    bot.act(customer, Block())
    bot.act(customer, OptIn())
    kinds = [next(key for key in update if key != "update_id") for update in bot.updates()]
    assert kinds == ["my_chat_member", "my_chat_member", "message"]


def test_whoever_blocks_does_not_write(bot: Bot) -> None:
    """Nor taps, nor leaves a file behind."""
    customer = bot.starter()
    item = _ask(bot, customer, {"text": "Yes", "callback_data": "y"})
    bot.act(customer, Block())
    for action in (SendText(text="x"), _media("document", PDF, "application/pdf"), Tap(item=item, button="Yes")):
        with pytest.raises(Impossible, match="blocked"):
            bot.act(customer, action)
    assert (bot.account.files, len(customer.screen)) == ({}, 2)


def test_offline_the_phone_sends_nothing(bot: Bot) -> None:
    """Until it comes back."""
    customer = bot.starter()
    bot.act(customer, GoOffline())
    with pytest.raises(Impossible, match="offline"):
        bot.act(customer, SendText(text="x"))
    bot.act(customer, ComeBack())
    bot.act(customer, SendText(text="x"))
    assert len(bot.messages()) == 1


def test_reading_and_typing_stay_on_the_phone(bot: Bot) -> None:
    """No update tells of them."""
    customer = bot.starter()
    bot.ok("sendMessage", customer, text="x")
    bot.act(customer, Type())
    bot.act(customer, Read())
    assert [item.state for item in customer.screen] == ["sent", "read"]
    assert bot.updates() == []


def test_reactions_are_told_to_those_who_ask_for_them(bot: Bot) -> None:
    """With the old and the new one."""
    customer = bot.starter()
    bot.ok("sendMessage", customer, text="x")
    item = customer.screen[-1].id
    bot.act(customer, React(item=item, emoji="👍"))
    assert bot.updates() == []
    url = bot.account.webhook.url
    bot.ok("setWebhook", url=url, allowed_updates=["message_reaction"])
    bot.act(customer, React(item=item, emoji="🔥"))
    bot.act(customer, React(item=item, emoji=""))
    changes = [update["message_reaction"] for update in bot.updates()]
    assert [([one["emoji"] for one in change["old_reaction"]], len(change["new_reaction"])) for change in changes] == [
        (["👍"], 1),
        (["🔥"], 0),
    ]
    assert {change["message_id"] for change in changes} == {2}


class _Sing(msgspec.Struct, tag_field="action", tag="sing"):
    """What no app offers."""


def test_an_action_of_other_channels_is_impossible(bot: Bot) -> None:
    """It is named."""
    with pytest.raises(Impossible, match="Telegram offers no sing"):
        bot.act(bot.starter(), cast("Action", _Sing()))


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (SendText(text=" "), "1 to 4096"),
        (SendText(text="👋" * 2_049), "1 to 4096"),
        (_media("image", PDF, "application/pdf"), "cannot be sent as image"),
        (_media("document", b"", "text/plain"), "empty"),
    ],
)
def test_what_the_app_does_not_do(bot: Bot, action: Action, why: str) -> None:
    """It says why, and nothing is sent."""
    customer = bot.starter()
    with pytest.raises(Impossible, match=why):
        bot.act(customer, action)
    assert bot.updates() == []
