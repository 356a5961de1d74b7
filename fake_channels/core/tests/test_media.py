"""What bytes really are."""

from __future__ import annotations

import pytest

from fake_channels.core.media import Media, bare, family, real_type, sniff

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.mark.parametrize(
    ("data", "declared", "real"),
    [
        (PNG, "image/jpeg", "image/png"),
        (b"plain words", "Text/Plain; charset=utf-8", "text/plain"),
        (b"", "image/png", "image/png"),
    ],
)
def test_the_bytes_are_believed_before_what_is_declared(data: bytes, declared: str, real: str) -> None:
    """What is declared counts where the bytes show nothing."""
    assert real_type(data, declared) == real


def test_bytes_that_show_nothing_are_of_the_generic_type() -> None:
    """A kind is its family, without parameters."""
    assert (sniff(PNG), sniff(b"words")) == ("image/png", "application/octet-stream")
    assert (bare(" Image/PNG ; q=1"), family("Image/PNG; q=1")) == ("image/png", "image")


def test_equal_bytes_have_equal_digests() -> None:
    """SHA-256, whatever name and type say."""
    assert Media(b"", "a/b", "x").digest == Media(b"", "c/d", "y").digest
    assert Media(b"", "a/b", "x").digest.hex().startswith("e3b0c44298fc1c14")
