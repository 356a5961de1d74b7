"""Media of the account: uploads, downloads, pictures behind URLs."""

from __future__ import annotations

import pytest

from fake_channels.wechat import files, limits
from fake_channels.wechat.tests.calls import GIF, JPEG, MP4, OGG, PNG, Owner, amr


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


@pytest.mark.parametrize(
    ("kind", "data", "suffix"),
    [
        ("image", PNG, "png"),
        ("image", JPEG, "jpg"),
        ("image", GIF, "gif"),
        ("voice", amr(), "amr"),
        ("voice", b"ID3" + bytes(99), "mp3"),
        ("thumb", JPEG, "jpg"),
    ],
)
def test_an_upload_comes_back_as_it_was(owner: Owner, kind: str, data: bytes, suffix: str) -> None:
    """Under its id, for three days."""
    told = owner.upload(kind, data, "any.name")
    media_id = told["thumb_media_id" if kind == "thumb" else "media_id"]
    assert (told["type"], told["created_at"]) == (kind, owner.now // 1000)
    query = f"access_token={owner.token}&media_id={media_id}"
    reply = owner.ask("GET", "/cgi-bin/media/get", headers={}, query=query)
    assert reply.body == data
    assert reply.headers["Content-disposition"] == f'attachment; filename="{media_id}.{suffix}"'
    owner.advance(limits.MEDIA_LIFE_MS - 1)
    owner.token = owner.fetch_token()
    assert owner.ask("GET", "/cgi-bin/media/get", headers={}, query=query.replace("97_", "98_")).status == 200
    assert owner.account.media[media_id].expires_at == owner.now + 1
    owner.advance(1)
    assert owner.get("media/get", media_id=media_id)["errcode"] == 40007


def test_a_video_comes_back_as_a_url(owner: Owner) -> None:
    """Not as its bytes."""
    told = owner.get("media/get", media_id=owner.media_id("video", MP4))
    assert owner.fetch(told["video_url"]).body == MP4


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("", PNG, 40004),
        ("file", PNG, 40004),
        ("image", b"", 44001),
        ("image", b"%PDF-1.7", 40005),
        ("image", MP4, 40005),
        ("voice", OGG, 40005),
        ("video", PNG, 40005),
        ("thumb", PNG, 40005),
        ("thumb", JPEG + bytes(64 * 1_024), 45001),
        ("image", PNG + bytes(10 * limits.MEGABYTE), 45001),
        ("voice", amr(60 * 50 + 1), 45007),
    ],
)
def test_wrong_files_are_refused(owner: Owner, kind: str, data: bytes, code: int) -> None:
    """By what their bytes show, their size and their length."""
    assert owner.upload(kind, data)["errcode"] == code
    assert owner.account.media == {}


def test_the_form_must_hold_a_file_called_media(owner: Owner) -> None:
    """With a file name."""
    assert owner.upload("image", PNG, part="file")["errcode"] == 41005
    assert owner.upload("image", PNG, name="")["errcode"] == 41005
    assert owner.raw("POST", "media/upload?type=image", PNG)["errcode"] == 40066
    body = owner.ask("POST", "/cgi-bin/media/upload", headers={}, query=f"access_token={owner.token}&type=image").body
    assert b'"errcode":41005' in body
    headers = {"content-type": "multipart/form-data; boundary=x"}
    query = f"access_token={owner.token}&type=image"
    assert (
        b'"errcode":41005' in owner.ask("POST", "/cgi-bin/media/upload", body=b"?", headers=headers, query=query).body
    )


def test_pictures_for_articles_get_a_url(owner: Owner) -> None:
    """JPEG and PNG up to a megabyte; they stay."""
    told = owner.upload("", PNG, path="media/uploadimg")
    owner.advance(100 * limits.MEDIA_LIFE_MS)
    owner.token = owner.fetch_token()
    assert owner.fetch(told["url"]).body == PNG
    assert owner.upload("", GIF, path="media/uploadimg")["errcode"] == 40137
    assert owner.upload("", PNG + bytes(limits.UPLOADIMG_MAX), path="media/uploadimg")["errcode"] == 45001


def test_unknown_media_are_refused(owner: Owner) -> None:
    """By id and by URL."""
    assert owner.get("media/get", media_id="none")["errcode"] == 40007
    assert owner.get("media/get")["errcode"] == 41006
    assert owner.fetch(f"/mmbiz/{owner.account.space}/none/0").status == 404


def test_memory_is_bounded(owner: Owner) -> None:
    """The oldest medium makes room."""
    owner.component._limited = False
    first = owner.media_id("image", PNG)
    for _ in range(limits.KEPT_MEDIA):
        owner.media_id("image", PNG)
    assert len(owner.account.media) == limits.KEPT_MEDIA
    assert owner.get("media/get", media_id=first)["errcode"] == 40007


def test_the_thumbnail_of_ours_is_a_thumbnail(owner: Owner) -> None:
    """It could be uploaded."""
    assert "thumb_media_id" in owner.upload("thumb", files.THUMBNAIL)
