"""Viber's shapes, both ways."""

from __future__ import annotations

import hmac
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from fake_channels.core.handset import Handset, Person
from fake_channels.viber import limits, wire
from fake_channels.viber.tests.calls import button, keyboard
from fake_channels.viber.wire import Refused, parse_message, plain

_TO: dict[str, Any] = {"receiver": "a=="}


def _refusal(body: Any, endpoint: str = "send_message") -> Refused:
    with pytest.raises(Refused) as caught:
        parse_message(endpoint, body)
    return caught.value


@given(some.text(min_size=1, max_size=50))
def test_a_text_is_shown_as_it_was_written(text: str) -> None:
    """Not one character changes."""
    assert parse_message("send_message", {**_TO, "type": "text", "text": text}).item.text == text


@given(some.text(), some.integers(1, 2**63 - 1), some.text(min_size=1))
def test_a_callback_is_read_back_as_it_was_told(text: str, token: int, identity: str) -> None:
    """Whatever the text, and the token to its last digit; the proof is of the very bytes."""
    message = {"type": "text", "text": text}
    told = wire.render_event("message", 1, token, sender={"id": identity}, message=message)
    url, headers, body = wire.sign("key", "https://a.example/x", told)
    assert orjson.loads(body) == told
    proof = hmac.digest(b"key", body, "sha256").hex()
    assert (headers["X-Viber-Content-Signature"], url) == (proof, f"https://a.example/x?sig={proof}")


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("http://a/b", "http://a/b?sig={}"),
        ("http://a/b?c=d", "http://a/b?c=d&sig={}"),
        ("http://a/b#f", "http://a/b?sig={}#f"),
    ],
)
def test_the_proof_is_added_to_the_url_s_query(url: str, signed: str) -> None:
    """Whether it has one or not."""
    address, headers, _ = wire.sign("key", url, {})
    assert address == signed.format(headers[wire.SIGNATURE])


_REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"type": "text"}, 4, "text"),
    ({"type": "text", "text": ""}, 3, "text"),
    ({"type": "text", "text": "x" * 7_001}, 3, "text"),
    ({"type": "text", "text": "x", "tracking_data": "x" * 4_001}, 3, "tracking_data"),
    ({"type": "text", "text": "x", "sender": {"name": "x" * 29}}, 3, "sender.name"),
    ({"type": "picture", "media": "https://a/a.jpg"}, 4, "text"),
    ({"type": "picture", "text": "", "media": "https://a/a.webp"}, 3, "media"),
    ({"type": "picture", "text": "", "media": "ftp://a/a.jpg"}, 3, "media"),
    ({"type": "picture", "text": "", "media": "https://[a/a.jpg"}, 3, "media"),
    ({"type": "picture", "text": "x" * 513, "media": "https://a/a.jpg"}, 3, "text"),
    ({"type": "video", "media": "https://a/a.mp4"}, 4, "size"),
    ({"type": "video", "media": "https://a/a.avi", "size": 1}, 3, "media"),
    ({"type": "video", "media": "https://a/a.mp4", "size": 26 * 1_048_576 + 1}, 3, "size"),
    ({"type": "video", "media": "https://a/a.mp4", "size": "27262977"}, 3, "size"),
    ({"type": "video", "media": "https://a/a.mp4", "size": 1, "duration": 181}, 3, "duration"),
    ({"type": "file", "media": "https://a/a", "size": 1}, 4, "file_name"),
    ({"type": "file", "media": "https://a/a", "size": 1, "file_name": "x" * 257}, 3, "file_name"),
    ({"type": "file", "media": "https://a/a", "size": 50 * 1_048_576 + 1, "file_name": "a"}, 3, "size"),
    ({"type": "contact", "contact": {"name": "Bo"}}, 4, "contact.phone_number"),
    ({"type": "contact", "contact": {"name": "x" * 29, "phone_number": "1"}}, 3, "contact.name"),
    ({"type": "location", "location": {"lat": 91, "lon": 0}}, 3, "location.lat"),
    ({"type": "location", "location": {"lat": 1}}, 4, "location.lon"),
    ({"type": "url", "media": "x" * 2_001}, 3, "media"),
    ({"type": "sticker", "sticker_id": "x"}, 3, "sticker_id"),
    ({"type": "text", "text": "x", "keyboard": {"Buttons": []}}, 3, "keyboard"),
    ({"type": "text", "text": "x", "keyboard": keyboard(button("a", Columns=7))}, 3, "keyboard"),
    ({"type": "text", "text": "x", "keyboard": keyboard(button("a", action="fly"))}, 3, "keyboard"),
    ({"type": "rich_media", "min_api_version": 7, "rich_media": {"Type": "rich_media"}}, 4, "rich_media.Buttons"),
    ({"type": "voice", "text": "x"}, 3, "type"),
    ({"type": "keyboard"}, 4, "keyboard"),
]


@pytest.mark.parametrize(("body", "status", "field"), _REFUSED, ids=str)
def test_a_mistake_has_its_status_and_names_its_place(body: dict[str, Any], status: int, field: str) -> None:
    """4 when something is missing, 3 for everything else."""
    refused = _refusal({**_TO, **body})
    assert (refused.error.code, field in refused.details) == (status, True), refused.details


def test_all_mistakes_are_told_at_once() -> None:
    """Those of the endpoint and those of the type."""
    details = _refusal({"type": "file", "media": 1, "sender": {"name": 2}}).details
    assert all(name in details for name in ("receiver", "media", "size", "file_name", "sender.name"))


@pytest.mark.parametrize("body", [None, 1, "x", [], [{}]])
def test_what_is_no_object_is_bad_data(body: Any) -> None:
    """However it is called."""
    assert _refusal(body).error is limits.BAD_DATA


def test_a_keyboard_stands_below_a_message_or_alone() -> None:
    """Its buttons keep their order; decoration is no button, and numbers and flags may be strings."""
    board = keyboard(
        button("yes", "<b>Yes</b>", Columns="3", Silent="true"),
        button("none", "Or", "none"),
        button("https://a.example", "Open", "open-url"),
        button("p", "Phone", "share-phone"),
        button("l", "Place", "location-picker"),
    )
    body = {**_TO, "type": "text", "text": "Sure?", "min_api_version": 3, "keyboard": board}
    sending = parse_message("send_message", body)
    shown = [(one.id, one.title, one.kind, one.value) for one in sending.item.buttons]
    assert shown == [
        ("yes", "Yes", "reply", ""),
        ("https://a.example", "Open", "url", "https://a.example"),
        ("p", "Phone", "contact", ""),
        ("l", "Place", "location", ""),
    ]
    assert (sending.item.kind, sending.item.text) == ("buttons", "Sure?")
    assert sending.item.vendor == {"keyboard": "regular", "silent": "0"}
    alone = parse_message("send_message", {**_TO, "min_api_version": 3, "keyboard": board})
    assert (alone.item.kind, alone.item.text, len(alone.item.buttons)) == ("buttons", "", 4)


def test_rich_media_shows_its_decoration_as_text() -> None:
    """The rest can be tapped; an image is named by what it does."""
    told = [button("none", "<b>Shoe</b><br>$50", "none"), {"ActionBody": "see", "Image": "https://a/a.png"}]
    body = {**_TO, "type": "rich_media", "min_api_version": 7, "rich_media": {"Buttons": told}}
    item = parse_message("send_message", body).item
    assert (item.kind, item.text, [one.title for one in item.buttons]) == ("buttons", "Shoe\n$50", ["see"])


@pytest.mark.parametrize(
    ("needed", "body"),
    [
        (7, {"type": "rich_media", "rich_media": {"Buttons": [button("a")]}}),
        (3, {"type": "text", "text": "x", "keyboard": keyboard(button("a", action="share-phone"))}),
    ],
)
def test_what_is_newer_than_the_named_version_is_incompatible(needed: int, body: dict[str, Any]) -> None:
    """And a version beyond the phone's is not supported."""
    assert _refusal({**_TO, **body}).error is limits.INCOMPATIBLE
    assert _refusal({**_TO, **body, "min_api_version": needed - 1}).error is limits.INCOMPATIBLE
    assert parse_message("send_message", {**_TO, **body, "min_api_version": needed}).min_api_version == needed
    assert _refusal({**_TO, **body, "min_api_version": 11}).error is limits.API_NOT_SUPPORTED


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<b>A</b> &amp; B", "A & B"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        ("<font color='#fff'>x</font>", "x"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_the_html_of_a_button_is_no_part_of_its_title(html: str, text: str) -> None:
    """A person reads the text."""
    assert plain(html) == text


@pytest.mark.parametrize(
    ("name", "named", "shown"), [("Ann", True, "Ann"), ("Ann", False, "Subscriber"), (None, True, "Subscriber")]
)
def test_a_user_has_a_name_country_and_language(name: str | None, named: bool, shown: str) -> None:  # noqa: FBT001
    """Of the phone's locale; a hidden or missing name is a placeholder."""
    person = Person(id="1", name=name, username="ann", locale="pt_BR", msisdn="15550100")
    told = wire.render_user(Handset(identity="a==", person=person, name=name), named=named)
    assert told == {"id": "a==", "name": shown, "country": "BR", "language": "pt", "api_version": 10}
