"""The person with WhatsApp in hand: what the app offers, and what the business hears of it."""

from __future__ import annotations

from typing import Any, Final

from fake_channels.core import everyday
from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.everyday import Perform
from fake_channels.core.handset import Action, Handset, Impossible, Item, LocationView, Person
from fake_channels.core.media import Media
from fake_channels.whatsapp import hooks, limits, media, notices, rules, state, wire
from fake_channels.whatsapp.state import Account, Customer

_NEW_NUMBER: Final = "user_changed_number"
"""What somebody `sends` who moves to another number."""


class WhatsAppPhone:
    """Functions over the account's customers."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs WhatsApp."""
        return state.enrol(account, person, env.ids)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when WhatsApp or this phone does not offer it."""
        customer = account.customers[handset.identity]
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "WhatsApp")
        acted = perform(account, customer, action, env)
        handset.changed()
        return acted


def _say(
    account: Account, customer: Customer, item: Item, content: wire.Json, env: Env, context: wire.Json | None = None
) -> Acted:
    """The customer sends something: it is on the screen, it opens the window, the business hears of it."""
    _check_free(customer)
    if context is None and item.reply_to:
        context = _quote(account, customer.handset.find(item.reply_to))
    customer.handset.show(item)
    return Acted(item, _tell(account, customer, item.id, content, env, context))


def _check_free(customer: Customer) -> None:
    if customer.handset.blocked:
        raise Impossible("you blocked this business: unblock it before you write")


def _quote(account: Account, quoted: Item) -> wire.Json:
    """The context of an answer; whoever wrote the quoted message is `from`."""
    own = quoted.author == "customer"
    return {"from": state.owner_of(quoted.id) if own else account.display_phone_number, "id": quoted.id}


def _tell(
    account: Account,
    customer: Customer,
    wamid: str,
    content: wire.Json,
    env: Env,
    context: wire.Json | None = None,
) -> list[Effect]:
    """Let the business hear of a message, which opens the window; one that has blocked this person hears nothing."""
    if customer.blocked:
        return []
    customer.wrote_at = env.now
    key = customer.handset.identity
    payload = wire.render_inbound(hooks.sender_of(account, key), wamid, env.now, content, context)
    return hooks.tell(account, key, f"message {content['type']}", payload, (wamid,), env)


def _mine(customer: Customer, kind: str, env: Env, **rest: Any) -> Item:
    return Item(id=_new_id(customer, env), at=env.now, author="customer", kind=kind, **rest)


def _new_id(customer: Customer, env: Env) -> str:
    return state.new_wamid(env.ids, customer.handset.identity, inbound=True)


def _send_text(account: Account, customer: Customer, action: acts.SendText, env: Env) -> Acted:
    if not action.text.strip() or len(action.text) > limits.TEXT_MAX:
        raise Impossible(f"WhatsApp sends 1 to {limits.TEXT_MAX} characters, not {len(action.text)}")
    item = _mine(customer, "text", env, text=action.text, reply_to=action.reply_to)
    return _say(account, customer, item, {"type": "text", "text": {"body": action.text}}, env)


def _send_media(account: Account, customer: Customer, action: acts.SendMedia, env: Env) -> Acted:
    kind = "audio" if action.kind == "voice" else action.kind
    mime = "audio/ogg; codecs=opus" if action.kind == "voice" else action.mime
    file = Media(action.data, mime, action.name)
    problem = media.file_problem(kind, file)
    if problem:
        raise Impossible(problem)
    _check_free(customer)
    media_id = media.store(account, file, limits.INBOUND_MEDIA_LIFE_MS, env)
    view = customer.handset.keep(media_id, file.data, mime, action.name, file.digest.hex())
    item = _mine(customer, action.kind, env, text=action.caption, media=view, reply_to=action.reply_to)
    part = wire.render_media_part(
        media_id,
        file,
        media.media_url(account, media_id, env),
        caption=action.caption if kind in {"image", "video", "document"} else None,
        filename=action.name if kind == "document" else None,
        voice=True if action.kind == "voice" else None,
        animated=media.is_animated(file.data) if kind == "sticker" else None,
    )
    return _say(account, customer, item, {"type": kind, kind: part}, env)


def _send_location(account: Account, customer: Customer, action: acts.SendLocation, env: Env) -> Acted:
    place = LocationView(action.latitude, action.longitude, action.name, action.address)
    part: wire.Json = {"latitude": action.latitude, "longitude": action.longitude}
    part |= {key: value for key, value in (("name", action.name), ("address", action.address)) if value}
    asked = _open_request(customer.handset)
    if asked is not None:
        asked.vendor["answered"] = "true"
    item = _mine(customer, "location", env, text=action.name, location=place, reply_to=asked.id if asked else "")
    return _say(account, customer, item, {"type": "location", "location": part}, env)


def _open_request(handset: Handset) -> Item | None:
    """The business's latest message, if it asks for a location and has had no answer."""
    latest = next((item for item in reversed(handset.screen) if item.author == "business"), None)
    if latest is None or "answered" in latest.vendor:
        return None
    return latest if any(button.kind == "location" for button in latest.buttons) else None


def _send_contact(account: Account, customer: Customer, action: acts.SendContact, env: Env) -> Acted:
    digits = "".join(filter(str.isdecimal, action.phone))
    first, _, last = action.name.partition(" ")
    name = {"formatted_name": action.name, "first_name": first} | ({"last_name": last} if last else {})
    phone = {"phone": action.phone, "type": "CELL"}
    if account.customer(digits) is not None:  # only a user of WhatsApp has a WhatsApp id
        phone["wa_id"] = digits
    item = _mine(customer, "contact", env, text=f"{action.name} {action.phone}")
    return _say(account, customer, item, {"type": "contacts", "contacts": [{"name": name, "phones": [phone]}]}, env)


def _send_unsupported(account: Account, customer: Customer, action: acts.SendUnsupported, env: Env) -> Acted:
    if action.type == _NEW_NUMBER:
        return change_number(account, customer.handset, f"1555{env.ids.digits('whatsapp.new_number', 7)}", env)
    return _say(account, customer, _mine(customer, action.type, env), _unsupported(action.type), env)


def _unsupported(kind: str) -> wire.Json:
    error = wire.render_error(limits.UNSUPPORTED_TYPE, limits.DETAILS[131051])
    return {"type": "unsupported", "errors": [error], "unsupported": {"type": kind}}


def _react(account: Account, customer: Customer, action: acts.React, env: Env) -> Acted:
    target = customer.handset.find(action.item)
    part = {"message_id": target.id} | ({"emoji": action.emoji} if action.emoji else {})
    item = _mine(customer, "reaction", env, text=action.emoji, reply_to="")
    return _say(account, customer, item, {"type": "reaction", "reaction": part}, env)


def _tap(account: Account, customer: Customer, action: acts.Tap, env: Env) -> Acted:
    shown = customer.handset.find(action.item)
    button = acts.find_button(shown, action.button)
    context = _quote(account, shown)
    if shown.kind == "voice":
        effects = rules.read_all(account, customer, env) + rules.played(account, shown, env)
        return Acted(effects=effects)
    if button.kind in {"url", "call"}:
        return Acted()  # opening a link, or calling a number, tells the business nothing
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
    item = _mine(customer, "text", env, text=button.title, reply_to=shown.id)
    return _say(account, customer, item, content, env, context)


def _read(account: Account, customer: Customer, _: acts.Read, env: Env) -> Acted:
    return Acted(effects=rules.read_all(account, customer, env))


def _block(_account: Account, customer: Customer, _action: acts.Block, _env: Env) -> Acted:
    customer.handset.blocked = True
    return Acted()


def _edit(account: Account, customer: Customer, action: acts.Edit, env: Env) -> Acted:
    item = _own(customer, action.item, limits.EDIT_WITHIN_MS, env)
    if item.kind not in {"text", "image", "video", "document"}:
        raise Impossible(f"WhatsApp edits texts and captions, not a message of kind {item.kind}")
    if not 1 <= len(action.text.strip()) <= limits.TEXT_MAX:
        raise Impossible(f"WhatsApp sends 1 to {limits.TEXT_MAX} characters, not {len(action.text)}")
    item.text = action.text
    if item.kind == "text":
        content: wire.Json = {"type": "text", "text": {"body": action.text}}
    else:
        view = item.media
        part = {"id": view.id, "mime_type": view.mime, "caption": action.text} if view else {"caption": action.text}
        content = {"type": item.kind, item.kind: part}
    return _changed(account, customer, notices.edited(item.id, content), env)


def _delete(account: Account, customer: Customer, action: acts.Delete, env: Env) -> Acted:
    item = _own(customer, action.item, limits.REVOKE_WITHIN_MS, env)
    item.kind, item.text, item.media, item.location, item.buttons = "deleted", "", None, None, ()
    return _changed(account, customer, notices.revoked(item.id), env)


def _own(customer: Customer, item_id: str, within_ms: int, env: Env) -> Item:
    item = customer.handset.find(item_id)
    if item.author != "customer" or item.kind == "deleted":
        raise Impossible("only a message of your own can be changed")
    if env.now - item.at > within_ms:
        raise Impossible("this message is too old to be changed")
    _check_free(customer)
    return item


def _changed(account: Account, customer: Customer, content: wire.Json, env: Env) -> Acted:
    """Tell of an edit or a deletion, as the account is set."""
    if account.settings.edits == "silent":
        return Acted()
    if account.settings.edits == "unsupported":
        content = _unsupported(content["type"])
    return Acted(effects=_tell(account, customer, _new_id(customer, env), content, env))


def _opt_in(account: Account, customer: Customer, action: acts.OptIn, env: Env) -> Acted:
    """Take marketing messages again; with a payload, tap on the advertisement of this id and write."""
    if action.payload:
        text = "Hello! Can I get more info on this?"
        content = {"type": "text", "text": {"body": text}, "referral": notices.referral(action.payload, env.base_url)}
        return _say(account, customer, _mine(customer, "text", env, text=text), content, env)
    return _prefer(account, customer, env, marketing=True)


def _opt_out(account: Account, customer: Customer, _: acts.OptOut, env: Env) -> Acted:
    return _prefer(account, customer, env, marketing=False)


def _prefer(account: Account, customer: Customer, env: Env, *, marketing: bool) -> Acted:
    if customer.marketing is marketing:
        return Acted()
    customer.marketing = customer.handset.opted_in = marketing
    key = customer.handset.identity
    payload = notices.render_preference(hooks.sender_of(account, key), env.now, marketing=marketing)
    return Acted(effects=hooks.tell(account, key, "user_preferences", payload, (), env))


def change_number(account: Account, handset: Handset, number: str, env: Env) -> Acted:
    """The person moves to another number, digits only: the old one is nobody's, and the user id is another.

    Raises:
        Impossible: that is no number, or somebody's.
    """
    customer = account.customers[handset.identity]
    if not number.isdecimal() or not number.isascii() or account.customer(number) is not None:
        raise Impossible(f"{number!r} is no number that you could have")
    old = customer.wa_id
    for address in (old, customer.user_id):
        account.addresses.pop(address, None)
    customer.number, customer.user_id = number, state.new_user_id(env.ids)
    account.addresses |= {number: handset.identity, customer.user_id: handset.identity}
    handset.changed()
    name = handset.name or "A customer"
    body = f"User {name} changed from {old} to {number}"
    wamid, sender = _new_id(customer, env), hooks.sender_of(account, handset.identity)
    payload = notices.render_number_change(sender, wamid, env.now, old, body)
    return Acted(effects=hooks.tell(account, handset.identity, "message system", payload, (wamid,), env))


_ACTIONS: Final[dict[type, Perform[Account, Customer]]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.SendContact: _send_contact,
    acts.SendUnsupported: _send_unsupported,
    acts.React: _react,
    acts.Tap: _tap,
    acts.Edit: _edit,
    acts.Delete: _delete,
    acts.OptIn: _opt_in,
    acts.OptOut: _opt_out,
    acts.Read: _read,
    acts.Type: everyday.nothing,  # the Cloud API tells no business that a customer types
    acts.Block: _block,
    acts.Unblock: everyday.unblock,
    acts.Rename: everyday.rename,  # shown with the next message
    acts.GoOffline: everyday.go_offline,
    acts.ComeBack: everyday.coming_back(rules.arrive),
}

_WHY_NOT: Final[dict[type, str]] = {
    acts.TapMenu: "a WhatsApp chat with a business has no menu of its own here: write a text",
    acts.ReplyToStory: "a business on the Cloud API has no status that you could answer",
    acts.MentionInStory: "a mention in a status reaches no business on the Cloud API",
}
