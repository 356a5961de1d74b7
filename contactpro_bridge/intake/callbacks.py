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

from contactpro_bridge.attachments.names import safe_filename
from contactpro_bridge.chats.attached import own_entry_id
from contactpro_bridge.clock import parse_rfc3339
from contactpro_bridge.outbound.receipts import Receipt

NO_NAME: Final = "Unknown"
MAX_SHOWN: Final = 4000
MAX_CODE: Final = 128
_GREATEST_NUMBER: Final = 1e9
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
class Content:
    """What a customer's message says, in the bridge's own terms."""

    kind: str
    text: str | None = None
    media_url: str = ""
    media_name: str = ""
    location: Mapping[str, Any] | None = None
    choice: Mapping[str, Any] | None = None


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


def _text(part: Mapping[str, Any], key: str) -> str:
    """Return a string field, empty when it is absent or of another type; without what a database cannot hold."""
    value = part.get(key)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _part(part: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def _time(part: Mapping[str, Any], envelope: Mapping[str, Any]) -> int | None:
    for text in (_text(part, "accept_time"), _text(envelope, "accepted_time"), _text(envelope, "event_time")):
        moment = parse_rfc3339(text)
        if moment is not None:
            return moment
    return None


def _parse_message(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    identity = _part(part, "channel_identity")
    message = InboundMessage(
        app_id=_text(envelope, "app_id"),
        message_id=_text(part, "id"),
        channel=_text(identity, "channel"),
        identity=_text(identity, "identity"),
        contact_id=_text(part, "contact_id"),
        conversation_id=_text(part, "conversation_id"),
        accept_us=_time(part, envelope),
        content=_content(_part(part, "contact_message")),
        metadata=_text(part, "metadata"),
        message_metadata=_text(envelope, "message_metadata"),
        reply_to=_text(_part(_part(part, "contact_message"), "reply_to"), "message_id"),
        dispatch=_text(part, "processing_mode") == "DISPATCH",
    )
    usable = message.message_id and message.channel and message.identity and part.get("direction") != "TO_CONTACT"
    return (message.message_id, message) if usable else ("", Unknown())


def _content(message: Mapping[str, Any]) -> Content:
    for key, parse in _CONTENTS.items():
        if isinstance(part := message.get(key), dict):
            return parse(part)
    kinds = ", ".join(key for key in message if key != "reply_to") or "nothing"
    return Content("unsupported", f"Content that cannot be shown: {kinds[:200]}")


def _text_content(part: Mapping[str, Any]) -> Content:
    return Content("text", _text(part, "text"))


def _media_content(part: Mapping[str, Any]) -> Content:
    url = _text(part, "url")
    if not url:
        return Content("unsupported", "A file without an address.")
    name = _text(part, "filename_override")
    return Content(
        "media", _text(part, "caption") or None, media_url=url, media_name=safe_filename(name) if name else ""
    )


def _location_content(part: Mapping[str, Any]) -> Content:
    coordinates = _part(part, "coordinates")
    latitude, longitude = _number(coordinates, "latitude"), _number(coordinates, "longitude")
    if latitude is None or longitude is None:
        return Content("unsupported", "A location without coordinates.")
    location = {
        "latitude": latitude,
        "longitude": longitude,
        "title": _text(part, "title"),
        "label": _text(part, "label"),
    }
    return Content("location", _text(part, "title") or None, location=location)


def _number(part: Mapping[str, Any], key: str) -> float | None:
    """Return a number that JSON can carry on, None for anything else."""
    value = part.get(key)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _GREATEST_NUMBER
    return value if usable else None


def _choice_content(part: Mapping[str, Any]) -> Content:
    postback = _text(part, "postback_data")
    return Content(
        "choice_response",
        postback or None,
        choice={"message_id": _text(part, "message_id"), "postback_data": postback},
    )


def _fallback_content(part: Mapping[str, Any]) -> Content:
    reason = _text(_part(part, "reason"), "description")
    return Content("unsupported", (reason or _text(part, "raw_message") or "Content that cannot be shown.")[:MAX_SHOWN])


def _contact_content(part: Mapping[str, Any]) -> Content:
    name = _text(_part(part, "name"), "full_name")
    phones = part.get("phone_numbers")
    numbers = (
        [_text(phone, "phone_number") for phone in phones if isinstance(phone, dict)]
        if isinstance(phones, list)
        else []
    )
    return Content("contact", " ".join(filter(None, [name, *numbers])) or None)


_CONTENTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Content]]] = {
    "text_message": _text_content,
    "media_message": _media_content,
    "media_card_message": _media_content,
    "location_message": _location_content,
    "choice_response_message": _choice_content,
    "contact_info_message": _contact_content,
    "fallback_message": _fallback_content,
}


def _parse_unsupported(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    identity = _part(part, "channel_identity")
    message = InboundMessage(
        app_id=_text(envelope, "app_id"),
        message_id=_text(part, "id"),
        channel=_text(part, "channel") or _text(identity, "channel"),
        identity=_text(identity, "identity"),
        contact_id=_text(part, "contact_id"),
        conversation_id=_text(part, "conversation_id"),
        accept_us=_time(part, envelope),
        content=Content("unsupported", "The customer sent something that the Conversation API does not support."),
        message_metadata=_text(envelope, "message_metadata"),
        dispatch=_text(part, "processing_mode") == "DISPATCH",
    )
    usable = message.message_id and message.channel and message.identity
    return (message.message_id, message) if usable else ("", Unknown())


def _parse_event(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    if "conversation_deleted_event" in _part(part, "contact_event"):
        ended = ConversationEnded(_text(part, "conversation_id"), _text(envelope, "app_id"), _text(part, "contact_id"))
        return _text(part, "id"), ended if ended.conversation_id else Unknown()
    reaction = _part(_part(part, "contact_message_event"), "reaction_event")
    if not reaction:
        return "", Unknown()
    identity = _part(part, "channel_identity")
    withdrawn = _text(reaction, "action").endswith("UNREACT")
    emoji = _text(reaction, "emoji")
    return _text(part, "id"), InboundEvent(
        app_id=_text(envelope, "app_id"),
        event_id=_text(part, "id"),
        channel=_text(identity, "channel"),
        identity=_text(identity, "identity"),
        accept_us=_time(part, envelope),
        kind="reaction",
        text="Reaction withdrawn" if withdrawn else emoji,
        reply_to=_text(reaction, "message_id"),
    )


def _parse_receipt(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    identity, reason = _part(part, "channel_identity"), _part(part, "reason")
    receipt = Receipt(
        app_id=_text(envelope, "app_id"),
        message_id=_text(part, "message_id"),
        status=_text(part, "status"),
        channel=_text(identity, "channel"),
        identity=_text(identity, "identity"),
        code=_text(reason, "code")[:MAX_CODE],
        description=_text(reason, "description")[:MAX_SHOWN],
        entry_id=own_entry_id(_text(part, "metadata")) or own_entry_id(_text(envelope, "message_metadata")),
    )
    if not receipt.message_id or not receipt.status:
        return "", Unknown()
    return f"{receipt.message_id}:{receipt.status}:{receipt.channel}:{receipt.identity}", receipt


def _parse_stop(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    conversation = _part(part, "conversation")
    ended = ConversationEnded(
        _text(conversation, "id"),
        _text(conversation, "app_id") or _text(envelope, "app_id"),
        _text(conversation, "contact_id"),
    )
    return (ended.conversation_id, ended) if ended.conversation_id else ("", Unknown())


def _parse_contact(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    contact = _part(part, "contact")
    contact_id = _text(contact, "id")
    moment = _text(envelope, "accepted_time") or _text(envelope, "event_time")
    return (f"{contact_id}:{moment}", ContactSeen(contact_id, name_of(contact))) if contact_id else ("", Unknown())


def _parse_contact_gone(_envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    contact_id = _text(_part(part, "contact"), "id")
    return (contact_id, ContactGone(contact_id, "")) if contact_id else ("", Unknown())


def _parse_merge(_envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    kept, gone = _part(part, "preserved_contact"), _part(part, "deleted_contact")
    kept_id, gone_id = _text(kept, "id"), _text(gone, "id")
    if not kept_id or not gone_id:
        return "", Unknown()
    return f"{gone_id}:{kept_id}", ContactGone(gone_id, kept_id, name_of(kept))


def _parse_opt(envelope: Mapping[str, Any], part: Mapping[str, Any], *, opted_in: bool) -> tuple[str, Event]:
    if not _text(part, "status").endswith("_SUCCEEDED"):
        return "", Unknown()
    channel, identity = _text(part, "channel"), _text(part, "identity")
    moment = _text(envelope, "accepted_time") or _text(envelope, "event_time")
    key = f"{channel}:{identity}:{_text(part, 'request_id')}:{moment}"
    return key, OptChange(channel, identity, _text(part, "contact_id"), opted_in)


def _parse_opt_in(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    return _parse_opt(envelope, part, opted_in=True)


def _parse_opt_out(envelope: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, Event]:
    return _parse_opt(envelope, part, opted_in=False)


def name_of(contact: Mapping[str, Any]) -> str | None:
    """Return a contact's display name, None when it has none ("Unknown" is the API's word for that)."""
    name = _text(contact, "display_name").strip()
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
