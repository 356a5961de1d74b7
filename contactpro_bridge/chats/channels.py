"""The channels as the bridge sees them: Contact Pro's names, what may be sent, and how an identity is written.

A table, not branches. ``kinds`` is what the Conversation API delivers natively, transcoded or as a link; what a channel
cannot carry at all is refused to the agent. An unknown channel gets text only.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an agent can send."""

    TEXT = "text"
    MEDIA = "media"
    LOCATION = "location"
    QUICK_REPLIES = "quick_replies"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Channel:
    """One row: Sinch's name, Contact Pro's sub-channel, what it carries, its longest text, how identities look."""

    name: str
    sub_channel: str
    kinds: frozenset[Kind]
    max_text: int | None = None
    phone_identity: bool = False
    agent_may_start: bool = False
    window: bool = False


_RICH: Final = frozenset({Kind.TEXT, Kind.MEDIA, Kind.LOCATION, Kind.QUICK_REPLIES})
_ALL: Final = _RICH | {Kind.TEMPLATE}

CHANNELS: Final = {
    row.name: row
    for row in (
        Channel("WHATSAPP", "whatsapp", _ALL, 4096, phone_identity=True, agent_may_start=True, window=True),
        Channel("SMS", "sms", _RICH, 2000, phone_identity=True, agent_may_start=True),
        Channel("MMS", "mms", _RICH, None, phone_identity=True),
        Channel("RCS", "rcs", _RICH, 3072, phone_identity=True),
        Channel("MESSENGER", "facebook", _RICH, 2000),
        Channel("INSTAGRAM", "instagram", _RICH, 1000),
        Channel("TELEGRAM", "telegram", _RICH, 4096),
        Channel("VIBERBM", "viber", _RICH, 1000, phone_identity=True),
        Channel("VIBER", "viber-bot", _RICH, 7000),
        Channel("LINE", "line", _RICH, 5000),
        Channel("WECHAT", "wechat", _ALL, None),
        Channel("KAKAOTALK", "kakaotalk", _ALL, None, phone_identity=True),
        Channel("SINCH_CHAT", "sinch-chat", _RICH, None),
    )
}

_NOT_DIGITS: Final = re.compile(r"[\s()./-]+")


def channel_of(name: str) -> Channel:
    """Return the row of ``name``; an unknown channel carries text and is called by its own name in lower case."""
    return CHANNELS.get(name) or Channel(name, name.lower().replace("_", "-"), frozenset({Kind.TEXT}))


def identity_key(channel: str, identity: str) -> str:
    """Return the identity by which a customer is found again: telephone numbers without ``+``, spaces and brackets."""
    return phone_key(identity) if channel_of(channel).phone_identity else identity


def phone_key(number: str) -> str:
    """Return a telephone number as bare digits (international, without ``+`` or ``00``)."""
    bare = _NOT_DIGITS.sub("", number.strip())
    bare = bare.removeprefix("+")
    return bare.removeprefix("00")
