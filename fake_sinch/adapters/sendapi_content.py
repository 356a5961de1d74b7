"""Parts of a message as bodies of Meta's Send API; Messenger and Instagram share them.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages.
Must not know: tokens, URLs.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fake_sinch.adapters.bodies import explicit_object, form_of
from fake_sinch.adapters.contract import choice_payload, unrenderable
from fake_sinch.mediatypes import Family, family
from fake_sinch.parts import Button, CarouselPart, ChoicePart, MediaPart, Part, RawPart, TextPart
from fake_sinch.reasons import ReasonCode

_PAYLOAD_BYTES: Final = 1_000
_KINDS: Final[Mapping[Family, str]] = {
    Family.IMAGE: "image",
    Family.STICKER: "image",
    Family.VIDEO: "video",
    Family.AUDIO: "audio",
}
"""Media that are shown as what they are; everything else is a file."""
_REPLY: Final = "text_message"


def body(part: Part, to: str, message_id: str) -> dict[str, Any]:
    """Return the request that sends a part, without what only one of the products adds."""
    if isinstance(part, RawPart):
        return _raw(part, to)
    return {"recipient": {"id": to}, "message": form_of(part, _RENDERERS, "The channel")(part, message_id)}


def _raw(part: RawPart, to: str) -> dict[str, Any]:
    told = explicit_object(part, to)
    if "message" in told or "sender_action" in told:
        return {"recipient": {"id": to}, **told}
    return {"recipient": {"id": to}, "message": told}


def _text(part: TextPart, _: str) -> dict[str, Any]:
    return {"text": part.text}


def _media(part: MediaPart, _: str = "") -> dict[str, Any]:
    kind = _KINDS.get(family(part.mime), "file")
    return {"attachment": {"type": kind, "payload": {"url": part.url}}}


def _template(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _choice(part: ChoicePart, message_id: str) -> dict[str, Any]:
    if part.title or part.media is not None:
        return _template({"template_type": "generic", "elements": [_element(part, message_id, 0)]})
    if all(button.kind == _REPLY for button in part.buttons):
        return {"text": part.text, "quick_replies": _quick_replies(part.buttons, message_id)}
    buttons = [_button(button, message_id, place) for place, button in enumerate(part.buttons)]
    return _template({"template_type": "button", "text": part.text, "buttons": buttons})


def _element(card: ChoicePart, message_id: str, first: int) -> dict[str, Any]:
    """Return a card; ``first`` is the place of its first button among the message's."""
    element: dict[str, Any] = {"title": card.title or card.text}
    if card.description:
        element["subtitle"] = card.description
    if card.media is not None:
        if family(card.media.mime) is not Family.IMAGE:
            raise unrenderable("A card shows pictures only", ReasonCode.MEDIA_TYPE_UNSUPPORTED)
        element["image_url"] = card.media.url
    if card.buttons:
        element["buttons"] = [_button(one, message_id, first + place) for place, one in enumerate(card.buttons)]
    return element


def _carousel(part: CarouselPart, message_id: str) -> dict[str, Any]:
    elements, place = [], 0
    for card in part.cards:
        elements.append(_element(card, message_id, place))
        place += len(card.buttons)
    message = _template({"template_type": "generic", "elements": elements})
    if not part.buttons:
        return message
    if any(button.kind != _REPLY for button in part.buttons):
        raise unrenderable("Under a carousel there are only replies")
    return {**message, "quick_replies": _quick_replies(part.buttons, message_id, place)}


def _quick_replies(buttons: tuple[Button, ...], message_id: str, first: int = 0) -> list[dict[str, Any]]:
    return [
        {"content_type": "text", "title": one.title, "payload": _payload(one, message_id, first + place)}
        for place, one in enumerate(buttons)
    ]


def _payload(button: Button, message_id: str, place: int) -> str:
    return choice_payload(message_id, button.postback, place, _PAYLOAD_BYTES)


def _button(button: Button, message_id: str, place: int) -> dict[str, Any]:
    if button.kind == _REPLY:
        return {"type": "postback", "title": button.title, "payload": _payload(button, message_id, place)}
    if button.kind == "call_message":
        digits = "".join(filter(str.isdecimal, button.value))
        return {"type": "phone_number", "title": button.title, "payload": f"+{digits}"}
    return {"type": "web_url", "title": button.title, "url": button.value}


_RENDERERS: Final[Mapping[type, Callable[[Any, str], dict[str, Any]]]] = {
    TextPart: _text,
    MediaPart: _media,
    ChoicePart: _choice,
    CarouselPart: _carousel,
}
