"""The SMS API's wire: batches, answers, signatures, messages and reports."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
import pytest

from fake_sinch.adapters.contract import Accepted, Account, Malformed, MediaFailed, Rejected, RetryLater, Unrenderable
from fake_sinch.adapters.sms import ADAPTER
from fake_sinch.arrivals import InboundMessage, InboundStatus, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import LocationPart, RawPart, TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

SECRET = "plan-secret"
CREDENTIAL = Credential("SMS", "static_bearer", {"claimed_identity": "plan1", "token": "T"}, SECRET)
ACCOUNT = Account(CREDENTIAL, "http://sms.test", "http://sinch.test/adapter/v1/SMS/APP/callback")
ID = "01KAXZ0000000000000000MT01"


def batch(properties: dict[str, str]) -> dict[str, Any]:
    """Return the batch of a text."""
    call = ADAPTER.render(TextPart("hi"), "46700000001", ACCOUNT, properties, ID)
    assert (call.method, call.url, call.name) == ("POST", "http://sms.test/xms/v1/plan1/batches", "batches")
    assert call.headers["authorization"] == "Bearer T"
    decoded: dict[str, Any] = orjson.loads(call.body)
    return decoded


def test_batch_of_one() -> None:
    """A text is a batch of one that reports every recipient to us."""
    assert batch({}) == {
        "to": ["46700000001"],
        "body": "hi",
        "type": "mt_text",
        "delivery_report": "per_recipient",
        "client_reference": ID,
        "callback_url": "http://sinch.test/adapter/v1/SMS/APP/callback",
    }


def test_channel_properties() -> None:
    """Sender, flash and the limit of parts are the batch's fields."""
    told = batch(
        {"SMS_SENDER": "12345", "SMS_FLASH_MESSAGE": "true", "SMS_MAX_NUMBER_OF_MESSAGE_PARTS": "3", "OTHER": "x"}
    )
    assert (told["from"], told["flash_message"], told["max_number_of_message_parts"]) == ("12345", True, 3)


def test_property_that_is_no_number_is_refused() -> None:
    """A limit of parts that is not a number fails the message."""
    with pytest.raises(Unrenderable):
        batch({"SMS_MAX_NUMBER_OF_MESSAGE_PARTS": "three"})


def test_raw_batch() -> None:
    """The caller's own batch keeps its fields; other kinds of part have no form."""
    raw = RawPart('{"body":"raw","type":"mt_text"}')
    told = orjson.loads(ADAPTER.render(raw, "46", ACCOUNT, {}, ID).body)
    assert (told["body"], told["to"]) == ("raw", ["46"])
    for part in (RawPart("no"), LocationPart("", "", "1", "2")):
        with pytest.raises(Unrenderable):
            ADAPTER.render(part, "46", ACCOUNT, {}, ID)


def test_transcoding_is_the_batch() -> None:
    """`messages:transcode` shows the batch without what belongs to one sending."""
    assert orjson.loads(ADAPTER.transcode(TextPart("hi"), "{{to}}")) == {
        "to": ["{{to}}"],
        "body": "hi",
        "type": "mt_text",
    }


def test_answers() -> None:
    """201 is acceptance under the batch's id; 429 and outages pass; the rest is final."""
    assert ADAPTER.read_answer(Answer(201, {}, b'{"id":"B1"}')) == Accepted("B1")
    limited = ADAPTER.read_answer(Answer(429, {"retry-after": "2"}))
    assert isinstance(limited, RetryLater)
    assert (limited.after_s, limited.reason.code) == (2.0, ReasonCode.RATE_LIMITED)
    assert isinstance(ADAPTER.read_answer(Answer(0)), RetryLater)
    assert isinstance(ADAPTER.read_answer(Answer(503)), RetryLater)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b'{"code":"syntax_constraint_violation","text":"bad body"}', ReasonCode.BAD_REQUEST),
        (
            400,
            b'{"code":"syntax_invalid_parameter_format","text":"invalid \'to\'"}',
            ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY,
        ),
        (401, b"", ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (403, b'{"code":"blocked_account","text":"blocked"}', ReasonCode.CHANNEL_REJECT),
        (404, b"", ReasonCode.CHANNEL_BAD_CONFIGURATION),
        (415, b"", ReasonCode.CHANNEL_REJECT),
    ],
)
def test_refusals(status: int, body: bytes, code: ReasonCode) -> None:
    """A refusal has the nearest reason."""
    verdict = ADAPTER.read_answer(Answer(status, {}, body))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is code


def signed(body: bytes, secret: str) -> Request:
    """Return a callback signed with a secret."""
    digest = hmac.new(secret.encode(), body + b".nonce.1700000000", hashlib.sha256).digest()
    headers = {
        "x-sinch-webhook-signature": base64.b64encode(digest).decode(),
        "x-sinch-webhook-signature-nonce": "nonce",
        "x-sinch-webhook-signature-timestamp": "1700000000",
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
    }
    return Request("POST", "/", headers=Headers(headers), body=body)


def test_signature() -> None:
    """With a secret only signed callbacks are believed; without one every callback is."""
    assert ADAPTER.authenticate(signed(b"{}", SECRET), CREDENTIAL)
    assert not ADAPTER.authenticate(signed(b"{}", "other"), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=b"{}"), CREDENTIAL)
    assert ADAPTER.authenticate(Request("POST", "/"), Credential("SMS", "static_bearer", {}))


def test_message() -> None:
    """A text from a handset, its number without a plus."""
    told = {
        "type": "mo_text",
        "id": "MO1",
        "from": "+46700000001",
        "to": "12345",
        "body": "Help",
        "received_at": "2026-11-23T10:00:00.123Z",
    }
    (found,) = ADAPTER.parse_callback(orjson.dumps(told), CREDENTIAL)
    assert isinstance(found, InboundMessage)
    assert (found.vendor_id, found.identity) == ("MO1", "46700000001")
    assert found.content == {"text_message": {"text": "Help"}}
    assert found.at == 1_795_428_000_123


def report(status: str, code: int) -> bytes:
    """Return the report on one recipient."""
    return orjson.dumps(
        {
            "type": "recipient_delivery_report_sms",
            "batch_id": "B1",
            "recipient": "46700000001",
            "status": status,
            "code": code,
            "at": "2026-11-23T10:00:00.000Z",
        }
    )


@pytest.mark.parametrize(
    ("status", "code", "word", "reason"),
    [
        ("Queued", 400, "QUEUED_ON_CHANNEL", None),
        ("Dispatched", 401, "QUEUED_ON_CHANNEL", None),
        ("Delivered", 0, "DELIVERED", None),
        ("Failed", 402, "FAILED", ReasonCode.RECIPIENT_NOT_REACHABLE),
        ("Failed", 9999, "FAILED", ReasonCode.CHANNEL_FAILURE),
        ("Expired", 9999, "FAILED", ReasonCode.DELIVERY_TIMED_OUT),
        ("Expired", 406, "FAILED", ReasonCode.DELIVERY_TIMED_OUT),
        ("Rejected", 408, "FAILED", ReasonCode.CHANNEL_REJECT),
        ("Aborted", 411, "FAILED", ReasonCode.BAD_REQUEST),
        ("Unknown", 9999, "FAILED", ReasonCode.UNKNOWN),
    ],
)
def test_reports(status: str, code: int, word: str, reason: ReasonCode | None) -> None:
    """A report names the batch, its state in Sinch's words and why it failed."""
    (found,) = ADAPTER.parse_callback(report(status, code), CREDENTIAL)
    assert isinstance(found, InboundStatus)
    assert (found.vendor_id, found.status) == ("B1", word)
    assert (found.reason.code if found.reason else None) is reason


def test_summary_and_unknown_states() -> None:
    """A summary tells each state it counts; a state nobody knows tells nothing."""
    summary = {
        "type": "delivery_report_sms",
        "batch_id": "B1",
        "statuses": [{"code": 0, "status": "Delivered", "count": 1}],
    }
    assert ADAPTER.parse_callback(orjson.dumps(summary), CREDENTIAL) == [InboundStatus("B1", "DELIVERED", 0)]
    assert ADAPTER.parse_callback(report("Brand new", 0), CREDENTIAL) == []


def test_binary_is_unsupported() -> None:
    """A binary message is handed on as it came."""
    (found,) = ADAPTER.parse_callback(b'{"type":"mo_binary","id":"MO2","from":"46"}', CREDENTIAL)
    assert isinstance(found, InboundUnsupported)
    assert found.vendor_id == "MO2"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type":1}'])
def test_other_bodies_are_malformed(body: bytes) -> None:
    """A body without a type is refused."""
    with pytest.raises(Malformed):
        ADAPTER.parse_callback(body, CREDENTIAL)


def test_what_sms_does_not_have() -> None:
    """No handshake, no events, no acknowledgements, no media."""
    assert ADAPTER.handshake(Request("GET", "/"), CREDENTIAL) is None
    assert ADAPTER.render_event({"composing_event": {}}, "46", ACCOUNT, "") is None
    assert ADAPTER.acknowledge(InboundMessage("m", "46", 0), ACCOUNT) is None
    assert isinstance(ADAPTER.read_media(0, MediaRef("m"), Answer(200), ACCOUNT), MediaFailed)
    with pytest.raises(NotImplementedError):
        ADAPTER.fetch_media(MediaRef("m"), ACCOUNT)
