"""What kind of file something is: by its extension, by what a server declares, and by its first bytes.

Pure: tables and decisions. ``filetype`` recognises the bytes; the tables say which recognitions go with which
extension, and which media types are the same under two names. The machine's own MIME tables are never asked.
"""

import re
from dataclasses import dataclass
from typing import Final

import filetype

from contactpro_bridge.attachments.names import extension_of

OCTET_STREAM: Final = "application/octet-stream"
SNIFF_BYTES: Final = 8192

_GENERIC = frozenset(
    {
        OCTET_STREAM,
        "application/binary",
        "application/download",
        "application/force-download",
        "application/unknown",
        "application/x-download",
        "binary/octet-stream",
        "unknown/unknown",
    }
)

_ALIASES = {
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "audio/aacp": "audio/aac",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/opus": "audio/ogg",
    "audio/vnd.wave": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-aac": "audio/aac",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "video/3gp": "video/3gpp",
    "video/x-m4v": "video/mp4",
}

_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the first bytes say; ``weak`` when a text may begin with the same few bytes by chance."""

    extension: str
    mime: str
    weak: bool


@dataclass(frozen=True, slots=True)
class FileKind:
    """One row: an extension, its media type, what such content is recognised as, and whether always so."""

    extension: str
    mime: str
    recognised_as: frozenset[str]
    always_recognised: bool

    @property
    def is_text(self) -> bool:
        """Tell whether such files are text, which no signature marks."""
        return not self.recognised_as


_WEAK = frozenset({"bmp", "exe", "mp3", "ps", "swf", "Z"})  # two or three bytes, all of them letters
_ISO_MEDIA = "mp4 m4a m4v mov 3gp"
_OFFICE = "doc xls ppt"
_ZIPS = "zip docx xlsx pptx odt ods odp epub"
_WORD, _DRAW = "wordprocessingml.document", "presentationml.presentation"
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

# extension, media type, recognised as (nothing: text), always recognised
_ROWS: tuple[tuple[str, str, str, bool], ...] = (
    ("jpg", "image/jpeg", "jpg", True),
    ("jpeg", "image/jpeg", "jpg", True),
    ("png", "image/png", "png apng", True),
    ("gif", "image/gif", "gif", True),
    ("webp", "image/webp", "webp", True),
    ("bmp", "image/bmp", "bmp", True),
    ("tif", "image/tiff", "tif cr2", False),
    ("tiff", "image/tiff", "tif cr2", False),
    ("ico", "image/x-icon", "ico", False),
    ("heic", "image/heic", "heic avif", False),
    ("heif", "image/heif", "heic avif", False),
    ("avif", "image/avif", "avif heic", False),
    ("mp3", "audio/mpeg", "mp3", False),
    ("m4a", "audio/mp4", _ISO_MEDIA, False),
    ("aac", "audio/aac", "aac mp3 m4a", False),
    ("amr", "audio/amr", "amr", False),
    ("ogg", "audio/ogg", "ogg", True),
    ("oga", "audio/ogg", "ogg", True),
    ("opus", "audio/ogg", "ogg", True),
    ("wav", "audio/wav", "wav", True),
    ("flac", "audio/flac", "flac", True),
    ("weba", "audio/webm", "webm mkv", False),
    ("3ga", "audio/3gpp", _ISO_MEDIA, False),
    ("mp4", "video/mp4", _ISO_MEDIA, False),
    ("m4v", "video/mp4", _ISO_MEDIA, False),
    ("mov", "video/quicktime", _ISO_MEDIA, False),
    ("3gp", "video/3gpp", _ISO_MEDIA, False),
    ("webm", "video/webm", "webm mkv", False),
    ("mkv", "video/x-matroska", "mkv webm", False),
    ("ogv", "video/ogg", "ogg", True),
    ("avi", "video/x-msvideo", "avi", False),
    ("mpg", "video/mpeg", "mpg", False),
    ("mpeg", "video/mpeg", "mpg", False),
    ("wmv", "video/x-ms-wmv", "wmv", False),
    ("pdf", "application/pdf", "pdf", True),
    ("doc", "application/msword", f"{_OFFICE} rtf", False),
    ("xls", "application/vnd.ms-excel", _OFFICE, False),
    ("ppt", "application/vnd.ms-powerpoint", _OFFICE, False),
    ("docx", f"{_OOXML}{_WORD}", "docx zip", True),
    ("xlsx", f"{_OOXML}spreadsheetml.sheet", "xlsx zip", True),
    ("pptx", f"{_OOXML}{_DRAW}", "pptx zip", True),
    ("odt", f"{_ODF}text", "odt zip", True),
    ("ods", f"{_ODF}spreadsheet", "ods zip", True),
    ("odp", f"{_ODF}presentation", "odp zip", True),
    ("epub", "application/epub+zip", "epub zip", True),
    ("rtf", "application/rtf", "rtf", False),
    ("zip", "application/zip", _ZIPS, True),
    ("gz", "application/gzip", "gz", True),
    ("7z", "application/x-7z-compressed", "7z", True),
    ("rar", "application/x-rar-compressed", "rar", True),
    ("tar", "application/x-tar", "tar", False),
    ("txt", "text/plain", "", False),
    ("log", "text/plain", "", False),
    ("md", "text/markdown", "", False),
    ("csv", "text/csv", "", False),
    ("vcf", "text/vcard", "", False),
    ("ics", "text/calendar", "", False),
    ("html", "text/html", "", False),
    ("htm", "text/html", "", False),
    ("json", "application/json", "", False),
    ("xml", "application/xml", "", False),
    ("svg", "image/svg+xml", "", False),
)
KINDS: dict[str, FileKind] = {
    row[0]: FileKind(row[0], row[1], frozenset(row[2].split()), always_recognised=row[3]) for row in _ROWS
}


def sniff(head: bytes) -> Sniffed | None:
    """Return what the first bytes of a file are recognised as, or None."""
    found = filetype.guess(head[:SNIFF_BYTES]) if head else None
    if found is None:
        return None
    extension = str(found.extension)
    mime = canonical_mime(str(found.mime)) or OCTET_STREAM
    return Sniffed(extension, mime, weak=extension in _WEAK)


def canonical_mime(header: str | None) -> str | None:
    """Return a declared media type without parameters, in lower case, under its usual name.

    None stands for a missing, malformed or meaningless one.
    """
    text = (header or "").partition(";")[0].strip().lower()
    if text in _GENERIC or not _MIME.fullmatch(text):
        return None
    return _ALIASES.get(text, text)


def decide_mime(declared: str | None, head: bytes) -> str:
    """Return the media type of a downloaded file from its Content-Type and its first bytes.

    A declared type stands unless the bytes clearly belong to another kind.
    """
    mime, sniffed = canonical_mime(declared), sniff(head)
    if mime is None or sniffed is None:
        return mime or (sniffed.mime if sniffed else OCTET_STREAM)
    return mime if _goes_with(mime, sniffed, head) else sniffed.mime


def contradicts(kind: FileKind, head: bytes) -> bool:
    """Tell whether the first bytes of a file cannot belong to the kind that its extension names."""
    sniffed = sniff(head)
    if sniffed is None:
        return kind.always_recognised
    if kind.is_text:
        return not (sniffed.weak and looks_like_text(head))
    return sniffed.extension not in kind.recognised_as


def mime_for_name(name: str, declared: str | None, head: bytes) -> str:
    """Return the media type of a checked file: its extension's, if that has a row, else what it looks like.

    One container serves sound and film, so there the declared one of the two stands.
    """
    kind, mime = KINDS.get(extension_of(name)), canonical_mime(declared)
    if kind is None:
        return decide_mime(declared, head)
    if mime is None or not (_is_sound_or_film(kind.mime) and _is_sound_or_film(mime)):
        return kind.mime
    same_container = any(row.mime == mime and row.recognised_as & kind.recognised_as for row in KINDS.values())
    return mime if same_container else kind.mime


def extension_for(mime: str) -> str:
    """Return the usual extension of a media type, empty when it has no row."""
    return next((kind.extension for kind in KINDS.values() if kind.mime == mime), "")


def looks_like_text(head: bytes) -> bool:
    """Tell whether bytes read as UTF-8 text; a character cut off at the end does no harm."""
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _goes_with(mime: str, sniffed: Sniffed, head: bytes) -> bool:
    """Tell whether a declared type and a recognition can both be right."""
    rows = [kind for kind in KINDS.values() if kind.mime == mime]
    if rows:
        return any(not contradicts(kind, head) for kind in rows)
    return mime.partition("/")[0] == sniffed.mime.partition("/")[0] or sniffed.weak


def _is_sound_or_film(mime: str) -> bool:
    """Tell whether a media type is an audio or a video one."""
    return mime.startswith(("audio/", "video/"))
