"""What a file is, from declaration, name and content."""

import pytest

from contactpro_bridge.attachments.mimes import (
    KINDS,
    FileKind,
    canonical_mime,
    contradicts,
    decide_mime,
    extension_for,
    looks_like_text,
    mime_for_name,
    sniff,
)
from contactpro_bridge.attachments.tests import samples


@pytest.mark.parametrize(
    ("declared", "head", "mime"),
    [
        ("image/jpeg", samples.JPEG, "image/jpeg"),
        ("image/jpg; charset=x", samples.JPEG, "image/jpeg"),
        ("IMAGE/PNG", samples.PNG, "image/png"),
        ("audio/ogg; codecs=opus", samples.OGG, "audio/ogg"),
        ("video/ogg", samples.OGG, "video/ogg"),
        ("audio/mp4", samples.MP4, "audio/mp4"),
        (None, samples.JPEG, "image/jpeg"),
        ("application/octet-stream", samples.PDF, "application/pdf"),
        ("text/plain", samples.JPEG, "image/jpeg"),
        ("text/html", samples.PDF, "application/pdf"),
        ("image/jpeg", samples.EXE, "application/x-msdownload"),
        ("image/png", samples.TEXT, "image/png"),
        ("text/plain", b"BMW for sale", "text/plain"),
        ("application/vnd.custom", samples.ZIP, "application/vnd.custom"),
        (None, b"", "application/octet-stream"),
        ("no media type", samples.TEXT, "application/octet-stream"),
    ],
)
def test_decide_mime(declared: str | None, head: bytes, mime: str) -> None:
    """The declared type stands unless it says nothing or the content is clearly of another kind."""
    assert decide_mime(declared, head) == mime


@pytest.mark.parametrize(
    ("declared", "canonical"),
    [
        ("Audio/MP3", "audio/mpeg"),
        ("image/jpeg\r\nX: y", None),
        ("", None),
        (None, None),
        ("image", None),
        ("binary/octet-stream", None),
    ],
)
def test_canonical_mime(declared: str | None, canonical: str | None) -> None:
    """A media type has one spelling; what is none, or says nothing, is None."""
    assert canonical_mime(declared) == canonical


@pytest.mark.parametrize(
    ("name", "declared", "head", "mime"),
    [
        ("a.jpg", "application/x-evil", samples.JPEG, "image/jpeg"),
        ("a.docx", "application/zip", samples.ZIP, KINDS["docx"].mime),
        ("a.mp4", "audio/mp4", samples.MP4, "audio/mp4"),
        ("a.mp4", "audio/mpeg", samples.MP4, "video/mp4"),
        ("a.mp4", None, samples.MP4, "video/mp4"),
        ("a.dat", None, samples.PNG, "image/png"),
    ],
)
def test_mime_for_name(name: str, declared: str | None, head: bytes, mime: str) -> None:
    """A known extension decides, except between sound and film in one container."""
    assert mime_for_name(name, declared, head) == mime


def test_every_always_recognised_kind_names_a_recognition() -> None:
    """A row that demands a signature says which ones count."""
    assert all(kind.recognised_as for kind in KINDS.values() if kind.always_recognised)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.extension)
def test_a_program_contradicts_every_kind(kind: FileKind) -> None:
    """No row takes a program for what its extension says."""
    assert contradicts(kind, samples.EXE)


def test_media_types_find_an_extension() -> None:
    """The usual extension of a type is its first row; an unknown type has none."""
    assert extension_for("image/jpeg") == "jpg"
    assert extension_for("application/x-unheard-of") == ""


def test_text_may_be_cut_inside_a_character() -> None:
    """The first bytes of a text are text even when they end within a character."""
    assert looks_like_text("aé".encode()[:-1])
    assert not looks_like_text(b"a\xffb")
    assert not looks_like_text(b"a\0b")


def test_nothing_is_recognised_in_nothing() -> None:
    """An empty head is not recognised, and no error."""
    assert sniff(b"") is None
