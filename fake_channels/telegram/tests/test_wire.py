"""Shapes: who, files, keyboards, updates."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core import people
from fake_channels.core.handset import Button, Handset, LocationView
from fake_channels.core.ids import Ids
from fake_channels.core.media import Media
from fake_channels.telegram import limits, wire
from fake_channels.telegram.state import Account, enrol, open_account, store
from fake_channels.telegram.wire import Refused, parse_keyboard


@pytest.fixture
def account() -> Account:
    """A bot that nobody has written to."""
    return open_account(Ids("wire"))


def _handset(account: Account, name: str | None) -> Handset:
    return enrol(account, people.invent(Ids("wire"), 0, name=name), Ids("wire"))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("Ada Lovelace King", "Ada", "Lovelace King"), ("Ada", "Ada", None), (None, "", None)],
)
def test_people_are_named_in_users_and_chats(account: Account, name: str | None, first: str, last: str | None) -> None:
    """A last name only when there is one; the nameless have an empty first name."""
    handset = _handset(account, name)
    for shown in (wire.render_user(handset), wire.render_chat(handset), wire.render_full_chat(handset)):
        assert (shown["id"], shown["first_name"], shown.get("last_name")) == (int(handset.identity), first, last)
        assert shown["username"] == handset.person.username
    assert wire.render_user(handset)["language_code"] == "en"
    assert wire.render_chat(handset)["type"] == "private"


def test_errors_have_exactly_their_fields() -> None:
    """Parameters only when there is something to wait for."""
    assert wire.render_error(400, "Bad Request: x") == {"ok": False, "error_code": 400, "description": "Bad Request: x"}
    assert wire.render_error(429, "x", 3)["parameters"] == {"retry_after": 3}


def test_a_reply_shows_what_it_answers_one_level_deep() -> None:
    """Whatever that answered itself is left out."""
    first = wire.render_message(1, {}, {}, 5_999, {"text": "a"}, None)
    second = wire.render_message(2, {}, {}, 5_999, {"text": "b"}, first)
    third = wire.render_message(3, {}, {}, 5_999, {"text": "c"}, second)
    assert first["date"] == 5
    assert second["reply_to_message"] == first
    assert third["reply_to_message"] == {"message_id": 2, "from": {}, "chat": {}, "date": 5, "text": "b"}


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("voice", {"voice": {"duration", "mime_type"}}),
        ("audio", {"audio": {"duration", "mime_type", "file_name"}}),
        ("video", {"video": {"duration", "mime_type", "file_name", "width", "height"}}),
        ("video_note", {"video_note": {"duration", "length"}}),
        (
            "animation",
            {
                "animation": {"duration", "mime_type", "file_name", "width", "height"},
                "document": {"mime_type", "file_name"},
            },
        ),
        ("sticker", {"sticker": {"type", "is_animated", "is_video", "width", "height"}}),
        ("document", {"document": {"mime_type", "file_name"}}),
    ],
)
def test_files_show_their_fields(account: Account, kind: str, parts: dict[str, set[str]]) -> None:
    """Each kind its own, all of them ids and size."""
    account.blobs["b"] = Media(b"data", "video/mp4", "a.mp4")
    shown = wire.render_media(account, store(account, kind, "b", Ids("wire")))
    assert {part: set(fields) for part, fields in shown.items()} == {
        part: fields | {"file_id", "file_unique_id", "file_size"} for part, fields in parts.items()
    }


def test_a_place_with_a_title_is_a_venue_too() -> None:
    """It carries the location twice."""
    assert wire.render_location(LocationView(1.5, 2.5)) == {"location": {"latitude": 1.5, "longitude": 2.5}}
    shown = wire.render_location(LocationView(1.5, 2.5, "Hotel", "Main St"))
    assert shown["venue"] == {"location": shown["location"], "title": "Hotel", "address": "Main St"}


_INLINE: list[tuple[dict[str, Any], Button]] = [
    ({"text": "A", "callback_data": "a:1"}, Button("a:1", "A")),
    ({"text": "A", "url": "https://a.example"}, Button("A", "A", "url", "https://a.example")),
    ({"text": "A", "url": "a.example"}, Button("A", "A", "url", "http://a.example")),
    ({"text": "A", "url": "tg://user?id=1"}, Button("A", "A", "url", "tg://user?id=1")),
    ({"text": "A", "web_app": {"url": "https://a.example"}}, Button("A", "A", "url", "https://a.example")),
    ({"text": "A", "copy_text": {"text": "code"}}, Button("A", "A", "url", "code")),
    ({"text": "A", "switch_inline_query": ""}, Button("A", "A", "url")),
]


@pytest.mark.parametrize(("button", "shown"), _INLINE)
def test_inline_buttons(button: dict[str, Any], shown: Button) -> None:
    """Data is told to the bot; links, apps and copies are the person's own."""
    keyboard = parse_keyboard({"inline_keyboard": [[button], []]})
    assert keyboard.buttons == (shown,)
    assert keyboard.inline == {"inline_keyboard": [[button]]}


@pytest.mark.parametrize(
    ("buttons", "description"),
    [
        ([{"text": "A"}], "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ([{"text": "", "callback_data": "a"}], 'can\'t parse inline keyboard button: Field "text" must be non-empty'),
        ([{"text": "A", "callback_data": ""}], "BUTTON_DATA_INVALID"),
        ([{"text": "A", "callback_data": "é" * 33}], "BUTTON_DATA_INVALID"),
        ([{"text": "A", "callback_data": 5}], "BUTTON_DATA_INVALID"),
        ([{"text": "A", "copy_text": {"text": "x" * 257}}], "BUTTON_COPY_TEXT_INVALID"),
        ([{"text": "A", "copy_text": {"text": ""}}], "BUTTON_COPY_TEXT_INVALID"),
        ([{"text": "A", "copy_text": "x"}], "BUTTON_COPY_TEXT_INVALID"),
        ([{"text": "A", "url": "nowhere"}], "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"),
        ([{"text": "A", "callback_data": "a"}] * 101, "reply markup is too long"),
    ],
)
def test_broken_inline_buttons_are_refused(buttons: list[dict[str, Any]], description: str) -> None:
    """In the server's words."""
    with pytest.raises(Refused) as caught:
        parse_keyboard({"inline_keyboard": [buttons]})
    assert caught.value.description == f"Bad Request: {description}"


def test_sixty_four_bytes_of_data_are_taken() -> None:
    """Bytes, not characters."""
    assert parse_keyboard({"inline_keyboard": [[{"text": "A", "callback_data": "é" * 32}]]}).buttons


def test_reply_keyboards_send_their_text_or_ask() -> None:
    """Keys are strings or objects."""
    rows = [["A", {"text": "B"}], [{"text": "C", "request_contact": True}, {"text": "D", "request_location": True}]]
    keyboard = parse_keyboard({"keyboard": rows, "resize_keyboard": True})
    assert [(button.title, button.kind) for button in keyboard.buttons] == [
        ("A", "reply"),
        ("B", "reply"),
        ("C", "contact"),
        ("D", "location"),
    ]
    assert (keyboard.inline, keyboard.reply) == (None, True)


@pytest.mark.parametrize("markup", [None, {"remove_keyboard": True}, {"force_reply": True}, {"inline_keyboard": []}])
def test_other_markup_shows_no_buttons(markup: dict[str, Any] | None) -> None:
    """Nothing to tap, nothing repeated in the message."""
    keyboard = parse_keyboard(markup)
    assert (keyboard.buttons, keyboard.inline) == ((), None)


@pytest.mark.parametrize(
    ("chat_id", "error"),
    [("", limits.CHAT_EMPTY), ("1", limits.CHAT_NOT_FOUND), ("@somebody", limits.CHAT_NOT_FOUND)],
)
def test_a_chat_that_is_nobodys_is_refused(account: Account, chat_id: str, error: object) -> None:
    """Empty, unknown, or a name: people are not found by names."""
    with pytest.raises(Refused) as caught:
        wire.find_chat(account, chat_id)
    assert caught.value.error is error


def test_the_bot_does_not_write_to_itself(account: Account) -> None:
    """It is a bot."""
    with pytest.raises(Refused) as caught:
        wire.find_chat(account, str(account.bot_id))
    assert caught.value.error is limits.TO_BOT


def test_a_tap_on_a_forgotten_message_carries_an_inaccessible_one(account: Account) -> None:
    """Its chat and id, and the date 0."""
    query = wire.render_callback_query("1", _handset(account, "Ada"), 7, None, "y", "-1")
    assert (query["message"]["message_id"], query["message"]["date"]) == (7, 0)
    assert set(query["message"]) == {"chat", "message_id", "date"}
    assert wire.WEBHOOK.accepts({"update_id": 1, "callback_query": query})


def test_an_update_has_exactly_one_kind() -> None:
    """The schema refuses none, two, and unknown ones."""
    assert not wire.WEBHOOK.accepts({"update_id": 1})
    assert not wire.WEBHOOK.accepts({"update_id": 1, "nonsense": {}})
    assert not wire.WEBHOOK.accepts({"update_id": 1, "message": {}})
