"""The chat's shapes, both ways."""

from __future__ import annotations

import hmac
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.sinchchat import limits, wire

UUID = {"recipient": {"uuid": "u"}}
CHOICE = {"text_message": {"text": "Yes"}, "postback_data": "y"}
CARD = {"title": "A", "description": "b", "media_message": {"url": "https://x.example/a.png"}, "choices": [CHOICE]}
MESSAGES: dict[str, Any] = {
    "text_message": {"text": "Hello"},
    "media_message": {"url": "https://x.example/a.png", "filename_override": "a.png"},
    "location_message": {"title": "Here", "coordinates": {"latitude": 1.5, "longitude": -2}},
    "choice_message": {"text_message": {"text": "Well?"}, "choices": [CHOICE]},
    "card_message": CARD,
    "carousel_message": {"cards": [CARD, CARD], "choices": [CHOICE]},
    "list_message": {"title": "L", "sections": [{"title": "S", "items": [{"choice": {"title": "One"}}]}]},
    "template_message": {"omni_template": {"template_id": "t", "version": "1", "parameters": {"a": "b"}}},
    "contact_info_message": {"name": {"full_name": "Ada"}, "phone_numbers": [{"phone_number": "15550100"}]},
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_kind_of_message_is_understood(kind: str) -> None:
    """As the Conversation API spells it, with an agent beside it."""
    message = {kind: MESSAGES[kind], "agent": {"display_name": "Ann", "type": "HUMAN"}}
    said = wire.parse_app_send({**UUID, "message_id": "m", "topic_id": "t", "app_message": message})
    assert (said.uuid, said.message_id, said.topic, said.message) == ("u", "m", "t", message)
    assert wire.content_of(message) == (kind, MESSAGES[kind])


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], "body"),
        ({}, "recipient"),
        (UUID, "body"),
        ({**UUID, "app_message": {}}, "app_message"),
        ({**UUID, "app_message": {"text_message": {"text": ""}}}, "app_message.text_message.text"),
        (
            {**UUID, "app_message": {"text_message": {"text": "a"}, "media_message": {"url": "https://x"}}},
            "app_message",
        ),
        ({**UUID, "app_message": {"media_message": {"url": "ftp://x"}}}, "app_message.media_message.url"),
        ({**UUID, "app_message": {"choice_message": {"choices": []}}}, "app_message.choice_message.choices"),
        ({**UUID, "app_message": {"carousel_message": {"cards": [CARD] * 11}}}, "app_message.carousel_message.cards"),
        (
            {**UUID, "app_message": {"carousel_message": {"cards": [CARD], "choices": [CHOICE] * 4}}},
            "app_message.carousel_message.choices",
        ),
        ({**UUID, "app_event": {"comment_reply_event": {}}}, "app_event"),
        ({**UUID, "app_event": {"composing_event": {}}, "app_message": {"text_message": {"text": "a"}}}, "body"),
        ({"recipient": {"uuid": "a\nb"}, "app_event": {"composing_event": {}}}, "recipient.uuid"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(body: Any, where: str) -> None:
    """In the words of the schema."""
    with pytest.raises(wire.Refused) as refused:
        wire.parse_app_send(body)
    assert refused.value.error is limits.INVALID_ARGUMENT
    assert f"{where}: " in refused.value.text


def test_all_mistakes_come_at_once() -> None:
    """Not one after the other."""
    with pytest.raises(wire.Refused) as refused:
        wire.parse_app_send({"message_id": "", "app_message": {"text_message": {"text": 1}}})
    assert all(
        f"{path}: " in refused.value.text for path in ("recipient", "message_id", "app_message.text_message.text")
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": {}},
        {"metadata": "[]"},
        {"metadata": "{"},
        {"metadata": "{" + '"a":1,' * 400 + "}"},
        {"message": {"text_message": {"text": "a"}}, "event": {"composing_event": {}}},
        {"message": {"choice_message": MESSAGES["choice_message"]}},
    ],
)
def test_a_customer_cannot_say_everything(body: Any) -> None:
    """Nothing at all, both at once, what only a business sends, or metadata that is no object."""
    with pytest.raises(wire.Refused):
        wire.parse_chat_send(body)


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), seq=st.integers(1, 10**15))
def test_an_entry_is_read_as_it_was_written(text: str, seq: int) -> None:
    """Whatever the text, a server-sent event holds it in one line."""
    message = {"text_message": {"text": text}}
    event = wire.render_event(seq, wire.render_entry("e", 0, "app_message", message))
    number, kind, data, *end = event.split(b"\n")
    assert (number, kind, end) == (b"id: %d" % seq, b"event: entry", [b"", b""])
    entry = orjson.loads(data.removeprefix(b"data: "))
    assert wire.ENTRY.accepts(entry)
    assert wire.parse_app_send({**UUID, "app_message": entry["app_message"]}).message == message


def test_reports_and_errors() -> None:
    """A failure has a reason with a sentence; an error has the gateway's three fields."""
    assert wire.render_report("m") == {"message_id": "m", "status": "DELIVERED"}
    assert wire.render_report("m", "CHANNEL_FAILURE")["reason"]["description"] == "The channel failed"
    assert wire.render_report("m", "OTHER", "Because")["reason"] == {"code": "OTHER", "description": "Because"}
    assert wire.render_report("m", "OTHER")["reason"]["description"] == "The message failed"
    assert wire.render_error(limits.TOO_LARGE) == {"code": 8, "message": limits.TOO_LARGE.text, "details": []}


def test_a_uuid_is_proven_by_the_client_secret() -> None:
    """Hex HMAC-SHA512: 128 digits."""
    expected = hmac.new(b"secret", b"uuid", "sha512").hexdigest()
    assert wire.uuid_hash("uuid", "secret") == expected
    assert wire.parse_signed_uuid({"uuid": "u", "uuid_hash": expected.upper()}) == ("u", expected)
