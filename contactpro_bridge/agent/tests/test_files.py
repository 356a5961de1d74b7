"""Files of agents: uploaded, checked, sent, and read again."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from contactpro_bridge.agent import files
from contactpro_bridge.tests.stage import AGENT_TOKEN, ALL_RIGHTS, OTHER_TOKEN, Answer, Stage, soon

PDF = b"%PDF-1.7\n" + b"x" * 1000
NOWHERE = "0" * 32
PART = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n"


async def read(stage: Stage, attachment_id: str, *, token: str = AGENT_TOKEN, **headers: str) -> Answer:
    """Read a file's internal copy."""
    return await stage.call("GET", f"/agent/v1/attachments/{attachment_id}", token=token, **headers)


async def test_a_raw_upload_comes_back_byte_by_byte(stage: Stage) -> None:
    """With its name and type, as a download that runs nothing."""
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    assert (uploaded["name"], uploaded["mime"], uploaded["size"]) == ("f.pdf", "application/pdf", len(PDF))
    answer = await read(stage, uploaded["attachment_id"])
    assert (answer.status, answer.raw) == (200, PDF)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_form_of_megabytes_is_taken(stage: Stage) -> None:
    """The limit is the administrator's, not that of other bodies."""
    data = PDF + b"y" * 3_000_000
    form = aiohttp.FormData({"note": "first"})
    form.add_field("file", io.BytesIO(data), filename="f.pdf", content_type="application/pdf")
    form.add_field("after", "x")
    answer = await stage.call("POST", "/agent/v1/attachments", data=form, token=AGENT_TOKEN)
    assert (answer.status, answer.body["size"]) == (201, len(data))


@pytest.mark.parametrize(
    ("header", "status", "slice_", "content_range"),
    [
        ("bytes=0-9", 206, slice(0, 10), "bytes 0-9/1009"),
        ("bytes=1000-", 206, slice(1000, None), "bytes 1000-1008/1009"),
        ("bytes=-9", 206, slice(-9, None), "bytes 1000-1008/1009"),
        ("bytes=0-0,5-6", 200, slice(None), None),
        ("lines=1", 200, slice(None), None),
    ],
)
async def test_a_range_of_a_file(
    stage: Stage, header: str, status: int, slice_: Any, content_range: str | None
) -> None:
    """Players ask for parts."""
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    answer = await read(stage, uploaded["attachment_id"], Range=header)
    assert (answer.status, answer.raw) == (status, PDF[slice_])
    assert answer.headers.get("Content-Range") == content_range


async def test_a_range_behind_the_end_is_416(stage: Stage) -> None:
    """With the size that there is."""
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    answer = await read(stage, uploaded["attachment_id"], Range="bytes=2000-")
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */1009")


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("big.pdf", PDF * 3, 413, "file_too_large"),
        ("a.exe", b"MZ", 422, "file_type_not_allowed"),
        ("a.gif", b"GIF89a", 422, "file_type_not_allowed"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n" + b"x" * 20, 422, "file_content_mismatch"),
        ("a.pdf", b"", 422, "file_empty"),
        ("..%2Fa.pdf", PDF, 422, "file_name_dangerous"),
        ("", PDF, 400, "bad_request"),
    ],
)
async def test_what_may_not_be_sent_is_refused_at_once(
    stage: Stage, name: str, data: bytes, status: int, code: str
) -> None:
    """By the administrator's limits; nothing stays on the share."""
    await stage.configure(chat_settings={"max_attachment_bytes": 2000, "allowed_file_types": "pdf; exe1"})
    answer = await stage.upload(name, "application/pdf", data)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        PART.removesuffix(b"\r\n--b--\r\n"),
        PART.removesuffix(b"\r\n--b--\r\n") + b"x" * 100_000,
        PART.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: strange\r\n\r\n", 1),
        b"no boundary at all",
        b"--b\r\nContent-Disposition: form-data; name=other\r\n\r\nx\r\n--b--\r\n",
        PART.replace(b"--b\r\n", b"--b\r\nno header\r\n", 1),
        PART.replace(b"--b\r\n", b"--b\r\nX: " + b"x" * 100_000 + b"\r\n", 1),
        PART.replace(b"--b\r\n", b"--b\r\n" + b"X: x\r\n" * 1000, 1),
    ],
    ids=[
        "cut off",
        "cut off later",
        "strange encoding",
        "no boundary",
        "no file",
        "no header",
        "long header",
        "many headers",
    ],
)
async def test_a_malformed_form_is_400(stage: Stage, body: bytes) -> None:
    """It is the sender's mistake, not ours."""
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await stage.call("POST", "/agent/v1/attachments", data=body, token=AGENT_TOKEN, **headers)
    assert answer.status == 400


async def test_a_file_is_its_owners(stage: Stage) -> None:
    """Another agent can neither read nor send it, unless it stands in a chat they may see."""
    agents = stage.tenant_body()["agents"]
    agents[1]["rights"] = ALL_RIGHTS
    await stage.configure(agents=agents)
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    assert (await read(stage, uploaded["attachment_id"], token=OTHER_TOKEN)).status == 404
    chat_id = await stage.open_chat()
    mine = (await stage.upload("g.pdf", "application/pdf", PDF, token=OTHER_TOKEN)).body
    answer = await stage.say(chat_id, {"attachment_id": mine["attachment_id"]})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_sent_file_is_public_for_the_retention_time(stage: Stage) -> None:
    """At an unguessable link, 410 from the very second on; the internal copy stays."""
    await stage.configure(chat_settings={"retention_seconds": 60})
    chat_id = await stage.open_chat()
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    entry = (await stage.say(chat_id, {"attachment_id": uploaded["attachment_id"], "caption": "Look"})).body["entry"]
    link = entry["attachment"]["public_url"].removeprefix(stage.url)
    assert stage.api.sent[0]["message"]["media_message"]["url"] == stage.url + link
    assert stage.api.sent[1]["message"] == {"text_message": {"text": "Look"}}
    await stage.advance(59)
    assert (await stage.call("GET", link)).raw == PDF
    assert (await stage.call("GET", link, Range="bytes=0-3")).status == 206
    await stage.advance(1)
    assert (await stage.call("GET", link)).status == 410
    assert (await read(stage, uploaded["attachment_id"])).raw == PDF


@pytest.mark.parametrize("token", ["x", "%00" * 43, "A" * 43, "..%2F..%2Fbridge.db", "A" * 42 + "%00"])
async def test_a_guessed_link_is_404(stage: Stage, token: str) -> None:
    """Nonsense is told the same as a token that nobody has."""
    answer = await stage.call("GET", f"/main/sms/richcontent/{token}/f.pdf")
    assert (answer.status, answer.code) == (404, "file_unknown")


async def test_the_link_is_hidden_from_agents_without_the_right_to_files(stage: Stage) -> None:
    """It would give them the file."""
    chat_id = await stage.open_chat()
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    await stage.say(chat_id, {"attachment_id": uploaded["attachment_id"]})
    agents = stage.tenant_body()["agents"]
    agents[0]["rights"] = ["chats"]
    await stage.configure(agents=agents)
    assert (await stage.transcript(chat_id))[-1]["attachment"]["public_url"] is None


async def test_an_unknown_file_is_404(stage: Stage) -> None:
    """Also one that is no id at all."""
    for attachment_id in (NOWHERE, "..%2f", "x"):
        assert (await read(stage, attachment_id)).status == 404


async def test_a_file_that_is_gone_from_the_share_is_503_and_no_path_is_told(stage: Stage) -> None:
    """The share's own words stay inside."""
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    await stage.share.delete("main", uploaded["attachment_id"])
    answer = await read(stage, uploaded["attachment_id"])
    assert answer.status == 503
    assert str(stage.folder).encode() not in answer.raw


async def test_a_range_means_nothing_to_head(stage: Stage) -> None:
    """Only GET has parts (RFC 9110, 14.2)."""
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    path = f"/agent/v1/attachments/{uploaded['attachment_id']}"
    answer = await stage.call("HEAD", path, token=AGENT_TOKEN, Range="bytes=0-9")
    assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(PDF)))


async def test_an_upload_that_is_not_what_its_headers_say_is_400(stage: Stage) -> None:
    """Nothing of it is kept."""
    headers = {"Content-Type": "application/pdf", "Content-Encoding": "gzip"}
    path = "/agent/v1/attachments?filename=f.pdf"
    answer = await stage.call("POST", path, data=b"no gzip", token=AGENT_TOKEN, **headers)
    assert (answer.status, answer.code) == (400, "bad_body")
    assert stage.files() == []


@pytest.mark.parametrize("mime", ["application/pdf", "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("begun", [PART[:30], PART[:-8] + b"x" * 40_000], ids=["at once", "half-way"])
async def test_a_sender_who_falls_silent_is_408(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, mime: str, begun: bytes
) -> None:
    """A place is not held for ever, and nothing stays on the share."""
    monkeypatch.setattr(files, "SILENT_SECONDS", 0.05)
    for_ever = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield begun
        await for_ever.wait()

    headers = {"Content-Type": mime}
    answer = await soon(
        stage.call("POST", "/agent/v1/attachments?filename=f.txt", data=body(), token=AGENT_TOKEN, **headers)
    )
    for_ever.set()
    assert (answer.status, answer.code) == (408, "too_slow")
    assert stage.files() == []
