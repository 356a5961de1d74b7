"""One project of a world with its chat client: credentials, people, what was said, files. Plain data."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.core.outbox import Outbox, Posted, RetryDue
from fake_channels.core.shelf import Stored
from fake_channels.sinchchat.limits import HISTORY_KEPT, TOKEN_LIFE_MS

_ALGORITHM: Final = "HS256"


class Kept(msgspec.Struct, frozen=True, gc=False):
    """One entry of a person's chat."""

    seq: int
    """Counts a person's entries; a stream goes on after one of these."""
    at: int
    id: str
    topic: str
    entry: bytes
    """The entry as JSON."""
    fleeting: bool = False
    """True for what is said now and never told later."""


class Customer(msgspec.Struct):
    """Somebody who chats."""

    handset: Handset
    entries: list[Kept] = []
    seq: int = 0
    answering_at: int = 0
    """When the business last showed that it is typing."""

    def keep(self, at: int, entry_id: str, topic: str, entry: bytes, *, fleeting: bool = False) -> Kept:
        """Write an entry down, forgetting the oldest beyond the cap."""
        self.seq += 1
        kept = Kept(self.seq, at, entry_id, topic, entry, fleeting)
        self.entries.append(kept)
        if len(self.entries) > HISTORY_KEPT:
            del self.entries[0]
        return kept

    def knows(self, entry_id: str) -> bool:
        """True for an entry that is still kept."""
        return any(kept.id == entry_id for kept in reversed(self.entries))


class Account(msgspec.Struct):
    """The project and its chat client."""

    project_id: str
    client_id: str
    client_secret: str
    """Signs the uuids of people whom the business's own page knows."""
    app_token: str
    """The business's own."""
    callback_secret: str
    signing_key: str
    """Signs access tokens; nobody outside has it."""
    callback_url: str = ""
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    customers: dict[str, Customer] = {}
    visitors: int = 0
    """How many identities were issued over the wire."""
    media: dict[str, Stored] = {}


class Fetched(msgspec.Struct, frozen=True, tag="sinchchat.fetched"):
    """The phone's app asked for a file of the business: its head first, then itself."""

    uuid: str
    item: str
    url: str
    name: str
    mime: str = ""
    """Empty until the head has told it."""


class ComposingOver(msgspec.Struct, frozen=True, tag="sinchchat.composing_over"):
    """What the business showed at `since` is shown no longer."""

    uuid: str
    since: int


class Position(msgspec.Struct, frozen=True, tag="sinchchat.position"):
    """How far a stream is: everything up to `after` is written."""

    uuid: str
    topic: str
    after: int
    since: int
    """What it began after: only what came later has been written by it, unless a reader says to have it all."""
    expires_at: int
    """When the stream's token has expired."""


ChatEvent = Posted | RetryDue | Fetched | ComposingOver | Position


def open_account(ids: Ids) -> Account:
    """A new project with a chat client."""
    return Account(
        project_id=_uuid(ids.hex("sinchchat.project_id", 16)),
        client_id=ids.hex("sinchchat.client_id", 13).upper(),
        client_secret=ids.token("sinchchat.client_secret", 24),
        app_token=ids.token("sinchchat.app_token", 32),
        callback_secret=ids.token("sinchchat.callback_secret", 24),
        signing_key=ids.hex("sinchchat.signing_key", 32),
    )


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def enrol(account: Account, person: Person, ids: Ids, now: int) -> Handset:
    """A person opens the chat for the first time; their uuid is new."""
    handset = Handset(identity=ids.ulid(now), person=person, name=person.name)
    account.customers[handset.identity] = Customer(handset)
    return handset


def visit(account: Account, uuid: str) -> None:
    """Somebody whom only the wire knows: there is no phone to hold, so what they get waits for a stream."""
    account.visitors += 1
    person = Person(id=uuid, name=None, username="visitor", locale="en_US", msisdn="")
    account.customers[uuid] = Customer(Handset(identity=uuid, person=person, name=None, online=False))


def issue(account: Account, uuid: str, now: int) -> str:
    """An access token for this uuid: a JWT with the claims that the SDK reads."""
    claims = {
        "uuid": uuid,
        "project_id": account.project_id,
        "client_id": account.client_id,
        "iat": now // 1000,
        "exp": (now + TOKEN_LIFE_MS) // 1000,
    }
    import jwt  # noqa: PLC0415 - its cryptography takes a sixth of a second, and few worlds have a web chat

    return jwt.encode(claims, account.signing_key, _ALGORITHM)


def read_token(account: Account, token: str, now: int) -> tuple[Customer, int] | None:
    """Whose token it is and when it expires; None for one that is not ours or has expired on the world's clock."""
    import jwt  # noqa: PLC0415 - as above

    try:
        claims: dict[str, Any] = jwt.decode(
            token, account.signing_key, [_ALGORITHM], options={"verify_exp": False, "verify_iat": False}
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):  # strangers' tokens hold anything
        return None
    customer, expires_at = account.customers.get(claims["uuid"]), claims["exp"] * 1000
    return None if customer is None or expires_at <= now else (customer, expires_at)
