"""Everything a project remembers, as plain Structs: a snapshot is ``msgspec.msgpack.encode(project)``.

Must not know: rules. History is kept compact: a message's content stays the JSON bytes it arrived as.
The Structs there are many of are left out of garbage collection (gc=False): they hold no cycles.
Times are whole milliseconds since the Unix epoch, UTC; an absent id is "", an absent time is 0.
"""

from typing import Any

from msgspec import Struct, field

from fake_sinch.traffic import Attempt, Traffic

# Apps


class Credential(Struct):
    """One channel of an app. The order of an app's credentials is its channel priority."""

    channel: str
    key: str
    """The credential's key on the wire, e.g. ``static_bearer`` or ``telegram_credentials``."""
    secret: dict[str, Any]
    """What stands under that key, e.g. ``{"claimed_identity": ..., "token": ...}``."""
    callback_secret: str = ""
    known_id: str = ""
    vendor: dict[str, str] = field(default_factory=dict)
    """What the lab says about the vendor's side and the API never shows, e.g. WhatsApp's ``verify_token``."""


class App(Struct):
    """An app of the project."""

    id: str
    display_name: str
    processing_mode: str
    credentials: list[Credential]
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields of the App resource that are stored and shown: retention_policy, callback_settings, ..."""


class Webhook(Struct):
    """A webhook of an app."""

    id: str
    app_id: str
    target: str
    target_type: str
    triggers: list[str]
    secret: str = ""
    client_credentials: dict[str, Any] | None = None
    access_token: str = ""
    access_token_expires: int = 0


# Contacts, conversations


class Identity(Struct, gc=False):
    """How a contact is reached on a channel; ``app_id`` is "" when the identity is not scoped to an app."""

    channel: str
    identity: str
    app_id: str = ""


class Contact(Struct):
    """A contact of the project."""

    id: str
    identities: list[Identity]
    display_name: str = "Unknown"
    email: str = ""
    external_id: str = ""
    metadata: str = ""
    language: str = "UNSPECIFIED"
    channel_priority: list[str] = field(default_factory=list)


class Conversation(Struct):
    """A thread between an app and a contact."""

    id: str
    app_id: str
    contact_id: str
    active: bool = True
    active_channel: str = "CHANNEL_UNSPECIFIED"
    last_received: int = 0
    last_activity: int = 0
    metadata: str = ""
    metadata_json: dict[str, Any] = field(default_factory=dict)
    """What ``conversation_metadata`` of sends has built up; callbacks carry it as ``message_metadata``."""
    correlation_id: str = ""
    messages: list[str] = field(default_factory=list)
    """Ids of its messages in the order they were accepted."""


# Messages


class Sending(Struct, gc=False):
    """How an accepted message is to be delivered, and how far that has come."""

    routes: tuple[Identity, ...]
    """The candidates in order of priority; the pipeline moves ``route`` along them."""
    route: int = 0
    status: str = "QUEUED"
    callback_url: str = ""
    expires_at: int = 0
    """When the message's ttl ends; 0 means it has none."""
    properties: dict[str, str] = field(default_factory=dict)
    high_priority: bool = False
    content_type: str = "CONTENT_UNKNOWN"
    attempt: Attempt = field(default_factory=Attempt)


class StoredMessage(Struct, gc=False):
    """A message in either direction."""

    id: str
    app_id: str
    direction: str
    channel: str
    identity: str
    identity_app_id: str
    body: bytes
    """The AppMessage or ContactMessage as compact JSON."""
    accept_time: int
    conversation_id: str = ""
    contact_id: str = ""
    metadata: str = ""
    correlation_id: str = ""
    sender_id: str = ""
    processing_mode: str = "CONVERSATION"
    injected: bool = False
    sending: Sending | None = None
    """Only on messages to a contact."""


# Callbacks


class Callback(Struct, gc=False):
    """One callback waiting for its turn in a lane."""

    id: str
    trigger: str
    app_id: str
    webhook_id: str
    """"" when ``callback_url`` replaced the webhook's target."""
    target: str
    body: bytes
    ids: tuple[str, ...]
    attempts: int = 0
    due: int = 0


# Project


class Bucket(Struct, gc=False):
    """A token bucket on the world's time."""

    level: float
    at: int


class Project(Struct):
    """One Sinch project: everything that a snapshot keeps."""

    id: str
    key_id: str
    key_secret: str
    token_secret: str
    token_bucket: Bucket
    apps: dict[str, App] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    contacts_by_identity: dict[str, list[str]] = field(default_factory=dict)
    """``CHANNEL identity app_id`` (see `contacts.identity_key`) -> ids of the contacts that have it."""
    conversations: dict[str, Conversation] = field(default_factory=dict)
    active_conversations: dict[str, str] = field(default_factory=dict)
    """``app_id contact_id`` -> id of the active conversation."""
    messages: dict[str, StoredMessage] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    """Access tokens that were issued -> when they expire."""
    lanes: dict[str, list[Callback]] = field(default_factory=dict)
    """Queued callbacks: ``webhook conversation queue`` -> those waiting, the head being attempted."""
    callback_buckets: dict[str, Bucket] = field(default_factory=dict)
    """App -> how many callbacks it may send at once; only used when a rate is set."""
    swept_at: int = 0
    """When messages past their retention were last forgotten."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The project settings resource; empty before it is created."""
    traffic: Traffic = field(default_factory=Traffic)
    """Messages under way in both directions, and customers' files."""
