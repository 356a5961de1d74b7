"""The wire of Viber Business Messages: bodies, answers, callbacks and files."""

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
from fake_sinch.adapters.viberbm import ADAPTER
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import Button, ChoicePart, LocationPart, MediaPart, Part, RawPart, TemplatePart, TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Request

CREDENTIAL = Credential("VIBERBM", "static_bearer", {"claimed_identity": "123"})
ACCOUNT = Account(CREDENTIAL, "http://viberbm.test")
ID = "01KAXZ0000000000000000MT01"
TO = "15550100"
LINK = Button("url_message", "Shop now", "https://a.example")


def body(part: Part, **properties: str) -> Any:
    """The body that sends a part."""
    return orjson.loads(ADAPTER.render(part, TO, ACCOUNT, properties, ID).body)


def parse(event: str, **rest: Any) -> Inbound:
    """Return what a callback tells."""
    told = {"event": event, "service_id": 123, "msisdn": TO, "ts": 1_760_000_000_000, "message_token": "42", **rest}
    (found,) = ADAPTER.parse_callback(orjson.dumps(told), CREDENTIAL)
    return found


def verdict(status: int = 200, **told: Any) -> Any:
    """Return what an answer means."""
    return ADAPTER.read_answer(Answer(status, {}, orjson.dumps(told["told"])))


def test_a_text_goes_out_as_one_that_can_be_replied_to() -> None:
    """With the service's id and a sequence number of the message's own."""
    call = ADAPTER.render(TextPart("hi"), TO, ACCOUNT, {}, ID)
    assert (call.method, call.url) == ("POST", "http://viberbm.test/vibersrvc/1/send_message")
    told = orjson.loads(call.body)
    seq = told.pop("seq")
    assert told == {
        "service_id": 123,
        "dest": TO,
        "type": 206,
        "label": "transaction",
        "message": {"#txt": "hi", "#tracking_data": ""},
    }
    other = orjson.loads(ADAPTER.render(TextPart("hi"), TO, ACCOUNT, {}, ID[:-1] + "2").body)["seq"]
    assert 0 <= seq < 2**53
    assert seq != other


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            MediaPart("https://a/a.png", "image/png"),
            {"type": 207, "label": "promotion", "message": {"#img": "https://a/a.png"}},
        ),
        (
            MediaPart("https://a/a.gif", "image/gif"),
            {"type": 207, "label": "promotion", "message": {"#img": "https://a/a.gif", "#imageFormat": "gif"}},
        ),
        (
            MediaPart("https://a/a_report_of_a_very_long_year.PDF", "application/pdf"),
            {
                "type": 220,
                "label": "transaction",
                "file_type": "pdf",
                "message": {
                    "#action": "https://a/a_report_of_a_very_long_year.PDF",
                    "#fileName": "a_report_of_a_very_lo.PDF",
                },
            },
        ),
        (
            MediaPart("https://a/report", "application/pdf"),
            {
                "type": 220,
                "label": "transaction",
                "file_type": "pdf",
                "message": {"#action": "https://a/report", "#fileName": "report.pdf"},
            },
        ),
        (
            MediaPart("https://a/a.mp4", "video/mp4", "Film", thumbnail="https://a/t.jpg"),
            {
                "type": 231,
                "label": "promotion",
                "file_size": 1,
                "duration": 1,
                "message": {"#thumbnail": "https://a/t.jpg", "#action": "https://a/a.mp4", "#txt": "Film"},
            },
        ),
        (
            MediaPart("https://a/a.mp4", "video/mp4", "Film"),
            {"type": 206, "label": "transaction", "message": {"#txt": "Film\nhttps://a/a.mp4"}},
        ),
        (
            MediaPart("https://a/a.mp3", "audio/mpeg"),
            {"type": 206, "label": "transaction", "message": {"#txt": "https://a/a.mp3"}},
        ),
        (
            ChoicePart("Sale", (LINK,)),
            {
                "type": 209,
                "label": "promotion",
                "message": {"#txt": "Sale", "#caption": "Shop now", "#action": "https://a.example"},
            },
        ),
        (
            ChoicePart("Call", (Button("call_message", "x" * 31, "+15550100"),)),
            {
                "type": 209,
                "label": "promotion",
                "message": {"#txt": "Call", "#caption": "x" * 30, "#action": "tel:+15550100"},
            },
        ),
        (
            ChoicePart("Sale", (LINK,), MediaPart("https://a/a.png", "image/png")),
            {
                "type": 208,
                "label": "promotion",
                "message": {
                    "#txt": "Sale",
                    "#img": "https://a/a.png",
                    "#caption": "Shop now",
                    "#action": "https://a.example",
                },
            },
        ),
    ],
)
def test_bodies(part: Part, expected: dict[str, Any]) -> None:
    """Each kind has its type and label; what has no type becomes a link in a text."""
    told = body(part)
    assert told["message"].pop("#tracking_data") == ""
    assert {key: told[key] for key in told if key not in {"service_id", "dest", "seq"}} == expected


def test_a_template_is_for_all_devices_or_the_primary_one() -> None:
    """By the channel property."""
    part = TemplatePart("t-1", "en", {"pin": "1"})
    told = body(part)
    assert (told["type"], told["templateId"], told["templateLang"]) == (1702, "t-1", "en")
    assert (told["templateParams"], told["label"], "message" in told) == ({"pin": "1"}, "transaction", False)
    assert body(part, VIBERBM_TEMPLATE_MESSAGE_DEVICES="PRIMARY_ONLY")["type"] == 1701


def test_an_explicit_message_is_sent_as_it_is() -> None:
    """Addressed and completed."""
    told = body(RawPart('{"type":306,"label":"promotion","message":{"#txt":"{{to}}","#tracking_data":"x"}}'))
    assert (told["type"], told["label"], told["dest"]) == (306, "promotion", TO)
    assert told["message"] == {"#txt": TO, "#tracking_data": "x"}
    assert orjson.loads(ADAPTER.transcode(TextPart("x"), TO))["message"]["#txt"] == "x"


@pytest.mark.parametrize(
    "part", [RawPart("no json"), RawPart("{}"), LocationPart("", "", "1", "2"), ChoicePart("Sale", (LINK, LINK))]
)
def test_what_has_no_form(part: Part) -> None:
    """Places, and more than one button."""
    with pytest.raises(Unrenderable):
        ADAPTER.render(part, TO, ACCOUNT, {}, ID)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (2, ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (8, ReasonCode.RECIPIENT_NOT_OPTED_IN),
        (9, ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
        (10, ReasonCode.RECIPIENT_NOT_REACHABLE),
        (21, ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW),
        (28, ReasonCode.MEDIA_TYPE_UNSUPPORTED),
        (31, ReasonCode.MEDIA_TOO_LARGE),
        (38, ReasonCode.TEMPLATE_NOT_FOUND),
        (99, ReasonCode.CHANNEL_FAILURE),
    ],
)
def test_refusals_are_in_the_body(status: int, code: ReasonCode) -> None:
    """With HTTP 200."""
    found = verdict(told={"status": status, "seq": 1})
    assert isinstance(found, Rejected)
    assert found.reason.code is code


def test_what_is_taken_and_what_is_tried_again() -> None:
    """The token is the id; a server in trouble may recover."""
    assert verdict(told={"seq": 1, "message_token": "42", "status": 0}) == Accepted("42")
    for found in (
        verdict(told={"status": 1}),
        verdict(told={"status": 7}),
        verdict(502, told={}),
        verdict(429, told={}),
    ):
        assert isinstance(found, RetryLater)
    assert isinstance(verdict(404, told={"status": 3}), Rejected)


def test_a_callback_is_about_a_service() -> None:
    """Nothing more proves it."""
    assert ADAPTER.authenticate(Request("POST", "/", body=b'{"service_id":123}'), CREDENTIAL)
    for told in (b'{"service_id":124}', b"{}", b"[]", b""):
        assert not ADAPTER.authenticate(Request("POST", "/", body=told), CREDENTIAL)


@pytest.mark.parametrize("told", [b"", b"[]", b"{}", b'{"event":1}'])
def test_callbacks_without_an_event_are_malformed(told: bytes) -> None:
    """They are not the contract's."""
    with pytest.raises(Malformed):
        ADAPTER.parse_callback(told, CREDENTIAL)


def test_messages() -> None:
    """Words, or a file with them as its caption."""
    text = parse("message", text="hi", session_id="1")
    assert isinstance(text, InboundMessage)
    assert (text.vendor_id, text.identity, text.at) == ("42", TO, 1_760_000_000_000)
    assert text.content == {"text_message": {"text": "hi"}}
    picture = parse("message", text="Look", media={"url": "https://a/a.png", "type": "image/png", "name": "a.png"})
    assert isinstance(picture, InboundMessage)
    assert picture.media == MediaRef("https://a/a.png", "image/png", "a.png", "Look")


@pytest.mark.parametrize(
    ("status", "reason", "word", "code"),
    [
        ("delivered", "", "DELIVERED", None),
        ("seen", "", "READ", None),
        ("expired", "", "FAILED", ReasonCode.DELIVERY_TIMED_OUT),
        ("failed", "", "FAILED", ReasonCode.CHANNEL_FAILURE),
        ("failed", "The media could not be downloaded", "FAILED", ReasonCode.MEDIA_NOT_REACHABLE),
        ("failed", "not of the declared type", "FAILED", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
    ],
)
def test_receipts(status: str, reason: str, word: str, code: ReasonCode | None) -> None:
    """Each is about a token; a failure says why."""
    found = parse("receipt", status=status, reason=reason)
    assert isinstance(found, InboundStatus)
    assert (found.vendor_id, found.status, found.reason.code if found.reason else None) == ("42", word, code)


def test_blocks_end_consent_and_their_end_gives_it_back() -> None:
    """Each with an id of its own."""
    blocked, unblocked = parse("blocked"), parse("unblocked")
    assert isinstance(blocked, InboundOpt)
    assert isinstance(unblocked, InboundOpt)
    assert (blocked.opted_in, unblocked.opted_in, blocked.identity) == (False, True, TO)
    assert blocked.vendor_id != unblocked.vendor_id


@pytest.mark.parametrize(("event", "rest"), [("other", {}), ("receipt", {"status": "lost"})])
def test_what_nobody_knows_is_unsupported(event: str, rest: dict[str, str]) -> None:
    """And kept as it came."""
    assert isinstance(parse(event, **rest), InboundUnsupported)


def test_a_file_is_fetched_from_its_url() -> None:
    """Its type came with the message."""
    media = MediaRef("https://a/a.png", "image/png")
    assert ADAPTER.fetch_media(media, ACCOUNT) == VendorCall("GET", "https://a/a.png", {}, b"", "media download")
    assert ADAPTER.read_media(0, media, Answer(200, {}, b"x"), ACCOUNT) == MediaFile("image/png", b"x")


def test_there_is_nothing_else() -> None:
    """No events, no acknowledgements, no handshake."""
    message = parse("message", text="x")
    assert isinstance(message, InboundMessage)
    assert ADAPTER.render_event({"composing_event": {}}, TO, ACCOUNT, "") is None
    assert ADAPTER.acknowledge(message, ACCOUNT) is None
    assert ADAPTER.handshake(Request("POST", "/", body=b"{}"), CREDENTIAL) is None
