"""WhatsApp's wire: calls, answers, signatures and webhooks."""

import hashlib
import hmac
from typing import Any

import orjson
import pytest

from fake_sinch.adapters.contract import Accepted, Account, Malformed, MediaFile, Rejected, RetryLater, VendorCall
from fake_sinch.adapters.whatsapp import ADAPTER
from fake_sinch.arrivals import (
    Inbound,
    InboundEvent,
    InboundMessage,
    InboundStatus,
    InboundUnsupported,
    MediaRef,
)
from fake_sinch.effects import Answer
from fake_sinch.parts import TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

SECRET = "app-secret"
CREDENTIAL = Credential(
    "WHATSAPP",
    "static_bearer",
    {"claimed_identity": "1065", "token": "T"},
    SECRET,
    vendor={"verify_token": "V"},
)
ACCOUNT = Account(CREDENTIAL, "http://graph.test", "http://sinch.test/callback")
ID = "01KAXZ0000000000000000MT01"


def webhook(**value: Any) -> bytes:
    """Return a webhook with one change."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": "1065"}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "WABA", "changes": [change]}]})


def message(**fields: Any) -> bytes:
    """Return a webhook with one message of Ada's."""
    contact = {"profile": {"name": "Ada"}, "wa_id": "16505551234", "user_id": "US.1"}
    base = {"from": "16505551234", "from_user_id": "US.1", "id": "wamid.A", "timestamp": "1749416383"}
    return webhook(contacts=[contact], messages=[base | fields])


def only(body: bytes) -> Inbound:
    """Return the one thing a webhook tells."""
    (found,) = ADAPTER.parse_callback(body, CREDENTIAL)
    return found


def test_call_names_the_number_and_carries_the_token() -> None:
    """A part is posted to the number's messages with the bearer token."""
    call = ADAPTER.render(TextPart("hi"), "46700000001", ACCOUNT, {}, ID)
    assert (call.method, call.url, call.name) == ("POST", "http://graph.test/v23.0/1065/messages", "messages")
    assert call.headers["authorization"] == "Bearer T"
    assert orjson.loads(call.body)["to"] == "46700000001"


def test_acceptance_carries_the_id() -> None:
    """A 200 with a message id is acceptance."""
    body = b'{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"wamid.X"}]}'
    assert ADAPTER.read_answer(Answer(200, {}, body)) == Accepted("wamid.X")


def test_refusal_is_final_and_explained() -> None:
    """An error of the caller's is final, with the channel's code."""
    body = orjson.dumps({"error": {"message": "(#100) Invalid parameter", "type": "OAuthException", "code": 100}})
    verdict = ADAPTER.read_answer(Answer(400, {}, body))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is ReasonCode.BAD_REQUEST
    assert verdict.reason.channel_code == "100"
    assert verdict.reason.description == "The underlying channel reported: (#100) Invalid parameter"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0, {}, b"", "refused"),
        Answer(503, {}, b"<html>"),
        Answer(400, {}, b'{"error":{"code":130429,"message":"limit"}}'),
        Answer(500, {}, b'{"error":{"code":131000,"message":"wrong"}}'),
    ],
)
def test_outages_and_limits_pass(answer: Answer) -> None:
    """No answer, server errors and throttles are tried again."""
    assert isinstance(ADAPTER.read_answer(answer), RetryLater)


def test_success_without_id_is_a_failure() -> None:
    """A 200 that names no message is nothing to wait for."""
    assert isinstance(ADAPTER.read_answer(Answer(200, {}, b"{}")), Rejected)


def test_typing_needs_a_message_to_answer() -> None:
    """The typing indicator goes with the customer's last message; other events have no form."""
    assert ADAPTER.render_event({"composing_event": {}}, "46", ACCOUNT, "") is None
    assert ADAPTER.render_event({"generic_event": {}}, "46", ACCOUNT, "wamid.A") is None
    call = ADAPTER.render_event({"composing_event": {}}, "46", ACCOUNT, "wamid.A")
    assert call is not None
    assert orjson.loads(call.body)["typing_indicator"] == {"type": "text"}


def signed(body: bytes, secret: str = SECRET) -> Request:
    """Return a webhook request signed with a secret."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Request("POST", "/", headers=Headers({"X-Hub-Signature-256": f"sha256={digest}"}), body=body)


def test_signature_is_over_the_exact_bytes() -> None:
    """The right secret over the right bytes is believed, anything else is not."""
    good = signed(b'{"a":1}')
    assert ADAPTER.authenticate(good, CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", headers=good.headers, body=b'{"a": 1}'), CREDENTIAL)
    assert not ADAPTER.authenticate(signed(b"{}", "other"), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=b"{}"), CREDENTIAL)


def test_without_a_secret_nothing_is_checked() -> None:
    """Callback verification is on only with a secret."""
    assert ADAPTER.authenticate(Request("POST", "/"), Credential("WHATSAPP", "static_bearer", {}))


def challenge(token: str) -> Request:
    """Return Graph's check of the callback URL."""
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    return Request("GET", "/", query=query)


def test_handshake_echoes_the_challenge() -> None:
    """The challenge is echoed for the right verify token only; a POST is no handshake."""
    right = ADAPTER.handshake(challenge("V"), CREDENTIAL)
    assert right is not None
    assert (right.status, right.body) == (200, b"1158201444")
    wrong = ADAPTER.handshake(challenge("W"), CREDENTIAL)
    assert wrong is not None
    assert wrong.status == 403
    assert ADAPTER.handshake(Request("POST", "/"), CREDENTIAL) is None


def test_text_with_name_and_time() -> None:
    """A text brings the sender, the profile's name and the vendor's time."""
    found = only(message(type="text", text={"body": "hi"}))
    assert isinstance(found, InboundMessage)
    assert (found.vendor_id, found.identity, found.display_name) == ("wamid.A", "16505551234", "Ada")
    assert found.at == 1_749_416_383_000
    assert found.content == {"text_message": {"text": "hi"}}
    assert found.refers_to == ""


def test_sender_without_number_is_known_by_user_id() -> None:
    """Where the number is absent the business-scoped id is the identity, and still has its name."""
    found = only(message(**{"from": "", "type": "text", "text": {"body": "hi"}}))
    assert isinstance(found, InboundMessage)
    assert (found.identity, found.display_name) == ("US.1", "Ada")


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_media_name_the_file(kind: str) -> None:
    """Media carry the id to fetch, the type, the caption and the file's name."""
    told = {"id": "M1", "mime_type": "x/y", "caption": "look", "filename": "a.b"}
    found = only(message(**{"type": kind, kind: told}))
    assert isinstance(found, InboundMessage)
    assert found.media == MediaRef("M1", "x/y", "a.b", "look")


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        (
            {"type": "location", "location": {"latitude": 1.5, "longitude": 2.5, "name": "N", "address": "A"}},
            {
                "location_message": {
                    "title": "N",
                    "label": "A",
                    "coordinates": {"latitude": 1.5, "longitude": 2.5},
                }
            },
        ),
        (
            {
                "type": "interactive",
                "interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}"}},
            },
            {
                "channel_specific_message": {
                    "message_type": "nfm_reply",
                    "message": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}"}},
                }
            },
        ),
        (
            {
                "type": "order",
                "order": {
                    "catalog_id": "C",
                    "text": "please",
                    "product_items": [
                        {"product_retailer_id": "sku", "quantity": 2, "item_price": 3.5, "currency": "EUR"}
                    ],
                },
            },
            {
                "product_response_message": {
                    "products": [
                        {
                            "id": "sku",
                            "marketplace": "FACEBOOK",
                            "quantity": 2,
                            "item_price": 3.5,
                            "currency": "EUR",
                        }
                    ],
                    "title": "please",
                    "catalog_id": "C",
                }
            },
        ),
    ],
    ids=["location", "flow answer", "order"],
)
def test_kinds_of_content(fields: dict[str, Any], content: dict[str, Any]) -> None:
    """Each inbound type becomes its kind of contact message."""
    found = only(message(**fields))
    assert isinstance(found, InboundMessage)
    assert found.content == content


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "P", "title": "t"}}},
        {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "P", "title": "t"}}},
        {"type": "button", "button": {"payload": "P", "text": "t"}},
    ],
    ids=["button", "list row", "template button"],
)
def test_taps_carry_payload_and_message(fields: dict[str, Any]) -> None:
    """A tap names what the button carried and the message it belongs to."""
    found = only(message(context={"from": "1", "id": "wamid.MT"}, **fields))
    assert isinstance(found, InboundMessage)
    assert (found.choice, found.refers_to) == ("P", "wamid.MT")


def test_quote_refers_to_the_quoted() -> None:
    """A reply names the message it quotes."""
    found = only(message(type="text", text={"body": "yes"}, context={"from": "1", "id": "wamid.MT"}))
    assert isinstance(found, InboundMessage)
    assert found.refers_to == "wamid.MT"


def test_contact_card_is_a_fallback() -> None:
    """A contact card, which has no kind of its own, comes as a fallback with the vendor's JSON."""
    cards = [{"name": {"formatted_name": "Bob"}}]
    found = only(message(type="contacts", contacts=cards))
    assert isinstance(found, InboundMessage)
    assert orjson.loads(found.content["fallback_message"]["raw_message"]) == cards


@pytest.mark.parametrize(("emoji", "action"), [("x", "REACTION_ACTION_REACT"), ("", "REACTION_ACTION_UNREACT")])
def test_reaction_is_an_event(emoji: str, action: str) -> None:
    """A reaction is an event about another message; without an emoji it is taken back."""
    found = only(message(type="reaction", reaction={"message_id": "wamid.MT", "emoji": emoji}))
    assert isinstance(found, InboundEvent)
    assert found.content == {"reaction_event": {"emoji": emoji, "action": action}}
    assert (found.key, found.refers_to) == ("contact_message_event", "wamid.MT")


@pytest.mark.parametrize("kind", ["unsupported", "system", "edit", "revoke", "something-new"])
def test_other_types_are_unsupported(kind: str) -> None:
    """What has no shape here is handed on as it came."""
    found = only(message(**{"type": kind, kind: {"a": 1}}))
    assert isinstance(found, InboundUnsupported)
    assert orjson.loads(found.payload)["type"] == kind


@pytest.mark.parametrize(
    ("told", "word"),
    [("sent", "QUEUED_ON_CHANNEL"), ("delivered", "DELIVERED"), ("read", "READ"), ("played", "READ")],
)
def test_statuses(told: str, word: str) -> None:
    """A status names the message and its state in Sinch's words."""
    found = only(webhook(statuses=[{"id": "wamid.MT", "status": told, "timestamp": "1750030073"}]))
    assert found == InboundStatus("wamid.MT", word, 1_750_030_073_000)


def test_failure_is_explained() -> None:
    """A failed status carries the reason with the channel's code."""
    error = {"code": 131047, "title": "Re-engagement message", "error_data": {"details": "more than 24 hours"}}
    found = only(webhook(statuses=[{"id": "w", "status": "failed", "timestamp": "1", "errors": [error]}]))
    assert isinstance(found, InboundStatus)
    assert found.reason is not None
    assert found.reason.code is ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW
    assert found.reason.description == "The underlying channel reported: more than 24 hours"
    assert found.reason.channel_code == "131047"


def test_other_numbers_and_fields_are_not_ours() -> None:
    """Changes of another number or another field, and statuses without meaning, tell nothing."""
    text = message(type="text", text={"body": "hi"})
    assert ADAPTER.parse_callback(text.replace(b'"1065"', b'"9999"'), CREDENTIAL) == []
    assert ADAPTER.parse_callback(text.replace(b'"field":"messages"', b'"field":"account_update"'), CREDENTIAL) == []
    assert ADAPTER.parse_callback(webhook(statuses=[{"id": "w", "status": "warning"}]), CREDENTIAL) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"object":"page"}'])
def test_other_bodies_are_malformed(body: bytes) -> None:
    """A body that is no Graph webhook is refused."""
    with pytest.raises(Malformed):
        ADAPTER.parse_callback(body, CREDENTIAL)


def test_media_take_two_hops_with_the_token() -> None:
    """The id gives a link, the link gives the bytes, both with the bearer token."""
    media = MediaRef("M1", "image/jpeg")
    first = ADAPTER.fetch_media(media, ACCOUNT)
    assert (first.url, first.headers["authorization"]) == ("http://graph.test/v23.0/M1", "Bearer T")
    answer = Answer(200, {}, b'{"url":"http://graph.test/bytes","mime_type":"image/jpeg"}')
    second = ADAPTER.read_media(0, media, answer, ACCOUNT)
    assert isinstance(second, VendorCall)
    assert (second.url, second.headers["authorization"]) == ("http://graph.test/bytes", "Bearer T")
    file = ADAPTER.read_media(1, media, Answer(200, {"content-type": "image/jpeg"}, b"jpg"), ACCOUNT)
    assert file == MediaFile("image/jpeg", b"jpg")


def test_nothing_is_acknowledged() -> None:
    """WhatsApp wants nothing beyond the 200."""
    assert ADAPTER.acknowledge(InboundMessage("w", "46", 0), ACCOUNT) is None
