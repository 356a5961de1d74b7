"""Pictures of people."""

from __future__ import annotations

import struct

import filetype

from fake_channels.core.portraits import MIME, SIDE, portrait


def test_a_portrait_follows_from_the_person() -> None:
    """The same for the same id, another for another, and small."""
    assert portrait("a") == portrait("a") != portrait("b")
    assert len(portrait("a")) < 1_000


def test_a_portrait_is_a_png() -> None:
    """Square, of the size that is told."""
    data = portrait("a")
    assert filetype.guess_mime(data) == MIME
    assert struct.unpack(">II", data[16:24]) == (SIDE, SIDE)
