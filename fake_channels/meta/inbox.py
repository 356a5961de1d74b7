"""The inbox of one business account: credentials, people, files, subscriptions. Plain data, nothing performed here."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_channels.core.handset import Handset, Item
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.meta.sending import Sending, Source

ANSWER_WITHIN_S: Final = 5.0
"""Webhooks must be answered sooner than other calls."""
KEPT_FILES: Final = 1_000
KEPT_BYTES: Final = 268_435_456
"""Of all files together; the oldest go first."""


class Asset(msgspec.Struct, frozen=True):
    """A file of the account."""

    media: Media
    kind: str
    """image, video, audio, file or another kind of attachment."""
    expires_at: int
    """Until when it may be sent, or its URL be made."""
    reusable: bool = False
    """True when its id may be sent again."""


class Customer(msgspec.Struct):
    """What the account knows of one person."""

    handset: Handset
    wrote_at: int | None = None
    """When the person last did what opens the window; None for somebody who never did."""
    answering_at: int = 0
    """When the business last showed that it is typing."""
    quick: str = ""
    """The message whose quick replies are shown."""
    ref: str = ""
    """What a link carried that led the person here; the next message tells it."""

    def within(self, milliseconds: int, now: int) -> bool:
        """True for so long after the person's latest message; exactly at its end it is over."""
        return self.wrote_at is not None and now - self.wrote_at < milliseconds


class Bucket(msgspec.Struct):
    """A token bucket on the world's clock, holding at most one second's worth."""

    spent: float = 0.0
    at: int = 0

    def take(self, per_second: int, now: int) -> int:
        """Take one; returns 0, or the milliseconds to wait when there is none."""
        self.spent = max(0.0, self.spent - (now - self.at) * per_second / 1000)
        self.at = now
        if self.spent + 1 > per_second:
            return max(1, round((self.spent + 1 - per_second) * 1000 / per_second))
        self.spent += 1
        return 0


class Inbox(msgspec.Struct, kw_only=True):
    """What the accounts of all messaging products have in common."""

    owner_id: str
    """Whom people write to: the other end of every webhook."""
    name: str
    app_id: str
    app_secret: str
    verify_token: str
    proof_required: bool = False
    """True when the app insists on `appsecret_proof`."""
    callback_url: str = ""
    app_fields: tuple[str, ...] = ()
    """Webhook fields of the app's own subscription."""
    fields: tuple[str, ...] = ()
    """Webhook fields that the account is subscribed to."""
    failing_since: int | None = None
    """Since when no webhook has been taken."""
    outbox: Outbox = msgspec.field(default_factory=lambda: Outbox(timeout_s=ANSWER_WITHIN_S))
    customers: dict[str, Customer] = {}
    assets: dict[str, Asset] = {}
    asset_bytes: int = 0
    profile: dict[str, Any] = {}
    """The messenger profile: greeting, menu, ice breakers."""
    texts: Bucket = msgspec.field(default_factory=Bucket)
    recordings: Bucket = msgspec.field(default_factory=Bucket)


class Fetched(msgspec.Struct, frozen=True, tag="meta.fetched"):
    """The file behind a URL was fetched; a request waits for it."""

    sending: Sending | None
    """None for an upload of its own."""
    sources: tuple[Source, ...]
    ready: tuple[str, ...] = ()
    """Ids of the files that are here already."""
    kind: str = ""
    """The `type` that errors of this request have."""


class Pictured(msgspec.Struct, frozen=True, tag="meta.pictured"):
    """The picture of a card was fetched by the person's app."""

    customer: str
    mid: str
    url: str


class Verified(msgspec.Struct, frozen=True, tag="meta.verified"):
    """A callback URL answered its challenge."""

    url: str
    verify_token: str
    challenge: str
    fields: tuple[str, ...]


class TypingOver(msgspec.Struct, frozen=True, tag="meta.typing_over"):
    """What the business showed at `since` is shown no longer."""

    customer: str
    since: int


class Unheard(msgspec.Struct, frozen=True, tag="meta.unheard"):
    """Webhooks have failed for as long as they may, if they still do so `since` then."""

    since: int


MetaEvent = Posted | RetryDue | Fetched | Pictured | Verified | TypingOver | Unheard


def shown(handset: Handset, mid: str) -> Item | None:
    """A message that the phone shows or will show; None for one that is unknown or forgotten."""
    return next((item for item in (*reversed(handset.screen), *handset.waiting) if item.id == mid), None)
