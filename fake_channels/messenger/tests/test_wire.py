"""Shapes that only Messenger has."""

from __future__ import annotations

import pytest

from fake_channels.core import people
from fake_channels.core.handset import Handset, LocationView
from fake_channels.core.ids import Ids
from fake_channels.messenger import wire
from fake_channels.messenger.state import enrol, open_account
from fake_channels.meta import telling


def _handset(name: str | None) -> Handset:
    return enrol(open_account(Ids("wire")), people.invent(Ids("wire"), 0, name=name), Ids("wire"))


@pytest.mark.parametrize(
    ("name", "first", "last"), [("Ada Lovelace King", "Ada", "Lovelace King"), ("Ada", "Ada", None), (None, None, None)]
)
def test_a_profile_has_the_fields_that_are_known(name: str | None, first: str | None, last: str | None) -> None:
    """A name in two parts; the nameless have neither; the id is always there."""
    handset = _handset(name)
    shown = wire.render_profile(handset, "http://p.example", (*wire.PROFILE_FIELDS, "name"))
    assert (shown.get("first_name"), shown.get("last_name"), shown.get("name")) == (first, last, name)
    assert (shown["id"], shown["profile_pic"]) == (handset.identity, "http://p.example")
    assert set(wire.render_profile(handset, "", ("first_name",))) <= {"first_name", "id"}


def test_a_place_is_a_link_with_a_fallback() -> None:
    """To a map; a chosen place gives its name as title."""
    plain, named = wire.render_place(LocationView(59.5, 18.25)), wire.render_place(LocationView(1, 2, "Café & Bar"))
    assert plain["text"].endswith("query=59.5,18.25")
    assert plain["attachments"][0]["title"] == "59.5, 18.25"
    (fallback,) = named["attachments"]
    assert (fallback["type"], fallback["title"], fallback["url"]) == ("fallback", "Café & Bar", named["text"])
    assert fallback["payload"] == {"url": named["text"], "title": "Café & Bar"}
    assert "Caf%C3%A9%20%26%20Bar" in named["text"]


_EVENT = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 3}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"message": {}},
        {"message": {"mid": "m_1"}},
        {"message": {"mid": "x", "text": "a"}},
        {"message": {"mid": "m_1", "attachments": []}},
        {"message": {"mid": "m_1", "attachments": [{"type": "image", "payload": {}}]}},
        {"message": {"mid": "m_1", "text": "a"}, "read": {"watermark": 1}},
        {"read": {"mid": "m_1"}},
        {"delivery": {}},
        {"reaction": {"mid": "m_1", "action": "react", "reaction": "laugh"}},
        {"postback": {"title": "a"}},
    ],
)
def test_wrong_webhooks_are_seen(content: wire.Json) -> None:
    """The schema has teeth."""
    assert wire.WEBHOOK.accepts(telling.render("page", "2", 3, {**_EVENT, "message": {"mid": "m_1", "text": "a"}}))
    assert not wire.WEBHOOK.accepts(telling.render("page", "2", 3, {**_EVENT, **content}))
    assert not wire.WEBHOOK.accepts(telling.render("instagram", "2", 3, {**_EVENT, "read": {"watermark": 1}}))
