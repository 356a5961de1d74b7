"""The person with Messenger in hand: what the app offers in a chat with a Page, and what the Page hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from fake_channels.core import handset as acts
from fake_channels.core.contract import Acted, Env
from fake_channels.core.handset import Action, Handset, LocationView, Person
from fake_channels.messenger import limits, rules, state, wire
from fake_channels.messenger.state import Account
from fake_channels.meta import acting
from fake_channels.meta.acting import Moment

_FILE_KINDS: Final = {"voice": "audio", "document": "file"}
"""How a person sends a file -> what the webhook calls it, where the names differ."""
_SHARES: Final = frozenset({"reel", "ig_reel", "post", "ig_post"})


class MessengerPhone:
    """Functions over the Page's customers."""

    def enrol(self, account: Account, person: Person, env: Env) -> Handset:
        """A person installs Messenger; the Page may not write before they do."""
        return state.enrol(account, person, env.ids)

    def act(self, account: Account, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action; `Impossible` when Messenger or this phone does not offer it."""
        moment = Moment(account, account.customers[handset.identity], rules.PLATFORM, env)
        perform = acts.choose(_ACTIONS, handset, action, _WHY_NOT, "Messenger")
        acted = perform(moment, action)
        handset.changed()
        return acted


def _send_media(moment: Moment, action: acts.SendMedia) -> Acted:
    if action.kind == "sticker":
        return acting.send_file(moment, action, "sticker", {"sticker_id": limits.THUMBS_UP})
    # A recorded clip is MP4 with AAC, whatever the recorder called it.
    sent = msgspec.structs.replace(action, mime="audio/mp4") if action.kind == "voice" else action
    return acting.send_file(moment, sent, _FILE_KINDS.get(action.kind, action.kind))


def _send_location(moment: Moment, action: acts.SendLocation) -> Acted:
    place = LocationView(action.latitude, action.longitude, action.name, action.address)
    item = moment.mine("location", text=action.name, location=place)
    return acting.say(moment, item, wire.render_place(place))


def _send_unsupported(moment: Moment, action: acts.SendUnsupported) -> Acted:
    if action.type in _SHARES:
        url = f"https://www.facebook.com/{action.type}/{moment.env.ids.digits('messenger.share', 15)}"
        content: wire.Json = {"attachments": [{"type": action.type, "payload": {"url": url}}]}
    else:  # "for unsupported shares a fallback with no payload might be sent"
        content = {"attachments": [{"type": "fallback", "payload": None}]}
    return acting.say(moment, moment.mine(action.type), content)


def _edit(moment: Moment, action: acts.Edit) -> Acted:
    return acting.edit(moment, action, limits.EDIT_WITHIN_MS, limits.EDITS_MAX)


def _delete(moment: Moment, action: acts.Delete) -> Acted:
    acting.unsend(moment, action)  # no webhook tells the Page
    return Acted()


def _react(moment: Moment, action: acts.React) -> Acted:
    acted = acting.react(moment, action)
    moment.customer.wrote_at = moment.env.now  # a reaction opens the window
    return acted


def _read(moment: Moment, _: acts.Read) -> Acted:
    return rules.read_all(moment)


def _opt_in(moment: Moment, action: acts.OptIn) -> Acted:
    return rules.turn_to(moment, action.payload)


_Perform = Callable[[Moment, Any], Acted]

_ACTIONS: Final[dict[type, _Perform]] = {
    acts.SendText: acting.send_text,
    acts.SendMedia: _send_media,
    acts.SendLocation: _send_location,
    acts.SendUnsupported: _send_unsupported,
    acts.Tap: acting.tap,
    acts.TapMenu: acting.tap_menu,
    acts.React: _react,
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
    acts.SendContact: "Messenger shares no contact cards with a Page: write the number",
    acts.OptOut: "Messenger has no opt-out but blocking the Page",
    acts.ReplyToStory: "answers to stories reach no Page through Messenger: they are Instagram's",
    acts.MentionInStory: "mentions in stories reach no Page through Messenger: they are Instagram's",
}
