"""File names: made safe to store, show and send, and spelled in Content-Disposition.

Pure. A name never becomes part of a storage key: it is a label, and a stranger chose it.
"""

import re
import unicodedata
import warnings
from typing import Final, Literal
from urllib.parse import quote

from aiohttp import content_disposition_filename, parse_content_disposition

MAX_NAME_BYTES: Final = 150
FALLBACK_NAME: Final = "file"
_MAX_EXTENSION_BYTES: Final = 16

# Joiners belong to Indic and Persian words and to emoji; every other invisible character is dropped.
# Unassigned ones stay: they are mostly emoji younger than this Python.
_JOINERS = "\u200c\u200d"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_EDGES = f" .{_JOINERS}"

# Embeddings, overrides and isolates
# (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters): they show "exe.jpg" where
# "gpj.exe" stands.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SEPARATORS = re.compile(r"[/\\]+")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_SPACES = re.compile(r"\s+")

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file : whatever follows the first dot does not
# matter.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)

# attr-char of RFC 5987 besides letters and digits, less what urllib already leaves alone.
_ATTR_CHAR = "!#$&+-.^_`|~"
_QUOTABLE = re.compile(r"[^\x20-\x7e]|[\"\\%]")


def safe_filename(name: str) -> str:
    """Return ``name`` without anything that a file system, a header or a person could be misled by.

    Only the last path segment stays; invisible and direction-changing characters go; the result is never
    empty, never hidden, never a device name, at most ``MAX_NAME_BYTES`` of UTF-8, and safe names stay as
    they are.
    """
    visible = "".join(char for char in name if not _is_invisible(char))
    composed = unicodedata.normalize("NFC", visible)
    segments = [part for part in (_trim(segment) for segment in _SEPARATORS.split(composed)) if part]
    text = segments[-1] if segments else FALLBACK_NAME
    return _avoid_device(_shorten(_avoid_device(text)))


def is_misleading(char: str) -> bool:
    """Tell whether ``char`` has no honest place in a name: a control, or one that turns the text around."""
    return char in _DIRECTION or unicodedata.category(char) == "Cc"


def extension_of(name: str) -> str:
    """Return the lower-case extension of a file name without its dot; empty when there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def with_extension(name: str, extension: str) -> str:
    """Return ``name``, made safe, ending in ``extension`` unless it already has some extension."""
    safe = safe_filename(name)
    return safe if extension_of(safe) or not extension else safe_filename(f"{safe}.{extension}")


def content_disposition(kind: Literal["inline", "attachment"], name: str) -> str:
    """Return a Content-Disposition value (RFC 6266) that names ``name`` to old and new clients alike."""
    safe = safe_filename(name)
    plain = _QUOTABLE.sub("_", safe)
    value = f'{kind}; filename="{plain}"'
    return value if plain == safe else f"{value}; filename*=UTF-8''{quote(safe, safe=_ATTR_CHAR)}"


def name_from_disposition(header: str | None) -> str | None:
    """Return the raw file name of a Content-Disposition header (``filename*`` first), or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a stranger's malformed header is no defect of ours
        _, parameters = parse_content_disposition(header)
        return content_disposition_filename(parameters) or None


def _trim(segment: str) -> str:
    """Return a path segment without forbidden characters, doubled spaces, and dots or spaces at its ends."""
    text = _SPACES.sub(" ", _FORBIDDEN.sub("_", segment))
    return text.strip(_EDGES)


def _is_invisible(char: str) -> bool:
    """Tell whether ``char`` is a control, a direction mark or another character that nobody sees."""
    return char not in _JOINERS and unicodedata.category(char) in _INVISIBLE


def _avoid_device(name: str) -> str:
    """Return ``name``, prefixed when Windows would open a device instead of a file."""
    stem = name.partition(".")[0].rstrip(" ")
    return f"_{name}" if _RESERVED.fullmatch(stem) else name


def _shorten(name: str) -> str:
    """Return ``name`` cut to ``MAX_NAME_BYTES`` between characters, a short extension kept."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    ending = dot + extension
    if not stem or len(ending.encode()) > _MAX_EXTENSION_BYTES:
        stem, ending = name, ""
    kept = stem.encode()[: MAX_NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    return (kept.rstrip(_EDGES) or FALLBACK_NAME) + ending
