"""WhatsApp's shapes: what a business may send, and what the Cloud API posts back. Pure; JSON stops here.

Sources: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages and
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from fake_channels.core.handset import Button, Item, LocationView
from fake_channels.core.media import Media
from fake_channels.core.schemas import Checker, Mistake, checkers, load
from fake_channels.core.tables import VendorError
from fake_channels.whatsapp import limits, problems

Json = dict[str, Any]

MEDIA_TYPES: Final = frozenset({"image", "video", "audio", "document", "sticker"})
USER_ID: Final = re.compile(r"[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}")
"""A business-scoped user id."""
_SEND: Final = checkers("fake_channels.whatsapp", "send.json")
WEBHOOK: Final = Checker(load("fake_channels.whatsapp", "webhook.json"))

_CODE_OF: Final = {"required": limits.PARAMETER_MISSING, "maxLength": limits.INVALID_PARAMETER}


class MediaSource(msgspec.Struct, frozen=True):
    """Where the file of a sent message is: an uploaded id, or a link that will be fetched."""

    kind: str
    media_id: str = ""
    link: str = ""
    filename: str = ""
    voice: bool = False


class Parameter(msgspec.Struct, frozen=True):
    """One value for a template: a text, a file or a payload."""

    kind: str
    text: str = ""
    name: str = ""
    media: MediaSource | None = None


class ButtonCall(msgspec.Struct, frozen=True):
    """Values for one button of a template."""

    index: int
    sub_type: str
    parameters: tuple[Parameter, ...]


class TemplateCall(msgspec.Struct, frozen=True):
    """A template as a send names it."""

    name: str
    language: str
    header: tuple[Parameter, ...] = ()
    body: tuple[Parameter, ...] = ()
    buttons: tuple[ButtonCall, ...] = ()


class Sending(msgspec.Struct, frozen=True):
    """One valid send request, understood."""

    to: str
    """Digits only, or a business-scoped user id."""
    to_given: str
    kind: str
    item: Item
    media: MediaSource | None = None
    template: TemplateCall | None = None
    opaque: str = ""


class Refused(Exception):
    """The request is not what the API takes; a `subcode` says more about a template, `wait_ms` when to come again."""

    def __init__(
        self, error: VendorError, details: str, subcode: limits.Subcode | None = None, wait_ms: int = 0
    ) -> None:
        super().__init__(details)
        self.error = error
        self.details = details
        self.subcode = subcode
        self.wait_ms = wait_ms


def parse_send(body: Any) -> Sending:
    """Understand a send request.

    Raises:
        Refused: with the vendor's error and all mistakes in its details.
    """
    if not isinstance(body, dict):
        raise Refused(limits.INVALID_PARAMETER, "The body must be a JSON object.")
    if "recipient" in body and "to" not in body:
        body = {**body, "to": body["recipient"]}
    kind = body.get("type", "text")
    schema_kind = _schema_kind(body, kind)
    checker = _SEND.get(schema_kind)
    if checker is None:
        known = ", ".join(sorted(_SEND))
        raise Refused(limits.UNSUPPORTED_TYPE, f"Unsupported type {str(schema_kind)[:80]!r}; known are {known}.")
    if not checker.accepts(body):
        raise refused(checker.mistakes(body))
    return _understand(body, kind)


def _schema_kind(body: Json, kind: Any) -> str:
    if kind != "interactive":
        return kind if isinstance(kind, str) else repr(kind)
    interactive = body.get("interactive")
    inner = interactive.get("type") if isinstance(interactive, dict) else None
    return inner if isinstance(inner, str) else "interactive without type"


def refused(mistakes: list[Mistake]) -> Refused:
    """All mistakes in one refusal, with the code that fits the first of them that has one."""
    error = next((_CODE_OF[mistake.rule] for mistake in mistakes if mistake.rule in _CODE_OF), limits.PARAMETER_INVALID)
    return Refused(error, "; ".join(f"{mistake.path or 'body'}: {mistake.says}" for mistake in mistakes))


def _understand(body: Json, kind: str) -> Sending:
    if not USER_ID.fullmatch(body["to"]):
        _check(problems.of_number(body["to"]))
    item, media, template = _CONTENT[kind](body[kind])
    item.reply_to = (body.get("context") or {}).get("message_id", "")
    return Sending(
        to=address(body["to"]),
        to_given=body["to"],
        kind=kind,
        item=item,
        media=media,
        template=template,
        opaque=body.get("biz_opaque_callback_data") or "",
    )


def address(given: str) -> str:
    """A number as digits, whatever stands between them; a business-scoped user id as it is."""
    return given if USER_ID.fullmatch(given) else "".join(filter(str.isdecimal, given))


_Content = tuple[Item, MediaSource | None, TemplateCall | None]


def _item(kind: str, **rest: Any) -> Item:
    return Item(id="", at=0, author="business", kind=kind, **rest)


def _text(part: Json) -> _Content:
    return _item("text", text=part["body"]), None, None


def _source(kind: str, part: Json) -> MediaSource:
    voice, link, filename = bool(part.get("voice")), str(part.get("link", "")), str(part.get("filename", ""))
    return MediaSource(kind, str(part.get("id", "")), link, filename, voice)


def _media(kind: str, part: Json) -> _Content:
    source = _source(kind, part)
    return _item("voice" if source.voice else kind, text=part.get("caption", "")), source, None


def _location(part: Json) -> _Content:
    place = LocationView(
        float(part["latitude"]), float(part["longitude"]), part.get("name", ""), part.get("address", "")
    )
    _check(problems.of_place(place.latitude, place.longitude))
    return _item("location", text=place.name, location=place), None, None


def _contacts(part: list[Json]) -> _Content:
    first = part[0]
    phones = ", ".join(str(phone.get("phone", "")) for phone in first.get("phones") or [])
    return _item("contact", text=f"{first['name']['formatted_name']} {phones}".strip()), None, None


def _reaction(part: Json) -> _Content:
    return _item("reaction", text=part["emoji"], vendor={"target": part["message_id"]}), None, None


def _template(part: Json) -> _Content:
    values: dict[str, tuple[Parameter, ...]] = {}
    buttons: list[ButtonCall] = []
    for component in part.get("components", []):
        parameters = tuple(_parameter(one) for one in component.get("parameters", []))
        kind = component["type"].lower()
        if kind == "button":
            index = int(component.get("index", 0))
            buttons.append(ButtonCall(index, str(component.get("sub_type", "")).lower(), parameters))
        else:
            values[kind] = parameters
    header, body = values.get("header", ()), values.get("body", ())
    call = TemplateCall(part["name"], part["language"]["code"], header, body, tuple(buttons))
    return _item("template"), None, call


def _parameter(part: Json) -> Parameter:
    kind, name = part["type"].lower(), str(part.get("parameter_name", ""))
    inner = part.get(kind)
    if kind in MEDIA_TYPES and isinstance(inner, dict):
        return Parameter(kind, name=name, media=_source(kind, inner))
    if isinstance(inner, dict):
        return Parameter(kind, str(inner.get("fallback_value") or inner.get("name") or ""), name)
    return Parameter(kind, str("" if inner is None else inner), name)


def _interactive(part: Json) -> _Content:
    kind, action = part["type"], part["action"]
    if kind == "button":
        replies = [button["reply"] for button in action["buttons"]]
        _check(problems.of_buttons(replies))
        shown, buttons = "buttons", tuple(Button(reply["id"], reply["title"]) for reply in replies)
    elif kind == "list":
        _check(problems.of_sections(action["sections"]))
        rows = [row for section in action["sections"] for row in section["rows"]]
        shown, buttons = (
            "list",
            tuple(Button(row["id"], row["title"], "row", row.get("description", "")) for row in rows),
        )
    elif kind == "cta_url":
        target = action["parameters"]
        shown, buttons = "buttons", (Button("cta_url", target["display_text"], "url", target["url"]),)
    else:
        shown, buttons = "buttons", (Button("send_location", "Send location", "location"),)
    header, footer = part.get("header") or {}, part.get("footer") or {}
    text = lines(header.get("text", ""), part["body"]["text"], footer.get("text", ""))
    media = _source(header["type"], header[header["type"]]) if header.get("type") in MEDIA_TYPES else None
    return _item(shown, text=text, buttons=buttons), media, None


def lines(*parts: str) -> str:
    """What a screen shows below each other."""
    return "\n".join(part for part in parts if part)


def _check(problem: str) -> None:
    if problem:
        raise Refused(limits.PARAMETER_INVALID, problem)


_CONTENT: Final[dict[str, Callable[[Any], _Content]]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "template": _template,
    "interactive": _interactive,
    **{kind: partial(_media, kind) for kind in MEDIA_TYPES},
}


def render_accepted(sending: Sending, wamid: str) -> Json:
    """The 200 of a send: accepted, no more."""
    message: Json = {"id": wamid}
    if sending.template is not None:
        message["message_status"] = "accepted"
    named = "wa_id" if sending.to.isdecimal() else "user_id"
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": sending.to_given, named: sending.to}],
        "messages": [message],
    }


class Sender(msgspec.Struct, frozen=True):
    """Who is who in a webhook; without `wa_id` the customer's number is hidden."""

    waba_id: str
    phone_number_id: str
    display_phone_number: str
    wa_id: str
    user_id: str
    name: str = ""
    username: str = ""

    def customer(self, number: str, user_id: str) -> Json:
        """The customer under these two names."""
        return {number: self.wa_id, user_id: self.user_id} if self.wa_id else {user_id: self.user_id}

    def profile(self) -> Json:
        """What the customer shows of themselves."""
        return {"name": self.name, "username": f"@{self.username}"} if self.username else {"name": self.name}


def envelope(sender: Sender, **content: Any) -> Json:
    """A webhook about the number's messages."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": sender.display_phone_number,
            "phone_number_id": sender.phone_number_id,
        },
        **content,
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": sender.waba_id, "changes": [{"field": "messages", "value": value}]}],
    }


def render_inbound(sender: Sender, wamid: str, at: int, content: Json, context: Json | None = None) -> Json:
    """A message from the customer; `content` holds `type` and the part of that name."""
    contact = {"profile": sender.profile(), **sender.customer("wa_id", "user_id")}
    message: Json = {**sender.customer("from", "from_user_id"), "id": wamid, "timestamp": str(at // 1000)}
    if context is not None:
        message["context"] = context
    return envelope(sender, contacts=[contact], messages=[{**message, **content}])


class Price(msgspec.Struct, frozen=True):
    """What a message costs its business."""

    category: str = "service"
    billable: bool = False


def render_status(
    sender: Sender,
    wamid: str,
    at: int,
    status: str,
    *,
    opaque: str = "",
    error: VendorError | None = None,
    details: str = "",
    price: Price | None = None,
) -> Json:
    """A status of a business message; `error` makes it a failure."""
    entry: Json = {
        "id": wamid,
        "status": status,
        "timestamp": str(at // 1000),
        **sender.customer("recipient_id", "recipient_user_id"),
    }
    if opaque:
        entry["biz_opaque_callback_data"] = opaque
    if status in {"sent", "delivered"}:
        told = price or Price()
        kind = "regular" if told.billable else "free_customer_service"
        entry["pricing"] = {
            "billable": told.billable,
            "pricing_model": "PMP",
            "type": kind,
            "category": told.category,
        }
    if error is not None:
        entry["errors"] = [render_error(error, details)]
    return envelope(sender, contacts=[sender.customer("wa_id", "user_id")], statuses=[entry])


def render_error(error: VendorError, details: str = "") -> Json:
    """An error as webhooks carry it."""
    return {
        "code": error.code,
        "title": error.text,
        "message": error.text,
        "error_data": {"details": details or error.text},
        "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/",
    }


def render_media_part(media_id: str, media: Media, url: str, **rest: Any) -> Json:
    """An inbound file as a message carries it."""
    part: Json = {
        "mime_type": media.mime,
        "sha256": base64.b64encode(media.digest).decode(),
        "id": media_id,
        "url": url,
    }
    return {**part, **{key: value for key, value in rest.items() if value not in (None, "")}}


def render_media_object(media_id: str, media: Media, url: str) -> Json:
    """The answer to GET /{media-id}."""
    return {
        "messaging_product": "whatsapp",
        "url": url,
        "mime_type": media.mime,
        "sha256": media.digest.hex(),
        "file_size": len(media.data),
        "id": media_id,
    }
