"""python-telegram-bot, unmodified, with the fake Bot API: by webhook and by polling."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from harness.clients.desk import TIMEOUT_SECONDS, Phone, Receiver, World

telegram = pytest.importorskip("telegram")
ext = pytest.importorskip("telegram.ext")
pytestmark = pytest.mark.client

SECRET = "a-secret-token"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def world(world_of: Callable[[str], World]) -> World:
    """A world with Telegram."""
    return world_of("telegram")


@pytest.fixture
async def application(world: World) -> AsyncIterator[Any]:
    """The library's application with the world's bot, pointed at the lab."""
    base = world.account["base_url"]
    builder = ext.ApplicationBuilder().token(world.account["token"])
    made = builder.base_url(f"{base}/bot").base_file_url(f"{base}/file/bot").build()
    async with made:
        yield made


class Inbox:
    """What the application's handlers were given."""

    def __init__(self, application: Any) -> None:
        self._updates: asyncio.Queue[Any] = asyncio.Queue()
        application.add_handler(ext.TypeHandler(telegram.Update, self._note))

    async def _note(self, update: Any, _: Any) -> None:
        await self._updates.put(update)

    async def next(self) -> Any:
        """The next update."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await self._updates.get()


async def does(phone: Phone, action: str, **details: Any) -> Any:
    """Let the person act without stopping the bot."""
    return await asyncio.to_thread(phone.does, action, **details)


async def sees(phone: Phone, kind: str) -> Any:
    """Wait for the screen without stopping the bot."""
    return await asyncio.to_thread(phone.sees, kind)


async def test_polling_holds_a_whole_talk(application: Any, world: World) -> None:
    """Text, buttons, a tap, an edit, a document and a photo pass in both directions over long polling."""
    bot, inbox, phone = application.bot, Inbox(application), world.phone("Mia Berg")
    assert await bot.delete_webhook()
    await application.start()
    await application.updater.start_polling(timeout=5)
    try:
        await does(phone, "send_text", text="Grüße 👋")
        message = (await inbox.next()).message
        while message.text == "/start":
            message = (await inbox.next()).message
        assert (message.text, message.from_user.full_name) == ("Grüße 👋", "Mia Berg")
        await message.reply_text("Hello Mia")
        assert (await sees(phone, "text"))["text"] == "Hello Mia"

        keyboard = [[telegram.InlineKeyboardButton("Yes", callback_data="yes")]]
        await message.reply_text("Shall we call?", reply_markup=telegram.InlineKeyboardMarkup(keyboard))
        shown = await sees(phone, "buttons")
        await does(phone, "tap", item=shown["id"], button="Yes")
        query = (await inbox.next()).callback_query
        assert query.data == "yes"
        assert await query.answer("thanks")

        await message.reply_document(PDF, filename="bill.pdf", caption="your bill")
        document = await sees(phone, "document")
        assert (document["media"]["name"], document["text"]) == ("bill.pdf", "your bill")

        sent = await does(phone, "send_image", media={"sample": "image/jpeg"}, caption="look")
        photo = (await inbox.next()).message
        assert photo.caption == "look"
        file = await photo.photo[-1].get_file()
        assert len(await file.download_as_bytearray()) == sent["media"]["bytes"]
    finally:
        await application.updater.stop()
        await application.stop()


async def test_updates_come_by_webhook(application: Any, world: World, receiver: Receiver) -> None:
    """A registered webhook is called with its secret, and the bodies are updates to the library."""
    phone = world.phone("Jo Lind")
    assert await application.bot.set_webhook(receiver.url, secret_token=SECRET)
    assert (await application.bot.get_webhook_info()).url == receiver.url
    await does(phone, "send_text", text="by webhook")
    request = await asyncio.to_thread(receiver.wait, lambda request: b"by webhook" in request.body)
    assert request.headers[SECRET_HEADER] == SECRET
    update = telegram.Update.de_json(json.loads(request.body), application.bot)
    assert update.message.chat.first_name == "Jo"
    await update.message.reply_location(59.33, 18.06)
    assert (await sees(phone, "location"))["location"]["latitude"] == pytest.approx(59.33)


async def test_refusals_are_the_librarys_errors(application: Any, world: World) -> None:
    """Unknown chats and blocked bots raise the classes that the library keeps for them."""
    phone = world.phone()
    with pytest.raises(telegram.error.BadRequest, match="Chat not found"):
        await application.bot.send_message(1, "nobody")
    await does(phone, "send_text", text="hello")
    await does(phone, "block")
    with pytest.raises(telegram.error.Forbidden, match="bot was blocked by the user"):
        await application.bot.send_message(int(phone.identity), "hello?")


async def test_a_flood_says_how_long_to_wait(application: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 429 in Telegram's own envelope becomes the library's own error, with the seconds to wait."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns of its older form
    phone = world.phone()
    await does(phone, "send_text", text="hello")
    where, when = {"target": "telegram", "operation": "sendMessage"}, {"kind": "next", "n": 1}
    world.fault({"where": where, "when": when, "what": {"kind": "status", "status": 429, "retry_after_s": 7}})
    with pytest.raises(telegram.error.RetryAfter) as raised:
        await application.bot.send_message(int(phone.identity), "too fast")
    assert raised.value.retry_after.total_seconds() == 7
    assert await application.bot.send_message(int(phone.identity), "slower")


async def test_a_wrong_token_is_refused(world: World) -> None:
    """The library tells a wrong token from other errors."""
    with pytest.raises(telegram.error.InvalidToken):
        async with telegram.Bot("1:wrong", base_url=f"{world.account['base_url']}/bot"):
            pass
