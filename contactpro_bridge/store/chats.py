"""Rows of chats: found by who talks or by id, locked while they change, saved as a whole."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from contactpro_bridge.ids import ChatId, TenantId
from contactpro_bridge.store.database import Tx
from contactpro_bridge.store.tables import chats, consents, windows

CONSENT_PURPOSE: Final = "whatsapp"


class ChatState(StrEnum):
    """Where a chat is; the first two are live."""

    IN_QUEUE = "in_queue"
    IN_PROCESS = "in_process"
    HANDLED = "handled"
    ABANDONED = "abandoned"


LIVE: Final = frozenset({ChatState.IN_QUEUE, ChatState.IN_PROCESS})


@dataclass(frozen=True, slots=True)
class ChatKey:
    """Who talks to whom: the identity of a chat."""

    tenant: TenantId
    service: str
    app_id: str
    channel: str
    identity: str


@dataclass(slots=True)
class Chat:
    """One chat, as it is in its row."""

    id: ChatId
    tenant: TenantId
    service: str
    app_id: str
    channel: str
    identity: str
    state: str
    created_us: int
    queue: str | None = None
    agent_id: str | None = None
    contact_id: str = ""
    conversation_id: str = ""
    customer_name: str | None = None
    attached: str = "{}"
    problems: str = "[]"
    ended_us: int | None = None
    last_rev: int = 0
    last_seq: int = 0
    last_in_us: int = 0
    job_count: int = 0

    @property
    def live(self) -> bool:
        """Say whether the chat can still get messages."""
        return self.state in LIVE


@dataclass(slots=True)
class ChatFacts:
    """A chat with what decides its WhatsApp window."""

    chat: Chat
    last_in_us: int | None = None
    opted_in: bool | None = field(default=None)


_COLUMNS: Final = list(chats.c)
_KEY_IS: Final = sa.and_(
    chats.c.tenant == sa.bindparam("tenant"),
    chats.c.service == sa.bindparam("service"),
    chats.c.app_id == sa.bindparam("app_id"),
    chats.c.channel == sa.bindparam("channel"),
    chats.c.identity == sa.bindparam("identity"),
    chats.c.state.in_([ChatState.IN_QUEUE.value, ChatState.IN_PROCESS.value]),
)
_LIVE_CHAT: Final = sa.select(chats).where(_KEY_IS).with_for_update()
_LOCKED_BY_ID: Final = (
    sa.select(chats).where(chats.c.tenant == sa.bindparam("tenant"), chats.c.id == sa.bindparam("id")).with_for_update()
)
_SAVE: Final = sa.update(chats).where(chats.c.id == sa.bindparam("row_id"))

_WITH_FACTS: Final = sa.select(
    chats, windows.c.last_in_us.label("window_us"), consents.c.value.label("opted_in")
).select_from(
    chats.outerjoin(
        windows,
        (windows.c.tenant == chats.c.tenant)
        & (windows.c.app_id == chats.c.app_id)
        & (windows.c.identity == chats.c.identity)
        & (chats.c.channel == "WHATSAPP"),
    ).outerjoin(
        consents,
        (consents.c.tenant == chats.c.tenant)
        & (consents.c.number == chats.c.identity)
        & (consents.c.purpose == CONSENT_PURPOSE)
        & (chats.c.channel == "WHATSAPP"),
    )
)


def live_chat(conn: sa.Connection, key: ChatKey) -> Chat | None:
    """Return the live chat of ``key``, its row locked."""
    return _one(conn.execute(_LIVE_CHAT, asdict(key)).first())


def locked_chat(conn: sa.Connection, tenant: TenantId, chat_id: str) -> Chat | None:
    """Return a chat by its id, its row locked."""
    return _one(conn.execute(_LOCKED_BY_ID, {"tenant": tenant, "id": chat_id}).first())


def insert_chat(tx: Tx, chat: Chat) -> None:
    """Insert a new chat."""
    tx.conn.execute(sa.insert(chats), asdict(chat))


def save_chat(tx: Tx, chat: Chat) -> None:
    """Write a changed chat back to its row."""
    values = asdict(chat)
    for fixed in ("tenant", "service", "app_id", "channel", "identity", "created_us"):
        del values[fixed]
    tx.conn.execute(_SAVE, {**values, "row_id": values.pop("id")})


def chat_facts(conn: sa.Connection, tenant: TenantId, chat_id: str) -> ChatFacts | None:
    """Return a chat with the facts about its window."""
    row = conn.execute(_WITH_FACTS.where(chats.c.tenant == tenant, chats.c.id == chat_id)).first()
    return None if row is None else _facts(row)


def list_chats(
    conn: sa.Connection, tenant: TenantId, states: Collection[str], visible: sa.ColumnElement[bool], limit: int
) -> list[ChatFacts]:
    """Return a tenant's visible chats in ``states``, oldest first.

    When there are more than ``limit``, live ones come before ended ones, of the live the longest waiting, of the ended
    the youngest.
    """
    live: list[ChatFacts] = []
    ended: list[ChatFacts] = []
    for state in ChatState:
        if state in states:
            # One state at a time: the index gives them in order, however many there are.
            order = chats.c.created_us if state in LIVE else chats.c.created_us.desc()
            query = _WITH_FACTS.where(chats.c.tenant == tenant, chats.c.state == state.value, visible)
            found = conn.execute(query.order_by(order, chats.c.id).limit(limit))
            (live if state in LIVE else ended).extend(_facts(row) for row in found)
    live.sort(key=lambda facts: facts.chat.created_us)
    ended.sort(key=lambda facts: facts.chat.created_us, reverse=True)
    kept = (live + ended)[:limit]
    return sorted(kept, key=lambda facts: (facts.chat.created_us, facts.chat.id))


def live_chats_where(conn: sa.Connection, tenant: TenantId, condition: sa.ColumnElement[bool]) -> list[Chat]:
    """Return the live chats that meet ``condition``, their rows locked, in a fixed order."""
    query = sa.select(chats).where(
        chats.c.tenant == tenant, chats.c.state.in_([state.value for state in LIVE]), condition
    )
    return [_chat(row) for row in conn.execute(query.order_by(chats.c.id).with_for_update())]


def note_incoming(tx: Tx, tenant: TenantId, app_id: str, identity: str, at_us: int) -> None:
    """Remember that a WhatsApp customer wrote at ``at_us``; an older message does not shorten the window."""
    values = {"tenant": tenant, "app_id": app_id, "identity": identity, "last_in_us": at_us}
    newer = sa.case((windows.c.last_in_us > at_us, windows.c.last_in_us), else_=at_us)
    tx.upsert(windows, values, {"last_in_us": newer})


def _one(row: sa.Row[Any] | None) -> Chat | None:
    return None if row is None else _chat(row)


def _chat(row: sa.Row[Any]) -> Chat:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return Chat(**{column.name: values[column] for column in _COLUMNS})


def _facts(row: sa.Row[Any]) -> ChatFacts:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return ChatFacts(_chat(row), values["window_us"], values["opted_in"])
