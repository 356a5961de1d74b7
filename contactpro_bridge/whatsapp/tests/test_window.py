"""WhatsApp's 24 hours, to the microsecond."""

import pytest

from contactpro_bridge.clock import DAY_US
from contactpro_bridge.whatsapp.window import Window, WindowState, window_of

WROTE = 1_000_000


@pytest.mark.parametrize("age", [0, 1, DAY_US - 1])
def test_the_window_is_open_for_less_than_24_hours(age: int) -> None:
    """Open tells until when."""
    window = window_of(WROTE, opted_in=None, manage_opt_ins=True, now_us=WROTE + age)
    assert window == Window(WindowState.OPEN, WROTE + DAY_US)


@pytest.mark.parametrize(
    ("last_in_us", "opted_in", "manage", "state"),
    [
        (WROTE, None, False, WindowState.TEMPLATE_ONLY),
        (WROTE, None, True, WindowState.BLOCKED),
        (WROTE, True, True, WindowState.TEMPLATE_ONLY),
        (WROTE, False, True, WindowState.BLOCKED),
        (None, None, False, WindowState.TEMPLATE_ONLY),
        (None, None, True, WindowState.BLOCKED),
        (None, True, True, WindowState.TEMPLATE_ONLY),
    ],
)
def test_exactly_24_hours_later_it_is_closed(
    last_in_us: int | None,
    opted_in: bool | None,  # noqa: FBT001 - a column of the table above
    manage: bool,  # noqa: FBT001 - as above
    state: WindowState,
) -> None:
    """Then an opt-in allows templates; when opt-ins are managed elsewhere, nobody asks for one."""
    assert window_of(last_in_us, opted_in=opted_in, manage_opt_ins=manage, now_us=WROTE + DAY_US) == Window(state)
