"""Why a message failed: the Conversation API's reason codes, and the object that carries one.

Must not know: channels, vendors' error codes (each adapter maps its own, as rows).
Codes: developers.sinch.com/docs/conversation/callbacks; sinch-sdk-java ``ReasonCode``, ``ReasonSubCode``.
"""

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct


class ReasonCode(StrEnum):
    """Why a message could not be delivered."""

    UNKNOWN = "UNKNOWN"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    RATE_LIMITED = "RATE_LIMITED"
    RECIPIENT_INVALID_CHANNEL_IDENTITY = "RECIPIENT_INVALID_CHANNEL_IDENTITY"
    RECIPIENT_NOT_REACHABLE = "RECIPIENT_NOT_REACHABLE"
    RECIPIENT_NOT_OPTED_IN = "RECIPIENT_NOT_OPTED_IN"
    OUTSIDE_ALLOWED_SENDING_WINDOW = "OUTSIDE_ALLOWED_SENDING_WINDOW"
    CHANNEL_FAILURE = "CHANNEL_FAILURE"
    CHANNEL_BAD_CONFIGURATION = "CHANNEL_BAD_CONFIGURATION"
    CHANNEL_CONFIGURATION_MISSING = "CHANNEL_CONFIGURATION_MISSING"
    MEDIA_TYPE_UNSUPPORTED = "MEDIA_TYPE_UNSUPPORTED"
    MEDIA_TOO_LARGE = "MEDIA_TOO_LARGE"
    MEDIA_NOT_REACHABLE = "MEDIA_NOT_REACHABLE"
    NO_CHANNELS_LEFT = "NO_CHANNELS_LEFT"
    TEMPLATE_NOT_FOUND = "TEMPLATE_NOT_FOUND"
    TEMPLATE_INSUFFICIENT_PARAMETERS = "TEMPLATE_INSUFFICIENT_PARAMETERS"
    TEMPLATE_NON_EXISTING_LANGUAGE_OR_VERSION = "TEMPLATE_NON_EXISTING_LANGUAGE_OR_VERSION"
    DELIVERY_TIMED_OUT = "DELIVERY_TIMED_OUT"
    DELIVERY_REJECTED_DUE_TO_POLICY = "DELIVERY_REJECTED_DUE_TO_POLICY"
    CONTACT_NOT_FOUND = "CONTACT_NOT_FOUND"
    BAD_REQUEST = "BAD_REQUEST"
    UNKNOWN_APP = "UNKNOWN_APP"
    NO_CHANNEL_IDENTITY_FOR_CONTACT = "NO_CHANNEL_IDENTITY_FOR_CONTACT"
    CHANNEL_REJECT = "CHANNEL_REJECT"
    NO_PERMISSION = "NO_PERMISSION"
    NO_PROFILE_AVAILABLE = "NO_PROFILE_AVAILABLE"
    UNSUPPORTED_OPERATION = "UNSUPPORTED_OPERATION"


class SubCode(StrEnum):
    """A finer reason, hardly ever set."""

    UNSPECIFIED = "UNSPECIFIED_SUB_CODE"
    ATTACHMENT_REJECTED = "ATTACHMENT_REJECTED"
    MEDIA_TYPE_UNDETERMINED = "MEDIA_TYPE_UNDETERMINED"
    INACTIVE_SENDER = "INACTIVE_SENDER"


class Reason(Struct, frozen=True, omit_defaults=True):
    """The ``reason`` of a delivery report."""

    code: ReasonCode
    description: str
    sub_code: SubCode = SubCode.UNSPECIFIED
    channel_code: str = ""
    """The channel's own code; the vendor reports it for WhatsApp only."""


_UNDERLYING: Final = "The underlying channel reported: "


def reported(code: ReasonCode, text: str, channel_code: str = "", sub_code: SubCode = SubCode.UNSPECIFIED) -> Reason:
    """Return the reason of a failure that the channel itself reported, worded as the vendor words it."""
    return Reason(code, _UNDERLYING + text, sub_code, channel_code)


def to_wire(reason: Reason) -> dict[str, Any]:
    """Render a reason as it stands in a delivery report."""
    wire: dict[str, Any] = {
        "code": reason.code.value,
        "description": reason.description,
        "sub_code": reason.sub_code.value,
    }
    if reason.channel_code:
        wire["channel_code"] = reason.channel_code
    return wire
