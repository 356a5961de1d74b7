"""The person with the chat open, in an app or a page: what it offers, and what the business hears of it."""

from __future__ import annotations

from typing import Final

from fake_channels.core import everyday
from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.everyday import Perform
from fake_channels.core.handset import Action, Handset, Impossible, Person
from fake_channels.core.media import Media
from fake_channels.sinchchat import files, limits, rules, state, wire
from fake_channels.sinchchat.state import Account, Customer

CONVERSATION_START: Final = "conversation_start"
"""What the app says first when there is no history yet."""


class ChatPhone:
    """Functions over the project's chats."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person opens the page or the app that has the chat in it."""
        return state.enrol(account, person, env.ids, env.now)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when the chat or this phone does not offer it."""
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "Sinch Chat")
        acted = perform(account, account.customers[handset.identity], action, env)
        handset.changed()
        return acted


def _say(account: Account, customer: Customer, env: Env, message: wire.Json, reply_to: str = "") -> Acted:
    if reply_to:
        message["reply_to"] = {"message_id": customer.handset.find(reply_to).id}
    item, _, effects = rules.chat_send(account, customer, wire.Said(message=message), env)
    return Acted(item, effects)


def _send_text(account: Account, customer: Customer, action: acts.SendText, env: Env) -> Acted:
    if not 0 < len(action.text) <= limits.TEXT_MAX:
        raise Impossible(f"Sinch Chat sends 1 to {limits.TEXT_MAX} characters at once")
    return _say(account, customer, env, {"text_message": {"text": action.text}}, action.reply_to)


def _send_media(account: Account, customer: Customer, action: acts.SendMedia, env: Env) -> Acted:
    if action.kind == "sticker":
        raise Impossible("Sinch Chat has no stickers: send an image")
    media = Media(action.data, action.mime, action.name)
    if why := files.problem(media):
        raise Impossible(f"the app cannot upload this {action.kind}: {why}")
    url = files.store(account, media, env)
    if action.caption:
        message: wire.Json = {"media_card_message": {"url": url, "caption": action.caption}}
    else:
        message = {"media_message": {"url": url}}
    return _say(account, customer, env, message, action.reply_to)


def _send_location(account: Account, customer: Customer, action: acts.SendLocation, env: Env) -> Acted:
    place: wire.Json = {"coordinates": {"latitude": action.latitude, "longitude": action.longitude}}
    place |= {name: value for name, value in (("title", action.name), ("label", action.address)) if value}
    return _say(account, customer, env, {"location_message": place})


def _tap(account: Account, customer: Customer, action: acts.Tap, env: Env) -> Acted:
    shown = customer.handset.find(action.item)
    button = acts.find_button(shown, action.button)
    if button.kind not in {"reply", "row"}:
        return Acted()  # a link, a call, a map: the business hears nothing
    answer = {"message_id": shown.id, "postback_data": button.id}
    acted = _say(account, customer, env, {"choice_response_message": answer})
    if acted.item is not None:
        acted.item.text = button.title  # the person sees what was tapped, not what it carries
    return acted


def _event(account: Account, customer: Customer, env: Env, kind: str) -> Acted:
    _, _, effects = rules.chat_send(account, customer, wire.Said(event={kind: {}}), env)
    return Acted(effects=effects)


def _type(account: Account, customer: Customer, _: acts.Type, env: Env) -> Acted:
    return _event(account, customer, env, "composing_event")


def _read(_: Account, customer: Customer, _action: acts.Read, _env: Env) -> Acted:
    customer.handset.read_all()  # the person's own view: there are no read receipts
    return Acted()


def _opt_in(account: Account, customer: Customer, action: acts.OptIn, env: Env) -> Acted:
    """Open the chat: the app hands over its page's metadata, and says so when there is no history."""
    if action.payload and not wire.is_metadata(action.payload):
        raise Impossible("the page's metadata must be a JSON object of at most 1024 characters")
    message = None if customer.entries else {"fallback_message": {"raw_message": CONVERSATION_START}}
    if message is None and not action.payload:
        return Acted()
    said = wire.Said(message=message, metadata=action.payload)
    item, _, effects = rules.chat_send(account, customer, said, env)
    return Acted(item, effects)


def _go_offline(_: Account, customer: Customer, _action: acts.GoOffline, _env: Env) -> Acted:
    customer.handset.online = customer.handset.typing = False
    return Acted()


_ACTIONS: Final[dict[type, Perform[Account, Customer]]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.Tap: _tap,
    acts.Type: _type,
    acts.Read: _read,
    acts.OptIn: _opt_in,
    acts.Rename: everyday.rename,  # told with the next callback
    acts.GoOffline: _go_offline,
    acts.ComeBack: everyday.coming_back(rules.arrive),
}

_WHY_NOT: Final[dict[type, str]] = {
    acts.SendContact: "Sinch Chat sends no contact cards: write name and number",
    acts.SendUnsupported: "everything that the chat can send, the business can receive",
    acts.Block: "a chat in a page cannot be blocked: close it",
    acts.Unblock: "a chat in a page cannot be blocked",
    acts.OptOut: "there is no opt-out of a chat in a page: close it",
    acts.React: "Sinch Chat has no reactions",
    acts.Edit: "what was sent cannot be changed in Sinch Chat",
    acts.Delete: "what was sent cannot be taken back in Sinch Chat",
    acts.TapMenu: "Sinch Chat has no menu",
    acts.ReplyToStory: "Sinch Chat has no stories",
    acts.MentionInStory: "Sinch Chat has no stories",
}
