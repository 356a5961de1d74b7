"""Which parts a report is about that a channel tells by time: everything that was sent to a customer until then.

Must not know: vendors' wires, how calls are performed.
"""

from typing import Final

from fake_sinch import statuses
from fake_sinch.arrivals import InboundWatermark
from fake_sinch.context import Context
from fake_sinch.traffic import lane_key

_KEPT: Final = 1_000
"""How many unread parts of one customer are remembered."""


def note(ctx: Context, lane: str, sent_at: int, vendor_id: str) -> None:
    """Remember a part that a channel took; ``sent_at`` is when it was asked to, so never later than its own time."""
    waiting = ctx.state.traffic.unread.setdefault(lane, [])
    waiting.append((sent_at, vendor_id))
    del waiting[:-_KEPT]


def passed(ctx: Context, app_id: str, channel: str, mark: InboundWatermark) -> list[str]:
    """Return the vendor's ids of the parts that a watermark is about, oldest first; those read are forgotten."""
    lane = lane_key(app_id, channel, mark.identity)
    waiting = ctx.state.traffic.unread.get(lane, [])
    found = [vendor_id for sent_at, vendor_id in waiting if sent_at <= mark.at]
    if mark.status == statuses.READ:
        left = [one for one in waiting if one[0] > mark.at]
        if left:
            ctx.state.traffic.unread[lane] = left
        else:
            ctx.state.traffic.unread.pop(lane, None)
    return found
