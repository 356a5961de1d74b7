"""What the parts of the gateway offer each other: the service as its pipeline and inbound side see it.

Must not know: any implementation; this module only breaks the circle between the service and its parts.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from fake_sinch.effects import Effect
from fake_sinch.ports import Ids
from fake_sinch.settings import Settings
from fake_sinch.state import App, Contact, Conversation, Project, StoredMessage


def lane_of(contact_id: str, channel: str, identity: str) -> str:
    """Return the lane of everything that concerns one person: the contact, or the identity in dispatch mode."""
    return contact_id or f"{channel}:{identity}"


class Context(Protocol):
    """The service, as lent to the modules that do its work."""

    state: Project
    ids: Ids
    settings: Settings

    def find_contact(self, channel: str, identity: str, app_id: str = "") -> Contact | None:
        """Return the (oldest) contact that has this identity; ``app_id`` only for app-scoped channels."""

    def find_or_create_contact(
        self, app: App, channel: str, identity: str, display_name: str, now: int
    ) -> tuple[Contact, list[Effect]]:
        """Return the contact with this identity, new (then with CONTACT_CREATE emitted) if nobody has it."""

    def active_conversation(
        self, app: App, contact: Contact, channel: str, now: int
    ) -> tuple[Conversation, list[Effect]]:
        """Return the one active conversation, new (then with CONVERSATION_START emitted) if none is."""

    def store_message(self, message: StoredMessage) -> None:
        """Remember a message and list it in its conversation."""

    def emit(  # noqa: PLR0913 - the envelope has this many fields
        self,
        trigger: str,
        app_id: str,
        content: Mapping[str, Any],
        now: int,
        *,
        lane: str = "",
        message_metadata: str = "",
        correlation_id: str = "",
        callback_url: str = "",
        event_time: int = 0,
        ids: tuple[str, ...] = (),
    ) -> list[Effect]:
        """Queue one callback per webhook of the app that has the trigger (or one at ``callback_url``).

        ``content`` stands under the trigger's key (`limits.TRIGGERS`). ``lane`` keeps order: callbacks of
        one webhook with the same lane leave one by one; take `lane_of` for whatever concerns one person.
        """

    def report_delivery(
        self, message: StoredMessage, status: str, reason: dict[str, str] | None, now: int
    ) -> list[Effect]:
        """Emit MESSAGE_DELIVERY for a message, to its ``callback_url`` if it has one."""

    def report_submit(self, message: StoredMessage, submitted: bytes, now: int) -> list[Effect]:
        """Emit MESSAGE_SUBMIT for the attempt on the message's current channel."""

    def report_inbound(self, message: StoredMessage, now: int) -> list[Effect]:
        """Emit MESSAGE_INBOUND for a stored message of a contact, with the conversation's metadata."""
