"""Metadata to attached data: key-value pairs whose keys are XML element names. Pure; no input makes it raise.

Documented: keys without spaces, leading digits or punctuation; plain JSON, or JSON whose quotes are escaped with
backslashes. Decided here, because the vendor's text is silent: an unusable key is skipped alone; numbers and booleans
become text as they were written; nested values are flattened with dots (``order.id``, ``items.0``); ``null`` is
skipped; of a key given twice in one text the last value stays; a later message overwrites, an older one that arrives
late does not. The raw text stays in the stored callback, whatever happens here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contactpro_bridge.ids import is_hex32

MAX_KEYS: Final = 200
MAX_KEY_LENGTH: Final = 128
MAX_VALUE_LENGTH: Final = 4096
MAX_TEXT_LENGTH: Final = 65_536
MAX_DEPTH: Final = 6
MAX_PROBLEMS: Final = 100
NO_ROOM: Final = "There is no room left in the chat's attached data."

# The key under which our own entry id travels in message_metadata; the API echoes it in answers to choices.
OWN_KEY: Final = "bridge_entry"

# https://www.w3.org/TR/xml/#NT-Name, without the colon, which belongs to namespaces.
_START: Final = "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
_MORE: Final = "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_NAME: Final = re.compile(rf"[{_START}{_MORE}][{_START}{_MORE}.\-0-9\u00b7\u0300-\u036f\u203f\u2040]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a key, or a whole metadata text (key ``""``), did not become attached data."""

    key: str
    problem: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """What one metadata text yields."""

    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


NOTHING: Final = Extracted({})


def extract(metadata: str) -> Extracted:
    """Read one metadata text; an empty one yields nothing, an unusable one a problem."""
    if not metadata.strip():
        return NOTHING
    if len(metadata) > MAX_TEXT_LENGTH:
        return Extracted({}, (Problem("", f"The metadata has more than {MAX_TEXT_LENGTH} characters."),))
    decoded = _decode(metadata)
    if not isinstance(decoded, dict):
        return Extracted({}, (Problem("", "The metadata is not a JSON object of keys and values."),))
    return _take(decoded)


def combine(metadata: str, message_metadata: str, *, prefer_message_metadata: bool = False) -> Extracted:
    """Read both metadata texts of a message; where they give the same key, ``metadata`` wins unless told otherwise."""
    first, second = extract(metadata), extract(message_metadata)
    if prefer_message_metadata:
        first, second = second, first
    if metadata == message_metadata:
        return first
    return Extracted({**second.values, **first.values}, first.problems + second.problems)


def merge(stored: Mapping[str, Any], values: Mapping[str, str], at_us: int) -> dict[str, Any]:
    """Merge ``values``, brought by a message of ``at_us``, into stored ``{key: [value, at_us]}``; the newer stays.

    What there is no room for is left out: all of it is shown with every chat of a list.
    """
    merged = dict(stored)
    room = MAX_TEXT_LENGTH - sum(len(key) + len(value) for key, (value, _at) in merged.items())
    for key, value in values.items():
        known = merged.get(key)
        if (known is not None and known[1] > at_us) or (known is None and len(merged) >= MAX_KEYS):
            continue
        more = len(value) - len(known[0]) if known is not None else len(key) + len(value)
        if more > max(room, 0):
            continue
        room -= more
        merged[key] = [value, at_us]
    return merged


def own_entry_id(metadata: str) -> str:
    """Return the entry id that our own message metadata carries, empty when it is somebody else's or no id."""
    if OWN_KEY not in metadata:
        return ""
    decoded = _decode(metadata)
    value = decoded.get(OWN_KEY) if isinstance(decoded, dict) else None
    return value if isinstance(value, str) and is_hex32(value) else ""


def is_xml_name(key: str) -> bool:
    """Say whether ``key`` may name an XML element."""
    return len(key) <= MAX_KEY_LENGTH and _NAME.fullmatch(key) is not None


def _decode(text: str) -> Any:
    """Decode plain JSON, JSON in a JSON string, or JSON with backslash-escaped quotes; None when it is none of them."""
    decoded = _loads(text)
    if decoded is None and "\\" in text:
        decoded = _loads(f'"{text}"', strict=False)
    return _loads(decoded) if isinstance(decoded, str) else decoded


def _loads(text: str, *, strict: bool = True) -> Any:
    try:
        # Numbers stay as they were written: 01230 is no JSON, but 1.10 must not become 1.1.
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=strict)
    except (ValueError, RecursionError):
        return None


def _take(decoded: dict[str, Any]) -> Extracted:
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in _flatten("", decoded, 0):
        if key == OWN_KEY:
            continue
        problem = _problem_of(key, value)
        if problem is None and key not in values and len(values) >= MAX_KEYS:
            problem = f"There are more than {MAX_KEYS} keys."
        if problem is None:
            values[key] = _as_text(value)
        elif len(problems) < MAX_PROBLEMS:
            problems.append(Problem(_storable(key[:MAX_KEY_LENGTH]), problem))
    return Extracted(values, tuple(problems))


def _flatten(prefix: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > MAX_DEPTH or not isinstance(value, dict | list):
        yield prefix, value
        return
    pairs = value.items() if isinstance(value, dict) else ((str(index), item) for index, item in enumerate(value))
    for name, item in pairs:
        yield from _flatten(f"{prefix}.{name}" if depth else name, item, depth + 1)


def _problem_of(key: str, value: Any) -> str | None:
    if not is_xml_name(key):
        return "The key is not a valid XML element name (no spaces, no leading digit or punctuation)."
    if value is None:
        return "The value is null."
    if isinstance(value, dict | list):
        return f"The value is nested more than {MAX_DEPTH} levels deep."
    if isinstance(value, str) and len(value) > MAX_VALUE_LENGTH:
        return f"The value has more than {MAX_VALUE_LENGTH} characters."
    return None


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _storable(str(value))


def _storable(text: str) -> str:
    """Return a text without what a database cannot hold: NUL and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
