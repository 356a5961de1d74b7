"""What a message of either side looks like on the phone: text, buttons, a place, a file to load. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from fake_channels.core.handset import Author, Button, Item, LocationView
from fake_channels.sinchchat.wire import Json, content_of

FILE: Final = "url"
"""Under which name an item remembers the file that it shows."""


def shown(message: Json, author: Author, message_id: str, at: int) -> Item:
    """The item for an app message or a contact message."""
    kind, content = content_of(message)
    item = _SHOWN[kind](content, message_id)
    item.id, item.at, item.author = message_id, at, author
    item.reply_to = message.get("reply_to", {}).get("message_id", "")
    name = message.get("agent", {}).get("display_name", "")
    if name:
        item.vendor["agent"] = name
    return item


def announced(event: Json, at: int, event_id: str) -> Item | None:
    """The line for an agent who joins or leaves; None for what shows no line."""
    kind, content = content_of(event)
    what = {"agent_joined_event": "joined", "agent_left_event": "left"}.get(kind)
    if what is None:
        return None
    name = content["agent"].get("display_name") or "An agent"
    return Item(id=event_id, at=at, author="system", kind=kind.removesuffix("_event"), text=f"{name} {what} the chat")


def _item(kind: str, text: str = "", **rest: Any) -> Item:
    vendor: dict[str, str] = {}
    return Item(id="", at=0, author="business", kind=kind, text=text, vendor=vendor, **rest)


def _with_file(item: Item, media: Json | None) -> Item:
    if media is not None:
        item.vendor |= {FILE: media["url"], "filename": media.get("filename_override", "")}
    return item


def _text(content: Json, _: str) -> Item:
    return _item("text", content["text"])


def _media(content: Json, _: str) -> Item:
    return _with_file(_item("media", content.get("caption", "")), content)


def _location(content: Json, _: str) -> Item:
    place = content["coordinates"]
    title, label = content.get("title", ""), content.get("label", "")
    view = LocationView(float(place["latitude"]), float(place["longitude"]), title, label)
    return _item("location", title, location=view)


def _choice(content: Json, message_id: str) -> Item:
    text = content.get("text_message", {}).get("text", "")
    return _item("buttons", text, buttons=_buttons(content["choices"], message_id))


def _card(content: Json, message_id: str) -> Item:
    buttons = _buttons(content.get("choices", ()), message_id)
    return _with_file(_item("card", _card_text(content), buttons=buttons), content.get("media_message"))


def _card_text(card: Json) -> str:
    return _lines((card["title"], card.get("description", "")))


def _carousel(content: Json, message_id: str) -> Item:
    cards = content["cards"]
    choices = [*(choice for card in cards for choice in card.get("choices", ())), *content.get("choices", ())]
    item = _item("carousel", "\n\n".join(map(_card_text, cards)), buttons=_buttons(choices, message_id))
    return _with_file(item, next((card["media_message"] for card in cards if "media_message" in card), None))


def _list(content: Json, message_id: str) -> Item:
    rows = [row for section in content["sections"] for row in section["items"]]
    products = [f"{row['product']['id']}" for row in rows if "product" in row]
    text = _lines((content["title"], content.get("description", ""), *products))
    buttons = tuple(_row(row["choice"], message_id) for row in rows if "choice" in row)
    return _with_file(_item("list", text, buttons=buttons), content.get("media"))


def _row(choice: Json, message_id: str) -> Button:
    postback = choice.get("postback_data") or _default(message_id, choice["title"])
    return Button(postback, choice["title"], "row", choice.get("description", ""))


def _template(content: Json, _: str) -> Item:
    named = content.get("omni_template") or next(iter(content["channel_template"].values()))
    parameters = (f"{name}: {value}" for name, value in named.get("parameters", {}).items())
    return _item("template", _lines((named["template_id"], *parameters)))


def _contact(content: Json, _: str) -> Item:
    numbers = (one["phone_number"] for one in content.get("phone_numbers", ()))
    return _item("contact", _lines((content["name"]["full_name"], *numbers)))


def _answer(content: Json, _: str) -> Item:
    item = _item("choice", content["postback_data"])
    item.vendor["answers"] = content["message_id"]
    return item


def _fallback(content: Json, _: str) -> Item:
    return _item("fallback", content["raw_message"])


def _buttons(choices: Iterable[Json], message_id: str) -> tuple[Button, ...]:
    return tuple(_button(choice, message_id) for choice in choices)


def _button(choice: Json, message_id: str) -> Button:
    if "url_message" in choice:
        return Button(choice["url_message"]["url"], choice["url_message"]["title"], "url", choice["url_message"]["url"])
    if "call_message" in choice:
        number = choice["call_message"]["phone_number"]
        return Button(number, choice["call_message"]["title"], "call", number)
    if "location_message" in choice:
        place = choice["location_message"]
        at = f"{place['coordinates']['latitude']},{place['coordinates']['longitude']}"
        return Button(at, place.get("title") or place.get("label") or at, "url", at)  # opens a map: nobody is told
    title = choice["text_message"]["text"]
    return Button(choice.get("postback_data") or _default(message_id, title), title)


def _default(message_id: str, title: str) -> str:
    """What a choice without postback answers (https://developers.sinch.com/docs/conversation/message-types)."""
    return f"{message_id}_{title}"


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)


_SHOWN: Final[dict[str, Callable[[Json, str], Item]]] = {
    "text_message": _text,
    "media_message": _media,
    "media_card_message": _media,
    "location_message": _location,
    "choice_message": _choice,
    "card_message": _card,
    "carousel_message": _carousel,
    "list_message": _list,
    "template_message": _template,
    "contact_info_message": _contact,
    "choice_response_message": _answer,
    "fallback_message": _fallback,
}
