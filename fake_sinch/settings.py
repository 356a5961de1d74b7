"""What a lab may turn about the gateway; every value has the vendor's documented number as its default.

Must not know: state, requests.
"""

from typing import Final

from msgspec import Struct, field

SMS_RETRY_DELAYS_S: Final = (5, *(5 * 2**n for n in range(1, 15)))
"""5, 10, 20 ... 81920 s: what the sister SMS API documents; the Conversation API publishes no schedule."""


class Rates(Struct, frozen=True):
    """Limits on rates; 0 turns a limit off."""

    outbound_per_second: float = 20.0
    """How fast an app's queue of outgoing messages is drained."""
    callbacks_per_second: float = 0.0
    """How fast callbacks leave for an app; documented as 25 (or 100), off so that labs stay quick."""
    token_capacity: float = 30.0
    token_refill_per_second: float = 10.0


class Settings(Struct, frozen=True):
    """The gateway's settings."""

    channel_base_urls: dict[str, str] = field(default_factory=dict)
    """Channel -> origin of the vendor's server, e.g. ``{"SMS": "http://127.0.0.1:8627"}``."""
    public_base_url: str = "http://127.0.0.1:8601"
    """Our own origin, as media links and callback registrations name it."""
    region: str = "eu"
    rates: Rates = field(default_factory=Rates)
    outbound_queue_limit: int = 500_000
    callback_retry_delays_s: tuple[float, ...] = SMS_RETRY_DELAYS_S
    callback_timeout_s: float = 10.0
    callback_retried_statuses: tuple[int, ...] = (429,)
    """Statuses below 500 that are retried; no answer and every 5xx always are. Others drop the callback."""
    callback_signatures: bool = True
    media_retention_s: int = 7 * 86_400
    token_lifetime_s: int = 3_600
    channel_retry_first_s: float = 1.0
    """The first delay of the randomised exponential retries to a channel."""
    require_content_type: bool = True
