"""One Viber bot of a world: its token, webhook, subscribers and files. Plain data, nothing performed here."""

from __future__ import annotations

import base64
from typing import Final

import msgspec

from fake_channels.core import shelf
from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.instants import HOUR
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.core.shelf import Stored
from fake_channels.viber.limits import EVENTS, MEDIA_KEPT, MEDIA_KEPT_BYTES, MEDIA_LIFE_MS, SESSION_MS

_NARROW: Final = 15
"""Digits of a token that stays below 2**53, as clients in JavaScript need."""
_WIDE: Final = 18
"""Digits behind a 5: so wide are the vendor's own, and they fit a signed 64-bit integer whatever they are."""


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What clients cannot all bear, or is not published."""

    wide_tokens: bool = False
    """Message tokens beyond 2**53, as the API has them."""
    subscribed_callback: bool = False
    """A first message, which subscribes, is told by a `subscribed` callback too."""


class Chat(msgspec.Struct, gc=False):
    """What the bot's account knows of one Viber user. Being subscribed is the handset's `opted_in`."""

    handset: Handset
    opened: bool = False
    """The conversation was started since the user was last unsubscribed."""
    tracking: str | None = None
    """What the newest message of the bot carried; the next message of the user carries it back."""
    keyboard: str = ""
    """The screen's item whose keyboard is shown."""
    hour: int = -1
    """The clock hour in which `unanswered` counts."""
    unanswered: int = 0
    session_until: int = 0
    looked_up: tuple[int, ...] = ()
    """When the newest get_user_details for this user came."""
    seen_at: int = 0
    """When the phone was last connected; counts only while it is not."""

    def wrote(self, now: int) -> None:
        """The user answers: the count starts anew, and a session begins when there is none."""
        self.unanswered = 0
        if now >= self.session_until:
            self.session_until = now + SESSION_MS

    def unanswered_in(self, now: int) -> int:
        """Messages of this clock hour that the user has not answered."""
        return self.unanswered if self.hour == now // HOUR else 0

    def count(self, now: int) -> None:
        """One more message without an answer."""
        self.unanswered, self.hour = self.unanswered_in(now) + 1, now // HOUR


class Account(msgspec.Struct):
    """The bot."""

    id: str
    """As get_account_info shows it."""
    uri: str
    token: str
    name: str
    media_key: str
    """The part of media URLs that leads to this bot."""
    admin: str
    settings: Settings = Settings()
    webhook: str = ""
    event_types: tuple[str, ...] = EVENTS
    send_name: bool = True
    send_photo: bool = False
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    era: int = 0
    """Counts the webhooks, so that late answers to an old one find nothing."""
    chats: dict[str, Chat] = {}
    media: dict[str, Stored] = {}
    broadcasts: list[int] = []
    """When the broadcasts of the last ten seconds came."""

    def new_token(self, ids: Ids) -> int:
        """A message token."""
        if self.settings.wide_tokens:
            return int(f"5{ids.digits('viber.message_token', _WIDE)}")
        return int(ids.digits("viber.message_token", _NARROW))

    def keep(self, name: str, media: Media, now: int) -> None:
        """Keep a customer's file for as long as its URL lives."""
        shelf.keep(
            self.media, name, Stored(media, now + MEDIA_LIFE_MS), now, most=MEDIA_KEPT, most_bytes=MEDIA_KEPT_BYTES
        )


class Verified(msgspec.Struct, frozen=True, tag="viber.verified"):
    """A URL was called to see whether it can be the webhook."""

    url: str
    event_types: tuple[str, ...]
    send_name: bool
    send_photo: bool


class Fetched(msgspec.Struct, frozen=True, tag="viber.fetched"):
    """The phone got the file of a message, or did not."""

    user: str
    token: str
    """The message's, which is the item's id."""
    kind: str
    """The type of the message, a key of `limits.MEDIA_RULES`."""
    name: str


ViberEvent = Posted | RetryDue | Verified | Fetched


def open_account(ids: Ids) -> Account:
    """A new bot with its token."""
    raw = ids.hex("viber.token", 24)
    return Account(
        id=f"pa:{ids.digits('viber.bot_id', 19)}",
        uri=f"acme{ids.hex('viber.uri', 3)}",
        token=f"{raw[:16]}-{raw[16:32]}-{raw[32:]}",
        name="Acme Support",
        media_key=ids.token("viber.media_key", 12),
        admin=user_id(ids),
    )


def user_id(ids: Ids) -> str:
    """An opaque id: 16 octets in standard base64."""
    return base64.b64encode(ids.octets("viber.user_id", 16)).decode()


def enrol(account: Account, person: Person, ids: Ids) -> Handset:
    """Register a person as a Viber user; the bot may write once they have subscribed."""
    handset = Handset(identity=user_id(ids), person=person, name=person.name, opted_in=False)
    account.chats[handset.identity] = Chat(handset)
    return handset
