"""One bot of a world: its token, chats, files and updates. Plain data, nothing performed here."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import orjson

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.instants import SECOND
from fake_channels.core.limiter import Bucket
from fake_channels.core.media import Media
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.telegram.flood import Flood
from fake_channels.telegram.limits import CONNECTIONS, FILES_MAX, MEDIA_RULES

KEPT_MESSAGES: Final = 1_000


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What differs between bots, or is not published."""

    flood: Flood = Flood()
    portraits: bool = True
    """People have a profile photo that the bot may see."""
    slow_repeats: bool = False
    """A poll with the same offset within three seconds waits as long, as the server makes it."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file as the bot may name it; several may share the bytes of one blob."""

    id: str
    unique_id: str
    kind: str
    """A key of `limits.MEDIA_RULES`."""
    blob: str
    size: int
    width: int = 0
    height: int = 0
    duration: int = 0
    smaller: tuple[str, ...] = ()
    """A photo's other sizes, the smallest first."""


class Chat(msgspec.Struct):
    """A person's private chat with the bot."""

    handset: Handset
    messages: dict[int, bytes] = {}
    """The newest messages of both sides, as the API's JSON, by message id."""
    acting_at: int = 0
    """When the latest chat action came."""
    reactions: dict[int, str] = {}
    """The person's own, by message id."""
    keyboard: str = ""
    """The message whose reply keyboard is shown."""
    portrait: str = ""
    """The file of the person's picture, once somebody has looked."""
    flood: Bucket | None = None

    def keep(self, message: dict[str, Any]) -> bytes:
        """Remember a message, forgetting the oldest beyond the cap; returns its JSON."""
        told = orjson.dumps(message)
        self.messages[message["message_id"]] = told
        if len(self.messages) > KEPT_MESSAGES:
            oldest = next(iter(self.messages))
            del self.messages[oldest]
            self.reactions.pop(oldest, None)
        return told

    def message(self, number: int) -> dict[str, Any] | None:
        """A message that is still remembered."""
        told = self.messages.get(number)
        return None if told is None else orjson.loads(told)


class Webhook(msgspec.Struct, frozen=True):
    """Where updates go; without a URL they wait for getUpdates."""

    url: str = ""
    secret: str = ""
    max_connections: int = CONNECTIONS
    certificate: bool = False
    address: str = ""


class Update(msgspec.Struct, frozen=True, gc=False):
    """One update that waits for getUpdates."""

    id: int
    kind: str
    chat: str
    at: int
    body: bytes


class Query(msgspec.Struct, frozen=True, gc=False):
    """A tapped button that nobody has answered."""

    chat: str
    at: int


class Link(msgspec.Struct, frozen=True, gc=False):
    """A download path that getFile gave out."""

    file_id: str
    expires_at: int


class Command(msgspec.Struct, frozen=True):
    """One entry of the bot's menu."""

    name: str
    description: str


class Account(msgspec.Struct):
    """The bot."""

    bot_id: int
    bot_username: str
    token: str
    secret_token: str
    retry_cap_ms: int
    settings: Settings = Settings()
    flood: Bucket = msgspec.field(default_factory=Bucket)
    launched_at: int = 0
    logged_out_until: int = 0
    commands: dict[str, list[Command]] = {}
    """By scope and language."""
    webhook: Webhook = Webhook()
    webhook_changed_at: int | None = None
    gone_since: int | None = None
    """Since when the webhook has answered nothing but 410."""
    last_error: str = ""
    last_error_at: int = 0
    allowed_updates: tuple[str, ...] = ()
    """Empty: all but those that must be named."""
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    era: int = 0
    """Counts the times that queued webhook calls were withdrawn, so that late answers to them find nothing."""
    updates: list[Update] = []
    poll: int = 0
    """The newest getUpdates request."""
    polled: tuple[int, int] = (0, 0)
    """The offset of the latest getUpdates request, and when it came."""
    polling: bool = False
    """True while that request is parked."""
    last_update_id: int = 0
    last_message_id: int = 0
    chats: dict[str, Chat] = {}
    files: dict[str, File] = {}
    blobs: dict[str, Media] = {}
    paths: dict[str, str] = {}
    """Download paths by file id."""
    last_path: int = -1
    links: dict[str, Link] = {}
    queries: dict[str, Query] = {}
    """Unanswered callback queries."""

    def next_message_id(self) -> int:
        """Messages of all private chats share one sequence."""
        self.last_message_id += 1
        return self.last_message_id

    def next_update_id(self) -> int:
        """One more for each update."""
        self.last_update_id += 1
        return self.last_update_id


class Fetched(msgspec.Struct, frozen=True, tag="telegram.fetched"):
    """A file that a send names by URL was fetched."""

    method: str
    args: dict[str, Any]
    field: str
    """The parameter that held the URL; `media.N` for an item of a group."""
    kind: str
    url: str
    unheard: bool = False
    """True when nobody waits for the send's answer: it came as the answer to an update."""


class ActionOver(msgspec.Struct, frozen=True, tag="telegram.action_over"):
    """A chat action has been shown for as long as it is."""

    chat: str
    at: int


class PollReplaced(msgspec.Struct, frozen=True, tag="telegram.poll_replaced"):
    """A parked getUpdates request must look again: another has taken its place."""


TelegramEvent = Posted | RetryDue | Fetched | ActionOver | PollReplaced


def open_account(ids: Ids) -> Account:
    """A new bot with its token."""
    bot_id = int(ids.digits("telegram.bot_id", 10))
    return Account(
        bot_id=bot_id,
        bot_username=f"acme_{ids.hex('telegram.bot_username', 3)}_bot",
        token=f"{bot_id}:AA{ids.token('telegram.token', 25)[:33]}",
        secret_token=ids.token("telegram.secret_token", 24),
        retry_cap_ms=60 * SECOND + round(60 * SECOND * ids.fraction("telegram.retry_cap")),
        last_update_id=int(ids.digits("telegram.update_id", 8)),
    )


def enrol(account: Account, person: Person, ids: Ids) -> Handset:
    """Register a person as a Telegram user; the bot may write once they have started it."""
    user_id = ids.digits("telegram.user_id", 10)
    handset = Handset(identity=user_id, person=person, name=person.name, opted_in=False)
    account.chats[user_id] = Chat(handset)
    return handset


def store(account: Account, kind: str, blob: str, ids: Ids, *, smaller: tuple[str, ...] = (), **sides: int) -> File:
    """Give a blob a file id of this kind."""
    rule = MEDIA_RULES[kind]
    forget(account)
    file = File(
        id=rule.prefix + ids.token("telegram.file_id", 40),
        unique_id=("AQAD" if kind == "photo" else "AgAD") + ids.token("telegram.file_unique_id", 8),
        kind=kind,
        blob=blob,
        size=len(account.blobs[blob].data),
        smaller=smaller,
        **sides,
    )
    account.files[file.id] = file
    return file


def forget(account: Account) -> None:
    """Drop the oldest file when there are too many: its bytes, all ids of them, and the links to them."""
    if len(account.blobs) <= FILES_MAX:
        return
    blob = next(iter(account.blobs))
    del account.blobs[blob]
    for file_id in [file.id for file in account.files.values() if file.blob == blob]:
        del account.files[file_id]
        account.links.pop(account.paths.pop(file_id, ""), None)
