"""The person with WhatsApp in hand: what the app offers, and what the business hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.handset import Action, Handset, Impossible, Item, LocationView, Person
from fake_channels.core.media import Media
from fake_channels.whatsapp import limits, rules, state, wire
from fake_channels.whatsapp.state import Account, Customer


class WhatsAppPhone:
    """Functions over the account's customers."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs WhatsApp."""
        return state.enrol(account, person, env.ids)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when WhatsApp or this phone does not offer it."""
        customer = account.customers[handset.identity]
        perform = acts.choose(_ACTIONS, handset, action, {}, "WhatsApp")
        acted = perform(account, customer, action, env)
        handset.changed()
        return acted


def _say(
    account: Account, customer: Customer, item: Item, content: wire.Json, env: Env, context: wire.Json | None = None
) -> Acted:
    """The customer sends something: it is on the screen, it opens the window, the business hears of it."""
    if customer.handset.blocked:
        raise Impossible("you blocked this business: unblock it before you write")
    if context is None and item.reply_to:
        context = {"from": account.display_phone_number, "id": customer.handset.find(item.reply_to).id}
    customer.handset.show(item)
    customer.wrote_at = env.now
    sender = rules.sender_of(account, customer.handset.identity)
    payload = wire.render_inbound(sender, item.id, env.now, content, context)
    name = f"message {content['type']}"
    return Acted(item, rules.post(account, customer.handset.identity, name, payload, (item.id,), env))


def _mine(kind: str, env: Env, **rest: Any) -> Item:
    return Item(id=state.new_wamid(env.ids), at=env.now, author="customer", kind=kind, **rest)


def _send_text(account: Account, customer: Customer, action: acts.SendText, env: Env) -> Acted:
    if not action.text.strip() or len(action.text) > limits.TEXT_MAX:
        raise Impossible(f"WhatsApp sends 1 to {limits.TEXT_MAX} characters, not {len(action.text)}")
    item = _mine("text", env, text=action.text, reply_to=action.reply_to)
    return _say(account, customer, item, {"type": "text", "text": {"body": action.text}}, env)


def _send_media(account: Account, customer: Customer, action: acts.SendMedia, env: Env) -> Acted:
    kind = "audio" if action.kind == "voice" else action.kind
    mime = "audio/ogg; codecs=opus" if action.kind == "voice" else action.mime
    media = Media(action.data, mime, action.name)
    problem = rules.file_problem(kind, media)
    if problem:
        raise Impossible(problem)
    media_id = rules.store(account, media, limits.INBOUND_MEDIA_LIFE_MS, env)
    view = customer.handset.keep(media_id, media.data, mime, action.name, media.digest.hex())
    item = _mine(action.kind, env, text=action.caption, media=view, reply_to=action.reply_to)
    part = wire.render_media_part(
        media_id,
        media,
        rules.media_url(account, media_id, env),
        caption=action.caption if kind in {"image", "video", "document"} else None,
        filename=action.name if kind == "document" else None,
        voice=True if action.kind == "voice" else None,
        animated=False if kind == "sticker" else None,
    )
    return _say(account, customer, item, {"type": kind, kind: part}, env)


def _send_location(account: Account, customer: Customer, action: acts.SendLocation, env: Env) -> Acted:
    place = LocationView(action.latitude, action.longitude, action.name, action.address)
    part: wire.Json = {"latitude": action.latitude, "longitude": action.longitude}
    part |= {key: value for key, value in (("name", action.name), ("address", action.address)) if value}
    item = _mine("location", env, text=action.name, location=place)
    return _say(account, customer, item, {"type": "location", "location": part}, env)


def _send_contact(account: Account, customer: Customer, action: acts.SendContact, env: Env) -> Acted:
    digits = "".join(filter(str.isdecimal, action.phone))
    first, _, last = action.name.partition(" ")
    name = {"formatted_name": action.name, "first_name": first} | ({"last_name": last} if last else {})
    phone = {"phone": action.phone, "type": "CELL", "wa_id": digits}
    item = _mine("contact", env, text=f"{action.name} {action.phone}")
    return _say(account, customer, item, {"type": "contacts", "contacts": [{"name": name, "phones": [phone]}]}, env)


def _send_unsupported(account: Account, customer: Customer, action: acts.SendUnsupported, env: Env) -> Acted:
    error = wire.render_error(limits.UNSUPPORTED_TYPE, limits.DETAILS[131051])
    content = {"type": "unsupported", "errors": [error], "unsupported": {"type": action.type}}
    return _say(account, customer, _mine(action.type, env), content, env)


def _react(account: Account, customer: Customer, action: acts.React, env: Env) -> Acted:
    target = customer.handset.find(action.item)
    part = {"message_id": target.id} | ({"emoji": action.emoji} if action.emoji else {})
    item = _mine("reaction", env, text=action.emoji, reply_to="")
    return _say(account, customer, item, {"type": "reaction", "reaction": part}, env)


def _tap(account: Account, customer: Customer, action: acts.Tap, env: Env) -> Acted:
    shown = customer.handset.find(action.item)
    button = acts.find_button(shown, action.button)
    context = {"from": account.display_phone_number, "id": shown.id}
    if button.kind == "url":
        return Acted()  # opening a link tells the business nothing
    if button.kind == "location":
        raise Impossible("share a location to answer this request")
    if shown.kind == "template":
        content: wire.Json = {"type": "button", "button": {"payload": button.id, "text": button.title}}
    else:
        reply = "list_reply" if button.kind == "row" else "button_reply"
        part = {"id": button.id, "title": button.title}
        if button.kind == "row" and button.value:
            part["description"] = button.value
        content = {"type": "interactive", "interactive": {"type": reply, reply: part}}
    item = _mine("text", env, text=button.title, reply_to=shown.id)
    return _say(account, customer, item, content, env, context)


def _read(account: Account, customer: Customer, _: acts.Read, env: Env) -> Acted:
    return Acted(effects=rules.read_all(account, customer, env))


def _type(_account: Account, _customer: Customer, _action: acts.Type, _env: Env) -> Acted:
    return Acted()  # the Cloud API tells no business that a customer types


def _block(_account: Account, customer: Customer, _action: acts.Block, _env: Env) -> Acted:
    customer.handset.blocked = True
    return Acted()


def _unblock(_account: Account, customer: Customer, _action: acts.Unblock, _env: Env) -> Acted:
    customer.handset.blocked = False
    return Acted()


def _rename(_account: Account, customer: Customer, action: acts.Rename, _env: Env) -> Acted:
    customer.handset.name = action.name  # shown with the next message
    return Acted()


def _go_offline(_account: Account, customer: Customer, _action: acts.GoOffline, _env: Env) -> Acted:
    customer.handset.online = False
    return Acted()


def _come_back(account: Account, customer: Customer, _: acts.ComeBack, env: Env) -> Acted:
    handset = customer.handset
    handset.online = True
    waiting, handset.waiting = handset.waiting, []
    effects: list[Effect] = []
    for item in waiting:
        effects += rules.arrive(account, customer, item, env)
    return Acted(effects=effects)


_Perform = Callable[[Account, Customer, Any, Env], Acted]

_ACTIONS: Final[dict[type, _Perform]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.SendContact: _send_contact,
    acts.SendUnsupported: _send_unsupported,
    acts.React: _react,
    acts.Tap: _tap,
    acts.Read: _read,
    acts.Type: _type,
    acts.Block: _block,
    acts.Unblock: _unblock,
    acts.Rename: _rename,
    acts.GoOffline: _go_offline,
    acts.ComeBack: _come_back,
}
