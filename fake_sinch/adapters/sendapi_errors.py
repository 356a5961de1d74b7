"""Errors of Meta's Send API in the Conversation API's words, as rows; Messenger and Instagram share them.

Codes: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes. Which reason Sinch gives
is published for the closed window only; the rest is the nearest meaning. Must not know: anything but these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sinch.adapters.contract import Rejected, RetryLater, retry_after
from fake_sinch.effects import Answer
from fake_sinch.reasons import Reason, ReasonCode, reported


@dataclass(frozen=True, slots=True)
class Row:
    """What one error means."""

    code: ReasonCode
    temporary: bool = False


_CONFIGURATION: Final = Row(ReasonCode.CHANNEL_BAD_CONFIGURATION)
_UNREACHABLE: Final = Row(ReasonCode.RECIPIENT_NOT_REACHABLE)
_CLOSED: Final = Row(ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW)
_POLICY: Final = Row(ReasonCode.DELIVERY_REJECTED_DUE_TO_POLICY)
_LIMIT: Final = Row(ReasonCode.RATE_LIMITED, temporary=True)
_OUTAGE: Final = Row(ReasonCode.CHANNEL_FAILURE, temporary=True)
_UNKNOWN: Final = Row(ReasonCode.UNKNOWN)

SUBCODES: Final[Mapping[int, Row]] = {
    # They say more than the code above them, which several errors share.
    33: _CONFIGURATION,
    460: _CONFIGURATION,
    463: _CONFIGURATION,
    1545041: _UNREACHABLE,
    1893063: _POLICY,
    2018001: _UNREACHABLE,
    2018008: Row(ReasonCode.MEDIA_NOT_REACHABLE),
    2018028: _CONFIGURATION,
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
    1: _OUTAGE,
    2: _OUTAGE,
    1200: _OUTAGE,
    4: _LIMIT,
    17: _LIMIT,
    32: _LIMIT,
    613: _LIMIT,
    10: _CONFIGURATION,
    100: Row(ReasonCode.BAD_REQUEST),
    104: _CONFIGURATION,
    190: _CONFIGURATION,
    **dict.fromkeys(range(200, 300), _CONFIGURATION),
    368: _POLICY,
    551: _UNREACHABLE,
    2500: _CONFIGURATION,
}


def row(error: Mapping[str, Any]) -> Row:
    """Return the meaning of an error object."""
    subcode, code = error.get("error_subcode"), error.get("code")
    if isinstance(subcode, int) and subcode in SUBCODES:
        return SUBCODES[subcode]
    return CODES.get(code, _UNKNOWN) if isinstance(code, int) else _UNKNOWN


def reason(error: Mapping[str, Any]) -> Reason:
    """Return the reason of a delivery report for an error object."""
    return reported(row(error).code, str(error.get("message") or "no details"))


def verdict(error: Mapping[str, Any], answer: Answer) -> Rejected | RetryLater:
    """Return what an error in an answer means for the part."""
    known = row(error)
    if known.temporary or (known is _UNKNOWN and answer.status >= 500):  # noqa: PLR2004 - server errors
        return RetryLater(reason(error), retry_after(answer))
    return Rejected(reason(error))
