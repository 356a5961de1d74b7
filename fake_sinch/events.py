"""What may happen to the gateway later: the tagged union that timers and pending calls carry.

Every event is plain data, so that a snapshot keeps calls in flight and pending timers.
Must not know: what handles an event, the clock, the network.

To add one: a frozen Struct with ``tag=True`` and a place in the union at the end of this module.
"""

from typing import Any, TypeAlias

from msgspec import Struct

# Callbacks


class CallbackDue(Struct, frozen=True, tag=True):
    """The next attempt at the head of one callback lane is due."""

    lane: str
    callback: str


class CallbackAnswered(Struct, frozen=True, tag=True):
    """The subject answered (or did not answer) the callback at the head of a lane."""

    lane: str
    callback: str


class CallbackTokenAnswered(Struct, frozen=True, tag=True):
    """The customer's token endpoint answered; the callback at the head of the lane was waiting for it."""

    lane: str
    callback: str


# Delivery, handled by fake_sinch.pipeline; an event whose serial is not the attempt's is out of date


class QueueDue(Struct, frozen=True, tag=True):
    """The app's queue of outgoing messages may move on."""

    app_id: str


class PartDue(Struct, frozen=True, tag=True):
    """The next try at sending a part is due."""

    message_id: str
    serial: int


class PartAnswered(Struct, frozen=True, tag=True):
    """The channel answered, or did not, the call that sends a part."""

    message_id: str
    serial: int


class PartGranted(Struct, frozen=True, tag=True):
    """The channel answered, or did not, the request for an access token that a part waits for."""

    message_id: str
    serial: int


class MediaProbed(Struct, frozen=True, tag=True):
    """The business's server was asked for the type of a file."""

    message_id: str
    serial: int
    url: str


class ReportMissing(Struct, frozen=True, tag=True):
    """The time to wait for a delivery report is over."""

    message_id: str
    serial: int


class MessageExpired(Struct, frozen=True, tag=True):
    """The message's time to live is over."""

    message_id: str


# What customers send, handled by fake_sinch.inbound


class MediaDue(Struct, frozen=True, tag=True):
    """The next try at fetching a customer's file is due."""

    lane: str
    serial: int


class MediaAnswered(Struct, frozen=True, tag=True):
    """The channel answered, or did not, a call that fetches a customer's file."""

    lane: str
    serial: int


class MediaGranted(Struct, frozen=True, tag=True):
    """The channel answered, or did not, the request for an access token that a customer's file waits for."""

    lane: str
    serial: int


class Acknowledged(Struct, frozen=True, tag=True):
    """The channel answered an acknowledgement; nothing depends on it."""

    name: str


CallbackEvent: TypeAlias = CallbackDue | CallbackAnswered | CallbackTokenAnswered

# Events that an app sends, handled by fake_sinch.app_events


class AppEventAnswered(Struct, frozen=True, tag=True):
    """The channel answered, or did not, the call that sends an app's event; this is what the report will say."""

    app_id: str
    event_id: str
    channel: str
    identity: str
    identity_app_id: str = ""
    contact_id: str = ""
    metadata: str = ""
    callback_url: str = ""
    processing_mode: str = "CONVERSATION"


class AppEventGranted(Struct, frozen=True, tag=True):
    """The channel answered, or did not, the request for an access token that an app's event waits for."""

    event: dict[str, Any]
    about: AppEventAnswered


DeliveryEvent: TypeAlias = (
    QueueDue | PartDue | PartAnswered | PartGranted | MediaProbed | ReportMissing | MessageExpired
)

InboundEvent: TypeAlias = MediaDue | MediaAnswered | MediaGranted | Acknowledged | AppEventAnswered | AppEventGranted

Event: TypeAlias = CallbackEvent | DeliveryEvent | InboundEvent
"""Every event of the gateway; msgspec decodes it by tag."""
