"""What channels call back with, in the Conversation API's words; plain data that may wait in a queue.

Must not know: vendors' wires (adapters read those), state, who handles an arrival.
Times are milliseconds since the epoch; 0 when the vendor told none.
"""

from typing import Any, TypeAlias

from msgspec import Struct, field

from fake_sinch.reasons import Reason


class MediaRef(Struct, frozen=True):
    """A customer's file as the vendor's callback names it."""

    ref: str
    mime: str = ""
    filename: str = ""
    caption: str = ""


class InboundMessage(Struct, frozen=True, tag=True):
    """A message from a customer."""

    vendor_id: str
    identity: str
    at: int
    display_name: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    """The kind of ContactMessage it is; empty when ``media`` or ``choice`` says more."""
    media: MediaRef | None = None
    choice: str | None = None
    """What the tapped button carried, as the adapter or the business itself wrote it."""
    refers_to: str = ""
    """The vendor's id of the message that is quoted or whose button was tapped."""
    acknowledge: str = ""
    """An id that the vendor wants acknowledged."""
    raw: str = ""
    """The vendor's own JSON of the message."""


class InboundStatus(Struct, frozen=True, tag=True):
    """How a sent part fares."""

    vendor_id: str
    status: str
    at: int
    reason: Reason | None = None


class InboundWatermark(Struct, frozen=True, tag=True):
    """How everything fares that was sent to a customer up to a time, where a channel tells no ids."""

    identity: str
    status: str
    at: int
    """The time itself, not when it was told."""


class InboundEvent(Struct, frozen=True, tag=True):
    """Something a customer did that is not a message."""

    vendor_id: str
    identity: str
    at: int
    key: str
    """``contact_event`` or ``contact_message_event``."""
    content: dict[str, Any]
    display_name: str = ""
    refers_to: str = ""
    """The vendor's id of the message it is about."""


class InboundOpt(Struct, frozen=True, tag=True):
    """A customer opted in or out by the channel's own means."""

    vendor_id: str
    identity: str
    at: int
    opted_in: bool
    display_name: str = ""


class InboundUnsupported(Struct, frozen=True, tag=True):
    """Something that the Conversation API has no shape for."""

    vendor_id: str
    identity: str
    at: int
    payload: str
    display_name: str = ""


FromCustomer: TypeAlias = InboundMessage | InboundEvent | InboundOpt | InboundUnsupported
Inbound: TypeAlias = FromCustomer | InboundStatus | InboundWatermark
