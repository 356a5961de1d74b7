"""What the pipeline and the inbound side remember between events: plain data, part of the project's snapshot.

Must not know: rules (`fake_sinch.pipeline`, `fake_sinch.inbound`), vendors' wires.
Vendor ids are unique per account only: keys are ``app channel vendor-id``, see `vendor_key`.
"""

from typing import Any

from msgspec import Struct, field

from fake_sinch.arrivals import FromCustomer, InboundStatus


class Attempt(Struct, gc=False):
    """How far the delivery on the current channel has come."""

    serial: int = 0
    """Counts every step; events of earlier steps are out of date and ignored."""
    part: int = 0
    """The part that is being sent."""
    parts: int = 0
    """How many there are; all are accepted once ``part`` has come so far."""
    vendor_ids: tuple[str, ...] = ()
    arrived: dict[str, str] = field(default_factory=dict)
    """The status of each accepted part, by vendor id."""
    failures: int = 0
    """Temporary failures in a row."""
    first_failure: int = 0
    media_types: dict[str, str] = field(default_factory=dict)
    """What the business's servers said of files whose name tells no type, by link."""
    step: str = ""
    """Of a part that takes several calls: which of them is in flight, in the adapter's words."""
    renewed: bool = False
    """Whether the access token was replaced for this try at the part."""
    sent_at: int = 0
    """When the channel was asked to take the part."""


class Media(Struct):
    """A customer's file in the gateway's own store."""

    mime: str
    name: str
    data: bytes
    expires_at: int


class Arrival(Struct):
    """Something from a customer that waits for its turn."""

    app_id: str
    channel: str
    what: FromCustomer
    serial: int = 0
    hop: int = 0
    """The call of the media fetch that is in flight."""
    failures: int = 0


class Outbound(Struct):
    """Messages of one app that wait to be sent, and the rate at which they may be."""

    high: list[str] = field(default_factory=list)
    normal: list[str] = field(default_factory=list)
    level: float = 0.0
    at: int = 0
    waking: bool = False
    """Whether a timer for the next turn is set."""


class AccessToken(Struct, frozen=True):
    """What a vendor granted for a credential."""

    value: str
    expires_at: int
    secret: dict[str, Any]
    """The credential's values that it was granted for; others have no use for it."""


class Traffic(Struct):
    """All messages under way."""

    vendor_messages: dict[str, str] = field(default_factory=dict)
    """Vendor key -> message id, of messages in both directions."""
    unread: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Lane -> when parts were sent and the vendor's ids of them, on channels that tell reads by time."""
    early: dict[str, list[InboundStatus]] = field(default_factory=dict)
    """Statuses that overtook the answer to the call they are about, by vendor key."""
    outbound: dict[str, Outbound] = field(default_factory=dict)
    """By app."""
    under_way: dict[str, int] = field(default_factory=dict)
    """Messages that a channel is being asked to take -> since when."""
    arrivals: dict[str, list[Arrival]] = field(default_factory=dict)
    """``app channel identity`` -> what that customer did, in order; the head is being worked on."""
    seen: dict[str, int] = field(default_factory=dict)
    """Vendor keys of what already arrived -> when."""
    last_inbound: dict[str, str] = field(default_factory=dict)
    """Lane -> the vendor's id of the customer's last message."""
    profile_names: dict[str, str] = field(default_factory=dict)
    """Contact -> the name that its channel last told."""
    media: dict[str, Media] = field(default_factory=dict)
    """Files by the unguessable part of their link."""
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    """What vendors granted, by ``app channel``."""


def vendor_key(app_id: str, channel: str, vendor_id: str) -> str:
    """Return the key of something a vendor named."""
    return f"{app_id} {channel} {vendor_id}"


def lane_key(app_id: str, channel: str, identity: str) -> str:
    """Return the key of one customer on one channel of one app."""
    return f"{app_id} {channel} {identity}"
