"""The channels that a subject can be judged on, and what each can carry: read from the tables of both fakes.

A requirement says what a channel must carry for it, such as `image:MO`; the channels are those whose tables say
`native` on the whole way. Nothing here knows a channel by name.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

from fake_channels.core.tables import KINDS, Support
from fake_channels.registry import CHANNELS
from fake_sinch import capabilities
from harness.lab.pairing import PAIRS

TITLES: Final = {name: CHANNELS[name].title for name in PAIRS if name in CHANNELS}
"""Name to title; the names are those of tags, Examples and subjects' claims."""
NAMES: Final = tuple(TITLES)
BY_SINCH: Final = {PAIRS[name].sinch: name for name in NAMES}
"""The Conversation API's channel name to ours."""
DIRECTIONS: Final = ("MO", "MT")

_SENT_AS: Final = {
    "text": capabilities.Kind.TEXT,
    "location": capabilities.Kind.LOCATION,
    "contact": capabilities.Kind.CONTACT_INFO,
    "buttons": capabilities.Kind.CHOICE,
    "list": capabilities.Kind.LIST,
    "template": capabilities.Kind.TEMPLATE,
} | dict.fromkeys(("image", "video", "audio", "voice", "document", "sticker"), capabilities.Kind.MEDIA)


class UnknownNeed(ValueError):
    """A need that no table could answer; the message says how to write one."""


def read_need(need: str) -> tuple[str, str]:
    """Return kind and direction of a need such as `image:MO`.

    Raises:
        UnknownNeed: no such kind or direction.
    """
    kind, _, direction = need.partition(":")
    if kind not in KINDS or direction not in DIRECTIONS:
        raise UnknownNeed(f"{need!r} is no need: write KIND:MO or KIND:MT with one of {', '.join(KINDS)}")
    return kind, direction


def carries(channel: str, kind: str, direction: str, mime: str = "") -> bool:
    """Return whether a kind goes all the way as what it is: by the channel, and to the customer by the gateway too.

    A `mime` asks for a file of this type.
    """
    tables = CHANNELS[channel].tables
    own = any(row.support is Support.NATIVE for row in tables.kinds if (row.kind, row.direction) == (kind, direction))
    if direction == "MO" or not own:
        return own
    takes = tables.accepts.get(kind, ("*",))
    if mime and not any(fnmatchcase(mime, pattern) for pattern in takes):
        return False
    sent_as, gateway = _SENT_AS.get(kind), capabilities.Channel(PAIRS[channel].sinch)
    if sent_as is None or (sent_as is capabilities.Kind.MEDIA and (gateway, kind) in capabilities.LINKED):
        return False
    return capabilities.capability(gateway, sent_as).support is capabilities.Support.NATIVE


def able(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the channels that carry everything that is needed."""
    wanted = [read_need(need) for need in needs]
    return tuple(name for name in NAMES if all(carries(name, kind, direction) for kind, direction in wanted))
