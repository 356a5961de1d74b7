"""WhatsApp's customer-service window: what may be sent, and until when. Pure.

Writing opens the window for 24 hours (a temporary opt-in); a permanent opt-in allows templates outside it. Decided
here: exactly 24 hours after the customer's last message the window is closed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contactpro_bridge.clock import DAY_US

WINDOW_US: Final = DAY_US


class WindowState(StrEnum):
    """What the rules allow now."""

    OPEN = "open"
    TEMPLATE_ONLY = "template_only"
    BLOCKED = "blocked"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Window:
    """The state, and when an open window closes."""

    state: WindowState
    expires_us: int | None = None


NO_WINDOW: Final = Window(WindowState.NONE)


def window_of(last_in_us: int | None, *, opted_in: bool | None, manage_opt_ins: bool, now_us: int) -> Window:
    """Return the window of a WhatsApp customer who last wrote at ``last_in_us``.

    ``opted_in`` is the stored consent, None when there is none. When opt-ins are managed elsewhere, none is asked for.
    """
    if last_in_us is not None and now_us - last_in_us < WINDOW_US:
        return Window(WindowState.OPEN, last_in_us + WINDOW_US)
    if opted_in or not manage_opt_ins:
        return Window(WindowState.TEMPLATE_ONLY)
    return Window(WindowState.BLOCKED)
