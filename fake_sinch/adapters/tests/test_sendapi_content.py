"""Parts as bodies of the Send API: each meets the schema of the emulated servers."""

from typing import Any

import orjson
import pytest

from fake_channels.instagram import wire as instagram
from fake_channels.messenger import wire as messenger
from fake_sinch.adapters import sendapi_content as content
from fake_sinch.adapters.contract import Unrenderable
from fake_sinch.parts import Button, CarouselPart, ChoicePart, ListPart, MediaPart, Part, RawPart, TextPart
from fake_sinch.reasons import ReasonCode

ID = "01KAXZ0000000000000000MT01"
TO = "1234567890"
YES = Button("text_message", "Yes", "", "y")
SEE = Button("url_message", "See", "https://x.example")
PLACE = Button("location_message", "Map", "https://maps.example/?q=1,2")
CALL = Button("call_message", "Call", "15550100")
IMAGE = MediaPart("https://x.example/a.png", "image/png")


def message(part: Part) -> dict[str, Any]:
    """The message that a part becomes."""
    body = content.body(part, TO, ID)
    assert body["recipient"] == {"id": TO}
    told: dict[str, Any] = body["message"]
    return told


@pytest.mark.parametrize(
    ("part", "kind", "both"),
    [
        (TextPart("hi"), "text", True),
        (IMAGE, "file", True),
        (MediaPart("https://x.example/a", "application/zip"), "file", True),
        (ChoicePart("Sure?", (YES,)), "text", True),
        (ChoicePart("Sure?", (YES, SEE)), "button template", True),
        (ChoicePart("Sure?", (CALL,)), "button template", False),
        (ChoicePart("", (YES, PLACE), title="Shoes", description="Red", media=IMAGE), "generic template", True),
        (CarouselPart((ChoicePart("", (YES,), title="A"), ChoicePart("", (), title="B"))), "generic template", True),
    ],
)
def test_bodies_meet_the_schemas(part: Part, kind: str, both: bool) -> None:  # noqa: FBT001  a column of the row
    """Of Messenger, and of Instagram where it has the form."""
    body = content.body(part, TO, ID)
    assert messenger.SEND[kind].mistakes(body) == []
    assert instagram.SEND[kind].accepts(body) is both


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/png", "image"),
        ("video/mp4", "video"),
        ("audio/mpeg", "audio"),
        ("application/pdf", "file"),
        ("", "file"),
    ],
)
def test_media_are_what_they_are(mime: str, kind: str) -> None:
    """And files otherwise."""
    attachment = message(MediaPart("https://x.example/a", mime))["attachment"]
    assert attachment == {"type": kind, "payload": {"url": "https://x.example/a"}}


def test_replies_alone_are_quick_replies() -> None:
    """With the message's id in what they carry; one too long carries its place."""
    long = Button("text_message", "Long", "", "x" * 1_000)
    told = message(ChoicePart("Sure?", (YES, long)))
    assert told["text"] == "Sure?"
    assert [one["payload"] for one in told["quick_replies"]] == [f"{ID}_y", f"{ID}#1"]


def test_links_and_calls_make_a_template() -> None:
    """A place is a link."""
    payload = message(ChoicePart("Sure?", (YES, PLACE, CALL)))["attachment"]["payload"]
    assert payload["text"] == "Sure?"
    assert payload["buttons"] == [
        {"type": "postback", "title": "Yes", "payload": f"{ID}_y"},
        {"type": "web_url", "title": "Map", "url": "https://maps.example/?q=1,2"},
        {"type": "phone_number", "title": "Call", "payload": "+15550100"},
    ]


def test_a_card_shows_its_picture() -> None:
    """No other media."""
    (element,) = message(ChoicePart("", (), title="Shoes", description="Red", media=IMAGE))["attachment"]["payload"][
        "elements"
    ]
    assert element == {"title": "Shoes", "subtitle": "Red", "image_url": "https://x.example/a.png"}
    with pytest.raises(Unrenderable) as caught:
        message(ChoicePart("", (), title="Film", media=MediaPart("https://x.example/a.mp4", "video/mp4")))
    assert caught.value.reason.code is ReasonCode.MEDIA_TYPE_UNSUPPORTED


def test_a_carousel_counts_its_buttons_through() -> None:
    """Those under it are quick replies; links cannot be."""
    long = Button("text_message", "Long", "", "x" * 1_000)
    cards = (ChoicePart("", (YES, YES), title="A"), ChoicePart("", (long,), title="B"))
    told = message(CarouselPart(cards, (long,)))
    assert told["attachment"]["payload"]["elements"][1]["buttons"][0]["payload"] == f"{ID}#2"
    assert told["quick_replies"][0]["payload"] == f"{ID}#3"
    with pytest.raises(Unrenderable):
        message(CarouselPart(cards, (SEE,)))


def test_explicit_messages_go_as_they_are() -> None:
    """Whole requests or the message alone; the placeholder stands for the person."""
    assert message(RawPart('{"text":"hi"}')) == {"text": "hi"}
    whole = {"recipient": {"id": "{{to}}"}, "message": {"text": "to {{to}}"}, "tag": "HUMAN_AGENT"}
    body = content.body(RawPart(orjson.dumps(whole).decode()), TO, ID)
    assert body == {"recipient": {"id": TO}, "message": {"text": f"to {TO}"}, "tag": "HUMAN_AGENT"}
    for raw in ("[]", "no"):
        with pytest.raises(Unrenderable):
            message(RawPart(raw))


def test_what_has_no_form_is_refused() -> None:
    """Lists, for instance."""
    with pytest.raises(Unrenderable):
        message(ListPart("A", "", ()))
