"""The Bot API's behaviour towards people: what may be sent to whom, and what they are shown.

Every function takes the account, what was asked and the surroundings, changes the account, and returns the outcome.
No socket, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from fake_channels.core.contract import Env
from fake_channels.core.effects import Wake
from fake_channels.core.forms import Upload
from fake_channels.core.handset import Handset, Item, LocationView
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.tables import VendorError
from fake_channels.telegram import entities, files, limits, wire
from fake_channels.telegram.state import Account, ActionOver, Chat, File
from fake_channels.telegram.wire import NO_KEYBOARD, Json, Keyboard, Refused


class Ask(msgspec.Struct, frozen=True):
    """A method with its parameters, read."""

    method: str
    args: dict[str, Any]
    uploads: Mapping[str, Upload]
    request: HttpRequest


MEDIA_METHODS: Final = {
    "sendPhoto": "photo",
    "sendVideo": "video",
    "sendAnimation": "animation",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendDocument": "document",
    "sendSticker": "sticker",
    "sendVideoNote": "video_note",
}
SHOWN_AS: Final = {"photo": "image", "animation": "video", "video_note": "video"}
"""Kinds of file whose name on a screen is another."""
_GROUPED: Final = frozenset({"photo", "video", "audio", "document"})


def done(result: Any, ids: tuple[str, ...] = ()) -> Outcome:
    """A successful call."""
    return Outcome(json_reply({"ok": True, "result": result}), ids=ids)


# --- what every send has in common ------------------------------------------------------------------------------------


def recipient(account: Account, args: dict[str, Any]) -> Chat:
    """The chat to send to.

    Raises:
        Refused: nobody's, or of somebody who never started the bot or has blocked it.
    """
    chat = wire.find_chat(account, args.get("chat_id", ""))
    if chat.handset.blocked:
        raise Refused(limits.BLOCKED)
    if not chat.handset.opted_in:
        raise Refused(limits.NOT_STARTED)
    return chat


def formatted(args: dict[str, Any], field: str, given: str, most: int, too_long: VendorError) -> entities.Parsed:
    """A text with its entities, by `parse_mode` or as `given` by the parameter of that name.

    Raises:
        Refused: its markup is broken, or it is too long.
    """
    text, mode = args.get(field, ""), args.get("parse_mode", "")
    known: list[entities.Entity] = []
    if mode:
        parser = entities.PARSERS.get(mode.lower())
        if parser is None:
            raise Refused(limits.BAD_PARSE_MODE)
        try:
            text, known = parser(text)
        except entities.Unparsable as error:
            raise Refused(limits.BAD_ENTITIES, why=error) from None
    elif given in args:
        known = [one for one in args[given] if isinstance(one, dict) and {"type", "offset", "length"} <= set(one)]
    if len(text) > most // 2 and entities.units(text) > most:
        raise Refused(too_long)
    return text, _merged(known, entities.find(text))


def _merged(known: list[entities.Entity], found: list[entities.Entity]) -> list[entities.Entity]:
    if not known or not found:
        return known or found
    covered = [(one["offset"], one["offset"] + one["length"]) for one in known]
    free = [
        one
        for one in found
        if all(one["offset"] >= end or one["offset"] + one["length"] <= start for start, end in covered)
    ]
    return sorted([*known, *free], key=lambda one: (one["offset"], -one["length"]))


def captioned(args: dict[str, Any]) -> Json:
    """The caption's part of a message.

    Raises:
        Refused: as for a text.
    """
    text, found = formatted(args, "caption", "caption_entities", limits.CAPTION_MAX, limits.CAPTION_TOO_LONG)
    parts: Json = {"caption": text} if text else {}
    return {**parts, "caption_entities": found} if found else parts


def keyboard_of(args: dict[str, Any]) -> Keyboard:
    """What `reply_markup` shows.

    Raises:
        Refused: a button is wrong.
    """
    markup = args.get("reply_markup")
    return NO_KEYBOARD if markup is None else wire.parse_keyboard(markup)


def _answered(chat: Chat, args: dict[str, Any]) -> Json | None:
    """The message that a send replies to."""
    told = args.get("reply_parameters")
    if told is None:
        target, lenient = args.get("reply_to_message_id", 0), args.get("allow_sending_without_reply", False)
    else:
        target, lenient = told["message_id"], told.get("allow_sending_without_reply", False)
    if not target:
        return None
    found = chat.message(target)
    if found is None and not lenient:
        raise Refused(limits.NO_REPLY_TARGET)
    return found


def _item(kind: str, keyboard: Keyboard = NO_KEYBOARD, **rest: Any) -> Item:
    shown = "buttons" if keyboard.buttons and kind == "text" else kind
    vendor = {"keyboard": "once" if keyboard.once else "reply"} if keyboard.reply else {}
    return Item(id="", at=0, author="business", kind=shown, buttons=keyboard.buttons, vendor=vendor, **rest)


def _post(account: Account, chat: Chat, ask: Ask, parts: Json, item: Item, keyboard: Keyboard, env: Env) -> bytes:
    """Put a message into the chat and return its JSON; it is on the phone when the phone is online."""
    if keyboard.inline is not None:
        parts["reply_markup"] = keyboard.inline
    answered = _answered(chat, ask.args)
    handset, number = chat.handset, account.next_message_id()
    author, shown = wire.render_bot(account), wire.render_chat(handset)
    told = chat.keep(wire.render_message(number, author, shown, env.now, parts, answered))
    item.id, item.at = wire.message_key(handset.identity, number), env.now
    if keyboard.reply or keyboard.removes:
        chat.keyboard = item.id if keyboard.reply else ""
    if answered is not None:
        item.reply_to = wire.message_key(handset.identity, answered["message_id"])
    if handset.online:
        arrive(account, handset, item)
    else:
        handset.waiting.append(item)
        if len(handset.waiting) > limits.WAITING_MAX:
            handset.waiting.pop(0)
    return told


def _sent(account: Account, chat: Chat, ask: Ask, parts: Json, item: Item, keyboard: Keyboard, env: Env) -> Outcome:
    told = _post(account, chat, ask, parts, item, keyboard, env)
    return Outcome(HttpReply(200, b'{"ok":true,"result":%s}' % told), ids=(item.id,))


def arrive(account: Account, handset: Handset, item: Item) -> None:
    """The message is on the phone."""
    file = account.files.get(item.vendor.get("file_id", ""))
    if file is not None:
        media = account.blobs[file.blob]
        item.media = handset.keep(file.id, media.data, media.mime, media.name, media.digest.hex())
    item.state = "delivered"
    handset.typing = False
    handset.show(item)


# --- sends ------------------------------------------------------------------------------------------------------------


def send_message(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send a text.

    Raises:
        Refused: as the API does.
    """
    text, found = formatted(ask.args, "text", "entities", limits.TEXT_MAX, limits.TEXT_TOO_LONG)
    if not text or text.isspace():
        raise Refused(limits.TEXT_EMPTY)
    chat, keyboard = recipient(account, ask.args), keyboard_of(ask.args)
    parts: Json = {"text": text, "entities": found} if found else {"text": text}
    parts |= preview_options(ask.args)
    return _sent(account, chat, ask, parts, _item("text", keyboard, text=text), keyboard, env)


def preview_options(args: dict[str, Any]) -> Json:
    """How the preview of a link was asked for; a message repeats it when it is not the usual way."""
    options = args.get("link_preview_options")
    if options is None and args.get("disable_web_page_preview"):
        options = {"is_disabled": True}
    return {"link_preview_options": options} if options else {}


def send_media(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send one file; one that is named by URL is fetched first.

    Raises:
        Refused: as the API does.
    """
    kind = MEDIA_METHODS[ask.method]
    chat, keyboard = recipient(account, ask.args), keyboard_of(ask.args)
    caption = {} if kind in {"sticker", "video_note"} else captioned(ask.args)
    value = ask.args.get(kind, "")
    upload = files.named(value, kind, ask.uploads)
    if upload is None and files.is_url(value):
        return Outcome(files.fetch(ask.method, ask.args, kind, kind, value))
    file = files.by_id(account, kind, value) if upload is None else files.uploaded(account, kind, upload, env)
    parts = {**_file_parts(account, file, ask.args), **caption}
    item = _item(SHOWN_AS.get(file.kind, file.kind), keyboard, text=caption.get("caption", ""))
    item.vendor["file_id"] = file.id
    return _sent(account, chat, ask, parts, item, keyboard, env)


def _file_parts(account: Account, file: File, args: dict[str, Any]) -> Json:
    parts = files.render(account, file)
    told = {
        name: args[name]
        for name in ("duration", "width", "height", "performer", "title")
        if args.get(name) and file.kind not in {"photo", "document", "sticker"}
    }
    if told:
        known = {"duration"} if file.kind == "voice" else {"duration", "performer", "title"}
        known = known if file.kind in {"voice", "audio"} else {"duration", "width", "height"}
        parts[file.kind] = {**parts[file.kind], **{name: one for name, one in told.items() if name in known}}
    return parts


def send_media_group(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send an album: all or nothing.

    Raises:
        Refused: as the API does.
    """
    chat, items = recipient(account, ask.args), ask.args.get("media", [])
    if not limits.GROUP_MIN <= len(items) <= limits.GROUP_MAX or not all(isinstance(one, dict) for one in items):
        raise Refused(limits.GROUP_SIZE)
    captions = [captioned({**one, "caption": str(one.get("caption", ""))}) for one in items]
    found: list[File] = []
    for place, one in enumerate(items):
        kind, value = one.get("type"), str(one.get("media", ""))
        if kind not in _GROUPED:
            raise Refused(limits.GROUP_TYPE, kind=kind)
        upload = files.named(value, "", ask.uploads)
        if upload is not None:
            found.append(files.uploaded(account, kind, upload, env))
            one["media"] = found[-1].id  # uploads are gone when a fetch resumes the call
        elif files.is_url(value):
            return Outcome(files.fetch(ask.method, ask.args, f"media.{place}", kind, value))
        else:
            found.append(files.by_id(account, kind, value))
    group = env.ids.digits("telegram.media_group", 17)
    told, keys = [], []
    for file, caption in zip(found, captions, strict=True):
        item = _item(SHOWN_AS.get(file.kind, file.kind), text=caption.get("caption", ""))
        item.vendor["file_id"] = file.id
        parts = {"media_group_id": group, **files.render(account, file), **caption}
        told.append(_post(account, chat, ask, parts, item, NO_KEYBOARD, env))
        keys.append(item.id)
    return Outcome(HttpReply(200, b'{"ok":true,"result":[%s]}' % b",".join(told)), ids=tuple(keys))


def send_location(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send a place or a venue.

    Raises:
        Refused: as the API does.
    """
    args = ask.args
    needed = ("latitude", "longitude", "title", "address") if ask.method == "sendVenue" else ("latitude", "longitude")
    for field in needed:
        if args.get(field) in (None, ""):
            raise Refused(limits.FIELD_EMPTY, field=field)
    if not (abs(args["latitude"]) <= 90 and abs(args["longitude"]) <= 180):  # noqa: PLR2004  the poles and the antimeridian
        raise Refused(limits.BAD_PLACE)
    chat, keyboard = recipient(account, args), keyboard_of(args)
    place = LocationView(args["latitude"], args["longitude"], args.get("title", ""), args.get("address", ""))
    item = _item("location", keyboard, text=place.name, location=place)
    return _sent(account, chat, ask, wire.render_location(place), item, keyboard, env)


def send_contact(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send somebody's card.

    Raises:
        Refused: as the API does.
    """
    args = ask.args
    for field in ("phone_number", "first_name"):
        if not args.get(field):
            raise Refused(limits.FIELD_EMPTY, field=field.replace("_", " "))
    if len(args.get("vcard", "").encode()) > limits.VCARD_MAX:
        raise Refused(limits.CARD_TOO_LONG)
    chat, keyboard = recipient(account, args), keyboard_of(args)
    contact = {key: args[key] for key in ("phone_number", "first_name", "last_name", "vcard") if args.get(key)}
    name = " ".join(contact[key] for key in ("first_name", "last_name") if key in contact)
    item = _item("contact", keyboard, text=f"{name} {contact['phone_number']}")
    return _sent(account, chat, ask, {"contact": contact}, item, keyboard, env)


def send_chat_action(account: Account, ask: Ask, env: Env) -> Outcome:
    """Show for five seconds, or until a message comes, that the bot is busy.

    Raises:
        Refused: no such action, or as for a send.
    """
    if ask.args.get("action", "").lower() not in limits.ACTIONS:
        raise Refused(limits.BAD_ACTION)
    chat = recipient(account, ask.args)
    outcome = done(result=True)
    if chat.handset.online:
        chat.handset.typing = True
        chat.handset.changed()
        chat.acting_at = env.now
        over = ActionOver(chat.handset.identity, env.now)
        outcome.effects.append(Wake(env.now + limits.ACTION_MS, over))
    return outcome


def on_action_over(account: Account, event: ActionOver) -> None:
    """The action is shown no longer, unless a later one came."""
    chat = account.chats[event.chat]
    if chat.acting_at == event.at and chat.handset.typing:
        chat.handset.typing = False
        chat.handset.changed()
