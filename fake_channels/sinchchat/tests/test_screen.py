"""What messages look like on the phone."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import Button
from fake_channels.sinchchat import screen
from fake_channels.sinchchat.tests.test_wire import CARD, CHOICE, MESSAGES

CHOICES = [
    CHOICE,
    {"text_message": {"text": "No"}},
    {"url_message": {"title": "Look", "url": "https://x.example"}},
    {"call_message": {"title": "Call", "phone_number": "15550100"}},
    {"location_message": {"title": "Map", "coordinates": {"latitude": 1, "longitude": 2}}},
    {"location_message": {"coordinates": {"latitude": 1, "longitude": 2}}},
]


@pytest.mark.parametrize(
    ("kind", "shown", "text"),
    [
        ("text_message", "text", "Hello"),
        ("media_message", "media", ""),
        ("location_message", "location", "Here"),
        ("choice_message", "buttons", "Well?"),
        ("card_message", "card", "A\nb"),
        ("carousel_message", "carousel", "A\nb\n\nA\nb"),
        ("list_message", "list", "L"),
        ("template_message", "template", "t\na: b"),
        ("contact_info_message", "contact", "Ada\n15550100"),
    ],
)
def test_each_kind_has_its_look(kind: str, shown: str, text: str) -> None:
    """Text and kind."""
    item = screen.shown({kind: MESSAGES[kind]}, "business", "m", 5)
    assert (item.kind, item.text, item.id, item.at, item.author) == (shown, text, "m", 5, "business")


def test_choices_become_buttons() -> None:
    """With their postbacks, or the documented default; links, calls and maps tell nobody."""
    item = screen.shown({"choice_message": {"choices": CHOICES}}, "business", "m", 0)
    assert item.buttons == (
        Button("y", "Yes"),
        Button("m_No", "No"),
        Button("https://x.example", "Look", "url", "https://x.example"),
        Button("15550100", "Call", "call", "15550100"),
        Button("1,2", "Map", "url", "1,2"),
        Button("1,2", "1,2", "url", "1,2"),
    )


def test_the_choices_of_all_cards_can_be_tapped() -> None:
    """Those of the cards first; the first file is the one that is loaded."""
    bare = {"title": "C"}
    item = screen.shown({"carousel_message": {"cards": [bare, CARD], "choices": [CHOICES[1]]}}, "business", "m", 0)
    assert [button.title for button in item.buttons] == ["Yes", "No"]
    assert item.vendor[screen.FILE] == "https://x.example/a.png"


def test_rows_of_a_list_are_tapped_and_products_are_read() -> None:
    """A product is a line of the text."""
    rows = [{"choice": {"title": "One", "description": "d", "postback_data": "1"}}, {"product": {"id": "P7"}}]
    item = screen.shown({"list_message": {"title": "L", "sections": [{"items": rows}]}}, "business", "m", 0)
    assert item.buttons == (Button("1", "One", "row", "d"),)
    assert item.text == "L\nP7"


def test_a_template_of_the_channel_shows_like_any_other() -> None:
    """The first of those given."""
    message = {"template_message": {"channel_template": {"SINCH_CHAT": {"template_id": "hi"}}}}
    assert screen.shown(message, "business", "m", 0).text == "hi"


def test_an_agents_name_is_remembered() -> None:
    """Beside the message, as the app shows it."""
    message = {"text_message": {"text": "a"}, "agent": {"display_name": "Ann"}}
    assert screen.shown(message, "business", "m", 0).vendor["agent"] == "Ann"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"agent_joined_event": {"agent": {"display_name": "Ann"}}}, "Ann joined the chat"),
        ({"agent_left_event": {"agent": {}}}, "An agent left the chat"),
        ({"generic_event": {"payload": {}}}, None),
    ],
)
def test_agents_come_and_go_in_a_line(event: Any, text: str | None) -> None:
    """A generic event shows nothing."""
    line = screen.announced(event, 0, "e")
    assert (line and line.text) == text
    assert line is None or line.author == "system"
