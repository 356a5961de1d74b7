"""Changes to chats that several rooms make, and how they are told to those who wait.

Each function works inside the caller's transaction on a chat whose row is locked; the caller saves the chat.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.chats.views import chat_summary, entry_view
from contactpro_bridge.ids import EntryId, hex32
from contactpro_bridge.store.chats import Chat, ChatState, save_chat
from contactpro_bridge.store.database import Tx
from contactpro_bridge.store.entries import Attachment, Entry, FullEntry, PublicFile, add_entry, entry_by_id
from contactpro_bridge.tenants import Tenant


class Announcer:
    """Collects what a transaction changed in one chat, and tells it after the commit."""

    def __init__(self, hub: Hub, tenant: Tenant, chat: Chat, *, chat_changed: bool = False) -> None:
        self._hub = hub
        self._tenant = tenant
        self._chat = chat
        self.chat_changed = chat_changed
        self._entries: list[FullEntry] = []

    def entry(self, entry: Entry, attachment: Attachment | None = None, public: PublicFile | None = None) -> None:
        """Tell about an entry that was added."""
        self._entries.append(FullEntry(entry, attachment, public))

    def changed_entry(self, tx: Tx, entry_id: str) -> None:
        """Tell about an entry that was changed."""
        full = entry_by_id(tx.conn, self._chat.tenant, entry_id)
        if full is not None:
            self._entries.append(full)

    def save(self, tx: Tx) -> None:
        """Save the chat, and tell everything once the transaction is committed."""
        save_chat(tx, self._chat)
        self.tell(tx)

    def tell(self, tx: Tx) -> None:
        """Tell everything once the transaction is committed."""
        tx.after_commit.append(self._tell)

    def _tell(self) -> None:
        messages: list[dict[str, Any]] = []
        if self.chat_changed:
            summary = chat_summary(self._chat, self._tenant.queues)
            messages.append({"event": "chat", "chat_id": self._chat.id, "state": self._chat.state, "chat": summary})
        show_receipts = self._tenant.settings.chat_settings.show_receipts
        messages += [
            {"event": "entry", "chat_id": self._chat.id, "entry": entry_view(full, show_receipts=show_receipts)}
            for full in self._entries
        ]
        self._hub.changed(self._chat, messages)


def system_entry(chat: Chat, text: str, now_us: int, **content: Any) -> Entry:
    """Build a line that the system says."""
    return Entry(
        id=EntryId(hex32()),
        tenant=chat.tenant,
        chat_id=chat.id,
        at_us=now_us,
        direction="system",
        kind="system",
        text=text,
        content=dump(content),
    )


def end_chat(tx: Tx, announcer: Announcer, chat: Chat, text: str, now_us: int) -> None:
    """End a live chat: handled when an agent had it, abandoned when it still waited."""
    entry = system_entry(chat, text, now_us)
    add_entry(tx, chat, entry)
    chat.state = (ChatState.HANDLED if chat.state == ChatState.IN_PROCESS else ChatState.ABANDONED).value
    chat.ended_us = now_us
    announcer.chat_changed = True
    announcer.entry(entry)
    announcer.save(tx)


def dump(content: Mapping[str, Any]) -> str:
    """Return JSON text without what is absent."""
    return orjson.dumps({key: value for key, value in content.items() if value is not None}).decode()
