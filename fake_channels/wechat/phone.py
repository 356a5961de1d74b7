"""The person with WeChat in hand: what the app offers towards a service account, and what the account hears of it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5
from typing import Any, Final

from fake_channels.core import everyday, portraits
from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.everyday import Perform
from fake_channels.core.handset import Action, Handset, Impossible, Item, LocationView, Person
from fake_channels.core.media import GENERIC, Media, bare, family, sniff
from fake_channels.wechat import callbacks, delivery, files, limits, menu, rules, state, wire
from fake_channels.wechat.markup import Json
from fake_channels.wechat.state import Account, Customer, Stored

_WHY_NOT: Final[dict[type, str]] = {
    acts.Edit: "WeChat lets nobody change a message that was sent",
    acts.Delete: "a recalled message is not told to the account, which has it already",
    acts.React: "WeChat offers no reactions towards accounts",
    acts.ReplyToStory: "WeChat accounts have no stories",
    acts.MentionInStory: "WeChat accounts have no stories",
}
_STREET: Final = "1 Market Street"
_UNFOLLOWED: Final = "you do not follow this account any more: follow it before you write"


class WeChatPhone:
    """Functions over the account's customers."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs WeChat."""
        return state.enrol(account, person, env.ids, env.now)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when WeChat or this phone does not offer it."""
        customer = account.customers[handset.identity]
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "WeChat")
        acted = perform(account, customer, action, env)
        handset.changed()
        return acted


def _mine(kind: str, env: Env, **rest: Any) -> Item:
    return Item(id="", at=env.now, author="customer", kind=kind, **rest)


def _may_write(customer: Customer, env: Env) -> None:
    """Whoever has not met the account yet follows it by writing; whoever left must follow again first."""
    if customer.handset.opted_in:
        return
    if customer.contact_at is not None:
        raise Impossible(_UNFOLLOWED)
    customer.handset.opted_in, customer.followed_at = True, env.now


def _say(account: Account, customer: Customer, item: Item, kind: str, parts: Json, env: Env) -> Acted:
    """The person sends something: it is on the screen, it opens the window, the account hears of it."""
    _may_write(customer, env)
    rules.wrote(customer, env.now)
    return _show(account, customer, item, kind, parts, env)


def _show(account: Account, customer: Customer, item: Item, kind: str, parts: Json, env: Env) -> Acted:
    number = account.next_msg_id()
    item.id = str(number)
    delivery.stop_typing(customer)
    customer.handset.show(item)
    told = {**parts, "MsgId": number}
    return Acted(item, callbacks.post(account, customer.handset.identity, kind, told, env, (item.id,)))


def _event(account: Account, customer: Customer, event: str, env: Env, **parts: Any) -> list[Effect]:
    return callbacks.post(account, customer.handset.identity, "event", {"Event": event, **parts}, env)


def _send_text(account: Account, customer: Customer, action: acts.SendText, env: Env) -> Acted:
    if not action.text.strip():
        raise Impossible("WeChat does not send an empty message")
    if action.reply_to:
        customer.handset.find(action.reply_to)  # a quotation is shown to nobody else: the account gets the text alone
    item = _mine("text", env, text=action.text, reply_to=action.reply_to)
    return _say(account, customer, item, "text", {"Content": action.text}, env)


# --- media ------------------------------------------------------------------------------------------------------------


def _send_media(account: Account, customer: Customer, action: acts.SendMedia, env: Env) -> Acted:
    if not action.data:
        raise Impossible("the file is empty")
    if action.kind == "audio":
        raise Impossible("WeChat sends recorded voice, no audio files: send it as a document")
    if action.caption:
        raise Impossible("WeChat sends files without a caption: write the text on its own")
    found = sniff(action.data)
    media = Media(action.data, bare(action.mime) if found == GENERIC else found, action.name)
    if action.kind in {"image", "video"} and family(media.mime) != action.kind:
        raise Impossible(f"this file cannot be sent as {action.kind}: it is {media.mime}")
    _may_write(customer, env)
    kind, parts = _MEDIA_PARTS[action.kind](account, media, env)
    view = customer.handset.keep(
        f"mo:{env.ids.hex('wechat.item', 8)}", media.data, media.mime, action.name, media.digest.hex()
    )
    return _say(account, customer, _mine(action.kind, env, media=view), kind, parts, env)


def _image(account: Account, media: Media, env: Env) -> tuple[str, Json]:
    media_id = files.add(account, "image", media, env)
    stored = Stored("image", media, env.now + limits.MEDIA_LIFE_MS)
    return "image", {"PicUrl": files.picture_url(account, stored, env), "MediaId": media_id}


def _voice(account: Account, media: Media, env: Env) -> tuple[str, Json]:
    media_id = files.add(account, "voice", media, env)
    return "voice", {"MediaId": media_id, "Format": files.suffix(media.mime)}


def _video(account: Account, media: Media, env: Env) -> tuple[str, Json]:
    thumb = files.add(account, "thumb", Media(files.THUMBNAIL, "image/jpeg", "thumb.jpg"), env)
    return "video", {"MediaId": files.add(account, "video", media, env), "ThumbMediaId": thumb}


def _file(_: Account, media: Media, env: Env) -> tuple[str, Json]:
    return "file", {
        "Title": media.name,
        "Description": "",
        "FileKey": env.ids.hex("wechat.file_key", 16),
        "FileMd5": md5(media.data, usedforsecurity=False).hexdigest(),
        "FileTotalLen": len(media.data),
    }


def _unshowable(*_: object) -> tuple[str, Json]:
    return "text", {"Content": limits.UNSHOWABLE}


_MEDIA_PARTS: Final[dict[str, Callable[[Account, Media, Env], tuple[str, Json]]]] = {
    "image": _image,
    "voice": _voice,
    "video": _video,
    "document": _file,
    "sticker": _unshowable,
}


# --- places, cards, links ---------------------------------------------------------------------------------------------


def _send_location(account: Account, customer: Customer, action: acts.SendLocation, env: Env) -> Acted:
    place = LocationView(action.latitude, action.longitude, action.name, action.address)
    item = _mine("location", env, text=action.name, location=place)
    return _say(account, customer, item, "location", wire.render_location(place), env)


def _send_contact(account: Account, customer: Customer, action: acts.SendContact, env: Env) -> Acted:
    item = _mine("contact", env, text=f"{action.name} {action.phone}".strip())
    return _say(account, customer, item, "text", {"Content": limits.UNSHOWABLE}, env)


def _send_unsupported(account: Account, customer: Customer, action: acts.SendUnsupported, env: Env) -> Acted:
    if action.type == "report_location":
        return _report_location(account, customer, env)
    if action.type == "link":
        parts = {"Title": "A page", "Description": "Worth reading", "Url": "https://shop.example/page"}
        return _say(account, customer, _mine("link", env, text=parts["Title"]), "link", parts, env)
    return _say(account, customer, _mine(action.type, env), "text", {"Content": limits.UNSHOWABLE}, env)


def _report_location(account: Account, customer: Customer, env: Env) -> Acted:
    """Enter the chat as somebody who lets the account know where they are."""
    _must_follow(customer)
    latitude, longitude = _anywhere(env)
    return Acted(effects=_event(account, customer, "LOCATION", env, **wire.render_position(latitude, longitude)))


def _anywhere(env: Env) -> tuple[float, float]:
    latitude, longitude = (round(spread * (env.ids.fraction("wechat.place") - 0.5), 6) for spread in (160, 340))
    return latitude, longitude


# --- taps -------------------------------------------------------------------------------------------------------------


def _must_follow(customer: Customer) -> None:
    if not customer.handset.opted_in:
        raise Impossible("you do not follow this account: follow it first")


def _tap(account: Account, customer: Customer, action: acts.Tap, env: Env) -> Acted:
    shown = customer.handset.find(action.item)
    button = acts.find_button(shown, action.button)
    if button.kind == "url":
        return Acted()  # opening a link tells the account nothing
    _must_follow(customer)
    rules.tapped(customer, env.now)
    text = button.value or button.title
    item = _mine("text", env, text=text, reply_to=shown.id)
    return _show(account, customer, item, "text", {"Content": text, "bizmsgmenuid": button.id}, env)


def _tap_menu(account: Account, customer: Customer, action: acts.TapMenu, env: Env) -> Acted:
    _must_follow(customer)
    found = next((one for one in menu.entries(account) if action.entry in {one["name"], one.get("key")}), None)
    if found is None:
        shown = ", ".join(repr(one["name"]) for one in menu.entries(account)) or "no menu"
        raise Impossible(f"the menu has no {action.entry!r}; it shows {shown}")
    kind = found["type"]
    if kind == "view":
        return Acted(effects=_event(account, customer, "VIEW", env, EventKey=found["url"], MenuId=1))
    if kind == "miniprogram":
        key = found.get("pagepath") or found["url"]
        return Acted(effects=_event(account, customer, "view_miniprogram", env, EventKey=key, MenuId=1))
    if kind == "click":
        rules.tapped(customer, env.now)
        return Acted(effects=_event(account, customer, "CLICK", env, EventKey=found["key"]))
    if kind in {"scancode_push", "scancode_waitmsg"}:
        rules.tapped(customer, env.now)
        scan = {"ScanType": "qrcode", "ScanResult": "https://shop.example/code"}
        return Acted(effects=_event(account, customer, kind, env, EventKey=found["key"], ScanCodeInfo=scan))
    send = _menu_picture if kind in menu.PICTURES else _menu_place if kind == menu.PLACE else None
    if send is None:
        raise Impossible(f"menu buttons of type {kind} are not emulated")
    rules.tapped(customer, env.now)
    return send(account, customer, kind, found["key"], env)


def _menu_picture(account: Account, customer: Customer, kind: str, key: str, env: Env) -> Acted:
    """The camera or the album opens, and the person sends a picture."""
    data = portraits.portrait(customer.handset.person.id)
    told = {"Count": 1, "PicList": {"item": {"PicMd5Sum": md5(data, usedforsecurity=False).hexdigest()}}}
    effects = _event(account, customer, kind, env, EventKey=key, SendPicsInfo=told)
    picture = acts.SendMedia(kind="image", data=data, mime=portraits.MIME, name="picture.png")
    sent = _send_media(account, customer, picture, env)
    return Acted(sent.item, effects + sent.effects)


def _menu_place(account: Account, customer: Customer, kind: str, key: str, env: Env) -> Acted:
    """A map opens, and the person sends a place."""
    latitude, longitude = _anywhere(env)
    told = {**wire.render_location(LocationView(latitude, longitude, "", _STREET)), "Poiname": ""}
    effects = _event(account, customer, kind, env, EventKey=key, SendLocationInfo=told)
    place = acts.SendLocation(latitude=latitude, longitude=longitude, address=_STREET)
    sent = _send_location(account, customer, place, env)
    return Acted(sent.item, effects + sent.effects)


# --- following --------------------------------------------------------------------------------------------------------


def _opt_in(account: Account, customer: Customer, action: acts.OptIn, env: Env) -> Acted:
    """Follow, by a QR code when `payload` says what it carries; a follower only scans it."""
    handset, ticket = customer.handset, {}
    if action.payload:
        ticket = {"Ticket": f"gQ{env.ids.token('wechat.ticket', 48)}"}
    if handset.opted_in:
        if not action.payload:
            return Acted()  # the page of an account that one follows already
        rules.tapped(customer, env.now)
        return Acted(effects=_event(account, customer, "SCAN", env, EventKey=action.payload, **ticket))
    handset.opted_in, customer.followed_at = True, env.now
    customer.scene = "ADD_SCENE_QR_CODE" if action.payload else "ADD_SCENE_SEARCH"
    customer.scene_str = action.payload
    rules.tapped(customer, env.now)
    key = f"qrscene_{action.payload}" if action.payload else ""
    return Acted(effects=_event(account, customer, "subscribe", env, EventKey=key, **ticket))


def _opt_out(account: Account, customer: Customer, _: acts.OptOut, env: Env) -> Acted:
    _must_follow(customer)
    customer.handset.opted_in, customer.handset.waiting = False, []
    customer.contact_at = env.now if customer.contact_at is None else customer.contact_at
    rules.left(customer)
    delivery.stop_typing(customer)
    return Acted(effects=_event(account, customer, "unsubscribe", env, EventKey=""))


def _block(_account: Account, customer: Customer, _action: acts.Block, _env: Env) -> Acted:
    customer.handset.blocked = True  # "receive messages" is off: the account is not told
    return Acted()


# --- what the account does not hear of --------------------------------------------------------------------------------


def _read(_account: Account, customer: Customer, _action: acts.Read, _env: Env) -> Acted:
    customer.handset.read_all()
    return Acted()


def _arrive(_: Account, customer: Customer, item: Item, _env: Env) -> list[Effect]:
    delivery.arrive(customer.handset, item)
    return []


_ACTIONS: Final[dict[type, Perform[Account, Customer]]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.SendContact: _send_contact,
    acts.SendUnsupported: _send_unsupported,
    acts.Tap: _tap,
    acts.TapMenu: _tap_menu,
    acts.Read: _read,
    acts.Type: everyday.nothing,
    acts.Block: _block,
    acts.Unblock: everyday.unblock,
    acts.OptIn: _opt_in,
    acts.OptOut: _opt_out,
    acts.Rename: everyday.rename,  # in the profile, where profiles still carry names
    acts.GoOffline: everyday.go_offline,
    acts.ComeBack: everyday.coming_back(_arrive),
}
