"""What a schema cannot say of a send."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.whatsapp import problems
from fake_channels.whatsapp.tests.calls import Business


@pytest.mark.parametrize("given", ["+1 (650) 555-1234", "16505551234", "1" * 15])
def test_a_number_may_have_signs_in_it(given: str) -> None:
    """Plus, minus, brackets and spaces."""
    assert problems.of_number(given) == ""


@pytest.mark.parametrize("given", ["", "+++", "abc", "1650a", "1" * 16, "١٢٣٤٥", "US.", "1650\n"])
def test_what_is_no_number_is_refused_at_once(given: str) -> None:
    """As 131009, or 131008 when there is nothing; no webhook tells of it."""
    business = Business()
    status, answer = business.post(given, {"type": "text", "text": {"body": "x"}})
    assert (status, answer["error"]["code"]) == (400, 131009)
    assert business.told() == []


@pytest.mark.parametrize(
    ("latitude", "longitude", "stands"),
    [
        (90, 180, True),
        ("-90", "-180.0", True),
        (90.1, 0, False),
        (0, -180.1, False),
        ("9" * 400, 0, False),
    ],
)
def test_a_place_is_on_earth(latitude: Any, longitude: Any, *, stands: bool) -> None:
    """Numbers or their texts, to the last degree."""
    business = Business()
    place = {"latitude": latitude, "longitude": longitude}
    answer = business.post(business.writer(), {"type": "location", "location": place})
    assert (answer[0] == 200) is stands, answer


def _list(*sections: Any) -> Any:
    action = {"button": "Open", "sections": list(sections)}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": "b"}, "action": action}}


def _section(title: str, *ids: str) -> Any:
    rows = {"rows": [{"id": one, "title": one} for one in ids]}
    return {"title": title, **rows} if title else rows


@pytest.mark.parametrize(
    ("content", "stands"),
    [
        (_list(_section("", "1", "2")), True),
        (_list(_section("A", "1"), _section("B", "2")), True),
        (_list(_section("A", "1"), _section("", "2")), False),
        (_list(_section("A", "1"), _section("B", "1")), False),
        (_list(_section("A", *"12345"), _section("B", *"67890a")), False),
    ],
)
def test_a_list_has_titles_and_ids_of_its_own(content: Any, *, stands: bool) -> None:
    """Several sections have titles, rows have different ids, and there are ten at most."""
    business = Business()
    assert (business.post(business.writer(), content)[0] == 200) is stands


@pytest.mark.parametrize(("ids", "titles"), [("11", "AB"), ("12", "AA")])
def test_reply_buttons_differ(ids: str, titles: str) -> None:
    """In their ids and in their titles."""
    business = Business()
    buttons = [{"type": "reply", "reply": {"id": one, "title": title}} for one, title in zip(ids, titles, strict=True)]
    interactive = {"type": "button", "body": {"text": "b"}, "action": {"buttons": buttons}}
    answer = business.post(business.writer(), {"type": "interactive", "interactive": interactive})[1]
    assert answer["error"]["code"] == 131009
    assert "unique" in answer["error"]["error_data"]["details"]
