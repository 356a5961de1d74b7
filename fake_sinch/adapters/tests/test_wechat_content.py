"""Parts as WeChat's bodies."""

from email import message_from_bytes

import pytest

from fake_sinch.adapters import wechat_content as content
from fake_sinch.adapters.contract import Unrenderable
from fake_sinch.parts import LocationPart, MediaPart, RawPart, TemplatePart, TextPart

URL = "https://shop.test/file"


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/jpeg", "image"),
        ("image/PNG", "image"),
        ("image/gif", "image"),
        ("audio/amr", "voice"),
        ("audio/mpeg; rate=8000", "voice"),
        ("video/mp4", "video"),
    ],
)
def test_media_that_are_shown(mime: str, kind: str) -> None:
    """Such a file is uploaded under its type, and the message names its id."""
    part = MediaPart(URL, mime)
    upload = content.upload_of(part)
    assert upload is not None
    assert upload.kind == kind
    assert content.body(part, "o1", "M1") == {"touser": "o1", "msgtype": kind, kind: {"media_id": "M1"}}


@pytest.mark.parametrize("mime", ["audio/ogg", "image/webp", "video/quicktime", "application/pdf", ""])
def test_other_media_are_links(mime: str) -> None:
    """The link to any other file is a text."""
    part = MediaPart(URL, mime)
    assert content.upload_of(part) is None
    assert content.body(part, "o1") == {"touser": "o1", "msgtype": "text", "text": {"content": URL}}


def test_text_and_template() -> None:
    """A template's parameters are values of its data."""
    assert content.body(TextPart("hi"), "o1") == {"touser": "o1", "msgtype": "text", "text": {"content": "hi"}}
    body = content.body(TemplatePart("T1", "", {"thing1": "Ann"}), "o1")
    assert body == {"touser": "o1", "template_id": "T1", "data": {"thing1": {"value": "Ann"}}}
    assert content.is_template(body)


def test_explicit_messages_are_the_callers() -> None:
    """The caller's JSON is sent as it is, to whom it names or to the recipient."""
    raw = RawPart('{"msgtype": "link", "link": {"title": "{{to}}"}}')
    assert content.body(raw, "o1") == {"touser": "o1", "msgtype": "link", "link": {"title": "o1"}}
    with pytest.raises(Unrenderable):
        content.body(RawPart("[]"), "o1")


def test_what_has_no_form() -> None:
    """Kinds that are transcoded before they come here have no form of their own."""
    with pytest.raises(Unrenderable):
        content.body(LocationPart("", "", "1", "2"), "o1")


def test_form_is_a_form() -> None:
    """The file is the part ``media``, under a name that tells its type, byte for byte; the same file, the same form."""
    data = bytes(range(256)) + b"\r\n--wechat--\r\n"
    content_type, body = content.form(data, "image/png; q=1")
    assert (content_type, body) == content.form(data, "image/png")
    read = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    _, part, *more = read.walk()
    assert more == []
    assert part.get_param("name", header="content-disposition") == "media"
    assert (part.get_filename(), part.get_content_type()) == ("media.png", "image/png")
    assert data in body
