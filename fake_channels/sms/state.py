"""One SMS service plan of a world: credentials, batches, messages, phones. Plain data, nothing performed here."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.sms import limits
from fake_channels.sms.limits import LIFE_MS

ReportMode: TypeAlias = Literal["none", "summary", "full", "per_recipient", "per_recipient_final"]


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What differs between service plans, or is not published."""

    keywords: bool = False
    """The platform answers STOP, START and HELP by itself, and rejects what is sent to whoever stopped."""
    stop_text: str = "You are unsubscribed and will get no more messages. Reply START to get them again."
    start_text: str = "You are subscribed again. Reply STOP to end."
    help_text: str = "Reply STOP to get no more messages."
    outcomes: dict[str, int] = {}
    """The delivery code of every message to a number: 402 for a landline, 158 for a full phone, ..."""
    per_second: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Messages a second that leave; the others wait their turn. 0 for no such limit."""
    outstanding: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = limits.OUTSTANDING_MAX
    """How many may wait; more are refused with 429."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a business asks a batch to be."""

    to: tuple[str, ...]
    """Numbers, digits only, and ids of groups, each once."""
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
    round: int = 0
    """Counts replacements, so that turns of what was replaced find nothing."""
    canceled: bool = False
    started: bool = False
    summarised: bool = False
    """The report about the whole batch has been called back."""
    recipients: tuple[str, ...] = ()
    """Whom it is for, the members of its groups among them; they may change until it leaves."""
    reports: dict[str, Report] = {}
    """By recipient."""
    finals: int = 0
    """How many of them are final."""
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


class Keyword(msgspec.Struct, frozen=True):
    """What a customer texts to join or leave a group."""

    first_word: str
    second_word: str = ""


class AutoUpdate(msgspec.Struct, frozen=True):
    """Joining and leaving a group by text."""

    to: str
    add: Keyword | None = None
    remove: Keyword | None = None


class Group(msgspec.Struct):
    """A set of numbers that a batch may be for."""

    id: str
    created_at: int
    modified_at: int
    name: str = ""
    members: dict[str, None] = {}
    child_groups: tuple[str, ...] = ()
    auto_update: AutoUpdate | None = None


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
    settings: Settings = Settings()
    callback_url: str = ""
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    handsets: dict[str, Handset] = {}
    groups: dict[str, Group] = {}
    stopped: dict[str, int] = {}
    """Who has texted STOP, and when; only where the platform minds."""
    free_at: float = 0.0
    """When the plan's rate lets the next message leave."""
    outstanding: int = 0
    """How many messages wait for that."""
    sweep_at: int = 0
    batches: dict[str, Batch] = {}
    inbounds: dict[str, Inbound] = {}


class SendDue(msgspec.Struct, frozen=True, tag="sms.send_due"):
    """A batch that waited for `send_at` may leave, unless it was changed meanwhile."""

    batch_id: str
    at: int


class TurnDue(msgspec.Struct, frozen=True, tag="sms.turn_due"):
    """The plan's rate lets a message leave, unless its batch was changed meanwhile."""

    batch_id: str
    msisdn: str
    round: int


class ExpiryDue(msgspec.Struct, frozen=True, tag="sms.expiry_due"):
    """A message that waits for its phone has expired, unless it was changed meanwhile."""

    batch_id: str
    msisdn: str
    at: int


SmsEvent = Posted | RetryDue | SendDue | TurnDue | ExpiryDue


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
