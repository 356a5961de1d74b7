"""python-telegram-bot, unmodified, against this server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

pytest.importorskip("telegram")

import telegram
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, ReplyKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, ChatMemberHandler, MessageHandler, filters

from fake_channels.core.alone import Alone
from fake_channels.core.faults import Throttle, Where
from fake_channels.core.faults.engine import Order
from fake_channels.core.handset import (
    Block,
    Edit,
    Handset,
    OptIn,
    SendContact,
    SendLocation,
    SendMedia,
    SendText,
    SendUnsupported,
    Tap,
    TapMenu,
)
from fake_channels.telegram import CHANNEL
from fake_channels.telegram.tests.calls import GIF, MP4, PDF, ogg, png
from fake_channels.tests.receiver import Receiver

pytestmark = [pytest.mark.client, pytest.mark.slow]

_START = 1_700_000_000_000


class Owner:
    """A bot and its owner's client."""

    def __init__(self, alone: Alone, bot: telegram.Bot) -> None:
        self.alone, self.bot = alone, bot
        self.customer = alone.enrol("Ada Lovelace")
        alone.act(self.customer, OptIn())

    @property
    def chat(self) -> int:
        """The customer's chat."""
        return int(self.customer.identity)


def _bot(alone: Alone, token: str = "") -> telegram.Bot:
    return telegram.Bot(
        token or alone.account.token, base_url=f"{alone.url}/bot", base_file_url=f"{alone.url}/file/bot"
    )


@pytest.fixture
async def owner() -> AsyncIterator[Owner]:
    """Nobody is connected."""
    async with Alone(CHANNEL, start=_START) as alone, _bot(alone) as bot:
        yield Owner(alone, bot)


def _shown(customer: Handset) -> list[tuple[str, str]]:
    return [(item.kind, item.text) for item in customer.screen if item.author == "business"]


async def test_texts_and_keyboards(owner: Owner) -> None:
    """Formatted, with buttons of both kinds, edited and deleted."""
    inline = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
    sent = await owner.bot.send_message(owner.chat, "<b>Sure?</b>", parse_mode="HTML", reply_markup=inline)
    assert (sent.text, sent.entities[0].type, sent.chat.first_name) == ("Sure?", "bold", "Ada")
    edited = await sent.edit_text("Really?")
    assert isinstance(edited, telegram.Message)
    assert edited.edit_date is not None
    await owner.bot.send_message(owner.chat, "Choose", reply_markup=ReplyKeyboardMarkup([["A", "B"]]))
    assert _shown(owner.customer) == [("text", "Really?"), ("buttons", "Choose")]
    assert await sent.delete()
    assert _shown(owner.customer) == [("buttons", "Choose")]
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await sent.edit_text("x")


async def test_sends_of_every_kind(owner: Owner) -> None:
    """As uploads; the phone shows each."""
    bot, chat = owner.bot, owner.chat
    webp = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\xff\x01\x00\xff\x01\x00" + bytes(9)
    photo = await bot.send_photo(chat, png(), caption="photo")
    await bot.send_photo(chat, photo.photo[-1], caption="again")
    await bot.send_document(chat, PDF, filename="a.pdf", caption="document")
    await bot.send_voice(chat, ogg(), caption="voice")
    await bot.send_audio(chat, b"ID3" + bytes(99), filename="a.mp3", title="T", caption="audio")
    await bot.send_video(chat, MP4, filename="a.mp4", caption="video")
    await bot.send_animation(chat, GIF, filename="a.gif", caption="animation")
    await bot.send_sticker(chat, webp)
    await bot.send_video_note(chat, MP4)
    await bot.send_location(chat, 59.5, 18.25)
    await bot.send_venue(chat, 59.5, 18.25, "Hotel", "Main St")
    await bot.send_contact(chat, "+15550100", "Ada")
    album = await bot.send_media_group(chat, [InputMediaPhoto(png(9, 9), caption="one"), InputMediaPhoto(png())])
    assert len({one.media_group_id for one in album}) == 1
    assert await bot.send_chat_action(chat, "typing")
    assert await bot.set_message_reaction(chat, photo.message_id, "👍")
    assert _shown(owner.customer) == [
        ("image", "photo"),
        ("image", "again"),
        ("document", "document"),
        ("voice", "voice"),
        ("audio", "audio"),
        ("video", "video"),
        ("video", "animation"),
        ("sticker", ""),
        ("video", ""),
        ("location", ""),
        ("location", "Hotel"),
        ("contact", "Ada +15550100"),
        ("image", "one"),
        ("image", ""),
    ]


async def test_a_photo_by_url(owner: Owner) -> None:
    """Fetched by the server."""
    async with Receiver() as files:
        files.respond = lambda _: web.Response(body=png(), content_type="image/png")
        sent = await owner.bot.send_photo(owner.chat, files.url)
    assert [size.width for size in sent.photo] == [90, 320, 800, 1_000]


async def test_errors_are_the_librarys_own(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each status and description is known to it."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # its older form of retry_after warns
    bot = owner.bot
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(5, "x")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(int(owner.alone.enrol().identity), "x")
    owner.alone.act(owner.customer, Block())
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(owner.chat, "x")
    throttle = Throttle(rate_per_second=0.2)
    owner.alone.world.faults.add(Order(throttle, Where(operation="getMe")), "1")
    await bot.get_me()
    with pytest.raises(RetryAfter) as caught:
        await bot.get_me()
    assert caught.value.retry_after == timedelta(seconds=5)
    stranger = _bot(owner.alone, f"{owner.alone.account.bot_id}:wrong")
    async with stranger.request:
        with pytest.raises(InvalidToken):
            await stranger.get_me()


async def test_chats_files_and_webhooks(owner: Owner) -> None:
    """What a bot looks up."""
    bot = owner.bot
    assert (await bot.get_chat(owner.chat)).full_name == "Ada Lovelace"
    pictures = await bot.get_user_profile_photos(owner.chat)
    picture = await pictures.photos[0][-1].get_file()
    assert bytes(await picture.download_as_bytearray()).startswith(b"\x89PNG")
    owner.alone.act(owner.customer, SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"))
    message = (await bot.get_updates(offset=-1))[0].message
    assert message is not None
    assert message.document is not None
    file = await message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == PDF
    assert await bot.set_webhook("https://owner.example/hook", secret_token="s", allowed_updates=["message"])
    assert (await bot.get_webhook_info()).allowed_updates == ("message",)
    with pytest.raises(Conflict):
        await bot.get_updates()
    assert await bot.delete_webhook(drop_pending_updates=True)


class _Heard:
    """Handlers that note what they get."""

    def __init__(self, alone: Alone) -> None:
        self.notes: list[Any] = []
        self.changed = asyncio.Event()
        builder = ApplicationBuilder().token(alone.account.token)
        self.app = builder.base_url(f"{alone.url}/bot").base_file_url(f"{alone.url}/file/bot").build()
        self.app.add_handler(CallbackQueryHandler(self._tapped))
        self.app.add_handler(ChatMemberHandler(self._left))
        self.app.add_handler(MessageHandler(filters.ALL, self._message))

    def _note(self, what: Any) -> None:
        self.notes.append(what)
        self.changed.set()

    async def _message(self, update: Update, _: object) -> None:
        assert update.effective_message is not None
        self._note(telegram.helpers.effective_message_type(update))

    async def _tapped(self, update: Update, _: object) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Noted")
        self._note(update.callback_query.data)

    async def _left(self, update: Update, _: object) -> None:
        assert update.my_chat_member is not None
        self._note(update.my_chat_member.new_chat_member.status)

    async def until(self, count: int) -> list[Any]:
        """What was noted, as soon as it is this much."""
        async with asyncio.timeout(10):
            while len(self.notes) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.notes


def _live(alone: Alone, customer: Handset) -> list[str]:
    """A customer does everything; what a bot's owner should hear of it."""
    for action in (
        SendText(text="hello"),
        SendMedia(kind="image", data=png(), mime="image/png", name="a.png"),
        SendMedia(kind="voice", data=ogg(), mime="audio/ogg", name="v.ogg"),
        SendMedia(kind="video", data=MP4, mime="video/mp4", name="a.mp4"),
        SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"),
        SendLocation(latitude=1, longitude=2),
        SendContact(name="Ada", phone="1555"),
        SendUnsupported(type="poll"),
        SendUnsupported(type="dice"),
        Tap(item=customer.screen[-1].id, button="Yes"),
        Block(),
    ):
        alone.act(customer, action)
    return ["text", "photo", "voice", "video", "document", "location", "contact", "poll", "dice", "y", "kicked"]


_KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])


async def test_polling(owner: Owner) -> None:
    """Its own updater hears everything in order, and its answer to a tap is shown."""
    await owner.bot.send_message(owner.chat, "Sure?", reply_markup=_KEYBOARD)
    heard = _Heard(owner.alone)
    async with heard.app as app:
        assert app.updater is not None
        await app.updater.start_polling(drop_pending_updates=True, timeout=0, poll_interval=0)
        await app.start()
        expected = _live(owner.alone, owner.customer)
        assert await heard.until(len(expected)) == expected
        await app.updater.stop()
        await app.stop()
    assert [item.text for item in owner.customer.screen if item.author == "system"] == ["Noted"]


async def test_webhook(owner: Owner) -> None:
    """The same by webhook, with its own models, and the secret it set."""
    heard = _Heard(owner.alone)
    async with Receiver() as receiver, heard.app as app:
        assert await app.bot.set_webhook(receiver.url, secret_token="s3cret", drop_pending_updates=True)
        await app.bot.send_message(owner.chat, "Sure?", reply_markup=_KEYBOARD)
        expected = _live(owner.alone, owner.customer)
        await owner.alone.world.quiet()
        for received in receiver.received:
            assert received.headers["x-telegram-bot-api-secret-token"] == "s3cret"
            await app.process_update(Update.de_json(received.json(), app.bot))
        assert heard.notes == expected


async def test_what_surrounds_a_talk(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands, a menu, a deep link, an edit, the end of a session, and a flood by the bot's own limits."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    bot, customer, act = owner.bot, owner.customer, owner.alone.act
    assert await bot.set_my_commands([telegram.BotCommand("help", "What I can do")])
    assert [one.command for one in await bot.get_my_commands()] == ["help"]
    act(customer, TapMenu(entry="help"))
    act(customer, OptIn(payload="ref1"))
    said = act(customer, SendText(text="helo"))
    assert said is not None
    act(customer, Edit(item=said.id, text="hello"))
    updates = await bot.get_updates(offset=-4)
    assert [one.effective_message.text for one in updates if one.effective_message] == [
        "/help",
        "/start ref1",
        "helo",
        "hello",
    ]
    edited = updates[-1].edited_message
    assert edited is not None
    assert edited.edit_date is not None
    with pytest.raises(RetryAfter):
        await bot.close()
    for _ in range(20):
        await bot.send_message(owner.chat, "x")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(owner.chat, "x")
    assert caught.value.retry_after == timedelta(seconds=1)
    assert await bot.log_out()
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_files_come_in(owner: Owner) -> None:
    """Each kind is downloaded by the library, byte for byte."""
    files: tuple[tuple[Any, bytes, str, Callable[[Any], Any]], ...] = (
        ("image", png(), "image/png", lambda message: message.photo[-1]),
        ("video", MP4, "video/mp4", lambda message: message.video),
        ("voice", ogg(), "audio/ogg", lambda message: message.voice),
        ("audio", b"ID3" + bytes(99), "audio/mpeg", lambda message: message.audio),
        ("document", PDF, "application/pdf", lambda message: message.document),
        ("sticker", b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(20), "image/webp", lambda message: message.sticker),
    )
    for kind, data, mime, part in files:
        owner.alone.act(owner.customer, SendMedia(kind=kind, data=data, mime=mime, name="file"))
        message = (await owner.bot.get_updates(offset=-1))[0].message
        assert message is not None
        file = await part(message).get_file()
        assert bytes(await file.download_as_bytearray()) == data
