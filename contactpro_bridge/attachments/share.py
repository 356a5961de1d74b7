"""The share: the internal copy of every attachment, in a folder, in memory or in an S3-compatible bucket.

A stored file is whole, durable and never changes. It knows ids, never file names, links or chats: a key is
``{tenant}/{attachment_id}``, and what the file is called or of which type it is stands in the database.

How a file becomes visible: its bytes stream to a key under ``.staging/`` that no reader asks for, are
forced to disk, and are then linked to their key, which fails when the key exists. A crash leaves at most an
orphan in ``.staging/``.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Self, TypeAlias
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

READ_BYTES: Final = 1024 * 1024
_PART_BYTES: Final = 5 * 1024 * 1024  # the least that S3 takes as one part of an upload
_STAGING: Final = ".staging"  # no tenant can be called so

# A key segment: what tenants and ids look like, never "..", never hidden, the same on every file system.
_SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?")

_Store: TypeAlias = LocalStore | MemoryStore | S3Store


class ShareProblem(StrEnum):
    """What went wrong at the share; the values are stable."""

    BAD_KEY = "share_bad_key"
    NOT_FOUND = "share_not_found"
    TOO_LARGE = "share_too_large"
    DIFFERENT_CONTENT = "share_different_content"
    BAD_RANGE = "share_bad_range"
    UNAVAILABLE = "share_unavailable"


class ShareError(Exception):
    """The share cannot do what was asked: a stable code, a sentence, and whether trying again may help."""

    def __init__(self, code: ShareProblem, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is on the share, whole and durable; ``sha256`` is lower-case hex."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class S3Access:
    """How to reach an S3-compatible store; what is None comes from the AWS environment variables."""

    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    allow_http: bool = False


class Share:
    """Puts, reads and deletes attachments. Safe for any number of tasks and processes at once."""

    def __init__(self, store: _Store) -> None:
        self._store = store
        # Only a folder on this machine needs to be told to write through; the other stores are durable when
        # they answer.
        self._folder = store.prefix if isinstance(store, LocalStore) else None

    @classmethod
    def memory(cls) -> Self:
        """Return a share that lives as long as this object."""
        return cls(MemoryStore())

    @classmethod
    def local(cls, folder: Path) -> Self:
        """Return a share in ``folder``, which is created when it is missing."""
        return cls(LocalStore(folder.absolute(), mkdir=True))

    @classmethod
    def from_url(cls, url: str, *, s3: S3Access | None = None) -> Self:
        """Return the share at a path, a ``file://`` URL, ``memory:`` or ``s3://bucket[/prefix]``."""
        scheme = url.partition(":")[0] if re.match(r"[a-z][a-z0-9]+:", url) else ""
        if scheme == "memory":
            return cls.memory()
        if scheme == "s3":
            return cls(_s3_store(url, s3 or S3Access()))
        if scheme == "file":
            return cls.local(Path(unquote(urlsplit(url).path)))
        if scheme:
            raise ValueError(
                f"{scheme}: is no place for attachments; use a folder, file:///folder, s3://bucket or memory:"
            )
        return cls.local(Path(url))

    async def put(
        self, tenant: str, attachment_id: str, data: bytes | AsyncIterator[bytes], *, max_bytes: int
    ) -> Stored:
        """Store a new file and return once it is durable; above ``max_bytes`` nothing is stored.

        Putting the same bytes under the same id again succeeds, as a repeated job must; other bytes are
        refused.
        """
        key = _key(tenant, attachment_id)
        counted = _Counted(data, max_bytes)
        try:
            with _own_errors(key, writing=True):
                try:
                    await self._publish(key, counted)
                except AlreadyExistsError:
                    await self._expect(key, counted.stored)
                await self._sync_folders(tenant)
        except ShareError:
            if counted.failure is not None:  # the sender failed, not the share
                raise counted.failure from None
            raise
        return counted.stored

    async def open(
        self, tenant: str, attachment_id: str, start: int | None = None, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Return the bytes from ``start`` up to, not including, ``end``; the whole file without them.

        A missing file and a range beyond its end are refused here, before the first byte.
        """
        key, size = _key(tenant, attachment_id), await self.size(tenant, attachment_id)
        first, stop = start or 0, size if end is None else end
        if not 0 <= first <= stop <= size:
            raise ShareError(ShareProblem.BAD_RANGE, f"{key} has {size} bytes; {first} to {stop} is not within them.")
        return self._read(key, first, stop)

    async def size(self, tenant: str, attachment_id: str) -> int:
        """Return the size of a stored file in bytes."""
        key = _key(tenant, attachment_id)
        with _own_errors(key):
            return (await obstore.head_async(self._store, key))["size"]

    async def delete(self, tenant: str, attachment_id: str) -> None:
        """Delete a file for good; one that does not exist is as good as deleted."""
        await self._delete(_key(tenant, attachment_id))
        await self._sync_folders(tenant)

    async def delete_tenant(self, tenant: str) -> None:
        """Delete every file of a tenant, and nothing of another."""
        prefix = _segment(tenant)
        with _own_errors(prefix):
            async for batch in obstore.list(self._store, prefix=prefix):
                for found in batch:
                    await self._delete(found["path"])
        if self._folder is not None:
            with suppress(OSError):  # someone stores a file at this moment, or the folder never existed
                await asyncio.to_thread((self._folder / prefix).rmdir)
        await self._sync_folders(tenant)

    async def sweep(self, older_than: datetime) -> int:
        """Delete what crashes left in staging before ``older_than`` (wall time); return how many files."""
        if self._folder is not None:
            return await asyncio.to_thread(_sweep_folder, self._folder / _STAGING, older_than)
        swept = 0
        with _own_errors(_STAGING):
            async for batch in obstore.list(self._store, prefix=_STAGING):
                for found in batch:
                    if found["last_modified"] < older_than:
                        await self._delete(found["path"])
                        swept += 1
        return swept

    async def _publish(self, key: str, counted: "_Counted") -> None:
        """Make the bytes visible under ``key`` all at once, or raise AlreadyExistsError."""
        if self._folder is None:
            small = await counted.take(_PART_BYTES)
            if counted.finished:
                await obstore.put_async(self._store, key, small, mode="create")
                return
        staged = f"{_STAGING}/{secrets.token_hex(16)}"
        await obstore.put_async(self._store, staged, counted, chunk_size=_PART_BYTES, use_multipart=True)
        try:
            if self._folder is not None:
                await asyncio.to_thread(_sync, self._folder / staged)
            await obstore.rename_async(self._store, staged, key, overwrite=False)
        except BaseException:
            with suppress(BaseError, OSError):  # the first error says more; sweep() finds what stays
                await self._delete(staged)
            raise

    async def _expect(self, key: str, stored: Stored) -> None:
        """Raise unless the file under ``key`` holds exactly the bytes that were to be stored."""
        size = (await obstore.head_async(self._store, key))["size"]
        digest = hashlib.sha256()
        async for chunk in self._read(key, 0, size):
            digest.update(chunk)
        if digest.hexdigest() != stored.sha256:
            raise ShareError(ShareProblem.DIFFERENT_CONTENT, f"{key} is already stored with other content.")

    async def _read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield a range in pieces, each its own request: slow readers hold no file and meet no time limit."""
        for position in range(start, end, READ_BYTES):
            with _own_errors(key):
                stop = min(position + READ_BYTES, end)
                piece = bytes(await obstore.get_range_async(self._store, key, start=position, end=stop))
            yield piece

    async def _delete(self, key: str) -> None:
        """Delete one key whether it exists or not."""
        with _own_errors(key), suppress(NotFoundError, FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def _sync_folders(self, tenant: str) -> None:
        """Force a tenant's folder and the share's own to disk: a link lasts only as its folders do."""
        if self._folder is not None:
            for folder in (self._folder / tenant, self._folder):
                with suppress(FileNotFoundError):  # the tenant was deleted meanwhile
                    await asyncio.to_thread(_sync, folder)


class _Counted:
    """Passes a file's bytes on, counting and hashing them, and stops at the first byte too many."""

    def __init__(self, data: bytes | AsyncIterator[bytes], max_bytes: int) -> None:
        self._source = _once(data) if isinstance(data, bytes) else data
        self._max_bytes = max_bytes
        self._size = 0
        self._digest = hashlib.sha256()
        self._taken: list[bytes] = []
        self.finished = False
        self.failure: Exception | None = None

    @property
    def stored(self) -> Stored:
        """What has passed so far."""
        return Stored(self._size, self._digest.hexdigest())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._taken:
            return self._taken.pop(0)
        return await self._next()

    async def take(self, enough_bytes: int) -> bytes:
        """Return all bytes if they end before ``enough_bytes``; else keep what was read for the iteration."""
        with suppress(StopAsyncIteration):
            while self._size < enough_bytes:
                self._taken.append(await self._next())
        return b"".join(self._taken) if self.finished else b""

    async def _next(self) -> bytes:
        """Return the next bytes of the source, counted."""
        try:
            chunk = await anext(self._source)
        except StopAsyncIteration:
            self.finished = True
            raise
        except Exception as error:
            self.failure = error
            raise
        self._size += len(chunk)
        if self._size > self._max_bytes:
            raise ShareError(ShareProblem.TOO_LARGE, f"The file has more than {self._max_bytes} bytes.")
        self._digest.update(chunk)
        return chunk


async def _once(data: bytes) -> AsyncIterator[bytes]:
    """Yield bytes that are already here, in pieces: hashing a large one at once would hold up everybody else."""
    for start in range(0, max(len(data), 1), READ_BYTES):
        yield data[start : start + READ_BYTES]


@contextmanager
def _own_errors(key: str, *, writing: bool = False) -> Iterator[None]:
    """Turn the storage library's errors into ours; what is missing while ``writing`` is the share itself."""
    try:
        yield
    except (BaseError, OSError) as error:
        if isinstance(error, (NotFoundError, FileNotFoundError)) and not writing:
            raise ShareError(ShareProblem.NOT_FOUND, f"{key} is not on the share.") from error
        # The first line says what failed; the rest is the library's own structure.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        message = f"The share failed at {key}: {reason}"
        raise ShareError(ShareProblem.UNAVAILABLE, message, retryable=True) from error


def _segment(text: str) -> str:
    """Return a tenant or an id as a part of a key, or refuse it."""
    if not _SEGMENT.fullmatch(text):
        raise ShareError(ShareProblem.BAD_KEY, f"{text[:40]!r} cannot be a part of a storage key.")
    return text


def _key(tenant: str, attachment_id: str) -> str:
    """Return the key of an attachment, made of ids alone."""
    return f"{_segment(tenant)}/{_segment(attachment_id)}"


def _sync(path: Path) -> None:
    """Force a file or a folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep_folder(staging: Path, older_than: datetime) -> int:
    """Delete old files of a staging folder, also those that the storage library hides while writing."""
    swept = 0
    for path in staging.iterdir() if staging.is_dir() else ():
        with suppress(FileNotFoundError):  # it was published meanwhile
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < older_than:
                path.unlink()
                swept += 1
    return swept


def _s3_store(url: str, access: S3Access) -> S3Store:
    """Return the store for ``s3://bucket[/prefix]``; a conditional multipart copy publishes large files."""
    settings = {
        "endpoint": access.endpoint,
        "region": access.region,
        "access_key_id": access.access_key_id,
        "secret_access_key": access.secret_access_key,
        "copy_if_not_exists": "multipart",
    }
    given = {name: value for name, value in settings.items() if value is not None}
    return S3Store.from_url(url, client_options={"allow_http": access.allow_http}, **given)  # type: ignore[arg-type]
