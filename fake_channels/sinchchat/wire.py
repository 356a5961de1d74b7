"""The chat's shapes: what both sides send, and what is told to them. Pure; JSON stops here.

Names and shapes are those of the Conversation API, which the vendor's SDK carries unchanged:
https://developers.sinch.com/docs/conversation/message-types
"""

from __future__ import annotations

import base64
import hmac
from typing import Any, Final

import msgspec
import orjson

from fake_channels.core.instants import to_rfc3339
from fake_channels.core.schemas import checkers
from fake_channels.core.tables import VendorError
from fake_channels.sinchchat import limits
from fake_channels.sinchchat.state import Account, Customer

Json = dict[str, Any]

_CHECKERS: Final = checkers("fake_channels.sinchchat", "messages.json")
CALLBACK: Final = _CHECKERS["callback"]
ENTRY: Final = _CHECKERS["entry"]

_NOT_CONTENT: Final = frozenset({"agent", "reply_to"})


class Refused(Exception):
    """The request is refused with `error`; `text` replaces the table's."""

    def __init__(self, error: VendorError, text: str = "") -> None:
        super().__init__(text or error.text)
        self.error = error
        self.text = text


class Said(msgspec.Struct, frozen=True):
    """What one side says: a message, an event, or (a customer only) metadata alone."""

    uuid: str = ""
    """Whom the business means; a customer is known by the token."""
    message_id: str = ""
    topic: str = ""
    message: Json | None = None
    event: Json | None = None
    metadata: str = ""


def _checked(kind: str, body: Any) -> Json:
    checker = _CHECKERS[kind]
    if not checker.accepts(body):
        mistakes = "; ".join(f"{mistake.path or 'body'}: {mistake.says}" for mistake in checker.mistakes(body))
        raise Refused(limits.INVALID_ARGUMENT, mistakes)
    checked: Json = body
    return checked


def parse_app_send(body: Any) -> Said:
    """What the business sends.

    Raises:
        Refused: with all mistakes at once.
    """
    checked = _checked("app_send", body)
    return Said(
        checked["recipient"]["uuid"],
        checked.get("message_id", ""),
        checked.get("topic_id", ""),
        checked.get("app_message"),
        checked.get("app_event"),
    )


def parse_chat_send(body: Any) -> Said:
    """What a customer sends.

    Raises:
        Refused: with all mistakes at once.
    """
    checked = _checked("chat_send", body)
    metadata = checked.get("metadata", "")
    if metadata and not is_metadata(metadata):
        raise Refused(limits.INVALID_ARGUMENT, "metadata: is not a JSON object in a string")
    return Said(
        topic=checked.get("topic_id", ""),
        message=checked.get("message"),
        event=checked.get("event"),
        metadata=metadata,
    )


def is_metadata(text: str) -> bool:
    """True for a JSON object written as a string, as short as metadata must be."""
    if len(text) > limits.METADATA_MAX:
        return False
    try:
        return isinstance(orjson.loads(text), dict)
    except ValueError:
        return False


def parse_signed_uuid(body: Any) -> tuple[str, str]:
    """A uuid and its proof.

    Raises:
        Refused: with all mistakes at once.
    """
    checked = _checked("signed_uuid", body)
    return checked["uuid"], checked["uuid_hash"].lower()


def parse_callback_url(body: Any) -> str:
    """Where callbacks go; empty sends none.

    Raises:
        Refused: with all mistakes at once.
    """
    return str(_checked("callback_url", body)["url"])


def content_of(message: Json) -> tuple[str, Json]:
    """Which kind of message or event it is, and that part."""
    kind = next(name for name in message if name not in _NOT_CONTENT)
    return kind, message[kind]


def uuid_hash(uuid: str, client_secret: str) -> str:
    """The proof of a uuid: hex HMAC-SHA512 with the client secret."""
    return hmac.new(client_secret.encode(), uuid.encode(), "sha512").hexdigest()


# --- what is told -----------------------------------------------------------------------------------------------------


def render_entry(entry_id: str, at: int, kind: str, content: Json) -> bytes:
    """One entry of a chat; `kind` is app_message, app_event, contact_message or contact_event."""
    return orjson.dumps({"delivery_time": to_rfc3339(at), "entry_id": entry_id, kind: content})


def render_event(seq: int, entry: bytes) -> bytes:
    """One entry as a server-sent event; its id is what Last-Event-ID gives back."""
    return b"id: %d\nevent: entry\ndata: %s\n\n" % (seq, entry)


def render_callback(account: Account, customer: Customer, at: int, topic: str, **parts: Any) -> Json:
    """What the business is told about one person."""
    told: Json = {
        "project_id": account.project_id,
        "client_id": account.client_id,
        "uuid": customer.handset.identity,
        "event_time": to_rfc3339(at),
    }
    if customer.handset.name:
        told["display_name"] = customer.handset.name
    if topic:
        told["topic_id"] = topic
    return {**told, **{name: part for name, part in parts.items() if part}}


def render_report(message_id: str, reason: str = "", description: str = "") -> Json:
    """Delivered, or failed for a reason."""
    if not reason:
        return {"message_id": message_id, "status": "DELIVERED"}
    why = {"code": reason, "description": description or limits.REASONS.get(reason, "The message failed")}
    return {"message_id": message_id, "status": "FAILED", "reason": why}


def render_error(error: VendorError, text: str = "") -> Json:
    """An error as the gRPC gateway writes it."""
    return {"code": limits.grpc_code(error), "message": text or error.text, "details": []}


def signature_headers(body: bytes, secret: str, nonce: str, timestamp: str) -> dict[str, str]:
    """What proves a callback: HMAC-SHA256 over body, nonce and timestamp, joined by dots.

    https://developers.sinch.com/docs/conversation/callbacks
    """
    signed = b".".join((body, nonce.encode(), timestamp.encode()))
    return {
        "x-sinch-webhook-signature": base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode(),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": timestamp,
    }
