"""WhatsApp's error codes in the Conversation API's words, as rows.

Codes: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes. Which reason
Sinch gives for which code is published for a few only; the rest is the nearest meaning. Must not know:
anything but these tables.
"""

from collections.abc import Mapping
from typing import Any, Final

from fake_sinch.adapters import graph
from fake_sinch.adapters.contract import Rejected, RetryLater
from fake_sinch.adapters.graph import CONFIGURATION, LIMIT, OUTAGE, POLICY, UNKNOWN, Row
from fake_sinch.effects import Answer
from fake_sinch.reasons import Reason, ReasonCode, reported

_BAD: Final = Row(ReasonCode.BAD_REQUEST)

ROWS: Final[Mapping[int, Row]] = {
    0: CONFIGURATION,
    190: CONFIGURATION,
    3: CONFIGURATION,
    10: CONFIGURATION,
    **dict.fromkeys(range(200, 300), CONFIGURATION),
    131005: CONFIGURATION,
    131042: CONFIGURATION,
    133010: CONFIGURATION,
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
    368: POLICY,
    130472: POLICY,
    130497: POLICY,
    131031: POLICY,
    131049: POLICY,
    132007: POLICY,
    132015: POLICY,
    132016: POLICY,
    132000: Row(ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
    132012: Row(ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
    132018: Row(ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
    132001: Row(ReasonCode.TEMPLATE_NOT_FOUND),
    132005: _BAD,
    131053: Row(ReasonCode.MEDIA_NOT_REACHABLE),
    131052: Row(ReasonCode.MEDIA_NOT_REACHABLE),
    4: LIMIT,
    17: LIMIT,
    32: LIMIT,
    613: LIMIT,
    80007: LIMIT,
    130429: LIMIT,
    131048: LIMIT,
    131056: LIMIT,
    1: OUTAGE,
    2: OUTAGE,
    131000: OUTAGE,
    131016: OUTAGE,
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
        return CONFIGURATION
    if code == _MEDIA_UPLOAD:
        details = _details(error).lower()
        return next((Row(meant) for mark, meant in _MEDIA_DETAILS if mark in details), ROWS[code])
    return ROWS.get(code, UNKNOWN)


def reason(error: Mapping[str, Any]) -> Reason:
    """Return the reason of a delivery report for an error object."""
    code = _code(error)
    return reported(row(error).code, _details(error), str(code) if code >= 0 else "")


def verdict(error: Mapping[str, Any], answer: Answer) -> Rejected | RetryLater:
    """Return what an error in an answer means for the part."""
    return graph.verdict(row(error), reason(error), answer)
