"""One WhatsApp Business account of a world: numbers, credentials, threads. Plain data, nothing performed here."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated, Any, Final, Literal

import msgspec

from fake_channels.core.handset import Handset, Item, Person
from fake_channels.core.ids import Ids
from fake_channels.core.instants import DAY
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.whatsapp import limits
from fake_channels.whatsapp.limiter import Pace, Rates
from fake_channels.whatsapp.limits import WINDOW_MS

YEAR_MS: Final = 365 * DAY


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What differs between accounts, or is not published."""

    throughput: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = limits.THROUGHPUT
    """Messages a second: 80, or 1,000 for an upgraded number."""
    tier: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = limits.TIER
    """People outside windows in 24 hours; 0 for no limit."""
    review_ms: Annotated[int, msgspec.Meta(ge=0, le=YEAR_MS)] = limits.REVIEW_MS
    usernames: bool = False
    """Customers hide their numbers: webhooks name them by business-scoped user id alone."""
    receipts: bool = True
    """Customers let businesses know what they have read."""
    edits: Literal["told", "unsupported", "silent"] = "told"
    """How a customer's edit or deletion reaches the business."""


class Stored(msgspec.Struct, frozen=True):
    """A media object of the account; it dies at `expires_at`."""

    media: Media
    expires_at: int


class Customer(msgspec.Struct):
    """What the account knows of one WhatsApp user."""

    handset: Handset
    user_id: str
    """The business-scoped user id: country code, dot, digits."""
    wrote_at: int | None = None
    answering_at: int = 0
    """When the business last showed that it is typing."""
    number: str = ""
    """Their number, when it is no longer the handset's identity."""
    marketing: bool = True
    """They take marketing messages."""
    blocked: bool = False
    """The business has blocked them."""
    pace: Pace | None = None

    @property
    def wa_id(self) -> str:
        """Their present number."""
        return self.number or self.handset.identity

    def window_open(self, now: int) -> bool:
        """True for 24 hours after the user's latest message; exactly at 24 hours it is closed."""
        return self.wrote_at is not None and now - self.wrote_at < WINDOW_MS


class TemplateButton(msgspec.Struct, frozen=True):
    """A button of a template; `value` is the URL, with its variable if it has one, or the number to call."""

    kind: str
    text: str
    value: str = ""


class Template(msgspec.Struct, kw_only=True):
    """A message template in one language: its components as they were given, and what a send needs of them."""

    id: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    reason: str = "NONE"
    changed_at: int = 0
    """When it got its status."""
    round: int = 0
    """Counts the reviews, so that a late answer to an earlier one finds nothing."""
    header: str = ""
    """The header's format; empty without header."""
    header_text: str = ""
    header_names: tuple[str, ...] = ()
    body: str = ""
    body_names: tuple[str, ...] = ()
    """Its variables in their order."""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()

    @property
    def key(self) -> str:
        """What identifies it among the account's."""
        return f"{self.name}/{self.language}"


class Sent(msgspec.Struct, gc=False):
    """A business message on its way; kept until it is read or has failed, or a month is over."""

    to: str
    """The customer's handset, or a number that nobody has."""
    status: str
    at: int
    opaque: str = ""
    category: str = "service"
    billable: bool = False
    voice: bool = False

    def expired(self, now: int) -> bool:
        """True when nobody tries to deliver it any more."""
        life = limits.AUTHENTICATION_LIFE_MS if self.category == "authentication" else limits.MESSAGE_LIFE_MS
        return now - self.at >= life


class UploadSession(msgspec.Struct):
    """A resumable upload of the app."""

    name: str
    mime: str
    length: int
    opened_at: int
    data: bytes = b""


class Account(msgspec.Struct):
    """The account: one number, its app and its people."""

    phone_number_id: str
    waba_id: str
    app_id: str
    token: str
    app_secret: str
    verify_token: str
    display_phone_number: str
    verified_name: str
    settings: Settings = Settings()
    registered: bool = True
    pin: str = ""
    """The number's two-step verification; the first registration chooses it."""
    subscribed: bool = True
    callback_url: str = ""
    """The app's; the account's and the number's own go before it."""
    waba_callback_url: str = ""
    number_callback_url: str = ""
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    rates: Rates = msgspec.field(default_factory=Rates)
    customers: dict[str, Customer] = {}
    """By handset."""
    addresses: dict[str, str] = {}
    """Handsets by business-scoped user id, and by number for those who have changed theirs."""
    sent: dict[str, Sent] = {}
    forget_at: int = 0
    """When those are forgotten next whose time is over."""
    media: dict[str, Stored] = {}
    links: dict[str, Stored] = {}
    """Fetched files by exact URL, for the ten minutes that they are cached."""
    templates: dict[str, Template] = {}
    """By `name/language`."""
    deleted: dict[str, int] = {}
    """Until when the name of a deleted template, by `name/language`, cannot be used again."""
    uploads: dict[str, UploadSession] = {}
    handles: dict[str, Stored] = {}
    """Uploaded files by handle."""

    def customer(self, address: str) -> Customer | None:
        """Who has this number or business-scoped user id."""
        found = self.customers.get(address)
        if found is not None and (not found.number or found.number == address):
            return found
        handset = self.addresses.get(address)
        return None if handset is None else self.customers[handset]

    def callback(self, *, of_number: bool = True) -> str:
        """Where webhooks go; empty when nobody listens. What concerns no number never goes to the number's own URL."""
        if not self.subscribed:
            return ""
        own = self.number_callback_url if of_number else ""
        return own or self.waba_callback_url or self.callback_url


class Fetched(msgspec.Struct, frozen=True, tag="whatsapp.fetched"):
    """The file behind a sent link was fetched."""

    wamid: str
    url: str
    kind: str
    item: Item


class Verified(msgspec.Struct, frozen=True, tag="whatsapp.verified"):
    """A callback URL answered its challenge."""

    url: str
    verify_token: str
    challenge: str
    whose: Literal["app", "waba", "number"] = "app"


class TypingOver(msgspec.Struct, frozen=True, tag="whatsapp.typing_over"):
    """What the business showed at `since` is shown no longer."""

    wa_id: str
    since: int


class ReviewDue(msgspec.Struct, frozen=True, tag="whatsapp.review_due"):
    """Somebody has looked at a template."""

    key: str
    round: int
    step: int


WhatsAppEvent = Posted | RetryDue | Fetched | Verified | TypingOver | ReviewDue

_HEAD: Final = b"\x1c\x18"
_OUTBOUND: Final = b"\x15\x02\x00\x11\x18"
_INBOUND: Final = b"\x15\x02\x00\x12\x18"

_HELLO: Final = ({"type": "BODY", "text": "Hello World"},)
_ORDER: Final = (
    {
        "type": "BODY",
        "text": "Order {{1}} is now {{2}}.",
        "example": {"body_text": [["1234", "on its way"]]},
    },
    {
        "type": "BUTTONS",
        "buttons": [{"type": "QUICK_REPLY", "text": "Track it"}, {"type": "QUICK_REPLY", "text": "Talk to us"}],
    },
)


def open_account(ids: Ids) -> Account:
    """A new account with a number and credentials, and two approved templates."""
    number = f"1555{ids.digits('whatsapp.number', 7)}"
    account = Account(
        phone_number_id=ids.digits("whatsapp.phone_number_id", 15),
        waba_id=ids.digits("whatsapp.waba_id", 15),
        app_id=ids.digits("whatsapp.app_id", 15),
        token=f"EAA{ids.token('whatsapp.token', 48)}",
        app_secret=ids.hex("whatsapp.app_secret", 16),
        verify_token=ids.token("whatsapp.verify_token", 16),
        display_phone_number=number,
        verified_name="Acme Support",
    )
    hello = Template(
        id=ids.digits("whatsapp.template", 15),
        name="hello_world",
        language="en_US",
        category="UTILITY",
        components=list(_HELLO),
        status="APPROVED",
        body="Hello World",
    )
    order = Template(
        id=ids.digits("whatsapp.template", 15),
        name="order_update",
        language="en",
        category="UTILITY",
        components=list(_ORDER),
        status="APPROVED",
        body="Order {{1}} is now {{2}}.",
        body_names=("1", "2"),
        buttons=(TemplateButton("QUICK_REPLY", "Track it"), TemplateButton("QUICK_REPLY", "Talk to us")),
    )
    account.templates = {template.key: template for template in (hello, order)}
    return account


def enrol(account: Account, person: Person, ids: Ids) -> Handset:
    """Register a person as a WhatsApp user of this account's world."""
    handset = Handset(identity=person.msisdn, person=person, name=person.name)
    customer = Customer(handset, new_user_id(ids))
    account.customers[handset.identity] = customer
    account.addresses[customer.user_id] = handset.identity
    return handset


def new_user_id(ids: Ids) -> str:
    """A business-scoped user id; those in samples have digits only, and some clients know no others."""
    return f"US.{ids.digits('whatsapp.user_id', 17)}"


def new_wamid(ids: Ids, owner: str, *, inbound: bool = False) -> str:
    """A message id as WhatsApp spells it: standard base64, and whose chat it belongs to inside."""
    name = owner.encode()
    mark = _INBOUND if inbound else _OUTBOUND
    raw = b"".join((_HEAD, bytes((len(name),)), name, mark, ids.octets("whatsapp.wamid", 12)))
    return "wamid." + b64encode(raw).decode()


def owner_of(wamid: str) -> str:
    """Whose chat a message belongs to; empty for what is no id of ours."""
    try:
        raw = b64decode(wamid.removeprefix("wamid."), validate=True)
        return raw[3 : 3 + raw[2]].decode() if raw.startswith(_HEAD) and len(raw) > len(_HEAD) else ""
    except ValueError:
        return ""
