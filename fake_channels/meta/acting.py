"""What a person does in a messaging app, and what the business hears of it: what all products have in common.

A product's own `phone` says which actions it offers and adds what only it has.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.handset import Button, Handset, Impossible, Item
from fake_channels.core.media import Media
from fake_channels.meta import files, profile, sends, telling
from fake_channels.meta.inbox import Customer
from fake_channels.meta.platform import Platform, Refused

Json = dict[str, Any]


class Moment(msgspec.Struct, frozen=True):
    """A person, the account they deal with, and when and where that is."""

    inbox: Any
    """An `Inbox`, of the product's own kind."""
    customer: Customer
    platform: Platform
    env: Env

    @property
    def handset(self) -> Handset:
        """The person's phone."""
        return self.customer.handset

    def mine(self, kind: str, **rest: Any) -> Item:
        """Something that the person sends now."""
        return Item(id=self.platform.new_mid(self.env.ids), at=self.env.now, author="customer", kind=kind, **rest)

    def tell(self, field: str, content: Json, *ids: str) -> list[Effect]:
        """What the business hears of what the person did."""
        event = telling.from_person(self.inbox, self.handset.identity, self.env.now, content)
        return telling.tell(self.inbox, field, self.handset.identity, event, self.platform, self.env, ids)


def say(moment: Moment, item: Item, content: Json) -> Acted:
    """The person sends a message: it is on the screen, it opens the window, the business hears of it."""
    not_blocked(moment)
    if item.reply_to:
        target = moment.handset.find(item.reply_to)
        reply = {"mid": mid_of(target)}
        content = {**content, "reply_to": reply | ({"is_self_reply": True} if target.author == "customer" else {})}
    if moment.customer.ref:
        content = {**content, "referral": render_referral(moment.customer.ref)}
        moment.customer.ref = ""
    moment.handset.show(item)
    touched(moment)
    return Acted(item, moment.tell("messages", {"message": {"mid": item.id, **content}}, item.id))


def render_referral(ref: str) -> Json:
    """What a short link with a reference leads to."""
    return {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}


def not_blocked(moment: Moment) -> None:
    """Make sure that the person may still turn to the business."""
    if moment.handset.blocked:
        raise Impossible("you blocked this business: unblock it before you write")


def touched(moment: Moment) -> None:
    """The person did what opens the window; quick replies go away with it."""
    moment.customer.wrote_at = moment.env.now
    drop_quick_replies(moment.customer)


def drop_quick_replies(customer: Customer) -> None:
    """Quick replies are gone once the person has answered, in whatever way."""
    item = next((one for one in reversed(customer.handset.screen) if one.id == customer.quick), None)
    customer.quick = ""
    if item is not None:
        item.buttons = ()


def mid_of(item: Item) -> str:
    """The message that an item belongs to: the pictures of an album are one message."""
    return item.id.partition(sends.ALBUM_MARK)[0]


# --- messages ---------------------------------------------------------------------------------------------------------


def send_text(moment: Moment, action: acts.SendText) -> Acted:
    """Type and send."""
    if not action.text.strip():
        raise Impossible("there is nothing to send: the text is empty")
    if not profile.may_type(moment.inbox, moment.handset.person.locale):
        raise Impossible("the business has closed the composer: tap an entry of its menu")
    return say(moment, moment.mine("text", text=action.text, reply_to=action.reply_to), {"text": action.text})


def send_file(moment: Moment, action: acts.SendMedia, kind: str, extra: Json | None = None) -> Acted:
    """Send a file; its caption is a message of its own, for text and files do not share one."""
    not_blocked(moment)
    media = Media(action.data, action.mime, action.name)
    try:
        asset_id = files.admit(moment.inbox, kind, media, moment.platform, moment.env)
    except Refused as refused:
        raise Impossible(f"this file cannot be sent as {action.kind}: {refused.problem.error.text}") from None
    stored = moment.inbox.assets[asset_id].media
    view = moment.handset.keep(asset_id, stored.data, stored.mime, action.name, stored.digest.hex())
    item = moment.mine(action.kind, media=view, reply_to=action.reply_to)
    url = files.url(moment.inbox, asset_id, moment.platform, moment.env)
    sent = say(moment, item, {"attachments": [{"type": kind, "payload": {"url": url, **(extra or {})}}]})
    if not action.caption.strip():
        return sent
    said = send_text(moment, acts.SendText(text=action.caption))
    return Acted(sent.item, sent.effects + said.effects)


# --- buttons ----------------------------------------------------------------------------------------------------------


def tap(moment: Moment, action: acts.Tap) -> Acted:
    """Tap a button or a quick reply."""
    shown = moment.handset.find(action.item)
    button = acts.find_button(shown, action.button)
    if button.kind in {"url", "call"}:
        return Acted()  # opening a link or a call tells the business nothing
    not_blocked(moment)
    if "quick" not in shown.vendor:
        return postback(moment, button)
    text, payload = button.title, button.id
    if button.kind == "contact":
        text = payload = _own(moment, button)
    # A quick reply is a message, and no reply to another.
    return say(moment, moment.mine("text", text=text), {"text": text, "quick_reply": {"payload": payload}})


def _own(moment: Moment, button: Button) -> str:
    """What the person's own account holds for this quick reply."""
    person = moment.handset.person
    return f"+{person.msisdn}" if button.id == "user_phone_number" else f"{person.username}@example.com"


def postback(moment: Moment, button: Button, extra: Json | None = None) -> Acted:
    """The business hears of a button; on the phone it looks as if the person had written its title."""
    item = moment.mine("text", text=button.title)
    moment.handset.show(item)
    touched(moment)
    content = {"mid": item.id, "title": button.title, "payload": button.id, **(extra or {})}
    return Acted(item, moment.tell("messaging_postbacks", {"postback": content}, item.id))


def tap_menu(moment: Moment, action: acts.TapMenu) -> Acted:
    """Tap an entry of the persistent menu or, before the first message, an ice breaker."""
    entries = profile.menu(moment.inbox, moment.handset.person.locale)
    if moment.customer.wrote_at is None:
        entries += profile.ice_breakers(moment.inbox)
    entry = next((one for one in entries if action.entry in {one.id, one.title}), None)
    if entry is None:
        shown = ", ".join(repr(one.title) for one in entries) or "nothing"
        raise Impossible(f"the menu has no entry {action.entry!r}; it shows {shown}")
    if entry.kind == "url":
        return Acted()
    not_blocked(moment)
    return postback(moment, entry)


# --- about messages ---------------------------------------------------------------------------------------------------


def react(moment: Moment, action: acts.React) -> Acted:
    """React to a message, or take the reaction back."""
    not_blocked(moment)
    item = moment.handset.find(action.item)
    item.vendor["my_reaction"] = action.emoji
    told: Json = {"mid": mid_of(item), "action": "react" if action.emoji else "unreact"}
    if action.emoji:
        told |= {"reaction": moment.platform.reactions.get(action.emoji, "other"), "emoji": action.emoji}
    return Acted(effects=moment.tell("message_reactions", {"reaction": told}, told["mid"]))


def my_message(moment: Moment, item_id: str) -> Item:
    """A message that the person sent."""
    item = moment.handset.find(item_id)
    if item.author != "customer":
        raise Impossible("only messages of one's own can be changed or taken back")
    return item


def edit(moment: Moment, action: acts.Edit, within_ms: int, most: int) -> Acted:
    """Change the text of a message, so long and so many times."""
    item = my_message(moment, action.item)
    if item.kind != "text" or not action.text.strip():
        raise Impossible("only a text can be changed, and only into another text")
    if moment.env.now - item.at >= within_ms:
        raise Impossible(f"a message can be changed for {within_ms // 60_000} minutes")
    count = int(item.vendor.get("edits", "0")) + 1
    if count > most:
        raise Impossible(f"a message can be changed {most} times")
    item.text, item.vendor = action.text, {**item.vendor, "edits": str(count)}
    told = {"mid": item.id, "text": action.text, "num_edit": count}
    return Acted(item, moment.tell(moment.platform.edit_field, {"message_edit": told}, item.id))


def unsend(moment: Moment, action: acts.Delete) -> Item:
    """Take a message back: it is gone from the screen."""
    item = my_message(moment, action.item)
    moment.handset.screen.remove(item)
    if item.media is not None:
        moment.handset.media.pop(item.media.id, None)
    return item


def unread(moment: Moment) -> list[Item]:
    """The business's messages that the person has not read, oldest first; from now on they are."""
    return moment.handset.read_all()


# --- the phone itself -------------------------------------------------------------------------------------------------


def type_(_: Moment, _action: acts.Type) -> Acted:
    """Start to type: no webhook tells the business."""
    return Acted()


def block(moment: Moment, _: acts.Block) -> Acted:
    """Block the business, which learns it with its next send."""
    moment.handset.blocked = True
    return Acted()


def unblock(moment: Moment, _: acts.Unblock) -> Acted:
    """Take the block back."""
    moment.handset.blocked = False
    return Acted()


def rename(moment: Moment, action: acts.Rename) -> Acted:
    """Take another name: the next lookup shows it."""
    moment.handset.name = action.name
    return Acted()


def go_offline(moment: Moment, _: acts.GoOffline) -> Acted:
    """Lose the network."""
    moment.handset.online = False
    return Acted()


def come_back(moment: Moment, _: acts.ComeBack) -> Acted:
    """Find the network again: what waited arrives now."""
    waiting = moment.handset.reconnect()
    if not waiting:
        return Acted()
    return Acted(effects=sends.arrive(moment.inbox, moment.customer, waiting, moment.platform, moment.env))
