"""What adapters read from any vendor's answer: JSON, outages, how long to wait, the bytes of a file.

Must not know: what a vendor's own codes mean.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from fake_sinch.adapters.contract import MediaFailed, MediaFile, RetryLater
from fake_sinch.effects import Answer
from fake_sinch.reasons import Reason, ReasonCode


def decoded(body: bytes) -> Any:
    """Return the JSON of an answer's body, or None when it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def object_of(answer: Answer) -> dict[str, Any]:
    """Return the JSON object that an answer holds; an empty one when it holds something else."""
    told = decoded(answer.body)
    return told if isinstance(told, dict) else {}


def no_answer(answer: Answer) -> RetryLater | None:
    """Return the verdict on answers that every channel retries: none at all, and server errors."""
    if answer.status == 0:
        why = answer.problem or "no answer"
        return RetryLater(Reason(ReasonCode.CHANNEL_FAILURE, f"The channel could not be reached: {why}"))
    if answer.status >= 500:  # noqa: PLR2004 - HTTP's server errors
        return RetryLater(Reason(ReasonCode.CHANNEL_FAILURE, f"The channel answered with status {answer.status}"))
    return None


def retry_after(answer: Answer) -> float | None:
    """Return the seconds of a Retry-After header, or None."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None


def read_bytes(answer: Answer, mime: str = "") -> MediaFile | MediaFailed:
    """Read the last hop of fetching a file: its bytes, or why there are none."""
    if answer.status == 200:  # noqa: PLR2004 - HTTP's OK
        told = answer.headers.get("content-type", "")
        generic = told.partition(";")[0].strip() in {"", "application/octet-stream"}
        return MediaFile((mime or told) if generic else told, answer.body)
    return MediaFailed(_media_problem(answer), retry=True)


def no_media(answer: Answer) -> MediaFailed:
    """Return why an answer names no file: for good, unless the vendor is out of order or busy."""
    temporary = answer.status in {0, 429} or answer.status >= 500  # noqa: PLR2004 - server errors
    return MediaFailed(_media_problem(answer), retry=temporary)


def _media_problem(answer: Answer) -> Reason:
    what = f"status {answer.status}" if answer.status else (answer.problem or "no answer")
    return Reason(ReasonCode.MEDIA_NOT_REACHABLE, f"The channel's media gave {what}")


def reason_by_words(rows: Iterable[tuple[int, str, ReasonCode]], status: int, text: str) -> ReasonCode:
    """Return the reason of the first row with this status whose fragment, in lower case, stands in the text."""
    lower = text.lower()
    fitting = (code for known, fragment, code in rows if known == status and fragment in lower)
    return next(fitting, ReasonCode.CHANNEL_REJECT)
