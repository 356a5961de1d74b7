"""What a send request means: every mistake in one sentence, every kind of message on the phone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from fake_channels.core.handset import Button
from fake_channels.meta.tests.calls import Business, code_of, shown

GENERIC = {
    "template_type": "generic",
    "elements": [
        {
            "title": "Red shoes",
            "subtitle": "Size 42",
            "buttons": [
                {"type": "postback", "title": "Buy", "payload": "BUY"},
                {"type": "web_url", "title": "See", "url": "https://shop.example/1"},
            ],
        },
        {"title": "Blue shoes", "buttons": [{"type": "postback", "title": "Buy", "payload": "BUY2"}]},
    ],
}


def template(payload: Any) -> Any:
    """A message with a template."""
    return {"attachment": {"type": "template", "payload": payload}}


def chips(count: int, **more: Any) -> Any:
    """A text with so many quick replies."""
    one = {"content_type": "text", "title": "Yes", "payload": "Y", **more}
    return {"text": "Sure?", "quick_replies": [{**one, "title": f"{one['title']}{number}"} for number in range(count)]}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (5, ["message"]),
        ({"text": 5}, ["Param message[text]"]),
        ({"attachment": 5}, ["message[attachment][type] must be one of {AUDIO, FILE, IMAGE"]),
        ({"attachment": {"type": "place"}}, ["must be one of {AUDIO, FILE, IMAGE", "not 'place'"]),
        ({"attachment": {"type": ["image"]}}, ["must be one of {AUDIO, FILE, IMAGE"]),
        ({"attachment": {"type": "images"}}, ["must be one of {AUDIO, FILE, IMAGE"]),
        ({"attachment": {"type": "action"}}, ["must be one of {AUDIO, FILE, IMAGE"]),
        ({"attachment": {"type": "generic template"}}, ["must be one of {AUDIO, FILE, IMAGE"]),
        ({"text": "x", "reply_to": ["m"]}, ["message[reply_to]"]),
        ({"attachment": {"type": "image"}}, ["must hold a url, an attachment_id or a filedata part"]),
        ({"attachment": {"type": "image", "payload": {"url": "ftp://x"}}}, ["message[attachment][payload][url]"]),
        (template(None), ["template_type] must be one of {", "not 'None'"]),
        (template({"template_type": "list"}), ["must be one of {BUTTON, GENERIC", "not 'list'"]),
        (template({"template_type": "generic"}), ["message[attachment][payload][elements] is required"]),
        (
            template({"template_type": "generic", "elements": [{}] * 11}),
            ["elements][0][title] is required", "too long"],
        ),
        (
            template({"template_type": "button", "text": "x" * 641, "buttons": []}),
            ["[text] must be less than or equal to 640", "[buttons]"],
        ),
        (
            template({"template_type": "button", "text": "x", "buttons": [{"type": "postback", "title": "x" * 21}]}),
            ["[buttons][0][title] must be less than or equal to 20", "[buttons][0][payload] is required"],
        ),
        (chips(14), ["message[quick_replies]"]),
        (chips(1, title="x" * 20), ["message[quick_replies][0][title] must be less than or equal to 20"]),
        (chips(1, content_type="location"), ["message[quick_replies][0][content_type]"]),
        ({"text": "x", "metadata": "x" * 1_001}, ["message[metadata] must be less than or equal to 1000"]),
    ],
)
def test_mistakes_are_all_told_at_once(business: Business, message: Any, words: list[str]) -> None:
    """As 400 with code 100, each parameter as Graph spells it; nothing reaches the phone."""
    customer = business.writer()
    status, answer = business.post(customer, message)
    assert (status, answer["error"]["code"]) == (400, 100)
    for word in words:
        assert word in answer["error"]["message"], answer
    assert shown(customer) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": {"text": "x"}}, "The parameter recipient is required"),
        ({"recipient": {}, "message": {"text": "x"}}, "The parameter recipient[id] is required"),
        ({"recipient": {"id": "a"}, "message": {"text": "x"}}, 'must be a valid ID string (e.g., "123")'),
        ({"recipient": {"user_ref": "a"}, "message": {"text": "x"}}, "recipient[id] is required"),
        ({"recipient": {"id": "1"}}, "The parameter message is required"),
        ({"recipient": {"id": "1"}, "message": {}}, "Message cannot be empty"),
        ({"recipient": {"id": "1"}, "message": {"text": ""}}, "Message cannot be empty"),
        ({"recipient": {"id": "1"}, "sender_action": "dance"}, "sender_action"),
        ({"recipient": {"id": "1"}, "sender_action": "react"}, "The parameter payload is required"),
        (
            {"recipient": {"id": "1"}, "sender_action": "typing_on", "message": {"text": "x"}},
            "Cannot send both message and state at the same time",
        ),
        ({"recipient": {"id": "1"}, "messaging_type": "UTILITY", "message": {"text": "x"}}, "messaging_type"),
        ({"recipient": {"id": "1"}, "messaging_type": "MESSAGE_TAG", "message": {"text": "x"}}, "tag is required"),
        ({"recipient": {"id": "1"}, "message": {"text": "x", "colour": "red"}}, 'Invalid keys "colour" were found'),
        ({"recipient": {"id": "1", "user_ref": "a"}, "message": {"text": "x"}}, "recipient"),
        ({"recipient": {"id": "1"}, "message": {"text": "x"}, "persona_id": "1"}, "persona_id"),
        ({"recipient": {"id": "1"}, "sender_action": "react", "payload": {"message_id": "m"}}, "reaction] is required"),
        (
            {"recipient": {"id": "1"}, "message": {"text": "x", "attachment": {"type": "image", "payload": {}}}},
            "both text and attachment",
        ),
    ],
)
def test_requests_that_are_not_understood_are_refused(business: Business, body: Any, words: str) -> None:
    """With a sentence about what is missing."""
    status, answer = business.call("POST", "/me/messages", body)
    assert (status, answer["error"]["code"]) == (400, 100)
    assert words in answer["error"]["message"]


@pytest.mark.parametrize("tag", ["CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE", "nonsense"])
def test_all_tags_but_one_are_gone(business: Business, tag: str) -> None:
    """Since 27 April 2026."""
    answer = business.post(business.writer(), {"text": "x"}, messaging_type="MESSAGE_TAG", tag=tag)
    assert code_of(answer)[:2] == (400, 100)


def test_a_card_shows_its_lines_and_buttons(business: Business) -> None:
    """All cards of a carousel in one message."""
    customer = business.writer()
    business.send(customer, template(GENERIC))
    (item,) = shown(customer)
    assert (item.kind, item.text) == ("template", "Red shoes\nSize 42\nBlue shoes")
    assert [(one.id, one.kind) for one in item.buttons] == [
        ("BUY", "reply"),
        ("https://shop.example/1", "url"),
        ("BUY2", "reply"),
    ]
    business.send(customer, template({**GENERIC, "elements": GENERIC["elements"][:1]}))
    assert shown(customer)[-1].kind == "buttons"


def test_a_button_template_shows_text_and_buttons(business: Business) -> None:
    """Of both kinds that all products have."""
    customer = business.writer()
    buttons = [
        {"type": "postback", "title": "Yes", "payload": "Y"},
        {"type": "web_url", "title": "See", "url": "https://x.example"},
    ]
    business.send(customer, template({"template_type": "button", "text": "Sure?", "buttons": buttons}))
    (item,) = shown(customer)
    assert (item.kind, item.text) == ("buttons", "Sure?")
    assert item.buttons == (Button("Y", "Yes"), Button("https://x.example", "See", "url", "https://x.example"))


def test_quick_replies_hang_under_a_text(business: Business) -> None:
    """Chips for the person's own data have titles of their own."""
    customer = business.writer()
    business.send(customer, {"text": "Sure?", "quick_replies": [{"content_type": "user_phone_number"}]})
    business.send(customer, chips(2))
    first, second = shown(customer)
    assert [(one.title, one.kind) for one in first.buttons] == [("msisdn", "contact")]
    assert second.kind == "buttons"
    assert [one.title for one in second.buttons] == ["Yes0", "Yes1"]


def test_a_person_is_named_by_text_or_number(business: Business) -> None:
    """Clients write either."""
    customer = business.writer()
    body = {"recipient": {"id": int(customer.identity)}, "message": {"text": "x"}}
    assert business.call("POST", "/me/messages", body)[0] == 200
    assert business.call("POST", f"/{business.account.owner_id}/messages", body)[0] == 200
    assert len(shown(customer)) == 2


def test_a_send_may_be_a_form(business: Business) -> None:
    """Its objects are JSON strings then."""
    customer = business.writer()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    said = {"recipient": f'{{"id":"{customer.identity}"}}', "message": '{"text":"x"}'}
    body = urlencode({"access_token": business.token, **said}).encode()
    assert business.ask("POST", "/me/messages", body=body, headers=headers).status == 200
    assert [item.text for item in shown(customer)] == ["x"]


def test_enumerations_have_no_case(business: Business) -> None:
    """The vendor's own SDK writes them in capitals."""
    customer = business.writer()
    assert business.action(customer, "TYPING_ON")[0] == 200
    assert customer.typing
    business.send(customer, {"text": "x"}, messaging_type="message_tag", tag="human_agent", notification_type="no_push")
