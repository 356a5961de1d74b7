"""Telegram's shapes: users, chats, messages, keyboards and updates. Pure; JSON stops here.

Source: https://core.telegram.org/bots/api#available-types
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_channels.core.handset import Button, Handset, LocationView
from fake_channels.core.schemas import Checker, load
from fake_channels.core.tables import VendorError
from fake_channels.telegram import limits
from fake_channels.telegram.state import Account, Chat, File

Json = dict[str, Any]

WEBHOOK: Final = Checker(load("fake_channels.telegram", "webhook.json"))


class Refused(Exception):
    """The request is not what the API takes; `fields` fill the placeholders of the error's text."""

    def __init__(self, error: VendorError, retry_after_s: int | None = None, **fields: object) -> None:
        self.error = error
        self.description = error.text.format(**fields) if fields else error.text
        self.retry_after_s = retry_after_s
        super().__init__(self.description)


def render_error(status: int, description: str, retry_after_s: int | None = None) -> Json:
    """The one form of all errors."""
    body: Json = {"ok": False, "error_code": status, "description": description}
    if retry_after_s is not None:
        body["parameters"] = {"retry_after": retry_after_s}
    return body


# --- who --------------------------------------------------------------------------------------------------------------


def render_bot(account: Account) -> Json:
    """The bot as messages name it."""
    return {"id": account.bot_id, "is_bot": True, "first_name": "Acme Support", "username": account.bot_username}


def render_me(account: Account) -> Json:
    """The answer to getMe."""
    return {
        **render_bot(account),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _names(handset: Handset) -> Json:
    first, _, last = (handset.name or "").partition(" ")
    names = {"first_name": first}
    if last:
        names["last_name"] = last
    return {**names, "username": handset.person.username}


def render_user(handset: Handset) -> Json:
    """A person as messages name them."""
    language = handset.person.locale.partition("_")[0]
    return {"id": int(handset.identity), "is_bot": False, **_names(handset), "language_code": language}


def render_chat(handset: Handset) -> Json:
    """A private chat: its id is the person's."""
    return {"id": int(handset.identity), **_names(handset), "type": "private"}


def render_full_chat(handset: Handset) -> Json:
    """The answer to getChat."""
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), True
    )
    return {
        **render_chat(handset),
        "active_usernames": [handset.person.username],
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts,
    }


_STICKER: Final = {"type": "regular", "is_animated": False, "is_video": False}
_STICKER_SIDE: Final = 512
_ROUND_SIDE: Final = 240


# --- messages ---------------------------------------------------------------------------------------------------------


def render_message(message_id: int, author: Json, chat: Json, at: int, parts: Json, reply_to: Json | None) -> Json:
    """A message; `parts` is what it carries. A reply shows what it answers, one level deep."""
    message = {"message_id": message_id, "from": author, "chat": chat, "date": at // 1000}
    if reply_to is not None:
        message["reply_to_message"] = {key: value for key, value in reply_to.items() if key != "reply_to_message"}
    message.update(parts)
    return message


def message_key(chat_id: object, message_id: object) -> str:
    """What identifies a message within a bot; its id alone does so only in private chats."""
    return f"{chat_id}:{message_id}"


def render_file(file: File) -> Json:
    """What all kinds of file show."""
    return {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size}


def render_photo(sizes: list[File]) -> Json:
    """A photo in its sizes, the largest last."""
    return {"photo": [{**render_file(size), "width": size.width, "height": size.height} for size in sizes]}


def render_media(account: Account, file: File) -> Json:
    """The part of a message that carries this file, which is no photo."""
    media, common = account.blobs[file.blob], render_file(file)
    named = {"file_name": media.name, "mime_type": media.mime, **common}
    timed = {"duration": file.duration}
    sized = {"width": file.width, "height": file.height}
    match file.kind:
        case "voice":
            part = {**timed, "mime_type": media.mime, **common}
        case "audio":
            part = {**timed, **named}
        case "video" | "animation":
            part = {**timed, **sized, **named}
        case "video_note":
            part = {**timed, "length": file.width or _ROUND_SIDE, **common}
        case "sticker":
            part = {**_STICKER, **{name: side or _STICKER_SIDE for name, side in sized.items()}, **common}
        case _:
            part = named
    if file.kind == "animation":  # it comes as a document too, for older bots
        return {"animation": part, "document": named}
    return {file.kind: part}


def render_location(place: LocationView) -> Json:
    """A place; with a title it is a venue, which carries the location twice."""
    location = {"latitude": place.latitude, "longitude": place.longitude}
    if not place.name:
        return {"location": location}
    return {"location": location, "venue": {"location": location, "title": place.name, "address": place.address}}


# --- keyboards --------------------------------------------------------------------------------------------------------

_SILENT: Final = ("web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat", "copy_text")
"""Buttons that tell the bot nothing in an ordinary chat."""


class Keyboard(msgspec.Struct, frozen=True):
    """What a `reply_markup` shows, and what of it a message repeats."""

    buttons: tuple[Button, ...] = ()
    inline: Json | None = None
    reply: bool = False
    once: bool = False
    """A reply keyboard that goes after the first tap."""
    removes: bool = False
    """It takes the reply keyboard away that is shown."""


NO_KEYBOARD: Final = Keyboard()


def parse_keyboard(markup: Json | None) -> Keyboard:
    """Understand a `reply_markup`.

    Raises:
        Refused: a button without exactly one action, or with data that is too long.
    """
    if not markup:
        return NO_KEYBOARD
    if "inline_keyboard" in markup:
        rows = [row for row in markup["inline_keyboard"] if row]
        buttons = tuple(_inline_button(button) for row in rows for button in row)
        if len(buttons) > limits.BUTTONS_MAX:
            raise Refused(limits.MARKUP_TOO_LONG)
        return Keyboard(buttons, {"inline_keyboard": rows} if rows else None)
    if "keyboard" not in markup:
        return Keyboard(removes=bool(markup.get("remove_keyboard")))
    keys = tuple(_key(key) for row in markup["keyboard"] for key in row)
    if not keys:
        return NO_KEYBOARD
    return Keyboard(keys, reply=True, once=bool(markup.get("one_time_keyboard")))


def _inline_button(button: Json) -> Button:
    text = button["text"]
    if not text:
        raise Refused(limits.BAD_BUTTON, why='Field "text" must be non-empty')
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= limits.CALLBACK_DATA_MAX:
            raise Refused(limits.BUTTON_DATA)
        return Button(data, text)
    if "url" in button:
        url = str(button["url"])
        if not url.startswith(("http://", "https://", "tg://")):
            url = f"http://{url}"
        if "." not in url and "localhost" not in url and not url.startswith("tg://"):
            raise Refused(limits.BUTTON_URL, url=button["url"])
        return Button(text, text, "url", url)
    silent = next((name for name in _SILENT if name in button), "")
    if not silent:
        raise Refused(limits.BAD_BUTTON, why="Text buttons are unallowed in the inline keyboard")
    value = button[silent]
    if silent == "copy_text":
        copied = str(value.get("text", "")) if isinstance(value, dict) else ""
        if not 1 <= len(copied) <= limits.COPY_TEXT_MAX:
            raise Refused(limits.BUTTON_COPY_TEXT)
    return Button(text, text, "url", str(value.get("url") or value.get("text", "")) if isinstance(value, dict) else "")


def _key(key: Any) -> Button:
    if isinstance(key, str):
        return Button(key, key)
    asks = "contact" if key.get("request_contact") else "location" if key.get("request_location") else ""
    return Button(key["text"], key["text"], "contact" if asks == "contact" else "location" if asks else "reply")


# --- updates ----------------------------------------------------------------------------------------------------------


def render_callback_query(
    query_id: str, handset: Handset, message_id: int, message: Json | None, data: str, instance: str
) -> Json:
    """A tap on an inline button."""
    if message is None:  # too long ago: https://core.telegram.org/bots/api#inaccessiblemessage
        message = {"chat": render_chat(handset), "message_id": message_id, "date": 0}
    who = {"id": query_id, "from": render_user(handset)}
    return {**who, "message": message, "chat_instance": instance, "data": data}


def render_membership(account: Account, handset: Handset, at: int, *, blocked: bool) -> Json:
    """A person blocked the bot, or took that back."""
    bot = render_bot(account)
    member = {"user": bot, "status": "member"}
    kicked = {"user": bot, "status": "kicked", "until_date": 0}
    old, new = (member, kicked) if blocked else (kicked, member)
    return {
        "chat": render_chat(handset),
        "from": render_user(handset),
        "date": at // 1000,
        "old_chat_member": old,
        "new_chat_member": new,
    }


def render_reaction(handset: Handset, message_id: int, at: int, old: str, new: str) -> Json:
    """A person changed their reaction to a message."""

    def reactions(emoji: str) -> list[Json]:
        return [{"type": "emoji", "emoji": emoji}] if emoji else []

    return {
        "chat": render_chat(handset),
        "message_id": message_id,
        "user": render_user(handset),
        "date": at // 1000,
        "old_reaction": reactions(old),
        "new_reaction": reactions(new),
    }


def render_webhook_info(account: Account, waiting: int) -> Json:
    """The answer to getWebhookInfo."""
    webhook = account.webhook
    info: Json = {
        "url": webhook.url,
        "has_custom_certificate": webhook.certificate,
        "pending_update_count": waiting,
    }
    if webhook.url:
        info["max_connections"] = webhook.max_connections
        if webhook.address:
            info["ip_address"] = webhook.address
        if account.last_error:
            info["last_error_date"] = account.last_error_at // 1000
            info["last_error_message"] = account.last_error
    if account.allowed_updates:
        info["allowed_updates"] = list(account.allowed_updates)
    return info


def find_chat(account: Account, chat_id: str) -> Chat:
    """The chat that a `chat_id` names.

    Raises:
        Refused: none, or nobody's.
    """
    if not chat_id:
        raise Refused(limits.CHAT_EMPTY)
    chat = account.chats.get(chat_id.strip())
    if chat is not None:
        return chat
    if chat_id == str(account.bot_id):
        raise Refused(limits.TO_BOT)
    raise Refused(limits.CHAT_NOT_FOUND)
