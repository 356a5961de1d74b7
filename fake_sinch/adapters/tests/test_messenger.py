"""Messenger's wire: calls, answers, signatures, and what webhooks tell."""

import hmac
from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.messenger import wire
from fake_sinch.adapters.contract import Accepted, Account, Malformed, MediaFile, Rejected, RetryLater, split_choice
from fake_sinch.adapters.messenger import ADAPTER
from fake_sinch.arrivals import (
    Inbound,
    InboundEvent,
    InboundMessage,
    InboundStatus,
    InboundUnsupported,
    InboundWatermark,
    MediaRef,
)
from fake_sinch.effects import Answer
from fake_sinch.parts import TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

CREDENTIAL = Credential("MESSENGER", "static_token", {"token": "T"}, "secret", vendor={"verify_token": "V"})
ACCOUNT = Account(CREDENTIAL, "http://graph.test")
ID = "01KAXZ0000000000000000MT01"
PSID, PAGE, AT = "1234567890123456", "109876543210987", 1_458_692_752_478
SAMPLES: dict[str, Any] = orjson.loads((Path(wire.__file__).parent / "samples" / "webhooks.json").read_bytes())


def sample(name: str) -> list[Inbound]:
    """What one of the samples of the emulated server tells."""
    return ADAPTER.parse_callback(orjson.dumps(SAMPLES[name]), CREDENTIAL)


def parse(**event: Any) -> list[Inbound]:
    """What an event of the person tells."""
    whole = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": AT, **event}
    body = {"object": "page", "entry": [{"id": PAGE, "time": AT, "messaging": [whole]}]}
    return ADAPTER.parse_callback(orjson.dumps(body), CREDENTIAL)


def only(name: str) -> InboundMessage:
    """The one message of a sample."""
    (found,) = sample(name)
    assert isinstance(found, InboundMessage)
    assert (found.identity, found.at) == (PSID, AT)
    return found


# Sending


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({}, {"messaging_type": "RESPONSE"}),
        ({"MESSENGER_MESSAGING_TYPE": "UPDATE"}, {"messaging_type": "UPDATE"}),
        ({"MESSENGER_MESSAGE_TAG": "HUMAN_AGENT"}, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        ({"MESSENGER_NOTIFICATION_TYPE": "NO_PUSH"}, {"messaging_type": "RESPONSE", "notification_type": "NO_PUSH"}),
    ],
)
def test_a_text_goes_to_the_pages_messages(properties: dict[str, str], told: dict[str, str]) -> None:
    """With the token in the header and what the channel properties ask for."""
    call = ADAPTER.render(TextPart("hi"), PSID, ACCOUNT, properties, ID)
    assert (call.method, call.url, call.name) == ("POST", "http://graph.test/v23.0/me/messages", "messages")
    assert call.headers["authorization"] == "Bearer T"
    body = orjson.loads(call.body)
    assert body == {"recipient": {"id": PSID}, "message": {"text": "hi"}, **told}
    assert wire.SEND["text"].accepts(body)


def test_transcoding_shows_the_message() -> None:
    """With the placeholder where the person's id belongs."""
    assert orjson.loads(ADAPTER.transcode(TextPart("hi"), "{{to}}"))["recipient"] == {"id": "{{to}}"}


def test_answers() -> None:
    """A message id is acceptance; an error its reason; no answer is tried again."""
    assert ADAPTER.read_answer(Answer(200, {}, b'{"recipient_id":"1","message_id":"m_1"}')) == Accepted("m_1")
    error = {"error": {"message": "closed", "code": 10, "error_subcode": 2018278}}
    refused = ADAPTER.read_answer(Answer(400, {}, orjson.dumps(error)))
    assert isinstance(refused, Rejected)
    assert refused.reason.code is ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW
    assert refused.reason.description == "The underlying channel reported: closed"
    assert isinstance(ADAPTER.read_answer(Answer(0, {}, b"")), RetryLater)
    assert isinstance(ADAPTER.read_answer(Answer(200, {}, b"{}")), Rejected)


@pytest.mark.parametrize(
    ("event", "action"), [("composing_event", "typing_on"), ("composing_end_event", "typing_off"), ("other", None)]
)
def test_composing_is_typing(event: str, action: str | None) -> None:
    """And its end; other events have no form."""
    call = ADAPTER.render_event({event: {}}, PSID, ACCOUNT, "")
    assert (orjson.loads(call.body) if call else None) == (
        {"recipient": {"id": PSID}, "sender_action": action} if action else None
    )


# Callbacks


def test_signatures() -> None:
    """Over the exact bytes; without a secret every callback is believed."""
    digest = hmac.digest(b"secret", b"{}", "sha256").hex()
    right = Request("POST", "/", headers=Headers({"X-Hub-Signature-256": f"sha256={digest}"}), body=b"{}")
    assert ADAPTER.authenticate(right, CREDENTIAL)
    other = Request("POST", "/", headers=Headers({"X-Hub-Signature-256": f"sha256={digest}"}), body=b"{ }")
    assert not ADAPTER.authenticate(other, CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/"), CREDENTIAL)
    assert ADAPTER.authenticate(Request("POST", "/"), Credential("MESSENGER", "static_token", {}))


@pytest.mark.parametrize(("token", "status", "body"), [("V", 200, b"42"), ("W", 403, b"")])
def test_a_challenge_is_echoed_to_whoever_knows_the_token(token: str, status: int, body: bytes) -> None:
    """Other requests are no challenge."""
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "42"}
    reply = ADAPTER.handshake(Request("GET", "/", query=query), CREDENTIAL)
    assert reply is not None
    assert (reply.status, reply.body) == (status, body)
    assert ADAPTER.handshake(Request("POST", "/"), CREDENTIAL) is None
    assert ADAPTER.handshake(Request("GET", "/"), CREDENTIAL) is None


def test_texts_and_replies() -> None:
    """A reply names what it answers."""
    assert only("text").content == {"text_message": {"text": "hello, world!"}}
    assert only("reply").refers_to.startswith("m_1fTq8o")
    assert only("fallback").content == {"text_message": {"text": "https://example.com/"}}


def test_taps_are_choices() -> None:
    """Quick replies and postbacks alike; a referral beside it is told too."""
    assert only("quick reply").choice == "RED"
    referral, postback = sample("postback")
    assert isinstance(referral, InboundEvent)
    activated = referral.content["shortlink_activated_event"]
    assert (activated["ref"], activated["title"], activated["existing_thread"]) == ("summer", "Get Started", False)
    assert isinstance(postback, InboundMessage)
    assert postback.choice == "START"
    assert split_choice(f"{ID}_y").postback == "y"


def test_files_are_links() -> None:
    """Fetched without a token; each attachment is a message."""
    media = only("image").media
    assert media is not None
    call = ADAPTER.fetch_media(media, ACCOUNT)
    assert (call.method, call.url, dict(call.headers)) == ("GET", media.ref, {})
    file = ADAPTER.read_media(0, media, Answer(200, {"content-type": "image/png"}, b"x"), ACCOUNT)
    assert file == MediaFile("image/png", b"x")
    assert only("sticker").media is not None
    pictures = [{"type": "image", "payload": {"url": f"https://x.example/{number}"}} for number in range(2)]
    found = parse(message={"mid": "m_1", "attachments": pictures})
    assert [(one.vendor_id, one.media) for one in found if isinstance(one, InboundMessage)] == [
        ("m_1", MediaRef("https://x.example/0")),
        ("m_1#1", MediaRef("https://x.example/1")),
    ]


def test_places_and_the_rest() -> None:
    """The older form of a place is one; what has no shape is a fallback."""
    place = {"type": "location", "title": "Here", "payload": {"coordinates": {"lat": 1.5, "long": 2.5}}}
    (found,) = parse(message={"mid": "m_1", "attachments": [place]})
    assert isinstance(found, InboundMessage)
    location = found.content["location_message"]
    assert (location["title"], location["coordinates"]) == ("Here", {"latitude": 1.5, "longitude": 2.5})
    for name in ("fallback without payload", "reel"):
        assert "fallback_message" in only(name).content


def test_echoes_tell_nothing() -> None:
    """They are our own."""
    assert sample("echo") == sample("echo of a template") == []


def test_receipts() -> None:
    """Deliveries by id or by time, reads by time."""
    assert sample("delivery") == [InboundStatus("m_1457764197618-41d102a3e1ae206a38", "DELIVERED", AT)]
    assert sample("read") == [InboundWatermark(PSID, "READ", 1_458_668_856_253)]
    assert parse(delivery={"watermark": 7}) == [InboundWatermark(PSID, "DELIVERED", 7)]


def test_reactions() -> None:
    """And their end."""
    for name, emoji, action in (("reaction", "❤️", "REACT"), ("reaction taken back", "", "UNREACT")):
        (found,) = sample(name)
        assert isinstance(found, InboundEvent)
        assert found.content["reaction_event"] == {"emoji": emoji, "action": f"REACTION_ACTION_{action}"}
        assert found.refers_to.startswith("m_")


def test_what_has_no_shape_is_unsupported() -> None:
    """Edits, and what nobody knows."""
    (edit,) = sample("edit")
    assert isinstance(edit, InboundUnsupported)
    assert edit.vendor_id.endswith(":edit:1")
    (strange,) = parse(strange={})
    assert isinstance(strange, InboundUnsupported)
    assert orjson.loads(strange.payload)["strange"] == {}


def test_every_sample_is_understood() -> None:
    """Nothing but edits is unsupported, and nothing is lost but echoes."""
    told = {name: sample(name) for name in SAMPLES}
    assert {name for name, found in told.items() if not found} == {"echo", "echo of a template"}
    strange = {name for name, found in told.items() if any(isinstance(one, InboundUnsupported) for one in found)}
    assert strange == {"edit"}


def test_another_pages_events_are_not_ours() -> None:
    """When the Page is known."""
    ours = Credential("MESSENGER", "static_token", {"token": "T"}, vendor={"page_id": "42"})
    assert ADAPTER.parse_callback(orjson.dumps(SAMPLES["text"]), ours) == []


@pytest.mark.parametrize("body", [b"no", b"[]", b"{}", b'{"entry":[{}]}'])
def test_other_bodies_are_malformed(body: bytes) -> None:
    """With a sentence."""
    with pytest.raises(Malformed):
        ADAPTER.parse_callback(body, CREDENTIAL)
    assert ADAPTER.acknowledge(InboundMessage("m", "1", 0), ACCOUNT) is None
