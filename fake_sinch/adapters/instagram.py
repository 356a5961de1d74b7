"""Conversation API words <-> Instagram messaging, through the account's Page.

Sources: developers.facebook.com/documentation/business-messaging/instagram-messaging (features, webhooks); for what
Sinch makes of it, developers.sinch.com/docs/conversation/channel-support/instagram.
Must not know: state, time, how calls are performed. Not emulated: comments, handover.
"""

from collections.abc import Mapping
from typing import Any, Final

from fake_sinch.adapters import sendapi
from fake_sinch.adapters.contract import Json, split_choice
from fake_sinch.adapters.sendapi import SendApi, choice_of, file_of, inbound, instant, person, text, unsupported
from fake_sinch.arrivals import Inbound, InboundStatus
from fake_sinch.state import Credential

_FILES: Final = frozenset({"image", "video", "audio", "file", "share", "story_mention", "ig_reel", "reel"})


class Instagram(SendApi):
    """The adapter for INSTAGRAM."""

    def extras(self, properties: Mapping[str, str]) -> dict[str, Any]:
        """Return the tag that lets a human agent answer later."""
        tag = properties.get("INSTAGRAM_MESSAGE_TAG")
        return {"messaging_type": "MESSAGE_TAG", "tag": tag} if tag else {}

    def owner(self, credential: Credential) -> str:
        """Return the account's own id."""
        return str(credential.secret.get("business_account_id", ""))


def _message(event: Json) -> list[Inbound]:
    message = event["message"]
    mid = str(message.get("mid", ""))
    if message.get("is_echo"):
        return []
    if message.get("is_deleted"):
        return unsupported(event, f"{mid}:deleted")
    link = [sendapi.referral(event, message["referral"])] if "referral" in message else []
    return link + _content(event, message, mid)


def _content(event: Json, message: Json, mid: str) -> list[Inbound]:
    """Read what a message holds: a tap, the answer to a story, words, files, or nothing that has a shape."""
    if (choice := choice_of(event)) is not None:
        return [inbound(event, mid, choice=choice)]
    words = str(message.get("text") or "")
    story = file_of({"payload": message.get("reply_to", {}).get("story")}, words)
    if story is not None:
        return [inbound(event, mid, media=story)]
    if words:
        return [inbound(event, mid, content=text(words))]
    told = message.get("attachments") or [{}]
    return [one for n, file in enumerate(told) for one in _attachment(event, file, f"{mid}#{n}" if n else mid)]


def _attachment(event: Json, attachment: Json, vendor_id: str) -> list[Inbound]:
    file = file_of(attachment)
    if str(attachment.get("type", "")) in _FILES and file is not None:
        return [inbound(event, vendor_id, media=file)]
    return unsupported(event, vendor_id)


def _postback(event: Json) -> list[Inbound]:
    """Read a button of a card as a choice, an ice breaker or a menu's entry as text."""
    told = event["postback"]
    payload = str(told.get("payload", ""))
    vendor_id = str(told.get("mid") or f"{person(event)}:postback:{instant(event)}")
    if split_choice(payload).message_id:
        return [inbound(event, vendor_id, choice=payload)]
    return [inbound(event, vendor_id, content=text(str(told.get("title", ""))))]


def _read(event: Json) -> list[Inbound]:
    return [InboundStatus(str(event["read"]["mid"]), "READ", instant(event))]


def _edit(event: Json) -> list[Inbound]:
    told = event["message_edit"]
    return unsupported(event, f"{told.get('mid', '')}:edit:{told.get('num_edit', '')}")


Instagram.readers = {
    "message": _message,
    "postback": _postback,
    "read": _read,
    "reaction": sendapi.reaction,
    "message_edit": _edit,
    "referral": lambda event: [sendapi.referral(event, event["referral"])],
}

ADAPTER: Final = Instagram()
