"""Parts as Bot API calls, as rows."""

from typing import Any

import pytest

from fake_sinch.adapters.contract import Unrenderable
from fake_sinch.adapters.telegram_content import call
from fake_sinch.parts import Button, CarouselPart, ChoicePart, LocationPart, MediaPart, Part, RawPart, TextPart

ID = "01KAXZ0000000000000000MT01"
YES = Button("text_message", "Yes", "", "y")
LONG = Button("text_message", "Long", "", "p" * 60)
SITE = Button("url_message", "Site", "https://site.example", "")
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Yes", "callback_data": f"{ID}_y"}],
        [{"text": "Long", "callback_data": f"{ID}#1"}],
        [{"text": "Site", "url": "https://site.example"}],
    ]
}

ROWS: list[tuple[str, Part, str, dict[str, Any]]] = [
    ("text", TextPart("hi"), "sendMessage", {"text": "hi"}),
    ("photo", MediaPart("u", "image/png", caption="c"), "sendPhoto", {"photo": "u", "caption": "c"}),
    ("gif", MediaPart("u", "image/gif"), "sendAnimation", {"animation": "u"}),
    ("video", MediaPart("u", "video/mp4"), "sendVideo", {"video": "u"}),
    ("voice", MediaPart("u", "audio/ogg; codecs=opus"), "sendVoice", {"voice": "u"}),
    ("audio", MediaPart("u", "audio/mpeg"), "sendAudio", {"audio": "u"}),
    ("document", MediaPart("u", "application/pdf"), "sendDocument", {"document": "u"}),
    ("other sound", MediaPart("u", "audio/wav"), "sendDocument", {"document": "u"}),
    ("choice", ChoicePart("Sure?", (YES, LONG, SITE)), "sendMessage", {"text": "Sure?", "reply_markup": KEYBOARD}),
    (
        "card",
        ChoicePart("T\nD", (YES,), MediaPart("u", "image/png")),
        "sendPhoto",
        {
            "photo": "u",
            "caption": "T\nD",
            "reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": f"{ID}_y"}]]},
        },
    ),
    (
        "card without buttons",
        ChoicePart("T", (), MediaPart("u", "image/png")),
        "sendPhoto",
        {"photo": "u", "caption": "T"},
    ),
    (
        "venue",
        LocationPart("Office", "Street 1", "55.5", "13"),
        "sendVenue",
        {"latitude": 55.5, "longitude": 13.0, "title": "Office", "address": "Street 1"},
    ),
    ("point", LocationPart("", "", "55.5", "13"), "sendLocation", {"latitude": 55.5, "longitude": 13.0}),
    ("raw with method", RawPart('{"method":"sendDice","emoji":"x"}'), "sendDice", {"emoji": "x"}),
    ("raw by its fields", RawPart('{"chat_id":"{{to}}","photo":"u"}'), "sendPhoto", {"photo": "u"}),
]


@pytest.mark.parametrize(("part", "method", "body"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_calls(part: Part, method: str, body: dict[str, Any]) -> None:
    """A part is exactly this method with these parameters."""
    assert call(part, "5550001", ID) == (method, {"chat_id": "5550001", **body})


@pytest.mark.parametrize("part", [RawPart("no"), RawPart("{}"), CarouselPart(())])
def test_what_has_no_form_is_refused(part: Part) -> None:
    """A part without a form fails instead of being sent."""
    with pytest.raises(Unrenderable):
        call(part, "5550001", ID)
