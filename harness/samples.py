"""Small files that the suite sends, each kind valid enough for a channel that looks inside.

Every file carries a mark, so that no two scenarios share bytes and a cache cannot hide a mistake.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass

JPEG_MARK_AT = 2
"""Right behind the start-of-image marker, where a comment segment may stand."""

# 8 by 8 pixels of one colour, grey-scale tables only.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqm"
    "x5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAIAAgD"
    "ASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKB"
    "kaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZ"
    "mqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQF"
    "BgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5"
    "OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX"
    "2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCGiiiuE9M//9k="
)
WEBP = base64.b64decode("UklGRjwAAABXRUJQVlA4IDAAAADwAQCdASoIAAgAAUAmJaACdLoB+AAETAAA/upl//z8zu3F/Vb/7B39Kx9Kx+vQAAA=")


@dataclass(frozen=True, slots=True)
class Sample:
    """A file with its name, its type and the customer's action that sends it."""

    name: str
    mime: str
    content: bytes
    action: str


def _jpeg(mark: bytes) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", len(mark) + 2) + mark
    return JPEG[:JPEG_MARK_AT] + comment + JPEG[JPEG_MARK_AT:]


def _png(mark: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    text = chunk(b"tEXt", b"Comment\x00" + mark)
    pixels = chunk(b"IDAT", zlib.compress(b"\x00\x7f"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + pixels + chunk(b"IEND", b"")


def _webp(mark: bytes) -> bytes:
    extra = mark + b"\x00" * (len(mark) % 2)
    body = WEBP[8:] + b"XMP " + struct.pack("<I", len(mark)) + extra
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _pdf(mark: bytes) -> bytes:
    return b"%PDF-1.4\n%" + mark + b"\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _mp4(mark: bytes) -> bytes:
    def box(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data) + 8) + kind + data

    return box(b"ftyp", b"isom\x00\x00\x02\x00isomiso2avc1mp41") + box(b"free", mark) + box(b"mdat", b"\x00" * 16)


def _mp3(mark: bytes) -> bytes:
    frame = b"COMM" + struct.pack(">I", len(mark)) + b"\x00\x00" + mark
    return b"ID3\x03\x00\x00" + struct.pack(">I", len(frame)) + frame + b"\xff\xfb\x90\x00" + b"\x00" * 413


def _ogg_opus(mark: bytes) -> bytes:
    def page(flags: int, sequence: int, data: bytes) -> bytes:
        head = struct.pack("<4sBBqIII", b"OggS", 0, flags, 0, 1, sequence, 0)
        return head + bytes([1, len(data)]) + data

    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", len(mark)) + mark + struct.pack("<I", 0)
    return page(2, 0, head) + page(4, 1, tags)


KINDS = {
    "image": ("photo.jpg", "image/jpeg", _jpeg, "send_image"),
    "png image": ("drawing.png", "image/png", _png, "send_image"),
    "sticker": ("sticker.webp", "image/webp", _webp, "send_sticker"),
    "document": ("contract.pdf", "application/pdf", _pdf, "send_document"),
    "video": ("clip.mp4", "video/mp4", _mp4, "send_video"),
    "audio file": ("song.mp3", "audio/mpeg", _mp3, "send_audio"),
    "voice note": ("voice.ogg", "audio/ogg; codecs=opus", _ogg_opus, "send_voice_note"),
}
"""Every kind of file that a step may name."""


def sample(kind: str, mark: str) -> Sample:
    """Return the file of a kind with a mark of at most 100 characters inside."""
    name, mime, build, action = KINDS[kind]
    return Sample(name, mime, build(mark.encode()[:100]), action)
