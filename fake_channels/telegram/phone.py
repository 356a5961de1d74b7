"""The person with Telegram in hand: what the app offers, and what the bot hears of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from fake_channels.core import everyday
from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.everyday import Perform
from fake_channels.core.handset import Action, Handset, Impossible, Item, LocationView, Person
from fake_channels.core.media import Media
from fake_channels.telegram import entities, files, limits, rules, state, updates, wire
from fake_channels.telegram.state import Account, Chat, Query
from fake_channels.telegram.wire import Json

_START_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MENU_SCOPES: Final = ("all_private_chats/", "default/")
_FILE_KINDS: Final = {"image": "photo"}
"""How a person sends a file -> what the Bot API calls it, where the names differ."""


class TelegramPhone:
    """Functions over the bot's chats."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs Telegram; the bot may not write before they do."""
        return state.enrol(account, person, env.ids)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when Telegram or this phone does not offer it."""
        chat = account.chats[handset.identity]
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "Telegram")
        acted = perform(account, chat, action, env)
        handset.changed()
        return acted


def _say(account: Account, chat: Chat, item: Item, parts: Json, env: Env) -> Acted:
    """The person sends something: it is on the screen, and the bot hears of it."""
    handset = chat.handset
    if handset.blocked:
        raise Impossible("you blocked this bot: unblock it before you write")
    number = account.next_message_id()
    item.id = wire.message_key(handset.identity, number)
    user, shown = wire.render_user(handset), wire.render_chat(handset)
    message = wire.render_message(number, user, shown, env.now, parts, _answered(chat, item.reply_to))
    chat.keep(message)
    handset.show(item)
    handset.opted_in, handset.typing = True, False
    return Acted(item, updates.emit(account, "message", handset.identity, message, env, (item.id,)))


def _answered(chat: Chat, item_id: str) -> Json | None:
    if not item_id:
        return None
    return chat.message(_number(chat.handset.find(item_id)))


def _number(item: Item) -> int:
    number = item.id.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


def _mine(kind: str, env: Env, **rest: Any) -> Item:
    return Item(id="", at=env.now, author="customer", kind=kind, **rest)


def _text_parts(text: str) -> Json:
    found = entities.find(text)
    return {"text": text, "entities": found} if found else {"text": text}


def _send_text(account: Account, chat: Chat, action: acts.SendText, env: Env) -> Acted:
    if not action.text.strip() or entities.units(action.text) > limits.TEXT_MAX:
        raise Impossible(f"Telegram sends 1 to {limits.TEXT_MAX} characters at once")
    item = _mine("text", env, text=action.text, reply_to=action.reply_to)
    return _say(account, chat, item, _text_parts(action.text), env)


def _send_media(account: Account, chat: Chat, action: acts.SendMedia, env: Env) -> Acted:
    kind = _FILE_KINDS.get(action.kind, action.kind)
    if not action.data:
        raise Impossible("the file is empty")
    if chat.handset.blocked:
        raise Impossible("you blocked this bot: unblock it before you write")
    try:
        file = files.add(account, kind, Media(action.data, _mime(action), action.name), env)
    except wire.Refused as refused:
        raise Impossible(f"this file cannot be sent as {action.kind}: {refused.description}") from None
    media = account.blobs[file.blob]
    view = chat.handset.keep(file.id, media.data, media.mime, action.name, media.digest.hex())
    item = _mine(action.kind, env, text=action.caption, media=view, reply_to=action.reply_to)
    parts = files.render(account, file)
    if action.caption and kind != "sticker":
        parts["caption"] = action.caption
        if found := entities.find(action.caption):
            parts["caption_entities"] = found
    return _say(account, chat, item, parts, env)


def _mime(action: acts.SendMedia) -> str:
    return "audio/ogg" if action.kind == "voice" else action.mime


def _send_location(account: Account, chat: Chat, action: acts.SendLocation, env: Env) -> Acted:
    place = LocationView(action.latitude, action.longitude, action.name, action.address)
    item = _mine("location", env, text=action.name, location=place)
    return _say(account, chat, item, wire.render_location(place), env)


def _send_contact(account: Account, chat: Chat, action: acts.SendContact, env: Env) -> Acted:
    return _say_contact(account, chat, action.name, action.phone, env)


def _say_contact(account: Account, chat: Chat, name: str, phone: str, env: Env) -> Acted:
    digits = "".join(filter(str.isdecimal, phone))
    first, _, last = name.partition(" ")
    contact: Json = {"phone_number": digits or phone, "first_name": first}
    if last:
        contact["last_name"] = last
    owner = next((one.handset for one in account.chats.values() if one.handset.person.msisdn == digits), None)
    if owner is not None:
        contact["user_id"] = int(owner.identity)
    return _say(account, chat, _mine("contact", env, text=f"{name} {phone}".strip()), {"contact": contact}, env)


def _send_unsupported(account: Account, chat: Chat, action: acts.SendUnsupported, env: Env) -> Acted:
    render = _UNSUPPORTED.get(action.type)
    content: Json = {} if render is None else render(env)
    return _say(account, chat, _mine(action.type, env), {action.type: content}, env)


def _poll(env: Env) -> Json:
    options = [{"persistent_id": text, "text": text, "voter_count": 0} for text in ("Yes", "No")]
    return {
        "id": env.ids.digits("telegram.poll", 19),
        "question": "Which one?",
        "options": options,
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }


def _dice(env: Env) -> Json:
    return {"emoji": "🎲", "value": 1 + int(6 * env.ids.fraction("telegram.dice"))}


_UNSUPPORTED: Final[dict[str, Callable[[Env], Json]]] = {"poll": _poll, "dice": _dice}


def _react(account: Account, chat: Chat, action: acts.React, env: Env) -> Acted:
    number, identity = _number(chat.handset.find(action.item)), chat.handset.identity
    old = chat.reactions.pop(number, "")
    if action.emoji:
        chat.reactions[number] = action.emoji
        if len(chat.reactions) > state.KEPT_MESSAGES:
            del chat.reactions[next(iter(chat.reactions))]
    payload = wire.render_reaction(chat.handset, number, env.now, old, action.emoji)
    return Acted(effects=updates.emit(account, "message_reaction", identity, payload, env))


def _tap(account: Account, chat: Chat, action: acts.Tap, env: Env) -> Acted:
    handset = chat.handset
    shown = handset.find(action.item)
    button = acts.find_button(shown, action.button)
    if button.kind == "url":
        return Acted()  # a link, an app, a copy: the bot hears nothing
    if handset.blocked:
        raise Impossible("you blocked this bot: unblock it before you tap")
    if "keyboard" in shown.vendor:
        if chat.keyboard != shown.id:
            raise Impossible("this keyboard is no longer shown: the bot has replaced it or taken it away")
        if shown.vendor["keyboard"] == "once":
            chat.keyboard = ""
    if button.kind == "location":
        raise Impossible("share a location to answer this request")
    if button.kind == "contact":
        return _say_contact(account, chat, handset.name or "", handset.person.msisdn, env)
    if "keyboard" in shown.vendor:
        item = _mine("text", env, text=button.title)
        return _say(account, chat, item, _text_parts(button.title), env)
    account.queries = {key: one for key, one in account.queries.items() if env.now - one.at <= limits.QUERY_LIFE_MS}
    query_id = env.ids.digits("telegram.callback_query", 18)
    account.queries[query_id] = Query(handset.identity, env.now)
    instance = f"-{account.bot_id ^ int(handset.identity)}"
    number = _number(shown)
    payload = wire.render_callback_query(query_id, handset, number, chat.message(number), button.id, instance)
    return Acted(effects=updates.emit(account, "callback_query", handset.identity, payload, env, (shown.id,)))


def _read(_: Account, chat: Chat, _action: acts.Read, _env: Env) -> Acted:
    chat.handset.read_all()  # the person's own view: no update tells the bot
    return Acted()


def _membership(account: Account, chat: Chat, env: Env, *, blocked: bool) -> list[Effect]:
    if chat.handset.blocked is blocked:
        return []
    chat.handset.blocked = blocked
    payload = wire.render_membership(account, chat.handset, env.now, blocked=blocked)
    return updates.emit(account, "my_chat_member", chat.handset.identity, payload, env)


def _block(account: Account, chat: Chat, _: acts.Block | acts.OptOut, env: Env) -> Acted:
    return Acted(effects=_membership(account, chat, env, blocked=True))


def _unblock(account: Account, chat: Chat, _: acts.Unblock, env: Env) -> Acted:
    return Acted(effects=_membership(account, chat, env, blocked=False))


def _opt_in(account: Account, chat: Chat, action: acts.OptIn, env: Env) -> Acted:
    """Start the bot, or start it again; a deep link adds its parameter."""
    if action.payload and not _START_PARAMETER.fullmatch(action.payload):
        raise Impossible(f"a start parameter has 1 to {limits.START_MAX} of A-Z, a-z, 0-9, _ and -")
    effects = _membership(account, chat, env, blocked=False)
    text = f"/start {action.payload}" if action.payload else "/start"
    started = _say(account, chat, _mine("text", env, text=text), _text_parts(text), env)
    return Acted(started.item, effects + started.effects)


def _edit(account: Account, chat: Chat, action: acts.Edit, env: Env) -> Acted:
    """The bot hears of it, unless the message is so old that nobody remembers it."""
    item = chat.handset.find(action.item)
    message = chat.message(_number(item)) if item.author == "customer" else None
    if message is None:
        raise Impossible("only a message of your own can be edited")
    if env.now - item.at > limits.EDIT_WITHIN_MS:
        raise Impossible("this message is too old to be edited")
    field = "text" if "text" in message else "caption"
    if field == "caption" and item.media is None:
        raise Impossible(f"a message of kind {item.kind} has no text to edit")
    most = limits.TEXT_MAX if field == "text" else limits.CAPTION_MAX
    if not action.text.strip() or entities.units(action.text) > most:
        raise Impossible(f"Telegram takes 1 to {most} characters here")
    if chat.handset.blocked:
        raise Impossible("you blocked this bot: unblock it before you write")
    item.text = message[field] = action.text
    name, found = "entities" if field == "text" else "caption_entities", entities.find(action.text)
    message.pop(name, None)
    if found:
        message[name] = found
    message["edit_date"] = env.now // 1000
    chat.keep(message)
    return Acted(effects=updates.emit(account, "edited_message", chat.handset.identity, message, env, (item.id,)))


def _delete(_: Account, chat: Chat, action: acts.Delete, _env: Env) -> Acted:
    """In a private chat either side may delete any message; no update tells the bot."""
    item = chat.handset.find(action.item)
    chat.messages.pop(_number(item), None)
    chat.handset.screen.remove(item)
    return Acted()


def _tap_menu(account: Account, chat: Chat, action: acts.TapMenu, env: Env) -> Acted:
    """Choose a command of the bot's menu, by its name or description."""
    offered = [command for scope in _MENU_SCOPES for command in account.commands.get(scope, [])]
    wanted = action.entry.removeprefix("/")
    found = next((command for command in offered if wanted in {command.name, command.description}), None)
    if found is None:
        names = ", ".join(f"/{command.name}" for command in offered) or "nothing"
        raise Impossible(f"the menu of this bot has no {action.entry!r}; it offers {names}")
    text = f"/{found.name}"
    return _say(account, chat, _mine("text", env, text=text), _text_parts(text), env)


def _arrive(account: Account, chat: Chat, item: Item, _: Env) -> list[Effect]:
    rules.arrive(account, chat.handset, item)
    return []


_ACTIONS: Final[dict[type, Perform[Account, Chat]]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.SendContact: _send_contact,
    acts.SendUnsupported: _send_unsupported,
    acts.React: _react,
    acts.Tap: _tap,
    acts.Read: _read,
    acts.Type: everyday.nothing,  # no update tells the bot that a person types
    acts.Block: _block,
    acts.Unblock: _unblock,
    acts.OptIn: _opt_in,
    acts.OptOut: _block,
    acts.Edit: _edit,
    acts.Delete: _delete,
    acts.TapMenu: _tap_menu,
    acts.Rename: everyday.rename,  # shown with the next update
    acts.GoOffline: everyday.go_offline,
    acts.ComeBack: everyday.coming_back(_arrive),
}

_WHY_NOT: Final[dict[type, str]] = {
    acts.ReplyToStory: "a bot has no stories that you could answer",
    acts.MentionInStory: "a mention in a story reaches no bot",
}
