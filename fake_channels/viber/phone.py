"""The person with Viber in hand: what a chat with a bot offers, and what the bot hears of it."""

from __future__ import annotations

import re
from typing import Any, Final

from fake_channels.core import everyday
from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.everyday import Perform
from fake_channels.core.handset import Action, Handset, Impossible, Item, LocationView, Person
from fake_channels.core.media import Media, real_type
from fake_channels.viber import callbacks, limits, rules, state
from fake_channels.viber.limits import MEDIA_RULES
from fake_channels.viber.state import Account, Chat
from fake_channels.viber.wire import Json

_TYPES: Final = {"image": "picture", "video": "video", "audio": "file", "document": "file", "sticker": "sticker"}
"""How a person sends a file -> what the API calls the message."""
_STICKER_ID: Final = 46105
_LINK: Final = re.compile(r"https?://\S+", re.IGNORECASE)

_WHY_NOT: Final[dict[type, str]] = {
    acts.SendUnsupported: "a chat with a bot on Viber offers nothing that the bot API cannot carry",
    acts.React: "a chat with a bot on Viber offers no reactions",
    acts.Edit: "a message to a bot cannot be edited on Viber",
    acts.Delete: "a message to a bot cannot be taken back for both sides on Viber",
    acts.TapMenu: "a bot on Viber has no menu besides its keyboards",
    acts.ReplyToStory: "Viber has no stories",
    acts.MentionInStory: "Viber has no stories",
}


class ViberPhone:
    """Functions over the bot's chats."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs Viber; the bot may not write before they subscribe."""
        return state.enrol(account, person, env.ids)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when Viber or this phone does not offer it."""
        chat = account.chats[handset.identity]
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "Viber")
        acted = perform(account, chat, action, env)
        handset.changed()
        return acted


def _say(account: Account, chat: Chat, item: Item | None, message: Json, env: Env) -> Acted:
    """The person sends something: that subscribes, it answers the bot, and the bot hears of it.

    Without an item nothing is shown: the bot asked for a silent answer.
    """
    handset = chat.handset
    if handset.blocked:
        raise Impossible("you blocked this bot: unblock it before you write")
    effects = rules.subscribe(account, chat, env) if account.settings.subscribed_callback else []
    token = account.new_token(env.ids)
    if item is not None:
        item.id, item.at = str(token), env.now
        handset.show(item)
    handset.opted_in, chat.opened, handset.typing = True, True, False
    chat.wrote(env.now)
    if chat.tracking is not None:
        message = {**message, "tracking_data": chat.tracking}
    user = callbacks.user_of(account, chat, env)
    silent = item is None
    effects += callbacks.emit(account, chat, "message", env, token, sender=user, message=message, silent=silent)
    return Acted(item, effects)


def _mine(kind: str, **rest: Any) -> Item:
    return Item(id="", at=0, author="customer", kind=kind, **rest)


def _quoted(chat: Chat, item_id: str) -> str:
    return chat.handset.find(item_id).id if item_id else ""


def _send_text(account: Account, chat: Chat, action: acts.SendText, env: Env) -> Acted:
    if not action.text.strip() or len(action.text) > limits.TEXT_MAX:
        raise Impossible(f"Viber sends 1 to {limits.TEXT_MAX} characters at once")
    if _keyboard(chat) == "hidden":
        raise Impossible("the bot's keyboard hides the input field: tap one of its buttons")
    item = _mine("text", text=action.text, reply_to=_quoted(chat, action.reply_to))
    if _LINK.fullmatch(action.text):
        return _say(account, chat, item, {"type": "url", "media": action.text}, env)
    return _say(account, chat, item, {"type": "text", "text": action.text}, env)


def _keyboard(chat: Chat) -> str:
    """The state of the input field as the shown keyboard has it."""
    shown = chat.handset.shown(chat.keyboard)
    return "" if shown is None else shown.vendor.get("keyboard", "")


def _send_media(account: Account, chat: Chat, action: acts.SendMedia, env: Env) -> Acted:
    kind = _TYPES.get(action.kind)
    if kind is None:
        raise Impossible("a chat with a bot on Viber takes no voice notes")
    if chat.handset.blocked:
        raise Impossible("you blocked this bot: unblock it before you write")
    media = Media(action.data, action.mime, action.name)
    problem = _file_problem(kind, media)
    if problem:
        raise Impossible(problem)
    name = env.ids.token("viber.media", 24)
    account.keep(name, media, env.now)
    view = chat.handset.keep(name, media.data, media.mime, media.name, media.digest.hex())
    quoted = _quoted(chat, action.reply_to)
    item = _mine(action.kind, text=action.caption, media=view, reply_to=quoted)
    url = f"{env.base_url}/dl/{account.media_key}/{name}"
    return _say(account, chat, item, _render_file(kind, url, media, action.caption), env)


def _render_file(kind: str, url: str, media: Media, caption: str) -> Json:
    if kind == "sticker":
        return {"type": "sticker", "sticker_id": _STICKER_ID, "media": url}
    message: Json = {"type": kind, "media": url, "file_name": media.name, "size": len(media.data)}
    if kind in {"picture", "video"}:
        message["thumbnail"] = url
    if caption:
        message["text"] = caption
    return message


def _file_problem(kind: str, media: Media) -> str:
    rule = MEDIA_RULES.get(kind, MEDIA_RULES["file"])
    if not media.data:
        return "the file is empty"
    if len(media.data) > rule.max_bytes:
        return f"the file is larger than the {rule.max_bytes} bytes that Viber sends as {kind}"
    real = real_type(media.data, media.mime)
    return f"Viber sends no {real} as {kind}" if rule.types and real not in rule.types else ""


def _send_location(account: Account, chat: Chat, action: acts.SendLocation, env: Env) -> Acted:
    place = LocationView(action.latitude, action.longitude, action.name, action.address)
    told: Json = {"lat": action.latitude, "lon": action.longitude}
    if action.address:
        told["address"] = action.address
    item = _mine("location", text=action.name, location=place)
    return _say(account, chat, item, {"type": "location", "location": told}, env)


def _send_contact(account: Account, chat: Chat, action: acts.SendContact, env: Env) -> Acted:
    return _say_contact(account, chat, action.name, action.phone, env)


def _say_contact(account: Account, chat: Chat, name: str, phone: str, env: Env) -> Acted:
    item = _mine("contact", text=f"{name} {phone}".strip())
    return _say(account, chat, item, {"type": "contact", "contact": {"name": name, "phone_number": phone}}, env)


def _tap(account: Account, chat: Chat, action: acts.Tap, env: Env) -> Acted:
    handset = chat.handset
    shown = handset.find(action.item)
    button = acts.find_button(shown, action.button)
    if "keyboard" in shown.vendor and shown.id != chat.keyboard:
        raise Impossible("a newer keyboard has taken this one's place")
    if handset.blocked:
        raise Impossible("you blocked this bot: unblock it before you tap")
    if button.kind == "location":
        raise Impossible("share a location to answer this request")
    if button.kind == "contact":
        return _say_contact(account, chat, handset.name or "", handset.person.msisdn, env)
    silent = str(shown.buttons.index(button)) in shown.vendor.get("silent", "").split()
    if silent and button.kind == "url":
        return Acted()  # a silent link opens and tells the bot nothing
    item = None if silent else _mine("text", text=button.id)
    return _say(account, chat, item, {"type": "text", "text": button.id}, env)


def _read(account: Account, chat: Chat, _: acts.Read, env: Env) -> Acted:
    """Open the chat; for somebody who is not subscribed that starts the conversation."""
    effects = rules.read_all(account, chat, env)
    if not chat.handset.opted_in and not chat.opened and not chat.handset.blocked:
        effects += rules.start(account, chat, env)
    return Acted(effects=effects)


def _block(account: Account, chat: Chat, _: acts.Block, env: Env) -> Acted:
    chat.handset.blocked = True
    return Acted(effects=rules.unsubscribe(account, chat, env))


def _opt_in(account: Account, chat: Chat, action: acts.OptIn, env: Env) -> Acted:
    """Follow a link to the bot, with its context, and subscribe."""
    chat.handset.blocked = False
    effects = rules.start(account, chat, env, action.payload)
    return Acted(effects=effects + rules.subscribe(account, chat, env))


def _opt_out(account: Account, chat: Chat, _: acts.OptOut, env: Env) -> Acted:
    return Acted(effects=rules.unsubscribe(account, chat, env))


def _go_offline(_: Account, chat: Chat, _action: acts.GoOffline, env: Env) -> Acted:
    chat.handset.online, chat.seen_at = False, env.now
    return Acted()


_ACTIONS: Final[dict[type, Perform[Account, Chat]]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.SendContact: _send_contact,
    acts.Tap: _tap,
    acts.Read: _read,
    acts.Type: everyday.nothing,  # no callback tells the bot that a person types
    acts.Block: _block,
    acts.Unblock: everyday.unblock,  # the next message, or subscribing, lets the bot write again
    acts.OptIn: _opt_in,
    acts.OptOut: _opt_out,
    acts.Rename: everyday.rename,  # shown with the next callback
    acts.GoOffline: _go_offline,
    acts.ComeBack: everyday.coming_back(rules.arrive),
}
