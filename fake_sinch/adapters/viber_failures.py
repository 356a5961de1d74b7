"""Why a Viber phone could not show a message, as both of Viber's channels tell it.

The vendor lists no such texts; fragments and reasons are inferred. Must not know: anything but this table.
"""

from typing import Final

from fake_sinch.reasons import ReasonCode

ROWS: Final = (
    # A fragment of the text in lower case, the reason.
    ("could not be downloaded", ReasonCode.MEDIA_NOT_REACHABLE),
    ("declared type", ReasonCode.MEDIA_TYPE_UNSUPPORTED),
)


def reason_code(text: str) -> ReasonCode:
    """Return the reason of the first row whose fragment stands in the text."""
    fitting = (code for fragment, code in ROWS if fragment in text.lower())
    return next(fitting, ReasonCode.CHANNEL_FAILURE)
