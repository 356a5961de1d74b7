"""Rich menus: made, given a picture, shown to everybody or to one, switched by alias.

Source: https://developers.line.biz/en/docs/messaging-api/using-rich-menus/
"""

from __future__ import annotations

import struct
from typing import Any, Final

from fake_channels.core.contract import Env
from fake_channels.core.http import HttpReply, Outcome, json_reply
from fake_channels.core.media import Media, bare, sniff
from fake_channels.line import limits, wire
from fake_channels.line.state import Account, RichMenu
from fake_channels.line.wire import Ask, Refused

Json = dict[str, Any]

_EMPTY: Final = HttpReply(200, b"{}")
_IMAGES: Final = ("image/jpeg", "image/png")
_RATIO_MIN: Final = 1.45
_IHDR: Final = slice(16, 24)


def _checked(ask: Ask) -> Json:
    body = wire.check("richMenu", wire.decode(ask.request))
    size = body["size"]
    if size["width"] / size["height"] < _RATIO_MIN:
        raise Refused(limits.BODY_ERRORS, ((f"width / height must be at least {_RATIO_MIN}", "size"),), count=1)
    return body


def create(account: Account, ask: Ask, env: Env) -> Outcome:
    """A new menu, without a picture.

    Raises:
        Refused: as the API does.
    """
    body = _checked(ask)
    if len(account.menus) >= limits.MENUS_MAX:
        raise Refused(limits.TOO_MANY_MENUS)
    menu_id = f"richmenu-{env.ids.hex('line.rich_menu', 16)}"
    account.menus[menu_id] = RichMenu({key: body[key] for key in _FIELDS})
    return Outcome(json_reply({"richMenuId": menu_id}), ids=(menu_id,))


_FIELDS: Final = ("size", "selected", "name", "chatBarText", "areas")


def validate(_account: Account, ask: Ask, _env: Env) -> Outcome:
    """Check a menu without making it.

    Raises:
        Refused: as `create` does.
    """
    _checked(ask)
    return Outcome(_EMPTY)


def _find(account: Account, menu_id: str) -> RichMenu:
    menu = account.menus.get(menu_id)
    if menu is None:
        raise Refused(limits.NOT_FOUND)
    return menu


def get(account: Account, ask: Ask, _env: Env) -> Outcome:
    """One menu.

    Raises:
        Refused: there is none.
    """
    (menu_id,) = ask.args
    return Outcome(json_reply({"richMenuId": menu_id, **_find(account, menu_id).body}))


def listed(account: Account, _ask: Ask, _env: Env) -> Outcome:
    """All menus."""
    found = [{"richMenuId": menu_id, **menu.body} for menu_id, menu in account.menus.items()]
    return Outcome(json_reply({"richmenus": found}))


def delete(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Take a menu away, from those who see it too.

    Raises:
        Refused: there is none.
    """
    (menu_id,) = ask.args
    _find(account, menu_id)
    del account.menus[menu_id]
    return Outcome(_EMPTY)


# --- pictures ---------------------------------------------------------------------------------------------------------


def set_image(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Give a menu its picture, once.

    Raises:
        Refused: as the API does.
    """
    (menu_id,) = ask.args
    menu = _find(account, menu_id)
    mime = bare(ask.request.headers.get("content-type", ""))
    if mime not in _IMAGES:
        raise Refused(limits.BAD_TYPE, type=mime)
    if menu.image is not None:
        raise Refused(limits.MENU_IMAGE_TWICE)
    data = ask.request.body
    if len(data) > limits.MENU_IMAGE_MAX:
        raise Refused(limits.TOO_LARGE)
    if sniff(data) != mime:
        raise Refused(limits.BAD_MENU_IMAGE, why=f"it is no {mime}")
    size = menu.body["size"]
    if mime == "image/png" and struct.unpack(">II", data[_IHDR].ljust(8, b"\0")) != (size["width"], size["height"]):
        raise Refused(limits.BAD_MENU_IMAGE, why=f"it is not {size['width']} by {size['height']} pixels")
    menu.image = Media(data, mime, menu_id)
    return Outcome(_EMPTY)


def get_image(account: Account, ask: Ask, _env: Env) -> Outcome:
    """A menu's picture.

    Raises:
        Refused: there is none.
    """
    (menu_id,) = ask.args
    image = _find(account, menu_id).image
    if image is None:
        raise Refused(limits.NOT_FOUND)
    return Outcome(HttpReply(200, image.data, image.mime))


# --- who sees which ---------------------------------------------------------------------------------------------------


def _showable(account: Account, menu_id: str) -> None:
    if _find(account, menu_id).image is None:
        raise Refused(limits.NO_MENU_IMAGE)


def set_default(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Show a menu to everybody who has none of their own.

    Raises:
        Refused: there is none, or it has no picture.
    """
    (menu_id,) = ask.args
    _showable(account, menu_id)
    account.default_menu = menu_id
    return Outcome(_EMPTY)


def get_default(account: Account, _ask: Ask, _env: Env) -> Outcome:
    """Which menu everybody sees.

    Raises:
        Refused: none.
    """
    _find(account, account.default_menu)
    return Outcome(json_reply({"richMenuId": account.default_menu}))


def cancel_default(account: Account, _ask: Ask, _env: Env) -> Outcome:
    """Show it no longer."""
    account.default_menu = ""
    return Outcome(_EMPTY)


def link(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Show a menu to one user.

    Raises:
        Refused: there is no such menu or user, or the menu has no picture.
    """
    user_id, menu_id = ask.args
    _showable(account, menu_id)
    if user_id not in account.customers:
        raise Refused(limits.NOT_FOUND)
    account.customers[user_id].rich_menu = menu_id
    return Outcome(_EMPTY)


def of_user(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Which menu is linked to a user.

    Raises:
        Refused: none.
    """
    (user_id,) = ask.args
    customer = account.customers.get(user_id)
    if customer is None or customer.rich_menu not in account.menus:
        raise Refused(limits.NOT_FOUND)
    return Outcome(json_reply({"richMenuId": customer.rich_menu}))


def unlink(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Show a user what everybody sees."""
    (user_id,) = ask.args
    if user_id in account.customers:
        account.customers[user_id].rich_menu = ""
    return Outcome(_EMPTY)


def link_many(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Show a menu to up to 500 users; unknown ones are left out.

    Raises:
        Refused: there is no such menu, or it has no picture.
    """
    body = wire.check("bulkLink", wire.decode(ask.request))
    _showable(account, body["richMenuId"])
    _set_many(account, body["userIds"], body["richMenuId"])
    return Outcome(json_reply({}, 202))


def unlink_many(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Show up to 500 users what everybody sees.

    Raises:
        Refused: as the API does.
    """
    _set_many(account, wire.check("bulkUnlink", wire.decode(ask.request))["userIds"], "")
    return Outcome(json_reply({}, 202))


def _set_many(account: Account, user_ids: list[str], menu_id: str) -> None:
    for user_id in user_ids:
        if user_id in account.customers:
            account.customers[user_id].rich_menu = menu_id


# --- aliases ----------------------------------------------------------------------------------------------------------


def create_alias(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Give a menu a name that switch actions use.

    Raises:
        Refused: the name is taken, or there is no such menu.
    """
    body = wire.check("alias", wire.decode(ask.request))
    if body["richMenuAliasId"] in account.aliases:
        raise Refused(limits.ALIAS_TAKEN)
    return _point(account, body["richMenuAliasId"], body["richMenuId"])


def update_alias(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Let a name mean another menu.

    Raises:
        Refused: there is no such name or menu.
    """
    (alias,) = ask.args
    body = wire.check("aliasTarget", wire.decode(ask.request))
    _known_alias(account, alias)
    return _point(account, alias, body["richMenuId"])


def _point(account: Account, alias: str, menu_id: str) -> Outcome:
    menu = account.menus.get(menu_id)
    if menu is None:
        raise Refused(limits.NO_ALIAS_TARGET)
    if menu.image is None:
        raise Refused(limits.NO_MENU_IMAGE)
    if len(account.aliases) >= limits.MENUS_MAX and alias not in account.aliases:
        raise Refused(limits.TOO_MANY_MENUS)
    account.aliases[alias] = menu_id
    return Outcome(_EMPTY)


def _known_alias(account: Account, alias: str) -> str:
    if alias not in account.aliases:
        raise Refused(limits.NO_ALIAS)
    return account.aliases[alias]


def get_alias(account: Account, ask: Ask, _env: Env) -> Outcome:
    """What a name means.

    Raises:
        Refused: nothing.
    """
    (alias,) = ask.args
    return Outcome(json_reply({"richMenuAliasId": alias, "richMenuId": _known_alias(account, alias)}))


def list_aliases(account: Account, _ask: Ask, _env: Env) -> Outcome:
    """All names."""
    found = [{"richMenuAliasId": alias, "richMenuId": menu_id} for alias, menu_id in account.aliases.items()]
    return Outcome(json_reply({"aliases": found}))


def delete_alias(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Forget a name.

    Raises:
        Refused: there is none.
    """
    (alias,) = ask.args
    _known_alias(account, alias)
    del account.aliases[alias]
    return Outcome(_EMPTY)
