"""Who a recipient is and over which channels they are reached, for messages and events alike.

Must not know: what is sent.
"""

from typing import Any

from fake_sinch import conversations
from fake_sinch.asking import plain_identity
from fake_sinch.context import Context
from fake_sinch.errors import Violation
from fake_sinch.limits import APP_SCOPED_CHANNELS
from fake_sinch.state import App, Contact, Identity


def mistakes_in_order(app: App, body: dict[str, Any]) -> list[Violation]:
    """Return the violations of a priority order that names channels the app has not."""
    order = body.get("channel_priority_order")
    if not order:
        return []
    configured = {c.channel for c in app.credentials}
    return [
        Violation(f"channel_priority_order[{i}]", f"channel {channel} is not configured in the app")
        for i, channel in enumerate(order)
        if channel not in configured
    ]


def given_identities(app: App, recipient: dict[str, Any]) -> list[Identity]:
    """Return the identities a recipient is given by; none when it is given as a contact."""
    listed = recipient.get("identified_by", {}).get("channel_identities", [])
    return [identity_of(app, i) for i in listed]


def identity_of(app: App, given: dict[str, str]) -> Identity:
    """Return an identity of a request as it is stored."""
    channel = given["channel"]
    scope = app.id if channel in APP_SCOPED_CHANNELS else ""
    return Identity(channel, plain_identity(channel, given["identity"]), scope)


def ordered(identities: list[Identity], order: list[str]) -> list[Identity]:
    """Return the identities on the channels named, in that order."""
    return [i for channel in order for i in identities if i.channel == channel]


def routes_of(ctx: Context, app: App, contact: Contact, order: list[str]) -> list[Identity]:
    """Return where a contact is to be reached: by the order asked for, else active channel, contact, app."""
    usable = [i for i in contact.identities if i.app_id in {"", app.id}]
    if order:
        return ordered(usable, order)
    conversation = conversations.active(ctx, app.id, contact.id)
    configured = [c.channel for c in app.credentials]
    preferred = [conversation.active_channel] if conversation else []
    channels = dict.fromkeys([*preferred, *contact.channel_priority, *configured])
    return ordered(usable, [channel for channel in channels if channel in configured])
