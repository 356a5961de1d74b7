"""WeChat's errcodes in the Conversation API's words, as rows. They come with status 200.

Codes: developers.weixin.qq.com/doc/service/guide/dev/errcode/errcode.html. Which reason Sinch gives is published for
none of them; each row is the nearest meaning. Must not know: anything but these tables.
"""

from collections.abc import Mapping
from typing import Any, Final

from fake_sinch.adapters.answers import no_answer, retry_after
from fake_sinch.adapters.contract import Rejected, RetryLater, Ungranted
from fake_sinch.effects import Answer
from fake_sinch.reasons import ReasonCode, reported

_BUSY: Final = -1
_EACH_MINUTE: Final = 45011
_MINUTE_S: Final = 60.0
_TOO_MANY: Final = 429
_TOKEN: Final = frozenset({40001, 40014, 42001})
"""The access token is wrong, is no longer the latest, or has expired."""

_CONFIGURATION: Final = ReasonCode.CHANNEL_BAD_CONFIGURATION
_MEDIA_TYPE: Final = ReasonCode.MEDIA_TYPE_UNSUPPORTED
_TOO_LARGE: Final = ReasonCode.MEDIA_TOO_LARGE
_BAD: Final = ReasonCode.BAD_REQUEST

REASONS: Final[Mapping[int, ReasonCode]] = {
    45015: ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW,
    45080: ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW,
    45047: ReasonCode.RATE_LIMITED,
    45009: ReasonCode.RATE_LIMITED,
    # The text of 40003 asks whether the person follows the account, or has the openid of another one.
    40003: ReasonCode.RECIPIENT_NOT_OPTED_IN,
    43004: ReasonCode.RECIPIENT_NOT_OPTED_IN,
    43019: ReasonCode.RECIPIENT_NOT_REACHABLE,
    48002: ReasonCode.RECIPIENT_NOT_REACHABLE,
    40002: _CONFIGURATION,
    40013: _CONFIGURATION,
    40125: _CONFIGURATION,
    40164: _CONFIGURATION,
    40200: _CONFIGURATION,
    41001: _CONFIGURATION,
    41002: _CONFIGURATION,
    41004: _CONFIGURATION,
    65401: _CONFIGURATION,
    48001: ReasonCode.NO_PERMISSION,
    48004: ReasonCode.NO_PERMISSION,
    50002: ReasonCode.NO_PERMISSION,
    40004: _MEDIA_TYPE,
    40005: _MEDIA_TYPE,
    40137: _MEDIA_TYPE,
    40006: _TOO_LARGE,
    45001: _TOO_LARGE,
    45007: _TOO_LARGE,
    40007: ReasonCode.MEDIA_NOT_REACHABLE,
    41005: ReasonCode.MEDIA_NOT_REACHABLE,
    44001: ReasonCode.MEDIA_NOT_REACHABLE,
    40037: ReasonCode.TEMPLATE_NOT_FOUND,
    47003: ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS,
    40008: _BAD,
    40035: _BAD,
    41006: _BAD,
    44002: _BAD,
    44003: _BAD,
    44004: _BAD,
    45002: _BAD,
    45008: _BAD,
    47001: _BAD,
}
"""Every other code is CHANNEL_REJECT."""


def verdict(answer: Answer, told: Any) -> Rejected | RetryLater | Ungranted:
    """Return what an answer that is no success means."""
    known = told if isinstance(told, dict) else {}
    code = known.get("errcode")
    if not isinstance(code, int):
        if answer.status == _TOO_MANY:
            return RetryLater(reported(ReasonCode.RATE_LIMITED, "too many requests"), retry_after(answer))
        return no_answer(answer) or Rejected(reported(ReasonCode.CHANNEL_FAILURE, f"status {answer.status}"))
    text = f"{code}: {known.get('errmsg', '')}"
    if code == _BUSY:
        return RetryLater(reported(ReasonCode.CHANNEL_FAILURE, text))
    if code == _EACH_MINUTE:
        return RetryLater(reported(ReasonCode.RATE_LIMITED, text), _MINUTE_S)
    if code in _TOKEN:
        return Ungranted(reported(_CONFIGURATION, text))
    return Rejected(reported(REASONS.get(code, ReasonCode.CHANNEL_REJECT), text))
