"""Messenger's own behaviour: the platform's description, watermarks, profile lookups, Get Started.

What it shares with Instagram is in `fake_channels.meta`. No socket, no clock.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Acted, Env
from fake_channels.core.handset import Button, Handset, Impossible
from fake_channels.messenger import limits, wire
from fake_channels.messenger.state import Account, new_mid
from fake_channels.meta import acting, files
from fake_channels.meta.acting import Moment
from fake_channels.meta.platform import Platform, Refused

PLATFORM: Final = Platform(
    name="messenger",
    object="page",
    usage="messenger",
    cdn_path="/v/t1.15752-9",
    new_mid=new_mid,
    problems=limits.PROBLEMS,
    files=limits.FILES,
    fields=limits.FIELDS,
    echo_field="message_echoes",
    edit_field="message_edits",
    delivery_field="message_deliveries",
    text_max=limits.TEXT_MAX,
    text_unit="characters",
    tags=limits.TAGS,
    tag_ms=limits.HUMAN_AGENT_MS,
    window_ms=limits.WINDOW_MS,
    typing_ms=limits.TYPING_MS,
    texts_per_second=limits.TEXTS_PER_SECOND,
    recordings_per_second=limits.RECORDINGS_PER_SECOND,
    attachment_ms=limits.ATTACHMENT_MS,
    file_url_ms=limits.FILE_URL_MS,
    menu_needs_get_started=True,
    reactions=limits.REACTIONS,
)


def profile(account: Account, psid: str, wanted: tuple[str, ...], env: Env) -> wire.Json | None:
    """What GET /{psid} gives; None for an id that is nobody's.

    Raises:
        Refused: there is no such field, a permission is missing, or the person never turned to the Page.
    """
    customer = account.customers.get(psid)
    if customer is None:
        return None
    fields = wanted or wire.PROFILE_FIELDS
    for field in fields:
        if field in wire.RESTRICTED_FIELDS:
            raise Refused(limits.NO_PERMISSION)
        if field not in wire.PROFILE_FIELDS + wire.MORE_PROFILE_FIELDS:
            raise Refused(limits.NO_FIELD, field=field)
    if customer.wrote_at is None:
        raise Refused(limits.NO_PROFILE)
    return wire.render_profile(customer.handset, _picture(account, customer.handset, env), fields)


def _picture(account: Account, handset: Handset, env: Env) -> str:
    name = f"profile_{handset.identity}.png"
    return files.signed_url(account, name, PLATFORM, env, limits.PICTURE_URL_MS)


def read_all(moment: Moment) -> Acted:
    """The person opened the chat: one watermark stands for everything that has arrived."""
    read = acting.unread(moment)
    if not read:
        return Acted()
    watermark = max(item.at for item in read)
    return Acted(effects=moment.tell("message_reads", wire.render_read(watermark), *map(acting.mid_of, read)))


def turn_to(moment: Moment, ref: str) -> Acted:
    """Come by the Page's Get Started button or, with a reference, by an m.me link.

    Raises:
        Impossible: the Page has no such button, or the conversation has begun.
    """
    acting.not_blocked(moment)
    if moment.customer.wrote_at is not None:
        if not ref:
            raise Impossible("the conversation has begun: there is no Get Started button any more")
        acting.touched(moment)
        return Acted(effects=moment.tell("messaging_referrals", {"referral": acting.render_referral(ref)}))
    started = moment.inbox.profile.get("get_started")
    if started is None:
        raise Impossible("this Page has set no Get Started button: write to it")
    extra = {"referral": acting.render_referral(ref)} if ref else None
    return acting.postback(moment, Button(started["payload"], "Get Started"), extra)
