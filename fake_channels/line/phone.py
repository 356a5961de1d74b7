"""The person with LINE in hand: what the app offers, and what the account hears of it."""

from __future__ import annotations

import re
from typing import Any, Final

from fake_channels.core import everyday
from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.everyday import Perform
from fake_channels.core.handset import Action, Button, Handset, Impossible, Item, LocationView, Person
from fake_channels.core.instants import to_rfc3339
from fake_channels.core.media import Media
from fake_channels.line import callbacks, contents, limits, objects, screen, state, tokens
from fake_channels.line.state import Account, Customer

Json = dict[str, Any]

_STICKER: Final = re.compile(r"([0-9]+)/([0-9]+)")
_DEFAULT_STICKER: Final = ("446", "1988")
_BYTES_PER_MS: Final = 16
_QUOTABLE: Final = frozenset({"text", "image", "video", "sticker"})
_QUOTING: Final = frozenset({"text", "sticker"})
_PICKED: Final = {"date": slice(10), "time": slice(11, 16), "datetime": slice(16)}
"""Where a picker's value lies in an RFC 3339 time."""


class LinePhone:
    """Functions over the account's customers."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs LINE; they are a friend of the account once they add it."""
        return state.enrol(account, person, env.ids)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when LINE or this phone does not offer it."""
        customer = account.customers[handset.identity]
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "LINE")
        acted = perform(account, customer, action, env)
        handset.changed()
        return acted


# --- sends ------------------------------------------------------------------------------------------------------------


def _say(account: Account, customer: Customer, item: Item, content: Json, env: Env) -> Acted:
    """The person sends something: it is on the screen, and the account hears of it."""
    _may_write(customer.handset)
    item.id = item.id or account.next_message_id()
    user_id, secret = customer.handset.identity, account.channel_secret
    message: Json = {**content, "id": item.id, "markAsReadToken": tokens.seal(secret, tokens.READ, user_id, item.id)}
    if content["type"] in _QUOTABLE:
        message["quoteToken"] = tokens.seal(secret, tokens.QUOTE, user_id, item.id)
    if item.reply_to:
        quoted = customer.handset.find(item.reply_to).id
        if content["type"] in _QUOTING:
            message["quotedMessageId"] = quoted
    customer.handset.show(item)
    customer.wrote_at = env.now
    event = {"type": "message", "message": message}
    return Acted(item, callbacks.emit(account, customer, event, env, ids=(item.id,)))


def _may_write(handset: Handset) -> None:
    if handset.blocked:
        raise Impossible("you blocked this account: unblock it before you write")


def _mine(kind: str, env: Env, **rest: Any) -> Item:
    return Item(id="", at=env.now, author="customer", kind=kind, **rest)


def _send_text(account: Account, customer: Customer, action: acts.SendText, env: Env) -> Acted:
    return _say_text(account, customer, action.text, env, action.reply_to)


def _say_text(account: Account, customer: Customer, text: str, env: Env, reply_to: str = "") -> Acted:
    if not text.strip() or len(text.encode("utf-16-le", "surrogatepass")) > 2 * limits.TEXT_MAX:
        raise Impossible(f"LINE sends 1 to {limits.TEXT_MAX} characters at once")
    item = _mine("text", env, text=text, reply_to=reply_to)
    return _say(account, customer, item, {"type": "text", "text": text}, env)


def _send_media(account: Account, customer: Customer, action: acts.SendMedia, env: Env) -> Acted:
    _may_write(customer.handset)
    if action.caption:
        raise Impossible("LINE has no captions: send the text as a message of its own")
    if action.kind == "sticker":
        return _send_sticker(account, customer, action, env)
    if not action.data:
        raise Impossible("the file is empty")
    if action.reply_to:
        raise Impossible("LINE answers a message with a text or a sticker only")
    mime = "audio/mp4" if action.kind == "voice" else action.mime
    media = Media(action.data, mime, action.name)
    problem = screen.sniffed_problem(action.kind, media)
    if problem:
        raise Impossible(f"this file cannot be sent as {action.kind}: {problem}")
    item = _mine(action.kind, env)
    item.id = account.next_message_id()
    item.media = customer.handset.keep(item.id, media.data, mime, action.name, media.digest.hex())
    kind = _EVENT_KINDS.get(action.kind, action.kind)
    contents.keep(account, item.id, customer.handset.identity, kind, media, env)
    content: Json = {"type": kind}
    if kind == "file":
        content |= {"fileName": action.name, "fileSize": len(media.data)}
    else:
        content["contentProvider"] = {"type": "line"}
    if kind in {"audio", "video"}:
        content["duration"] = max(1_000, len(media.data) // _BYTES_PER_MS)
    return _say(account, customer, item, content, env)


_EVENT_KINDS: Final = {"voice": "audio", "document": "file"}
"""How a person sends a file -> what the webhook calls it, where the names differ."""


def _send_sticker(account: Account, customer: Customer, action: acts.SendMedia, env: Env) -> Acted:
    named = _STICKER.search(action.name)
    package, sticker = (named[1], named[2]) if named else _DEFAULT_STICKER
    item = _mine("sticker", env, text=f"{package}/{sticker}", reply_to=action.reply_to)
    content: Json = {
        "type": "sticker",
        "packageId": package,
        "stickerId": sticker,
        "stickerResourceType": "STATIC",
        "keywords": [],
    }
    return _say(account, customer, item, content, env)


def _send_location(account: Account, customer: Customer, action: acts.SendLocation, env: Env) -> Acted:
    place = LocationView(action.latitude, action.longitude, action.name, action.address)
    content: Json = {"type": "location", "latitude": action.latitude, "longitude": action.longitude}
    content |= {key: value for key, value in (("title", action.name), ("address", action.address)) if value}
    return _say(account, customer, _mine("location", env, text=action.name, location=place), content, env)


# --- buttons ----------------------------------------------------------------------------------------------------------


def _tap(account: Account, customer: Customer, action: acts.Tap, env: Env) -> Acted:
    handset = customer.handset
    shown = handset.find(action.item)
    button = acts.find_button(shown, action.button)
    quick = objects.is_quick(shown, button)
    if quick and handset.screen[-1] is not shown:
        raise Impossible("these quick replies went away when a newer message was shown")
    acted = _do(account, customer, shown, button, env)
    if quick:
        objects.without_quick(shown)
    return acted


def _do(account: Account, customer: Customer, shown: Item, button: Button, env: Env) -> Acted:
    action = objects.action_of(shown, button)
    if action["type"] == objects.PLAY:
        _may_write(customer.handset)
        event = {"type": "videoPlayComplete", "videoPlayComplete": {"trackingId": action["data"]}}
        return Acted(effects=callbacks.emit(account, customer, event, env, ids=(shown.id,)))
    return _perform(account, customer, action, env)


def _perform(account: Account, customer: Customer, action: Json, env: Env) -> Acted:
    """What any action does that stands behind a button or an area of a menu."""
    kind = action["type"]
    if kind in {"uri", "clipboard"}:
        return Acted()  # a link is opened, a text copied: the account hears nothing
    if kind in _BY_HAND:
        raise Impossible(_BY_HAND[kind])
    _may_write(customer.handset)
    if kind == "message":
        return _say_text(account, customer, action["text"], env)
    return _postback(account, customer, action, env)


_BY_HAND: Final = {
    "location": "share a location to answer this request",
    "camera": "send a picture to answer this request",
    "cameraRoll": "send a picture to answer this request",
}


def _postback(account: Account, customer: Customer, action: Json, env: Env) -> Acted:
    postback: Json = {"data": action["data"]}
    if action["type"] == "datetimepicker":
        postback["params"] = {action["mode"]: _picked(action, env.now)}
    if action["type"] == "richmenuswitch":
        postback["params"] = _switch(account, customer, action["richMenuAliasId"])
    item = None
    text = action.get("displayText") or action.get("text")
    if text:
        item = customer.handset.show(_mine("text", env, text=text))
        item.id = account.next_message_id()
    customer.wrote_at = env.now
    event = {"type": "postback", "postback": postback}
    return Acted(item, callbacks.emit(account, customer, event, env, ids=(item.id,) if item else ()))


def _picked(action: Json, now: int) -> str:
    initial = action.get("initial")
    return str(initial).replace("t", "T") if initial else to_rfc3339(now)[_PICKED[action["mode"]]]


def _switch(account: Account, customer: Customer, alias: str) -> Json:
    menu_id = account.aliases.get(alias, "")
    status = "RICHMENU_NOTFOUND" if menu_id and menu_id not in account.menus else "SUCCESS"
    if not menu_id:
        status = "RICHMENU_ALIAS_ID_NOTFOUND"
    if status == "SUCCESS":
        customer.rich_menu = menu_id
    return {"newRichMenuAliasId": alias, "status": status}


def _tap_menu(account: Account, customer: Customer, action: acts.TapMenu, env: Env) -> Acted:
    found = account.menu_of(customer)
    if found is None:
        raise Impossible("this account shows no menu")
    areas = [area["action"] for area in found[1].body["areas"]]
    for one in areas:
        if action.entry in {one.get(key) for key in ("label", "text", "data", "displayText", "uri")}:
            return _perform(account, customer, one, env)
    shown = ", ".join(repr(objects.title_of(one)) for one in areas) or "nothing"
    raise Impossible(f"the menu has no {action.entry!r}; it shows {shown}")


# --- friends ----------------------------------------------------------------------------------------------------------


def _follow(account: Account, customer: Customer, env: Env, *, unblocked: bool) -> Acted:
    customer.handset.blocked, customer.handset.opted_in = False, True
    event = {"type": "follow", "follow": {"isUnblocked": unblocked}}
    return Acted(effects=callbacks.emit(account, customer, event, env))


def _opt_in(account: Account, customer: Customer, _: acts.OptIn, env: Env) -> Acted:
    if customer.handset.opted_in and not customer.handset.blocked:
        return Acted()  # a friend already
    return _follow(account, customer, env, unblocked=customer.handset.blocked)


def _block(account: Account, customer: Customer, _: acts.Block | acts.OptOut, env: Env) -> Acted:
    if customer.handset.blocked:
        return Acted()
    customer.handset.blocked = True
    return Acted(effects=callbacks.emit(account, customer, {"type": "unfollow"}, env, replies=False))


def _unblock(account: Account, customer: Customer, _: acts.Unblock, env: Env) -> Acted:
    return _follow(account, customer, env, unblocked=True) if customer.handset.blocked else Acted()


# --- the rest ---------------------------------------------------------------------------------------------------------


def _delete(account: Account, customer: Customer, action: acts.Delete, env: Env) -> Acted:
    item = customer.handset.find(action.item)
    if item.author != "customer":
        raise Impossible("only your own messages can be unsent")
    if item.kind == "unsent":
        raise Impossible("this message was unsent already")
    _may_write(customer.handset)
    if item.media is not None:
        customer.handset.media.pop(item.media.id, None)
    item.kind, item.text, item.media, item.location = "unsent", "", None, None
    contents.unsend(account, item.id)
    event = {"type": "unsend", "unsend": {"messageId": item.id}}
    return Acted(item, callbacks.emit(account, customer, event, env, ids=(item.id,), replies=False))


def _read(_: Account, customer: Customer, _action: acts.Read, _env: Env) -> Acted:
    customer.handset.read_all()  # the person's own view: no event tells the account
    return Acted()


def _arrive(_: Account, customer: Customer, item: Item, _env: Env) -> list[Effect]:
    return screen.arrive(customer.handset, item)


_WHY_NOT: Final[dict[type, str]] = {
    acts.SendContact: "a card shared with an official account reaches no webhook: send it as text",
    acts.SendUnsupported: "LINE offers no polls and the like in a chat with an official account",
    acts.React: "messages of an official account take no reactions",
    acts.Edit: "LINE cannot change a message that was sent: unsend it instead",
    acts.ReplyToStory: "an official account on LINE has no stories to answer",
    acts.MentionInStory: "an official account on LINE cannot be mentioned in a story",
}

_ACTIONS: Final[dict[type, Perform[Account, Customer]]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.Tap: _tap,
    acts.TapMenu: _tap_menu,
    acts.Read: _read,
    acts.Type: everyday.nothing,  # no event tells the account that a person types
    acts.Block: _block,
    acts.Unblock: _unblock,
    acts.OptIn: _opt_in,
    acts.OptOut: _block,
    acts.Delete: _delete,
    acts.Rename: everyday.rename,  # shown by the profile from now on
    acts.GoOffline: everyday.go_offline,
    acts.ComeBack: everyday.coming_back(_arrive),
}
