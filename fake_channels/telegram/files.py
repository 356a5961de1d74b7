"""Files of a bot: uploads, ids used again, URLs fetched within the call, and downloads."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call
from fake_channels.core.forms import Upload
from fake_channels.core.http import Fetching
from fake_channels.core.media import GENERIC, Media, bare, sniff
from fake_channels.telegram import limits, measure, wire
from fake_channels.telegram.limits import MEDIA_RULES
from fake_channels.telegram.state import Account, Fetched, File, Link, store
from fake_channels.telegram.wire import Refused

FETCH_TIMEOUT_S: Final = 20.0
FETCH_REDIRECTS: Final = 5
_BOXES: Final = (90, 320, 800)
"""The sides that smaller sizes of a photo fit in."""
_SUFFIXES: Final = {"image/jpeg": ".jpg", "audio/ogg": ".oga", "image/webp": ".webp", "video/mp4": ".mp4"}
_ATTACH: Final = "attach://"
_MEASURED: Final = frozenset({"voice", "audio", "video", "animation", "video_note"})


def named(value: str, field: str, uploads: Mapping[str, Upload]) -> Upload | None:
    """The upload that a parameter means: its own part of the form, or the one that it names."""
    if value.startswith(_ATTACH):
        return uploads.get(value.removeprefix(_ATTACH))
    return uploads.get(field)


def is_url(value: str) -> bool:
    """True for what must be fetched."""
    return value[:7].lower() == "http://" or value[:8].lower() == "https://"


def by_id(account: Account, kind: str, file_id: str) -> File:
    """A file of the bot, to be sent again as what it is.

    Raises:
        Refused: no such file, or one of another kind.
    """
    label = MEDIA_RULES[kind].label
    if not file_id:
        raise Refused(limits.NO_FILE, label=label)
    file = account.files.get(file_id)
    if file is None:
        raise Refused(limits.WRONG_IDENTIFIER if "." in file_id else limits.WRONG_REMOTE)
    if file.kind != kind and "photo" in {file.kind, kind}:
        raise Refused(limits.TYPE_MISMATCH, found=file.kind.capitalize(), label=kind.capitalize())
    return file


def uploaded(account: Account, kind: str, upload: Upload, env: Env) -> File:
    """Take an upload; what is not of the wanted type becomes a document.

    Raises:
        Refused: it is empty, too big, or no photo.
    """
    mime = _told(upload.content_type, upload.data, upload.name)
    media = Media(upload.data, mime, upload.name)
    if not media.data:
        raise Refused(limits.FILE_EMPTY)
    if kind == "photo" and len(media.data) > limits.PHOTO_UPLOAD_MAX:
        raise Refused(limits.PHOTO_TOO_BIG, size=len(media.data), most=limits.PHOTO_UPLOAD_MAX)
    types = MEDIA_RULES[kind].types
    becomes = kind if kind == "photo" or not types or _real(media) in types else "document"
    return add(account, becomes, media, env)


def _told(declared: str, data: bytes, name: str) -> str:
    told = bare(declared)
    if told not in {"", GENERIC}:
        return told
    found = sniff(data)
    return found if found != GENERIC else mimetypes.guess_type(name)[0] or GENERIC


def _real(media: Media) -> str:
    """What the bytes show, or else what was declared."""
    found = sniff(media.data)
    return bare(media.mime) if found == GENERIC else found


def add(account: Account, kind: str, media: Media, env: Env) -> File:
    """Keep a file.

    Raises:
        Refused: it should be a photo and is none that Telegram takes.
    """
    blob = env.ids.hex("telegram.blob", 8)
    if kind == "photo":
        return _add_photo(account, blob, media, env)
    account.blobs[blob] = media
    width, height = measure.picture_size(media.data) if kind in {"sticker", "animation"} else (0, 0)
    duration = measure.seconds(media.data) if kind in _MEASURED else 0
    return store(account, kind, blob, env.ids, width=width, height=height, duration=duration)


def _add_photo(account: Account, blob: str, media: Media, env: Env) -> File:
    width, height = measure.picture_size(media.data)
    if not width or not height:
        raise Refused(limits.PHOTO_BAD)
    is_thin = max(width, height) > limits.PHOTO_RATIO_MAX * min(width, height)
    if is_thin or width + height > limits.PHOTO_SIDES_MAX:
        raise Refused(limits.PHOTO_SIDES)
    account.blobs[blob] = media
    longest = max(width, height)
    smaller = tuple(
        store(
            account,
            "photo",
            blob,
            env.ids,
            width=max(1, width * box // longest),
            height=max(1, height * box // longest),
        ).id
        for box in _BOXES
        if box < longest
    )
    return store(account, "photo", blob, env.ids, smaller=smaller, width=width, height=height)


def render(account: Account, file: File) -> wire.Json:
    """The part of a message that carries this file."""
    if file.kind == "photo":
        return wire.render_photo([*(account.files[size] for size in file.smaller), file])
    return wire.render_media(account, file)


# --- by URL -----------------------------------------------------------------------------------------------------------


def fetch(method: str, args: dict[str, Any], field: str, kind: str, url: str) -> Fetching:
    """Fetch a file before the call is answered.

    Raises:
        Refused: that is no URL.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host or any(character.isspace() for character in url):
        raise Refused(limits.WRONG_URL)
    return Fetching(
        Call(
            method="GET",
            url=url,
            target="media",
            name="fetch media",
            headers={"User-Agent": "TelegramBot (like TwitterBot)", "Accept": "*/*"},
            then=Fetched(method, args, field, kind, url),
            timeout_s=FETCH_TIMEOUT_S,
            max_bytes=MEDIA_RULES[kind].url_max,
            max_redirects=FETCH_REDIRECTS,
        )
    )


def fetched(account: Account, event: Fetched, answer: Answer, env: Env) -> File:
    """Keep a fetched file.

    Raises:
        Refused: it did not come, or is not what this method takes from a URL.
    """
    if not answer.ok or not answer.body:
        raise Refused(limits.URL_FAILED)
    declared = bare(answer.headers.get("content-type", GENERIC))
    name = unquote(urlsplit(event.url).path).rpartition("/")[2] or "file"
    media = Media(answer.body, declared, name)
    real = _real(media)
    types = MEDIA_RULES[event.kind].url_types
    if types and real not in types:
        raise Refused(limits.URL_TYPE)
    kept = Media(media.data, real if declared == GENERIC else declared, name)
    too_long = event.kind == "voice" and len(media.data) > limits.VOICE_BY_URL_MAX
    return add(account, "document" if too_long else event.kind, kept, env)


# --- downloads --------------------------------------------------------------------------------------------------------


def link(account: Account, file_id: str, env: Env) -> wire.Json:
    """The answer to getFile: a path that is good for an hour.

    Raises:
        Refused: no such file, or one too big to download.
    """
    file = account.files.get(file_id)
    if file is None:
        raise Refused(limits.WRONG_FILE)
    if file.size > limits.DOWNLOAD_MAX:
        raise Refused(limits.FILE_TOO_BIG)
    account.links = {path: one for path, one in account.links.items() if one.expires_at > env.now}
    path = account.paths.get(file_id)
    if path is None:
        folder = MEDIA_RULES[file.kind].folder
        account.last_path += 1
        path = f"{folder}/file_{account.last_path}{_suffix(file.kind, account.blobs[file.blob])}"
        account.paths[file_id] = path
    account.links[path] = Link(file_id, env.now + limits.LINK_LIFE_MS)
    return {**wire.render_file(file), "file_path": path}


def _suffix(kind: str, media: Media) -> str:
    if kind == "photo":
        return ".jpg"
    own = PurePosixPath(media.name).suffix
    known = _SUFFIXES.get(bare(media.mime)) or mimetypes.guess_extension(bare(media.mime)) or ""
    return (own or known) if kind == "document" else (known or own)


def download(account: Account, path: str, now: int) -> Media | None:
    """The file behind a path that getFile gave out and that is still good."""
    found = account.links.get(path)
    if found is None or found.expires_at <= now:
        return None
    return account.blobs[account.files[found.file_id].blob]
