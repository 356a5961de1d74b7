"""Media types by name."""

import pytest

from fake_sinch.mediatypes import Family, family, file_name, guess, suffix_for


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.JPG", "image/jpeg"),
        ("https://m.example/a/b.mp4?x=1.png", "video/mp4"),
        ("https://m.example/a%20b.pdf", "application/pdf"),
        ("voice.ogg", "audio/ogg"),
        ("https://m.example/token", ""),
        (".jpg", ""),
        ("", ""),
        ("a.unheardof", ""),
        ("http://[::1", ""),
    ],
)
def test_guess(name: str, mime: str) -> None:
    """A name tells its type by its suffix, case and query ignored, or nothing."""
    assert guess(name) == mime


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/png", Family.IMAGE),
        ("image/webp", Family.STICKER),
        ("video/mp4", Family.VIDEO),
        ("audio/ogg; codecs=opus", Family.AUDIO),
        ("application/pdf", Family.DOCUMENT),
        ("", Family.DOCUMENT),
    ],
)
def test_family(mime: str, kind: Family) -> None:
    """Channels tell five families apart; everything unknown is a document."""
    assert family(mime) is kind


def test_suffix_goes_back() -> None:
    """The suffix of a type names that type again."""
    for name in ("a.jpg", "a.png", "a.mp4", "a.pdf", "a.ogg", "a.mp3"):
        assert guess(f"x{suffix_for(guess(name))}") == guess(name)
    assert suffix_for("audio/ogg; codecs=opus") == ".ogg"
    assert suffix_for("x/unheardof") == ""


def test_file_name() -> None:
    """The file's name is the last segment of the path, decoded."""
    assert file_name("https://m.example/a/b%20c.pdf?d=e/f") == "b c.pdf"
