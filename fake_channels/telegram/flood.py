"""Flood control: how much a bot may send, to one person and altogether. No clock: the time is handed in.

Telegram publishes about one message a second in a chat, with short bursts, and about thirty a second for a bot
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this); how long a burst may be is not known.
Each check costs the same whatever went before.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Final

import msgspec

from fake_channels.core.instants import SECOND
from fake_channels.core.limiter import Bucket
from fake_channels.telegram import limits

COUNTED: Final = frozenset(
    {
        "sendMessage",
        "sendPhoto",
        "sendVideo",
        "sendAnimation",
        "sendAudio",
        "sendVoice",
        "sendDocument",
        "sendSticker",
        "sendVideoNote",
        "sendMediaGroup",
        "sendLocation",
        "sendVenue",
        "sendContact",
        "editMessageText",
        "editMessageCaption",
        "editMessageReplyMarkup",
    }
)


Rate = Annotated[float, msgspec.Meta(ge=0.001, le=1e6)]
Burst = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Flood(msgspec.Struct, kw_only=True, frozen=True):
    """The numbers of flood control, as far as anybody knows them."""

    chat_per_second: Rate = float(limits.CHAT_PER_SECOND)
    chat_burst: Burst = limits.CHAT_BURST
    bot_per_second: Rate = float(limits.BOT_PER_SECOND)
    bot_burst: Burst = limits.BOT_BURST


def take(flood: Flood, bot: Bucket, chat: Bucket | None, args: dict[str, Any], now: int) -> int:
    """Count a call; an album counts each of its files. When it is too much, in how many seconds it will not be."""
    count = _count(args["media"]) if "media" in args else 1
    of_bot = SECOND / flood.bot_per_second
    of_chat = SECOND / flood.chat_per_second
    over = bot.over(now, of_bot, max(count, flood.bot_burst) * of_bot, count)
    if chat is not None:
        over = max(over, chat.over(now, of_chat, max(count, flood.chat_burst) * of_chat, count))
    if over:
        return math.ceil(over / SECOND)
    bot.put(now, of_bot, count)
    if chat is not None:
        chat.put(now, of_chat, count)
    return 0


def _count(items: Any) -> int:
    return max(1, len(items)) if isinstance(items, list) else 1
