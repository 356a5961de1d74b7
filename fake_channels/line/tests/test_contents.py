"""What customers sent as files: downloaded, prepared, previewed, expired, unsent."""

from __future__ import annotations

import orjson
import pytest

from fake_channels.core.handset import Delete, Handset, SendMedia, SendText
from fake_channels.core.media import sniff
from fake_channels.line import limits
from fake_channels.line.tests.calls import BOT, JPEG, MP3, MP4, PDF, Owner, png


def _sent(owner: Owner, friend: Handset, kind: str, mime: str, data: bytes, name: str = "a") -> str:
    item = owner.act(friend, SendMedia(kind=kind, mime=mime, data=data, name=name))  # type: ignore[arg-type]
    assert item is not None
    assert owner.event()["message"]["id"] == item.id
    return item.id


def _get(owner: Owner, message_id: str, rest: str = "") -> tuple[int, str, bytes]:
    reply = owner.call("GET", f"{BOT}/message/{message_id}/content{rest}")
    return reply.status, reply.content_type, reply.body


@pytest.mark.parametrize(
    ("kind", "mime", "data"),
    [
        ("image", "image/jpeg", JPEG),
        ("image", "image/png", png()),
        ("video", "video/mp4", MP4),
        ("audio", "audio/mpeg", MP3),
        ("document", "application/pdf", PDF),
    ],
)
def test_a_file_is_downloaded_as_it_was_sent(kind: str, mime: str, data: bytes) -> None:
    """With its type."""
    owner = Owner()
    assert _get(owner, _sent(owner, owner.friend(), kind, mime, data)) == (200, mime, data)


def test_a_large_video_is_prepared_first() -> None:
    """202 until it is ready; then the file."""
    owner = Owner()
    data = MP4 + bytes(limits.PREPARED_FROM)
    message_id = _sent(owner, owner.friend(), "video", "video/mp4", data)
    for rest in ("", "/preview"):
        assert _get(owner, message_id, rest)[0] == 202
    assert orjson.loads(_get(owner, message_id, "/transcoding")[2]) == {"status": "processing"}
    owner.advance(limits.PREPARING_MS)
    assert orjson.loads(_get(owner, message_id, "/transcoding")[2]) == {"status": "succeeded"}
    assert _get(owner, message_id) == (200, "video/mp4", data)


@pytest.mark.parametrize(("data", "mime"), [(JPEG, "image/jpeg"), (png(), "image/png")])
def test_a_preview_is_a_jpeg(data: bytes, mime: str) -> None:
    """The picture itself where it is one already."""
    owner = Owner()
    status, told, body = _get(owner, _sent(owner, owner.friend(), "image", mime, data), "/preview")
    assert (status, told, sniff(body)) == (200, "image/jpeg", "image/jpeg")
    assert (body == data) is (mime == "image/jpeg")


def test_what_has_no_preview_and_needs_no_preparation_has_neither() -> None:
    """Documents have no preview, pictures are never transcoded."""
    owner = Owner()
    friend = owner.friend()
    document = _sent(owner, friend, "document", "application/pdf", PDF)
    picture = _sent(owner, friend, "image", "image/jpeg", JPEG)
    for message_id, rest in ((document, "/preview"), (document, "/transcoding"), (picture, "/transcoding")):
        status, _, body = _get(owner, message_id, rest)
        assert (status, orjson.loads(body)) == (404, {"message": "not found"})


def test_texts_and_unknown_messages_have_no_content() -> None:
    """404, in small letters."""
    owner = Owner()
    friend = owner.friend()
    item = owner.act(friend, SendText(text="hi"))
    assert item is not None
    for message_id in (item.id, "1"):
        status, _, body = _get(owner, message_id)
        assert (status, orjson.loads(body)) == (404, {"message": "not found"})


def test_what_was_unsent_is_gone() -> None:
    """410, and off the phone too."""
    owner = Owner()
    friend = owner.friend()
    message_id = _sent(owner, friend, "image", "image/jpeg", JPEG)
    owner.act(friend, Delete(item=message_id))
    status, _, body = _get(owner, message_id)
    assert (status, orjson.loads(body)) == (410, {"message": "The content is gone"})
    assert friend.media == {}


def test_content_expires_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time it is not found; of too much the oldest is forgotten."""
    monkeypatch.setattr(limits, "CONTENTS_KEPT", 2)
    owner = Owner()
    friend = owner.friend()
    sent = [_sent(owner, friend, "image", "image/jpeg", JPEG) for _ in range(3)]
    assert [_get(owner, one)[0] for one in sent] == [404, 200, 200]
    owner.advance(limits.CONTENT_LIFE_MS)
    assert [_get(owner, one)[0] for one in sent] == [404, 404, 404]
    _sent(owner, friend, "image", "image/jpeg", JPEG)
    assert len(owner.account.contents) == 1
