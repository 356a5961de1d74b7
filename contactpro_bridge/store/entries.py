"""Rows of the transcript, with the file and the public link an entry may have.

Every change of an entry takes the chat's next revision, so that a reader who knows a revision finds what changed since.
The chat's row is locked by whoever calls; its counters are changed in ``Chat`` and saved by the caller.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from contactpro_bridge.chats.ordering import after, between
from contactpro_bridge.ids import AttachmentId, ChatId, EntryId, TenantId
from contactpro_bridge.store.chats import Chat
from contactpro_bridge.store.database import Tx
from contactpro_bridge.store.tables import attachments, entries, public_files


@dataclass(slots=True)
class Entry:
    """One line of a transcript, as it is in its row; ``seq`` and ``rev`` are given when it is added."""

    id: EntryId
    tenant: TenantId
    chat_id: ChatId
    at_us: int
    direction: str
    kind: str
    text: str | None = None
    content: str = "{}"
    message_id: str | None = None
    client_id: str | None = None
    attachment_id: str | None = None
    public_token: str | None = None
    delivery: str | None = None
    delivery_code: str | None = None
    delivery_description: str | None = None
    outgoing: str | None = None
    sender: str | None = None
    seq: int = 0
    rev: int = 0


@dataclass(slots=True)
class Attachment:
    """A file: the customer's, on its way or on the share, or one that an agent uploaded."""

    id: AttachmentId
    tenant: TenantId
    chat_id: str | None
    name: str
    mime: str
    state: str
    created_us: int
    uploaded_by: str | None = None
    size_bytes: int = 0
    sha256: str = ""
    problem: str | None = None
    source_url: str = ""


@dataclass(slots=True)
class PublicFile:
    """A published file: reachable under its token until it expires."""

    token: str
    tenant: TenantId
    attachment_id: AttachmentId
    name: str
    mime: str
    size_bytes: int
    url: str
    published_us: int
    expires_us: int


@dataclass(slots=True)
class FullEntry:
    """An entry with its file and its public link."""

    entry: Entry
    attachment: Attachment | None = None
    public: PublicFile | None = None


# Ids of the API are ULIDs, which grow with time also within the finest time it tells us.
_ULID_LENGTH: Final = 26
_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")

_ENTRY: Final = [column.label(f"e_{column.name}") for column in entries.c]
_FILE: Final = [column.label(f"a_{column.name}") for column in attachments.c]
_LINK: Final = [column.label(f"p_{column.name}") for column in public_files.c]
_FULL: Final = sa.select(*_ENTRY, *_FILE, *_LINK).select_from(
    entries.outerjoin(attachments, attachments.c.id == entries.c.attachment_id).outerjoin(
        public_files, public_files.c.token == entries.c.public_token
    )
)
_CHANGED: Final = (
    _FULL.where(
        entries.c.tenant == sa.bindparam("tenant"),
        entries.c.chat_id == sa.bindparam("chat_id"),
        entries.c.rev > sa.bindparam("after"),
    )
    .order_by(entries.c.rev)
    .limit(sa.bindparam("most"))
)


def add_entry(tx: Tx, chat: Chat, entry: Entry) -> bool:
    """Add ``entry`` at the end of its chat; say no, and change nothing, when its message is already there."""
    entry.seq, entry.rev = after(chat.last_seq), chat.last_rev + 1
    if not tx.insert_new(entries, asdict(entry)):
        return False
    chat.last_seq, chat.last_rev = entry.seq, entry.rev
    return True


def add_incoming(tx: Tx, chat: Chat, entry: Entry) -> bool:
    """Add a customer's message at its place: by the time the API accepted it, its ULID, then by arrival."""
    if entry.at_us <= chat.last_in_us and (seq := _place(tx, chat, entry)) is not None:
        entry.seq, entry.rev = seq, chat.last_rev + 1
        if not tx.insert_new(entries, asdict(entry)):
            return False
        chat.last_rev = entry.rev
        return True
    if not add_entry(tx, chat, entry):
        return False
    chat.last_in_us = max(chat.last_in_us, entry.at_us)
    return True


def _place(tx: Tx, chat: Chat, entry: Entry) -> int | None:
    """Return the position before the first younger customer's message, making room where there is none."""
    younger = entries.c.at_us > entry.at_us
    if entry.message_id is not None and _ULID.fullmatch(entry.message_id):
        other = entries.c.message_id if tx.conn.dialect.name == "sqlite" else entries.c.message_id.collate("C")
        same_time = (entries.c.at_us == entry.at_us) & (sa.func.length(entries.c.message_id) == _ULID_LENGTH)
        younger |= same_time & (other > entry.message_id)
    first = sa.select(sa.func.min(entries.c.seq)).where(
        entries.c.chat_id == chat.id, entries.c.direction == "in", younger
    )
    next_seq = tx.conn.execute(first).scalar()
    if next_seq is None:
        return None
    before = sa.select(sa.func.max(entries.c.seq)).where(entries.c.chat_id == chat.id, entries.c.seq < next_seq)
    before_seq = tx.conn.execute(before).scalar() or 0
    place = between(before_seq, next_seq)
    if place is not None:
        return place
    _spread(tx, chat)
    return _place(tx, chat, entry)


def _spread(tx: Tx, chat: Chat) -> None:
    """Number all positions of a chat anew, each changed entry with a new revision."""
    query = sa.select(entries.c.id).where(entries.c.chat_id == chat.id).order_by(entries.c.seq)
    for entry_id in tx.conn.execute(query).scalars().all():
        chat.last_rev += 1
        chat.last_seq = after(chat.last_seq)
        values = {"seq": chat.last_seq, "rev": chat.last_rev}
        tx.conn.execute(sa.update(entries).where(entries.c.id == entry_id).values(values))


def change_entry(tx: Tx, chat: Chat, entry_id: str, **changes: Any) -> None:
    """Change an entry's columns and give it the chat's next revision."""
    chat.last_rev += 1
    tx.conn.execute(sa.update(entries).where(entries.c.id == entry_id).values(rev=chat.last_rev, **changes))


def set_outgoing(tx: Tx, entry_id: str, outgoing: str) -> None:
    """Replace what is kept for sending an entry; nothing that anybody is shown."""
    tx.conn.execute(sa.update(entries).where(entries.c.id == entry_id).values(outgoing=outgoing))


def changed_since(conn: sa.Connection, tenant: TenantId, chat_id: str, after_rev: int, limit: int) -> list[FullEntry]:
    """Return what changed in a chat after revision ``after_rev``: the first ``limit`` entries, by revision."""
    parameters = {"tenant": tenant, "chat_id": chat_id, "after": after_rev, "most": limit}
    return [_full(row) for row in conn.execute(_CHANGED, parameters)]


def full_entry(conn: sa.Connection, tenant: TenantId, condition: sa.ColumnElement[bool]) -> FullEntry | None:
    """Return the one entry of ``tenant`` that meets ``condition``."""
    row = conn.execute(_FULL.where(entries.c.tenant == tenant, condition)).first()
    return None if row is None else _full(row)


def entry_by_id(conn: sa.Connection, tenant: TenantId, entry_id: str) -> FullEntry | None:
    """Return an entry by its id."""
    return full_entry(conn, tenant, entries.c.id == entry_id)


def attachment_by_id(conn: sa.Connection, tenant: TenantId, attachment_id: str) -> Attachment | None:
    """Return a file's row by its id."""
    query = sa.select(attachments).where(attachments.c.tenant == tenant, attachments.c.id == attachment_id)
    row = conn.execute(query).first()
    return None if row is None else Attachment(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def entries_with_attachment(conn: sa.Connection, tenant: TenantId, attachment_id: str) -> list[Entry]:
    """Return the entries that show a file."""
    query = sa.select(entries).where(entries.c.tenant == tenant, entries.c.attachment_id == attachment_id)
    return [Entry(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 - SQLAlchemy's documented name


def insert_attachment(tx: Tx, attachment: Attachment) -> None:
    """Insert a file's row."""
    tx.conn.execute(sa.insert(attachments), asdict(attachment))


def insert_public_file(tx: Tx, public: PublicFile) -> None:
    """Insert a published file's row."""
    tx.conn.execute(sa.insert(public_files), asdict(public))


def _full(row: sa.Row[Any]) -> FullEntry:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    entry = Entry(**{column.name: values[f"e_{column.name}"] for column in entries.c})
    file = link = None
    if values["a_id"] is not None:
        file = Attachment(**{column.name: values[f"a_{column.name}"] for column in attachments.c})
    if values["p_token"] is not None:
        link = PublicFile(**{column.name: values[f"p_{column.name}"] for column in public_files.c})
    return FullEntry(entry, file, link)
