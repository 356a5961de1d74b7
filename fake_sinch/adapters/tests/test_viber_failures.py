"""Why a Viber phone could not show a message."""

import pytest

from fake_channels.viber import limits as viber
from fake_channels.viberbm import limits as viberbm
from fake_sinch.adapters.viber_failures import reason_code
from fake_sinch.reasons import ReasonCode


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((one.BROKEN_MEDIA, ReasonCode.MEDIA_NOT_REACHABLE) for one in (viber, viberbm)),
        *((one.WRONG_MEDIA, ReasonCode.MEDIA_TYPE_UNSUPPORTED) for one in (viber, viberbm)),
        ("something else", ReasonCode.CHANNEL_FAILURE),
    ],
)
def test_each_text_of_the_phones_has_its_reason(text: str, code: ReasonCode) -> None:
    """The same on both channels."""
    assert reason_code(text) is code
