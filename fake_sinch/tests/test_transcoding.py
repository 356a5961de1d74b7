"""The texts that stand in for rich messages, as rows."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.capabilities import Channel
from fake_sinch.transcoding import (
    STYLES,
    card_text,
    carousel_text,
    choice_text,
    contact_text,
    coordinate,
    float32,
    location_text,
    media_text,
    substitute,
)

MALMO = {"latitude": 55.610479, "longitude": 13.002873}
MAP = "https://www.google.com/maps/search/?api=1&query=55.610477,13.002873"
PLACE = {"title": "Location Choice Message", "label": "Enriching Engagement", "coordinates": MALMO}
CHOICES = [
    {"text_message": {"text": "Suggested Reply Text"}},
    {"url_message": {"title": "More info", "url": "https://www.sinch.com"}},
    {"call_message": {"title": "Call Choice Message", "phone_number": "+46732000000"}},
    {"location_message": PLACE},
]
QUESTION = {"text_message": {"text": "What do you want to do?"}, "choices": CHOICES}
CARD = {
    "title": "This is the card title",
    "description": "This is the card description",
    "media_message": {"url": "https://media.example/logo.png"},
    "choices": CHOICES[:2],
}
CAROUSEL = {"cards": [CARD, {"title": "Second", "choices": CHOICES[2:3]}], "choices": CHOICES[3:]}

ROWS: list[tuple[Channel, Callable[..., str], dict[str, Any], str]] = [
    (
        Channel.SMS,
        choice_text,
        QUESTION,
        (
            "What do you want to do?\n\n> SUGGESTED REPLY TEXT\n> More info: https://www.sinch.com\n"
            f"> Call Choice Message: +46732000000\n> Location Choice Message: {MAP}"
        ),
    ),
    (
        Channel.WHATSAPP,
        choice_text,
        {**QUESTION, "choices": CHOICES[:2]},
        "What do you want to do?\n\n> SUGGESTED REPLY TEXT\n> More info: https://www.sinch.com",
    ),
    (
        Channel.TELEGRAM,
        choice_text,
        {**QUESTION, "choices": CHOICES[:1]},
        "What do you want to do?\n\n* SUGGESTED REPLY TEXT",
    ),
    (
        Channel.VIBER,
        choice_text,
        {**QUESTION, "choices": CHOICES[:1]},
        "What do you want to do?\n\n* Suggested Reply Text",
    ),
    (
        Channel.SMS,
        card_text,
        CARD,
        (
            "This is the card title\nThis is the card description\nhttps://media.example/logo.png\n"
            "> SUGGESTED REPLY TEXT\n> More info: https://www.sinch.com"
        ),
    ),
    (
        Channel.VIBERBM,
        card_text,
        CARD,
        (
            "*This is the card title*\n_This is the card description_\n\nhttps://media.example/logo.png\n\n"
            "> SUGGESTED REPLY TEXT\n> More info: https://www.sinch.com"
        ),
    ),
    (Channel.WHATSAPP, card_text, {"title": "Only a title"}, "*Only a title*"),
    (
        Channel.SMS,
        carousel_text,
        CAROUSEL,
        (
            "1. This is the card title\nThis is the card description\nhttps://media.example/logo.png\n"
            "> SUGGESTED REPLY TEXT\n> More info: https://www.sinch.com\n\n"
            "2. Second\n> Call Choice Message: +46732000000\n\n"
            f"> Location Choice Message: {MAP}"
        ),
    ),
    (
        Channel.WHATSAPP,
        carousel_text,
        {"cards": CAROUSEL["cards"]},
        (
            "1. *This is the card title*\n_This is the card description_\n\nhttps://media.example/logo.png\n\n"
            "> SUGGESTED REPLY TEXT\n> More info: https://www.sinch.com\n\n"
            "2. *Second*\n\n> Call Choice Message: +46732000000"
        ),
    ),
]


@pytest.mark.parametrize(("channel", "render", "message", "text"), ROWS)
def test_shapes(channel: Channel, render: Callable[..., str], message: dict[str, Any], text: str) -> None:
    """Each channel's text is the vendor's rendered example, newline for newline."""
    assert render(message, STYLES[channel]) == text


def test_caption_leaves_the_link_out() -> None:
    """The text beside a card's own media repeats everything but the media's link."""
    assert card_text(CARD, STYLES[Channel.WHATSAPP], with_media=False) == (
        "*This is the card title*\n_This is the card description_\n\n"
        "> SUGGESTED REPLY TEXT\n> More info: https://www.sinch.com"
    )


def test_location_is_a_titled_map_link() -> None:
    """A location becomes its title and a map link; the label is dropped."""
    assert location_text(PLACE) == f"Location Choice Message: {MAP}"


def test_media_is_its_link() -> None:
    """Media becomes the bare link."""
    assert media_text({"url": "https://media.example/a.png"}) == "https://media.example/a.png"


def test_contact_is_listed() -> None:
    """A contact becomes its name and numbers, one a line."""
    contact = {"name": {"full_name": "Ada Lovelace"}, "phone_numbers": [{"phone_number": "+46700000001"}]}
    assert contact_text(contact) == "Ada Lovelace\n+46700000001"


@pytest.mark.parametrize("kind", ["calendar_message", "share_location_message"])
def test_feature_choices_lead_to_their_fallback(kind: str) -> None:
    """A choice that needs a feature of the device becomes its fallback link."""
    choices = [{kind: {"title": "Open", "fallback_url": "https://fallback.example"}}]
    assert choice_text({"choices": choices}, STYLES[Channel.SMS]) == "> Open: https://fallback.example"


def test_every_channel_has_a_style() -> None:
    """There is no default style."""
    assert set(STYLES) == set(Channel)


def test_parameters_are_filled_in_and_strangers_stay() -> None:
    """Known places are filled in; an unknown place stays visible."""
    assert substitute("Hi ${name}, ${other}", {"name": "Ada"}) == "Hi Ada, ${other}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (55.610479, "55.610477"),
        (13.002873, "13.002873"),
        (-4.37276837, "-4.3727684"),
        (47.7981899, "47.79819"),
        (0.00001, "0.00001"),
        (100.0, "100"),
    ],
)
def test_coordinates_pass_through_single_precision(value: float, text: str) -> None:
    """A coordinate prints as the shortest decimal of its single-precision value, never in powers of ten."""
    assert coordinate(value) == text


@given(st.floats(min_value=-180, max_value=180))
def test_printed_coordinate_names_the_same_place(value: float) -> None:
    """Reading the printed coordinate back gives the value the vendor kept."""
    assert float32(float(coordinate(value))) == float32(value)
    assert "e" not in coordinate(value).lower()
