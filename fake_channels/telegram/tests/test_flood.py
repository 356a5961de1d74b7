"""Flood control: bursts, waits, and the answer that says how long."""

from __future__ import annotations

import msgspec
import pytest

from fake_channels.core.instants import SECOND
from fake_channels.telegram import limits
from fake_channels.telegram.flood import Flood
from fake_channels.telegram.tests.calls import Bot, png


@pytest.fixture
def bot() -> Bot:
    """A bot with a webhook."""
    return Bot()


def test_one_chat_takes_a_burst_and_then_a_message_a_second(bot: Bot) -> None:
    """The refusal says when to come back, and coming back then is right."""
    customer, other = bot.starter(), bot.starter()
    for _ in range(limits.CHAT_BURST):
        bot.ok("sendMessage", customer, text="x")
    status, told = bot.call("sendMessage", customer, text="x")
    assert (status, told["description"], told["parameters"]) == (
        429,
        "Too Many Requests: retry after 1",
        {"retry_after": 1},
    )
    bot.ok("sendMessage", other, text="x")
    bot.advance(SECOND - 1)
    assert bot.call("sendMessage", customer, text="x")[0] == 429
    bot.advance(1)
    bot.ok("sendMessage", customer, text="x")
    assert bot.call("editMessageText", customer, message_id=1, text="x")[0] == 429


def test_the_answer_has_the_header_too(bot: Bot) -> None:
    """`Retry-After`, in seconds."""
    bot.account.settings = msgspec.structs.replace(bot.account.settings, flood=Flood(chat_per_second=0.1, chat_burst=1))
    customer = bot.starter()
    bot.ok("sendMessage", customer, text="x")
    body = b'{"chat_id":%s,"text":"x"}' % customer.identity.encode()
    reply = bot.ask("POST", bot.path("sendMessage"), body=body, headers={"content-type": "application/json"})
    assert (reply.status, reply.headers["Retry-After"]) == (429, "10")


def test_a_bot_has_a_limit_over_all_chats(bot: Bot) -> None:
    """Thirty a second after its burst."""
    people = [bot.starter() for _ in range(limits.BOT_BURST + 1)]
    answers = [bot.call("sendMessage", person, text="x")[0] for person in people]
    assert answers == [200] * limits.BOT_BURST + [429]
    bot.advance(34)
    bot.ok("sendMessage", people[-1], text="x")


def test_an_album_counts_its_files(bot: Bot) -> None:
    """Ten at once are ten, and a larger one than the burst still fits when nothing went before."""
    bot.account.settings = msgspec.structs.replace(bot.account.settings, flood=Flood(chat_burst=3))
    customer = bot.starter()
    photo = bot.form("sendPhoto", {"chat_id": customer.identity}, {"photo": ("a.png", "image/png", png())})[1]
    media = [{"type": "photo", "media": photo["result"]["photo"][-1]["file_id"]}] * 4
    assert bot.call("sendMediaGroup", customer, media=media)[0] == 429
    bot.advance(SECOND)
    assert len(bot.ok("sendMediaGroup", customer, media=media)) == 4
    bot.advance(SECOND)
    assert bot.call("sendMessage", customer, text="x")[1]["parameters"] == {"retry_after": 1}


def test_what_is_no_message_is_not_counted(bot: Bot) -> None:
    """Actions and questions; and nothing where the world lifts its limits."""
    customer = bot.starter()
    for _ in range(100):
        bot.ok("sendChatAction", customer, action="typing")
        bot.ok("getChat", customer)
    bot.component._limited = False
    for _ in range(100):
        bot.ok("sendMessage", customer, text="x")
