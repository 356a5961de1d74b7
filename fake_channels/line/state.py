"""One LINE Official Account of a world: its channel, tokens, friends, messages. Plain data, nothing performed here."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.instants import DAY
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.line import limits
from fake_channels.line.rates import Window

CHANNEL_TOKEN_OCTETS: Final = 64
_Delay: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=30 * DAY)]


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What the consoles set for a channel, and what is not published."""

    use_webhook: bool = True
    """Off, nothing is told to anybody."""
    redelivery: bool = True
    """Whether a webhook that failed is tried again."""
    redelivery_ms: Annotated[tuple[_Delay, ...], msgspec.Meta(min_length=1, max_length=100)] = limits.REDELIVERY_MS
    """The waits before each redelivery."""
    quota: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] | None = limits.QUOTA
    """Recipients a month; None is without limit."""
    prepared_from: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = limits.PREPARED_FROM
    """From how many bytes on a video or a sound is prepared before it can be downloaded."""
    preparing_ms: Annotated[int, msgspec.Meta(ge=0, le=DAY)] = limits.PREPARING_MS
    """How long that takes."""


class Customer(msgspec.Struct):
    """What the account knows of one LINE user. `Handset.opted_in` says that they are a friend."""

    handset: Handset
    wrote_at: int | None = None
    loading_since: int = 0
    """When the loading animation was last shown."""
    rich_menu: str = ""
    """The menu linked to this user alone."""

    def reachable(self, now: int) -> bool:
        """True for a friend, and for seven days for a stranger who wrote; never when the account is blocked."""
        handset = self.handset
        if handset.blocked:
            return False
        return handset.opted_in or (self.wrote_at is not None and now - self.wrote_at <= limits.STRANGER_MS)

    def profile_open(self) -> bool:
        """True when the account may see the profile."""
        return not self.handset.blocked and (self.handset.opted_in or self.wrote_at is not None)


class Content(msgspec.Struct):
    """What a customer sent as a file; `media` is None once it was unsent."""

    user_id: str
    kind: str
    media: Media | None
    ready_at: int
    expires_at: int


class Reply(msgspec.Struct, frozen=True, gc=False):
    """A reply token that nobody has used."""

    user_id: str
    at: int
    """When the event happened."""
    until: int


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """A request that was accepted with a retry key."""

    request_id: str
    at: int
    sent: bytes
    """The answer's `sentMessages` as JSON; empty where the answer has none."""


class AccessToken(msgspec.Struct, frozen=True, gc=False):
    """An issued channel access token."""

    kind: str
    """`short`, `v2.1` or `stateless`."""
    expires_at: int
    key_id: str = ""


class RichMenu(msgspec.Struct):
    """A rich menu; it can be shown once it has its picture."""

    body: dict[str, Any]
    image: Media | None = None


class Narrowcast(msgspec.Struct, frozen=True, gc=False):
    """A narrowcast that is done."""

    at: int
    success: int


class Account(msgspec.Struct):
    """The channel and its people."""

    channel_id: str
    channel_secret: str
    access_token: str
    """The long-lived one of the console."""
    assertion_kid: str
    bot_user_id: str
    basic_id: str
    display_name: str
    last_message_id: int
    request_prefix: str
    """What all request ids of this channel begin with; the rest counts."""
    requests: int = 0
    webhook_url: str = ""
    settings: Settings = Settings()
    """Recipients a month; None is without limit."""
    used: int = 0
    """Recipients of the month that `day` is in."""
    day: int = 0
    """The latest day of which anything was counted, as days since 1970 in Japan."""
    today: dict[str, int] = {}
    """Messages sent on that day, by kind."""
    counts: dict[str, int] = {}
    """Messages sent before it, by `kind/yyyymmdd`."""
    units: dict[str, str] = {}
    """Aggregation units by name, with the month they were last used in."""
    outbox: Outbox = msgspec.field(default_factory=lambda: Outbox(timeout_s=limits.WEBHOOK_TIMEOUT_S))
    customers: dict[str, Customer] = {}
    replies: dict[str, Reply] = {}
    accepted: dict[str, Accepted] = {}
    contents: dict[str, Content] = {}
    tokens: dict[str, AccessToken] = {}
    windows: dict[str, Window] = {}
    menus: dict[str, RichMenu] = {}
    aliases: dict[str, str] = {}
    default_menu: str = ""
    narrowcasts: dict[str, Narrowcast] = {}

    def next_message_id(self) -> str:
        """Messages of all chats share one growing sequence."""
        self.last_message_id += 1
        return str(self.last_message_id)

    def next_request_id(self) -> str:
        """A UUID that names one request."""
        self.requests += 1
        return f"{self.request_prefix}-{self.requests:012x}"

    def menu_of(self, customer: Customer) -> tuple[str, RichMenu] | None:
        """The menu that this customer's phone shows."""
        for menu_id in (customer.rich_menu, self.default_menu):
            menu = self.menus.get(menu_id)
            if menu is not None and menu.image is not None:
                return menu_id, menu
        return None


class Fetched(msgspec.Struct, frozen=True, tag="line.fetched"):
    """The file of a shown message was fetched."""

    user_id: str
    item_id: str
    kind: str
    url: str


class Tested(msgspec.Struct, frozen=True, tag="line.tested"):
    """The webhook endpoint answered a test."""

    request_id: str


class LoadingOver(msgspec.Struct, frozen=True, tag="line.loading_over"):
    """What was shown at `since` has been shown for as long as asked."""

    user_id: str
    since: int


LineEvent = Posted | RetryDue | Fetched | Tested | LoadingOver


def open_account(ids: Ids) -> Account:
    """A new Messaging API channel with its long-lived token."""
    octets = b"".join(ids.octets("line.access_token", CHANNEL_TOKEN_OCTETS) for _ in range(2))
    return Account(
        channel_id=ids.digits("line.channel_id", 10),
        channel_secret=ids.hex("line.channel_secret", 16),
        access_token=base64.b64encode(octets).decode(),
        assertion_kid=ids.token("line.assertion_kid", 16),
        bot_user_id=f"U{ids.hex('line.bot_user_id', 16)}",
        basic_id=f"@{ids.digits('line.basic_id', 3)}{ids.hex('line.basic_id', 3)[:5]}",
        display_name="Acme Support",
        last_message_id=int(ids.digits("line.message_id", 18)),
        request_prefix="-".join(ids.hex("line.request_id", size) for size in (4, 2, 2, 2)),
    )


def enrol(account: Account, person: Person, ids: Ids) -> Handset:
    """Register a person as a LINE user; they are no friend of the account until they add it."""
    user_id = f"U{ids.hex('line.user_id', 16)}"
    handset = Handset(identity=user_id, person=person, name=person.name, opted_in=False)
    account.customers[user_id] = Customer(handset)
    return handset
