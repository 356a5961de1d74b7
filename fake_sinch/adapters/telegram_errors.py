"""Telegram's error descriptions in the Conversation API's words, as rows.

Descriptions: github.com/tdlib/telegram-bot-api (Client, Query). Which reason Sinch gives is published for unreachable
media only; the rest is the nearest meaning. Must not know: anything but these tables.
"""

from typing import Any, Final

from fake_sinch.adapters.answers import no_answer, reason_by_words, retry_after
from fake_sinch.adapters.contract import Rejected, RetryLater
from fake_sinch.effects import Answer
from fake_sinch.reasons import ReasonCode, reported

_TOO_MANY: Final = 429

ROWS: Final = (
    # Status, a fragment of the description in lower case, the reason. The first that fits holds.
    (403, "bot was blocked", ReasonCode.RECIPIENT_NOT_REACHABLE),
    (403, "user is deactivated", ReasonCode.RECIPIENT_NOT_REACHABLE),
    (403, "can't initiate", ReasonCode.RECIPIENT_NOT_OPTED_IN),
    (403, "to bots", ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
    (403, "", ReasonCode.RECIPIENT_NOT_REACHABLE),
    (400, "chat not found", ReasonCode.RECIPIENT_NOT_REACHABLE),
    (400, "chat_id is empty", ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
    (400, "failed to get http url content", ReasonCode.MEDIA_NOT_REACHABLE),
    (400, "wrong http url specified", ReasonCode.MEDIA_NOT_REACHABLE),
    (400, "wrong type of the web page content", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
    (400, "file identifier", ReasonCode.MEDIA_NOT_REACHABLE),
    (400, "wrong file_id", ReasonCode.MEDIA_NOT_REACHABLE),
    (400, "file is too big", ReasonCode.MEDIA_TOO_LARGE),
    (400, "", ReasonCode.BAD_REQUEST),
    (401, "", ReasonCode.CHANNEL_BAD_CONFIGURATION),
    (404, "", ReasonCode.CHANNEL_BAD_CONFIGURATION),
    (413, "", ReasonCode.MEDIA_TOO_LARGE),
)


def verdict(answer: Answer, told: Any) -> Rejected | RetryLater:
    """Return what an answer that is not ``ok`` means for the part."""
    known = told if isinstance(told, dict) else {}
    description = str(known.get("description", f"status {answer.status}"))
    if answer.status == _TOO_MANY:
        after = known.get("parameters", {}).get("retry_after")
        wait = float(after) if isinstance(after, int) else retry_after(answer)
        return RetryLater(reported(ReasonCode.RATE_LIMITED, description), wait)
    if (unanswered := no_answer(answer)) is not None:
        return unanswered
    return Rejected(reported(reason_by_words(ROWS, answer.status, description), description))
