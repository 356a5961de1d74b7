"""Instagram's own behaviour: the platform's description, tokens that expire, consent, reads by message, stories.

What it shares with Messenger is in `fake_channels.meta`. No socket, no clock.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.instants import to_rfc3339
from fake_channels.instagram import limits, wire
from fake_channels.instagram.state import KEPT_TOKENS, Account, new_mid, new_token
from fake_channels.meta import acting, files
from fake_channels.meta.acting import Moment
from fake_channels.meta.platform import Platform, Refused

PLATFORM: Final = Platform(
    name="instagram",
    object="instagram",
    usage="instagram",
    cdn_path="/ig_messaging_cdn",
    new_mid=new_mid,
    problems=limits.PROBLEMS,
    files=limits.FILES,
    fields=limits.FIELDS,
    echo_field="messages",
    edit_field="message_edit",
    delivery_field="",
    text_max=limits.TEXT_MAX_BYTES,
    text_unit="bytes",
    tags=limits.TAGS,
    tag_ms=limits.HUMAN_AGENT_MS,
    window_ms=limits.WINDOW_MS,
    typing_ms=limits.TYPING_MS,
    texts_per_second=limits.TEXTS_PER_SECOND,
    recordings_per_second=limits.RECORDINGS_PER_SECOND,
    attachment_ms=limits.ATTACHMENT_MS,
    file_url_ms=limits.FILE_URL_MS,
    menu_needs_get_started=False,
    reactions=limits.REACTIONS,
)

# --- tokens -----------------------------------------------------------------------------------------------------------


def check_token(account: Account, token: str, now: int) -> int:
    """When this user token was made: its life begins with its first use.

    Raises:
        Refused: it has expired.
    """
    made = account.tokens.get(token)
    if made is None:
        account.tokens[token] = made = now
    if now - made >= limits.TOKEN_LIFE_MS:
        raise Refused(limits.PROBLEMS.expired, now=to_rfc3339(now))
    return made


def refresh(account: Account, token: str, env: Env) -> wire.Json:
    """Another token for one that is a day old; the old one goes on until its own end.

    Raises:
        Refused: the token has expired, or is too young.
    """
    if env.now - check_token(account, token, env.now) < limits.REFRESH_AFTER_MS:
        raise Refused(limits.TOO_YOUNG)
    account.token = new_token(env.ids)
    account.tokens[account.token] = env.now
    while len(account.tokens) > KEPT_TOKENS:
        del account.tokens[next(iter(account.tokens))]
    return wire.render_token(account.token, limits.TOKEN_LIFE_MS)


# --- people -----------------------------------------------------------------------------------------------------------


def profile(account: Account, igsid: str, wanted: tuple[str, ...], env: Env) -> wire.Json:
    """What GET /{igsid} gives.

    Raises:
        Refused: the id is nobody's, the person gave no consent, or there is no such field.
    """
    customer = account.customers.get(igsid)
    if customer is None:
        raise Refused(limits.PROBLEMS.no_user)
    if customer.wrote_at is None or customer.handset.blocked:
        raise Refused(limits.NO_CONSENT)
    picture = files.signed_url(account, f"profile_{igsid}.png", PLATFORM, env, limits.PICTURE_URL_MS)
    shown = wire.render_profile(customer.handset, picture, wanted or wire.DEFAULT_PROFILE_FIELDS)
    if isinstance(shown, str):
        raise Refused(limits.NO_FIELD, field=shown)
    return shown


def read_all(moment: Moment) -> Acted:
    """The person opened the chat: each message that has arrived is told, oldest first."""
    mids = dict.fromkeys(acting.mid_of(item) for item in acting.unread(moment))
    effects: list[Effect] = []
    for mid in mids:
        effects += moment.tell("messaging_seen", wire.render_read(mid), mid)
    return Acted(effects=effects)


def story_url(moment: Moment, story_id: str) -> str:
    """Where a story's picture lies for a day."""
    return files.signed_url(moment.inbox, f"story_{story_id}.png", PLATFORM, moment.env, limits.STORY_URL_MS)


def share_url(moment: Moment) -> str:
    """Where the picture of what a person shares lies."""
    name = f"share_{moment.env.ids.digits('instagram.share', 17)}.png"
    return files.signed_url(moment.inbox, name, PLATFORM, moment.env)
