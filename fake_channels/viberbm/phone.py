"""The person with Viber in hand, in a chat with a business: what the app offers, and what the business hears of it."""

from __future__ import annotations

from typing import Any, Final

from fake_channels.core import everyday
from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.everyday import Perform
from fake_channels.core.handset import Action, Handset, Impossible, Item, Person
from fake_channels.core.media import Media
from fake_channels.viberbm import limits, rules, state, wire
from fake_channels.viberbm.state import Account, Customer

_WHY_NOT: Final[dict[type, str]] = {
    acts.SendLocation: "a chat with a business on Viber takes no places",
    acts.SendContact: "a chat with a business on Viber takes no cards",
    acts.SendUnsupported: "a chat with a business on Viber takes texts, pictures, videos and files only",
    acts.React: "a chat with a business on Viber offers no reactions",
    acts.Edit: "a message to a business cannot be edited on Viber",
    acts.Delete: "a message to a business cannot be taken back for both sides on Viber",
    acts.TapMenu: "a business on Viber has no menu",
    acts.ReplyToStory: "Viber has no stories",
    acts.MentionInStory: "Viber has no stories",
    acts.OptIn: "consent to business messages is given outside Viber: write to the business instead",
}


class ViberBmPhone:
    """Functions over the service's customers."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:  # noqa: ARG002  a number needs no id
        """A person installs Viber; businesses find them by their number."""
        return state.enrol(account, person)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when Viber or this chat does not offer it."""
        customer = account.customers[handset.identity]
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "Viber")
        acted = perform(account, customer, action, env)
        handset.changed()
        return acted


def _need_reply(account: Account, customer: Customer) -> None:
    """Whether there is anything to write in."""
    if customer.handset.blocked:
        raise Impossible("you blocked this business: unblock it before you write")
    if account.settings.kind == "one-way":
        raise Impossible("this business takes no replies")
    replyable = any("replyable" in item.vendor for item in customer.handset.screen)
    if account.settings.kind == "two-way" and not replyable:
        raise Impossible("this business has sent nothing that can be replied to")


def _say(account: Account, customer: Customer, item: Item, env: Env, **content: Any) -> Acted:
    """The customer writes: that opens a session, answers the business, and the business hears of it."""
    customer.handset.show(item)
    customer.wrote(env.now, env.ids)
    told = {"session_id": customer.session_id, **content, "tracking_data": customer.tracking}
    return Acted(item, rules.emit(account, customer, "message", env, message_token=item.id, **told))


def _mine(customer: Customer, kind: str, env: Env, reply_to: str = "", **rest: Any) -> Item:
    quoted = customer.handset.find(reply_to).id if reply_to else ""
    return Item(id=state.new_token(env.ids), at=env.now, author="customer", kind=kind, reply_to=quoted, **rest)


def _send_text(account: Account, customer: Customer, action: acts.SendText, env: Env) -> Acted:
    _need_reply(account, customer)
    if not action.text.strip() or len(action.text) > limits.TEXT_MAX:
        raise Impossible(f"Viber sends 1 to {limits.TEXT_MAX} characters to a business at once")
    item = _mine(customer, "text", env, action.reply_to, text=action.text)
    return _say(account, customer, item, env, text=action.text)


def _send_media(account: Account, customer: Customer, action: acts.SendMedia, env: Env) -> Acted:
    _need_reply(account, customer)
    media = Media(action.data, action.mime, action.name)
    if action.kind not in limits.MEDIA_RULES:
        raise Impossible(f"a chat with a business on Viber takes no {action.kind}")
    if not media.data:
        raise Impossible("the file is empty")
    if rules.file_problem(action.kind, media):
        raise Impossible(f"this file cannot be sent as {action.kind}")
    name = env.ids.token("viberbm.media", 24)
    account.keep(name, media, env.now)
    view = customer.handset.keep(name, media.data, media.mime, media.name, media.digest.hex())
    item = _mine(customer, action.kind, env, action.reply_to, text=action.caption, media=view)
    url = f"{env.base_url}/media/{account.service_id}/{name}"
    return _say(account, customer, item, env, text=action.caption or None, media=wire.render_media(url, media))


def _tap(account: Account, customer: Customer, action: acts.Tap, env: Env) -> Acted:
    button = acts.find_button(customer.handset.find(action.item), action.button)
    if button.kind in {"url", "call"}:
        return Acted()  # a link opens or the phone dials, and the business hears nothing
    _need_reply(account, customer)
    item = _mine(customer, "text", env, text=button.title)
    return _say(account, customer, item, env, text=button.title)


def _read(account: Account, customer: Customer, _: acts.Read, env: Env) -> Acted:
    return Acted(effects=rules.read_all(account, customer, env))


def _block(account: Account, customer: Customer, _: acts.Block | acts.OptOut, env: Env) -> Acted:
    if customer.handset.blocked:
        return Acted()
    customer.handset.blocked = True
    return Acted(effects=rules.emit(account, customer, "blocked", env))


def _unblock(account: Account, customer: Customer, _: acts.Unblock, env: Env) -> Acted:
    if not customer.handset.blocked:
        return Acted()
    customer.handset.blocked = False
    return Acted(effects=rules.emit(account, customer, "unblocked", env))


_ACTIONS: Final[dict[type, Perform[Account, Customer]]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.Tap: _tap,
    acts.Read: _read,
    acts.Type: everyday.nothing,  # nothing tells the business that a person types
    acts.Block: _block,
    acts.OptOut: _block,
    acts.Unblock: _unblock,
    acts.Rename: everyday.rename,  # a business never learns names
    acts.GoOffline: everyday.go_offline,
    acts.ComeBack: everyday.coming_back(rules.arrive),
}
