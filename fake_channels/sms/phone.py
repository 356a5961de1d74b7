"""The person with an ordinary phone: texts in, texts out, and nothing that the business could see besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.handset import Action, Handset, Impossible, Item, Person
from fake_channels.sms import limits, rules, state, wire
from fake_channels.sms.state import Account

_STOP: Final = "STOP"
_START: Final = "START"


class SmsPhone:
    """Functions over the phones in reach of a service plan."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:  # noqa: ARG002  the contract; a phone number is given, not made
        """A person has a phone."""
        return state.enrol(account, person)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when SMS or this phone does not offer it."""
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "SMS")
        acted = perform(account, handset, action, env)
        handset.changed()
        return acted


def _send_text(account: Account, handset: Handset, action: acts.SendText, env: Env) -> Acted:
    if action.reply_to:
        raise Impossible("an SMS quotes no other message")
    return _say(account, handset, action.text, env)


def _say(account: Account, handset: Handset, text: str, env: Env) -> Acted:
    """The parts of a long text are joined before the API tells of it: the business hears of one message."""
    if not text.strip() or len(text) > limits.BODY_MAX:
        raise Impossible(f"an SMS carries 1 to {limits.BODY_MAX} characters, not {len(text)}")
    if handset.blocked:
        raise Impossible("you blocked this number: unblock it before you write")
    vendor = {"to": _answers_to(account, handset), "parts": str(len(wire.split(text).parts))}
    item = Item(id=env.ids.ulid(env.now), at=env.now, author="customer", kind="text", text=text, vendor=vendor)
    handset.show(item)
    word = text.strip().upper()
    if word in {_STOP, _START}:
        handset.opted_in = word == _START
    effects = rules.receive(account, handset, item, env)
    return Acted(item, effects + rules.answer_by_itself(account, handset, item, env))


def _answers_to(account: Account, handset: Handset) -> str:
    """The number that an answer goes to: the latest sender, unless that is a name."""
    for item in reversed(handset.screen):
        if item.author == "business":
            sender = item.vendor["from"]
            return sender if sender.isascii() and sender.isdecimal() else account.number
    return account.number


def _opt_out(account: Account, handset: Handset, _: acts.OptOut, env: Env) -> Acted:
    return _say(account, handset, _STOP, env)


def _opt_in(account: Account, handset: Handset, _: acts.OptIn, env: Env) -> Acted:
    return _say(account, handset, _START, env)


def _block(_account: Account, handset: Handset, _action: acts.Block, _env: Env) -> Acted:
    handset.blocked = True
    return Acted()


def _unblock(_account: Account, handset: Handset, _action: acts.Unblock, _env: Env) -> Acted:
    handset.blocked = False
    return Acted()


def _go_offline(_account: Account, handset: Handset, _action: acts.GoOffline, _env: Env) -> Acted:
    handset.online = False
    return Acted()


def _come_back(account: Account, handset: Handset, _: acts.ComeBack, env: Env) -> Acted:
    return Acted(
        effects=[effect for item in handset.reconnect() for effect in rules.arrive(account, handset, item, env)]
    )


_Perform = Callable[[Account, Handset, Any, Env], Acted]

_ACTIONS: Final[dict[type, _Perform]] = {
    acts.SendText: _send_text,
    acts.OptOut: _opt_out,
    acts.OptIn: _opt_in,
    acts.Block: _block,
    acts.Unblock: _unblock,
    acts.GoOffline: _go_offline,
    acts.ComeBack: _come_back,
}

_WHY_NOT: Final[dict[type, str]] = {
    acts.SendMedia: "an SMS carries no file: the phone would send it as MMS, which this channel does not receive",
    acts.SendLocation: "an SMS carries no location: send a link to it as text",
    acts.SendContact: "an SMS carries no contact card: write name and number as text",
    acts.SendUnsupported: "an SMS carries text and nothing else",
    acts.Tap: "an SMS has no buttons; a link in it opens without the business knowing",
    acts.Read: "an SMS tells nobody that it was read",
    acts.Type: "an SMS tells nobody that you are typing",
    acts.Rename: "an SMS shows a number and no name",
    acts.React: "an SMS has no reactions",
    acts.Edit: "an SMS that is sent cannot be changed",
    acts.Delete: "an SMS that is sent cannot be taken back; deleting it on the phone tells nobody",
    acts.TapMenu: "an SMS conversation has no menu",
    acts.ReplyToStory: "SMS has no stories",
    acts.MentionInStory: "SMS has no stories",
}
