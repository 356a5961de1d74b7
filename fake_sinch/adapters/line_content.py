"""Parts of a message as LINE message objects.

Source: developers.line.biz/en/reference/messaging-api/#message-objects. How the gateway spells choices, cards and
carousels is not published: buttons templates where they fit, else quick replies; cards and carousels as Flex Messages.
Must not know: tokens, URLs of the API.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from fake_sinch.adapters.bodies import explicit, form_of
from fake_sinch.adapters.contract import choice_payload, unrenderable
from fake_sinch.mediatypes import Family, family
from fake_sinch.parts import Button, CarouselPart, ChoicePart, LocationPart, MediaPart, Part, RawPart, TextPart
from fake_sinch.reasons import ReasonCode

_POSTBACK_BYTES: Final = 300
_LABEL_CHARS: Final = 20
_FLEX_LABEL_CHARS: Final = 40
_TEMPLATE_TEXT_CHARS: Final = 160
_TEMPLATE_ACTIONS: Final = 4
_QUICK_REPLIES: Final = 13
_BUBBLES: Final = 12
_PLACE_CHARS: Final = 100
_ALT_CHARS: Final = 1_500
_AUDIO_MS: Final = 60_000
"""The API wants the length of a sound, which nobody here knows: it is told as a minute (inferred)."""
_SHOWN: Final[Mapping[str, str]] = {
    "image/jpeg": "image",
    "image/png": "image",
    "video/mp4": "video",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/x-m4a": "audio",
}
"""Media that LINE shows as what they are; everything else goes out as a link, for there are no files."""

Message = dict[str, Any]


def messages(part: Part, to: str, message_id: str) -> list[Message]:
    """Return the message objects that send a part: one, or a file and its caption."""
    if isinstance(part, RawPart):
        return _raw(part, to)
    return form_of(part, _RENDERERS, "LINE")(part, message_id)


def _raw(part: RawPart, to: str) -> list[Message]:
    told = explicit(part, to)
    found = told.get("messages", [told]) if isinstance(told, dict) else told
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise unrenderable("The explicit channel message is no message object of LINE, nor an array of them")
    return found


def _said(text: str) -> Message:
    return {"type": "text", "text": text}


def _text(part: TextPart, _: str) -> list[Message]:
    return [_said(part.text)]


def _media(part: MediaPart, _: str = "") -> list[Message]:
    caption = [_said(part.caption)] if part.caption else []
    kind = _SHOWN.get(part.mime.partition(";")[0].strip().lower())
    if kind is None:
        return [_said(f"{part.caption}\n{part.url}".strip())]
    if kind == "audio":
        return [{"type": kind, "originalContentUrl": part.url, "duration": _AUDIO_MS}, *caption]
    # A preview is needed; without a thumbnail it is the file itself (inferred).
    return [{"type": kind, "originalContentUrl": part.url, "previewImageUrl": part.thumbnail or part.url}, *caption]


def _location(part: LocationPart, _: str) -> list[Message]:
    title = part.title or part.label or f"{part.latitude}, {part.longitude}"
    place = {"latitude": float(part.latitude), "longitude": float(part.longitude)}
    address = part.label or title
    return [{"type": "location", "title": title[:_PLACE_CHARS], "address": address[:_PLACE_CHARS], **place}]


def _action(button: Button, message_id: str, place: int, label_chars: int = _LABEL_CHARS) -> Message:
    label = button.title[:label_chars]
    if button.kind == "text_message":
        data = choice_payload(message_id, button.postback, place, _POSTBACK_BYTES)
        return {"type": "postback", "label": label, "data": data, "displayText": button.title}
    if button.kind == "call_message":
        digits = "".join(filter(str.isdecimal, button.value))
        return {"type": "uri", "label": label, "uri": f"tel:+{digits}"}
    return {"type": "uri", "label": label, "uri": button.value}


def _quick(buttons: tuple[Button, ...], message_id: str, first: int = 0) -> Message:
    if len(buttons) > _QUICK_REPLIES:
        raise unrenderable(f"LINE shows at most {_QUICK_REPLIES} choices")
    actions = [_action(button, message_id, first + place) for place, button in enumerate(buttons)]
    return {"quickReply": {"items": [{"type": "action", "action": action} for action in actions]}} if actions else {}


def _choice(part: ChoicePart, message_id: str) -> list[Message]:
    if part.title or part.media is not None:
        return [_flex(part.title or part.text, _bubble(part, message_id, 0))]
    fits = len(part.text) <= _TEMPLATE_TEXT_CHARS and 0 < len(part.buttons) <= _TEMPLATE_ACTIONS
    if not fits or any(len(button.title) > _LABEL_CHARS for button in part.buttons):
        return [{**_said(part.text), **_quick(part.buttons, message_id)}]
    actions = [_action(button, message_id, place) for place, button in enumerate(part.buttons)]
    template = {"type": "buttons", "text": part.text, "actions": actions}
    return [{"type": "template", "altText": part.text[:_ALT_CHARS], "template": template}]


def _flex(alternative: str, contents: Message) -> Message:
    return {"type": "flex", "altText": alternative[:_ALT_CHARS] or "-", "contents": contents}


def _box(contents: list[Message]) -> Message:
    return {"type": "box", "layout": "vertical", "contents": contents}


def _bubble(card: ChoicePart, message_id: str, first: int) -> Message:
    """Return a card; ``first`` is the place of its first button among the message's."""
    lines = [(card.title, {"weight": "bold"}), (card.description or ("" if card.title else card.text), {})]
    words = [{"type": "text", "text": text, "wrap": True, **style} for text, style in lines if text]
    bubble: Message = {"type": "bubble", "body": _box(words)}
    if card.media is not None:
        if family(card.media.mime) is not Family.IMAGE:
            raise unrenderable("A card shows pictures only", ReasonCode.MEDIA_TYPE_UNSUPPORTED)
        bubble["hero"] = {"type": "image", "url": card.media.url, "size": "full"}
    if card.buttons:
        bubble["footer"] = _box(list(_flex_buttons(card.buttons, message_id, first)))
    return bubble


def _flex_buttons(buttons: tuple[Button, ...], message_id: str, first: int) -> Iterator[Message]:
    for place, button in enumerate(buttons):
        yield {"type": "button", "action": _action(button, message_id, first + place, _FLEX_LABEL_CHARS)}


def _carousel(part: CarouselPart, message_id: str) -> list[Message]:
    if len(part.cards) > _BUBBLES:
        raise unrenderable(f"LINE shows at most {_BUBBLES} cards side by side")
    bubbles, place = [], 0
    for card in part.cards:
        bubbles.append(_bubble(card, message_id, place))
        place += len(card.buttons)
    alternative = next((card.title or card.text for card in part.cards), "")
    message = _flex(alternative, {"type": "carousel", "contents": bubbles})
    return [{**message, **_quick(part.buttons, message_id, place)}]


_RENDERERS: Final[Mapping[type, Callable[[Any, str], list[Message]]]] = {
    TextPart: _text,
    MediaPart: _media,
    ChoicePart: _choice,
    CarouselPart: _carousel,
    LocationPart: _location,
}
