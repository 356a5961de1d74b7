"""Form bodies: both encodings, and what is malformed."""

from __future__ import annotations

import pytest

from fake_channels.core.forms import MAX_PARTS, FormError, is_form, read_form
from fake_channels.core.http import HttpRequest


def form(content_type: str, body: bytes) -> HttpRequest:
    """A request with this body."""
    return HttpRequest("POST", "/", headers={"content-type": content_type}, body=body)


def part(name: str, data: bytes, more: str = "") -> bytes:
    """One part of a multipart body with boundary `b`."""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"


MULTIPART = "multipart/form-data; boundary=b"
URLENCODED = "application/x-www-form-urlencoded"


def test_url_encoded_fields_are_read() -> None:
    """Percent and plus, UTF-8, the last of a repeated one."""
    read = read_form(form(URLENCODED, b"a=1+2&b=%F0%9F%91%8B&a=3"))
    assert (read.fields, read.files) == ({"a": "3", "b": "👋"}, {})


def test_multipart_fields_and_files_are_read() -> None:
    """Bytes, names and types of files; text of fields."""
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body = part("type", "ü".encode()) + file + b"\x00\xff\r\n\r\n" + b"--b--\r\n"
    read = read_form(form(MULTIPART, body))
    assert read.fields == {"type": "ü"}
    upload = read.files["file"]
    assert (upload.data, upload.name, upload.content_type) == (b"\x00\xff\r\n", "a.png", "image/png")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (MULTIPART, part("a", b"1")),
        (MULTIPART, b""),
        (MULTIPART, b"nonsense"),
        ("multipart/form-data", part("a", b"1") + b"--b--\r\n"),
        (MULTIPART, part("a", b"\xff") + b"--b--\r\n"),
        (MULTIPART, b"".join(part(f"n{number}", b"x") for number in range(MAX_PARTS + 1)) + b"--b--\r\n"),
        (URLENCODED, b"&".join(b"n%d=x" % number for number in range(MAX_PARTS + 1))),
        ("text/plain", b"a=1"),
        (f"{URLENCODED}; charset=bogus", b"a=%ff"),
        (f"{URLENCODED}; charset=zlib", b"a=1"),
        (
            MULTIPART,
            part("a", b"1").replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=bogus\r\n\r\n") + b"--b--\r\n",
        ),
    ],
)
def test_malformed_and_oversize_forms_are_refused(content_type: str, body: bytes) -> None:
    """Truncated, empty, without boundary, not UTF-8, too many parts, no form at all."""
    with pytest.raises(FormError):
        read_form(form(content_type, body))


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [(MULTIPART, True), (URLENCODED + "; charset=utf-8", True), ("application/json", False), ("", False)],
)
def test_forms_are_told_by_their_content_type(content_type: str, *, expected: bool) -> None:
    """Parameters and capitals do not matter."""
    assert is_form(form(content_type.upper() if "boundary" not in content_type else content_type, b"")) is expected
