"""The person with Instagram in hand: what direct messages offer, and what the account hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.handset import Action, Handset, Impossible, Person
from fake_channels.core.media import Media
from fake_channels.instagram import limits, rules, state, wire
from fake_channels.instagram.state import Account
from fake_channels.meta import acting
from fake_channels.meta.acting import Moment

_HEART: Final = "like_heart"
_SHARES: Final = frozenset({"share", "ig_reel", "reel"})
_SILENT: Final = frozenset({"gif", "sticker"})
_NO_FILES: Final = {
    "document": "Instagram's app sends no documents",
    "audio": "Instagram's app sends no audio files: record a voice message",
}


class InstagramPhone:
    """Functions over the account's customers."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs Instagram; the account may not write before they do."""
        return state.enrol(account, person, env.ids)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when Instagram or this phone does not offer it."""
        moment = Moment(account, account.customers[handset.identity], rules.PLATFORM, env)
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "Instagram")
        acted = perform(moment, action)
        handset.changed()
        return acted


def _send_text(moment: Moment, action: acts.SendText) -> Acted:
    if len(action.text.encode()) > limits.TEXT_MAX_BYTES:
        raise Impossible(f"Instagram sends at most {limits.TEXT_MAX_BYTES} bytes of text at once")
    return acting.send_text(moment, action)


def _send_media(moment: Moment, action: acts.SendMedia) -> Acted:
    if action.kind in _NO_FILES:
        raise Impossible(_NO_FILES[action.kind])
    if action.kind == "sticker":
        return _silently(moment, action)
    # A voice message is MP4 with AAC, whatever the recorder called it.
    sent = msgspec.structs.replace(action, mime="audio/mp4") if action.kind == "voice" else action
    return acting.send_file(moment, sent, "audio" if action.kind == "voice" else action.kind)


def _silently(moment: Moment, action: acts.SendMedia) -> Acted:
    """A sticker: the person sees it, and no webhook tells the account."""
    acting.not_blocked(moment)
    media = Media(action.data, action.mime, action.name)
    item = moment.mine("sticker")
    item.media = moment.handset.keep(item.id, media.data, media.mime, media.name, media.digest.hex())
    moment.handset.show(item)
    acting.touched(moment)
    return Acted(item)


def _send_unsupported(moment: Moment, action: acts.SendUnsupported) -> Acted:
    kind = action.type
    item = moment.mine(kind)
    if kind in _SILENT:
        acting.not_blocked(moment)
        moment.handset.show(item)
        acting.touched(moment)
        return Acted(item)
    if kind == _HEART:
        item.kind, item.text = "sticker", "❤️"
    if kind in {_HEART, "ephemeral"}:
        return acting.say(moment, item, wire.render_attachment(kind))
    if kind in _SHARES:
        return acting.say(moment, item, wire.render_attachment(kind, rules.share_url(moment)))
    return acting.say(moment, item, {"is_unsupported": True})


def _reply_to_story(moment: Moment, action: acts.ReplyToStory) -> Acted:
    story_id = action.story if action.story.isdecimal() and action.story.isascii() else _story_id(moment)
    item = moment.mine("text", text=action.text, vendor={"story": story_id})
    if not action.text.strip():
        raise Impossible("there is nothing to send: the text is empty")
    return acting.say(moment, item, wire.render_story_reply(action.text, rules.story_url(moment, story_id), story_id))


def _story_id(moment: Moment) -> str:
    return moment.env.ids.digits("instagram.story", 17)


def _mention(moment: Moment, _: acts.MentionInStory) -> Acted:
    url = rules.story_url(moment, _story_id(moment))
    return acting.say(moment, moment.mine("story_mention"), wire.render_attachment("story_mention", url))


def _edit(moment: Moment, action: acts.Edit) -> Acted:
    return acting.edit(moment, action, limits.EDIT_WITHIN_MS, limits.EDITS_MAX)


def _delete(moment: Moment, action: acts.Delete) -> Acted:
    mid = acting.mid_of(acting.unsend(moment, action))
    return Acted(effects=moment.tell("messages", wire.render_deleted(mid), mid))


def _read(moment: Moment, _: acts.Read) -> Acted:
    return rules.read_all(moment)


def _opt_in(moment: Moment, action: acts.OptIn) -> Acted:
    """Come by an ig.me link: its reference is told at once, or with the first message."""
    acting.not_blocked(moment)
    if not action.payload:
        raise Impossible("Instagram has no opt-in: write to the account")
    if moment.customer.wrote_at is None:
        moment.customer.ref = action.payload
        return Acted()
    return Acted(effects=moment.tell("messaging_referral", {"referral": acting.render_referral(action.payload)}))


_Perform = Callable[[Moment, Any], Acted]

_ACTIONS: Final[dict[type, _Perform]] = {
    acts.SendText: _send_text,
    acts.SendMedia: _send_media,
    acts.SendUnsupported: _send_unsupported,
    acts.ReplyToStory: _reply_to_story,
    acts.MentionInStory: _mention,
    acts.Tap: acting.tap,
    acts.TapMenu: acting.tap_menu,
    acts.React: acting.react,
    acts.Edit: _edit,
    acts.Delete: _delete,
    acts.Read: _read,
    acts.Type: acting.type_,
    acts.Block: acting.block,
    acts.Unblock: acting.unblock,
    acts.OptIn: _opt_in,
    acts.Rename: acting.rename,
    acts.GoOffline: acting.go_offline,
    acts.ComeBack: acting.come_back,
}

_WHY_NOT: Final[dict[type, str]] = {
    acts.SendLocation: "Instagram shares no places in direct messages",
    acts.SendContact: "Instagram shares no contact cards in direct messages",
    acts.OptOut: "Instagram has no opt-out but blocking the account",
}
