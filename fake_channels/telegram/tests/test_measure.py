"""What files say of themselves."""

from __future__ import annotations

import struct

import pytest

from fake_channels.telegram.measure import picture_size, seconds
from fake_channels.telegram.tests.calls import GIF, MP4, PDF, ogg, png

_JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 480, 640) + bytes(9)
_VP8 = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(10) + struct.pack("<HH", 512, 256) + bytes(9)
_VP8L = b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 511 | (255 << 14)) + bytes(9)
_VP8X = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\xff\x01\x00\xff\x00\x00" + bytes(9)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(7, 9), (7, 9)),
        (GIF, (32, 16)),
        (_JPEG, (640, 480)),
        (_VP8, (512, 256)),
        (_VP8L, (512, 256)),
        (_VP8X, (512, 256)),
        (PDF, (0, 0)),
        (b"", (0, 0)),
        (b"\x89PNG\r\n\x1a\n", (0, 0)),
        (b"\xff\xd8", (0, 0)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\x00\x00", (0, 0)),
    ],
)
def test_pictures_tell_their_size(data: bytes, size: tuple[int, int]) -> None:
    """Each format by its own header; anything else, or a cut one, has none."""
    assert picture_size(data) == size


def _mp4(version: int) -> bytes:
    form, times = (">IQ", bytes(16)) if version else (">II", bytes(8))
    head = b"\x00\x00\x00\x18ftypmp42" + bytes(12) + b"mvhd" + bytes([version, 0, 0, 0]) + times
    return head + struct.pack(form, 1_000, 4_200)


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (ogg(3), 3),
        (b"OggS", 0),
        (_mp4(0), 5),
        (_mp4(1), 5),
        (MP4, 0),
        (b"\x00\x00\x00\x18ftypmp42mvhd\x00", 0),
        (b"\x00\x00\x00\x18ftypmvhd", 0),
        (b"ID3" + bytes(31_997), 2),
        (PDF, 0),
    ],
)
def test_recordings_tell_their_length(data: bytes, length: int) -> None:
    """Rounded up to a second; nothing is guessed of what tells none."""
    assert seconds(data) == length
