"""What control APIs answer about phones, clocks and faults, ready for JSON."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from aiohttp import web

from fake_channels.core.faults import Rule
from fake_channels.core.handset import Handset, Item, item_document
from fake_channels.core.instants import to_rfc3339
from fake_channels.core.world import World

Json = dict[str, Any]

_UNTRUSTED: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'",
}


def clock_document(world: World) -> Json:
    """The clock: mode, now, and when the next timer is due."""
    upcoming = world.clock.next_timer
    return {
        "mode": world.clock.mode,
        "now": to_rfc3339(world.now),
        "next_timer": None if upcoming is None else to_rfc3339(upcoming),
    }


def screen_document(handset: Handset) -> Json:
    """What the person sees, in order."""
    return {
        "version": handset.version,
        "identity": handset.identity,
        "name": handset.name,
        "online": handset.online,
        "blocked": handset.blocked,
        "typing": handset.typing,
        "items": [shown(item, number) for number, item in enumerate(handset.screen, 1)],
    }


def shown(item: Item, number: int = 0) -> Json:
    """One item, its time spelled out."""
    return {**item_document(item, number), "at": to_rfc3339(item.at)}


def fault_document(rule: Rule) -> Json:
    """A fault with its counters."""
    document: Json = msgspec.to_builtins(rule)
    return document


def file_response(handset: Handset, wanted: str) -> web.Response | None:
    """A file that a phone shows, so that no browser runs it; None when there is none of this id."""
    for item in handset.screen:
        if item.media is not None and item.media.id == wanted and wanted in handset.media:
            headers = dict(_UNTRUSTED)
            if not item.media.mime.startswith(("image/", "audio/", "video/")) or "svg" in item.media.mime.lower():
                headers["Content-Disposition"] = "attachment"
            headers["Content-Type"] = _header_safe(item.media.mime)
            return web.Response(body=handset.media[wanted], headers=headers)
    return None


def _header_safe(mime: str) -> str:
    return mime if mime.isascii() and mime.isprintable() else "application/octet-stream"
