"""LINE's wire: bodies, retry keys, answers, the signature, events and files."""

import base64
import hmac
from typing import Any

import orjson
import pytest

from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Malformed,
    MediaFailed,
    MediaFile,
    Rejected,
    RetryLater,
    Unrenderable,
)
from fake_sinch.adapters.line import ADAPTER
from fake_sinch.adapters.line_content import messages
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import (
    Button,
    CarouselPart,
    ChoicePart,
    ListPart,
    LocationPart,
    MediaPart,
    Part,
    RawPart,
    TextPart,
)
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

CREDENTIAL = Credential("LINE", "line_credentials", {"token": "t0", "secret": "s0"}, "s0")
ACCOUNT = Account(CREDENTIAL, "http://line.test")
ID = "01KAXZ0000000000000000MT01"
ANN = "U" + "a" * 32
YES = Button("text_message", "Yes", postback="y")
LINK = Button("url_message", "Shop", "https://shop.example")
CALL = Button("call_message", "Call", "+1 555 0100")


def sent(part: Part) -> list[Any]:
    """The message objects of a part."""
    return messages(part, ANN, ID)


def parse(**event: Any) -> Inbound:
    """What one event tells."""
    common = {"timestamp": 1_760_000_000_123, "source": {"type": "user", "userId": ANN}, "webhookEventId": "01E"}
    (found,) = ADAPTER.parse_callback(orjson.dumps({"destination": "U1", "events": [{**common, **event}]}), CREDENTIAL)
    return found


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_push_has_the_token_and_a_retry_key_that_is_the_same_each_time() -> None:
    """Another part of the same message has another key."""
    first, again, other = (ADAPTER.render(TextPart(text), ANN, ACCOUNT, {}, ID) for text in ("hi", "hi", "ho"))
    assert (first.method, first.url, first.name) == ("POST", "http://line.test/v2/bot/message/push", "pushMessage")
    assert first.headers["authorization"] == "Bearer t0"
    assert first.headers["x-line-retry-key"] == again.headers["x-line-retry-key"]
    assert first.headers["x-line-retry-key"] != other.headers["x-line-retry-key"]
    assert orjson.loads(first.body) == {"to": ANN, "messages": [{"type": "text", "text": "hi"}]}
    assert orjson.loads(ADAPTER.transcode(TextPart("hi"), ANN)) == orjson.loads(first.body)


def test_a_countrys_credential_is_read_too() -> None:
    """As enterprise accounts have it."""
    secret = {"line_japan": {"token": "jt", "secret": "js"}}
    account = Account(Credential("LINE", "line_enterprise_credentials", secret, ""), "http://line.test")
    assert ADAPTER.render(TextPart("hi"), ANN, account, {}, ID).headers["authorization"] == "Bearer jt"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            MediaPart("https://a/a.png", "image/png", thumbnail="https://a/t.jpg"),
            [{"type": "image", "originalContentUrl": "https://a/a.png", "previewImageUrl": "https://a/t.jpg"}],
        ),
        (
            MediaPart("https://a/a.mp4", "video/mp4", "Look"),
            [
                {"type": "video", "originalContentUrl": "https://a/a.mp4", "previewImageUrl": "https://a/a.mp4"},
                {"type": "text", "text": "Look"},
            ],
        ),
        (
            MediaPart("https://a/a.mp3", "audio/mpeg"),
            [{"type": "audio", "originalContentUrl": "https://a/a.mp3", "duration": 60_000}],
        ),
        (MediaPart("https://a/a.pdf", "application/pdf", "Read"), [{"type": "text", "text": "Read\nhttps://a/a.pdf"}]),
        (MediaPart("https://a/a.gif", "image/gif"), [{"type": "text", "text": "https://a/a.gif"}]),
        (
            LocationPart("Home", "Main St", "1.5", "-2.5"),
            [{"type": "location", "title": "Home", "address": "Main St", "latitude": 1.5, "longitude": -2.5}],
        ),
        (
            LocationPart("", "", "1.5", "-2.5"),
            [{"type": "location", "title": "1.5, -2.5", "address": "1.5, -2.5", "latitude": 1.5, "longitude": -2.5}],
        ),
        (
            RawPart('{"type":"sticker","packageId":"1","stickerId":"2"}'),
            [{"type": "sticker", "packageId": "1", "stickerId": "2"}],
        ),
        (RawPart('{"messages":[{"type":"text","text":"{{to}}"}]}'), [{"type": "text", "text": ANN}]),
        (RawPart('[{"type":"text","text":"x"}]'), [{"type": "text", "text": "x"}]),
    ],
)
def test_messages(part: Part, expected: list[Any]) -> None:
    """What LINE does not show goes out as a link; a caption is a message of its own."""
    assert sent(part) == expected


def test_a_choice_that_fits_is_a_buttons_template() -> None:
    """Replies are postbacks that show what was tapped; links and calls are opened."""
    (message,) = sent(ChoicePart("Sure?", (YES, LINK, CALL)))
    assert (message["type"], message["altText"], message["template"]["text"]) == ("template", "Sure?", "Sure?")
    assert message["template"]["actions"] == [
        {"type": "postback", "label": "Yes", "data": f"{ID}_y", "displayText": "Yes"},
        {"type": "uri", "label": "Shop", "uri": "https://shop.example"},
        {"type": "uri", "label": "Call", "uri": "tel:+15550100"},
    ]


@pytest.mark.parametrize(
    "part",
    [
        ChoicePart("Sure?", (YES,) * 5),
        ChoicePart("x" * 161, (YES,)),
        ChoicePart("Sure?", (Button("text_message", "x" * 21, postback="y"),)),
    ],
)
def test_a_choice_that_does_not_fit_has_quick_replies(part: ChoicePart) -> None:
    """Labels are cut, what a tap shows is not."""
    (message,) = sent(part)
    items = message["quickReply"]["items"]
    assert (message["type"], message["text"], len(items)) == ("text", part.text, len(part.buttons))
    assert items[0]["action"]["label"] == part.buttons[0].title[:20]
    assert items[0]["action"]["displayText"] == part.buttons[0].title


def test_a_choice_without_buttons_is_a_text() -> None:
    """And one with too many has no form."""
    assert sent(ChoicePart("Sure?", ())) == [{"type": "text", "text": "Sure?"}]
    with pytest.raises(Unrenderable):
        sent(ChoicePart("Sure?", (YES,) * 14))


def test_a_long_postback_travels_by_its_place() -> None:
    """The API takes 300 characters."""
    (message,) = sent(ChoicePart("Sure?", (YES, Button("text_message", "No", postback="x" * 300))))
    assert message["template"]["actions"][1]["data"] == f"{ID}#1"


def test_cards_and_carousels_are_flex_messages() -> None:
    """With the places of their buttons counted through."""
    picture = MediaPart("https://a/a.png", "image/png")
    card = ChoicePart("text", (YES, LINK), picture, title="Title", description="Words")
    (one,) = sent(card)
    assert (one["type"], one["altText"], one["contents"]["hero"]["url"]) == ("flex", "Title", "https://a/a.png")
    assert [part["text"] for part in one["contents"]["body"]["contents"]] == ["Title", "Words"]
    assert len(one["contents"]["footer"]["contents"]) == 2
    long = Button("text_message", "No", postback="x" * 300)
    (many,) = sent(CarouselPart((card, ChoicePart("b", (long,), title="B")), (long,)))
    second = many["contents"]["contents"][1]
    assert second["footer"]["contents"][0]["action"]["data"] == f"{ID}#2"
    assert many["quickReply"]["items"][0]["action"]["data"] == f"{ID}#3"


@pytest.mark.parametrize(
    "part",
    [
        RawPart("no json"),
        RawPart("[]"),
        RawPart("[1]"),
        ListPart("a", "b", ()),
        CarouselPart((ChoicePart("a", (), title="A"),) * 13),
        ChoicePart("a", (), MediaPart("https://a/a.mp4", "video/mp4"), title="A"),
    ],
)
def test_what_has_no_form(part: Part) -> None:
    """Neither here nor on the channel."""
    with pytest.raises(Unrenderable):
        sent(part)


# --- answers ----------------------------------------------------------------------------------------------------------


def test_acceptance_is_the_first_messages_id_also_the_second_time() -> None:
    """A conflict repeats what was sent."""
    body = b'{"message":"The retry key is already accepted","sentMessages":[{"id":"1"},{"id":"2"}]}'
    for status in (200, 409):
        assert ADAPTER.read_answer(Answer(status, {}, body)) == Accepted("1")


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (400, "Failed to send messages", ReasonCode.RECIPIENT_NOT_REACHABLE),
        (400, "The property, 'to', in the request body is invalid", ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
        (400, "The request body has 1 error(s)", ReasonCode.BAD_REQUEST),
        (401, "Authentication failed", ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (403, "Access to this API is not available", ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (429, "You have reached your monthly limit.", ReasonCode.CHANNEL_REJECT),
        (409, "The retry key is already accepted", ReasonCode.CHANNEL_REJECT),
    ],
)
def test_refusals(status: int, message: str, code: ReasonCode) -> None:
    """The nearest reason, and the channel's own words."""
    verdict = ADAPTER.read_answer(Answer(status, {}, orjson.dumps({"message": message})))
    assert isinstance(verdict, Rejected)
    assert (verdict.reason.code, message in verdict.reason.description) == (code, True)


def test_what_is_tried_again() -> None:
    """Too many requests, and servers out of order."""
    limited = ADAPTER.read_answer(Answer(429, {"retry-after": "3"}, b'{"message":"The API rate limit"}'))
    assert isinstance(limited, RetryLater)
    assert (limited.reason.code, limited.after_s) == (ReasonCode.RATE_LIMITED, 3)
    assert isinstance(ADAPTER.read_answer(Answer(500, {}, b"")), RetryLater)
    assert isinstance(ADAPTER.read_answer(Answer(0, {}, b"", "refused")), RetryLater)
    assert isinstance(ADAPTER.read_answer(Answer(200, {}, b"<html>")), Rejected)


def test_composing_is_the_loading_animation() -> None:
    """Nothing else has a form."""
    call = ADAPTER.render_event({"composing_event": {}}, ANN, ACCOUNT, "")
    assert call is not None
    assert (call.url, orjson.loads(call.body)) == ("http://line.test/v2/bot/chat/loading/start", {"chatId": ANN})
    assert call.headers["authorization"] == "Bearer t0"
    assert ADAPTER.render_event({"composing_end_event": {}}, ANN, ACCOUNT, "") is None


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_the_signature_is_over_the_body_with_the_channel_secret() -> None:
    """Base64 of the HMAC."""
    told = b'{"events":[]}'
    proof = base64.b64encode(hmac.digest(b"s0", told, "sha256")).decode()
    signed = Headers({"x-line-signature": proof})
    assert ADAPTER.authenticate(Request("POST", "/", body=told, headers=signed), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=told + b" ", headers=signed), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=told), CREDENTIAL)
    assert ADAPTER.handshake(Request("POST", "/", body=told), CREDENTIAL) is None


def test_the_check_of_a_webhook_tells_nothing() -> None:
    """It has no events."""
    assert ADAPTER.parse_callback(b'{"destination":"U1","events":[]}', CREDENTIAL) == []
    for body in (b"no json", b"[]", b'{"events":{}}'):
        with pytest.raises(Malformed):
            ADAPTER.parse_callback(body, CREDENTIAL)


@pytest.mark.parametrize(
    ("message", "content", "media"),
    [
        ({"type": "text", "text": "hi"}, {"text_message": {"text": "hi"}}, None),
        (
            {"type": "location", "title": "Home", "latitude": 1.5, "longitude": 2},
            {"location_message": {"title": "Home", "label": "", "coordinates": {"latitude": 1.5, "longitude": 2}}},
            None,
        ),
        ({"type": "image"}, {}, MediaRef("7", "image/jpeg")),
        ({"type": "video"}, {}, MediaRef("7", "video/mp4")),
        ({"type": "audio"}, {}, MediaRef("7", "audio/mp4")),
        ({"type": "file", "fileName": "a.pdf"}, {}, MediaRef("7", "", "a.pdf")),
    ],
)
def test_messages_from_a_customer(message: dict[str, Any], content: dict[str, Any], media: MediaRef | None) -> None:
    """Under the message's own id, which a redelivery keeps."""
    found = parse(type="message", message={"id": "7", "quotedMessageId": "6", **message})
    assert isinstance(found, InboundMessage)
    assert (found.vendor_id, found.identity, found.at) == ("7", ANN, 1_760_000_000_123)
    assert (found.content, found.media, found.refers_to) == (content, media, "6")


def test_taps_consent_and_the_rest() -> None:
    """A sticker and an unsent message have no shape."""
    tapped = parse(type="postback", postback={"data": f"{ID}_y"})
    assert isinstance(tapped, InboundMessage)
    assert (tapped.choice, tapped.vendor_id) == (f"{ID}_y", "01E")
    for kind, opted_in in (("follow", True), ("unfollow", False)):
        opted = parse(type=kind)
        assert isinstance(opted, InboundOpt)
        assert opted.opted_in is opted_in
    for event in ({"type": "unsend"}, {"type": "message", "message": {"type": "sticker"}}, {}):
        assert isinstance(parse(**event), InboundUnsupported)


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_the_content_of_its_message() -> None:
    """202 while it is being prepared, 410 when it was unsent."""
    media = MediaRef("7", "image/jpeg")
    call = ADAPTER.fetch_media(media, ACCOUNT)
    assert (call.url, call.headers["authorization"]) == ("http://line.test/v2/bot/message/7/content", "Bearer t0")
    ready = ADAPTER.read_media(0, media, Answer(200, {"content-type": "image/png"}, b"x"), ACCOUNT)
    assert ready == MediaFile("image/png", b"x")
    for status, retry in ((202, True), (404, False), (410, False), (500, True)):
        failed = ADAPTER.read_media(0, media, Answer(status, {}, b""), ACCOUNT)
        assert isinstance(failed, MediaFailed)
        assert failed.retry is retry
