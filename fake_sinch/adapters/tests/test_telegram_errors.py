"""Telegram's descriptions in Sinch's words."""

import pytest

from fake_sinch.adapters.answers import reason_by_words
from fake_sinch.adapters.contract import RetryLater
from fake_sinch.adapters.telegram_errors import ROWS, verdict
from fake_sinch.effects import Answer
from fake_sinch.reasons import ReasonCode


@pytest.mark.parametrize(
    ("status", "description", "code"),
    [
        (403, "Forbidden: bot was blocked by the user", ReasonCode.RECIPIENT_NOT_REACHABLE),
        (403, "Forbidden: user is deactivated", ReasonCode.RECIPIENT_NOT_REACHABLE),
        (403, "Forbidden: bot can't initiate conversation with a user", ReasonCode.RECIPIENT_NOT_OPTED_IN),
        (403, "Forbidden: bot can't send messages to bots", ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
        (400, "Bad Request: chat not found", ReasonCode.RECIPIENT_NOT_REACHABLE),
        (400, "Bad Request: message is too long", ReasonCode.BAD_REQUEST),
        (400, "Bad Request: failed to get HTTP URL content", ReasonCode.MEDIA_NOT_REACHABLE),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", ReasonCode.MEDIA_NOT_REACHABLE),
        (400, "Bad Request: wrong type of the web page content", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
        (400, "Bad Request: file is too big", ReasonCode.MEDIA_TOO_LARGE),
        (401, "Unauthorized", ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (404, "Not Found", ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (413, "Request Entity Too Large", ReasonCode.MEDIA_TOO_LARGE),
        (409, "Conflict", ReasonCode.CHANNEL_REJECT),
    ],
)
def test_reasons(status: int, description: str, code: ReasonCode) -> None:
    """A description has the nearest reason."""
    assert reason_by_words(ROWS, status, description) is code


def test_header_stands_in_for_the_body() -> None:
    """Without parameters in the body the header says how long to wait."""
    told = verdict(Answer(429, {"retry-after": "4"}), None)
    assert isinstance(told, RetryLater)
    assert told.after_s == 4.0


def test_outage_passes() -> None:
    """No answer is tried again."""
    assert isinstance(verdict(Answer(0), None), RetryLater)
