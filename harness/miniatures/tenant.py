"""What a miniature bridge remembers: tenants, chats, entries, files, jobs. No HTTP.

Time is the tenant's: milliseconds matter to nobody here, so a clock is one instant that the driver moves.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from typing import Any

XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
WINDOW = dt.timedelta(hours=24)

Json = dict[str, Any]


@dataclass
class MiniEntry:
    """A transcript entry; `when` orders it."""

    id: str
    when: dt.datetime
    direction: str
    kind: str
    text: str | None = None
    message_id: str | None = None
    attachment: Json | None = None
    location: Json | None = None
    delivery: Json | None = None

    def document(self) -> Json:
        """Return the entry as the protocol writes it."""
        return {
            "id": self.id,
            "direction": self.direction,
            "kind": self.kind,
            "text": self.text,
            "message_id": self.message_id,
            "attachment": self.attachment,
            "location": self.location,
            "delivery": self.delivery,
        }


@dataclass
class MiniChat:
    """A chat with one identity on one channel."""

    id: str
    channel: str
    identity: str
    name: str
    state: str = "in_queue"
    attached: dict[str, str] = field(default_factory=dict)
    entries: list[MiniEntry] = field(default_factory=list)
    last_heard: dt.datetime | None = None
    contact_id: str = ""
    conversation_id: str = ""

    def document(self) -> Json:
        """Return the chat as the protocol writes it."""
        return {
            "id": self.id,
            "state": self.state,
            "channel": self.channel,
            "identity": self.identity,
            "customer_name": self.name,
            "attached_data": self.attached,
            "contact_id": self.contact_id,
            "conversation_id": self.conversation_id,
        }


@dataclass
class Job:
    """A send that waits for its next attempt."""

    due: dt.datetime
    entry: MiniEntry
    body: Json
    attempt: int


@dataclass
class MiniFile:
    """A stored file, and until when it is public."""

    name: str
    mime: str
    content: bytes
    public_until: dt.datetime | None = None


@dataclass
class Tenant:
    """One world's worth of memory."""

    name: str
    setup: Json
    frozen: dt.datetime | None = None
    chats: list[MiniChat] = field(default_factory=list)
    files: dict[str, MiniFile] = field(default_factory=dict)
    public: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)
    consents: dict[str, bool] = field(default_factory=dict)
    token: tuple[str, dt.datetime] | None = None
    counter: int = 0

    @property
    def now(self) -> dt.datetime:
        """The tenant's instant."""
        return self.frozen or dt.datetime.now(dt.UTC)

    def serial(self, prefix: str) -> str:
        """Return a fresh id."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def setting(self, name: str, default: Any) -> Any:
        """Return a chat setting, or the default when the driver left it open."""
        value = self.setup["settings"].get(name)
        return default if value is None else value

    def live_chat(self, channel: str, identity: str) -> MiniChat | None:
        """Return the open chat with an identity."""
        for chat in self.chats:
            if (chat.channel, chat.identity) == (channel, identity) and chat.state != "handled":
                return chat
        return None

    def agent(self, name: str) -> Json | None:
        """Return an agent of the setup."""
        return next((agent for agent in self.setup["agents"] if agent["name"] == name), None)


def attached_data(text: str) -> dict[str, str]:
    """Return the usable pairs of a metadata text: plain or escaped JSON, legal keys, scalar values."""
    for candidate in (text, text.replace('\\"', '"')):
        try:
            value = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(value, dict):
            return {
                key: item if isinstance(item, str) else json.dumps(item)
                for key, item in value.items()
                if XML_NAME.fullmatch(key) and isinstance(item, str | int | float | bool)
            }
    return {}
