"""Files of the account: uploaded, fetched by link, kept for their time, and given out by short-lived URLs."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import Item
from fake_channels.core.media import GENERIC, Media, bare, sniff
from fake_channels.whatsapp import limits, wire
from fake_channels.whatsapp.state import Account, Fetched, Stored

FETCH_TIMEOUT_S: Final = 20.0
FETCH_REDIRECTS: Final = 3
_OPUS: Final = b"OpusHead"
_VORBIS: Final = b"\x01vorbis"
_FIRST_PAGE: Final = 256
_CHANNELS_AT: Final = 9
_FLAGS_AT: Final = 20


def attach(item: Item, account: Account, source: wire.MediaSource, env: Env) -> None:
    """Let `item` carry an uploaded file.

    Raises:
        Refused: there is none, or it cannot be sent as what it shall be.
    """
    stored = account.media.get(source.media_id)
    if stored is None or stored.expires_at <= env.now:
        raise wire.Refused(limits.PARAMETER_INVALID, f"Media ID {source.media_id} does not exist or has expired.")
    problem = file_problem(source.kind, stored.media, voice=source.voice)
    if problem:
        raise wire.Refused(limits.MEDIA_UPLOAD, problem)
    item.vendor |= {"media_id": source.media_id, "filename": source.filename}


def fetch(source: wire.MediaSource, item: Item) -> Call:
    """Fetch the file behind a link, after the send was accepted."""
    item.vendor |= {"filename": source.filename} | ({"voice": "true"} if source.voice else {})
    return Call(
        method="GET",
        url=source.link,
        target="media",
        name="fetch media",
        headers={"User-Agent": "facebookexternalhit/1.1", "Accept": "*/*"},
        ids=(item.id,),
        then=Fetched(item.id, source.link, source.kind, item),
        timeout_s=FETCH_TIMEOUT_S,
        max_bytes=limits.MEDIA_RULES[source.kind].max_bytes,
        max_redirects=FETCH_REDIRECTS,
    )


def cached(account: Account, link: str, now: int) -> Media | None:
    """The file behind exactly this URL, when it was fetched within the last ten minutes."""
    found = account.links.get(link)
    return found.media if found is not None and found.expires_at > now else None


def take(account: Account, event: Fetched, answer: Answer, env: Env) -> Media | str:
    """The fetched file, kept for ten minutes; or what went wrong."""
    if answer.status and not answer.ok:
        return f"Downloading media from weblink failed with http code {answer.status}{_reason(answer.status)}"
    if not answer.ok:
        return f"Downloading media from weblink failed: {answer.problem}"
    declared = answer.headers.get("content-type", GENERIC)
    name = event.item.vendor.get("filename") or event.url.partition("?")[0].rpartition("/")[2] or "file"
    media = Media(answer.body, declared, name)
    account.links[event.url] = Stored(media, env.now + limits.LINK_CACHE_MS)
    return media


def _reason(status: int) -> str:
    known = status in HTTPStatus.__members__.values()
    return f", status message {HTTPStatus(status).phrase}" if known else ""


def file_problem(kind: str, media: Media, *, voice: bool = False) -> str:
    """Why a file cannot be sent as `kind`, or as a voice message; empty when it can."""
    rule = limits.MEDIA_RULES[kind]
    declared, found = bare(media.mime), sniff(media.data)
    if not media.data:
        return "Media file is empty."
    still = kind == "sticker" and not is_animated(media.data)
    most = limits.STATIC_STICKER_MAX if still else rule.max_bytes
    if len(media.data) > most:
        return f"Media file size too big. Max file size we currently support: {most} bytes for {kind}."
    if rule.types and declared not in rule.types:
        return f"Unsupported {kind} mime type {declared}. Please use one of {', '.join(rule.types)}."
    if rule.types and not _agree(declared, found):
        return f"Media file is of type {found} but was declared as {declared}."
    if voice and declared != limits.VOICE_TYPE:
        return f"A voice message must be of type {limits.VOICE_TYPE} with OPUS, not {declared}."
    return _codec_problem(media.data[:_FIRST_PAGE]) if kind == "audio" and declared == limits.VOICE_TYPE else ""


def _agree(declared: str, found: str) -> bool:
    """True when bytes of a type may be called by the other."""
    if found == GENERIC:
        return declared in limits.SILENT
    return declared == found or any(declared in alike and found in alike for alike in limits.ALIKE)


def is_animated(data: bytes) -> bool:
    """True for a WebP whose extended header says that it moves."""
    return data[12:16] == b"VP8X" and len(data) > _FLAGS_AT and bool(data[_FLAGS_AT] & 2)


def _codec_problem(page: bytes) -> str:
    """The first page of an Ogg file names its codec and counts its channels."""
    if _VORBIS in page:
        return "Unsupported audio codec vorbis: audio/ogg takes OPUS only."
    head = page.find(_OPUS)
    if head >= 0 and len(page) > head + _CHANNELS_AT and page[head + _CHANNELS_AT] > 1:
        return "Unsupported audio: OPUS takes one channel only."
    return ""


def store(account: Account, media: Media, life_ms: int, env: Env) -> str:
    """Keep a file and forget those whose time is over; returns its media id."""
    drop_expired(account.media, env.now)
    drop_expired(account.links, env.now)
    while len(account.media) >= limits.MEDIA_MAX:
        del account.media[next(iter(account.media))]
    media_id = env.ids.digits("whatsapp.media_id", 16)
    account.media[media_id] = Stored(media, env.now + life_ms)
    return media_id


def drop_expired(kept: dict[str, Stored], now: int) -> None:
    """Forget what has expired."""
    for name in [name for name, stored in kept.items() if stored.expires_at <= now]:
        del kept[name]


def media_url(account: Account, media_id: str, env: Env) -> str:
    """A fresh URL for a stored file, good for five minutes and only with the token."""
    expires = (env.now + limits.MEDIA_URL_LIFE_MS) // 1000
    proof = url_proof(account, media_id, expires)
    return f"{env.base_url}/whatsapp_business/attachments/?mid={media_id}&ext={expires}&hash={proof}"


def url_proof(account: Account, media_id: str, expires: int) -> str:
    """What makes a media URL unguessable."""
    return hmac.new(account.app_secret.encode(), f"{media_id}.{expires}".encode(), "sha256").hexdigest()[:40]
