"""The share keeps whole, durable, unchanging files, in a folder and in memory alike."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contactpro_bridge.attachments import share as share_module
from contactpro_bridge.attachments.share import READ_BYTES, S3Access, Share, ShareError, ShareProblem, Stored

MAX = 64 * 1024 * 1024


@pytest.fixture(params=["local", "memory"])
def share(request: pytest.FixtureRequest, tmp_path: Path) -> Share:
    """An empty share of either kind."""
    return Share.local(tmp_path / "share") if request.param == "local" else Share.memory()


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield parts of a file as they would arrive."""
    for part in parts:
        yield part


async def content(share: Share, tenant: str, attachment_id: str, *bounds: int | None) -> bytes:
    """Return what a reader of a file gets."""
    return b"".join([piece async for piece in await share.open(tenant, attachment_id, *bounds)])


async def problem_of(share: Share, tenant: str, attachment_id: str) -> ShareProblem | None:
    """Return why a file cannot be read, None when it can."""
    try:
        await share.size(tenant, attachment_id)
    except ShareError as error:
        return error.code
    return None


def files_in(folder: Path) -> list[str]:
    """Return every file below a folder, hidden and half-written ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("data", [b"", b"x", b"hello world"])
async def test_a_file_comes_back_as_it_went(share: Share, data: bytes) -> None:
    """Size and hash describe the bytes, which are read back unchanged."""
    stored = await share.put("acme", "A1", data, max_bytes=MAX)
    assert stored == Stored(len(data), hashlib.sha256(data).hexdigest())
    assert await share.size("acme", "A1") == len(data)
    assert await content(share, "acme", "A1") == data


async def test_a_stream_is_stored_like_bytes(share: Share) -> None:
    """A file may arrive in pieces of any size, empty ones included."""
    stored = await share.put("acme", "A1", pieces(b"ab", b"", b"c"), max_bytes=3)
    assert stored == Stored(3, hashlib.sha256(b"abc").hexdigest())
    assert await content(share, "acme", "A1") == b"abc"


async def test_a_large_stream_is_stored_and_read_in_pieces(share: Share) -> None:
    """A file larger than one part of an upload arrives whole, and is read in bounded pieces."""
    parts = [bytes([n]) * (3 * READ_BYTES) for n in range(3)]
    stored = await share.put("acme", "A1", pieces(*parts), max_bytes=MAX)
    read = [piece async for piece in await share.open("acme", "A1")]
    assert b"".join(read) == b"".join(parts)
    assert max(map(len, read)) == READ_BYTES
    assert stored.size_bytes == 9 * READ_BYTES
    with pytest.raises(ShareError) as caught:
        await share.put("acme", "A1", pieces(parts[1], parts[0], parts[2]), max_bytes=MAX)
    assert caught.value.code is ShareProblem.DIFFERENT_CONTENT


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((0, 10), b"0123456789"),
        ((2, 5), b"234"),
        ((9, None), b"9"),
        ((None, 1), b"0"),
        ((4, 4), b""),
        ((10, 10), b""),
    ],
)
async def test_a_range_is_half_open(share: Share, bounds: tuple[int | None, int | None], expected: bytes) -> None:
    """A range begins at its start and ends before its end."""
    await share.put("acme", "A1", b"0123456789", max_bytes=MAX)
    assert await content(share, "acme", "A1", *bounds) == expected


@pytest.mark.parametrize("bounds", [(-1, 2), (0, 11), (5, 4), (11, None)])
async def test_a_range_outside_the_file_is_refused(share: Share, bounds: tuple[int, int | None]) -> None:
    """A range that the file does not have is refused before the first byte."""
    await share.put("acme", "A1", b"0123456789", max_bytes=MAX)
    with pytest.raises(ShareError) as caught:
        await share.open("acme", "A1", *bounds)
    assert caught.value.code is ShareProblem.BAD_RANGE


async def test_a_repeated_put_succeeds_and_another_content_is_refused(share: Share) -> None:
    """The same bytes may be put again; other bytes never replace them."""
    first = await share.put("acme", "A1", b"one", max_bytes=MAX)
    assert await share.put("acme", "A1", b"one", max_bytes=MAX) == first
    with pytest.raises(ShareError) as caught:
        await share.put("acme", "A1", b"two", max_bytes=MAX)
    assert caught.value.code is ShareProblem.DIFFERENT_CONTENT
    assert not caught.value.retryable
    assert await content(share, "acme", "A1") == b"one"


async def test_one_of_two_writers_wins(share: Share) -> None:
    """Of two writers of one id at once, one stores its file whole and the other is told."""
    outcomes = await asyncio.gather(
        *(share.put("acme", "A1", pieces(text, text), max_bytes=MAX) for text in (b"one", b"two")),
        return_exceptions=True,
    )
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, Stored)]
    (lost,) = [outcome for outcome in outcomes if isinstance(outcome, ShareError)]
    assert lost.code is ShareProblem.DIFFERENT_CONTENT
    assert hashlib.sha256(await content(share, "acme", "A1")).hexdigest() == won.sha256


async def test_the_cap_is_exact(share: Share) -> None:
    """A file of the greatest size is stored, of one with a byte more nothing is."""
    await share.put("acme", "A1", pieces(b"x" * 10), max_bytes=10)
    for too_large in (b"x" * 11, pieces(b"x" * 10, b"y")):
        with pytest.raises(ShareError) as caught:
            await share.put("acme", "A2", too_large, max_bytes=10)
        assert caught.value.code is ShareProblem.TOO_LARGE
        assert await problem_of(share, "acme", "A2") is ShareProblem.NOT_FOUND


async def test_the_cap_holds_while_streaming(tmp_path: Path) -> None:
    """An endless stream is stopped at the first byte too many, and nothing of it stays."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 100

    with pytest.raises(ShareError) as caught:
        await Share.local(tmp_path).put("acme", "A1", endless(), max_bytes=250)
    assert caught.value.code is ShareProblem.TOO_LARGE
    assert taken == 3
    assert files_in(tmp_path) == []


async def test_a_broken_stream_stores_nothing(share: Share) -> None:
    """When the sender fails, its own error comes through and no file is there."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError("sender gone")

    with pytest.raises(ConnectionResetError, match="sender gone"):
        await share.put("acme", "A1", broken(), max_bytes=MAX)
    assert await problem_of(share, "acme", "A1") is ShareProblem.NOT_FOUND


async def test_a_broken_stream_leaves_no_file_behind(tmp_path: Path) -> None:
    """In a folder, not even a hidden part of a failed upload stays."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * (6 * 1024 * 1024)
        raise ConnectionResetError("sender gone")

    with pytest.raises(ConnectionResetError):
        await Share.local(tmp_path).put("acme", "A1", broken(), max_bytes=MAX)
    assert files_in(tmp_path) == []


async def test_a_partial_file_is_never_visible(share: Share) -> None:
    """While a file arrives, readers do not find it."""
    seen: list[ShareProblem | None] = []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * (3 * 1024 * 1024)
            seen.append(await problem_of(share, "acme", "A1"))

    await share.put("acme", "A1", watched(), max_bytes=MAX)
    assert seen == [ShareProblem.NOT_FOUND] * 3
    assert await problem_of(share, "acme", "A1") is None


async def test_a_local_file_is_on_disk_before_it_is_visible_and_its_folder_before_it_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is forced to disk while only staged; then, once linked, the folders are."""
    target, events = tmp_path / "acme" / "A1", []
    real = share_module._sync

    def recorded(path: Path) -> None:
        events.append((path.relative_to(tmp_path).parts[:1], path.is_dir(), target.exists()))
        real(path)

    monkeypatch.setattr(share_module, "_sync", recorded)
    await Share.local(tmp_path).put("acme", "A1", b"data", max_bytes=MAX)
    assert events == [
        ((".staging",), False, False),
        (("acme",), True, True),
        ((), True, True),
    ]


async def test_a_file_that_cannot_be_forced_to_disk_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk refuses, the put fails, says that a retry may help, and leaves nothing."""

    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ShareError, match="no space left") as caught:
        await Share.local(tmp_path).put("acme", "A1", b"data", max_bytes=MAX)
    assert caught.value.retryable
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("bad", ["", ".", "..", ".staging", "a/b", "../x", "a\\b", "a\0", "ä", "a b", "x" * 129, "a."])
async def test_keys_are_made_of_ids_only(share: Share, bad: str) -> None:
    """What is no plain id is refused as a tenant and as an attachment id, whatever is asked."""
    for tenant, attachment_id in ((bad, "A1"), ("acme", bad)):
        for call in (
            share.put(tenant, attachment_id, b"x", max_bytes=1),
            share.open(tenant, attachment_id),
            share.size(tenant, attachment_id),
            share.delete(tenant, attachment_id),
        ):
            with pytest.raises(ShareError) as caught:
                await call
            assert caught.value.code is ShareProblem.BAD_KEY
    with pytest.raises(ShareError):
        await share.delete_tenant(bad)


async def test_tenants_do_not_see_each_other(share: Share) -> None:
    """The same id in two tenants is two files."""
    await share.put("acme", "A1", b"one", max_bytes=MAX)
    await share.put("other", "A1", b"two", max_bytes=MAX)
    assert await content(share, "acme", "A1") == b"one"
    assert await content(share, "other", "A1") == b"two"


async def test_delete(share: Share) -> None:
    """A deleted file is gone; deleting it again is no error; its neighbour stays."""
    await share.put("acme", "A1", b"x", max_bytes=MAX)
    await share.put("acme", "A2", b"x", max_bytes=MAX)
    await share.delete("acme", "A1")
    await share.delete("acme", "A1")
    assert await problem_of(share, "acme", "A1") is ShareProblem.NOT_FOUND
    assert await problem_of(share, "acme", "A2") is None


async def test_delete_tenant(share: Share) -> None:
    """All files of a tenant go, none of one whose name begins alike; an unknown tenant is no error."""
    for tenant, attachment_id in (("acme", "A1"), ("acme", "A2"), ("acme2", "A1")):
        await share.put(tenant, attachment_id, b"x", max_bytes=MAX)
    await share.delete_tenant("acme")
    await share.delete_tenant("acme")
    assert await problem_of(share, "acme", "A1") is ShareProblem.NOT_FOUND
    assert await problem_of(share, "acme", "A2") is ShareProblem.NOT_FOUND
    assert await problem_of(share, "acme2", "A1") is None
    await share.put("acme", "A1", b"again", max_bytes=MAX)


async def test_sweep_removes_old_orphans_only(tmp_path: Path) -> None:
    """What a crash left in staging goes once it is old; stored files and fresh uploads stay."""
    share, now = Share.local(tmp_path), datetime(2026, 11, 25, 12, tzinfo=UTC)
    await share.put("acme", "A1", b"x", max_bytes=MAX)
    for name, age in (("old#1", 2), ("fresh", 0)):
        path = tmp_path / ".staging" / name
        path.write_bytes(b"half")
        moment = (now - timedelta(hours=age)).timestamp()
        os.utime(path, (moment, moment))
    assert await share.sweep(now - timedelta(hours=1)) == 1
    assert files_in(tmp_path) == [".staging/fresh", "acme/A1"]


async def test_sweep_of_an_empty_share(share: Share) -> None:
    """Where nothing was ever staged there is nothing to sweep."""
    assert await share.sweep(datetime(2026, 11, 25, tzinfo=UTC)) == 0


async def test_a_share_by_path_or_url_is_the_same_folder(tmp_path: Path) -> None:
    """A path and a file URL of one folder name one share, spaces included."""
    folder = tmp_path / "my share"
    await Share.from_url(str(folder)).put("acme", "A1", b"x", max_bytes=MAX)
    assert await content(Share.from_url(folder.as_uri()), "acme", "A1") == b"x"


async def test_a_share_in_memory_by_url() -> None:
    """``memory:`` is an empty share."""
    assert await problem_of(Share.from_url("memory:"), "acme", "A1") is ShareProblem.NOT_FOUND


def test_other_urls_are_refused() -> None:
    """A scheme that is no place for files is a configuration error with a sentence."""
    with pytest.raises(ValueError, match="http: is no place"):
        Share.from_url("http://127.0.0.1/x")


def test_the_secret_key_is_not_shown() -> None:
    """The representation of the S3 access does not contain its secret."""
    assert "hush" not in repr(S3Access(secret_access_key="hush"))


async def test_a_broken_share_is_unavailable(tmp_path: Path) -> None:
    """When the store itself fails, the error says so and that a retry may help."""
    share = Share.local(tmp_path)
    (tmp_path / "acme").write_bytes(b"a file where a folder should be")
    with pytest.raises(ShareError) as caught:
        await share.put("acme", "A1", b"x", max_bytes=MAX)
    assert caught.value.code is ShareProblem.UNAVAILABLE
    assert caught.value.retryable
    assert files_in(tmp_path) == ["acme"]


@pytest.mark.parametrize("size", [0, 1, READ_BYTES, 3 * READ_BYTES + 1])
async def test_a_large_file_is_hashed_piece_by_piece(share: Share, size: int) -> None:
    """Others have their turn in between; nothing is lost."""
    data = bytes(size)
    assert [piece async for piece in share_module._once(data) if len(piece) > READ_BYTES] == []
    stored = await share.put("acme", "A1", data, max_bytes=MAX)
    assert stored == Stored(size, hashlib.sha256(data).hexdigest())
    assert await content(share, "acme", "A1") == data
