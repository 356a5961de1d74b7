"""Fields of JSON that others wrote: absent, of another type, or impossible to store. Pure; nothing here raises."""

from collections.abc import Mapping
from typing import Any, Final

_GREATEST_NUMBER: Final = 1e9


def text_of(part: Mapping[str, Any], key: str) -> str:
    """Return a string field, empty when it is absent or of another type; without what a database cannot hold."""
    value = part.get(key)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def part_of(part: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object field, an empty one when it is absent or of another type."""
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def number_of(part: Mapping[str, Any], key: str) -> float | None:
    """Return a number that JSON can carry on, None for anything else."""
    value = part.get(key)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _GREATEST_NUMBER
    return value if usable else None
