"""Customers' files: pending, then stored or failed, and what an attacker's link may do."""

import asyncio
from typing import Any

import pytest

from contactpro_bridge.tests.stage import Stage, soon
from contactpro_bridge.tests.stub_api import Failure

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def photo(stage: Stage, name: str = "photo.png", url: str = "") -> dict[str, Any]:
    """Return a media message whose file the stub has."""
    stage.api.files[name] = (PNG, "image/png")
    return {"media_message": {"url": url or f"{stage.api.url}/files/{name}"}}


async def only(stage: Stage) -> dict[str, Any]:
    """Return the attachment of the only chat's last entry."""
    chat = await stage.chat()
    found: dict[str, Any] = (await stage.transcript(chat["id"]))[-1]["attachment"]
    return found


async def test_a_file_is_stored_and_can_be_read(stage: Stage) -> None:
    """With type, size and digest; the entry changes its revision."""
    await stage.receive(photo(stage))
    await stage.settle()
    found = await only(stage)
    assert (found["state"], found["mime"], found["size"], found["name"]) == ("stored", "image/png", 108, "photo.png")
    answer = await stage.agent("GET", f"attachments/{found['id']}")
    assert answer.raw == PNG


async def test_text_does_not_wait_for_the_file(stage: Stage) -> None:
    """The entry stands as pending from the commit on; a failure is retried on the clock."""
    stage.api.file_failures += [Failure(503), Failure(503)]
    await stage.receive(photo(stage))
    await stage.settle()
    assert (await only(stage))["state"] == "pending"
    await stage.receive("and text", seconds=1)
    await stage.advance(2)
    chat = await stage.chat()
    assert (await stage.transcript(chat["id"]))[-1]["text"] == "and text"
    await stage.advance(10)
    assert stage.api.calls.count("file") == 3
    assert (await stage.transcript(chat["id"]))[0]["attachment"]["state"] == "stored"


async def test_after_the_last_attempt_the_agent_sees_why(stage: Stage) -> None:
    """A placeholder with the reason; the job is a dead letter, and a replay fetches the file."""
    await stage.configure(chat_settings={"download_retry_seconds": [1]})
    stage.api.file_failures += [Failure(503), Failure(503)]
    await stage.receive(photo(stage))
    await stage.advance(5)
    found = await only(stage)
    assert (found["state"], "answered 503" in found["problem"]) == ("failed", True)
    answer = await stage.agent("GET", f"attachments/{found['id']}")
    assert (answer.status, answer.code) == (409, "attachment_not_stored")
    (letter,) = (await stage.admin("GET", "/dead-letters")).body["dead_letters"]
    await stage.admin("POST", f"/dead-letters/{letter['id']}:replay")
    await stage.settle()
    assert (await only(stage))["state"] == "stored"


async def test_what_no_retry_mends_fails_at_once(stage: Stage) -> None:
    """404 is final."""
    stage.api.file_failures.append(Failure(404))
    await stage.receive(photo(stage))
    await stage.settle()
    assert (await only(stage))["state"] == "failed"
    assert stage.api.calls.count("file") == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/files/photo.png",
        "http://localhost:{port}/files/photo.png",
        "http://0x7f.1:{port}/files/photo.png",
        "http://[::1]:{port}/files/photo.png",
        "http://[::ffff:127.0.0.1]:{port}/files/photo.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://user:pass@127.0.0.1:{port}/",
        "not a link",
    ],
)
async def test_no_link_reaches_an_inside_address(stage: Stage, url: str) -> None:
    """However it is spelt; the agent sees a placeholder, and nothing was asked for."""
    await stage.configure(allow_internal_hosts=[])
    port = stage.api.url.rpartition(":")[2]
    await stage.receive(photo(stage, url=url.format(port=port)))
    await stage.settle()
    found = await only(stage)
    assert found["state"] == "failed"
    assert "file" not in stage.api.calls
    assert not any(secret in found["problem"] for secret in ("pass@", "meta-data", "passwd"))


async def test_a_file_above_the_cap_is_refused(stage: Stage) -> None:
    """One byte is enough; nothing stays on the share."""
    await stage.configure(chat_settings={"download_max_bytes": len(PNG) - 1})
    await stage.receive(photo(stage))
    await stage.settle()
    assert (await only(stage))["state"] == "failed"
    assert stage.files() == []


async def test_no_more_files_than_allowed_are_in_memory_at_once(stage: Stage) -> None:
    """Each download holds its file; customers decide how many they send."""
    most = now = 0
    fetch, full = stage.fetcher.fetch, asyncio.Event()

    async def counting(*args: Any, **how: Any) -> Any:
        nonlocal most, now
        now += 1
        most = max(most, now)
        if now == stage.max_downloads:
            full.set()
        try:
            await soon(full.wait())
            return await fetch(*args, **how)
        finally:
            now -= 1

    stage.fetcher.fetch = counting  # type: ignore[method-assign]
    for number in range(6):
        await stage.receive(photo(stage), identity=f"10000{number}")
    await stage.settle()
    assert most == stage.max_downloads
    chats = await stage.chats()
    for chat in chats:
        assert (await stage.transcript(chat["id"]))[-1]["attachment"]["state"] == "stored"


async def test_a_tenant_that_is_deleted_meanwhile_leaves_no_file(stage: Stage) -> None:
    """The job finds out and gives up."""
    stage.api.file_failures.append(Failure(503))
    await stage.receive(photo(stage))
    await stage.settle()
    await stage.admin("DELETE", "")
    assert stage.files() == []


async def test_a_defect_is_not_forever_pending(stage: Stage) -> None:
    """When the bridge itself cannot do it, the agent sees a failed file."""

    async def broken(*_args: object, **_how: object) -> Any:
        raise KeyError("defect")

    stage.fetcher.fetch = broken  # type: ignore[method-assign]
    await stage.receive(photo(stage))
    await stage.advance(3600)
    assert (await only(stage))["state"] == "failed"
