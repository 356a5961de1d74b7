"""Flood control: how much a bot may send, to one person and altogether. No clock: the time is handed in.

Telegram publishes about one message a second in a chat, with short bursts, and about thirty a second for a bot
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this); how long a burst may be is not known.
Each check costs the same whatever went before.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from fake_channels.core.instants import SECOND
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


class Bucket(msgspec.Struct, gc=False):
    """A leaking bucket."""

    level: float = 0.0
    at: int = 0

    def wait(self, now: int, per_second: float, burst: int, count: int) -> int:
        """Let leak out what time has passed for; milliseconds until `count` more have room, 0 when they have."""
        self.level = max(0.0, self.level - (now - self.at) * per_second / SECOND)
        self.at = now
        over = self.level + min(count, burst) - burst
        return math.ceil(over * SECOND / per_second) if over > 0 else 0


class Flood(msgspec.Struct, kw_only=True, frozen=True):
    """The numbers of flood control, as far as anybody knows them."""

    chat_per_second: float = float(limits.CHAT_PER_SECOND)
    chat_burst: int = limits.CHAT_BURST
    bot_per_second: float = float(limits.BOT_PER_SECOND)
    bot_burst: int = limits.BOT_BURST


def take(flood: Flood, bot: Bucket, chat: Bucket | None, args: dict[str, Any], now: int) -> int:
    """Count a call; an album counts each of its files. When it is too much, in how many seconds it will not be."""
    items = args.get("media")
    count = max(1, len(items)) if isinstance(items, list) else 1
    wait = bot.wait(now, flood.bot_per_second, flood.bot_burst, count)
    if chat is not None:
        wait = max(wait, chat.wait(now, flood.chat_per_second, flood.chat_burst, count))
    if wait:
        return -(-wait // SECOND)
    bot.level += count
    if chat is not None:
        chat.level += count
    return 0
