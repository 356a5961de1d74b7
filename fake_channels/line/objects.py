"""Message objects as a phone shows them: texts, pictures, buttons and what each button does. Pure.

Source: https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson

from fake_channels.core.handset import Button, ButtonKind, Item, LocationView

Json = dict[str, Any]

PLAY: Final = "play"
"""What the button of a tracked video does: it is no action of the API's."""
QUICK: Final = "quick"
_ACTION: Final = "action:"
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_KINDS: Final[dict[str, ButtonKind]] = {"uri": "url", "location": "location"}


def item_of(message: Json) -> Item:
    """What a valid message object shows; its id and time are still to be given."""
    item = _SHOWN[message["type"]](message)
    if "quickReply" in message:
        _add_quick_replies(item, message["quickReply"]["items"])
    if "sender" in message and message["sender"].get("name"):
        item.vendor = {**item.vendor, "sender": message["sender"]["name"]}
    return item


def action_of(item: Item, button: Button) -> Json:
    """The action behind a button of an item."""
    action: Json = orjson.loads(item.vendor[_ACTION + button.id])
    return action


def is_quick(item: Item, button: Button) -> bool:
    """True for a quick reply, which goes away when something newer is shown."""
    return button.id in item.vendor.get(QUICK, "").split("\n")


def without_quick(item: Item) -> None:
    """Take the quick replies away, as the phone does after a tap on one."""
    item.buttons = tuple(button for button in item.buttons if not is_quick(item, button))
    item.vendor = {**item.vendor, QUICK: ""}


def title_of(action: Json) -> str:
    """What a button says: its label, or else what it does."""
    for key in ("label", "text", "displayText", "data", "uri", "linkUri", "clipboardText"):
        if action.get(key):
            return str(action[key])
    return str(action["type"])


def _item(kind: str, **rest: Any) -> Item:
    return Item(id="", at=0, author="business", kind=kind, **rest)


def _add(item: Item, actions: Iterable[Json]) -> list[str]:
    """Give an item buttons; a button's id is what the business hears of it, with a number when that is not unique."""
    buttons, vendor, added = list(item.buttons), dict(item.vendor), []
    taken = {button.id for button in buttons}
    for action in actions:
        said = str(action.get("data") or action.get("text") or action.get("uri") or action["type"])
        button_id, number = said, 2
        while button_id in taken:
            button_id, number = f"{said}#{number}", number + 1
        taken.add(button_id)
        uri = str(action.get("uri") or action.get("linkUri") or "")
        kind: ButtonKind = "call" if uri.startswith("tel:") else _KINDS.get(action["type"], "reply")
        buttons.append(Button(button_id, title_of(action), kind, uri))
        vendor[_ACTION + button_id] = orjson.dumps(action).decode()
        added.append(button_id)
    item.buttons, item.vendor = tuple(buttons), vendor
    return added


def _add_quick_replies(item: Item, items: list[Json]) -> None:
    added = _add(item, (one["action"] for one in items))
    item.vendor[QUICK] = "\n".join(added)
    if item.kind == "text":
        item.kind = "buttons"


# --- one function a message type --------------------------------------------------------------------------------------


def _text(message: Json) -> Item:
    return Item(id="", at=0, author="business", kind="text", text=message["text"])


def _text_v2(message: Json) -> Item:
    known = message.get("substitution", {})

    def replaced(found: re.Match[str]) -> str:
        one = known.get(found[1])
        return found[0] if one is None else f"@{found[1]}" if one["type"] == "mention" else f"({found[1]})"

    return _item("text", text=_PLACEHOLDER.sub(replaced, message["text"]))


def _sticker(message: Json) -> Item:
    return _item("sticker", text=f"{message['packageId']}/{message['stickerId']}")


def _media(message: Json) -> Item:
    item = _item(message["type"], vendor={"url": message["originalContentUrl"]})
    if message.get("trackingId"):
        _add(item, [{"type": PLAY, "label": "Play to the end", "data": message["trackingId"]}])
    return item


def _location(message: Json) -> Item:
    place = LocationView(float(message["latitude"]), float(message["longitude"]), message["title"], message["address"])
    return _item("location", text=place.name, location=place)


def _imagemap(message: Json) -> Item:
    item = _item("buttons", text=message["altText"])
    _add(item, ({**one, "uri": one["linkUri"]} if one["type"] == "uri" else one for one in message["actions"]))
    return item


def _template(message: Json) -> Item:
    template = message["template"]
    shown, columns = _TEMPLATES[template["type"]], template.get("columns", [template])
    item = _item(shown, text="\n\n".join(filter(None, map(_headed, columns))) or message["altText"])
    _add(item, (action for column in columns for action in column.get("actions") or [column["action"]]))
    return item


def _headed(column: Json) -> str:
    return "\n".join(line for line in (column.get("title", ""), column.get("text", "")) if line)


_TEMPLATES: Final = {
    "buttons": "buttons",
    "confirm": "buttons",
    "carousel": "carousel",
    "image_carousel": "carousel",
}


def _flex(message: Json) -> Item:
    contents = message["contents"]
    bubbles = contents["contents"] if contents["type"] == "carousel" else [contents]
    texts = ["\n".join(_texts(bubble)) for bubble in bubbles]
    item = _item("carousel" if contents["type"] == "carousel" else "card", text="\n\n".join(filter(None, texts)))
    item.text = item.text or message["altText"]
    _add(item, (action for bubble in bubbles for action in _actions(bubble)))
    return item


_PARTS: Final = ("header", "hero", "body", "footer")


def _inner(component: Json) -> Iterator[Json]:
    for name in _PARTS:
        if name in component:
            yield component[name]
    if component["type"] != "text":
        yield from component.get("contents", ())
    if "altContent" in component:
        yield component["altContent"]


def _texts(component: Json) -> Iterator[str]:
    if component["type"] == "text":
        spans = "".join(span["text"] for span in component.get("contents", ()))
        yield spans or component["text"]
    for inner in _inner(component):
        yield from _texts(inner)


def _actions(component: Json) -> Iterator[Json]:
    if "action" in component:
        yield component["action"]
    for inner in _inner(component):
        yield from _actions(inner)


_SHOWN: Final[dict[str, Callable[[Json], Item]]] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": _sticker,
    "image": _media,
    "video": _media,
    "audio": _media,
    "location": _location,
    "imagemap": _imagemap,
    "template": _template,
    "flex": _flex,
}
