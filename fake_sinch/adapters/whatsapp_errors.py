"""WhatsApp's error codes in the Conversation API's words, as rows.

Codes: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes. Which reason
Sinch gives for which code is published for a few only; the rest is the nearest meaning. Must not know:
anything but these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sinch.adapters.contract import Rejected, RetryLater, retry_after
from fake_sinch.effects import Answer
from fake_sinch.reasons import Reason, ReasonCode, reported


@dataclass(frozen=True, slots=True)
class Row:
    """What one code means."""

    code: ReasonCode
    temporary: bool = False


_CONFIGURATION: Final = Row(ReasonCode.CHANNEL_BAD_CONFIGURATION)
_BAD: Final = Row(ReasonCode.BAD_REQUEST)
_POLICY: Final = Row(ReasonCode.DELIVERY_REJECTED_DUE_TO_POLICY)
_LIMIT: Final = Row(ReasonCode.RATE_LIMITED, temporary=True)
_OUTAGE: Final = Row(ReasonCode.CHANNEL_FAILURE, temporary=True)
_UNKNOWN: Final = Row(ReasonCode.UNKNOWN)

ROWS: Final[Mapping[int, Row]] = {
    0: _CONFIGURATION,
    190: _CONFIGURATION,
    3: _CONFIGURATION,
    10: _CONFIGURATION,
    **dict.fromkeys(range(200, 300), _CONFIGURATION),
    131005: _CONFIGURATION,
    131042: _CONFIGURATION,
    133010: _CONFIGURATION,
    100: _BAD,
    131008: _BAD,
    131009: _BAD,
    131051: _BAD,
    131021: Row(ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
    131062: Row(ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
    131026: Row(ReasonCode.RECIPIENT_NOT_REACHABLE),
    131030: Row(ReasonCode.RECIPIENT_NOT_REACHABLE),
    130403: Row(ReasonCode.RECIPIENT_NOT_REACHABLE),
    131050: Row(ReasonCode.RECIPIENT_NOT_OPTED_IN),
    131047: Row(ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW),
    368: _POLICY,
    130472: _POLICY,
    130497: _POLICY,
    131031: _POLICY,
    131049: _POLICY,
    132007: _POLICY,
    132015: _POLICY,
    132016: _POLICY,
    132000: Row(ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
    132012: Row(ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
    132018: Row(ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
    132001: Row(ReasonCode.TEMPLATE_NOT_FOUND),
    132005: _BAD,
    131053: Row(ReasonCode.MEDIA_NOT_REACHABLE),
    131052: Row(ReasonCode.MEDIA_NOT_REACHABLE),
    4: _LIMIT,
    17: _LIMIT,
    32: _LIMIT,
    613: _LIMIT,
    80007: _LIMIT,
    130429: _LIMIT,
    131048: _LIMIT,
    131056: _LIMIT,
    1: _OUTAGE,
    2: _OUTAGE,
    131000: _OUTAGE,
    131016: _OUTAGE,
    135000: Row(ReasonCode.CHANNEL_FAILURE),
}

_MEDIA_UPLOAD: Final = 131053
_MEDIA_DETAILS: Final = (
    # 131053 covers every trouble with the business's file; its details tell which.
    ("http code", ReasonCode.MEDIA_NOT_REACHABLE),
    ("unsupported", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
    ("mime", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
    ("type", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
    ("large", ReasonCode.MEDIA_TOO_LARGE),
    ("size", ReasonCode.MEDIA_TOO_LARGE),
)
_UNKNOWN_NODE: Final = (100, 33)
"""Code and subcode for a phone-number id that does not exist, or not for this token."""


def _details(error: Mapping[str, Any]) -> str:
    details = error.get("error_data", {}).get("details", "")
    return str(details or error.get("title") or error.get("message") or "no details")


def _code(error: Mapping[str, Any]) -> int:
    code = error.get("code")
    return code if isinstance(code, int) else -1


def row(error: Mapping[str, Any]) -> Row:
    """Return the meaning of an error object, whether from an answer or from a status."""
    code = _code(error)
    if (code, error.get("error_subcode")) == _UNKNOWN_NODE:
        return _CONFIGURATION
    if code == _MEDIA_UPLOAD:
        details = _details(error).lower()
        return next((Row(meant) for mark, meant in _MEDIA_DETAILS if mark in details), ROWS[code])
    return ROWS.get(code, _UNKNOWN)


def reason(error: Mapping[str, Any]) -> Reason:
    """Return the reason of a delivery report for an error object."""
    code = _code(error)
    return reported(row(error).code, _details(error), str(code) if code >= 0 else "")


def verdict(error: Mapping[str, Any], answer: Answer) -> Rejected | RetryLater:
    """Return what an error in an answer means for the part."""
    known = row(error)
    if known.temporary or (known is _UNKNOWN and answer.status >= 500):  # noqa: PLR2004 - server errors
        return RetryLater(reason(error), retry_after(answer))
    return Rejected(reason(error))
