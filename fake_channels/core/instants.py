"""Instants: integer milliseconds since the Unix epoch, UTC, and the spellings vendors use for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

FIRST: Final = 0
LAST: Final = 32_503_680_000_000
"""3000-01-01: a world's clock stays between the two, so that whatever is due later can be written down too."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[smhdw])")
_MOST: Final = 100 * 366 * DAY
_LONGEST: Final = 100


def to_rfc3339(instant: int) -> str:
    """`2026-11-25T18:00:00.000Z`: always three fractional digits, always UTC."""
    moment = _EPOCH + timedelta(milliseconds=instant)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def from_rfc3339(text: str) -> int:
    """The instant that an RFC 3339 time names; `ValueError` with a sentence when it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an RFC 3339 time such as 2026-11-25T18:00:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: add Z for UTC")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def in_range(instant: int) -> int:
    """`instant`, when a world's clock may read it; `ValueError` with a sentence otherwise."""
    if not FIRST <= instant < LAST:
        raise ValueError("a world's clock reads times from 1970 to 2999")
    return instant


def parse_duration(text: str) -> int:
    """Milliseconds in a duration such as `24h1m`, `90s` or `1.5h`; `ValueError` with a sentence otherwise."""
    if len(text) > _LONGEST:  # also because matching numbers without a unit takes the square of their length
        raise ValueError(f"a duration has at most {_LONGEST} characters: write for instance 24h1m, 90s or 7d")
    compact = text.strip().lower()
    total, end = 0.0, 0
    for part in _PART.finditer(compact):
        if compact[end : part.start()].strip():
            break
        total += float(part[1]) * _UNITS[part[2]]
        end = part.end()
    if not compact or end != len(compact):
        raise ValueError(f"{text!r} is not a duration: write for instance 24h1m, 90s or 7d")
    if total > _MOST:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return round(total)
