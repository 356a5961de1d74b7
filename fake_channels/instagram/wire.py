"""Instagram's shapes: what an account may send, what is posted to a callback URL, what a profile shows. Pure.

What Instagram shares with Messenger is parsed and rendered in `fake_channels.meta`; here are the schemas that both ways
must meet, and what only Instagram spells this way.
Sources: https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message and
https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

from __future__ import annotations

from typing import Any, Final

from fake_channels.core.handset import Handset
from fake_channels.core.schemas import Checker, checkers, load

Json = dict[str, Any]

SEND: Final = checkers("fake_channels.instagram", "send.json")
WEBHOOK: Final = Checker(load("fake_channels.instagram", "webhook.json"))
DEFAULT_PROFILE_FIELDS: Final = ("name", "username")
"""What a lookup gives when it names no fields."""


def render_profile(handset: Handset, picture_url: str, wanted: tuple[str, ...]) -> Json | str:
    """The answer to GET /{igsid}: what is asked for, and always the id; the name of a field that there is not."""
    known: Json = {
        "name": handset.name,
        "username": handset.person.username,
        "profile_pic": picture_url,
        "follower_count": 42,
        "is_user_follow_business": False,
        "is_business_follow_user": False,
        "is_verified_user": False,
        "id": handset.identity,
    }
    unknown = next((field for field in wanted if field not in known), "")
    return unknown or {**{field: known[field] for field in wanted}, "id": handset.identity}


def render_read(mid: str) -> Json:
    """The person has read this message."""
    return {"read": {"mid": mid}}


def render_deleted(mid: str) -> Json:
    """The person has taken this message back."""
    return {"message": {"mid": mid, "is_deleted": True}}


def render_story_reply(text: str, url: str, story_id: str) -> Json:
    """An answer to a story of the account."""
    return {"text": text, "reply_to": {"story": {"url": url, "id": story_id}}}


def render_attachment(kind: str, url: str = "") -> Json:
    """Something that is not a file of the message itself: a share, a mention, a heart."""
    attachment: Json = {"type": kind}
    if url:
        attachment["payload"] = {"url": url}
    return {"attachments": [attachment]}


def render_token(token: str, life_ms: int) -> Json:
    """The answer to a refreshed token."""
    return {"access_token": token, "token_type": "bearer", "expires_in": life_ms // 1000}
