"""The Send API's requests, understood: what reaches the person, and which files must be there first. Pure.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from fake_channels.core.forms import Upload
from fake_channels.core.handset import Button, Item
from fake_channels.core.media import Media
from fake_channels.core.schemas import Checker, Mistake
from fake_channels.meta.platform import Platform, Refused

Json = dict[str, Any]

FILE_PART: Final = "filedata"
"""The part of a form that holds the file: a form holds one."""
MESSAGE_KEYS: Final = frozenset({"attachment", "attachments", "metadata", "quick_replies", "reply_to", "text"})
"""What a message may have; anything else is refused: https://github.com/botpress/botpress/issues/2227."""
SHOWN_AS: Final = {"file": "document"}
"""Kinds of attachment whose name on the phone differs."""
_QUICK_TITLES: Final = {"user_phone_number": "msisdn", "user_email": "email"}


class Source(msgspec.Struct, frozen=True):
    """Where one file of a message comes from: a URL, an attachment that was uploaded before, or the form itself."""

    kind: str
    url: str = ""
    attachment_id: str = ""
    upload: Media | None = None
    reusable: bool = False


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One valid request, understood."""

    to: str
    item: Item | None = None
    """What the person will see; None for a sender action."""
    action: str = ""
    target: str = ""
    """The message that a reaction is about."""
    emoji: str = ""
    tag: str = ""
    reply_to: str = ""
    metadata: str = ""
    sources: tuple[Source, ...] = ()
    template: Json | None = None
    """The payload of a template, for its echo."""
    picture: str = ""
    """The URL of a card's picture, which the person's app fetches."""
    shared: Json | None = None
    """An attachment without file, for its echo."""


class _Content(msgspec.Struct, kw_only=True):
    """What one kind of message adds."""

    item: Item
    sources: tuple[Source, ...] = ()
    template: Json | None = None
    picture: str = ""
    shared: Json | None = None


def parse(
    parameters: Json, uploads: Mapping[str, Upload], checkers: Mapping[str, Checker], platform: Platform
) -> Sending:
    """Understand a send request.

    Raises:
        Refused: with all mistakes at once.
    """
    parameters = {**parameters, **_one_case(parameters)}
    kind = _kind(parameters, checkers, platform)
    checker = checkers.get(kind)
    if checker is None:
        raise _unknown_kind(kind, checkers, platform, template=kind.endswith(" template"))
    if not checker.accepts(parameters):
        raise refused(checker.mistakes(parameters), platform)
    _check_tag(parameters, platform)
    to = str(parameters["recipient"]["id"])
    if kind == "action":
        return _action(parameters, to, platform)
    message = parameters["message"]
    _check_keys(message, platform)
    _check_text(message.get("text", ""), platform)
    content = _CONTENT[kind](message, uploads, platform)
    replies = _quick_replies(message)
    if replies:
        content.item.buttons = replies
        content.item.kind = "buttons" if content.item.kind == "text" else content.item.kind
        content.item.vendor["quick"] = "1"
    content.item.reply_to = (parameters.get("reply_to") or message.get("reply_to") or {}).get("mid", "")
    return Sending(
        to=to,
        item=content.item,
        tag=parameters.get("tag") or "",
        reply_to=content.item.reply_to,
        metadata=message.get("metadata") or "",
        sources=content.sources,
        template=content.template,
        picture=content.picture,
        shared=content.shared,
    )


def _one_case(parameters: Json) -> Json:
    """Graph's enumerations have no case: the vendor's own SDK writes `TYPING_ON` where the documentation has none."""
    told = {name: parameters[name] for name in _ENUMS if isinstance(parameters.get(name), str)}
    return {name: _ENUMS[name](value) for name, value in told.items()}


_ENUMS: Final[Mapping[str, Callable[[str], str]]] = {
    "sender_action": str.lower,
    "messaging_type": str.upper,
    "notification_type": str.upper,
    "tag": str.upper,
}


def parse_upload(
    parameters: Json, uploads: Mapping[str, Upload], checker: Checker, platform: Platform
) -> tuple[Source, ...]:
    """Understand a `message_attachments` request.

    Raises:
        Refused: with all mistakes at once.
    """
    if not checker.accepts(parameters):
        raise refused(checker.mistakes(parameters), platform)
    attachment = parameters["message"]["attachment"]
    source = _source(attachment["type"], attachment.get("payload") or {}, uploads, platform)
    if source.attachment_id:
        raise Refused(platform.problems.invalid, why="Param message[attachment][payload] must hold a url or a file")
    return (msgspec.structs.replace(source, reusable=True),)


# --- what is wrong ----------------------------------------------------------------------------------------------------


def refused(mistakes: list[Mistake], platform: Platform) -> Refused:
    """All mistakes in one sentence, each parameter as Graph spells it."""
    return Refused(platform.problems.invalid, why="; ".join(_sentence(mistake) for mistake in mistakes))


def _sentence(mistake: Mistake) -> str:
    first, *rest = mistake.path.split(".")
    param = first + "".join(f"[{part}]" for part in rest)
    if mistake.rule == "required":
        return f"The parameter {param} is required"
    if param == "recipient[id]":
        return 'Param recipient[id] must be a valid ID string (e.g., "123")'
    if mistake.rule == "maxLength" and "maxLength" in mistake.schema:
        return f"Length of param {param} must be less than or equal to {mistake.schema['maxLength']}"
    return f"Param {param or 'body'}: {mistake.says}"


def _kind(parameters: Json, checkers: Mapping[str, Checker], platform: Platform) -> str:
    """Which schema a request must meet."""
    message = parameters.get("message")
    if "sender_action" in parameters:
        if message is not None:
            raise Refused(platform.problems.invalid, why="Cannot send both message and state at the same time")
        return "action"
    if not isinstance(message, dict):
        return "text"
    attachments = message.get("attachments")
    if isinstance(attachments, dict):  # some pages of the documentation show an object where a list belongs
        message["attachments"] = attachments = [attachments]
    attached = attachments if attachments is not None else message.get("attachment")
    if attached is None:
        if not message.get("text") and isinstance(message.get("text", ""), str):
            raise Refused(platform.problems.empty)
        return "text"
    if message.get("text"):
        raise Refused(platform.problems.both)
    return "images" if attachments is not None else _kind_of_attachment(attached, checkers, platform)


def _kind_of_attachment(attachment: Any, checkers: Mapping[str, Checker], platform: Platform) -> str:
    kind = str(attachment.get("type") if isinstance(attachment, dict) else None)[:80]
    if kind in SENT_FILES:
        return "file"
    if kind == "template":
        payload = attachment.get("payload")
        return f"{str(payload.get('template_type'))[:80] if isinstance(payload, dict) else None} template"
    if kind not in _WITHOUT_FILE:
        raise _unknown_kind(kind, checkers, platform, template=False)
    return kind


SENT_FILES: Final = frozenset({"image", "video", "audio", "file"})
"""Kinds of attachment that are files."""
_WITHOUT_FILE: Final = frozenset({"like_heart", "MEDIA_SHARE"})
"""Kinds of attachment that are neither files nor templates."""


def _unknown_kind(kind: str, checkers: Mapping[str, Checker], platform: Platform, *, template: bool) -> Refused:
    param = "message[attachment][payload][template_type]" if template else "message[attachment][type]"
    known = {name.removesuffix(" template") for name in checkers if name.endswith(" template") == template}
    if not template:
        known = (known - {"text", "images", "action"}) | SENT_FILES | {"template"}
    names = ", ".join(sorted(name.upper() for name in known))
    why = f"Param {param} must be one of {{{names}}}, not {kind.removesuffix(' template')!r}"
    return Refused(platform.problems.invalid, why=why)


def _check_tag(parameters: Json, platform: Platform) -> None:
    tag = parameters.get("tag")
    if parameters.get("messaging_type") == "MESSAGE_TAG" and not tag:
        raise Refused(platform.problems.invalid, why="The parameter tag is required for the messaging type MESSAGE_TAG")
    if tag and tag not in platform.tags:
        raise Refused(platform.problems.bad_tag, tag=str(tag)[:80])


def _check_keys(message: Json, platform: Platform) -> None:
    unknown = sorted(set(message) - MESSAGE_KEYS)
    if unknown:
        why = f'Invalid keys "{", ".join(unknown)[:80]}" were found in param "message".'
        raise Refused(platform.problems.invalid, why=why)


def _check_text(text: str, platform: Platform) -> None:
    size = len(text) if platform.text_unit == "characters" else len(text.encode())
    if size > platform.text_max:
        raise Refused(platform.problems.too_long, param="message[text]", most=platform.text_max)


# --- contents ---------------------------------------------------------------------------------------------------------


def _item(kind: str, **rest: Any) -> Item:
    return Item(id="", at=0, author="business", kind=kind, **rest)


def _action(parameters: Json, to: str, platform: Platform) -> Sending:
    payload = parameters.get("payload") or {}
    reaction = payload.get("reaction", "")
    emoji = next((emoji for emoji, name in platform.reactions.items() if name == reaction), reaction)
    return Sending(
        to=to,
        action=parameters["sender_action"],
        target=payload.get("message_id", ""),
        emoji=emoji,
        tag=parameters.get("tag") or "",
    )


def _text(message: Json, _: Mapping[str, Upload], _platform: Platform) -> _Content:
    return _Content(item=_item("text", text=message["text"]))


def _file(message: Json, uploads: Mapping[str, Upload], platform: Platform) -> _Content:
    attachment = message["attachment"]
    kind = attachment["type"]
    source = _source(kind, attachment.get("payload") or {}, uploads, platform)
    return _Content(item=_item(SHOWN_AS.get(kind, kind)), sources=(source,))


def _images(message: Json, uploads: Mapping[str, Upload], platform: Platform) -> _Content:
    sources = tuple(_source("image", one.get("payload") or {}, uploads, platform) for one in message["attachments"])
    return _Content(item=_item("image"), sources=sources)


def _source(kind: str, payload: Json, uploads: Mapping[str, Upload], platform: Platform) -> Source:
    reusable = payload.get("is_reusable") in {True, "true"}
    if payload.get("attachment_id"):
        return Source(kind, attachment_id=str(payload["attachment_id"]))
    if payload.get("url"):
        return Source(kind, url=payload["url"], reusable=reusable)
    part = uploads.get(FILE_PART)
    if part is None:
        why = f"Param message[attachment][payload] must hold a url, an attachment_id or a {FILE_PART} part"
        raise Refused(platform.problems.invalid, why=why)
    return Source(kind, upload=Media(part.data, part.content_type, part.name), reusable=reusable)


def _card(message: Json, _: Mapping[str, Upload], _platform: Platform) -> _Content:
    payload = message["attachment"]["payload"]
    elements = payload["elements"]
    lines = [line for one in elements for line in (one["title"], one.get("subtitle") or "") if line]
    buttons = tuple(button for one in elements for button in _buttons(one.get("buttons") or ()))
    kind = "buttons" if buttons and len(elements) == 1 else "template"
    picture = next((one["image_url"] for one in elements if one.get("image_url")), "")
    item = _item(kind, text="\n".join(lines), buttons=buttons, vendor={"template": "generic"})
    return _Content(item=item, template=payload, picture=picture)


def _button_template(message: Json, _: Mapping[str, Upload], _platform: Platform) -> _Content:
    payload = message["attachment"]["payload"]
    buttons = _buttons(payload["buttons"])
    item = _item("buttons", text=payload["text"], buttons=buttons, vendor={"template": "button"})
    return _Content(item=item, template=payload)


def _media_template(message: Json, uploads: Mapping[str, Upload], platform: Platform) -> _Content:
    payload = message["attachment"]["payload"]
    (element,) = payload["elements"]
    kind = element["media_type"]
    if not element.get("attachment_id"):
        raise Refused(platform.problems.invalid, why="Param elements[0][url]: this lab has no files on facebook.com")
    source = _source(kind, {"attachment_id": element["attachment_id"]}, uploads, platform)
    item = _item(kind, buttons=_buttons(element.get("buttons") or ()), vendor={"template": "media"})
    return _Content(item=item, sources=(source,), template=payload)


def _receipt(message: Json, _: Mapping[str, Upload], _platform: Platform) -> _Content:
    payload = message["attachment"]["payload"]
    lines = [f"{payload['recipient_name']}, {payload['order_number']}"]
    lines += [f"{one['title']}: {one['price']} {payload['currency']}" for one in payload.get("elements") or ()]
    lines.append(f"{payload['summary']['total_cost']} {payload['currency']}, {payload['payment_method']}")
    return _Content(item=_item("template", text="\n".join(lines), vendor={"template": "receipt"}), template=payload)


def _shared(kind: str, text: str, message: Json, _: Mapping[str, Upload], _platform: Platform) -> _Content:
    return _Content(item=_item(kind, text=text), shared=message["attachment"])


def _buttons(given: Any) -> tuple[Button, ...]:
    return tuple(_BUTTONS[one["type"]](one) for one in given)


_BUTTONS: Final[Mapping[str, Callable[[Json], Button]]] = {
    "postback": lambda one: Button(one["payload"], one["title"]),
    "web_url": lambda one: Button(one["url"], one["title"], "url", one["url"]),
    "phone_number": lambda one: Button(one["payload"], one["title"], "call", one["payload"]),
}


def _quick_replies(message: Json) -> tuple[Button, ...]:
    """The chips under a message."""
    return tuple(_quick_reply(one) for one in message.get("quick_replies") or ())


def _quick_reply(one: Json) -> Button:
    kind: str = one["content_type"]
    if kind in _QUICK_TITLES:  # the person's own number or address is its title
        return Button(kind, _QUICK_TITLES[kind], "contact")
    return Button(one["payload"], one["title"])


_CONTENT: Final[Mapping[str, Callable[[Json, Mapping[str, Upload], Platform], _Content]]] = {
    "text": _text,
    "file": _file,
    "images": _images,
    "generic template": _card,
    "button template": _button_template,
    "media template": _media_template,
    "receipt template": _receipt,
    "like_heart": partial(_shared, "sticker", "❤️"),
    "MEDIA_SHARE": partial(_shared, "share", ""),
}
"""By the name of its schema; a product offers those that it has a schema for."""
