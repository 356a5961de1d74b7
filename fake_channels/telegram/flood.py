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
from fake_channels.telegram import limits

_DUST: Final = 1e-6
"""Milliseconds that are owed to the rounding of numbers alone."""

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


class Bucket(msgspec.Struct, gc=False):
    """A leaking bucket, known by when it will be empty: each message puts that off by its share of a second."""

    empty_at: float = 0.0


class Flood(msgspec.Struct, kw_only=True, frozen=True):
    """The numbers of flood control, as far as anybody knows them."""

    chat_per_second: Rate = float(limits.CHAT_PER_SECOND)
    chat_burst: Burst = limits.CHAT_BURST
    bot_per_second: Rate = float(limits.BOT_PER_SECOND)
    bot_burst: Burst = limits.BOT_BURST


def take(flood: Flood, bot: Bucket, chat: Bucket | None, args: dict[str, Any], now: int) -> int:
    """Count a call; an album counts each of its files. When it is too much, in how many seconds it will not be."""
    count = _count(args["media"]) if "media" in args else 1
    share = SECOND / flood.bot_per_second
    of_bot = (max(now, bot.empty_at)) + count * share
    over = of_bot - now - max(count, flood.bot_burst) * share
    of_chat = 0.0
    if chat is not None:
        share = SECOND / flood.chat_per_second
        of_chat = (max(now, chat.empty_at)) + count * share
        over = max(over, of_chat - now - max(count, flood.chat_burst) * share)
    if over > _DUST:
        return math.ceil(over / SECOND)
    bot.empty_at = of_bot
    if chat is not None:
        chat.empty_at = of_chat
    return 0


def _count(items: Any) -> int:
    return max(1, len(items)) if isinstance(items, list) else 1
