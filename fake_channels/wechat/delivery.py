"""How messages reach the person: media looked up, ids given, shown at once or when the phone is back."""

from __future__ import annotations

from fake_channels.core.contract import Env
from fake_channels.core.handset import Handset, Item
from fake_channels.wechat import errors
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.state import Account, Customer, Stored
from fake_channels.wechat.wire import Content


def find_media(account: Account, media_id: str, now: int) -> Stored:
    """A medium that is still kept.

    Raises:
        Refused: there is none, or not any more.
    """
    stored = account.media.get(media_id)
    if stored is None or stored.expires_at <= now:
        raise Refused(errors.MEDIA_ID, media_id[:80])
    return stored


def check_media(account: Account, content: Content, now: int) -> None:
    """Let a message pass whose media are all there and of the right type.

    Raises:
        Refused: one is not.
    """
    for ref in content.media:
        stored = find_media(account, ref.media_id, now)
        if ref.kind != stored.kind and not (ref.kind == "thumb" and stored.kind == "image"):
            raise Refused(errors.MEDIA_ID, f"{ref.media_id[:80]} is {stored.kind}, not {ref.kind}")


def deliver(account: Account, customer: Customer, content: Content, env: Env) -> Item:
    """Send checked content to the person; it waits while the phone is offline."""
    item = content.item
    item.id, item.at = f"mt:{env.ids.hex('wechat.item', 8)}", env.now
    shown = next((ref for ref in content.media if ref.shown), None)
    handset = customer.handset
    if shown is not None:
        media = find_media(account, shown.media_id, env.now).media
        item.media = handset.keep(item.id, media.data, media.mime, media.name, media.digest.hex())
    stop_typing(customer)
    hand_over(handset, item)
    return item


def hand_over(handset: Handset, item: Item) -> None:
    """Show an item, or keep it until the phone is back."""
    if handset.online:
        arrive(handset, item)
    else:
        handset.waiting.append(item)
        while len(handset.waiting) > handset.cap:
            gone = handset.waiting.pop(0)
            if gone.media is not None:
                handset.media.pop(gone.media.id, None)


def arrive(handset: Handset, item: Item) -> None:
    """The item is on the phone."""
    item.state = "delivered"
    handset.show(item)


def stop_typing(customer: Customer) -> None:
    """The person no longer sees that the account types."""
    customer.typing_since = 0
    if customer.handset.typing:
        customer.handset.typing = False
        customer.handset.changed()
