"""Public links over a real server: who gets the file, which part of it, until when, and how it is labelled."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientPayloadError, ClientResponse, ClientSession, web
from yarl import URL

from contactpro_bridge.attachments.public import PublicFile, PublicLinks, new_token, safe_filename, url_for
from contactpro_bridge.attachments.share import Share, ShareError, ShareProblem
from contactpro_bridge.attachments.tests.conftest import Serve

PUBLISHED = datetime(2026, 11, 25, 12, tzinfo=UTC)
EXPIRES = PUBLISHED + timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
DATA = b"0123456789"
SHA = hashlib.sha256(DATA).hexdigest()
ETAG = f'"{SHA}"'


class HandClock:
    """A clock that shows what the test sets."""

    def __init__(self) -> None:
        self.time = PUBLISHED

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time


class Records:
    """The records of the test, and which tokens were asked for."""

    def __init__(self) -> None:
        self.files: dict[str, PublicFile] = {}
        self.asked: list[str] = []

    async def get(self, token: str) -> PublicFile | None:
        """Return the record of a token."""
        self.asked.append(token)
        return self.files.get(token)


class BrokenShare(Share):
    """A share that fails, at once or half-way."""

    half_way = False

    async def open(
        self, tenant: str, attachment_id: str, start: int | None = None, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Fail, or return a stream that will."""
        del tenant, attachment_id, start, end
        if self.half_way:
            return self._break()
        raise ShareError(ShareProblem.UNAVAILABLE, "down", retryable=True)

    async def _break(self) -> AsyncIterator[bytes]:
        """Yield half of the file and fail."""
        yield DATA[:5]
        raise ShareError(ShareProblem.UNAVAILABLE, "down", retryable=True)


class Site:
    """A server with public links, and a client of it."""

    def __init__(self, records: Records, share: Share, clock: HandClock, session: ClientSession, root: URL) -> None:
        self.records = records
        self.share = share
        self.clock = clock
        self._session = session
        self.root = root

    async def publish(self, name: str = "a.pdf", mime: str = "application/pdf", data: bytes = DATA) -> str:
        """Store and record a file; return its URL."""
        token = new_token()
        attachment_id = f"A{len(self.records.files)}"
        stored = await self.share.put("acme", attachment_id, data, max_bytes=len(data))
        self.records.files[token] = PublicFile(
            token, "acme", attachment_id, name, mime, stored.size_bytes, stored.sha256, PUBLISHED, EXPIRES
        )
        return url_for(str(self.root), "acme", token, name)

    async def ask(self, url: str, method: str = "GET", **headers: str) -> tuple[ClientResponse, bytes]:
        """Send a request; underscores in header names stand for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.request(method, URL(url, encoded=True), headers=sent) as response:
            return response, await response.read()


async def build(serve: Serve, session: ClientSession, share: Share) -> Site:
    """Start a server with public links over a share."""
    records, clock = Records(), HandClock()
    app = web.Application()
    app.add_routes(PublicLinks(records, share, lambda _tenant: clock).routes())
    server = await serve(app)
    return Site(records, share, clock, session, server.make_url("/"))


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """A client."""
    async with ClientSession() as opened:
        yield opened


@pytest.fixture
async def site(serve: Serve, session: ClientSession) -> Site:
    """A server with public links over an empty share."""
    return await build(serve, session, Share.memory())


async def test_a_published_file_is_served(site: Site) -> None:
    """The whole file comes with its type, length, tag and a name, and may not be guessed at or kept unasked."""
    response, body = await site.ask(await site.publish())
    assert (response.status, body) == (200, DATA)
    expected = {
        "Content-Type": "application/pdf",
        "Content-Length": "10",
        "Accept-Ranges": "bytes",
        "ETag": ETAG,
        "Content-Disposition": 'inline; filename="a.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache, no-transform",
    }
    assert {name: response.headers.get(name) for name in expected} == expected


async def test_head_is_get_without_body(site: Site) -> None:
    """HEAD answers with the headers of GET, the length included, and no body, whatever range it names."""
    url = await site.publish()
    get, _ = await site.ask(url)
    for headers in ({}, {"Range": "bytes=0-1"}):
        head, body = await site.ask(url, "HEAD", **headers)
        assert (head.status, body) == (200, b"")
        assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}


async def test_a_large_file_is_streamed(site: Site) -> None:
    """A file of several pieces arrives whole."""
    data = bytes(range(256)) * 10_000
    _, body = await site.ask(await site.publish(data=data))
    assert body == data


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("data", [b""])
async def test_an_empty_file_is_served(site: Site, method: str, data: bytes) -> None:
    """A file without content is a file."""
    response, body = await site.ask(await site.publish(data=data), method)
    assert (response.status, body, response.headers["Content-Length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-99", 206, DATA, "bytes 0-9/10"),
        ("bytes=0-1,3-4", 200, DATA, None),
        ("bytes=4-2", 200, DATA, None),
        ("lines=0-1", 200, DATA, None),
    ],
)
async def test_ranges(site: Site, asked: str, status: int, body: bytes, content_range: str | None) -> None:
    """One satisfiable range is answered with 206; several, or nonsense, with the whole."""
    response, got = await site.ask(await site.publish(), Range=asked)
    assert (response.status, got) == (status, body)
    assert response.headers.get("Content-Range") == content_range
    assert response.headers["Content-Length"] == str(len(body))
    assert response.headers["ETag"] == ETAG


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=-0", "bytes=99-100"])
async def test_a_range_behind_the_end_is_416(site: Site, asked: str) -> None:
    """A range without any byte of the file is refused, and the size is told."""
    response, _ = await site.ask(await site.publish(), Range=asked)
    assert response.status == 416
    assert response.headers["Content-Range"] == "bytes */10"


@pytest.mark.parametrize(("condition", "status"), [(ETAG, 206), ('"old"', 200), (f"W/{ETAG}", 200)])
async def test_if_range(site: Site, condition: str, status: int) -> None:
    """A range of another version is answered with the whole."""
    response, _ = await site.ask(await site.publish(), Range="bytes=0-1", If_Range=condition)
    assert response.status == status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("condition", "status"), [(ETAG, 304), (f'"x", W/{ETAG}', 304), ("*", 304), ('"x"', 200)])
async def test_if_none_match(site: Site, method: str, condition: str, status: int) -> None:
    """Who has the file gets 304 without body, even with a range."""
    url = await site.publish()
    response, body = await site.ask(
        url, method, If_None_Match=condition, **({"Range": "bytes=0-1"} if status == 304 else {})
    )
    assert response.status == status
    if status == 304:
        assert body == b""
        assert response.headers["ETag"] == ETAG
        assert "no-cache" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("time", "status"),
    [
        (PUBLISHED, 200),
        (EXPIRES - MILLISECOND, 200),
        (EXPIRES, 410),
        (EXPIRES + MILLISECOND, 410),
        (EXPIRES + timedelta(days=365), 410),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_ends_at_its_very_millisecond(site: Site, time: datetime, status: int, method: str) -> None:
    """Up to the millisecond before expiry the file is there; from expiry on it is gone."""
    url = await site.publish()
    site.clock.time = time
    response, body = await site.ask(url, method)
    assert response.status == status
    if status == 410:
        assert DATA not in body
        assert response.headers["Cache-Control"] == "no-store"


async def test_gone_is_said_before_anything_else(site: Site) -> None:
    """After expiry neither a tag nor a range gets another answer, and the internal copy is still there."""
    url = await site.publish()
    site.clock.time = EXPIRES
    for headers in ({"If_None_Match": ETAG}, {"Range": "bytes=0-1"}, {"Range": "bytes=99-"}):
        response, _ = await site.ask(url, **headers)
        assert response.status == 410
    assert await site.share.size("acme", "A0") == 10


async def test_all_misses_look_the_same(site: Site) -> None:
    """An unknown token, another tenant's, an expired one of another tenant and nonsense get one and the same 404."""
    url = await site.publish()
    token = next(iter(site.records.files))
    answers = []
    for time in (PUBLISHED, EXPIRES):
        site.clock.time = time
        for miss in (
            url.replace(token, new_token()),
            url.replace("/acme/", "/other/"),
            url.replace(token, "x"),
            url.replace(token, token + "x"),
            url.replace(token, token.swapcase()),
            url.replace(token, "%00%C3%A9" + "x" * 41),
            url.replace(token, "%C3%A9" * 43),
        ):
            response, body = await site.ask(miss)
            answers.append((response.status, body, {**response.headers, "Date": ""}))
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)
    assert b'"code": "file_unknown"' in answers[0][1]


async def test_every_miss_costs_one_look_up(site: Site) -> None:
    """Whether a token is plausible does not show: each request asks the records once, for a token of one length."""
    for token in (new_token(), "x", "y" * 4000):
        await site.ask(url_for(str(site.root), "acme", token, "a.pdf"))
    assert [len(asked) for asked in site.records.asked] == [43, 43, 43]


async def test_the_file_name_in_the_path_is_not_compared(site: Site) -> None:
    """A respelled name still gets the file, under the recorded name."""
    url = await site.publish()
    response, body = await site.ask(url.rpartition("/")[0] + "/x.html")
    assert (response.status, body) == (200, DATA)
    assert response.headers["Content-Disposition"] == 'inline; filename="a.pdf"'


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_are_405(site: Site, method: str) -> None:
    """Only GET and HEAD are served, known token or not, and the answer says so."""
    url = await site.publish()
    for target in (url, url.replace("/acme/", "/other/")):
        response, _ = await site.ask(target, method)
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("name", "mime", "disposition"),
    [
        ("a.jpg", "image/jpeg", 'inline; filename="a.jpg"'),
        ("a.mp3", "audio/mpeg", 'inline; filename="a.mp3"'),
        ("a.mp4", "video/mp4", 'inline; filename="a.mp4"'),
        ("a.svg", "image/svg+xml", 'attachment; filename="a.svg"'),
        ("a.xyz", "image/x+xml", 'attachment; filename="a.xyz"'),
        ("a.html", "text/html", 'attachment; filename="a.html"'),
        ("a.docx", "application/x", 'attachment; filename="a.docx"'),
        ("ü 1.png", "image/png", "inline; filename=\"_ 1.png\"; filename*=UTF-8''%C3%BC%201.png"),
        ("a\r\nX: y.png", "image/png", 'inline; filename="aX_ y.png"'),
    ],
)
async def test_labels(site: Site, name: str, mime: str, disposition: str) -> None:
    """What can only be looked at is shown in place, everything else is saved; names of all scripts arrive."""
    response, body = await site.ask(await site.publish(name, mime))
    assert (response.status, body) == (200, DATA)
    assert response.headers["Content-Disposition"] == disposition
    assert response.headers["Content-Type"] == mime


async def test_a_broken_type_is_served_as_bytes(site: Site) -> None:
    """A recorded type that is none becomes no header of the answer."""
    response, _ = await site.ask(await site.publish(mime="image/png\r\nX: y"))
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")


async def test_a_lost_file_is_the_operators_problem(site: Site) -> None:
    """A file that is on record but not on the share, or another there, is a server error and not a 404."""
    url = await site.publish()
    await site.share.delete("acme", "A0")
    assert (await site.ask(url))[0].status == 500
    for other in (b"shorter", b"longer than before"):
        await site.share.put("acme", "A0", other, max_bytes=100)
        assert (await site.ask(url))[0].status == 500
        await site.share.delete("acme", "A0")


async def test_a_share_that_is_down_is_503(serve: Serve, session: ClientSession) -> None:
    """When the share may come back, so may the client."""
    site = await build(serve, session, BrokenShare.memory())
    response, _ = await site.ask(await site.publish())
    assert response.status == 503


async def test_a_file_that_breaks_off_is_not_taken_for_whole(serve: Serve, session: ClientSession) -> None:
    """When the share fails half-way the connection is cut, so that the receiver knows."""
    share = BrokenShare.memory()
    share.half_way = True
    site = await build(serve, session, share)
    with pytest.raises(ClientPayloadError):
        await site.ask(await site.publish())


async def test_many_readers_at_once(site: Site) -> None:
    """Readers of one file do not disturb each other."""
    url = await site.publish()
    answers = await asyncio.gather(*(site.ask(url, Range=f"bytes={n}-{n}") for n in range(10)))
    assert b"".join(body for _, body in answers) == DATA


def test_tokens_are_256_random_bits() -> None:
    """A token has 43 URL-safe letters and is never the same twice."""
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 43 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://127.0.0.1:8610", "http://127.0.0.1:8610/acme/sms/richcontent/TOKEN/a.pdf"),
        ("http://127.0.0.1:8610/", "http://127.0.0.1:8610/acme/sms/richcontent/TOKEN/a.pdf"),
        ("https://x.example/bridge", "https://x.example/bridge/acme/sms/richcontent/TOKEN/a.pdf"),
        ("https://x.example/acme/sms/richcontent", "https://x.example/acme/sms/richcontent/TOKEN/a.pdf"),
        ("https://x.example/sms/richcontent/", "https://x.example/sms/richcontent/TOKEN/a.pdf"),
    ],
)
def test_url_for(base: str, url: str) -> None:
    """A base URL is the bridge's own, or already ends in the vendor's path."""
    assert url_for(base, "acme", "TOKEN", "a.pdf") == url


def test_names_in_urls_are_safe_and_encoded() -> None:
    """Nothing of a name changes the path of its URL."""
    url = url_for("http://x.example", "acme", "T", "../ü?#%&.pdf")
    assert url == "http://x.example/acme/sms/richcontent/T/%C3%BC_%23%25%26.pdf"
    assert safe_filename("../ü?#%&.pdf") == "ü_#%&.pdf"


@pytest.mark.parametrize(
    "base",
    [
        "",
        "x.example",
        "ftp://x.example",
        "http://u@x.example",
        "http://x.example/?",
        "http://x.example/?a",
        "http://x.example/?a=b",
        "http://x.example/#f",
    ],
)
def test_a_base_url_that_cannot_be_built_on_is_refused(base: str) -> None:
    """A base URL without http and host, or with user, query or fragment, is a configuration error."""
    with pytest.raises(ValueError, match="public base URL"):
        url_for(base, "acme", "T", "a.pdf")
