"""One business's service of a world: its number, customers, sessions, templates and files. Plain data, no more."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from fake_channels.core import shelf
from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.core.shelf import Stored
from fake_channels.viberbm.limits import IN_A_ROW_MAX, MEDIA_KEPT, MEDIA_KEPT_BYTES, MEDIA_LIFE_MS, SESSION_MS

AccountKind: TypeAlias = Literal["one-way", "two-way", "session"]
_TOKEN_DIGITS: Final = 18


class Template(msgspec.Struct, frozen=True):
    """An approved template; a parameter stands in double braces."""

    id: str
    languages: tuple[str, ...]
    body: str
    parameters: tuple[str, ...]
    one_time_password: bool = False


class Customer(msgspec.Struct, gc=False):
    """What the service knows of one Viber user."""

    handset: Handset
    tracking: str | None = None
    """What the newest message that can be replied to carried."""
    session_id: str = ""
    session_until: int = 0
    session_sent: int = 0
    """Session messages of this session."""
    in_a_row: int = 0
    """Session messages since the user's latest."""

    def in_session(self, now: int) -> bool:
        """True for 24 hours from the message that opened the session; exactly at 24 hours it is over."""
        return now < self.session_until

    def wrote(self, now: int, ids: Ids) -> None:
        """The user writes: that answers the business, and opens a session when there is none."""
        self.in_a_row = 0
        if not self.in_session(now):
            self.session_id = ids.digits("viberbm.session", _TOKEN_DIGITS)
            self.session_until, self.session_sent = now + SESSION_MS, 0


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What a business has agreed on."""

    kind: AccountKind = "session"
    in_a_row_max: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = IN_A_ROW_MAX
    """Session messages without an answer; older accounts have ten."""


class Account(msgspec.Struct):
    """The service."""

    service_id: int
    name: str
    templates: dict[str, Template]
    settings: Settings = Settings()
    callback_url: str = ""
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    customers: dict[str, Customer] = {}
    media: dict[str, Stored] = {}

    def keep(self, name: str, media: Media, now: int) -> None:
        """Keep a customer's file for as long as its URL lives."""
        shelf.keep(
            self.media, name, Stored(media, now + MEDIA_LIFE_MS), now, most=MEDIA_KEPT, most_bytes=MEDIA_KEPT_BYTES
        )


class Fetched(msgspec.Struct, frozen=True, tag="viberbm.fetched"):
    """The phone got the file of a message, or did not."""

    msisdn: str
    token: str
    kind: str
    """A key of `limits.MEDIA_RULES`."""
    name: str


class Expired(msgspec.Struct, frozen=True, tag="viberbm.expired"):
    """A message's time to live is over."""

    msisdn: str
    token: str


ViberBmEvent = Posted | RetryDue | Fetched | Expired


def open_account(ids: Ids) -> Account:
    """A new service with two approved templates."""
    order = Template(
        _template_id(ids),
        ("en", "de"),
        "Order {{order}} is now {{status}}.",
        ("order", "status"),
    )
    password = Template(_template_id(ids), ("en",), "Your code is {{pin}}.", ("pin",), one_time_password=True)
    return Account(
        service_id=int(ids.digits("viberbm.service_id", 7)),
        name="Acme Support",
        templates={template.id: template for template in (order, password)},
    )


def _template_id(ids: Ids) -> str:
    raw = ids.hex("viberbm.template_id", 16)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def new_token(ids: Ids) -> str:
    """A message token, which comes as a string."""
    return ids.digits("viberbm.message_token", _TOKEN_DIGITS)


def enrol(account: Account, person: Person) -> Handset:
    """Register a person as a Viber user; their number is their address."""
    handset = Handset(identity=person.msisdn, person=person, name=person.name)
    account.customers[handset.identity] = Customer(handset)
    return handset
