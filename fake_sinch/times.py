"""Time as text: whole milliseconds since the epoch to and from RFC 3339, and the API's duration strings.

Must not know: what the time is.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

EPOCH_TEXT: Final = "1970-01-01T00:00:00Z"
DAY_MS: Final = 86_400_000
_DURATION: Final = re.compile(r"^(\d{1,12})(?:\.(\d{1,9}))?s$")


@lru_cache(maxsize=1024)
def _seconds_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def to_text(ms: int) -> str:
    """Render a time as RFC 3339 in UTC, with milliseconds only when there are any."""
    seconds, rest = divmod(ms, 1000)
    return f"{_seconds_text(seconds)}.{rest:03d}Z" if rest else f"{_seconds_text(seconds)}Z"


def from_text(text: str) -> int | None:
    """Parse RFC 3339 with an offset, up to nine fractional digits; None when it is not that."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", text)
    if match is None:
        return None
    whole, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(whole.upper() + ("+00:00" if offset in "Zz" else offset))
    except ValueError:
        return None
    milliseconds = int((fraction or ".0")[1:].ljust(3, "0")[:3])
    return int(moment.timestamp()) * 1000 + milliseconds


def duration_ms(text: str) -> int | None:
    """Parse a duration such as "10s" or "1.5s"; None when it is not one."""
    match = _DURATION.match(text)
    if match is None:
        return None
    return int(match[1]) * 1000 + int((match[2] or "0").ljust(3, "0")[:3])
