"""Customers' files in the gateway's own store, each under a link that cannot be guessed, for the time it is kept.

Must not know: where files come from. Sinch keeps Sinch Chat's files for 7 days and says nothing of others' time.
"""

from typing import Final
from urllib.parse import quote, unquote

from fake_sinch.adapters.contract import MediaFile
from fake_sinch.arrivals import MediaRef
from fake_sinch.context import Context
from fake_sinch.errors import NOT_FOUND, render
from fake_sinch.mediatypes import suffix_for
from fake_sinch.ports import Reply, RequestLike
from fake_sinch.traffic import Media

_TOKEN_BYTES: Final = 24
_PATH: Final = "/media/"


def keep(ctx: Context, named: MediaRef, file: MediaFile, now: int) -> str:
    """Store a file and return its link; files whose time is over are dropped meanwhile."""
    store = ctx.state.traffic.media
    for token in [token for token, media in store.items() if media.expires_at <= now]:
        del store[token]
    token = ctx.ids.token("media", _TOKEN_BYTES)
    mime = file.mime or named.mime or "application/octet-stream"
    name = _safe(named.filename) or f"{ctx.ids.ulid(now)}{suffix_for(mime)}"
    store[token] = Media(mime, name, file.data, now + ctx.settings.media_retention_s * 1000)
    return f"{ctx.settings.public_base_url.rstrip('/')}{_PATH}{token}/{quote(name)}"


def _safe(name: str) -> str:
    """Return a customer's file name without the characters that mean something in paths or headers."""
    return "".join(c for c in name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1] if c.isprintable() and c not in '"<>|:*?')


def serve(ctx: Context, request: RequestLike, now: int) -> Reply:
    """Answer GET or HEAD for a file; whatever is not there, wrongly named or over time is a 404."""
    token, _, name = request.path.removeprefix(_PATH).partition("/")
    media = ctx.state.traffic.media.get(token)
    wrong = request.method not in {"GET", "HEAD"}
    if media is None or wrong or media.expires_at <= now or unquote(name) not in {media.name, quote(media.name)}:
        return render(NOT_FOUND, "There is no such file.")
    headers = {
        "content-type": media.mime,
        "content-length": str(len(media.data)),
        "x-content-type-options": "nosniff",
        "content-disposition": f"inline; filename*=UTF-8''{quote(media.name)}",
    }
    return Reply(200, headers, media.data if request.method == "GET" else b"")
