"""Errors of Meta's Send API in the Conversation API's words, as rows; Messenger and Instagram share them.

Codes: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes. Which reason Sinch gives
is published for the closed window only; the rest is the nearest meaning. Must not know: anything but these tables.
"""

from collections.abc import Mapping
from typing import Any, Final

from fake_sinch.adapters import graph
from fake_sinch.adapters.contract import Rejected, RetryLater
from fake_sinch.adapters.graph import CONFIGURATION, LIMIT, OUTAGE, POLICY, UNKNOWN, Row
from fake_sinch.effects import Answer
from fake_sinch.reasons import Reason, ReasonCode, reported

_UNREACHABLE: Final = Row(ReasonCode.RECIPIENT_NOT_REACHABLE)
_CLOSED: Final = Row(ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW)

SUBCODES: Final[Mapping[int, Row]] = {
    # They say more than the code above them, which several errors share.
    33: CONFIGURATION,
    460: CONFIGURATION,
    463: CONFIGURATION,
    1545041: _UNREACHABLE,
    1893063: POLICY,
    2018001: _UNREACHABLE,
    2018008: Row(ReasonCode.MEDIA_NOT_REACHABLE),
    2018028: CONFIGURATION,
    2018047: Row(ReasonCode.MEDIA_TYPE_UNSUPPORTED),
    2018065: _CLOSED,
    2018108: _UNREACHABLE,
    2018109: Row(ReasonCode.MEDIA_TOO_LARGE),
    2018278: _CLOSED,
    2534014: _UNREACHABLE,
    2534022: _CLOSED,
    2534041: _UNREACHABLE,
}
CODES: Final[Mapping[int, Row]] = {
    1: OUTAGE,
    2: OUTAGE,
    1200: OUTAGE,
    4: LIMIT,
    17: LIMIT,
    32: LIMIT,
    613: LIMIT,
    10: CONFIGURATION,
    100: Row(ReasonCode.BAD_REQUEST),
    104: CONFIGURATION,
    190: CONFIGURATION,
    **dict.fromkeys(range(200, 300), CONFIGURATION),
    368: POLICY,
    551: _UNREACHABLE,
    2500: CONFIGURATION,
}


def row(error: Mapping[str, Any]) -> Row:
    """Return the meaning of an error object."""
    subcode, code = error.get("error_subcode"), error.get("code")
    if isinstance(subcode, int) and subcode in SUBCODES:
        return SUBCODES[subcode]
    return CODES.get(code, UNKNOWN) if isinstance(code, int) else UNKNOWN


def reason(error: Mapping[str, Any]) -> Reason:
    """Return the reason of a delivery report for an error object."""
    return reported(row(error).code, str(error.get("message") or "no details"))


def verdict(error: Mapping[str, Any], answer: Answer) -> Rejected | RetryLater:
    """Return what an error in an answer means for the part."""
    return graph.verdict(row(error), reason(error), answer)
