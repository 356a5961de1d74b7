"""What a request may hold, and how each mistake is told."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.core.http import HttpRequest
from fake_channels.line import limits, wire
from fake_channels.line.tests.calls import BOT, NOBODY, Owner, text
from fake_channels.line.wire import Refused

_URL = "https://files.example/a"
_ACTION = {"type": "message", "label": "Yes", "text": "yes"}


def _buttons(**changed: Any) -> dict[str, Any]:
    template = {"type": "buttons", "text": "Sure?", "actions": [_ACTION], **changed}
    return {"type": "template", "altText": "Sure?", "template": template}


def _carousel(*columns: dict[str, Any]) -> dict[str, Any]:
    return {"type": "template", "altText": "Choose", "template": {"type": "carousel", "columns": list(columns)}}


def _flex(**bubble: Any) -> dict[str, Any]:
    return {"type": "flex", "altText": "Card", "contents": {"type": "bubble", **bubble}}


def _box(*contents: dict[str, Any]) -> dict[str, Any]:
    return {"type": "box", "layout": "vertical", "contents": list(contents)}


def _imagemap(**changed: Any) -> dict[str, Any]:
    area = {"x": 0, "y": 0, "width": 520, "height": 520}
    actions = [{"type": "message", "text": "left", "area": area}]
    size = {"width": 1040, "height": 520}
    return {"type": "imagemap", "baseUrl": _URL, "altText": "Map", "baseSize": size, "actions": actions, **changed}


# --- mistakes at the top of messages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "name", "says"),
    [
        (text(""), "text", "May not be empty"),
        ({"type": "text"}, "text", "May not be empty"),
        (text("x" * 5_001), "text", "Length must be between 0 and 5000"),
        (text("👋" * 2_501), "text", "Length must be between 0 and 5000"),
        ({"type": "image", "previewImageUrl": _URL}, "originalContentUrl", "May not be empty"),
        (
            {"type": "image", "originalContentUrl": "http://files.example/a", "previewImageUrl": _URL},
            "originalContentUrl",
            "invalid uri scheme",
        ),
        (
            {"type": "image", "originalContentUrl": _URL + "a" * 2_000, "previewImageUrl": _URL},
            "originalContentUrl",
            "Length must be between 0 and 2000",
        ),
        (
            {"type": "audio", "originalContentUrl": _URL, "duration": 0},
            "duration",
            "must be greater than or equal to 1",
        ),
        (
            {"type": "location", "title": "a", "address": "b", "latitude": 91, "longitude": 0},
            "latitude",
            "must be between -90 and 90",
        ),
        (
            {"type": "location", "title": "a" * 101, "address": "b", "latitude": 0, "longitude": 0},
            "title",
            "Length must be between 0 and 100",
        ),
        ({"type": "sticker", "packageId": "x", "stickerId": "1"}, "packageId", "is invalid"),
        ({**_buttons(), "altText": "x" * 1_501}, "altText", "Length must be between 0 and 1500"),
        (text(quickReply={"items": []}), "quickReply.items", "Size must be between 1 and 13"),
        (
            text(quickReply={"items": [{"type": "action", "action": {"type": "message", "text": "x"}}]}),
            "quickReply.items[0].action.label",
            "May not be empty",
        ),
        (text(sender={"name": "x" * 21}), "sender.name", "Length must be between 0 and 20"),
        (text(emojis=[{"index": 0, "productId": "", "emojiId": "1"}]), "emojis[0].productId", "May not be empty"),
    ],
)
def test_a_mistake_is_told_by_its_property(message: dict[str, Any], name: str, says: str) -> None:
    """In the words of the API, with its place in the request."""
    assert Owner().mistakes(message) == {
        "message": "The request body has 1 error(s)",
        "details": [{"message": says, "property": f"messages[0].{name}"}],
    }


def test_all_mistakes_are_told_at_once() -> None:
    """Those of every message, and of what is around them."""
    told = Owner().mistakes(text(""), {"type": "poll"}, _buttons(text=""))
    assert told["message"] == "The request body has 3 error(s)"
    assert {one["property"] for one in told["details"]} == {
        "messages[0].text",
        "messages[1].type",
        "messages[2]/template/text",
    }
    assert told["details"][0]["message"].startswith("Must be one of the following values: [text, textV2, sticker,")


@pytest.mark.parametrize(("count", "says"), [(0, "Size must be between 1 and 5"), (6, "Size must be between 1 and 5")])
def test_one_to_five_messages_are_sent(count: int, says: str) -> None:
    """Not fewer, not more."""
    told = Owner().mistakes(*[text()] * count)
    assert told["details"] == [{"message": says, "property": "messages"}]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"to": 1, "messages": [text()]}, "to"),
        ({"to": NOBODY, "messages": {}}, "messages"),
        ({"to": NOBODY, "messages": [1]}, "messages[0]"),
        ({"to": NOBODY, "messages": [{"type": "text", "text": 1}]}, "messages[0].text"),
        ({"to": NOBODY, "messages": [_flex(body=1)]}, "messages[0].contents.body"),
        ({"to": NOBODY, "messages": [text()], "notificationDisabled": "yes"}, "notificationDisabled"),
    ],
)
def test_a_wrong_type_is_an_invalid_property(body: dict[str, Any], name: str) -> None:
    """Nothing else is told then."""
    told = Owner().refused("POST", "/message/push", body)
    assert told == (400, {"message": f"The property, '{name}', in the request body is invalid (line: -, column: -)"})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/message/push", {"to": f"{NOBODY}\n", "messages": [text()]}),
        ("/message/push", {"to": NOBODY, "messages": [text()], "customAggregationUnits": ["a\n"]}),
        ("/message/push", {"to": NOBODY, "messages": [{"type": "sticker", "packageId": "1\n", "stickerId": "2"}]}),
        ("/message/markAsRead", {"chat": {"userId": f"{NOBODY}\n"}}),
        ("/chat/loading/start", {"chatId": f"{NOBODY}\n"}),
    ],
)
def test_a_line_feed_at_the_end_is_refused_like_any_mistake(path: str, body: dict[str, Any]) -> None:
    """Two readings of a pattern's end differ there."""
    assert Owner().refused("POST", path, body) == (400, {"message": "The request body has 1 error(s)"})


def test_missing_parts_of_the_request_are_told() -> None:
    """Of every kind of send."""
    owner = Owner()
    for path, name in (("push", "to"), ("reply", "replyToken"), ("multicast", "to")):
        told = owner.refused("POST", f"/message/{path}", {"messages": [text()]})[1]
        assert told["details"] == [{"message": "May not be empty", "property": name}]
    told = owner.refused("POST", "/message/multicast", {"messages": [text()], "to": [NOBODY] * 501})[1]
    assert told["details"] == [{"message": "Size must be between 1 and 500", "property": "to"}]
    told = owner.refused("POST", "/message/push", {"to": NOBODY, "messages": [text()], "customAggregationUnits": ["-"]})
    assert told[1]["details"] == [{"message": "is invalid", "property": "customAggregationUnits[0]"}]


# --- mistakes inside --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "name", "says"),
    [
        (_buttons(text=""), "template/text", "must be non-empty text"),
        (_buttons(text="x" * 161), "template/text", "size must be between 0 and 160"),
        (_buttons(title="Title", text="x" * 61), "template/text", "size must be between 0 and 60"),
        (_buttons(title="x" * 41), "template/title", "size must be between 0 and 40"),
        (_buttons(actions=[_ACTION] * 5), "template/actions", "size must be between 1 and 4"),
        (
            _buttons(actions=[{**_ACTION, "label": "x" * 21}]),
            "template/actions/0/label",
            "size must be between 0 and 20",
        ),
        (
            _buttons(actions=[{"type": "uri", "label": "x", "uri": "ftp://x"}]),
            "template/actions/0/uri",
            "invalid uri scheme",
        ),
        (
            _buttons(actions=[{"type": "uri", "label": "x", "uri": "https://x.example/" + "x" * 1_000}]),
            "template/actions/0/uri",
            "size must be between 0 and 1000",
        ),
        (
            _buttons(actions=[{"type": "postback", "label": "x", "data": "x" * 301}]),
            "template/actions/0/data",
            "size must be between 0 and 300",
        ),
        (_buttons(actions=[{"type": "postback", "label": "x"}]), "template/actions/0/data", "must be specified"),
        (_buttons(thumbnailImageUrl="http://x.example/a.png"), "template/thumbnailImageUrl", "invalid uri scheme"),
        (_buttons(type="confirm"), "template/actions", "size must be between 2 and 2"),
        (
            _carousel(*[{"text": "a", "actions": [_ACTION]}] * 11),
            "template/columns",
            "size must be between 1 and 10",
        ),
        (
            _carousel({"text": "a", "actions": [_ACTION]}, {"text": "b", "actions": [_ACTION] * 2}),
            "template/columns",
            "the number of actions must be the same for all columns",
        ),
        (
            _carousel({"text": "a", "title": "A", "actions": [_ACTION]}, {"text": "b", "actions": [_ACTION]}),
            "template/columns",
            "all columns must have the same properties",
        ),
        (_flex(hero={"type": "image", "url": "http://x.example/a.png"}), "/hero/url", "invalid uri scheme"),
        (_flex(body=_box({"type": "text", "text": ""})), "/body/contents/0/text", "must be non-empty text"),
        (_flex(body=_box({"type": "text"})), "/body/contents/0", "must be specified"),
        (_flex(body=_box({"type": "button"})), "/body/contents/0/action", "must be specified"),
        (_flex(), "/", "must be specified"),
        ({"type": "coupon", "couponId": "x"}, "couponId", "coupon not found"),
    ],
)
def test_a_mistake_inside_a_template_or_flex_message_is_told_by_its_path(
    message: dict[str, Any], name: str, says: str
) -> None:
    """Of the first message that has one."""
    told = Owner().mistakes(text(), message)
    assert told["message"] == "A message (messages[1]) in the request body is invalid"
    assert told["details"] == [{"message": says, "property": name}]


@pytest.mark.parametrize(
    "message",
    [
        text("👋" * 2_500),
        text(emojis=[{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}]),
        {
            "type": "textV2",
            "text": "Hi {you}",
            "substitution": {"you": {"type": "mention", "mentionee": {"type": "all"}}},
        },
        {"type": "image", "originalContentUrl": "http://127.0.0.1:8080/a.png", "previewImageUrl": "http://media/a.png"},
        {"type": "video", "originalContentUrl": _URL, "previewImageUrl": _URL, "trackingId": "track-1"},
        _imagemap(),
        _buttons(title="Title", text="x" * 60, thumbnailImageUrl=_URL, defaultAction=_ACTION),
        _carousel({"text": "x" * 120, "actions": [_ACTION]}),
        _flex(
            header=_box({"type": "text", "contents": [{"type": "span", "text": "Hi"}]}),
            hero={"type": "video", "url": _URL, "previewUrl": _URL, "altContent": {"type": "image", "url": _URL}},
            body=_box(_box(), {"type": "separator"}, {"type": "filler"}, {"type": "icon", "url": _URL}),
            footer=_box({"type": "button", "action": {**_ACTION, "label": "x" * 40}}),
        ),
        {
            "type": "flex",
            "altText": "Cards",
            "contents": {"type": "carousel", "contents": [_flex(body=_box())["contents"]]},
        },
    ],
)
def test_what_the_api_takes_is_taken(message: dict[str, Any]) -> None:
    """To the last character."""
    assert Owner().ok("POST", "/message/validate/push", {"messages": [message]}) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"baseSize": {"width": 700, "height": 520}},
        {"actions": []},
        {"actions": _imagemap()["actions"] * 51},
        {"actions": [{"type": "uri", "area": {"x": 0, "y": 0, "width": 1, "height": 1}}]},
    ],
)
def test_imagemaps_are_checked(change: dict[str, Any]) -> None:
    """Their size, the number of their actions, and each action."""
    assert Owner().mistakes(_imagemap(**change))["message"] == "The request body has 1 error(s)"


# --- bodies that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [(b"", 1, 1), (b'{"to":', 1, 7), (b'{\n"to": x}', 2, 7), (b"[]", 1, 1), (b'{"a":"\xff"}', 1, 1), (b"1", 1, 1)],
)
def test_what_is_no_json_object_is_told_by_line_and_column(body: bytes, line: int, column: int) -> None:
    """As far as they are known."""
    owner = Owner()
    reply = owner.ask("POST", f"{BOT}/message/push", body=body, headers=owner.headers(content_type="application/json"))
    says = f"The request body could not be parsed as JSON (line: {line}, column: {column})"
    assert (reply.status, orjson.loads(reply.body)) == (400, {"message": says})


@pytest.mark.parametrize("mime", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_not_supported(mime: str) -> None:
    """415, by its name."""
    owner = Owner()
    reply = owner.ask("POST", f"{BOT}/message/push", body=b"{}", headers=owner.headers(content_type=mime))
    assert (reply.status, orjson.loads(reply.body)) == (415, {"message": f"The content type, {mime}, is not supported"})


def test_nothing_is_nested_beyond_reason() -> None:
    """Neither what a schema would follow nor what it would not."""
    owner = Owner()
    box = _box()
    for _ in range(60):
        box = _box(box)
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    for messages in ([_flex(body=box)], [text(deep)], deep):
        told = owner.refused("POST", "/message/validate/push", {"messages": messages})
        assert told[0] == 400
        assert told[1]["message"].startswith("The request body could not be parsed")
    wide = [_flex(body=_box(*[{"type": "separator"}] * 500))]
    assert owner.ok("POST", "/message/validate/push", {"messages": wide}) == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)
_MESSAGE = st.fixed_dictionaries(
    {"type": st.sampled_from([*wire.MESSAGES, "poll"])},
    optional=dict.fromkeys(
        ("text", "altText", "template", "contents", "actions", "quickReply", "sender", "emojis", "substitution"), _JSON
    ),
)


@given(
    st.one_of(_JSON, st.fixed_dictionaries({"to": _JSON, "messages": st.one_of(_JSON, st.lists(_MESSAGE, max_size=6))}))
)
def test_no_body_is_anything_but_taken_or_refused(body: Any) -> None:
    """Whatever it holds; a refusal counts its details rightly."""
    request = HttpRequest("POST", "/", headers={"content-type": "application/json"}, body=orjson.dumps(body))
    try:
        wire.check_send("push", wire.decode(request))
    except Refused as refused:
        rendered = wire.render_error(refused.message, refused.details)
        if refused.error is limits.BODY_ERRORS:
            assert f"has {len(rendered['details'])} error(s)" in rendered["message"]
