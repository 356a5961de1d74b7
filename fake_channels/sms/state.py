"""One SMS service plan of a world: credentials, batches, messages, phones. Plain data, nothing performed here."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.sms.limits import LIFE_MS

ReportMode: TypeAlias = Literal["none", "summary", "full", "per_recipient", "per_recipient_final"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a business asks a batch to be."""

    to: tuple[str, ...]
    """Digits only, each once."""
    body: str
    sender: str = ""
    """Empty: the account's default originator."""
    type: Literal["mt_text", "mt_binary"] = "mt_text"
    udh: str = ""
    parameters: dict[str, dict[str, str]] = {}
    """Values by recipient, or by `default`, for each name."""
    delivery_report: ReportMode = "none"
    send_at: int | None = None
    expire_at: int | None = None
    callback_url: str = ""
    client_reference: str = ""
    feedback_enabled: bool = False
    flash_message: bool = False
    truncate_concat: bool = False
    max_parts: int | None = None
    from_ton: int | None = None
    from_npi: int | None = None


class Report(msgspec.Struct, frozen=True, gc=False):
    """How one recipient's message stands."""

    code: int
    status: str
    at: int
    final: bool
    operator_at: int | None = None
    parts: int = 1


class Batch(msgspec.Struct):
    """One batch: its order and how it went."""

    id: str
    order: Order
    created_at: int
    modified_at: int
    canceled: bool = False
    started: bool = False
    summarised: bool = False
    """The report about the whole batch has been called back."""
    reports: dict[str, Report] = {}
    """By recipient."""
    confirmed: list[str] = []
    """Recipients that delivery feedback named."""
    failing: str = ""
    """The delivery code that every recipient shall get, by order of a fault."""

    @property
    def send_at(self) -> int:
        """When it leaves."""
        return max(self.order.send_at or 0, self.created_at)

    @property
    def expire_at(self) -> int:
        """When nobody tries any more."""
        return self.send_at + LIFE_MS if self.order.expire_at is None else self.order.expire_at


class Inbound(msgspec.Struct, frozen=True, gc=False):
    """A message from a customer."""

    id: str
    sender: str
    to: str
    body: str
    at: int


class Account(msgspec.Struct):
    """The service plan: one number, its credentials and the phones in reach."""

    service_plan_id: str
    token: str
    number: str
    callback_secret: str
    """Empty when callbacks are not signed."""
    callback_url: str = ""
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    handsets: dict[str, Handset] = {}
    batches: dict[str, Batch] = {}
    inbounds: dict[str, Inbound] = {}


class SendDue(msgspec.Struct, frozen=True, tag="sms.send_due"):
    """A batch that waited for `send_at` may leave, unless it was changed meanwhile."""

    batch_id: str
    at: int


class ExpiryDue(msgspec.Struct, frozen=True, tag="sms.expiry_due"):
    """A message that waits for its phone has expired, unless it was changed meanwhile."""

    batch_id: str
    msisdn: str
    at: int


SmsEvent = Posted | RetryDue | SendDue | ExpiryDue


def open_account(ids: Ids) -> Account:
    """A new service plan with a number and credentials."""
    return Account(
        service_plan_id=ids.hex("sms.service_plan_id", 16),
        token=ids.hex("sms.token", 16),
        number=f"1555{ids.digits('sms.number', 7)}",
        callback_secret=ids.token("sms.callback_secret", 24),
    )


def enrol(account: Account, person: Person) -> Handset:
    """Put a person's phone in reach; an SMS shows no name."""
    handset = Handset(identity=person.msisdn, person=person, name=None)
    account.handsets[handset.identity] = handset
    return handset
