"""Files that customers send: kept for a week under URLs that nobody can guess."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from fake_channels.core import shelf
from fake_channels.core.contract import Env
from fake_channels.core.media import GENERIC, Media, bare, family, sniff
from fake_channels.core.shelf import Stored
from fake_channels.sinchchat import limits
from fake_channels.sinchchat.state import Account

_URL: Final = re.compile(r"/v1/projects/[^/]+/media/([\w-]+)/")


def problem(media: Media) -> str:
    """Why a file cannot be uploaded; empty when it can."""
    declared, found = bare(media.mime), sniff(media.data)
    if not media.data:
        return "file: is empty"
    if len(media.data) > limits.MEDIA_MAX:
        return f"file: has more than {limits.MEDIA_MAX} bytes"
    if declared not in limits.MEDIA_TYPES:
        return f"file: the type {declared or 'none'} is none that the app knows"
    if found != GENERIC and family(found) != family(declared):
        return f"file: is {found} and not {declared}"
    return ""


def store(account: Account, media: Media, env: Env) -> str:
    """Keep a file and forget those whose time is over, or the oldest when all are too much; returns its URL."""
    media_id = env.ids.token("sinchchat.media_id", 24)
    stored = Stored(media, env.now + limits.MEDIA_LIFE_MS)
    shelf.keep(account.media, media_id, stored, env.now, most_bytes=limits.MEDIA_KEPT_MAX)
    return f"{env.base_url}/v1/projects/{account.project_id}/media/{media_id}/{quote(media.name, safe='')}"


def by_url(account: Account, url: str, env: Env) -> Media | None:
    """The file behind one of our own URLs."""
    path = url.removeprefix(env.base_url)
    found = _URL.match(path) if path != url else None
    return None if found is None else shelf.find(account.media, found[1], env.now)
