"""File names are harmless wherever they go, and survive Content-Disposition."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contactpro_bridge.attachments.names import (
    MAX_NAME_BYTES,
    content_disposition,
    extension_of,
    is_misleading,
    name_from_disposition,
    safe_filename,
    with_extension,
)

# The same examples everywhere, however busy the machine is.
STEADY = settings(deadline=None, derandomize=True)

PIECES = st.sampled_from(
    ["CON", "nul", ".", "..", "/", "\\", " ", "\u202e", "\u200d", "\u0301", "e", "x.txt", "\x00", "COM1", "<"]
)
NAMES = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join), st.text("a.é😀", max_size=200))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Grüße 2026.pdf", "Grüße 2026.pdf"),
        ("写真.jpg", "写真.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\photo.jpg", "photo.jpg"),
        ("a/b/", "b"),
        ("", "file"),
        ("...", "file"),
        ("..", "file"),
        ("/", "file"),
        (".htaccess", "htaccess"),
        ("x.exe. ", "x.exe"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie_ x"),
        ("nul\x00.jpg", "_nul.jpg"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("lpt\u00b9.log", "_lpt\u00b9.log"),
        ("console.txt", "console.txt"),
        ('a"b<c>|?*:d.txt', "a_b_c_____d.txt"),
        ("a  \u00a0 b.txt", "a b.txt"),
        ("e\u0301.txt", "é.txt"),
        ("\u200d.x", "x"),
        ("\ud800.jpg", "jpg"),
    ],
)
def test_safe_filename(name: str, safe: str) -> None:
    """Paths, invisible characters, device names and forbidden characters go; honest names stay."""
    assert safe_filename(name) == safe


def test_long_names_keep_their_extension() -> None:
    """A long name is cut between characters to the limit, before its extension."""
    safe = safe_filename("é" * 300 + ".jpeg")
    assert safe.endswith("é.jpeg")
    assert MAX_NAME_BYTES - 1 <= len(safe.encode()) <= MAX_NAME_BYTES


def test_a_long_extension_is_cut_like_the_rest() -> None:
    """What follows the last dot is kept only when it is as short as an extension."""
    assert safe_filename("a." + "b" * 300) == "a." + "b" * (MAX_NAME_BYTES - 2)


@STEADY
@given(NAMES)
@example("CON" + " " * 300 + "x.txt")
@example("CON" + "\u200d" * 300 + "x.txt")
@example("a" * (MAX_NAME_BYTES - 1) + " b")
@example("a" * 149 + "\u200d\u200d.txt")
def test_safe_names_are_safe(name: str) -> None:
    """Whatever comes in, what comes out misleads nobody, fits, and stays as it is from then on."""
    safe = safe_filename(name)
    assert safe
    assert len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\<>:"|?*')
    assert not any(is_misleading(char) or unicodedata.category(char) == "Zl" for char in safe)
    assert safe == safe.strip(" .")
    assert safe.partition(".")[0].rstrip().lower() not in {"con", "nul", "com1"}
    assert safe_filename(safe) == safe


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", 'inline; filename="a.pdf"'),
        ("a b.pdf", 'inline; filename="a b.pdf"'),
        ("ü.pdf", "inline; filename=\"_.pdf\"; filename*=UTF-8''%C3%BC.pdf"),
        ("50%.pdf", "inline; filename=\"50_.pdf\"; filename*=UTF-8''50%25.pdf"),
        ("it's (1).pdf", 'inline; filename="it\'s (1).pdf"'),
        ("ü '.pdf", "inline; filename=\"_ '.pdf\"; filename*=UTF-8''%C3%BC%20%27.pdf"),
    ],
)
def test_content_disposition(name: str, header: str) -> None:
    """A name outside ASCII is given twice, once for old clients and once as RFC 5987 has it."""
    assert content_disposition("inline", name) == header


@STEADY
@given(NAMES)
def test_a_disposition_gives_its_name_back(name: str) -> None:
    """The header is one line of ASCII, and whoever reads it gets the safe name."""
    header = content_disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    assert name_from_disposition(header) == safe_filename(name)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (None, None),
        ("", None),
        ("inline", None),
        ("attachment; filename=a.jpg", "a.jpg"),
        ('attachment; filename="a;b.jpg"', "a;b.jpg"),
        ("attachment; filename=\"old.jpg\"; filename*=UTF-8''%E2%82%AC.jpg", "€.jpg"),
        ("attachment; filename*=nonsense''%41.jpg", None),
        ("attachment; filename*=UTF-8''%ff.jpg", None),
        ("attachment; filename", None),
    ],
)
def test_name_from_disposition(header: str | None, name: str | None) -> None:
    """The extended name wins; a malformed header names nothing and raises nothing."""
    assert name_from_disposition(header) == name


@STEADY
@given(st.text(alphabet="attachment; filename*=\"'UTF-8%\\é\udcff0", max_size=60))
def test_no_disposition_breaks_the_reader(header: str) -> None:
    """Whatever a server sends, its name can be made safe."""
    assert safe_filename(name_from_disposition(header) or "")


@pytest.mark.parametrize(
    ("name", "extension"), [("a.JPG", "jpg"), ("a.tar.gz", "gz"), ("a", ""), (".jpg", ""), ("a.", "")]
)
def test_extension_of(name: str, extension: str) -> None:
    """The extension is what follows the last dot of a name that does not begin there."""
    assert extension_of(name) == extension


def test_with_extension() -> None:
    """A missing extension is added, an existing one stays."""
    assert with_extension("photo", "jpg") == "photo.jpg"
    assert with_extension("photo.png", "jpg") == "photo.png"
    assert with_extension("", "") == "file"
