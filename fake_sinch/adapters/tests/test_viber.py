"""A Viber bot's wire: bodies, answers, the signature, callbacks and files."""

import hmac
from typing import Any

import orjson
import pytest

from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Malformed,
    MediaFile,
    Rejected,
    RetryLater,
    Unrenderable,
    VendorCall,
)
from fake_sinch.adapters.viber import ADAPTER
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import ChoicePart, LocationPart, MediaPart, Part, RawPart, TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

CREDENTIAL = Credential("VIBER", "static_token", {"token": "t0"}, "t0")
ACCOUNT = Account(CREDENTIAL, "http://viber.test")
ID = "01KAXZ0000000000000000MT01"
ANN = {"id": "ann==", "name": "Ann", "country": "SE", "language": "en", "api_version": 10}


def body(part: Part, **properties: str) -> Any:
    """The body that sends a part."""
    return orjson.loads(ADAPTER.render(part, "ann==", ACCOUNT, properties, ID).body)


def parse(event: str, **rest: Any) -> list[Inbound]:
    """Return what a callback tells."""
    told = {"event": event, "timestamp": 1_760_000_000_000, "message_token": 42, **rest}
    return ADAPTER.parse_callback(orjson.dumps(told), CREDENTIAL)


def only(**message: Any) -> InboundMessage:
    """Return the one message of a callback with this content."""
    (found,) = parse("message", sender=ANN, message=message, silent=False)
    assert isinstance(found, InboundMessage)
    return found


def test_a_text_goes_to_send_message_with_the_bots_token() -> None:
    """In the header, and addressed in the body."""
    call = ADAPTER.render(TextPart("hi"), "ann==", ACCOUNT, {}, ID)
    assert (call.method, call.url, call.name) == ("POST", "http://viber.test/pa/send_message", "send_message")
    assert call.headers["x-viber-auth-token"] == "t0"
    assert orjson.loads(call.body) == {"receiver": "ann==", "type": "text", "text": "hi"}


def test_the_sender_can_be_named() -> None:
    """By the channel properties, either or both."""
    assert "sender" not in body(TextPart("hi"))
    named = body(TextPart("hi"), VIBER_SENDER_NAME="Acme", VIBER_SENDER_AVATAR="https://a/a.png")
    assert named["sender"] == {"name": "Acme", "avatar": "https://a/a.png"}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            MediaPart("https://a/a.png?x=1", "image/png", "Look", thumbnail="https://a/t.jpg"),
            {"type": "picture", "media": "https://a/a.png?x=1", "text": "Look", "thumbnail": "https://a/t.jpg"},
        ),
        (
            MediaPart("https://a/a.mp4", "video/mp4"),
            {"type": "video", "media": "https://a/a.mp4", "size": 1, "text": ""},
        ),
        (
            MediaPart("https://a/a.pdf", "application/pdf"),
            {"type": "file", "media": "https://a/a.pdf", "size": 1, "file_name": "a.pdf"},
        ),
        (
            MediaPart("https://a/a.mp3", "audio/mpeg", filename="song.mp3"),
            {"type": "file", "media": "https://a/a.mp3", "size": 1, "file_name": "song.mp3"},
        ),
        (
            MediaPart("https://a/picture", "image/png"),
            {"type": "file", "media": "https://a/picture", "size": 1, "file_name": "picture.png"},
        ),
        (
            MediaPart("https://a/a.mov", "video/quicktime"),
            {"type": "file", "media": "https://a/a.mov", "size": 1, "file_name": "a.mov"},
        ),
        (LocationPart("Home", "Main St", "1.5", "-2.5"), {"type": "location", "location": {"lat": 1.5, "lon": -2.5}}),
        (RawPart('{"type":"url","media":"https://a/{{to}}"}'), {"type": "url", "media": "https://a/ann=="}),
    ],
)
def test_bodies(part: Part, expected: dict[str, Any]) -> None:
    """What is no picture or film by the end of its link is a file."""
    assert body(part) == {"receiver": "ann==", **expected}
    assert orjson.loads(ADAPTER.transcode(part, "ann==")) == body(part)


@pytest.mark.parametrize("part", [RawPart("no json"), RawPart("[]"), ChoicePart("Sure?", ())])
def test_what_has_no_form(part: Part) -> None:
    """Choices are text before they come here."""
    with pytest.raises(Unrenderable):
        ADAPTER.render(part, "ann==", ACCOUNT, {}, ID)


def test_acceptance_is_the_token() -> None:
    """To its last digit."""
    told = ADAPTER.read_answer(Answer(200, {}, b'{"status":0,"message_token":5741311803571721087}'))
    assert told == Accepted("5741311803571721087")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (2, ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (3, ReasonCode.BAD_REQUEST),
        (5, ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
        (6, ReasonCode.RECIPIENT_NOT_OPTED_IN),
        (11, ReasonCode.RECIPIENT_NOT_REACHABLE),
        (99, ReasonCode.CHANNEL_REJECT),
    ],
)
def test_refusals_are_in_the_body(status: int, code: ReasonCode) -> None:
    """With HTTP 200."""
    verdict = ADAPTER.read_answer(Answer(200, {}, orjson.dumps({"status": status, "status_message": "why"})))
    assert isinstance(verdict, Rejected)
    assert (verdict.reason.code, "why" in verdict.reason.description) == (code, True)


def test_what_is_tried_again() -> None:
    """The rate limit in the body, and servers out of order."""
    limited = ADAPTER.read_answer(Answer(200, {}, b'{"status":12,"status_message":"Too many requests"}'))
    assert isinstance(limited, RetryLater)
    assert limited.reason.code is ReasonCode.RATE_LIMITED
    assert isinstance(ADAPTER.read_answer(Answer(502, {}, b"")), RetryLater)
    assert isinstance(ADAPTER.read_answer(Answer(0, {}, b"", "refused")), RetryLater)
    assert isinstance(ADAPTER.read_answer(Answer(200, {}, b"<html>")), Rejected)


def test_the_signature_is_over_the_body_with_the_token() -> None:
    """Without a secret anybody is believed."""
    told = b'{"event":"webhook"}'
    signed = Headers({"x-viber-content-signature": hmac.digest(b"t0", told, "sha256").hex()})
    assert ADAPTER.authenticate(Request("POST", "/", body=told, headers=signed), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=told + b" ", headers=signed), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=told), CREDENTIAL)
    open_to_all = Credential("VIBER", "static_token", {"token": "t0"})
    assert ADAPTER.authenticate(Request("POST", "/", body=told), open_to_all)


@pytest.mark.parametrize("event", ["webhook", "conversation_started", "client_status"])
def test_events_that_mean_nothing_here(event: str) -> None:
    """The URL's check and an opened chat among them."""
    assert parse(event, user=ANN) == []


@pytest.mark.parametrize("told", [b"", b"[]", b"{}", b'{"event":1}'])
def test_callbacks_without_an_event_are_malformed(told: bytes) -> None:
    """They are not the vendor's."""
    with pytest.raises(Malformed):
        ADAPTER.parse_callback(told, CREDENTIAL)


def test_messages_are_read_as_what_they_are() -> None:
    """Texts and links as text, files by their URL, places with their label, cards as a fallback."""
    text = only(type="text", text="hi", tracking_data="td")
    assert (text.vendor_id, text.identity, text.at, text.display_name) == ("42", "ann==", 1_760_000_000_000, "Ann")
    assert text.content == {"text_message": {"text": "hi"}}
    assert only(type="url", media="https://a").content == {"text_message": {"text": "https://a"}}
    picture = only(type="picture", media="https://a/a.png", file_name="a.png", text="Look", size=3)
    assert picture.media == MediaRef("https://a/a.png", "", "a.png", "Look")
    assert only(type="sticker", sticker_id=1, media="https://a/s.png").media == MediaRef("https://a/s.png")
    place = only(type="location", location={"lat": 1.5, "lon": 2.5, "address": "Main St"})
    coordinates = {"latitude": 1.5, "longitude": 2.5}
    assert place.content == {"location_message": {"title": "", "label": "Main St", "coordinates": coordinates}}
    assert "fallback_message" in only(type="contact", contact={"name": "Bo", "phone_number": "1"}).content
    (other,) = parse("message", sender=ANN, message={"type": "poll"})
    assert isinstance(other, InboundUnsupported)
    assert other.identity == "ann=="


def test_subscriptions_are_consent() -> None:
    """And their end is its end."""
    (subscribed,) = parse("subscribed", user=ANN)
    (left,) = parse("unsubscribed", user_id="ann==")
    assert isinstance(subscribed, InboundOpt)
    assert isinstance(left, InboundOpt)
    assert (subscribed.opted_in, subscribed.display_name) == (True, "Ann")
    assert (left.opted_in, left.identity) == (False, "ann==")


@pytest.mark.parametrize(
    ("event", "rest", "status", "code"),
    [
        ("delivered", {}, "DELIVERED", None),
        ("seen", {}, "READ", None),
        ("failed", {"desc": "whatever"}, "FAILED", ReasonCode.CHANNEL_FAILURE),
        ("failed", {"desc": "The media could not be downloaded"}, "FAILED", ReasonCode.MEDIA_NOT_REACHABLE),
        ("failed", {"desc": "not of the declared type"}, "FAILED", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
    ],
)
def test_receipts(event: str, rest: dict[str, str], status: str, code: ReasonCode | None) -> None:
    """Each is about a token; a failure says why."""
    (found,) = parse(event, user_id="ann==", **rest)
    assert isinstance(found, InboundStatus)
    assert (found.vendor_id, found.status, found.reason.code if found.reason else None) == ("42", status, code)


def test_a_file_is_fetched_from_its_url() -> None:
    """Its type is what the server tells."""
    media = MediaRef("https://a/a.png")
    assert ADAPTER.fetch_media(media, ACCOUNT) == VendorCall("GET", "https://a/a.png", {}, b"", "media download")
    found = ADAPTER.read_media(0, media, Answer(200, {"content-type": "image/png"}, b"x"), ACCOUNT)
    assert found == MediaFile("image/png", b"x")


def test_there_is_nothing_else() -> None:
    """No events, no acknowledgements, no handshake."""
    assert ADAPTER.render_event({"composing_event": {}}, "ann==", ACCOUNT, "") is None
    assert ADAPTER.acknowledge(only(type="text", text="x"), ACCOUNT) is None
    assert ADAPTER.handshake(Request("POST", "/", body=b"{}"), CREDENTIAL) is None
