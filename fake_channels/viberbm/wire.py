"""The shapes of Viber Business Messages: what a business may send, and what it is told. Pure; JSON stops here.

Requests are those of public clients (https://github.com/andrey0001/n8n-nodes-viber-bm). Callbacks are this project's
own contract, for the vendor's is not public. Each has `event`, `service_id`, `msisdn` and `ts`, and besides:

    receipt             message_token, status: delivered, seen, expired or failed; reason of a failure
    message             message_token, session_id, text or media {url, type, name, size} or both, tracking_data if any
    blocked, unblocked  nothing
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec

from fake_channels.core.handset import Button, ButtonKind, Item
from fake_channels.core.media import Media
from fake_channels.core.schemas import Checker, Mistake, checkers, load
from fake_channels.core.tables import VendorError
from fake_channels.viberbm import limits
from fake_channels.viberbm.limits import TypeRule

Json = dict[str, Any]

_SEND: Final = checkers("fake_channels.viberbm", "send.json")
CALLBACK: Final = Checker(load("fake_channels.viberbm", "callback.json"))
_TRACKING: Final = "#tracking_data"


class Refused(Exception):
    """The request is not what the API takes."""

    def __init__(self, error: VendorError, details: str = "") -> None:
        super().__init__(details or error.text)
        self.error = error
        self.details = details


class Source(msgspec.Struct, frozen=True):
    """Where the file of a message is."""

    kind: str
    url: str
    name: str


class TemplateCall(msgspec.Struct, frozen=True):
    """A template as a send names it."""

    id: str
    language: str
    parameters: dict[str, str]


class Sending(msgspec.Struct, frozen=True):
    """One valid message, understood."""

    dest: str
    """Digits only."""
    seq: int
    rule: TypeRule
    item: Item
    """As the phone shows it, still without an id."""
    ttl_ms: int
    tracking: str | None
    media: Source | None = None
    template: TemplateCall | None = None


def parse_send(body: Any) -> Sending:
    """Understand a message.

    Raises:
        Refused: with all mistakes.
    """
    if not isinstance(body, dict):
        raise Refused(limits.BAD_DATA, "the body is not a JSON object")
    number = body.get("type")
    if number is None:
        raise Refused(limits.BAD_PARAMETERS, "type: is required")
    rule = limits.TYPES.get(number) if isinstance(number, int) and not isinstance(number, bool) else None
    if rule is None:
        raise Refused(limits.BAD_TYPE, f"type: {str(number)[:40]!r} is none of the known types")
    checker = _SEND[rule.content]
    if not checker.accepts(body):
        raise _refused(checker.mistakes(body))
    _check_tracking(rule, body)
    item, media, template = _CONTENT[rule.content](body)
    return Sending(
        dest=body["dest"].removeprefix("+"),
        seq=body["seq"],
        rule=rule,
        item=item,
        ttl_ms=int(body.get("ttl", limits.TTL_MAX_S)) * 1_000,
        tracking=body.get("message", {}).get(_TRACKING),
        media=media,
        template=template,
    )


def _refused(mistakes: list[Mistake]) -> Refused:
    found = (
        error
        for path, rule, error in limits.BLAME
        for mistake in mistakes
        if mistake.path.startswith(path) and rule in {"", mistake.rule}
    )
    error = next(found, limits.BAD_DATA)  # only the stricter of two validators may see it, as a line feed at an end
    return Refused(error, "; ".join(f"{one.path or 'body'}: {one.says}" for one in mistakes))


def _check_tracking(rule: TypeRule, body: Json) -> None:
    given = _TRACKING in body.get("message", {})
    if given and rule.tracking == "refused":
        raise Refused(limits.BAD_PARAMETERS, f"message.{_TRACKING}: type {body['type']} does not take it")
    if not given and rule.tracking == "required":
        raise Refused(limits.BAD_PARAMETERS, f"message.{_TRACKING}: type {body['type']} needs it, if only empty")


_Content = tuple[Item, Source | None, TemplateCall | None]


def _item(kind: str, **rest: Any) -> Item:
    return Item(id="", at=0, author="business", kind=kind, **rest)


def _button(message: Json) -> tuple[Button, ...]:
    caption, action = message.get("#caption", ""), message.get("#action", "")
    kind: ButtonKind = "call" if action.startswith("tel:") else "url"
    return (Button("action", caption or action, kind, action),) if action else ()


def _text(body: Json) -> _Content:
    return _item("text", text=body["message"]["#txt"]), None, None


def _text_button(body: Json) -> _Content:
    message = body["message"]
    buttons = _button(message)
    return _item("buttons" if buttons else "text", text=message["#txt"], buttons=buttons), None, None


def _image(body: Json) -> _Content:
    message = body["message"]
    item = _item("image", text=message.get("#txt", ""), buttons=_button(message))
    return item, _source("image", message["#img"]), None


def _file(body: Json) -> _Content:
    message = body["message"]
    return _item("document"), _source("document", message["#action"], message["#fileName"]), None


def _video(body: Json) -> _Content:
    message = body["message"]
    place = "#media" if body["type"] == limits.ACTION_VIDEO else "#action"
    url = message.get(place, "")
    if not url:
        raise Refused(limits.BAD_PARAMETERS, f"message.{place}: the video's URL is required")
    buttons = _button(message) if message.get("#caption") else ()
    return _item("video", text=message.get("#txt", ""), buttons=buttons), _source("video", url), None


def _list(body: Json) -> _Content:
    rows = tuple(Button(option, option, "row") for option in body["survey"]["options"])
    return _item("list", text=body["message"]["#txt"], buttons=rows), None, None


def _carousel(body: Json) -> _Content:
    lines, buttons = [body["message"]["#txt"]], []
    for number, card in enumerate(body["carousel"]["items"], 1):
        lines.append(card["title"])
        for name in ("primaryButton", "secondaryButton"):
            if name in card:
                told = card[name]
                buttons.append(Button(f"{number}.{name}", told["label"], "url", told["actionUrl"]))
    return _item("buttons", text="\n".join(lines), buttons=tuple(buttons)), None, None


def _template(body: Json) -> _Content:
    call = TemplateCall(body["templateId"], body["templateLang"], body.get("templateParams", {}))
    return _item("template"), None, call


def _source(kind: str, url: str, name: str = "") -> Source:
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        raise Refused(limits.BAD_DATA, f"message: {url[:200]!r} is no URL") from None
    return Source(kind, url, name or path.rpartition("/")[2] or "file")


_CONTENT: Final[Mapping[str, Callable[[Json], _Content]]] = {
    "text": _text,
    "text_button": _text_button,
    "image": _image,
    "image_button": _image,
    "file": _file,
    "video": _video,
    "list": _list,
    "carousel": _carousel,
    "template": _template,
}


# --- answers ----------------------------------------------------------------------------------------------------------


def render_accepted(seq: int, token: str, session_id: str = "") -> Json:
    """The answer to a message that was taken."""
    told: Json = {"seq": seq, "message_token": token, "status": 0}
    return {**told, "session_id": session_id} if session_id else told


def render_error(error: VendorError, details: str = "", seq: Any = None) -> Json:
    """The answer to a message that was refused."""
    told: Json = {"status": error.code, "reason": f"{error.text}: {details}" if details else error.text}
    return {"seq": seq, **told} if isinstance(seq, int) else told


# --- callbacks --------------------------------------------------------------------------------------------------------


def render_event(event: str, service_id: int, msisdn: str, at: int, **rest: Any) -> Json:
    """A callback; what is None is left out."""
    told = {key: value for key, value in rest.items() if value is not None}
    return {"event": event, "service_id": service_id, "msisdn": msisdn, "ts": at, **told}


def render_media(url: str, media: Media) -> Json:
    """A customer's file."""
    return {"url": url, "type": media.mime, "name": media.name, "size": len(media.data)}
