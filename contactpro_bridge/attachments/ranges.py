"""Range, If-Range and If-None-Match (RFC 9110, sections 13 and 14): what part of a file a request asks for.

Pure: header text in, a value out. Knows no request, no file and no clock.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

# Longer numbers than this point behind every file; int() of an attacker's 8,000 digits would cost time for
# nothing.
_MOST_DIGITS: Final = 18
_HUGE: Final = 10**_MOST_DIGITS

# ranges-specifier = range-unit "=" range-set, with exactly one int-range or suffix-range (RFC 9110, 14.1.1).
_SINGLE_RANGE = re.compile(r"[ \t]*bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)

# entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE (RFC 9110, 8.8.3).
_ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\uffff]*")')


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole file: no range was asked for, or none that this server honours."""


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from ``start`` up to, not including, ``end``; never empty."""

    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        """How many bytes the part has."""
        return self.end - self.start

    def content_range(self, size_bytes: int) -> str:
        """Return the Content-Range value of this part of a file of ``size_bytes``."""
        return f"bytes {self.start}-{self.end - 1}/{size_bytes}"


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A well-formed range that holds no byte of the file: the answer is 416."""


Selection: TypeAlias = Whole | Part | Unsatisfiable


def parse_range(header: str | None, size_bytes: int) -> Selection:
    """Return what a Range header selects of a file of ``size_bytes``.

    A malformed header, another unit and several ranges select the whole, as RFC 9110 (14.2) allows.
    """
    match = _SINGLE_RANGE.fullmatch(header or "")
    if match is None or match.group(1) == match.group(2) == "":
        return Whole()
    first, last = match.groups()
    if not first:
        length = min(_number(last), size_bytes)
        return Part(size_bytes - length, size_bytes) if length else Unsatisfiable()
    start = _number(first)
    stop = _number(last) if last else _HUGE
    if stop < start:
        return Whole()
    return Part(start, min(stop + 1, size_bytes)) if start < size_bytes else Unsatisfiable()


def none_matches(if_none_match: str | None, etag: str) -> bool:
    """Tell whether the client has no copy under ``etag`` (quoted), compared weakly; False means 304."""
    if if_none_match is None:
        return True
    if if_none_match.strip() == "*":
        return False
    return etag not in _ENTITY_TAG.findall(if_none_match)


def range_applies(if_range: str | None, etag: str) -> bool:
    """Tell whether the Range header counts: there is no If-Range, or it names ``etag`` (quoted), strongly.

    A date never matches, because no Last-Modified is ever sent.
    """
    return if_range is None or if_range.strip() == etag


def _number(digits: str) -> int:
    """Return the value of ``digits``, or a value behind every file."""
    return int(digits) if len(digits) <= _MOST_DIGITS else _HUGE
