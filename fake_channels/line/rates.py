"""Rate limits: so many requests of one operation in each window, on the world's time. Pure."""

from __future__ import annotations

import msgspec

from fake_channels.line.limits import DEFAULT_RATE, RATES


class Window(msgspec.Struct, gc=False):
    """The window that is open for one operation."""

    number: int
    count: int = 0


def admits(windows: dict[str, Window], operation: str, now: int) -> bool:
    """Count a request; False when the operation's window is full."""
    rate = RATES.get(operation, DEFAULT_RATE)
    number = now // rate.window_ms
    window = windows.get(operation)
    if window is None or window.number != number:
        windows[operation] = window = Window(number)
    if window.count >= rate.count:
        return False
    window.count += 1
    return True
