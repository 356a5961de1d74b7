"""WhatsApp's shapes: sends understood, malformed ones refused with the right code and path."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.whatsapp import wire
from fake_channels.whatsapp.tests.test_phone import ASK_LOCATION, LINK, LIST, buttons

LOCATION = {"latitude": "1.5", "longitude": 2, "name": "Here", "address": "There"}
CARD = [{"name": {"formatted_name": "Ada Byron", "first_name": "Ada"}, "phones": [{"phone": "1"}, {"phone": "2"}]}]
VOICE = {"link": "https://x.example/a.ogg", "voice": True}

GOOD: list[tuple[Any, str, str]] = [
    ({"type": "text", "text": {"body": "Hi", "preview_url": True}}, "text", "Hi"),
    ({"text": {"body": "no type"}}, "text", "no type"),
    ({"type": "image", "image": {"id": "1", "caption": "c"}}, "image", "c"),
    ({"type": "image", "image": {"id": 1}}, "image", ""),
    ({"type": "video", "video": {"link": "https://x.example/a.mp4"}}, "video", ""),
    ({"type": "audio", "audio": VOICE}, "voice", ""),
    ({"type": "audio", "audio": {"id": "1"}}, "audio", ""),
    ({"type": "document", "document": {"id": "1", "filename": "f.pdf"}}, "document", ""),
    ({"type": "sticker", "sticker": {"id": "1"}}, "sticker", ""),
    ({"type": "location", "location": LOCATION}, "location", "Here"),
    ({"type": "contacts", "contacts": CARD}, "contact", "Ada Byron 1, 2"),
    ({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": ""}}, "reaction", ""),
    (buttons(header={"type": "text", "text": "H"}, footer={"text": "F"}), "buttons", "H\nWell?\nF"),
    (LIST, "list", "Choose"),
    (LINK, "buttons", "See"),
    (ASK_LOCATION, "buttons", "Where?"),
    ({"type": "template", "template": {"name": "a", "language": {"code": "en"}}}, "template", ""),
]


@pytest.mark.parametrize(("content", "kind", "text"), GOOD)
def test_a_send_is_understood(content: Any, kind: str, text: str) -> None:
    """As what the person will see, to digits, quoting what it quotes."""
    context = {"context": {"message_id": "wamid.q"}}
    sending = wire.parse_send({"messaging_product": "whatsapp", "to": "+1 (555) 010-0100", **context, **content})
    assert (sending.item.kind, sending.item.text, sending.item.reply_to) == (kind, text, "wamid.q")
    assert (sending.to, sending.to_given) == ("15550100100", "+1 (555) 010-0100")


def many(count: int) -> list[Any]:
    """Reply buttons."""
    return [{"type": "reply", "reply": {"id": f"{number}", "title": f"{number}"}} for number in range(count)]


def interactive(**parts: Any) -> Any:
    """An interactive message of these parts."""
    return {"type": "interactive", "interactive": parts}


BODY = {"text": "x"}
BAD: list[tuple[Any, int, str]] = [
    ({"type": "text"}, 131008, "text"),
    ({"type": "text", "text": {}}, 131008, "text.body"),
    ({"type": "text", "text": {"body": ""}}, 131009, "text.body"),
    ({"type": "text", "text": {"body": "x" * 4_097}}, 100, "text.body"),
    ({"type": "text", "text": "x"}, 131009, "text"),
    ({"type": "poll", "poll": {}}, 131051, "poll"),
    ({"type": 7}, 131051, "7"),
    ({"type": None}, 131051, "None"),
    ({"type": "image", "image": {}}, 131009, "image"),
    ({"type": "image", "image": {"id": "1", "link": "https://x.example"}}, 131009, "image"),
    ({"type": "image", "image": {"link": "ftp://x"}}, 131009, "image.link"),
    ({"type": "image", "image": {"id": "1", "caption": "x" * 1_025}}, 100, "image.caption"),
    ({"type": "audio", "audio": {"id": "1", "caption": "x"}}, 131009, "audio"),
    ({"type": "location", "location": {"latitude": "north", "longitude": 1}}, 131009, "location.latitude"),
    ({"type": "contacts", "contacts": []}, 131009, "contacts"),
    ({"type": "contacts", "contacts": [{"name": {"formatted_name": "x"}}]}, 131009, "contacts.0.name"),
    ({"type": "reaction", "reaction": {"message_id": "x"}}, 131008, "reaction.emoji"),
    ({"type": "interactive", "interactive": {}}, 131051, "without type"),
    ({"type": "interactive"}, 131051, "without type"),
    ({"type": "interactive", "interactive": []}, 131051, "without type"),
    (interactive(type="button", body=BODY, action={"buttons": many(4)}), 131009, "interactive.action.buttons"),
    (interactive(type="button", body=BODY, action={"buttons": []}), 131009, "interactive.action.buttons"),
    (interactive(type="button", body=BODY, action={"buttons": many(1) * 2}), 131009, "unique"),
    (interactive(type="button", action={"buttons": many(1)}), 131008, "interactive.body"),
    (
        interactive(
            type="list",
            body=BODY,
            action={
                "button": "o",
                "sections": [{"title": f"{s}", "rows": [{"id": f"{r}", "title": "t"} for r in range(6)]} for s in "ab"],
            },
        ),
        131009,
        "12 rows",
    ),
    ({"type": "template", "template": {"name": "a"}}, 131008, "template.language"),
    ({"type": "text", "text": {"body": "x"}, "to": ""}, 131009, "to"),
    ({"type": "text", "text": {"body": "x"}, "to": 1}, 131009, "to"),
    ({"type": "text", "text": {"body": "x"}, "messaging_product": "sms"}, 131009, "messaging_product"),
    ({"type": "text", "text": {"body": "x"}, "context": {}}, 131008, "context.message_id"),
    ({"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}, 100, "biz_opaque"),
]


@pytest.mark.parametrize(("content", "code", "details"), BAD)
def test_a_malformed_send_is_refused_with_code_and_path(content: Any, code: int, details: str) -> None:
    """Missing is 131008, too long is 100, anything else 131009; unknown types 131051."""
    with pytest.raises(wire.Refused) as refused:
        wire.parse_send({"messaging_product": "whatsapp", "to": "15550100100", **content})
    assert refused.value.error.code == code, refused.value.details
    assert details in refused.value.details


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_a_send_must_be_an_object(body: Any) -> None:
    """Anything else is an invalid parameter."""
    with pytest.raises(wire.Refused) as refused:
        wire.parse_send(body)
    assert refused.value.error.code == 100


def test_every_mistake_is_told_at_once() -> None:
    """Two missing fields are two different sentences."""
    with pytest.raises(wire.Refused) as refused:
        wire.parse_send({"type": "location", "location": {}})
    for path in ("messaging_product:", "to:", "location.latitude:", "location.longitude:"):
        assert path in refused.value.details


SENDER = wire.Sender("1", "2", "15550100199", "15550100100", "US.ABC", "Ada")


@pytest.mark.parametrize(
    ("content", "valid"),
    [
        ({"type": "text", "text": {"body": "x"}}, True),
        ({"type": "image", "image": {"id": "1", "mime_type": "image/png", "sha256": "x"}}, True),
        ({"type": "image", "image": {"id": "1"}}, False),
        ({"type": "poll"}, False),
        ({"type": "location", "location": {"latitude": 1}}, False),
    ],
)
def test_rendered_messages_are_held_to_the_webhook_schema(content: Any, *, valid: bool) -> None:
    """What we post is checked by the same document that the suite uses."""
    rendered = wire.render_inbound(SENDER, "wamid.x", 1_700_000_000_000, content)
    assert wire.WEBHOOK.accepts(rendered) is valid
    assert rendered["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] == "1700000000"


@pytest.mark.parametrize(("status", "priced"), [("sent", True), ("delivered", True), ("read", False)])
def test_rendered_statuses_are_valid_and_priced_when_they_should_be(status: str, *, priced: bool) -> None:
    """Prices come with sent and delivered."""
    rendered = wire.render_status(SENDER, "wamid.x", 1_700_000_000_000, status)
    assert wire.WEBHOOK.accepts(rendered)
    assert ("pricing" in rendered["entry"][0]["changes"][0]["value"]["statuses"][0]) is priced
