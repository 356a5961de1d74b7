"""Shapes: JSON that is sent, XML that is told and answered."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_channels.core.handset import LocationView
from fake_channels.core.http import HttpRequest
from fake_channels.wechat import markup, wire
from fake_channels.wechat.errors import Refused

_HEAD: dict[str, Any] = {
    "ToUserName": "gh_0123456789ab",
    "FromUserName": "o" + "x" * 27,
    "CreateTime": "1760000000",
}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)  # the first refusal imports what tells mistakes
@given(st.sampled_from(sorted(wire._SEND)), _JSON, _JSON)
def test_no_json_breaks_the_reading_of_a_send(kind: str, part: Any, openid: Any) -> None:
    """It is understood, or refused."""
    with suppress(Refused):
        wire.parse_send({"touser": openid, "msgtype": kind, kind: part})


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["MsgType", "Content", "Image", "Articles", "ArticleCount", "Music"]), _JSON))
def test_no_fields_break_the_reading_of_a_reply(fields: dict[str, Any]) -> None:
    """They are understood, or refused."""
    with suppress(wire.BadReply):
        wire.parse_reply({**_HEAD, **fields})


@given(st.text(min_size=1, max_size=50))
def test_texts_are_sent_as_they_are(text: str) -> None:
    """Not one character changes."""
    sending = wire.parse_send({"touser": "o", "msgtype": "text", "text": {"content": text}})
    assert sending.content.item.text == text


@given(st.floats(-90, 90), st.floats(-180, 180), st.text(st.characters(codec="ascii", categories=["L"]), max_size=9))
def test_places_are_told_as_they_are(latitude: float, longitude: float, name: str) -> None:
    """To six decimals, and valid by our own schema."""
    place = LocationView(latitude, longitude, name)
    head = wire.render_head("gh_0123456789ab", "o" + "x" * 27, 1_760_000_000_000, "location")
    told = markup.parse(markup.render({**head, **wire.render_location(place), "MsgId": 1}))
    assert wire.accepts_callback(told)
    assert float(told["Location_X"]) == pytest.approx(latitude, abs=1e-6)
    assert float(told["Location_Y"]) == pytest.approx(longitude, abs=1e-6)
    assert told["Label"] == name


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "text", "Content": "x"},
        {"MsgType": "text", "Content": "x", "MsgId": "abc"},
        {"MsgType": "image", "PicUrl": "x", "MediaId": "m", "MsgId": "1"},
        {"MsgType": "event", "Event": "CLICK"},
        {"MsgType": "event", "Event": "SCAN", "EventKey": "1"},
        {"MsgType": "event", "Event": "LOCATION", "Latitude": "1", "Longitude": "2"},
        {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": "1", "Status": "maybe"},
        {"MsgType": "event", "Event": "subscribe", "EventKey": "", "MsgId": "1"},
        {"MsgType": "event", "Event": "Subscribe", "EventKey": ""},
        {"MsgType": "poll", "MsgId": "1"},
        {"MsgType": ["text"]},
        {},
    ],
)
def test_wrong_callbacks_are_not_accepted(fields: dict[str, Any]) -> None:
    """Our own schema judges what we send."""
    assert not wire.accepts_callback({**_HEAD, **fields})
    assert not wire.accepts_callback(None)


def test_bodies_are_read_whatever_their_content_type() -> None:
    """Clients name many."""
    assert wire.read_json(HttpRequest("POST", "/", body=b'{"a":1}', headers={"content-type": "text/plain"})) == {"a": 1}


def test_links_are_found_in_any_quotes() -> None:
    """Entities in an address are read, and what is no link is left alone."""
    text = '<a href=\'https://a.example/?x=1&amp;y=2\'>A</a> <a>B</a> <a class="c" href="tel:1">C</a>'
    assert [(one.title, one.value) for one in wire._links(text)] == [
        ("A", "https://a.example/?x=1&y=2"),
        ("C", "tel:1"),
    ]
