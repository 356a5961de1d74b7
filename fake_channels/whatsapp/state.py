"""One WhatsApp Business account of a world: numbers, credentials, threads. Plain data, nothing performed here."""

from __future__ import annotations

import base64

import msgspec

from fake_channels.core.handset import Handset, Item, Person
from fake_channels.core.ids import Ids
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.whatsapp.limits import WINDOW_MS


class Stored(msgspec.Struct, frozen=True):
    """A media object of the account; it dies at `expires_at`."""

    media: Media
    expires_at: int


class Customer(msgspec.Struct):
    """What the account knows of one WhatsApp user."""

    handset: Handset
    user_id: str
    """The business-scoped user id: country code, dot, letters and digits."""
    wrote_at: int | None = None
    answering_at: int = 0
    """When the business last showed that it is typing."""

    def window_open(self, now: int) -> bool:
        """True for 24 hours after the user's latest message; exactly at 24 hours it is closed."""
        return self.wrote_at is not None and now - self.wrote_at < WINDOW_MS


class Template(msgspec.Struct, frozen=True):
    """An approved message template."""

    id: str
    name: str
    language: str
    category: str
    body: str
    buttons: tuple[str, ...] = ()
    """Quick replies."""


class Sent(msgspec.Struct, gc=False):
    """A business message on its way; kept until it is read or has failed."""

    wa_id: str
    status: str
    opaque: str = ""


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
    callback_url: str = ""
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    customers: dict[str, Customer] = {}
    sent: dict[str, Sent] = {}
    media: dict[str, Stored] = {}
    links: dict[str, Stored] = {}
    """Fetched files by exact URL, for the ten minutes that they are cached."""
    templates: dict[str, Template] = {}
    """By `name/language`."""


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


class TypingOver(msgspec.Struct, frozen=True, tag="whatsapp.typing_over"):
    """What the business showed at `since` is shown no longer."""

    wa_id: str
    since: int


WhatsAppEvent = Posted | RetryDue | Fetched | Verified | TypingOver


def open_account(ids: Ids) -> Account:
    """A new account with a number, credentials and two approved templates."""
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
    for template in (
        Template(ids.digits("whatsapp.template", 15), "hello_world", "en_US", "UTILITY", "Hello World"),
        Template(
            ids.digits("whatsapp.template", 15),
            "order_update",
            "en",
            "UTILITY",
            "Order {{1}} is now {{2}}.",
            ("Track it", "Talk to us"),
        ),
    ):
        account.templates[f"{template.name}/{template.language}"] = template
    return account


def enrol(account: Account, person: Person, ids: Ids) -> Handset:
    """Register a person as a WhatsApp user of this account's world."""
    handset = Handset(identity=person.msisdn, person=person, name=person.name)
    user_id = f"US.{ids.hex('whatsapp.user_id', 12).upper()}"
    account.customers[handset.identity] = Customer(handset, user_id)
    return handset


def new_wamid(ids: Ids) -> str:
    """A message id as WhatsApp spells it: `wamid.` and standard base64."""
    return "wamid.HBgL" + base64.b64encode(ids.octets("whatsapp.wamid", 27)).decode()
