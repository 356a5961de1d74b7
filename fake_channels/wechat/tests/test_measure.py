"""The length of recordings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.wechat import measure
from fake_channels.wechat.tests.calls import amr

_FRAME = b"\xff\xfb\x50\xc4"
"""MPEG 1, layer 3, 64 kbit/s."""


@pytest.mark.parametrize(
    ("data", "seconds"),
    [
        (amr(0), 0),
        (amr(50), 1),
        (amr(51), 2),
        (amr(3_000), 60),
        (b"#!AMR\n" + b"\x78" * 50, 1),
        (_FRAME + bytes(8_000 - 4), 1),
        (_FRAME + bytes(8_000), 2),
        (b"ID3\x04\x00\x00\x00\x00\x00\x05hello" + _FRAME + bytes(8_000 - 4), 1),
        (b"\xff\xf3\x40\xc4" + bytes(4_000 - 4), 1),
        (b"\xff\xfb\xf0\xc4" + bytes(99), 0),
        (b"\xff\xfd\x50\xc4" + bytes(99), 0),
        (b"", 0),
        (b"OggS", 0),
        (b"ID3", 0),
    ],
)
def test_lengths_are_rounded_up(data: bytes, seconds: int) -> None:
    """Of AMR by its frames, of MP3 by its bit rate; 0 for what is neither."""
    assert measure.seconds(data) == seconds


@given(st.binary(max_size=60), st.sampled_from([b"", b"#!AMR\n", b"ID3", _FRAME]))
def test_no_bytes_break_it(data: bytes, start: bytes) -> None:
    """Whatever somebody uploads."""
    assert measure.seconds(start + data) >= 0
