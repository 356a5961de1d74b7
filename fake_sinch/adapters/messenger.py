"""Conversation API words <-> Facebook Messenger.

Sources: developers.facebook.com/documentation/business-messaging/messenger-platform (send-messages, webhooks); for what
Sinch makes of it, developers.sinch.com/docs/conversation/channel-support/messenger.
Must not know: state, time, how calls are performed. Not emulated: comments, handover, marketing messages.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from fake_sinch.adapters import sendapi
from fake_sinch.adapters.contract import Json
from fake_sinch.adapters.sendapi import SendApi, choice_of, file_of, inbound, instant, person, text, unsupported
from fake_sinch.arrivals import Inbound, InboundStatus, InboundWatermark
from fake_sinch.reasons import Reason, ReasonCode, to_wire
from fake_sinch.state import Credential

_FILES: Final = frozenset({"image", "video", "audio", "file", "sticker"})


class Messenger(SendApi):
    """The adapter for MESSENGER."""

    def extras(self, properties: Mapping[str, str]) -> dict[str, Any]:
        """Return the messaging type; a tag makes it MESSAGE_TAG."""
        told: dict[str, Any] = {"messaging_type": properties.get("MESSENGER_MESSAGING_TYPE") or "RESPONSE"}
        if tag := properties.get("MESSENGER_MESSAGE_TAG"):
            told |= {"messaging_type": "MESSAGE_TAG", "tag": tag}
        if notification := properties.get("MESSENGER_NOTIFICATION_TYPE"):
            told["notification_type"] = notification
        return told

    def owner(self, credential: Credential) -> str:
        """Return the Page's id, which the credential itself does not hold."""
        return str(credential.vendor.get("page_id", ""))


def _message(event: Json) -> list[Inbound]:
    message = event["message"]
    if message.get("is_echo"):
        return []
    mid = str(message.get("mid", ""))
    found: list[Inbound] = []
    if "referral" in message:
        found.append(sendapi.referral(event, message["referral"]))
    if (choice := choice_of(event)) is not None:
        return [*found, inbound(event, mid, choice=choice)]
    if message.get("text"):
        return [*found, inbound(event, mid, content=text(str(message["text"])))]
    told = message.get("attachments") or []
    return found + [_attachment(event, one, f"{mid}#{n}" if n else mid) for n, one in enumerate(told)]


def _attachment(event: Json, attachment: Json, vendor_id: str) -> Inbound:
    kind = str(attachment.get("type", ""))
    file = file_of(attachment)
    if kind in _FILES and file is not None:
        return inbound(event, vendor_id, media=file)
    if kind == "location":
        place = (attachment.get("payload") or {}).get("coordinates", {})
        coordinates = {"latitude": place.get("lat", 0), "longitude": place.get("long", 0)}
        location = {"title": str(attachment.get("title") or ""), "label": "", "coordinates": coordinates}
        return inbound(event, vendor_id, content={"location_message": location})
    why = Reason(ReasonCode.UNSUPPORTED_OPERATION, f"Attachments of the type {kind!r} have no message of their own")
    fallback = {"raw_message": orjson.dumps(attachment).decode(), "reason": to_wire(why)}
    return inbound(event, vendor_id, content={"fallback_message": fallback})


def _postback(event: Json) -> list[Inbound]:
    told = event["postback"]
    title, payload = str(told.get("title", "")), str(told.get("payload", ""))
    found: list[Inbound] = []
    if "referral" in told:
        found.append(sendapi.referral(event, told["referral"], title, payload))
    vendor_id = str(told.get("mid") or f"{person(event)}:postback:{instant(event)}")
    return [*found, inbound(event, vendor_id, choice=payload)]


def _delivery(event: Json) -> list[Inbound]:
    told = event["delivery"]
    mids = told.get("mids")
    if mids:
        return [InboundStatus(str(mid), "DELIVERED", instant(event)) for mid in mids]
    return _watermark(event, told, "DELIVERED")


def _read(event: Json) -> list[Inbound]:
    return _watermark(event, event["read"], "READ")


def _watermark(event: Json, told: Json, status: str) -> list[Inbound]:
    return [InboundWatermark(person(event), status, int(told["watermark"]))]


def _edit(event: Json) -> list[Inbound]:
    told = event["message_edit"]
    return unsupported(event, f"{told.get('mid', '')}:edit:{told.get('num_edit', '')}")


Messenger.readers = {
    "message": _message,
    "postback": _postback,
    "delivery": _delivery,
    "read": _read,
    "reaction": sendapi.reaction,
    "message_edit": _edit,
    "referral": lambda event: [sendapi.referral(event, event["referral"])],
}

ADAPTER: Final = Messenger()
