"""The Conversation API in memory, for tests: remembers what was sent, answers from tables, fails when told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contactpro_bridge.chats.attached import own_entry_id
from contactpro_bridge.clients.api import ApiError, ConversationApi, SentQuery
from contactpro_bridge.clock import Clock
from contactpro_bridge.settings.tenant import ServiceSettings


@dataclass
class MemoryApi:
    """A project's API."""

    names: dict[str, str] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    failures: list[ApiError] = field(default_factory=list)
    lost_answers: list[ApiError] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)

    async def send(self, body: Mapping[str, Any]) -> str:
        """Take a message; fail first with what stands in ``failures``, or after taking it with ``lost_answers``."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(dict(body))
        if self.lost_answers:
            raise self.lost_answers.pop(0)
        return f"MT{len(self.sent)}"

    async def contact_name(self, contact_id: str) -> str | None:
        """Answer from ``names``."""
        self.lookups.append(contact_id)
        return self.names.get(contact_id)

    async def find_sent(self, query: SentQuery) -> str | None:
        """Look through what was sent."""
        for number, body in enumerate(self.sent, 1):
            if own_entry_id(body.get("message_metadata", "")) == query.entry_id:
                return f"MT{number}"
        return None


class MemoryApiFactory:
    """Gives every service of the same project the same memory."""

    def __init__(self) -> None:
        self.apis: dict[str, MemoryApi] = {}

    def __call__(self, service: ServiceSettings, clock: Clock) -> ConversationApi:
        """Return the memory of the service's project."""
        del clock
        return self.apis.setdefault(service.project_url, MemoryApi())
