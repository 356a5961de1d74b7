"""What a schema cannot say of a send: unique ids, sections that need titles, places on earth, phone numbers. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any, Final

from fake_channels.whatsapp import limits

Json = dict[str, Any]

_NUMBER: Final = re.compile(r"[0-9+() -]+", re.ASCII)


def of_number(given: str) -> str:
    """Why this is no phone number, whatever of `+ - ( )` and spaces stands in it; empty when it is one."""
    digits = sum(map(str.isdecimal, given))
    if _NUMBER.fullmatch(given) and 0 < digits <= limits.NUMBER_MAX:
        return ""
    return f"to: {given[:80]!r} is not a phone number"


def of_buttons(replies: list[Json]) -> str:
    """Why these reply buttons cannot stand together; empty when they can."""
    return _repeated("buttons: titles", [one["title"] for one in replies]) or _repeated(
        "buttons: ids", [one["id"] for one in replies]
    )


def of_sections(sections: list[Json]) -> str:
    """Why these sections make no list; empty when they do."""
    rows = [row for section in sections for row in section["rows"]]
    if len(rows) > limits.LIST_ROWS_MAX:
        return f"interactive.action.sections: {len(rows)} rows in total, at most {limits.LIST_ROWS_MAX}"
    if len(sections) > 1 and not all(section.get("title") for section in sections):
        return "interactive.action.sections: each needs a title where there are several"
    return _repeated("sections: row ids", [row["id"] for row in rows])


def _repeated(what: str, values: list[str]) -> str:
    twice = [value for value, count in Counter(values).items() if count > 1]
    return f"interactive.action.{what} must be unique, {twice[0]!r} is there twice" if twice else ""


def of_place(latitude: float, longitude: float) -> str:
    """Why this is no place on earth; empty when it is one."""
    for name, value, most in (
        ("latitude", latitude, limits.LATITUDE_MAX),
        ("longitude", longitude, limits.LONGITUDE_MAX),
    ):
        if not math.isfinite(value) or abs(value) > most:
            return f"location.{name}: must be between -{most} and {most}"
    return ""
