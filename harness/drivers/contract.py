"""The driver protocol: what the suite needs of a bridge's agent side, and nothing more.

The suite judges a subject through the Conversation API and through this protocol. `reference` speaks it to
the reference bridge, `http` to a driver server in any language (PROTOCOL.md). Values only: no HTTP, no lab.
"""

from __future__ import annotations

from collections.abc import Mapping  # msgspec reads the annotations at run time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NewType, Protocol

from harness.outcomes import SubjectFailure

if TYPE_CHECKING:
    import datetime as dt

TenantId = NewType("TenantId", str)
AgentName = NewType("AgentName", str)
ChatId = NewType("ChatId", str)
AttachmentId = NewType("AttachmentId", str)

PROTOCOL_REVISION = "bridgelab-driver/1"


class Feature(StrEnum):
    """What a bridge may claim beyond text, names and metadata; what it claims becomes mandatory."""

    FILES_IN = "files-in"
    FILES_OUT = "files-out"
    PUBLIC_FILE_RETENTION = "public-file-retention"
    LOCATION_IN = "location-in"
    LOCATION_OUT = "location-out"
    VOICE_IN = "voice-in"
    QUICK_REPLIES = "quick-replies"
    TEMPLATES = "templates"
    WHATSAPP_WINDOW = "whatsapp-window"
    CONSENTS = "consents"
    DELIVERY_STATE = "delivery-state"
    WEBHOOK_SIGNATURE = "webhook-signature"
    SEND_RETRY = "send-retry"
    UNSUPPORTED_CONTENT = "unsupported-content"
    END_CHAT = "end-chat"


class Right(StrEnum):
    """What an agent may do."""

    CHATS = "chats"
    FILES = "files"
    CONSENTS_VIEW = "consents:view"
    CONSENTS_EDIT = "consents:edit"
    TEMPLATES_VIEW = "templates:view"


class Direction(StrEnum):
    """Who speaks in a transcript entry."""

    FROM_CUSTOMER = "in"
    TO_CUSTOMER = "out"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Description:
    """What a subject says about itself."""

    name: str
    version: str
    channels: frozenset[str]
    features: frozenset[str]
    clock: bool


@dataclass(frozen=True, slots=True)
class SinchService:
    """The messaging service to configure, with the addresses as the subject sees them."""

    name: str
    service_connection: str
    token_url: str | None
    key_id: str
    key_secret: str
    app_id: str
    webhook_secret: str


@dataclass(frozen=True, slots=True)
class AgentSetup:
    """An agent to open, with rights."""

    name: AgentName
    rights: frozenset[Right] = frozenset(Right)


@dataclass(frozen=True, slots=True)
class TemplateSetup:
    """A WhatsApp template that is approved in the lab and has to be known to agents."""

    name: str
    language: str
    text: str
    """With placeholders such as `{{1}}`."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """The settings that scenarios vary; None leaves the subject's own default."""

    max_attachment_bytes: int | None = None
    allowed_file_types: tuple[str, ...] | None = None
    retention_seconds: int | None = None
    public_base_url: str | None = None
    enforce_whatsapp_window: bool | None = None
    manage_whatsapp_opt_ins: bool | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """One world's worth of configuration for the subject."""

    tenant: TenantId
    service: SinchService
    channels: Mapping[str, str]
    """Channel name to the Conversation API's channel enum."""
    agents: tuple[AgentSetup, ...]
    settings: ChatSettings = field(default_factory=ChatSettings)
    templates: tuple[TemplateSetup, ...] = ()
    media_hosts: tuple[str, ...] = ("127.0.0.1",)
    """Hosts of the lab from which the subject has to accept downloads although they are internal."""


@dataclass(frozen=True, slots=True)
class Configured:
    """Where the subject listens for this world's callbacks, as the subject names it."""

    webhook_url: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """What WhatsApp's rules allow now: open, template_only, blocked or none."""

    state: str
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as the agent's list shows it."""

    id: ChatId
    state: str
    channel: str
    """The Conversation API's channel enum."""
    identity: str
    customer_name: str
    attached_data: Mapping[str, str]
    window: Window | None = None
    contact_id: str = ""
    conversation_id: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in the transcript: state is pending, stored or failed."""

    id: AttachmentId
    name: str
    mime: str
    size_bytes: int
    state: str
    sha256: str = ""
    problem: str | None = None
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A location in the transcript, or one to send."""

    latitude: float
    longitude: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a message to the customer has come: sending, sent, delivered, read or failed."""

    state: str
    code: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transcript, in the order in which the agent sees it."""

    id: str
    direction: Direction
    kind: str
    text: str | None
    message_id: str | None = None
    attachment: Attachment | None = None
    location: Position | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class TextMessage:
    """Text to send."""

    text: str


@dataclass(frozen=True, slots=True)
class FileMessage:
    """A file to send, with its bytes."""

    name: str
    mime: str
    content: bytes
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """A channel template to send."""

    name: str
    language: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QuickRepliesMessage:
    """Text with choices to tap."""

    text: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocationMessage:
    """A position to send."""

    position: Position


Message = TextMessage | FileMessage | TemplateMessage | QuickRepliesMessage | LocationMessage


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a customer may be written to without having written first."""

    identity: str
    value: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """Whether the subject has come to rest, and what it still waits for."""

    settled: bool
    waiting: tuple[str, ...] = ()


class Refused(SubjectFailure):
    """The subject refused what was asked, with a stable code and a sentence for the agent."""

    def __init__(self, call: str, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"the subject refused {call}: {status} {code or '(no code)'}: {message}", hint)
        self.status = status
        self.code = code
        self.message = message


class Driver(Protocol):
    """The agent side of one subject. Every call is made by one scenario at a time within a tenant."""

    async def describe(self) -> Description:
        """Return name, version, claims, and whether the clock can be moved."""
        ...

    async def configure(self, setup: Setup) -> Configured:
        """Make the tenant as described; the same setup again changes nothing, another one replaces it."""
        ...

    async def chats(self, tenant: TenantId, agent: AgentName) -> tuple[Chat, ...]:
        """Return every chat that the agent may see, whatever its state."""
        ...

    async def accept(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> None:
        """Take a chat from the queue."""
        ...

    async def transcript(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> tuple[Entry, ...]:
        """Return the whole transcript in order."""
        ...

    async def attachment(self, tenant: TenantId, agent: AgentName, attachment: AttachmentId) -> bytes:
        """Return the bytes of the internal copy."""
        ...

    async def send(self, tenant: TenantId, agent: AgentName, chat: ChatId, message: Message) -> Entry:
        """Send to the customer; raise `Refused` when the subject says no."""
        ...

    async def end_chat(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> None:
        """End a chat."""
        ...

    async def consents(self, tenant: TenantId, agent: AgentName) -> tuple[Consent, ...]:
        """Return the stored consents; raise `Refused` for an agent without the right."""
        ...

    async def set_consent(self, tenant: TenantId, agent: AgentName, consent: Consent) -> None:
        """Store a consent."""
        ...

    async def set_clock(self, tenant: TenantId, now: dt.datetime) -> None:
        """Stop the tenant's clock at an instant."""
        ...

    async def advance_clock(self, tenant: TenantId, to: dt.datetime) -> None:
        """Move the stopped clock on, firing what falls due in order."""
        ...

    async def settle(self, tenant: TenantId, timeout_seconds: float) -> Rest:
        """Return when nothing runs and nothing could run without new input or a later clock."""
        ...

    async def clean_up(self, tenant: TenantId) -> None:
        """Forget the tenant."""
        ...
