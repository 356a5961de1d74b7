"""Parts of a message as method calls of the Bot API.

Source: core.telegram.org/bots/api (sendMessage, sendPhoto, ..., InlineKeyboardMarkup). Must not know: tokens, URLs.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from fake_sinch.adapters.bodies import explicit_object, form_of
from fake_sinch.adapters.contract import choice_payload, unrenderable
from fake_sinch.mediatypes import Family, family
from fake_sinch.parts import Button, ChoicePart, LocationPart, MediaPart, Part, RawPart, TextPart

MethodCall: TypeAlias = tuple[str, dict[str, Any]]
"""A method and its parameters."""

_CALLBACK_DATA_BYTES: Final = 64

_BY_MIME: Final[Mapping[str, tuple[str, str]]] = {
    "image/gif": ("sendAnimation", "animation"),
    "audio/ogg": ("sendVoice", "voice"),
    "audio/mpeg": ("sendAudio", "audio"),
    "audio/mp4": ("sendAudio", "audio"),
    "video/mp4": ("sendVideo", "video"),
}
"""Media that Telegram shows as what they are: their method and the parameter that takes the link."""
_PHOTO: Final = ("sendPhoto", "photo")
_DOCUMENT: Final = ("sendDocument", "document")

_METHOD_OF: Final = {
    "text": "sendMessage",
    "photo": "sendPhoto",
    "animation": "sendAnimation",
    "video": "sendVideo",
    "video_note": "sendVideoNote",
    "voice": "sendVoice",
    "audio": "sendAudio",
    "sticker": "sendSticker",
    "document": "sendDocument",
    "address": "sendVenue",
    "latitude": "sendLocation",
    "phone_number": "sendContact",
}
"""A parameter that only one method has -> that method; for channel messages that do not name theirs."""


def call(part: Part, to: str, message_id: str) -> MethodCall:
    """Return the method and parameters that send a part."""
    if isinstance(part, RawPart):
        return _raw(part, to)
    method, body = form_of(part, _RENDERERS, "Telegram")(part, message_id)
    return method, {"chat_id": to, **body}


def _raw(part: RawPart, to: str) -> MethodCall:
    told = explicit_object(part, to)
    method = told.pop("method", "") or next((name for key, name in _METHOD_OF.items() if key in told), "")
    if not method:
        raise unrenderable("The explicit channel message is no message of the Bot API")
    return str(method), {"chat_id": to, **told}


def _text(part: TextPart, _: str) -> MethodCall:
    return "sendMessage", {"text": part.text}


def _media(part: MediaPart, _: str = "") -> MethodCall:
    bare = part.mime.partition(";")[0].strip().lower()
    shown = _PHOTO if family(bare) is Family.IMAGE else _DOCUMENT
    method, parameter = _BY_MIME.get(bare, shown)
    return method, {parameter: part.url, **({"caption": part.caption} if part.caption else {})}


def _button(button: Button, message_id: str, place: int) -> dict[str, Any]:
    if button.kind == "text_message":
        data = choice_payload(message_id, button.postback, place, _CALLBACK_DATA_BYTES)
        return {"text": button.title, "callback_data": data}
    return {"text": button.title, "url": button.value}


def _choice(part: ChoicePart, message_id: str) -> MethodCall:
    keyboard = [[_button(button, message_id, place)] for place, button in enumerate(part.buttons)]
    markup = {"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}
    if part.media is None:
        return "sendMessage", {"text": part.text, **markup}
    method, body = _media(part.media)
    return method, {**body, "caption": part.text, **markup}


def _location(part: LocationPart, _: str) -> MethodCall:
    place = {"latitude": float(part.latitude), "longitude": float(part.longitude)}
    if not part.title:
        return "sendLocation", place
    return "sendVenue", {**place, "title": part.title, "address": part.label or part.title}


_RENDERERS: Final[Mapping[type, Callable[[Any, str], MethodCall]]] = {
    TextPart: _text,
    MediaPart: _media,
    ChoicePart: _choice,
    LocationPart: _location,
}
