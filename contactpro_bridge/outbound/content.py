"""What an agent asks to send: read from the agent API's JSON, checked, and written as an AppMessage.

Pure. Mistakes are refusals with a code, a sentence and a hint; the same tables decide what a channel carries.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contactpro_bridge.chats.attached import OWN_KEY
from contactpro_bridge.chats.channels import Channel, Kind
from contactpro_bridge.errors import Refusal, bad_request
from contactpro_bridge.settings.tenant import TemplateSettings
from contactpro_bridge.whatsapp.window import Window, WindowState

MAX_TEXT: Final = 20_000
MAX_CHOICES: Final = 10
MAX_TITLE: Final = 200
MAX_PARAMETERS: Final = 100
MAX_PARAMETER: Final = 4096
MAX_CLIENT_ID: Final = 128
MAX_CAPTION: Final = 1024


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message an agent wants sent."""

    kind: Kind
    text: str | None = None
    attachment_id: str = ""
    caption: str = ""
    location: Mapping[str, Any] | None = None
    choices: Sequence[str] = ()
    template: Mapping[str, Any] | None = None
    client_id: str | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)


def read_outgoing(body: Any) -> Outgoing:
    """Read the body of a send request; raises a Refusal that names the field."""
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    given = [name for name in _READERS if body.get(name) is not None]
    if len(given) != 1:
        raise bad_request(
            f"Give exactly one of {', '.join(_READERS)}; {len(given)} were given.", code="exactly_one_content"
        )
    unknown = set(body) - set(_READERS) - {"client_id", "caption"}
    if unknown:
        raise bad_request(f"Unknown fields: {', '.join(sorted(unknown))}.", "Remove them or correct their spelling.")
    client_id = body.get("client_id")
    if client_id is not None and not _is_client_id(client_id):
        raise bad_request(f"client_id must be a text of 1 to {MAX_CLIENT_ID} printable characters.")
    caption = _text(body, "caption", MAX_CAPTION) if body.get("caption") else ""
    if caption and given[0] != "attachment_id":
        raise bad_request("caption goes with attachment_id only.")
    return _READERS[given[0]](body, client_id, caption)


def _is_client_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_CLIENT_ID and value.isprintable()


def _text(part: Mapping[str, Any], name: str, most: int) -> str:
    value = part.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{name} must be a text that is not empty.", code="empty_text")
    if len(value) > most:
        raise Refusal(422, "text_too_long", f"{name} has {len(value)} characters; at most {most} are possible.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise bad_request(f"{name} contains half a surrogate pair.", code="bad_text") from None
    return value.replace("\0", "\ufffd")


def _read_text(body: Mapping[str, Any], client_id: str | None, _caption: str) -> Outgoing:
    return Outgoing(Kind.TEXT, _text(body, "text", MAX_TEXT), client_id=client_id)


def _read_attachment(body: Mapping[str, Any], client_id: str | None, caption: str) -> Outgoing:
    attachment_id = _text(body, "attachment_id", 64)
    return Outgoing(Kind.MEDIA, attachment_id=attachment_id, caption=caption, client_id=client_id)


def _part(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = body[name]
    if not isinstance(part, dict):
        raise bad_request(f"{name} must be a JSON object.")
    return part


def _degrees(part: Mapping[str, Any], name: str, most: float) -> float:
    value = part.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > most:
        raise bad_request(f"location.{name} must be a number from -{most:g} to {most:g}.", code="bad_location")
    return float(value)


def _read_location(body: Mapping[str, Any], client_id: str | None, _caption: str) -> Outgoing:
    part = _part(body, "location")
    location = {"latitude": _degrees(part, "latitude", 90), "longitude": _degrees(part, "longitude", 180)}
    title = _text(part, "title", MAX_TITLE) if part.get("title") else "Location"
    label = _text(part, "label", MAX_TITLE) if part.get("label") else ""
    shown = {"location": {**location, "title": title, "label": label}}
    return Outgoing(Kind.LOCATION, title, location=shown["location"], client_id=client_id, shown=shown)


def _read_quick_replies(body: Mapping[str, Any], client_id: str | None, _caption: str) -> Outgoing:
    part = _part(body, "quick_replies")
    text = _text(part, "text", MAX_TEXT)
    choices = part.get("choices")
    if not isinstance(choices, list) or not 0 < len(choices) <= MAX_CHOICES:
        raise bad_request(f"quick_replies.choices must be a list of 1 to {MAX_CHOICES} texts.", code="bad_choices")
    titles = [_title(choice) for choice in choices]
    if len(set(titles)) != len(titles):
        raise bad_request("Two choices have the same text.", "Make every choice different.", code="bad_choices")
    shown = {"choices": [{"title": title, "postback_data": title} for title in titles]}
    return Outgoing(Kind.QUICK_REPLIES, text, choices=titles, client_id=client_id, shown=shown)


def _title(choice: Any) -> str:
    part = choice if isinstance(choice, dict) else {"title": choice}
    return _text(part, "title" if "title" in part else "text", MAX_TITLE)


def _read_template(body: Mapping[str, Any], client_id: str | None, _caption: str) -> Outgoing:
    part = _part(body, "template")
    given = part.get("parameters") or {}
    if isinstance(given, list):
        given = {f"body[{number}]text": value for number, value in enumerate(given, 1)}
    if not isinstance(given, dict) or len(given) > MAX_PARAMETERS:
        raise bad_request(f"template.parameters must be an object or a list of at most {MAX_PARAMETERS} texts.")
    parameters = {str(name): _text(given, name, MAX_PARAMETER) for name in given}
    template = {"name": _text(part, "name", 512), "language": _text(part, "language", 20), "parameters": parameters}
    return Outgoing(Kind.TEMPLATE, template=template, client_id=client_id, shown={"template": template})


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], str | None, str], Outgoing]]] = {
    "text": _read_text,
    "attachment_id": _read_attachment,
    "location": _read_location,
    "quick_replies": _read_quick_replies,
    "template": _read_template,
}


def check_channel(outgoing: Outgoing, channel: Channel) -> None:
    """Refuse what the channel cannot carry."""
    if outgoing.kind not in channel.kinds:
        raise Refusal(
            422,
            "not_on_this_channel",
            f"{channel.sub_channel} cannot carry {outgoing.kind.value.replace('_', ' ')}.",
            "Send a text instead.",
        )
    if channel.max_text is not None and outgoing.text is not None and len(outgoing.text) > channel.max_text:
        raise Refusal(
            422,
            "text_too_long",
            f"The text has {len(outgoing.text)} characters; {channel.sub_channel} takes at most {channel.max_text}.",
            "Split the text into several messages.",
        )


def check_window(outgoing: Outgoing, window: Window) -> None:
    """Refuse what WhatsApp's 24-hour rule would refuse later."""
    if window.state in {WindowState.OPEN, WindowState.NONE}:
        return
    if window.state is WindowState.BLOCKED:
        raise Refusal(
            409,
            "whatsapp_not_opted_in",
            "The customer has not written in the last 24 hours and has given no permanent opt-in.",
            "Reach the customer on another channel, or record their WhatsApp consent first.",
        )
    if outgoing.kind is not Kind.TEMPLATE:
        raise Refusal(
            409,
            "whatsapp_window_closed",
            "The customer has not written in the last 24 hours: WhatsApp takes templates only.",
            "Send an approved template; when the customer answers, the window is open again.",
        )


def check_template(template: Mapping[str, Any], known: Sequence[TemplateSettings]) -> str | None:
    """Return how a template reads with its parameters; refuse one that is not among the known, when any are."""
    if not known:
        return None
    for row in known:
        if row.name == template["name"] and row.language == template["language"]:
            missing = [name for name in row.parameters if name not in template["parameters"]]
            if missing:
                raise Refusal(422, "template_parameters_missing", f"The template needs: {', '.join(missing)}.")
            return _fill(row.text, template["parameters"]) or None
    raise Refusal(
        422,
        "template_unknown",
        f"There is no template {template['name']!r} in {template['language']!r}.",
        "GET /agent/v1/templates lists the templates.",
    )


def _fill(text: str, parameters: Mapping[str, str]) -> str:
    for name, value in parameters.items():
        if name.startswith("body[") and name.endswith("]text"):
            text = text.replace("{{" + name[5:-5] + "}}", value)
    return text


def app_message(outgoing: Outgoing, channel: str, media_url: str = "", media_name: str = "") -> dict[str, Any]:
    """Return the Conversation API's AppMessage."""
    match outgoing.kind:
        case Kind.TEXT:
            return {"text_message": {"text": outgoing.text}}
        case Kind.MEDIA:
            return {"media_message": {"url": media_url, "filename_override": media_name}}
        case Kind.LOCATION:
            place = dict(outgoing.location or {})
            coordinates = {"latitude": place["latitude"], "longitude": place["longitude"]}
            message = {"title": place["title"], "coordinates": coordinates}
            return {"location_message": {**message, "label": place["label"]} if place["label"] else message}
        case Kind.QUICK_REPLIES:
            choices = [{"text_message": {"text": title}, "postback_data": title} for title in outgoing.choices]
            return {"choice_message": {"text_message": {"text": outgoing.text}, "choices": choices}}
        case Kind.TEMPLATE:
            template = dict(outgoing.template or {})
            reference = {
                "template_id": template["name"],
                "language_code": template["language"],
                "parameters": template["parameters"],
            }
            return {"template_message": {"channel_template": {channel: reference}}}


def send_body(
    message: Mapping[str, Any], entry_id: str, *, app_id: str, channel: str, identity: str, contact_id: str
) -> dict[str, Any]:
    """Return the body of the send call; our entry id travels with it and comes back in receipts."""
    identities = [{"channel": channel, "identity": identity}]
    recipient = {"contact_id": contact_id} if contact_id else {"identified_by": {"channel_identities": identities}}
    return {
        "app_id": app_id,
        "recipient": recipient,
        "message": dict(message),
        "channel_priority_order": [channel],
        "message_metadata": orjson.dumps({OWN_KEY: entry_id}).decode(),
    }
