"""WhatsApp's codes in Sinch's words."""

from typing import Any

import pytest

from fake_sinch.adapters.contract import Rejected, RetryLater
from fake_sinch.adapters.whatsapp_errors import reason, row, verdict
from fake_sinch.effects import Answer
from fake_sinch.reasons import ReasonCode


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": 190}, ReasonCode.CHANNEL_BAD_CONFIGURATION),
        ({"code": 200}, ReasonCode.CHANNEL_BAD_CONFIGURATION),
        ({"code": 100, "error_subcode": 33}, ReasonCode.CHANNEL_BAD_CONFIGURATION),
        ({"code": 100}, ReasonCode.BAD_REQUEST),
        ({"code": 131047}, ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW),
        ({"code": 131026}, ReasonCode.RECIPIENT_NOT_REACHABLE),
        ({"code": 131050}, ReasonCode.RECIPIENT_NOT_OPTED_IN),
        ({"code": 132000}, ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
        ({"code": 132001}, ReasonCode.TEMPLATE_NOT_FOUND),
        ({"code": 131049}, ReasonCode.DELIVERY_REJECTED_DUE_TO_POLICY),
        ({"code": 131053}, ReasonCode.MEDIA_NOT_REACHABLE),
        ({"code": 131053, "error_data": {"details": "failed with http code 404"}}, ReasonCode.MEDIA_NOT_REACHABLE),
        ({"code": 131053, "error_data": {"details": "Unsupported image"}}, ReasonCode.MEDIA_TYPE_UNSUPPORTED),
        ({"code": 131053, "error_data": {"details": "file too large"}}, ReasonCode.MEDIA_TOO_LARGE),
        ({"code": 999_999}, ReasonCode.UNKNOWN),
        ({}, ReasonCode.UNKNOWN),
    ],
)
def test_reasons(error: dict[str, Any], code: ReasonCode) -> None:
    """A code, with its subcode or details where those matter, has one reason."""
    assert row(error).code is code


def test_details_come_first() -> None:
    """The description quotes the details, else the title, else the message."""
    assert reason({"code": 1, "title": "t", "error_data": {"details": "d"}}).description.endswith(": d")
    assert reason({"code": 1, "title": "t", "message": "m"}).description.endswith(": t")
    assert reason({"code": 1, "message": "m"}).description.endswith(": m")
    assert reason({}).channel_code == ""


@pytest.mark.parametrize("code", [4, 80007, 130429, 131048, 131056, 1, 2, 131000, 131016])
def test_temporary_codes_are_retried(code: int) -> None:
    """Throttles and outages are tried again, whatever their HTTP status, after the time asked for."""
    told = verdict({"code": code}, Answer(400, {"retry-after": "9"}))
    assert isinstance(told, RetryLater)
    assert told.after_s == 9.0


def test_unknown_code_is_retried_with_a_server_error_only() -> None:
    """An unknown code follows its HTTP status."""
    assert isinstance(verdict({"code": 7}, Answer(500)), RetryLater)
    assert isinstance(verdict({"code": 7}, Answer(400)), Rejected)
