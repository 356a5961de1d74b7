"""Files: uploads, ids used again, URLs, albums, downloads."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import SendMedia
from fake_channels.core.instants import HOUR
from fake_channels.telegram import limits, state
from fake_channels.telegram.tests.calls import GIF, MP4, PDF, Bot, ogg, png

_URL = "https://files.example/folder/a%20file.bin?x=1"
_WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\xff\x01\x00\xff\x01\x00" + bytes(9)
_MP3 = b"ID3" + bytes(31_997)
_JSON = {"content-type": "application/json"}


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


def _page(bot: Bot, data: bytes, mime: str = "application/octet-stream", status: int = 200) -> None:
    bot.pages[_URL] = Answer(status, {"content-type": mime}, data)


# --- uploads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "field", "mime", "data", "shown"),
    [
        ("sendPhoto", "photo", "image/png", png(), "image"),
        ("sendVideo", "video", "video/mp4", MP4, "video"),
        ("sendAnimation", "animation", "image/gif", GIF, "video"),
        ("sendAudio", "audio", "audio/mpeg", _MP3, "audio"),
        ("sendVoice", "voice", "audio/ogg", ogg(), "voice"),
        ("sendDocument", "document", "application/pdf", PDF, "document"),
        ("sendSticker", "sticker", "image/webp", _WEBP, "sticker"),
        ("sendVideoNote", "video_note", "video/mp4", MP4, "video"),
    ],
)
@pytest.mark.parametrize("attached", [False, True])
def test_an_upload_of_every_kind(
    bot: Bot, method: str, field: str, mime: str, data: bytes, shown: str, *, attached: bool
) -> None:
    """Named as the parameter or attached by another name; the same file goes out again by its id."""
    customer = bot.starter()
    fields = {"chat_id": customer.identity, **({field: "attach://part"} if attached else {})}
    status, told = bot.form(method, fields, {"part" if attached else field: ("file.bin", mime, data)})
    assert status == 200, told
    part = told["result"][field]
    file_id = (part[-1] if field == "photo" else part)["file_id"]
    again = bot.ok(method, customer, **{field: file_id})
    assert again[field] == part
    media = customer.screen[-1].media
    assert media is not None
    assert (customer.screen[-1].kind, customer.media[media.id]) == (shown, data)


def test_a_photo_comes_in_sizes_the_largest_last(bot: Bot) -> None:
    """Each with an id of its own, in the shape of the picture."""
    customer = bot.starter()
    upload = {"photo": ("a.png", "image/png", png(1_000, 500))}
    _, told = bot.form("sendPhoto", {"chat_id": customer.identity, "caption": "c #t"}, upload)
    sizes = told["result"]["photo"]
    assert [(one["width"], one["height"]) for one in sizes] == [(90, 45), (320, 160), (800, 400), (1_000, 500)]
    assert len({one["file_id"] for one in sizes} | {one["file_unique_id"] for one in sizes}) == 8
    assert (told["result"]["caption"], told["result"]["caption_entities"][0]["type"]) == ("c #t", "hashtag")
    assert customer.screen[-1].text == "c #t"


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"", "file must be non-empty"),
        (PDF, "IMAGE_PROCESS_FAILED"),
        (png(0, 0), "IMAGE_PROCESS_FAILED"),
        (png(9_000, 1_001), "PHOTO_INVALID_DIMENSIONS"),
        (png(2_100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (
            png() + bytes(limits.PHOTO_UPLOAD_MAX),
            f"file of size {len(png()) + 10_485_760} bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
    ],
    ids=["empty", "no picture", "no size", "too wide", "too thin", "too big"],
)
def test_what_is_no_photo_is_refused(bot: Bot, data: bytes, description: str) -> None:
    """In the server's words, and nothing is kept."""
    customer = bot.starter()
    status, told = bot.form("sendPhoto", {"chat_id": customer.identity}, {"photo": ("a.png", "image/png", data)})
    assert (status, told["description"]) == (400, f"Bad Request: {description}")
    assert (bot.account.files, bot.account.blobs, len(customer.screen)) == ({}, {}, 1)


@pytest.mark.parametrize(
    ("method", "field"),
    [("sendVoice", "voice"), ("sendVideo", "video"), ("sendAudio", "audio"), ("sendAnimation", "animation")],
)
def test_an_upload_of_another_type_becomes_a_document(bot: Bot, method: str, field: str) -> None:
    """And stays one when it is sent again."""
    customer = bot.starter()
    upload = {field: ("a.pdf", "application/pdf", PDF)}
    _, told = bot.form(method, {"chat_id": customer.identity, "duration": "9"}, upload)
    document = told["result"]["document"]
    assert (document["file_name"], document["mime_type"]) == ("a.pdf", "application/pdf")
    assert field not in told["result"]
    assert bot.ok(method, customer, **{field: document["file_id"]})["document"] == document


def test_an_upload_without_a_type_is_known_by_its_bytes_or_its_name(bot: Bot) -> None:
    """A generic type says nothing."""
    customer = bot.starter()
    generic = "application/octet-stream"
    for name, data, mime in (("x", PDF, "application/pdf"), ("x.txt", b"text", "text/plain"), ("x", b"text", generic)):
        upload = {"document": (name, generic, data)}
        _, told = bot.form("sendDocument", {"chat_id": customer.identity}, upload)
        assert told["result"]["document"]["mime_type"] == mime


def test_lengths_and_sizes_are_measured_or_told(bot: Bot) -> None:
    """What the caller says wins; a voice note has no title."""
    customer = bot.starter()
    to = {"chat_id": customer.identity}
    _, told = bot.form("sendVoice", to, {"voice": ("v.ogg", "audio/ogg", ogg(7))})
    assert told["result"]["voice"]["duration"] == 7
    _, told = bot.form("sendVoice", {**to, "duration": "9", "title": "x"}, {"voice": ("v.ogg", "audio/ogg", ogg(7))})
    assert (told["result"]["voice"]["duration"], "title" in told["result"]["voice"]) == (9, False)
    _, told = bot.form("sendAudio", {**to, "performer": "P", "title": "T"}, {"audio": ("a.mp3", "audio/mpeg", _MP3)})
    audio = told["result"]["audio"]
    assert (audio["duration"], audio["performer"], audio["title"]) == (2, "P", "T")
    _, told = bot.form("sendVideo", {**to, "width": "640", "height": "480"}, {"video": ("a.mp4", "video/mp4", MP4)})
    assert (told["result"]["video"]["width"], told["result"]["video"]["height"]) == (640, 480)


# --- ids --------------------------------------------------------------------------------------------------------------


def test_wrong_ids_are_refused(bot: Bot) -> None:
    """None, an unknown one, half a URL, one of another kind, an upload that is not there."""
    customer = bot.starter()
    _, told = bot.form("sendPhoto", {"chat_id": customer.identity}, {"photo": ("a.png", "image/png", png())})
    photo = told["result"]["photo"][-1]["file_id"]
    for method, args, description in (
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendVideoNote", {}, "there is no video note in the request"),
        ("sendPhoto", {"photo": "AgAC"}, "wrong remote file identifier specified: can't unserialize it"),
        ("sendPhoto", {"photo": "a.example/x.jpg"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"photo": "attach://x"}, "wrong remote file identifier specified: can't unserialize it"),
        ("sendDocument", {"document": photo}, "can't use file of type Photo as Document"),
        ("sendPhoto", {"photo": photo, "caption": "x" * 1_025}, "message caption is too long"),
    ):
        assert bot.refused(method, customer, **args) == f"Bad Request: {description}"


# --- URLs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "field", "mime", "data"),
    [
        ("sendPhoto", "photo", "image/png", png()),
        ("sendVideo", "video", "video/mp4", MP4),
        ("sendAnimation", "animation", "image/gif", GIF),
        ("sendAudio", "audio", "audio/mpeg", _MP3),
        ("sendVoice", "voice", "audio/ogg", ogg()),
        ("sendDocument", "document", "application/pdf", PDF),
        ("sendSticker", "sticker", "image/webp", _WEBP),
    ],
)
def test_a_url_is_fetched_within_the_call(bot: Bot, method: str, field: str, mime: str, data: bytes) -> None:
    """Once, and the file has an id from then on."""
    customer = bot.starter()
    _page(bot, data, mime)
    message = bot.ok(method, customer, **{field: _URL})
    part = message[field][-1] if field == "photo" else message[field]
    assert part["file_size"] == len(data)
    assert [(call.method, call.url, call.target) for call in bot.calls] == [("GET", _URL, "media")]
    media = customer.screen[-1].media
    assert media is not None
    assert (media.name, customer.media[media.id]) == ("a file.bin", data)
    bot.ok(method, customer, **{field: part["file_id"]})
    assert len(bot.calls) == 1


@pytest.mark.parametrize(
    ("method", "field", "answer", "description"),
    [
        ("sendPhoto", "photo", Answer(404), "failed to get HTTP URL content"),
        ("sendPhoto", "photo", Answer(0, problem="larger than 5242880 bytes"), "failed to get HTTP URL content"),
        ("sendPhoto", "photo", Answer(200), "failed to get HTTP URL content"),
        (
            "sendPhoto",
            "photo",
            Answer(200, {"content-type": "text/html"}, b"<html>"),
            "wrong type of the web page content",
        ),
        ("sendPhoto", "photo", Answer(200, {"content-type": "image/png"}, b"nothing"), "IMAGE_PROCESS_FAILED"),
        (
            "sendDocument",
            "document",
            Answer(200, {"content-type": "text/plain"}, b"text"),
            "wrong type of the web page content",
        ),
        ("sendVoice", "voice", Answer(200, {"content-type": "audio/mpeg"}, _MP3), "wrong type of the web page content"),
        ("sendVideo", "video", Answer(200, {"content-type": "video/webm"}, b"x"), "wrong type of the web page content"),
    ],
)
def test_a_url_that_gives_no_such_file_is_refused(
    bot: Bot, method: str, field: str, answer: Answer, description: str
) -> None:
    """In the server's words, and nothing is shown."""
    customer = bot.starter()
    bot.pages[_URL] = answer
    assert bot.refused(method, customer, **{field: _URL}) == f"Bad Request: {description}"
    assert len(customer.screen) == 1


@pytest.mark.parametrize("url", ["http://", "https:///x", "http://[::1", "http://a b/"])
def test_what_is_no_url_is_not_fetched(bot: Bot, url: str) -> None:
    """And is refused at once."""
    assert bot.refused("sendPhoto", bot.starter(), photo=url) == "Bad Request: wrong HTTP URL specified"
    assert bot.calls == []


def test_nobody_is_fetched_for_whom_nothing_can_be_sent(bot: Bot) -> None:
    """Chat, caption and keyboard are looked at first."""
    assert bot.refused("sendPhoto", bot.enrol(), photo=_URL).startswith("Forbidden")
    assert bot.refused("sendPhoto", bot.starter(), photo=_URL, caption="x" * 1_025).startswith("Bad Request")
    assert bot.calls == []


def test_a_long_voice_note_by_url_becomes_a_document(bot: Bot) -> None:
    """More than a megabyte."""
    customer = bot.starter()
    _page(bot, ogg() + bytes(limits.VOICE_BY_URL_MAX), "audio/ogg")
    assert "document" in bot.ok("sendVoice", customer, voice=_URL)
    assert customer.screen[-1].kind == "document"


def test_a_fetch_has_the_limits_of_its_kind(bot: Bot) -> None:
    """Five megabytes for a photo, twenty for the rest, and a few redirects."""
    customer = bot.starter()
    bot.refused("sendPhoto", customer, photo=_URL)
    bot.refused("sendVideo", customer, video=_URL)
    assert [call.max_bytes for call in bot.calls] == [5 * 1_048_576, 20 * 1_048_576]
    assert all(call.max_redirects for call in bot.calls)


# --- albums -----------------------------------------------------------------------------------------------------------


def _photo(media: str, **rest: Any) -> dict[str, Any]:
    return {"type": "photo", "media": media, **rest}


def test_an_album_of_uploads_urls_and_ids(bot: Bot) -> None:
    """Each becomes a message; all share one group."""
    customer = bot.starter()
    _page(bot, png(), "image/png")
    first = bot.ok("sendPhoto", customer, photo=_URL)["photo"][-1]["file_id"]
    album = [_photo("attach://a", caption="<b>c</b>", parse_mode="HTML"), _photo(_URL), _photo(first)]
    fields = {"chat_id": customer.identity, "media": orjson.dumps(album).decode()}
    status, told = bot.form("sendMediaGroup", fields, {"a": ("a.png", "image/png", png(10, 10))})
    assert status == 200, told
    messages = told["result"]
    assert len({one["media_group_id"] for one in messages}) == 1
    assert [one["photo"][-1]["width"] for one in messages] == [10, 1_000, 1_000]
    assert (messages[0]["caption"], messages[0]["caption_entities"][0]["type"]) == ("c", "bold")
    assert [item.kind for item in customer.screen[-3:]] == ["image"] * 3


@pytest.mark.parametrize(
    ("media", "description"),
    [
        ([], "expected an Array of InputMedia with 2 to 10 items"),
        ([_photo("x")], "expected an Array of InputMedia with 2 to 10 items"),
        ([_photo("x"), "y"], "expected an Array of InputMedia with 2 to 10 items"),
        ([{"type": "voice", "media": "x"}] * 2, "type of media voice is unallowed in media groups"),
        ([_photo(_URL)] * 2, "failed to get HTTP URL content"),
        ([_photo("")] * 2, "there is no photo in the request"),
    ],
)
def test_a_broken_album_is_refused_as_a_whole(bot: Bot, media: list[Any], description: str) -> None:
    """Nothing of it is shown."""
    customer = bot.starter()
    assert bot.refused("sendMediaGroup", customer, media=media) == f"Bad Request: {description}"
    assert len(customer.screen) == 1


# --- downloads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mime", "name", "data", "path"),
    [
        ("image", "image/png", "a.png", png(), "photos/file_0.jpg"),
        ("voice", "audio/ogg", "v.ogg", ogg(), "voice/file_0.oga"),
        ("document", "application/pdf", "invoice.pdf", PDF, "documents/file_0.pdf"),
        ("document", "application/pdf", "invoice", PDF, "documents/file_0.pdf"),
        ("video", "video/mp4", "a.mp4", MP4, "videos/file_0.mp4"),
    ],
)
def test_a_customers_file_is_downloaded(bot: Bot, kind: Any, mime: str, name: str, data: bytes, path: str) -> None:
    """By a path that getFile gives out; asking again gives the same."""
    customer = bot.starter()
    bot.act(customer, SendMedia(kind=kind, data=data, mime=mime, name=name))
    (message,) = bot.messages()
    part = message["photo"][-1] if kind == "image" else message[kind]
    found = bot.ok("getFile", file_id=part["file_id"])
    assert found == {
        "file_id": part["file_id"],
        "file_unique_id": part["file_unique_id"],
        "file_size": len(data),
        "file_path": path,
    }
    reply = bot.download(path)
    assert (reply.status, reply.body, reply.content_type) == (200, data, "application/octet-stream")
    assert bot.ok("getFile", file_id=part["file_id"]) == found


def test_a_path_is_good_for_an_hour(bot: Bot) -> None:
    """Then it must be asked for again."""
    customer = bot.starter()
    bot.act(customer, SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"))
    file_id = bot.messages()[0]["document"]["file_id"]
    path = bot.ok("getFile", file_id=file_id)["file_path"]
    bot.advance(HOUR - 1)
    assert bot.download(path).status == 200
    bot.advance(1)
    assert bot.download(path).status == 404
    bot.ok("getFile", file_id=file_id)
    assert bot.download(path).status == 200


def test_what_cannot_be_downloaded(bot: Bot) -> None:
    """An unknown id, more than twenty megabytes, a path that nobody was given, another verb."""
    customer = bot.starter()
    large = SendMedia(kind="video", data=MP4 + bytes(limits.DOWNLOAD_MAX), mime="video/mp4", name="a.mp4")
    bot.act(customer, large)
    file_id = bot.messages()[0]["video"]["file_id"]
    assert bot.refused("getFile", file_id=file_id) == "Bad Request: file is too big"
    wrong = "Bad Request: wrong file_id or the file is temporarily unavailable"
    assert (bot.refused("getFile", file_id="x"), bot.refused("getFile")) == (wrong, wrong)
    assert bot.download("videos/file_0.mp4").status == 404
    assert bot.ask("POST", f"/file/bot{bot.account.token}/x", headers=_JSON).status == 404


def test_links_that_are_over_are_swept(bot: Bot) -> None:
    """Nobody has to ask for them."""
    customer = bot.starter()
    sent = bot.form("sendDocument", {"chat_id": customer.identity}, {"document": ("a.pdf", "application/pdf", PDF)})[1]
    file_id = sent["result"]["document"]["file_id"]
    bot.ok("getFile", file_id=file_id)
    bot.advance(limits.LINK_LIFE_MS)
    other = bot.form("sendDocument", {"chat_id": customer.identity}, {"document": ("b.pdf", "application/pdf", PDF)})[1]
    bot.ok("getFile", file_id=other["result"]["document"]["file_id"])
    assert len(bot.account.links) == 1


def test_the_oldest_files_are_forgotten(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their bytes, ids, paths and links."""
    monkeypatch.setattr(state, "FILES_MAX", 2)
    customer = bot.starter()
    ids = []
    for name in ("a.png", "b.png", "c.png"):
        told = bot.form("sendPhoto", {"chat_id": customer.identity}, {"photo": (name, "image/png", png())})[1]
        ids.append(told["result"]["photo"][-1]["file_id"])
        bot.ok("getFile", file_id=ids[-1])
    assert bot.refused("sendPhoto", customer, photo=ids[0]).startswith("Bad Request: wrong remote file")
    bot.ok("sendPhoto", customer, photo=ids[1])
    account = bot.account
    assert (len(account.blobs), len(account.paths), len(account.links)) == (2, 2, 2)
    assert {file.blob for file in account.files.values()} == set(account.blobs)
