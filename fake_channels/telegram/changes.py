"""What happens to messages that are sent: edits, deletions, reactions, and answers to taps.

Functions as in `rules`: they take the account, what was asked and the surroundings. No socket, no clock.
"""

from __future__ import annotations

from fake_channels.core.contract import Env
from fake_channels.core.handset import Handset, Item
from fake_channels.core.http import HttpReply, Outcome
from fake_channels.telegram import limits, wire
from fake_channels.telegram.rules import Ask, captioned, done, formatted, keyboard_of, preview_options, recipient
from fake_channels.telegram.state import Account, Chat
from fake_channels.telegram.wire import Json, Refused


def edit(account: Account, ask: Ask, env: Env) -> Outcome:
    """Change a message of the bot: its text, its caption, or its keyboard alone.

    Raises:
        Refused: as the API does.
    """
    chat = recipient(account, ask.args)
    number = ask.args.get("message_id", 0)
    message = chat.message(number)
    if message is None:
        raise Refused(limits.NO_EDIT_TARGET)
    if message["from"]["id"] != account.bot_id:
        raise Refused(limits.NOT_EDITABLE)
    parts, text = _edited(ask, message)
    keyboard = keyboard_of(ask.args)
    if keyboard.inline is not None:
        parts["reply_markup"] = keyboard.inline
    if parts == {key: value for key, value in message.items() if key != "edit_date"}:
        raise Refused(limits.NOT_MODIFIED)
    changed = {**parts, "edit_date": env.now // 1000}
    told = chat.keep(changed)
    item = _shown(chat.handset, number)
    if item is not None:
        item.buttons = keyboard.buttons
        if item.kind in {"text", "buttons"}:
            item.kind = "buttons" if keyboard.buttons else "text"
        item.text = item.text if text is None else text
        chat.handset.changed()
    key = wire.message_key(chat.handset.identity, number)
    return Outcome(HttpReply(200, b'{"ok":true,"result":%s}' % told), ids=(key,))


def _edited(ask: Ask, message: Json) -> tuple[Json, str | None]:
    """The message without what is replaced, and its new text."""
    replaced = {"reply_markup", "edit_date"}
    if ask.method == "editMessageReplyMarkup":
        return {key: value for key, value in message.items() if key not in replaced}, None
    if ask.method == "editMessageText":
        if "text" not in message:
            raise Refused(limits.NO_TEXT_TO_EDIT)
        text, found = formatted(ask.args, "text", "entities", limits.TEXT_MAX, limits.TEXT_TOO_LONG)
        if not text or text.isspace():
            raise Refused(limits.TEXT_EMPTY)
        new: Json = {"text": text, "entities": found} if found else {"text": text}
        new |= preview_options(ask.args)
    else:
        new = captioned(ask.args)
        text = new.get("caption", "")
    replaced |= {"text", "entities", "caption", "caption_entities", "link_preview_options"}
    return {**{key: value for key, value in message.items() if key not in replaced}, **new}, text


def _shown(handset: Handset, number: int) -> Item | None:
    key = wire.message_key(handset.identity, number)
    return next((item for item in (*reversed(handset.screen), *handset.waiting) if item.id == key), None)


def delete(account: Account, ask: Ask, env: Env) -> Outcome:
    """Take a message of either side back.

    Raises:
        Refused: there is none, or it is older than two days.
    """
    chat = wire.find_chat(account, ask.args.get("chat_id", ""))
    message = chat.message(ask.args.get("message_id", 0))
    if message is None:
        raise Refused(limits.NO_DELETE_TARGET)
    if env.now - message["date"] * 1000 > limits.DELETE_WITHIN_MS:
        raise Refused(limits.NOT_DELETABLE)
    _take_back(chat, message["message_id"])
    return done(result=True)


def delete_many(account: Account, ask: Ask, env: Env) -> Outcome:
    """Take several back; those that cannot be are skipped.

    Raises:
        Refused: no such chat, no messages, or more than a hundred.
    """
    chat = wire.find_chat(account, ask.args.get("chat_id", ""))
    numbers = ask.args.get("message_ids", [])
    if not numbers:
        raise Refused(limits.NO_DELETED)
    if len(numbers) > limits.DELETED_MAX:
        raise Refused(limits.TOO_MANY_DELETED)
    for number in numbers:
        message = chat.message(number) if isinstance(number, int) else None
        if message is not None and env.now - message["date"] * 1000 <= limits.DELETE_WITHIN_MS:
            _take_back(chat, number)
    return done(result=True)


def _take_back(chat: Chat, number: int) -> None:
    del chat.messages[number]
    handset, key = chat.handset, wire.message_key(chat.handset.identity, number)
    handset.screen = [item for item in handset.screen if item.id != key]
    handset.waiting = [item for item in handset.waiting if item.id != key]
    handset.changed()


def set_reaction(account: Account, ask: Ask, _env: Env) -> Outcome:
    """React to a message, or take the reaction back.

    Raises:
        Refused: there is no such message.
    """
    chat = recipient(account, ask.args)
    number = ask.args.get("message_id", 0)
    if number not in chat.messages:
        raise Refused(limits.NO_REACTION_TARGET)
    item = _shown(chat.handset, number)
    if item is not None:
        told = [one for one in ask.args.get("reaction", []) if isinstance(one, dict)]
        item.vendor["reaction"] = "".join(str(one.get("emoji", "")) for one in told[:1])
        chat.handset.changed()
    return done(result=True)


def answer_query(account: Account, ask: Ask, env: Env) -> Outcome:
    """Stop the spinner of a tapped button; a text is shown for a moment.

    Raises:
        Refused: the query is unknown, answered or too old.
    """
    query_id, text = ask.args.get("callback_query_id", ""), ask.args.get("text", "")
    if len(text) > limits.ANSWER_MAX:
        raise Refused(limits.ANSWER_TOO_LONG)
    asked = account.queries.pop(query_id, None)
    if asked is None or env.now - asked.at > limits.QUERY_LIFE_MS:
        raise Refused(limits.QUERY_TOO_OLD)
    if text:
        handset = account.chats[asked.chat].handset
        handset.show(Item(id=f"answer:{query_id}", at=env.now, author="system", kind="notice", text=text))
    return done(result=True, ids=())
