"""What a customer's message says: the Conversation API's contact_message in the bridge's own terms. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contactpro_bridge.attachments.names import safe_filename
from contactpro_bridge.intake.fields import number_of, part_of, text_of

MAX_SHOWN: Final = 4000


@dataclass(frozen=True, slots=True)
class Content:
    """What a customer's message says, in the bridge's own terms."""

    kind: str
    text: str | None = None
    media_url: str = ""
    media_name: str = ""
    location: Mapping[str, Any] | None = None
    choice: Mapping[str, Any] | None = None


def content_of(message: Mapping[str, Any]) -> Content:
    """Read a contact_message; what is not known becomes content that says so."""
    for key, parse in _CONTENTS.items():
        if isinstance(part := message.get(key), dict):
            return parse(part)
    kinds = ", ".join(key for key in message if key != "reply_to") or "nothing"
    return Content("unsupported", f"Content that cannot be shown: {kinds[:200]}")


def _text_content(part: Mapping[str, Any]) -> Content:
    return Content("text", text_of(part, "text"))


def _media_content(part: Mapping[str, Any]) -> Content:
    url = text_of(part, "url")
    if not url:
        return Content("unsupported", "A file without an address.")
    name = text_of(part, "filename_override")
    return Content(
        "media", text_of(part, "caption") or None, media_url=url, media_name=safe_filename(name) if name else ""
    )


def _location_content(part: Mapping[str, Any]) -> Content:
    coordinates = part_of(part, "coordinates")
    latitude, longitude = number_of(coordinates, "latitude"), number_of(coordinates, "longitude")
    if latitude is None or longitude is None:
        return Content("unsupported", "A location without coordinates.")
    location = {
        "latitude": latitude,
        "longitude": longitude,
        "title": text_of(part, "title"),
        "label": text_of(part, "label"),
    }
    return Content("location", text_of(part, "title") or None, location=location)


def _choice_content(part: Mapping[str, Any]) -> Content:
    postback = text_of(part, "postback_data")
    return Content(
        "choice_response",
        postback or None,
        choice={"message_id": text_of(part, "message_id"), "postback_data": postback},
    )


def _fallback_content(part: Mapping[str, Any]) -> Content:
    reason = text_of(part_of(part, "reason"), "description")
    return Content(
        "unsupported", (reason or text_of(part, "raw_message") or "Content that cannot be shown.")[:MAX_SHOWN]
    )


def _contact_content(part: Mapping[str, Any]) -> Content:
    name = text_of(part_of(part, "name"), "full_name")
    phones = part.get("phone_numbers")
    numbers = (
        [text_of(phone, "phone_number") for phone in phones if isinstance(phone, dict)]
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
