"""Files: by URL, by id and by form; what is refused; and the signed URLs they lie under."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import SendMedia, SendText
from fake_channels.core.instants import DAY, SECOND
from fake_channels.meta import files, inbox
from fake_channels.meta.tests.calls import JPEG, MP4, PDF, PNG, Business, code_of, serving, shown

MEGABYTE = 1_048_576
TIFF = b"II*\x00" + bytes(40)


@pytest.mark.parametrize(
    ("kind", "data", "mime", "kept", "on_phone"),
    [
        ("image", PNG, "image/png", "image/png", "image"),
        ("image", PNG, "application/octet-stream", "image/png", "image"),
        ("image", JPEG, "image/jpeg; q=1", "image/jpeg", "image"),
        ("video", MP4, "video/mp4", "video/mp4", "video"),
        ("audio", MP4, "audio/mp4", "audio/mp4", "audio"),
        ("file", PDF, "application/pdf", "application/pdf", "document"),
    ],
)
def test_a_file_by_url_is_fetched_within_the_call(
    business: Business, kind: str, data: bytes, mime: str, kept: str, on_phone: str
) -> None:
    """Anonymously; the phone has it byte for byte."""
    customer = business.writer()
    business.answer = serving(data, mime)
    status, answer = business.file(customer, kind, "https://files.example/dir/a%20b.bin?x=1")
    assert status == 200
    fetch = business.calls[0]
    assert (fetch.method, fetch.url) == ("GET", "https://files.example/dir/a%20b.bin?x=1")
    assert "authorization" not in {name.lower() for name in fetch.headers}
    assert fetch.timeout_s == (75 if kind == "video" else 10)
    (item,) = shown(customer)
    assert (item.id, item.kind) == (answer["message_id"], on_phone)
    assert item.media is not None
    assert (item.media.mime, item.media.name, customer.media[item.media.id]) == (kept, "a b.bin", data)
    assert "attachment_id" not in answer


@pytest.mark.parametrize(
    ("kind", "answer", "code"),
    [
        ("image", serving(b"", "", status=404), 2018008),
        ("image", serving(b"", "", status=500), 2018008),
        ("image", serving(b"", "", status=0, problem="no answer within 10 s"), 2018008),
        ("image", serving(b"", "", status=0, problem="larger than 8388608 bytes"), 2018109),
        ("image", serving(b"", "image/png"), 2018047),
        ("image", serving(PNG, "text/html"), 2018047),
        ("image", serving(PDF, "image/png"), 2018047),
        ("image", serving(b"<html>", "image/png"), 2018047),
        ("image", serving(TIFF, "image/png"), 2018047),
        ("video", serving(PNG, "image/png"), 2018047),
        ("audio", serving(b"\x00" * 50, "application/octet-stream"), 2018047),
    ],
)
def test_a_file_that_cannot_be_had_is_refused_in_the_answer(
    business: Business, kind: str, answer: Any, code: int
) -> None:
    """And nothing reaches the phone."""
    customer = business.writer()
    business.answer = answer
    assert code_of(business.file(customer, kind)) == (400, 100, code)
    assert shown(customer) == []
    assert business.events() == []


def test_a_file_is_capped_by_its_kind(business: Business) -> None:
    """Pictures at 8 MB, everything else at 25 MB; to the byte."""
    customer = business.writer()
    business.answer = serving(PNG.ljust(8 * MEGABYTE, b"\0"), "image/png")
    assert business.file(customer, "image")[0] == 200
    assert business.calls[0].max_bytes == 8 * MEGABYTE
    assert code_of(business.upload("image", PNG.ljust(8 * MEGABYTE + 1, b"\0"), "image/png"))[2] == 2018109
    assert code_of(business.upload("file", PDF.ljust(25 * MEGABYTE + 1, b"\0"), "application/pdf"))[2] == 2018109


def test_an_uploaded_attachment_is_sent_again_for_ninety_days(business: Business) -> None:
    """By its id, as what it was uploaded."""
    customer = business.writer()
    status, answer = business.upload("image", PNG, "image/png")
    assert status == 200
    again = {"attachment": {"type": "image", "payload": {"attachment_id": answer["attachment_id"]}}}
    business.send(customer, again)
    business.send(customer, again)
    assert [item.media.mime for item in shown(customer) if item.media] == ["image/png"] * 2
    wrong = {"attachment": {"type": "video", "payload": again["attachment"]["payload"]}}
    assert code_of(business.post(customer, wrong)) == (400, 100, 2018047)
    business.token = getattr(business.account, "page_token", business.token)  # one that does not expire
    business.advance(90 * DAY - SECOND)
    business.act(customer, SendText(text="hello"))
    business.send(customer, again)
    business.advance(SECOND)
    assert code_of(business.post(customer, again))[:2] == (400, 100)


def test_an_attachment_by_url_is_uploaded_once(business: Business) -> None:
    """Alone, or within a send that asks for it."""
    customer = business.writer()
    business.answer = serving(PNG, "image/png")
    message = {"attachment": {"type": "image", "payload": {"url": "https://x.example/a.png", "is_reusable": True}}}
    body = {"message": message, "platform": business.platform}
    status, alone = business.call("POST", "/me/message_attachments", body)
    assert (status, set(alone)) == (200, {"attachment_id"})
    _, sent = business.post(customer, message)
    for answer in (alone, sent):
        again = {"attachment": {"type": "image", "payload": {"attachment_id": answer["attachment_id"]}}}
        business.send(customer, again)


@pytest.mark.parametrize(
    "message",
    [
        None,
        {},
        {"attachment": {"type": "sticker", "payload": {"url": "https://x.example"}}},
        {"attachment": {"type": "image", "payload": {"url": "nonsense"}}},
        {"attachment": {"type": "image", "payload": {}}},
        {"attachment": {"type": "image", "payload": {"attachment_id": "1"}}},
    ],
)
def test_an_upload_needs_a_kind_and_a_file(business: Business, message: Any) -> None:
    """With all mistakes told."""
    body = {"message": message, "platform": business.platform}
    assert code_of(business.call("POST", "/me/message_attachments", body))[:2] == (400, 100)


def test_a_form_may_bring_the_file_of_a_send(business: Business) -> None:
    """In its part `filedata`."""
    customer = business.writer()
    fields = {
        "recipient": f'{{"id":"{customer.identity}"}}',
        "message": '{"attachment":{"type":"image","payload":{"is_reusable":true}}}',
    }
    status, answer = business.form("/me/messages", fields, PNG, "image/png", "a.png")
    assert status == 200
    assert answer["attachment_id"] in business.account.assets
    (item,) = shown(customer)
    assert item.media is not None
    assert (item.media.name, customer.media[item.media.id]) == ("a.png", PNG)


def test_unknown_and_single_use_attachments_are_refused(business: Business) -> None:
    """The file of a send that did not ask for reuse has no id to send."""
    customer = business.writer()
    business.answer = serving(PNG, "image/png")
    business.file(customer, "image")
    for attachment_id in ("1", next(iter(business.account.assets))):
        again = {"attachment": {"type": "image", "payload": {"attachment_id": attachment_id}}}
        assert code_of(business.post(customer, again))[:2] == (400, 100)


def test_an_album_is_one_message_with_its_pictures_in_order(business: Business) -> None:
    """Fetched one after the other; one of them missing loses them all."""
    customer = business.writer()
    pictures = [{"type": "image", "payload": {"url": f"https://x.example/{number}.png"}} for number in range(3)]
    business.answer = serving(PNG, "image/png")
    mid = business.send(customer, {"attachments": pictures})
    assert [call.url[-5:] for call in business.calls if call.target == "media"] == ["0.png", "1.png", "2.png"]
    assert [item.id for item in shown(customer)] == [mid, f"{mid}.1", f"{mid}.2"]
    assert all(item.media is not None and item.kind == "image" for item in shown(customer))
    business.answer = lambda call: Answer(
        404 if call.url.endswith("2.png") else 200, {"content-type": "image/png"}, PNG
    )
    assert code_of(business.post(customer, {"attachments": pictures})) == (400, 100, 2018008)
    assert len(shown(customer)) == 3


# --- signed URLs ------------------------------------------------------------------------------------------------------


def _received(business: Business) -> str:
    """The URL of a picture that a customer sent."""
    customer = business.writer()
    business.act(customer, SendMedia(kind="image", data=PNG, mime="image/png", name="a.png"))
    (message,) = business.heard("message")
    url: str = message["attachments"][0]["payload"]["url"]
    return url


def test_a_customers_file_lies_under_a_signed_url(business: Business) -> None:
    """Without a token, for seven days."""
    url = _received(business)
    assert url.startswith("http://vendor.example/")
    assert business.account.owner_id in url
    reply = business.download(url)
    assert (reply.status, reply.content_type, reply.body) == (200, "image/png", PNG)
    business.advance(7 * DAY - SECOND)
    assert business.download(url).status == 200
    business.advance(SECOND)
    expired = business.download(url)
    assert (expired.status, expired.body) == (403, b"URL signature expired")


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"oh=\w+", "oh=00_0"),
        (r"oh=\w+&", ""),
        (r"oe=\w+", "oe=ffffffff"),
        (r"oe=\w+", "oe=zz"),
        (r"&oe=\w+", ""),
        (r"oe=", "oe=1"),
        (r"/\d+_n", "/1_n"),
        (r"oh=", "oh=%ED%A0%80"),
    ],
)
def test_a_changed_url_gives_nothing(business: Business, pattern: str, replacement: str) -> None:
    """Neither the file nor the time can be changed."""
    url = _received(business)
    forged = re.sub(pattern, replacement, url, count=1)
    assert forged != url
    reply = business.download(forged)
    assert (reply.status, reply.body) == (403, b"URL signature mismatch")


def test_a_forgotten_file_is_not_found(business: Business) -> None:
    """Its URL is good, but there is nothing any more."""
    url = _received(business)
    business.account.assets.clear()
    assert business.download(url).status == 404


def test_files_are_forgotten_when_they_are_too_many(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest first, by number and by size; expired ones at once."""
    monkeypatch.setattr(files, "KEPT_FILES", 3)
    for _ in range(5):
        business.upload("image", PNG, "image/png")
    assert len(business.account.assets) == 3
    assert business.account.asset_bytes == 3 * len(PNG)
    monkeypatch.setattr(files, "KEPT_BYTES", 2 * len(PNG))
    business.upload("image", PNG, "image/png")
    assert business.account.asset_bytes == 2 * len(PNG)
    business.token = getattr(business.account, "page_token", business.token)  # one that does not expire
    business.advance(90 * DAY)
    business.upload("image", PNG, "image/png")
    assert len(business.account.assets) == 1
    assert inbox.KEPT_FILES == 1_000
