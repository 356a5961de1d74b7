"""Message objects as a phone shows them."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import Button
from fake_channels.line.objects import item_of
from fake_channels.line.tests.calls import text

_YES = {"type": "message", "label": "Yes", "text": "yes"}
_BUY = {"type": "postback", "label": "Buy", "data": "buy=1"}
_LINK = {"type": "uri", "label": "Shop", "uri": "https://shop.example"}
_CALL = {"type": "uri", "label": "Call", "uri": "tel:15550100"}


def _template(**template: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "Alternative", "template": template}


def _bubble(*contents: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}, **parts}


def _flex(contents: dict[str, Any]) -> dict[str, Any]:
    return {"type": "flex", "altText": "Alternative", "contents": contents}


def _said(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


@pytest.mark.parametrize(
    ("message", "kind", "shown"),
    [
        (text("Hi $"), "text", "Hi $"),
        (
            {
                "type": "textV2",
                "text": "Hi {you} {smile} {none}",
                "substitution": {"you": {"type": "mention"}, "smile": {"type": "emoji"}},
            },
            "text",
            "Hi @you (smile) {none}",
        ),
        ({"type": "sticker", "packageId": "446", "stickerId": "1988"}, "sticker", "446/1988"),
        (
            {"type": "location", "title": "Office", "address": "Street 1", "latitude": 1, "longitude": 2},
            "location",
            "Office",
        ),
        (_template(type="buttons", title="Title", text="Text", actions=[_YES]), "buttons", "Title\nText"),
        (_template(type="confirm", text="Sure?", actions=[_YES, _BUY]), "buttons", "Sure?"),
        (
            _template(
                type="carousel",
                columns=[{"title": "A", "text": "a", "actions": [_YES]}, {"text": "b", "actions": [_BUY]}],
            ),
            "carousel",
            "A\na\n\nb",
        ),
        (
            _template(type="image_carousel", columns=[{"imageUrl": "https://x", "action": _YES}]),
            "carousel",
            "Alternative",
        ),
        (
            _flex(_bubble(_said("one"), {"type": "text", "contents": [{"text": "t"}, {"text": "wo"}]})),
            "card",
            "one\ntwo",
        ),
        (_flex(_bubble({"type": "separator"})), "card", "Alternative"),
        (
            _flex({"type": "carousel", "contents": [_bubble(_said("one")), _bubble(_said("two"))]}),
            "carousel",
            "one\n\ntwo",
        ),
        (
            _flex(_bubble(hero={"type": "video", "url": "https://x", "altContent": _said("film")})),
            "card",
            "film",
        ),
    ],
)
def test_each_message_type_has_its_look(message: dict[str, Any], kind: str, shown: str) -> None:
    """A kind and a text."""
    item = item_of(message)
    assert (item.kind, item.text, item.author) == (kind, shown, "business")


def test_buttons_are_named_by_what_the_account_hears_of_them() -> None:
    """With a number when that is not unique."""
    item = item_of(_template(type="buttons", text="?", actions=[_YES, _BUY, _LINK, _CALL]))
    assert item.buttons == (
        Button("yes", "Yes"),
        Button("buy=1", "Buy"),
        Button("https://shop.example", "Shop", "url", "https://shop.example"),
        Button("tel:15550100", "Call", "call", "tel:15550100"),
    )
    columns = [{"text": "a", "actions": [_YES]}, {"text": "b", "actions": [{**_YES, "label": "Also"}]}]
    assert [button.id for button in item_of(_template(type="carousel", columns=columns)).buttons] == ["yes", "yes#2"]


def test_all_actions_of_a_flex_message_can_be_tapped() -> None:
    """Of buttons, boxes, pictures and the bubble itself, in their order."""
    picture = {"type": "image", "url": "https://x", "action": {"type": "uri", "uri": "https://x.example"}}
    nested = {"type": "box", "layout": "vertical", "contents": [{"type": "button", "action": _BUY}], "action": _YES}
    item = item_of(_flex(_bubble(nested, hero=picture, action=_LINK)))
    assert [button.title for button in item.buttons] == ["Shop", "https://x.example", "Yes", "Buy"]


def test_areas_of_an_imagemap_are_buttons() -> None:
    """Links and texts."""
    area = {"x": 0, "y": 0, "width": 1, "height": 1}
    actions = [
        {"type": "uri", "linkUri": "https://x.example", "area": area},
        {"type": "message", "label": "Right", "text": "right", "area": area},
    ]
    item = item_of({"type": "imagemap", "altText": "Map", "actions": actions})
    assert [(button.title, button.kind, button.value) for button in item.buttons] == [
        ("https://x.example", "url", "https://x.example"),
        ("Right", "reply", ""),
    ]


def test_quick_replies_make_buttons_of_a_text() -> None:
    """And are added to others."""
    quick = {
        "items": [{"type": "action", "action": _YES}, {"type": "action", "action": {"type": "location", "label": "L"}}]
    }
    item = item_of(text("?", quickReply=quick))
    assert (item.kind, [button.kind for button in item.buttons]) == ("buttons", ["reply", "location"])
    place = {"type": "location", "title": "a", "address": "b", "latitude": 1, "longitude": 2, "quickReply": quick}
    assert item_of(place).kind == "location"


def test_another_sender_is_remembered() -> None:
    """By the name that is shown."""
    assert item_of(text(sender={"name": "Bot"})).vendor == {"sender": "Bot"}
    assert item_of(text(sender={"iconUrl": "https://x"})).vendor == {}
