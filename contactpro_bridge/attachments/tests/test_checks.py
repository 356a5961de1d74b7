"""What an agent may send."""

import pytest

from contactpro_bridge.attachments.checks import (
    AttachmentRefused,
    CheckedFile,
    OutgoingRules,
    RefusedBecause,
    check_outgoing,
    parse_file_types,
)
from contactpro_bridge.attachments.mimes import KINDS
from contactpro_bridge.attachments.tests import samples

ANY = OutgoingRules(max_bytes=1000)


@pytest.mark.parametrize(
    ("value", "types"),
    [
        ("pdf, gif; MP4", {"pdf", "gif", "mp4"}),
        (" .jpg;*.PNG,,; ", {"jpg", "png"}),
        (["jpg", "PNG;gif"], {"jpg", "png", "gif"}),
        ("", set()),
        ([], set()),
    ],
)
def test_file_types_are_split(value: str | list[str], types: set[str]) -> None:
    """Extensions are split by comma or semicolon and compared without case."""
    assert parse_file_types(value) == types


@pytest.mark.parametrize(
    ("name", "declared", "head", "checked"),
    [
        ("Photo.JPG", "image/jpeg", samples.JPEG, CheckedFile("Photo.JPG", "image/jpeg")),
        ("a  b.pdf", None, samples.PDF, CheckedFile("a b.pdf", "application/pdf")),
        ("con.pdf", None, samples.PDF, CheckedFile("_con.pdf", "application/pdf")),
        ("notes.txt", "text/plain", samples.TEXT, CheckedFile("notes.txt", "text/plain")),
        ("cars.txt", None, b"BMW for sale", CheckedFile("cars.txt", "text/plain")),
        ("voice.ogg", "audio/ogg", samples.OGG, CheckedFile("voice.ogg", "audio/ogg")),
        ("table.xlsx", None, samples.ZIP, CheckedFile("table.xlsx", KINDS["xlsx"].mime)),
        ("README", None, samples.TEXT, CheckedFile("README", "application/octet-stream")),
    ],
)
def test_allowed_files(name: str, declared: str | None, head: bytes, checked: CheckedFile) -> None:
    """An honest file is allowed, under a tidy name and its own media type."""
    assert check_outgoing(name, declared, head, 500, ANY) == checked


@pytest.mark.parametrize(
    ("name", "head", "size", "rules", "code"),
    [
        ("a.jpg", b"", 0, ANY, RefusedBecause.EMPTY),
        ("a.jpg", samples.JPEG, 1001, ANY, RefusedBecause.TOO_LARGE),
        ("a.jpg", samples.JPEG, 9, OutgoingRules(1000, "pdf; gif"), RefusedBecause.TYPE_NOT_ALLOWED),
        ("README", samples.TEXT, 9, OutgoingRules(1000, "pdf"), RefusedBecause.TYPE_NOT_ALLOWED),
        ("a.pdf.exe", samples.EXE, 9, ANY, RefusedBecause.TYPE_NOT_ALLOWED),
        ("a.exe.", samples.EXE, 9, ANY, RefusedBecause.TYPE_NOT_ALLOWED),
        ("a.jpg", samples.PDF, 9, ANY, RefusedBecause.CONTENT_MISMATCH),
        ("a.jpg", samples.TEXT, 9, ANY, RefusedBecause.CONTENT_MISMATCH),
        ("a.pdf", samples.EXE, 9, OutgoingRules(1000, "pdf"), RefusedBecause.CONTENT_MISMATCH),
        ("a.txt", samples.PNG, 9, ANY, RefusedBecause.CONTENT_MISMATCH),
        ("a.txt", samples.EXE, 9, ANY, RefusedBecause.CONTENT_MISMATCH),
        ("../a.jpg", samples.JPEG, 9, ANY, RefusedBecause.DANGEROUS_NAME),
        ("x\\a.jpg", samples.JPEG, 9, ANY, RefusedBecause.DANGEROUS_NAME),
        ("evil\u202egpj.exe", samples.JPEG, 9, ANY, RefusedBecause.DANGEROUS_NAME),
        ("a\n.jpg", samples.JPEG, 9, ANY, RefusedBecause.DANGEROUS_NAME),
        (" .. ", samples.JPEG, 9, ANY, RefusedBecause.DANGEROUS_NAME),
    ],
)
def test_refused_files(name: str, head: bytes, size: int, rules: OutgoingRules, code: RefusedBecause) -> None:
    """A file outside the limits, or one that misleads, is refused with a code, a sentence and a hint."""
    with pytest.raises(AttachmentRefused) as caught:
        check_outgoing(name, None, head, size, rules)
    assert caught.value.code is code
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")


def test_the_greatest_size_is_allowed() -> None:
    """A file of exactly the greatest size passes."""
    assert check_outgoing("a.jpg", None, samples.JPEG, 1000, ANY).mime == "image/jpeg"


def test_extensions_are_compared_without_case() -> None:
    """The list and the file name may differ in case."""
    assert check_outgoing("a.PDF", None, samples.PDF, 9, OutgoingRules(1000, ("Pdf",))).name == "a.PDF"


def test_a_listed_program_is_allowed() -> None:
    """An administrator who lists an executable type gets it."""
    assert check_outgoing("a.exe", None, samples.EXE, 9, OutgoingRules(1000, "exe")).name == "a.exe"
