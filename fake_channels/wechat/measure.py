"""How long a recording is, read from its own bytes. Pure.

AMR: RFC 4867 section 5. MP3: ISO/IEC 11172-3, the header of the first frame.
"""

from __future__ import annotations

import math
from typing import Final

_AMR: Final = b"#!AMR\n"
_AMR_FRAMES_A_SECOND: Final = 50
_AMR_SIZES: Final = (13, 14, 16, 18, 20, 21, 27, 32, 6)
"""Octets of a frame with its header, by frame type; all others carry a header alone."""
_ID3_HEADER: Final = 10
_MPEG1: Final = 3
_LAYER3: Final = 1
_RATES_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def seconds(data: bytes) -> int:
    """The length of an AMR or MP3 recording, rounded up; 0 for what is neither."""
    if data.startswith(_AMR):
        return math.ceil(_amr_frames(data) / _AMR_FRAMES_A_SECOND)
    return _mp3_seconds(data)


def _amr_frames(data: bytes) -> int:
    at, frames = len(_AMR), 0
    while at < len(data):
        frame_type = data[at] >> 3 & 0x0F
        at += _AMR_SIZES[frame_type] if frame_type < len(_AMR_SIZES) else 1
        frames += 1
    return frames


def _mp3_seconds(data: bytes) -> int:
    start = 0
    if data.startswith(b"ID3") and len(data) >= _ID3_HEADER:
        size = 0
        for octet in data[6:_ID3_HEADER]:
            size = size << 7 | octet & 0x7F
        start = _ID3_HEADER + size
    header = data[start : start + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:  # noqa: PLR2004  eleven bits of sync
        return 0
    version, layer, rate = header[1] >> 3 & 3, header[1] >> 1 & 3, header[2] >> 4
    rates = _RATES_1 if version == _MPEG1 else _RATES_2
    if layer != _LAYER3 or not 0 < rate < len(rates):
        return 0
    return math.ceil((len(data) - start) * 8 / (rates[rate] * 1000))
