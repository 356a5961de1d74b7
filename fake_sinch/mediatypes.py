"""Media types by file name, and the families that channels tell apart.

Must not know: channels, how a file is fetched.
"""

import mimetypes
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit


class Family(StrEnum):
    """The kinds of file that channels treat differently."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    STICKER = "sticker"
    DOCUMENT = "document"


# Names that the standard table lacks on some machines, or knows under another type; same answer everywhere.
_BY_SUFFIX: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".3gp": "video/3gpp",
    ".mov": "video/quicktime",
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".zip": "application/zip",
}
_BUILT_IN: Final = mimetypes.MimeTypes()
_SUFFIX_OF: Final = {mime: suffix for suffix, mime in reversed(_BY_SUFFIX.items())}


def file_name(url: str) -> str:
    """Return the last segment of a link's path; "" when it is no link."""
    try:
        return unquote(urlsplit(url).path).rsplit("/", 1)[-1]
    except ValueError:  # half an IPv6 address
        return ""


def guess(name: str) -> str:
    """Return the media type that a file name or a link tells, or ""."""
    leaf = file_name(name).lower()
    stem, dot, suffix = leaf.rpartition(".")
    if not dot or not stem:
        return ""
    return _BY_SUFFIX.get(f".{suffix}") or _BUILT_IN.guess_type(leaf)[0] or ""


def suffix_for(mime: str) -> str:
    """Return the usual suffix (with its dot) of files of a media type, or ""."""
    bare = mime.partition(";")[0].strip().lower()
    return _SUFFIX_OF.get(bare) or _BUILT_IN.guess_extension(bare) or ""


def family(mime: str) -> Family:
    """Return the family of a media type; everything unknown is a document."""
    bare = mime.partition(";")[0].strip().lower()
    if bare == "image/webp":
        return Family.STICKER
    head = bare.partition("/")[0]
    return Family(head) if head in {"image", "video", "audio"} else Family.DOCUMENT
