"""The messenger profile: what may be set, and what a person sees of it."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import Impossible, SendText, TapMenu
from fake_channels.meta.tests.calls import Business, code_of

MENU: Any = [
    {
        "locale": "default",
        "call_to_actions": [
            {"type": "postback", "title": "Help", "payload": "HELP"},
            {"type": "web_url", "title": "Shop", "url": "https://shop.example"},
            {
                "type": "nested",
                "title": "More",
                "call_to_actions": [{"type": "postback", "title": "Orders", "payload": "ORDERS"}],
            },
        ],
    },
    {"locale": "de_DE", "call_to_actions": [{"type": "postback", "title": "Hilfe", "payload": "HILFE"}]},
]
START = {"payload": "START"}


def _set(business: Business, **properties: Any) -> tuple[int, Any]:
    body = {"platform": business.platform, **properties}
    return business.call("POST", "/me/messenger_profile", body)


def _get(business: Business, fields: str) -> Any:
    return business.call("GET", "/me/messenger_profile", fields=fields, platform=business.platform)[1]["data"]


def test_properties_are_set_read_and_deleted(business: Business) -> None:
    """One by one; what is not set is not there."""
    assert _get(business, "get_started,greeting") == []
    assert _set(business, get_started=START) == (200, {"result": "success"})
    assert _set(business, greeting=[{"locale": "default", "text": "Hi"}])[0] == 200
    both = [{"get_started": START, "greeting": [{"locale": "default", "text": "Hi"}]}]
    assert _get(business, "get_started,greeting,ice_breakers") == both
    deletion = {"fields": ["greeting"], "platform": business.platform}
    assert business.call("DELETE", "/me/messenger_profile", deletion) == (200, {"result": "success"})
    assert _get(business, "get_started,greeting") == [{"get_started": START}]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"nonsense": 1},
        {"get_started": {}},
        {"greeting": [{"locale": "default", "text": "x" * 161}]},
        {"persistent_menu": [{"locale": "default", "call_to_actions": [{"type": "postback", "title": "No payload"}]}]},
        {"ice_breakers": [{"question": "Only a question"}]},
        {"whitelisted_domains": ["ftp://x.example"]},
    ],
)
def test_wrong_properties_are_refused(business: Business, properties: Any) -> None:
    """And change nothing."""
    assert code_of(_set(business, **properties))[:2] == (400, 100)
    assert business.account.profile == {}


@pytest.mark.parametrize("fields", ["", "nonsense"])
def test_reading_and_deleting_need_known_names(business: Business, fields: str) -> None:
    """At least one."""
    query = {"fields": fields, "platform": business.platform}
    assert code_of(business.call("GET", "/me/messenger_profile", **query))[:2] == (400, 100)
    assert code_of(business.call("DELETE", "/me/messenger_profile", query))[:2] == (400, 100)


def test_a_menu_entry_is_a_postback_a_link_is_none(business: Business) -> None:
    """Nested entries too; found by title or payload."""
    _set(business, get_started=START, persistent_menu=MENU)
    customer = business.writer()
    for entry in ("Help", "ORDERS", "Shop"):
        business.act(customer, TapMenu(entry=entry))
    told = business.heard("postback")
    assert [(one["title"], one["payload"]) for one in told] == [("Help", "HELP"), ("Orders", "ORDERS")]
    assert [item.text for item in customer.screen][-2:] == ["Help", "Orders"]
    with pytest.raises(Impossible, match="the menu has no entry 'Hilfe'; it shows 'Help'"):
        business.act(customer, TapMenu(entry="Hilfe"))


def test_a_menu_opens_the_window(business: Business) -> None:
    """Even for somebody who never wrote."""
    _set(business, get_started=START, persistent_menu=MENU)
    customer = business.enrol()
    business.act(customer, TapMenu(entry="Help"))
    business.text(customer)


def test_a_closed_composer_leaves_the_menu_alone(business: Business) -> None:
    """Nobody can type then."""
    _set(business, get_started=START, persistent_menu=[{**MENU[0], "composer_input_disabled": True}])
    with pytest.raises(Impossible, match="composer"):
        business.act(business.enrol(), SendText(text="hello"))


def test_ice_breakers_are_for_those_who_never_wrote(business: Business) -> None:
    """In both of their spellings; a tap is a postback with the question as its title."""
    question = {"question": "Where are you?", "payload": "WHERE"}
    for spelling in ([question], [{"locale": "default", "call_to_actions": [question]}]):
        _set(business, ice_breakers=spelling)
        customer = business.enrol()
        business.act(customer, TapMenu(entry="Where are you?"))
        assert [(one["title"], one["payload"]) for one in business.heard("postback")] == [("Where are you?", "WHERE")]
        with pytest.raises(Impossible, match="it shows nothing"):
            business.act(customer, TapMenu(entry="Where are you?"))
