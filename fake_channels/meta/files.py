"""Files of an inbox: what may be sent, what was uploaded, and the signed URLs under which everybody's files lie."""

from __future__ import annotations

import hmac
import mimetypes
from typing import Final
from urllib.parse import unquote, urlsplit

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Event
from fake_channels.core.http import HttpReply, HttpRequest
from fake_channels.core.media import GENERIC, Media, bare, family, sniff
from fake_channels.meta.inbox import KEPT_BYTES, KEPT_FILES, Asset, Inbox
from fake_channels.meta.platform import Platform, Refused
from fake_channels.meta.sending import Source

FETCH_REDIRECTS: Final = 3
_FETCHER: Final = {"User-Agent": "facebookexternalhit/1.1", "Accept": "*/*"}
_TOO_LARGE: Final = "larger than"
"""How the shell says that a body passed its cap."""
_TEXT: Final = "text/plain"
_EXPIRED: Final = HttpReply(403, b"URL signature expired", _TEXT)
_FORGED: Final = HttpReply(403, b"URL signature mismatch", _TEXT)
_HEX: Final = frozenset("0123456789abcdef")
_EXPIRY_DIGITS: Final = 12
_SHOW_THEMSELVES: Final = frozenset({"image"})
"""Families whose files all begin with what they are."""
_RECORDINGS: Final = frozenset({"audio", "video"})
"""Families that share their containers: the bytes of an MP4 do not say which of the two it is."""


def fetch(url: str, kind: str, then: Event, platform: Platform, name: str = "fetch media") -> Call:
    """The call that fetches a file, by the rule of its kind."""
    rule = platform.files[kind]
    return Call(
        method="GET",
        url=url,
        target="media",
        name=name,
        headers=_FETCHER,
        then=then,
        timeout_s=rule.timeout_s,
        max_bytes=rule.max_bytes,
        max_redirects=FETCH_REDIRECTS,
    )


def fetched(source: Source, answer: Answer, platform: Platform) -> Media:
    """The file behind a URL.

    Raises:
        Refused: it did not come, or is too large.
    """
    if answer.problem.startswith(_TOO_LARGE):
        raise Refused(platform.problems.size)
    if not answer.ok:
        raise Refused(platform.problems.fetch)
    name = unquote(urlsplit(source.url).path).rpartition("/")[2] or "file"
    return Media(answer.body, answer.headers.get("content-type", GENERIC), name)


def admit(inbox: Inbox, kind: str, media: Media, platform: Platform, env: Env, *, reusable: bool = False) -> str:
    """Keep a file that the business sends as `kind`; returns its id.

    Raises:
        Refused: it is empty, too large, or not what it is sent as.
    """
    rule = platform.files[kind]
    if len(media.data) > rule.max_bytes:
        raise Refused(platform.problems.size)
    declared, found = bare(media.mime), sniff(media.data)
    real = found if declared in {"", GENERIC} else declared
    if not media.data or (rule.types and real not in rule.types) or _contradicts(rule.types, found, real):
        raise Refused(platform.problems.upload)
    return store(inbox, kind, Media(media.data, real, media.name), platform, env, reusable=reusable)


def _contradicts(types: tuple[str, ...], found: str, told: str) -> bool:
    """True when the bytes show what may not be sent, or a picture none; of a file of any type nothing is expected."""
    if not types:
        return False
    if found == GENERIC:
        return family(told) in _SHOW_THEMSELVES
    families = {family(found), family(told)}
    if families <= _RECORDINGS:
        return False
    return len(families) > 1 or found not in types


def store(inbox: Inbox, kind: str, media: Media, platform: Platform, env: Env, *, reusable: bool = False) -> str:
    """Keep a file and forget those whose time is over, or which are too many; returns its id."""
    asset_id = env.ids.digits(f"{platform.name}.asset", 16)
    life = platform.attachment_ms if reusable else platform.file_url_ms
    inbox.assets[asset_id] = Asset(media, kind, env.now + life, reusable)
    inbox.asset_bytes += len(media.data)
    for old in [key for key, asset in inbox.assets.items() if asset.expires_at <= env.now]:
        _forget(inbox, old)
    while len(inbox.assets) > KEPT_FILES or (inbox.asset_bytes > KEPT_BYTES and len(inbox.assets) > 1):
        _forget(inbox, next(iter(inbox.assets)))
    return asset_id


def _forget(inbox: Inbox, asset_id: str) -> None:
    inbox.asset_bytes -= len(inbox.assets.pop(asset_id).media.data)


def uploaded(inbox: Inbox, source: Source, platform: Platform, env: Env) -> str:
    """The id of an attachment that may be sent again.

    Raises:
        Refused: there is none, or one of another kind.
    """
    asset = inbox.assets.get(source.attachment_id)
    if asset is None or not asset.reusable or asset.expires_at <= env.now:
        raise Refused(platform.problems.no_attachment)
    if asset.kind != source.kind:
        raise Refused(platform.problems.upload)
    return source.attachment_id


# --- signed URLs ------------------------------------------------------------------------------------------------------


def url(inbox: Inbox, asset_id: str, platform: Platform, env: Env, life_ms: int | None = None) -> str:
    """A URL of a file, good for some time and without any token."""
    asset = inbox.assets.get(asset_id)
    suffix = "" if asset is None else mimetypes.guess_extension(bare(asset.media.mime)) or ""
    return signed_url(inbox, f"{asset_id}_n{suffix}", platform, env, life_ms)


def signed_url(inbox: Inbox, name: str, platform: Platform, env: Env, life_ms: int | None = None) -> str:
    """A URL of anything that the account's files lie beside."""
    expires = f"{(env.now + (platform.file_url_ms if life_ms is None else life_ms)) // 1000:x}"
    path = f"{platform.cdn_path}/{inbox.owner_id}/{name}"
    return f"{env.base_url}{path}?_nc_cat=100&oh={_proof(inbox, path, expires)}&oe={expires}"


def refusal_of(inbox: Inbox, request: HttpRequest, env: Env) -> HttpReply | None:
    """Why a signed URL gives nothing; None when it is good."""
    expires, proof = request.query.get("oe", ""), request.query.get("oh", "")
    if not expires or len(expires) > _EXPIRY_DIGITS or not set(expires) <= _HEX:
        return _FORGED
    if not hmac.compare_digest(_proof(inbox, request.path, expires).encode(), proof.encode("utf-8", "replace")):
        return _FORGED
    return _EXPIRED if int(expires, 16) * 1000 <= env.now else None


def _proof(inbox: Inbox, path: str, expires: str) -> str:
    return "00_" + hmac.new(inbox.app_secret.encode(), f"{path}?{expires}".encode(), "sha256").hexdigest()[:40]
