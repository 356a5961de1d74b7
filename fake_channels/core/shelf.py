"""Files that an account keeps for a while: each has its time, and all together have a cap."""

from __future__ import annotations

import sys

import msgspec

from fake_channels.core.media import Media


class Stored(msgspec.Struct, frozen=True):
    """A file; from `expires_at` on it is gone."""

    media: Media
    expires_at: int


def keep(
    shelf: dict[str, Stored], name: str, stored: Stored, now: int, *, most: int = sys.maxsize, most_bytes: int
) -> None:
    """Keep a file; those whose time is over go, and then the oldest until no more than the caps are kept."""
    for key in [key for key, one in shelf.items() if one.expires_at <= now]:
        del shelf[key]
    shelf[name] = stored
    total = sum(len(one.media.data) for one in shelf.values())
    while len(shelf) > most or total > most_bytes:
        total -= len(shelf.pop(next(iter(shelf))).media.data)


def find(shelf: dict[str, Stored], name: str, now: int) -> Media | None:
    """A file whose time is not over."""
    stored = shelf.get(name)
    return None if stored is None or stored.expires_at <= now else stored.media
