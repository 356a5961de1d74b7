"""Messenger's shapes: what a Page may send, what is posted to a callback URL, what a profile shows. Pure.

What Messenger shares with Instagram is parsed and rendered in `fake_channels.meta`; here are the schemas that both ways
must meet, and what only Messenger spells this way.
Sources: https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages and
https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from fake_channels.core.handset import Handset, LocationView
from fake_channels.core.schemas import Checker, checkers, load

Json = dict[str, Any]

SEND: Final = checkers("fake_channels.messenger", "send.json")
WEBHOOK: Final = Checker(load("fake_channels.messenger", "webhook.json"))
PROFILE_FIELDS: Final = ("first_name", "last_name", "profile_pic")
"""What a lookup gives when it names no fields."""
MORE_PROFILE_FIELDS: Final = ("id", "name")
RESTRICTED_FIELDS: Final = frozenset({"locale", "timezone", "gender"})
"""Fields that need a permission of their own."""


def render_profile(handset: Handset, picture_url: str, wanted: tuple[str, ...]) -> Json:
    """The answer to GET /{psid}: what is asked for and known, and always the id."""
    first, _, last = (handset.name or "").partition(" ")
    known = {"first_name": first, "last_name": last, "name": handset.name, "profile_pic": picture_url}
    return {**{field: known[field] for field in wanted if known.get(field)}, "id": handset.identity}


def render_read(watermark: int) -> Json:
    """The person has read everything up to this time."""
    return {"read": {"watermark": watermark}}


def render_place(place: LocationView) -> Json:
    """A shared place: current apps send a link to a map, which arrives as text with a fallback attachment."""
    url = f"https://www.google.com/maps/search/?api=1&query={place.latitude},{place.longitude}"
    if place.name:
        url += f"&q={quote(place.name)}"
    title = place.name or f"{place.latitude}, {place.longitude}"
    return {
        "text": url,
        "attachments": [{"type": "fallback", "title": title, "url": url, "payload": {"url": url, "title": title}}],
    }
