"""The person with Viber in hand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fake_channels.core.handset import (
    Action,
    Block,
    ComeBack,
    Delete,
    Edit,
    GoOffline,
    Impossible,
    MentionInStory,
    OptIn,
    React,
    Read,
    Rename,
    ReplyToStory,
    SendContact,
    SendLocation,
    SendMedia,
    SendText,
    SendUnsupported,
    Tap,
    TapMenu,
    Type,
    Unblock,
)
from fake_channels.viber import limits
from fake_channels.viber.tests.calls import GIF, MP4, PDF, PNG, Bot, button, keyboard


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


def _media(kind: Any, data: bytes, mime: str, name: str = "file", **rest: str) -> SendMedia:
    return SendMedia(kind=kind, data=data, mime=mime, name=name, **rest)


def test_a_text_has_who_when_and_what(bot: Bot) -> None:
    """Its token is the item's id."""
    customer = bot.subscriber("Ada")
    item = bot.act(customer, SendText(text="Hi 👋🏽 مرحبا <b>"))
    (told,) = bot.heard()
    assert item is not None
    assert (str(told["message_token"]), told["timestamp"], told["silent"]) == (item.id, bot.now, False)
    assert (told["sender"]["id"], told["sender"]["name"]) == (customer.identity, "Ada")
    assert told["message"] == {"type": "text", "text": "Hi 👋🏽 مرحبا <b>"}


def test_a_bare_link_is_a_link(bot: Bot) -> None:
    """One within a text is text."""
    customer = bot.subscriber()
    bot.act(customer, SendText(text="https://a.example/x?y=1"))
    bot.act(customer, SendText(text="see https://a.example"))
    assert bot.messages() == [
        {"type": "url", "media": "https://a.example/x?y=1"},
        {"type": "text", "text": "see https://a.example"},
    ]


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (_media("image", PNG, "image/png", "a.png", caption="Look"), "picture"),
        (_media("image", GIF, "image/gif", "a.gif"), "picture"),
        (_media("video", MP4, "video/mp4", "a.mp4", caption="Film"), "video"),
        (_media("document", PDF, "application/pdf", "a.pdf"), "file"),
        (_media("audio", b"ID3" + bytes(50), "audio/mpeg", "a.mp3"), "file"),
    ],
)
def test_files_come_as_urls_that_live_an_hour(bot: Bot, action: SendMedia, kind: str) -> None:
    """With name and size; the bytes are those that were sent."""
    customer = bot.subscriber()
    item = bot.act(customer, action)
    (message,) = bot.messages()
    assert (message["type"], message["file_name"], message["size"]) == (kind, action.name, len(action.data))
    assert message.get("text", "") == action.caption
    reply = bot.download(message["media"])
    assert (reply.status, reply.body, reply.content_type) == (200, action.data, action.mime)
    assert item is not None
    assert (item.kind, item.text, item.media is None) == (action.kind, action.caption, False)
    bot.advance(limits.MEDIA_LIFE_MS - 1)
    assert bot.download(message["media"]).status == 200
    bot.advance(1)
    assert bot.download(message["media"]).status == 404


def test_stickers_places_and_cards(bot: Bot) -> None:
    """As the API words them."""
    customer = bot.subscriber()
    bot.act(customer, _media("sticker", PNG, "image/png"))
    bot.act(customer, SendLocation(latitude=1.5, longitude=-2.5, name="Home", address="Main St"))
    bot.act(customer, SendContact(name="Bo", phone="+15550100"))
    sticker, place, card = bot.messages()
    assert (sticker["type"], sticker["sticker_id"]) == ("sticker", 46105)
    assert place == {"type": "location", "location": {"lat": 1.5, "lon": -2.5, "address": "Main St"}}
    assert card == {"type": "contact", "contact": {"name": "Bo", "phone_number": "+15550100"}}


def test_kept_files_are_bounded(bot: Bot) -> None:
    """The oldest goes when there are too many, and all go when their time is over."""
    customer = bot.subscriber()
    for _ in range(limits.MEDIA_KEPT + 3):
        bot.act(customer, _media("document", PDF, "application/pdf"))
    assert len(bot.account.media) == limits.MEDIA_KEPT
    bot.advance(limits.MEDIA_LIFE_MS)
    bot.act(customer, _media("document", PDF, "application/pdf"))
    assert len(bot.account.media) == 1


@pytest.mark.parametrize(
    "action",
    [
        SendText(text=" "),
        SendText(text="x" * 7_001),
        _media("voice", b"OggS" + bytes(50), "audio/ogg"),
        _media("image", b"", "image/png"),
        _media("image", PDF, "image/png"),
        _media("image", PNG + bytes(3 * 1_048_576), "image/png"),
        _media("video", b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        SendUnsupported(),
        React(item="x", emoji="👍"),
        Edit(item="x", text="y"),
        Delete(item="x"),
        TapMenu(entry="x"),
        ReplyToStory(text="x"),
        MentionInStory(),
        Tap(item="nothing", button="x"),
        SendText(text="x", reply_to="nothing"),
    ],
    ids=lambda action: f"{type(action).__name__}",
)
def test_what_the_app_does_not_offer_is_impossible(bot: Bot, action: Action) -> None:
    """With a sentence; the bot hears nothing."""
    customer = bot.subscriber()
    with pytest.raises(Impossible, match=r"\w+ \w+"):
        bot.act(customer, action)
    assert (bot.heard(), customer.screen) == ([], [])


def test_tracking_data_comes_back_with_every_answer(bot: Bot) -> None:
    """The newest; a message without any leaves it, and subscribing wipes it."""
    customer = bot.subscriber()
    bot.text(customer, tracking_data="one")
    bot.text(customer)
    bot.act(customer, SendText(text="a"))
    bot.text(customer, tracking_data="")
    bot.act(customer, SendText(text="b"))
    bot.text(customer, tracking_data="three")
    assert [one["tracking_data"] for one in bot.messages()] == ["one", ""]
    customer.opted_in = False
    bot.act(customer, OptIn())
    bot.act(customer, SendText(text="c"))
    assert "tracking_data" not in bot.messages()[0]


# --- buttons ----------------------------------------------------------------------------------------------------------

_BOARD = keyboard(
    button("yes", "<b>Yes</b>"),
    button("shh", "Shh", Silent=True),
    button("https://a.example", "Open", "open-url"),
    button("https://b.example", "Peek", "open-url", Silent=True),
    button("phone", "My number", "share-phone"),
    button("place", "Where", "location-picker"),
)


@pytest.mark.parametrize(
    ("title", "message", "silent", "shown"),
    [
        ("Yes", {"type": "text", "text": "yes"}, False, ["yes"]),
        ("Shh", {"type": "text", "text": "shh"}, True, []),
        ("Open", {"type": "text", "text": "https://a.example"}, False, ["https://a.example"]),
    ],
)
def test_a_tap_is_a_text_of_the_button_s_action(
    bot: Bot,
    title: str,
    message: dict[str, str],
    silent: bool,  # noqa: FBT001
    shown: list[str],
) -> None:
    """Silent ones are told and not shown."""
    customer = bot.subscriber()
    token = bot.text(customer, "Sure?", keyboard=_BOARD, min_api_version=3)
    bot.heard()
    bot.act(customer, Tap(item=token, button=title))
    (told,) = bot.heard()
    assert (told["message"], told["silent"]) == (message, silent)
    assert [item.text for item in customer.screen if item.author == "customer"] == shown


def test_a_silent_link_tells_nothing(bot: Bot) -> None:
    """It only opens."""
    customer = bot.subscriber()
    token = bot.text(customer, keyboard=_BOARD, min_api_version=3)
    bot.heard()
    bot.act(customer, Tap(item=token, button="Peek"))
    assert bot.heard() == []


def test_a_number_is_shared_by_a_tap_and_a_place_by_sending_it(bot: Bot) -> None:
    """The card is the person's own."""
    customer = bot.subscriber("Ada")
    token = bot.text(customer, keyboard=_BOARD, min_api_version=3)
    bot.heard()
    bot.act(customer, Tap(item=token, button="My number"))
    card = {"name": "Ada", "phone_number": customer.person.msisdn}
    assert bot.messages() == [{"type": "contact", "contact": card}]
    with pytest.raises(Impossible, match="share a location"):
        bot.act(customer, Tap(item=token, button="Where"))


def test_only_the_last_keyboard_is_there(bot: Bot) -> None:
    """A message without one leaves it; rich media can always be tapped."""
    customer = bot.subscriber()
    rich = {"Type": "rich_media", "Buttons": [button("buy")]}
    carousel = bot.send(customer, type="rich_media", min_api_version=7, rich_media=rich)
    old = bot.text(customer, "old", keyboard=keyboard(button("a")))
    bot.text(customer, "no keyboard")
    bot.act(customer, Tap(item=old, button="a"))
    new = bot.text(customer, "new", keyboard=keyboard(button("b")))
    with pytest.raises(Impossible, match="newer keyboard"):
        bot.act(customer, Tap(item=old, button="a"))
    bot.act(customer, Tap(item=new, button="b"))
    bot.act(customer, Tap(item=carousel, button="buy"))
    assert [one["text"] for one in bot.messages()] == ["a", "b", "buy"]


def test_a_keyboard_can_hide_the_input_field(bot: Bot) -> None:
    """Then only its buttons speak."""
    customer = bot.subscriber()
    token = bot.text(customer, keyboard=keyboard(button("a"), InputFieldState="hidden"))
    with pytest.raises(Impossible, match="hides the input field"):
        bot.act(customer, SendText(text="x"))
    bot.act(customer, Tap(item=token, button="a"))
    bot.text(customer, keyboard=keyboard(button("a")))
    bot.act(customer, SendText(text="x"))


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_the_first_message_may_be_told_as_a_subscription_too() -> None:
    """By a setting; the second one is none."""
    bot = Bot()
    customer = bot.enrol()
    bot.component.change_settings({"subscribed_callback": True})
    for text in ("one", "two"):
        bot.act(customer, SendText(text=text))
    assert bot.events() == ["subscribed", "message", "message"]


def test_a_block_is_an_unsubscription_and_silences_the_person_too(bot: Bot) -> None:
    """Unblocking alone subscribes nobody; the next message does."""
    customer = bot.subscriber()
    token = bot.text(customer, keyboard=keyboard(button("a")))
    bot.heard()
    bot.act(customer, Block())
    assert bot.events() == ["unsubscribed"]
    for action in (SendText(text="x"), _media("image", PNG, "image/png"), Tap(item=token, button="a")):
        with pytest.raises(Impossible, match="blocked"):
            bot.act(customer, action)
    bot.act(customer, Read())
    bot.act(customer, Unblock())
    assert "conversation_started" not in bot.events()
    assert bot.refused(customer, type="text", text="x") == 6
    bot.act(customer, SendText(text="back"))
    bot.text(customer)


def test_what_the_bot_never_hears(bot: Bot) -> None:
    """Typing, a new name before it matters, the network."""
    customer = bot.subscriber("Ada")
    for action in (Type(), Rename(name="Grace"), GoOffline(), ComeBack()):
        bot.act(customer, action)
    assert bot.heard() == []
    bot.act(customer, SendText(text="Hi"))
    assert bot.heard()[0]["sender"]["name"] == "Grace"


def test_without_a_network_nothing_can_be_done(bot: Bot) -> None:
    """Except finding it again."""
    customer = bot.subscriber()
    bot.act(customer, GoOffline())
    with pytest.raises(Impossible, match="offline"):
        bot.act(customer, SendText(text="x"))


def test_a_customer_is_cheap(bot: Bot) -> None:
    """A world holds ten thousand of them on ten channels."""
    bot.enrol()
    before = len(bot.component.dump())
    for _ in range(100):
        bot.enrol()
    assert (len(bot.component.dump()) - before) / 100 < 1_000
    assert msgspec.msgpack.decode(bot.component.dump(), type=type(bot.account)) == bot.account
