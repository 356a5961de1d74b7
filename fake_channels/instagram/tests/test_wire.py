"""Shapes that only Instagram has."""

from __future__ import annotations

import pytest

from fake_channels.core import people
from fake_channels.core.ids import Ids
from fake_channels.instagram import wire
from fake_channels.instagram.state import enrol, open_account
from fake_channels.meta import telling


@pytest.mark.parametrize("name", ["Ada Lovelace", None])
def test_a_profile_has_what_is_asked_for(name: str | None) -> None:
    """A name may be null; the id is always there; an unknown field is named."""
    handset = enrol(open_account(Ids("wire")), people.invent(Ids("wire"), 0, name=name), Ids("wire"))
    fields = ("name", "username", "profile_pic", "follower_count", "is_user_follow_business", "is_verified_user")
    shown = wire.render_profile(handset, "http://p.example", fields)
    assert isinstance(shown, dict)
    assert set(shown) == {*fields, "id"}
    assert (shown["name"], shown["username"], shown["id"]) == (name, handset.person.username, handset.identity)
    assert wire.render_profile(handset, "", ("name", "shoe_size")) == "shoe_size"


_EVENT = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 3}
_MID = "aWdf1"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"message": {"mid": _MID}},
        {"message": {"mid": "m_1", "text": "a"}},
        {"message": {"mid": _MID, "text": "a", "reply_to": {"story": {"id": "1"}}}},
        {"message": {"mid": _MID, "text": "a", "reply_to": {}}},
        {"message": {"mid": _MID, "attachments": [{"type": "story_mention"}]}},
        {"message": {"mid": _MID, "attachments": [{"type": "location"}]}},
        {"read": {"watermark": 1}},
        {"delivery": {"watermark": 1}},
        {"reaction": {"mid": _MID, "action": "react", "reaction": "smile"}},
    ],
)
def test_wrong_webhooks_are_seen(content: wire.Json) -> None:
    """The schema has teeth."""
    good = {"message": {"mid": _MID, **wire.render_story_reply("a", "http://s.example", "1")}}
    for right in (good, wire.render_deleted(_MID), wire.render_read(_MID)):
        assert wire.WEBHOOK.accepts(telling.render("instagram", "2", 3, {**_EVENT, **right}))
    assert not wire.WEBHOOK.accepts(telling.render("instagram", "2", 3, {**_EVENT, **content}))
