"""The custom menu: three buttons with up to five entries each.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
import orjson

from fake_channels.core.http import HttpRequest, Outcome
from fake_channels.core.tables import VendorError
from fake_channels.wechat import errors, limits, wire
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.markup import Json
from fake_channels.wechat.state import Account
from fake_channels.wechat.tokens import done

PICTURES: Final = frozenset({"pic_sysphoto", "pic_photo_or_album", "pic_weixin"})
PLACE: Final = "location_select"
KEYED: Final = PICTURES | {"click", "scancode_push", "scancode_waitmsg", PLACE}
_NEEDS: Final = {
    **dict.fromkeys(KEYED, "key"),
    "view": "url",
    "miniprogram": "url",
    "media_id": "media_id",
    "view_limited": "media_id",
    "article_id": "article_id",
    "article_view_limited": "article_id",
}
"""Types of buttons, and the field that each must have."""


class _Level(msgspec.Struct, frozen=True):
    """What counts for buttons of one level, and the code of each mistake."""

    name_bytes: int
    type: VendorError
    name: VendorError
    key: VendorError
    url: VendorError
    domain: VendorError


_TOP: Final = _Level(
    limits.MENU_NAME_BYTES,
    errors.BUTTON_TYPE,
    errors.BUTTON_NAME,
    errors.BUTTON_KEY,
    errors.BUTTON_URL,
    errors.BUTTON_DOMAIN,
)
_SUB: Final = _Level(
    limits.MENU_SUB_NAME_BYTES,
    errors.SUB_BUTTON_TYPE,
    errors.SUB_BUTTON_NAME,
    errors.SUB_BUTTON_KEY,
    errors.SUB_BUTTON_URL,
    errors.SUB_BUTTON_DOMAIN,
)


def create(account: Account, request: HttpRequest) -> Outcome:
    """Set the menu that everybody sees.

    Raises:
        Refused: as the API does.
    """
    if b"\\u" in request.body:
        raise Refused(errors.CHARSET)
    body = wire.checked("menu", wire.read_json(request))
    buttons = body["button"]
    if not 1 <= len(buttons) <= limits.MENU_BUTTONS:
        raise Refused(errors.MENU_BUTTONS, f"button: {len(buttons)}, 1 to {limits.MENU_BUTTONS} are taken")
    for place, button in enumerate(buttons):
        _check(button, f"button.{place}", _TOP)
    account.menu = orjson.dumps({"button": [_filled(button) for button in buttons]})
    return done()


def _check(button: Json, path: str, level: _Level) -> None:
    if not 1 <= len(button["name"].encode()) <= level.name_bytes:
        raise Refused(level.name, f"{path}.name: 1 to {level.name_bytes} bytes")
    entries = button.get("sub_button") or []
    if entries:
        _check_entries(entries, path, level)
        return
    needed = _NEEDS.get(button.get("type", ""))
    if needed is None:
        raise Refused(level.type, f"{path}.type: {', '.join(_NEEDS)}")
    value = button.get(needed, "")
    if needed == "url":
        _check_url(value, path, level)
    elif not 1 <= len(value.encode()) <= limits.MENU_KEY_BYTES:
        raise Refused(level.key if needed == "key" else errors.MEDIA_ID, f"{path}.{needed}")


def _check_entries(entries: list[Json], path: str, level: _Level) -> None:
    if level is _SUB or len(entries) > limits.MENU_SUB_BUTTONS:
        raise Refused(errors.SUB_BUTTONS, f"{path}.sub_button: at most {limits.MENU_SUB_BUTTONS}, of one level")
    for place, entry in enumerate(entries):
        where = f"{path}.sub_button.{place}"
        if not isinstance(entry, dict):
            raise Refused(errors.SUB_BUTTON_TYPE, f"{where}: not an object")
        wire.checked("menu", {"button": [entry]}, errors.SUB_BUTTON_TYPE)
        _check(entry, where, _SUB)


def _check_url(url: str, path: str, level: _Level) -> None:
    if not 1 <= len(url.encode()) <= limits.MENU_URL_BYTES:
        raise Refused(level.url, f"{path}.url: 1 to {limits.MENU_URL_BYTES} bytes")
    if not url.startswith(("http://", "https://")):
        raise Refused(level.domain, f"{path}.url: http or https")


def _filled(button: Json) -> Json:
    """A button as it is given back: always with its entries."""
    return {**button, "sub_button": [_filled(entry) for entry in button.get("sub_button") or []]}


def get(account: Account) -> Outcome:
    """Give the menu back.

    Raises:
        Refused: there is none.
    """
    if not account.menu:
        raise Refused(errors.NO_MENU)
    return done({"menu": orjson.loads(account.menu)})


def info(account: Account) -> Outcome:
    """The menu in its other form, which is never an error."""
    if not account.menu:
        return done({"is_menu_open": 0})
    buttons = [_listed(button) for button in orjson.loads(account.menu)["button"]]
    return done({"is_menu_open": 1, "selfmenu_info": {"button": buttons}})


def _listed(button: Json) -> Json:
    entries = button["sub_button"]
    plain = {name: value for name, value in button.items() if name != "sub_button"}
    return {**plain, "sub_button": {"list": [_listed(entry) for entry in entries]}} if entries else plain


def delete(account: Account) -> Outcome:
    """Take the menu away."""
    account.menu = b""
    return done()


def entries(account: Account) -> Iterator[Json]:
    """Everything in the menu that can be tapped."""
    for button in orjson.loads(account.menu)["button"] if account.menu else ():
        yield from button["sub_button"] or [button]
