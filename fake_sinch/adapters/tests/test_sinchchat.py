"""The chat's wire: app messages as they are, answers, signatures, and what customers say."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
import pytest

from fake_channels.sinchchat import limits, wire
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Malformed,
    MediaFile,
    Rejected,
    RetryLater,
    Unrenderable,
    arrivals_of,
)
from fake_sinch.adapters.sinchchat import ADAPTER
from fake_sinch.arrivals import InboundEvent, InboundMessage, InboundStatus, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import (
    Button,
    CarouselPart,
    ChoicePart,
    ContactPart,
    ListPart,
    ListSection,
    LocationPart,
    MediaPart,
    Part,
    RawPart,
    SpecificPart,
    TextPart,
)
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

CREDENTIAL = Credential("SINCH_CHAT", "static_bearer", {"claimed_identity": "P", "token": "T"}, "secret")
ACCOUNT = Account(CREDENTIAL, "http://chat.test")
ID = "01KAXZ0000000000000000MT01"
YES = Button("text_message", "Yes", "", "y")
FILE = MediaPart("https://f.example/a.png", "image/png", filename="nice.png", thumbnail="https://f.example/t.png")
FILE_TOLD = {
    "url": "https://f.example/a.png",
    "thumbnail_url": "https://f.example/t.png",
    "filename_override": "nice.png",
}
YES_TOLD = {"text_message": {"text": "Yes"}, "postback_data": "y"}


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (TextPart("hi"), {"text_message": {"text": "hi"}}),
        (FILE, {"media_message": FILE_TOLD}),
        (
            MediaPart("https://f.example/a.png", "", "see"),
            {"card_message": {"title": "see", "media_message": {"url": "https://f.example/a.png"}}},
        ),
        (ChoicePart("Sure?", (YES,)), {"choice_message": {"text_message": {"text": "Sure?"}, "choices": [YES_TOLD]}}),
        (ChoicePart("", (YES,)), {"choice_message": {"choices": [YES_TOLD]}}),
        (
            ChoicePart("T\nd", (YES,), media=FILE, title="T", description="d"),
            {"card_message": {"title": "T", "description": "d", "media_message": FILE_TOLD, "choices": [YES_TOLD]}},
        ),
        (
            CarouselPart(
                (ChoicePart("", (), title="A"), ChoicePart("", (YES,), title="B")),
                (Button("call_message", "Call", "15550100"), Button("location_message", "Map", "https://m.example")),
            ),
            {
                "carousel_message": {
                    "cards": [{"title": "A"}, {"title": "B", "choices": [YES_TOLD]}],
                    "choices": [
                        {"call_message": {"title": "Call", "phone_number": "15550100"}},
                        {"url_message": {"title": "Map", "url": "https://m.example"}},
                    ],
                }
            },
        ),
        (
            LocationPart("Here", "There", "1.5", "-2"),
            {
                "location_message": {
                    "title": "Here",
                    "label": "There",
                    "coordinates": {"latitude": 1.5, "longitude": -2.0},
                }
            },
        ),
        (
            ListPart("L", "", (ListSection("S", (Button("text_message", "One", "", "1", "d"),), ("P7",)),)),
            {
                "list_message": {
                    "title": "L",
                    "sections": [
                        {
                            "title": "S",
                            "items": [
                                {"choice": {"title": "One", "postback_data": "1", "description": "d"}},
                                {"product": {"id": "P7"}},
                            ],
                        }
                    ],
                }
            },
        ),
        (ContactPart({"name": {"full_name": "Ada"}}), {"contact_info_message": {"name": {"full_name": "Ada"}}}),
        (RawPart('{"text_message":{"text":"to {{to}}"}}'), {"text_message": {"text": "to U"}}),
    ],
)
def test_parts_are_app_messages_that_the_chat_takes(part: Part, message: Any) -> None:
    """Under the message's own id, with the project's token."""
    call = ADAPTER.render(part, "U", ACCOUNT, {}, ID)
    assert (call.method, call.url, call.name) == ("POST", "http://chat.test/v1/projects/P/app:send", "app send")
    assert call.headers["authorization"] == "Bearer T"
    said = wire.parse_app_send(orjson.loads(call.body))
    assert (said.uuid, said.message_id, said.message) == ("U", ID, message)
    assert orjson.loads(ADAPTER.transcode(part, "U"))["app_message"] == message


@pytest.mark.parametrize("part", [RawPart("no"), RawPart("[1]"), SpecificPart("FLOWS", {})])
def test_what_the_chat_has_no_form_for_is_unrenderable(part: Part) -> None:
    """What belongs to another channel, and raw messages that are no object."""
    with pytest.raises(Unrenderable):
        ADAPTER.render(part, "U", ACCOUNT, {}, ID)


@pytest.mark.parametrize(
    "event",
    [
        {"composing_event": {}},
        {"composing_end_event": {}},
        {"agent_joined_event": {"agent": {"display_name": "Ann"}}},
        {"agent_left_event": {"agent": {}}},
        {"generic_event": {"payload": {"a": 1}}},
    ],
)
def test_app_events_go_as_they_are(event: Any) -> None:
    """The chat takes them all."""
    call = ADAPTER.render_event(event, "U", ACCOUNT, "")
    assert call is not None
    said = wire.parse_app_send(orjson.loads(call.body))
    assert (said.uuid, said.event) == ("U", event)


def test_there_are_no_comments_to_reply_to() -> None:
    """Nothing like it."""
    assert ADAPTER.render_event({"comment_reply_event": {"text": "a"}}, "U", ACCOUNT, "") is None


def test_acceptance_names_the_entry() -> None:
    """By its id."""
    assert ADAPTER.read_answer(Answer(200, {}, b'{"message_id":"E"}')) == Accepted("E")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (limits.INVALID_ARGUMENT, ReasonCode.BAD_REQUEST),
        (limits.UNAUTHENTICATED, ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (limits.NOT_FOUND, ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
        (limits.TOO_LARGE, ReasonCode.CHANNEL_REJECT),
    ],
)
def test_refusals_have_the_nearest_reason(error: Any, code: ReasonCode) -> None:
    """With the chat's own words."""
    verdict = ADAPTER.read_answer(Answer(error.status, {}, orjson.dumps(wire.render_error(error))))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is code
    assert error.text in verdict.reason.description


@pytest.mark.parametrize("status", [429, 500, 503, 0])
def test_what_may_pass_is_tried_again(status: int) -> None:
    """After as long as it says."""
    verdict = ADAPTER.read_answer(Answer(status, {"retry-after": "7"}, b""))
    assert isinstance(verdict, RetryLater)
    assert verdict.after_s == (7.0 if status == 429 else None)


def test_callbacks_are_signed() -> None:
    """Over body, nonce and timestamp; without a secret everything is believed."""
    digest = hmac.new(b"secret", b"{}.n.1", hashlib.sha256).digest()
    names = {
        "x-sinch-webhook-signature": base64.b64encode(digest).decode(),
        "x-sinch-webhook-signature-nonce": "n",
        "x-sinch-webhook-signature-timestamp": "1",
    }
    assert names.items() <= wire.signature_headers(b"{}", "secret", "n", "1").items()
    assert ADAPTER.authenticate(Request("POST", "/", body=b"{}", headers=Headers(names)), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=b"{ }", headers=Headers(names)), CREDENTIAL)
    assert ADAPTER.authenticate(Request("POST", "/", body=b"{}", headers=Headers({})), Credential("SINCH_CHAT", "", {}))
    assert ADAPTER.handshake(Request("GET", "/", body=b"", headers=Headers({})), CREDENTIAL) is None


def told(**parts: Any) -> list[Any]:
    """What a callback of the chat tells."""
    callback = {
        "project_id": "P",
        "client_id": "C",
        "uuid": "U",
        "event_time": "2026-03-02T09:00:00.000Z",
        "display_name": "Ada",
        **parts,
    }
    assert wire.CALLBACK.accepts(callback)
    return arrivals_of(ADAPTER, orjson.dumps(callback), CREDENTIAL)


def message(content: Any) -> InboundMessage:
    """A customer's message."""
    (found,) = told(message_id="E", contact_message=content)
    assert isinstance(found, InboundMessage)
    assert (found.vendor_id, found.identity, found.at, found.display_name) == ("E", "U", 1_772_442_000_000, "Ada")
    assert orjson.loads(found.raw) == content
    return found


def test_customers_messages_keep_their_shape() -> None:
    """A quoted message is named apart; a fallback without reason gets one."""
    found = message({"text_message": {"text": "hi"}, "reply_to": {"message_id": ID}})
    assert (found.content, found.refers_to) == ({"text_message": {"text": "hi"}}, ID)
    place = {"location_message": {"coordinates": {"latitude": 1.5, "longitude": 2}}}
    assert message(place).content == place
    fallback = message({"fallback_message": {"raw_message": "conversation_start"}}).content["fallback_message"]
    assert (fallback["raw_message"], fallback["reason"]["code"]) == ("conversation_start", "UNKNOWN")


def test_a_tap_names_message_and_postback() -> None:
    """As a button of ours would carry them; a message that is nobody's here leaves the postback alone."""
    for message_id, postback, choice in ((ID, "y", f"{ID}_y"), (ID, f"{ID}_Yes", f"{ID}_{ID}_Yes"), ("x", "y", "y")):
        found = message({"choice_response_message": {"message_id": message_id, "postback_data": postback}})
        assert (found.choice, found.refers_to, found.content) == (choice, message_id, {})


def test_a_file_is_fetched_from_its_url() -> None:
    """With its caption; the answer's type is the file's."""
    url = "http://chat.test/v1/projects/P/media/M/a%20b.png"
    found = message({"media_card_message": {"url": url, "caption": "see"}}).media
    assert found == MediaRef(url, "", "a b.png", "see")
    assert message({"media_message": {"url": url}}).media == MediaRef(url, "", "a b.png", "")
    call = ADAPTER.fetch_media(found, ACCOUNT)
    assert (call.method, call.url, dict(call.headers)) == ("GET", url, {})
    answer = Answer(200, {"content-type": "image/png"}, b"x")
    assert ADAPTER.read_media(0, found, answer, ACCOUNT) == MediaFile("image/png", b"x")


def test_events_and_reports() -> None:
    """Typing is an event; a report has its reason, one that is not known is the channel's failure."""
    assert told(message_id="E", contact_event={"composing_event": {}}) == [
        InboundEvent("E", "U", 1_772_442_000_000, "contact_event", {"composing_event": {}}, "Ada")
    ]
    assert told(message_delivery_report=wire.render_report(ID)) == [InboundStatus(ID, "DELIVERED", 1_772_442_000_000)]
    for reason, code in (("DELIVERY_TIMED_OUT", "DELIVERY_TIMED_OUT"), ("NEW", "CHANNEL_FAILURE")):
        (status,) = told(message_delivery_report=wire.render_report(ID, reason, "why"))
        assert (status.status, status.reason.code, "why" in status.reason.description) == ("FAILED", code, True)


def test_metadata_alone_is_nothing_here() -> None:
    """The Conversation API has no callback for it."""
    assert told(metadata='{"a":1}') == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"uuid":1}',
        b'{"uuid":"U"}',
        b'{"uuid":"U","contact_message":[]}',
        b'{"uuid":"U","contact_message":{"media_message":{}}}',
        b'{"uuid":"U","contact_event":1}',
        b'{"uuid":"U","message_delivery_report":{}}',
    ],
)
def test_other_shapes_are_malformed(body: bytes) -> None:
    """Never a defect of ours."""
    with pytest.raises(Malformed):
        arrivals_of(ADAPTER, body, CREDENTIAL)
