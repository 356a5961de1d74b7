"""Parts of a message as bodies of WhatsApp's ``POST /messages``.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/messages. Must not know:
credentials, URLs.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from fake_sinch.adapters.bodies import explicit_object, form_of
from fake_sinch.adapters.contract import choice_payload, unrenderable
from fake_sinch.mediatypes import Family, family, file_name
from fake_sinch.parts import (
    Button,
    ChoicePart,
    ContactPart,
    ListPart,
    ListSection,
    LocationPart,
    MediaPart,
    Part,
    RawPart,
    SpecificPart,
    TemplatePart,
    TextPart,
)
from fake_sinch.reasons import ReasonCode

Content: TypeAlias = tuple[str, Any]
"""A type and the object that stands under its name."""

_REPLY_ID_BYTES: Final = 256
_ROW_ID_BYTES: Final = 200
_LIST_BUTTON: Final = "Menu"
"""The label that opens a list when the business names none."""


def body(part: Part, to: str, message_id: str) -> dict[str, Any]:
    """Return the whole body that sends a part."""
    if isinstance(part, RawPart):
        return _raw(part, to)
    kind, content = form_of(part, _RENDERERS, "WhatsApp")(part, message_id)
    return {
        "messaging_product": "whatsapp",
        "to": to,
        "type": kind,
        "recipient_type": "individual",
        kind: content,
    }


def _raw(part: RawPart, to: str) -> dict[str, Any]:
    fixed = {"messaging_product": "whatsapp", "to": to, **explicit_object(part, to)}
    # Older examples write INDIVIDUAL; the Cloud API knows the lower-case word only.
    fixed["recipient_type"] = str(fixed.get("recipient_type", "individual")).lower()
    return fixed


def _text(part: TextPart, _: str) -> Content:
    words: dict[str, Any] = {"body": part.text}
    if "http://" in part.text or "https://" in part.text:
        words["preview_url"] = True
    return "text", words


_CAPTIONED: Final = frozenset({Family.IMAGE, Family.VIDEO, Family.DOCUMENT})


def _media(part: MediaPart, _: str) -> Content:
    kind = family(part.mime)
    media: dict[str, Any] = {"link": part.url}
    if part.caption and kind in _CAPTIONED:
        media["caption"] = part.caption
    if kind is Family.DOCUMENT:
        media["filename"] = part.filename or file_name(part.url)
    return kind.value, {key: value for key, value in media.items() if value}


def _location(part: LocationPart, _: str) -> Content:
    return "location", {
        "longitude": part.longitude,
        "latitude": part.latitude,
        "name": part.title,
        "address": part.label,
    }


def _interactive(kind: str, text: str, action: Mapping[str, Any], **around: Any) -> Content:
    given = {name: value for name, value in around.items() if value}
    return "interactive", {"type": kind, **given, "body": {"text": text}, "action": action}


def _footer(text: str) -> dict[str, Any]:
    return {"text": text} if text else {}


def _header(part: ChoicePart) -> dict[str, Any]:
    if part.media is not None:
        kind, media = _media(part.media, "")
        return {"type": kind, kind: media}
    return {"type": "text", "text": part.header} if part.header else {}


def _reply(button: Button, message_id: str, place: int) -> dict[str, Any]:
    payload = choice_payload(message_id, button.postback, place, _REPLY_ID_BYTES)
    return {"type": "reply", "reply": {"id": payload, "title": button.title}}


def _choice(part: ChoicePart, message_id: str) -> Content:
    around = {"header": _header(part), "footer": _footer(part.footer)}
    first = part.buttons[0]
    if first.kind == "url_message":
        parameters = {"display_text": first.title, "url": first.value}
        return _interactive("cta_url", part.text, {"name": "cta_url", "parameters": parameters}, **around)
    buttons = [_reply(button, message_id, place) for place, button in enumerate(part.buttons)]
    return _interactive("button", part.text, {"buttons": buttons}, **around)


def _section(section: ListSection, message_id: str, before: int) -> dict[str, Any]:
    told: dict[str, Any] = {"title": section.title} if section.title else {}
    if section.products:
        return {**told, "product_items": [{"product_retailer_id": product} for product in section.products]}
    told["rows"] = [
        {
            "id": choice_payload(message_id, row.postback, place, _ROW_ID_BYTES),
            "title": row.title,
            **({"description": row.description} if row.description else {}),
        }
        for place, row in enumerate(section.rows, before)
    ]
    return told


def _list(part: ListPart, message_id: str) -> Content:
    sections = []
    rows = 0
    for section in part.sections:
        sections.append(_section(section, message_id, rows))
        rows += len(section.rows)
    if any("product_items" in section for section in sections):
        header = {"type": "text", "text": part.header or part.title}
        action: dict[str, Any] = {"catalog_id": part.catalog_id, "sections": sections}
        return _interactive("product_list", part.description or part.title, action, header=header)
    header = {"type": "text", "text": part.header or part.title} if part.description else {}
    action = {"button": part.menu or _LIST_BUTTON, "sections": sections}
    return _interactive("list", part.description or part.title, action, header=header)


# ------------------------------------------------------------------------------------- contact cards


def _contact(part: ContactPart, _: str) -> Content:
    told = part.contact
    name = told.get("name", {})
    card: dict[str, Any] = {
        "name": {"formatted_name": name.get("full_name", ""), **_present(name, *_NAME_PARTS)},
        "phones": [
            {"phone": phone.get("phone_number", ""), **_present(phone, "type")}
            for phone in told.get("phone_numbers", ())
        ],
        "emails": [
            {"email": mail.get("email_address", ""), **_present(mail, "type")}
            for mail in told.get("email_addresses", ())
        ],
        "urls": [{"url": url.get("url", ""), **_present(url, "type")} for url in told.get("urls", ())],
        "addresses": [
            _present(address, "city", "country", "state", "zip", "type", "country_code")
            for address in told.get("addresses", ())
        ],
        "org": _present(told.get("organization") or {}, "company", "department", "title"),
        "birthday": told.get("birthday") or "",
    }
    if len(card["name"]) == 1:
        # The vendor wants one part of the name beside the formatted one.
        card["name"]["first_name"] = card["name"]["formatted_name"]
    return "contacts", [{key: value for key, value in card.items() if value}]


_NAME_PARTS: Final = ("first_name", "last_name", "middle_name", "prefix", "suffix")


def _present(told: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: told[key] for key in keys if told.get(key)}


# ----------------------------------------------------------------------------------------- templates

_DEEPEST: Final = 8
"""How many names a dotted path may have; the vendor's have three."""
_KEY: Final = re.compile(
    r"(?P<component>header|body)\[(?P<at>[^\]]+)\](?P<field>[\w.]+)"
    r"|button\[(?P<button>\d+)\](?P<sub_type>\w+)\[(?P<button_at>[^\]]+)\](?P<button_field>[\w.]+)"
)
"""Keys such as ``body[1]text``, ``header[1]document.link``, ``button[0]quick_reply[1]payload``."""


def _template(part: TemplatePart, _: str) -> Content:
    template: dict[str, Any] = {"name": part.template_id, "language": {"code": part.language_code}}
    if components := _components(part.parameters):
        template["components"] = components
    return "template", template


def _components(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = {}
    for key, value in parameters.items():
        match = _KEY.fullmatch(key)
        if match is None:
            raise unrenderable(
                f"The template parameter {key!r} is not addressed as body[1]text",
                ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS,
            )
        if match["component"]:
            place, at, path = (match["component"], "", ""), match["at"], match["field"]
        else:
            place = ("button", match["button"], match["sub_type"])
            at, path = match["button_at"], match["button_field"]
        parameter = found.setdefault(place, {}).setdefault(at, {})
        _put(parameter, path.split("."), value)
        if not at.isdecimal():
            parameter["parameter_name"] = at
    return [_component(place, found[place]) for place in sorted(found, key=_template_order)]


def _template_order(place: tuple[str, str, str]) -> tuple[int, str]:
    return ("header", "body", "button").index(place[0]), place[1]


def _component(place: tuple[str, str, str], parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    component, index, sub_type = place
    told: dict[str, Any] = {"type": component}
    if component == "button":
        told |= {"sub_type": sub_type, "index": index}
    in_order = sorted(parameters, key=lambda at: (not at.isdecimal(), int(at[:9]) if at.isdecimal() else 0))
    told["parameters"] = [dict(parameters[at]) for at in in_order]
    return told


def _put(parameter: dict[str, Any], path: list[str], value: str) -> None:
    """Set ``type`` and the value at a dotted path; ``document.link`` sets document: {link}."""
    parameter.setdefault("type", path[0])
    inner: Any = parameter
    for step in path[:-1]:
        inner = inner.setdefault(step, {})
        if not isinstance(inner, dict):
            break
    if not isinstance(inner, dict) or len(path) > _DEEPEST:
        raise unrenderable(
            f"The template parameter {'.'.join(path)[:200]!r} has no place beside the others",
            ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS,
        )
    inner[path[-1]] = value


# ---------------------------------------------------------------------------------- WhatsApp's own kinds


def _flow(message: Mapping[str, Any], message_id: str) -> Content:
    parameters: dict[str, Any] = {
        "flow_message_version": "3",
        "flow_token": str(message.get("flow_token") or message_id),
        "flow_id": str(message.get("flow_id", "")),
        "flow_cta": str(message.get("flow_cta", "")),
        **_present(message, "flow_mode", "flow_action", "flow_action_payload"),
    }
    text = str(message.get("body", {}).get("text", ""))
    return _interactive(
        "flow",
        text,
        {"name": "flow", "parameters": parameters},
        header=message.get("header"),
        footer=message.get("footer"),
    )


_SPECIFIC: Final[Mapping[str, Callable[[Mapping[str, Any], str], Content]]] = {"FLOWS": _flow}


def _specific(part: SpecificPart, message_id: str) -> Content:
    render = _SPECIFIC.get(part.message_type)
    if render is None:
        raise unrenderable(f"{part.message_type} is not emulated", ReasonCode.UNSUPPORTED_OPERATION)
    return render(part.message, message_id)


_RENDERERS: Final[Mapping[type, Callable[[Any, str], Content]]] = {
    TextPart: _text,
    MediaPart: _media,
    LocationPart: _location,
    ChoicePart: _choice,
    ListPart: _list,
    ContactPart: _contact,
    TemplatePart: _template,
    SpecificPart: _specific,
}
