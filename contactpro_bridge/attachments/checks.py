"""What an agent may send: the administrator's limits, and names and content that would mislead.

Pure: a refusal is told to the agent at once, before anything is stored or published.

Decided here, because the vendor's text is silent: an empty list of types allows every type except
executable ones, which must be listed by name; a file of exactly the greatest size is allowed; an empty file
is not.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from contactpro_bridge.attachments.mimes import KINDS, contradicts, mime_for_name
from contactpro_bridge.attachments.names import extension_of, is_misleading, safe_filename

_EXECUTABLE_LIST = """
apk app bat chm cmd com cpl deb dll dmg exe gadget hta inf ins iso jar js jse lnk msc msi msix msp mst pif
ps1 psm1 py reg rpm scr sct sh sys url vb vbe vbs wsc wsf wsh
"""
_EXECUTABLE = frozenset(_EXECUTABLE_LIST.split())


class RefusedBecause(StrEnum):
    """Why a file may not be sent; the values are stable."""

    EMPTY = "file_empty"
    TOO_LARGE = "file_too_large"
    TYPE_NOT_ALLOWED = "file_type_not_allowed"
    CONTENT_MISMATCH = "file_content_mismatch"
    DANGEROUS_NAME = "file_name_dangerous"


class AttachmentRefused(Exception):
    """A file may not be sent: a stable code, a sentence for the agent, and what to do about it."""

    def __init__(self, code: RefusedBecause, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class OutgoingRules:
    """The administrator's limits: the greatest size in bytes, and the allowed extensions as text or list."""

    max_bytes: int
    allowed_file_types: str | Collection[str] = ()


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be sent: its name, safe to show and publish, and its media type."""

    name: str
    mime: str


def parse_file_types(value: str | Collection[str]) -> frozenset[str]:
    """Return the extensions of a list split by ``,`` or ``;``, in lower case, without ``.`` or ``*.``."""
    entries = [value] if isinstance(value, str) else value
    parts = (part.strip().lower() for entry in entries for part in re.split(r"[,;]", entry))
    return frozenset(part.lstrip("*.") for part in parts) - {""}


def check_outgoing(
    name: str, declared_mime: str | None, head: bytes, size_bytes: int, settings: OutgoingRules
) -> CheckedFile:
    """Return the file as it may be sent, or raise AttachmentRefused; ``head`` is its first 8 KiB or more."""
    _check_size(size_bytes, settings.max_bytes)
    _check_name(name)
    safe = safe_filename(name)
    _check_type(extension_of(safe), parse_file_types(settings.allowed_file_types))
    kind = KINDS.get(extension_of(safe))
    if kind is not None and contradicts(kind, head):
        raise AttachmentRefused(
            RefusedBecause.CONTENT_MISMATCH,
            f"The content of {safe!r} is not what the extension .{kind.extension} says.",
            "Send the file in the format that its name says, or give it its right extension.",
        )
    return CheckedFile(safe, mime_for_name(safe, declared_mime, head))


def _check_size(size_bytes: int, max_bytes: int) -> None:
    """Refuse a file without content and one above the greatest size."""
    if size_bytes <= 0:
        raise AttachmentRefused(RefusedBecause.EMPTY, "The file is empty.", "Choose a file with content.")
    if size_bytes > max_bytes:
        raise AttachmentRefused(
            RefusedBecause.TOO_LARGE,
            f"The file has {size_bytes} bytes; at most {max_bytes} are allowed.",
            "Send a smaller file, or ask the administrator to raise the maximum attachment size.",
        )


def _check_name(name: str) -> None:
    """Refuse a name that hides what or where the file is; harmless oddities are corrected instead."""
    if "/" in name or "\\" in name:
        problem = "contains a path"
    elif any(is_misleading(char) for char in name):
        problem = "contains control or direction-changing characters"
    elif not name.strip(" ."):
        problem = "has no visible part"
    else:
        return
    raise AttachmentRefused(
        RefusedBecause.DANGEROUS_NAME, f"The file name {problem}.", "Rename the file and send it again."
    )


def _check_type(extension: str, allowed: frozenset[str]) -> None:
    """Refuse an extension that is not in the list; without a list, one that starts a program."""
    if extension in allowed or (not allowed and extension not in _EXECUTABLE):
        return
    listed = f"Allowed are: {', '.join(sorted(allowed))}." if allowed else "Executable files must be allowed by name."
    what = f"Files of the type .{extension}" if extension else "Files without an extension"
    raise AttachmentRefused(RefusedBecause.TYPE_NOT_ALLOWED, f"{what} may not be sent.", listed)
