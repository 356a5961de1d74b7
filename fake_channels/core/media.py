"""Media: bytes with a type. What the bytes really are is read from them, not believed."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import filetype
import msgspec

GENERIC: Final = "application/octet-stream"


class Media(msgspec.Struct, frozen=True):
    """A file: its bytes, its declared type and its name."""

    data: bytes
    mime: str
    name: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes."""
        return sha256(self.data).digest()


def sniff(data: bytes) -> str:
    """The media type that the bytes themselves show; generic when they show none."""
    kind = filetype.guess(data[:8192])
    return GENERIC if kind is None else str(kind.mime)


def real_type(data: bytes, declared: str) -> str:
    """The media type that the bytes show; the declared one, without parameters, when they show none."""
    found = sniff(data)
    return bare(declared) if found == GENERIC else found


def bare(mime: str) -> str:
    """A media type in lower case without parameters."""
    return mime.partition(";")[0].strip().lower()


def family(mime: str) -> str:
    """`image` of `image/png`."""
    return bare(mime).partition("/")[0]
