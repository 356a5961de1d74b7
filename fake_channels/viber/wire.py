"""Viber's shapes: what a bot may ask for, and what the API answers and posts back. Pure; JSON stops here.

Sources: https://developers.viber.com/docs/api/rest-bot-api/ and https://developers.viber.com/docs/tools/keyboards/
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from functools import partial
from html import unescape
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec
import orjson

from fake_channels.core.handset import Button, ButtonKind, Handset, Item, LocationView
from fake_channels.core.schemas import Checker, Mistake, checkers, load
from fake_channels.core.tables import VendorError
from fake_channels.viber import limits

Json = dict[str, Any]

HOSTNAME: Final = "SN-CHAT-01_"
NAMELESS: Final = "Subscriber"
SIGNATURE: Final = "X-Viber-Content-Signature"
_REQUESTS: Final = checkers("fake_channels.viber", "requests.json")
CALLBACK: Final = Checker(load("fake_channels.viber", "callback.json"))
_TAG: Final = re.compile(r"<[^<>]*>")
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SIZED: Final = frozenset({"video", "file"})
"""Types whose size must be told."""


class Refused(Exception):
    """The request is not what the API takes."""

    def __init__(self, error: VendorError, details: str = "") -> None:
        super().__init__(details or error.text)
        self.error = error
        self.details = details


class Source(msgspec.Struct, frozen=True):
    """Where the file of a message is."""

    type: str
    url: str
    name: str


class Sending(msgspec.Struct, frozen=True):
    """One valid message, understood."""

    receivers: tuple[str, ...]
    item: Item
    """As the phone shows it, still without an id."""
    tracking: str | None
    min_api_version: int
    media: Source | None = None


# --- requests ---------------------------------------------------------------------------------------------------------


def check(name: str, body: Any) -> Json:
    """The body of a call of this name.

    Raises:
        Refused: with all mistakes.
    """
    checker = _REQUESTS[name]
    if not checker.accepts(body):
        raise _refused(checker.mistakes(body))
    told: Json = body
    return told


def parse_message(endpoint: str, body: Any) -> Sending:
    """Understand a message; `endpoint` is `send_message`, `broadcast_message` or `welcome`.

    Raises:
        Refused: with all mistakes.
    """
    if not isinstance(body, dict):
        raise Refused(limits.BAD_DATA, "badData: the body is not a JSON object")
    kind = body.get("type", "keyboard" if body.get("keyboard") is not None else "text")
    if not isinstance(kind, str) or kind not in _CONTENT:
        raise Refused(limits.BAD_DATA, f"badData: type: {str(kind)[:80]!r} is none of {', '.join(sorted(_CONTENT))}")
    mistakes = [
        mistake
        for checker in (_REQUESTS[endpoint], _REQUESTS[kind])
        if not checker.accepts(body)
        for mistake in checker.mistakes(body)
    ]
    if mistakes:
        raise _refused(mistakes)
    item, media = _CONTENT[kind](body)
    keyboard = body.get("keyboard")
    if keyboard is not None:
        _attach(item, keyboard)
    version = int(body.get("min_api_version", 1))
    _check_version(kind, item, version)
    one = [body["receiver"]] if endpoint == "send_message" else []
    receivers = body.get("broadcast_list", []) if endpoint == "broadcast_message" else one
    return Sending(tuple(receivers), item, body.get("tracking_data"), version, media)


def _refused(mistakes: list[Mistake]) -> Refused:
    error = limits.MISSING_DATA if any(one.rule == "required" for one in mistakes) else limits.BAD_DATA
    told = "; ".join(f"{one.path or 'body'}: {one.says}" for one in mistakes)
    return Refused(error, f"{error.text}: {told}")


def _check_version(kind: str, item: Item, version: int) -> None:
    needed = limits.RICH_MEDIA_API if kind == "rich_media" else 1
    if any(button.kind in {"location", "contact"} for button in item.buttons):
        needed = max(needed, limits.PICKERS_API)
    if version < needed:
        raise Refused(limits.INCOMPATIBLE, f"incompatibleWithVersion: needs min_api_version {needed}, not {version}")
    if version > limits.DEVICE_API:
        raise Refused(limits.API_NOT_SUPPORTED)


_Content = tuple[Item, Source | None]


def _item(kind: str, **rest: Any) -> Item:
    return Item(id="", at=0, author="business", kind=kind, **rest)


def _text(body: Json) -> _Content:
    return _item("text", text=body["text"]), None


def _file(kind: str, shown: str, body: Json) -> _Content:
    rule, url = limits.MEDIA_RULES[kind], body["media"]
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        raise Refused(limits.BAD_DATA, f"badData: media: {url[:200]!r} is no URL") from None
    if rule.suffixes and not path.lower().endswith(rule.suffixes):
        raise Refused(limits.BAD_DATA, f"badData: media: the URL must end with {', '.join(rule.suffixes)}")
    if kind in _SIZED and int(body["size"]) > rule.max_bytes:
        raise Refused(limits.BAD_DATA, f"badData: size: more than {rule.max_bytes} bytes")
    name = body.get("file_name") or path.rpartition("/")[2] or "file"
    return _item(shown, text=body.get("text") or ""), Source(kind, url, name)


def _contact(body: Json) -> _Content:
    contact = body["contact"]
    return _item("contact", text=f"{contact['name']} {contact['phone_number']}"), None


def _location(body: Json) -> _Content:
    place = body["location"]
    return _item("location", location=LocationView(float(place["lat"]), float(place["lon"]))), None


def _url(body: Json) -> _Content:
    return _item("text", text=body["media"], vendor={"type": "url"}), None


def _sticker(body: Json) -> _Content:
    return _item("sticker", vendor={"sticker_id": str(int(body["sticker_id"]))}), None


def _rich_media(body: Json) -> _Content:
    told = body["rich_media"]["Buttons"]
    lines = [plain(one.get("Text", "")) for one in told if one.get("ActionType") == "none"]
    item = _item("buttons", text="\n".join(line for line in lines if line.strip()))
    _add_buttons(item, told)
    return item, None


def _keyboard_alone(_: Json) -> _Content:
    return _item("buttons"), None


_CONTENT: Final[Mapping[str, Callable[[Json], _Content]]] = {
    "text": _text,
    "picture": partial(_file, "picture", "image"),
    "video": partial(_file, "video", "video"),
    "file": partial(_file, "file", "document"),
    "contact": _contact,
    "location": _location,
    "url": _url,
    "sticker": _sticker,
    "rich_media": _rich_media,
    "keyboard": _keyboard_alone,
}
TYPES: Final = frozenset(_CONTENT) - {"keyboard"}

_KINDS: Final[Mapping[str, ButtonKind]] = {
    "reply": "reply",
    "open-url": "url",
    "location-picker": "location",
    "share-phone": "contact",
}


def _attach(item: Item, keyboard: Json) -> None:
    """Put a keyboard below a message."""
    if item.kind == "text":
        item.kind = "buttons"
    item.vendor["keyboard"] = keyboard.get("InputFieldState", "regular")
    _add_buttons(item, keyboard["Buttons"])


def _add_buttons(item: Item, told: list[Json]) -> None:
    buttons = list(item.buttons)
    silent = item.vendor.get("silent", "").split()
    for one in told:
        kind = _KINDS.get(one.get("ActionType", "reply"))
        if kind is None:
            continue
        if _flag(one.get("Silent", False)):
            silent.append(str(len(buttons)))
        action = one["ActionBody"]
        buttons.append(Button(action, plain(one.get("Text", "")) or action, kind, action if kind == "url" else ""))
    item.buttons = tuple(buttons)
    if silent:
        item.vendor["silent"] = " ".join(silent)


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def flag_of(body: Json, name: str, *, default: bool) -> bool:
    """A boolean, which clients also send as a string."""
    return _flag(body[name]) if name in body else default


def plain(text: str) -> str:
    """A button's text without its HTML."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", text))).strip()


# --- answers ----------------------------------------------------------------------------------------------------------


def render_ok(**rest: Any) -> Json:
    """The answer to a call that succeeded."""
    return {"status": 0, "status_message": "ok", **rest}


def render_error(error: VendorError, details: str = "", **rest: Any) -> Json:
    """The answer to a call that failed."""
    return {"status": error.code, "status_message": details or error.text, **rest, "chat_hostname": HOSTNAME}


def render_failed(receiver: str, error: VendorError) -> Json:
    """One receiver whom a broadcast did not reach."""
    words = limits.FAILED_LIST_WORDS
    text = words.get(error.code, error.text) if isinstance(error.code, int) else error.text
    return {"receiver": receiver, "status": error.code, "status_message": text}


def render_online(identity: str, status: int, last_online: int | None = None) -> Json:
    """Whether one user is connected."""
    words = ("online", "offline", "undisclosed", "tryLater", "unavailable")
    told: Json = {"id": identity, "online_status": status, "online_status_message": words[status]}
    return told if last_online is None else {**told, "last_online": last_online}


# --- callbacks --------------------------------------------------------------------------------------------------------


def render_user(handset: Handset, *, named: bool, avatar: str = "") -> Json:
    """A user as callbacks and details show them."""
    language, _, country = handset.person.locale.partition("_")
    return {
        "id": handset.identity,
        "name": (handset.name if named else "") or NAMELESS,
        **({"avatar": avatar} if avatar else {}),
        "country": country or "US",
        "language": language,
        "api_version": limits.DEVICE_API,
    }


def render_details(user: Json) -> Json:
    """A user with the device's part, as get_user_details shows them."""
    return {
        **user,
        "primary_device_os": "android 14",
        "viber_version": "22.3.0",
        "mcc": 310,
        "mnc": 260,
        "device_type": "SM-G991B",
    }


def render_event(event: str, at: int, token: int, **rest: Any) -> Json:
    """A callback."""
    return {"event": event, "timestamp": at, "chat_hostname": HOSTNAME, "message_token": token, **rest}


def signature(token: str, body: bytes) -> str:
    """What proves that a callback is genuine."""
    return hmac.digest(token.encode(), body, "sha256").hex()


def sign(token: str, url: str, payload: Json) -> tuple[str, dict[str, str], bytes]:
    """The URL, headers and body of a callback."""
    body = orjson.dumps(payload)
    proof = signature(token, body)
    address, hash_sign, fragment = url.partition("#")
    signed = f"{address}{'&' if '?' in address else '?'}sig={proof}{hash_sign}{fragment}"
    return signed, {"Content-Type": "application/json", SIGNATURE: proof, "User-Agent": "akka-http/10.2.6"}, body
