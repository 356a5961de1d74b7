"""What a file's own header says of its size on a screen and its length in time. Pure."""

from __future__ import annotations

import re
import struct
from typing import Final

_JPEG_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_OPUS_HERTZ: Final = 48_000
_MP3_BYTES_A_SECOND: Final = 16_000
_OGG_PAGE: Final = 14


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG, GIF, JPEG or WebP; (0, 0) for anything else."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", data, 16)
        elif data.startswith((b"GIF87a", b"GIF89a")):
            width, height = struct.unpack_from("<HH", data, 6)
        elif data.startswith(b"\xff\xd8"):
            width, height = _jpeg_size(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            width, height = _webp_size(data)
        else:
            return 0, 0
    except (struct.error, IndexError):
        return 0, 0
    return int(width), int(height)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while data[at] == 0xFF:  # noqa: PLR2004  every JPEG segment starts with this octet
        marker = data[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def seconds(data: bytes) -> int:
    """The length of an Ogg Opus, MP4 or MP3 file, rounded up to a second; an MP3's is a guess from its size."""
    try:
        if data.startswith(b"OggS"):
            last = data.rfind(b"OggS")
            (granule,) = struct.unpack_from("<q", data[: last + _OGG_PAGE], last + 6)
            return max(0, -(-int(granule) // _OPUS_HERTZ))
        if data[4:8] == b"ftyp":
            return _mp4_seconds(data)
    except (struct.error, IndexError):
        return 0
    if data.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3")):
        return -(-len(data) // _MP3_BYTES_A_SECOND)
    return 0


def _mp4_seconds(data: bytes) -> int:
    found = re.search(b"mvhd", data)
    if found is None:
        return 0
    start = found.end()
    form, at = (">IQ", start + 20) if data[start] == 1 else (">II", start + 12)
    scale, length = struct.unpack_from(form, data, at)
    return -(-int(length) // int(scale)) if scale else 0
