"""One service account of a world: credentials, followers, media, menu, quotas. Plain data, nothing performed here."""

from __future__ import annotations

import base64
from typing import Literal, TypeAlias

import msgspec

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.instants import SECOND
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.wechat.limits import KEPT_MEDIA, KEPT_TOKENS, REPLY_TIMEOUT_MS

Mode: TypeAlias = Literal["plaintext", "compatible", "safe"]
"""How callbacks are written: https://developers.weixin.qq.com/doc/service/guide/dev/push/encryption.html"""


class Allowance(msgspec.Struct, gc=False):
    """How many customer-service messages may still be sent, and until when."""

    until: int = 0
    left: int = 0


class Customer(msgspec.Struct):
    """What the account knows of one WeChat user."""

    handset: Handset
    followed_at: int
    scene: str = "ADD_SCENE_SEARCH"
    """How the person found the account."""
    scene_str: str = ""
    """What the QR code carried by which they followed."""
    after_message: Allowance = msgspec.field(default_factory=Allowance)
    after_tap: Allowance = msgspec.field(default_factory=Allowance)
    contact_at: int | None = None
    """When the person last wrote or tapped."""
    typing_since: int = 0
    posted_at: int = 0
    """When the callback that waits for an answer was sent."""


class Token(msgspec.Struct):
    """One access token that was given out."""

    value: str
    expires_at: int
    dies_at: int
    """When it stops to work because a newer one replaced it; at the latest when it expires."""
    stable: bool = False
    issued_at: int = 0


class Stored(msgspec.Struct, frozen=True):
    """A temporary medium, uploaded or from a person."""

    kind: str
    """A key of `limits.MEDIA_RULES`."""
    media: Media
    expires_at: int


class Template(msgspec.Struct, frozen=True):
    """A message template of the account."""

    id: str
    title: str
    content: str
    """Lines with places such as `{{thing1.DATA}}`."""
    example: str = ""


class Quotas(msgspec.Struct):
    """Calls counted since midnight in China, by path, and what is counted by the minute and by the month."""

    day: int = 0
    calls: dict[str, int] = {}
    minute: int = 0
    minute_calls: int = 0
    month: int = 0
    clears: int = 0


class Account(msgspec.Struct):
    """The service account."""

    appid: str
    secret: str
    original_id: str
    token: str
    """What callbacks are signed with."""
    aes_key: str
    """The EncodingAESKey: 43 characters."""
    space: str
    """The part of picture URLs by which this account is found."""
    kf_account: str
    """The one customer-service account there is."""
    mode: Mode = "compatible"
    nicknames: bool = False
    """Whether profiles still carry names and pictures, as they did until 2021."""
    callback_url: str = ""
    outbox: Outbox = msgspec.field(default_factory=lambda: Outbox(timeout_s=REPLY_TIMEOUT_MS / SECOND))
    customers: dict[str, Customer] = {}
    tokens: list[Token] = []
    forced_at: int | None = None
    media: dict[str, Stored] = {}
    pictures: dict[str, Stored] = {}
    """What lies behind URLs, by the last part of their path."""
    templates: dict[str, Template] = {}
    menu: bytes = b""
    """The custom menu as JSON; empty when there is none."""
    quotas: Quotas = msgspec.field(default_factory=Quotas)
    last_msg_id: int = 0

    def next_msg_id(self) -> int:
        """Messages are numbered upwards."""
        self.last_msg_id += 1
        return self.last_msg_id

    def add_token(self, token: Token) -> None:
        """Remember a token, and of the old ones enough to tell an expired one from a wrong one."""
        self.tokens.append(token)
        del self.tokens[:-KEPT_TOKENS]


def keep(store: dict[str, Stored], key: str, stored: Stored, now: int) -> None:
    """Add to `store`, forgetting what has expired and the oldest beyond the cap."""
    while store and (len(store) >= KEPT_MEDIA or next(iter(store.values())).expires_at <= now):
        del store[next(iter(store))]
    store[key] = stored


class TypingOver(msgspec.Struct, frozen=True, tag="wechat.typing_over"):
    """What the account showed at `since` is shown no longer."""

    openid: str
    since: int


class Checked(msgspec.Struct, frozen=True, tag="wechat.checked"):
    """A server URL answered the check that the console makes before it takes it."""

    url: str
    token: str
    aes_key: str
    mode: Mode
    nicknames: bool
    echostr: str


WeChatEvent = Posted | RetryDue | TypingOver | Checked


def open_account(ids: Ids) -> Account:
    """A new verified service account with two templates."""
    account = Account(
        appid=f"wx{ids.hex('wechat.appid', 8)}",
        secret=ids.hex("wechat.secret", 16),
        original_id=f"gh_{ids.hex('wechat.original_id', 6)}",
        token=ids.hex("wechat.token", 12),
        aes_key=_aes_key(ids),
        space=ids.hex("wechat.space", 8),
        kf_account=f"support@acme_{ids.hex('wechat.kf_account', 3)}",
        last_msg_id=int(ids.digits("wechat.msg_id", 17)),
    )
    for title, content, example in (
        (
            "Order update",
            "Order: {{character_string1.DATA}}\nStatus: {{thing2.DATA}}\nTime: {{time3.DATA}}",
            "Order: 1001\nStatus: on its way\nTime: 2026-01-31 12:00",
        ),
        ("Appointment", "Name: {{thing1.DATA}}\nTime: {{time2.DATA}}", "Name: Ann\nTime: 2026-01-31 12:00"),
    ):
        template = Template(ids.token("wechat.template", 32), title, content, example)
        account.templates[template.id] = template
    return account


def _aes_key(ids: Ids) -> str:
    """43 letters and digits that decode, with one `=` behind them, to 32 octets."""
    encoded = base64.b64encode(ids.octets("wechat.aes_key", 32)).decode()
    return encoded.rstrip("=").replace("+", "A").replace("/", "B")


def enrol(account: Account, person: Person, ids: Ids, now: int) -> Handset:
    """Register a person as a WeChat user; `openid` is theirs for this account alone."""
    openid = f"o{ids.token('wechat.openid', 21)[:27]}"
    handset = Handset(identity=openid, person=person, name=person.name, opted_in=False)
    account.customers[openid] = Customer(handset, followed_at=now)
    return handset
