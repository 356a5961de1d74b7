"""Callbacks of the Conversation API, parsed: bytes in, one of the events below out. Pure.

The trigger's name is not in the body, the key is. A callback that is JSON but not of a known shape is ``Unknown``: it
is kept and acknowledged, because the vendor may add triggers and fields at any time.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contactpro_bridge.chats.attached import own_entry_id
from contactpro_bridge.clock import parse_rfc3339
from contactpro_bridge.intake.contents import MAX_SHOWN, Content, content_of
from contactpro_bridge.intake.fields import part_of, text_of
from contactpro_bridge.outbound.receipts import Receipt

NO_NAME: Final = "Unknown"
MAX_CODE: Final = 128
UNKNOWN: Final = "UNKNOWN"
_UNKNOWN_TRIGGER: Final = re.compile(r"[a-z_]{1,50}_(notification|report|callback)")

# What the store has room for. A callback that does not fit is kept as it came, and acknowledged.
_ROOM: Final = {
    "app_id": 64,
    "message_id": 128,
    "event_id": 128,
    "channel": 32,
    "identity": 255,
    "contact_id": 64,
    "conversation_id": 64,
    "replaced_by": 64,
}


class Malformed(Exception):
    """The body is no JSON object in UTF-8."""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """MESSAGE_INBOUND, and content that the API could not represent."""

    app_id: str
    message_id: str
    channel: str
    identity: str
    contact_id: str
    conversation_id: str
    accept_us: int | None
    content: Content
    metadata: str = ""
    message_metadata: str = ""
    reply_to: str = ""
    dispatch: bool = False


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """EVENT_INBOUND, as far as an agent wants to know."""

    app_id: str
    event_id: str
    channel: str
    identity: str
    accept_us: int | None
    kind: str
    text: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """CONVERSATION_STOP or CONVERSATION_DELETE."""

    conversation_id: str
    app_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactSeen:
    """CONTACT_CREATE or CONTACT_UPDATE: the name a contact has now."""

    contact_id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class ContactGone:
    """CONTACT_DELETE or CONTACT_MERGE: the contact no longer exists, another may stand for it."""

    contact_id: str
    replaced_by: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class OptChange:
    """OPT_IN or OPT_OUT that succeeded."""

    channel: str
    identity: str
    contact_id: str
    opted_in: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else: kept as it came."""


Event = InboundMessage | InboundEvent | Receipt | ConversationEnded | ContactSeen | ContactGone | OptChange | Unknown


@dataclass(frozen=True, slots=True)
class Callback:
    """A parsed callback: its trigger, the key that makes a repetition known, and its event."""

    trigger: str
    dedup_key: str
    event: Event = field(default_factory=Unknown)


def parse_callback(body: bytes) -> Callback:
    """Parse a webhook body; raises Malformed when it is no JSON object."""
    envelope = _decode(body)
    for key, (trigger, parse) in _PARSERS.items():
        part = envelope.get(key)
        if isinstance(part, dict):
            identity, event = parse(envelope, part)
            if identity and _fits(event):
                return Callback(trigger, _shorten(f"{trigger}:{identity}"), event)
            return Callback(trigger, _by_hash(trigger, body))
    trigger = next((key for key in envelope if _UNKNOWN_TRIGGER.fullmatch(key)), UNKNOWN)
    return Callback(trigger, _by_hash(UNKNOWN, body))


def _fits(event: Event) -> bool:
    """Say whether the event is known and every id of it fits its column."""
    if isinstance(event, Unknown):
        return False
    return all(len(getattr(event, name, "")) <= room for name, room in _ROOM.items())


def _decode(body: bytes) -> dict[str, Any]:
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        decoded = _decode_odd(body)
    if not isinstance(decoded, dict):
        raise Malformed("The body is JSON, but not an object.")
    return decoded


def _decode_odd(body: bytes) -> Any:
    """Decode what is valid by RFC 8259 but refused by the fast parser: lone surrogates, very deep or large numbers."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise Malformed("The body is not JSON.") from None


def _refuse(_constant: str) -> Any:
    raise ValueError


def _time(part: Mapping[str, Any], envelope: Mapping[str, Any]) -> int | None:
    for text in (text_of(part, "accept_time"), text_of(envelope, "accepted_time"), text_of(envelope, "event_time")):
        moment = parse_rfc3339(text)
        if moment is not None:
            return moment
    return None


def _parse_message(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    identity = part_of(part, "channel_identity")
    message = InboundMessage(
        app_id=text_of(envelope, "app_id"),
        message_id=text_of(part, "id"),
        channel=text_of(identity, "channel"),
        identity=text_of(identity, "identity"),
        contact_id=text_of(part, "contact_id"),
        conversation_id=text_of(part, "conversation_id"),
        accept_us=_time(part, envelope),
        content=content_of(part_of(part, "contact_message")),
        metadata=text_of(part, "metadata"),
        message_metadata=text_of(envelope, "message_metadata"),
        reply_to=text_of(part_of(part_of(part, "contact_message"), "reply_to"), "message_id"),
        dispatch=text_of(part, "processing_mode") == "DISPATCH",
    )
    usable = message.message_id and message.channel and message.identity and part.get("direction") != "TO_CONTACT"
    return (message.message_id, message) if usable else ("", Unknown())


def _parse_unsupported(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    identity = part_of(part, "channel_identity")
    message = InboundMessage(
        app_id=text_of(envelope, "app_id"),
        message_id=text_of(part, "id"),
        channel=text_of(part, "channel") or text_of(identity, "channel"),
        identity=text_of(identity, "identity"),
        contact_id=text_of(part, "contact_id"),
        conversation_id=text_of(part, "conversation_id"),
        accept_us=_time(part, envelope),
        content=Content("unsupported", "The customer sent something that the Conversation API does not support."),
        message_metadata=text_of(envelope, "message_metadata"),
        dispatch=text_of(part, "processing_mode") == "DISPATCH",
    )
    usable = message.message_id and message.channel and message.identity
    return (message.message_id, message) if usable else ("", Unknown())


def _parse_event(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    if "conversation_deleted_event" in part_of(part, "contact_event"):
        ended = ConversationEnded(
            text_of(part, "conversation_id"), text_of(envelope, "app_id"), text_of(part, "contact_id")
        )
        return text_of(part, "id"), ended if ended.conversation_id else Unknown()
    reaction = part_of(part_of(part, "contact_message_event"), "reaction_event")
    if not reaction:
        return "", Unknown()
    identity = part_of(part, "channel_identity")
    withdrawn = text_of(reaction, "action").endswith("UNREACT")
    emoji = text_of(reaction, "emoji")
    return text_of(part, "id"), InboundEvent(
        app_id=text_of(envelope, "app_id"),
        event_id=text_of(part, "id"),
        channel=text_of(identity, "channel"),
        identity=text_of(identity, "identity"),
        accept_us=_time(part, envelope),
        kind="reaction",
        text="Reaction withdrawn" if withdrawn else emoji,
        reply_to=text_of(reaction, "message_id"),
    )


def _parse_receipt(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    identity, reason = part_of(part, "channel_identity"), part_of(part, "reason")
    receipt = Receipt(
        app_id=text_of(envelope, "app_id"),
        message_id=text_of(part, "message_id"),
        status=text_of(part, "status"),
        channel=text_of(identity, "channel"),
        identity=text_of(identity, "identity"),
        code=text_of(reason, "code")[:MAX_CODE],
        description=text_of(reason, "description")[:MAX_SHOWN],
        entry_id=own_entry_id(text_of(part, "metadata")) or own_entry_id(text_of(envelope, "message_metadata")),
    )
    if not receipt.message_id or not receipt.status:
        return "", Unknown()
    return f"{receipt.message_id}:{receipt.status}:{receipt.channel}:{receipt.identity}", receipt


def _parse_stop(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    conversation = part_of(part, "conversation")
    ended = ConversationEnded(
        text_of(conversation, "id"),
        text_of(conversation, "app_id") or text_of(envelope, "app_id"),
        text_of(conversation, "contact_id"),
    )
    return (ended.conversation_id, ended) if ended.conversation_id else ("", Unknown())


def _parse_contact(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    contact = part_of(part, "contact")
    contact_id = text_of(contact, "id")
    moment = text_of(envelope, "accepted_time") or text_of(envelope, "event_time")
    return (f"{contact_id}:{moment}", ContactSeen(contact_id, name_of(contact))) if contact_id else ("", Unknown())


def _parse_contact_gone(_envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    contact_id = text_of(part_of(part, "contact"), "id")
    return (contact_id, ContactGone(contact_id, "")) if contact_id else ("", Unknown())


def _parse_merge(_envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    kept, gone = part_of(part, "preserved_contact"), part_of(part, "deleted_contact")
    kept_id, gone_id = text_of(kept, "id"), text_of(gone, "id")
    if not kept_id or not gone_id:
        return "", Unknown()
    return f"{gone_id}:{kept_id}", ContactGone(gone_id, kept_id, name_of(kept))


def _parse_opt(envelope: Mapping[str, Any], part: Mapping[str, Any], *, opted_in: bool) -> tuple[str, Event]:
    if not text_of(part, "status").endswith("_SUCCEEDED"):
        return "", Unknown()
    channel, identity = text_of(part, "channel"), text_of(part, "identity")
    moment = text_of(envelope, "accepted_time") or text_of(envelope, "event_time")
    key = f"{channel}:{identity}:{text_of(part, 'request_id')}:{moment}"
    return key, OptChange(channel, identity, text_of(part, "contact_id"), opted_in)


def _parse_opt_in(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    return _parse_opt(envelope, part, opted_in=True)


def _parse_opt_out(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    return _parse_opt(envelope, part, opted_in=False)


def name_of(contact: Mapping[str, Any]) -> str | None:
    """Return a contact's display name, None when it has none ("Unknown" is the API's word for that)."""
    name = text_of(contact, "display_name").strip()
    return name if name and name != NO_NAME else None


_Parser = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[str, Event]]

_PARSERS: Final[Mapping[str, tuple[str, _Parser]]] = {
    "message": ("MESSAGE_INBOUND", _parse_message),
    "message_delivery_report": ("MESSAGE_DELIVERY", _parse_receipt),
    "event": ("EVENT_INBOUND", _parse_event),
    "conversation_stop_notification": ("CONVERSATION_STOP", _parse_stop),
    "conversation_delete_notification": ("CONVERSATION_DELETE", _parse_stop),
    "contact_create_notification": ("CONTACT_CREATE", _parse_contact),
    "contact_update_notification": ("CONTACT_UPDATE", _parse_contact),
    "contact_delete_notification": ("CONTACT_DELETE", _parse_contact_gone),
    "contact_merge_notification": ("CONTACT_MERGE", _parse_merge),
    "opt_in_notification": ("OPT_IN", _parse_opt_in),
    "opt_out_notification": ("OPT_OUT", _parse_opt_out),
    "unsupported_callback": ("UNSUPPORTED", _parse_unsupported),
}


def _by_hash(trigger: str, body: bytes) -> str:
    return f"{trigger}:sha256:{hashlib.sha256(body).hexdigest()}"


def _shorten(key: str) -> str:
    """Return a key that fits its column; a longer one is replaced by its digest."""
    return key if len(key) <= 255 else "sha256:" + hashlib.sha256(key.encode()).hexdigest()  # noqa: PLR2004 - column width
