"""Errors of the Send API as reasons."""

from typing import Any

import pytest

from fake_channels.instagram import limits as instagram
from fake_channels.messenger import limits as messenger
from fake_sinch.adapters import sendapi_errors as errors
from fake_sinch.adapters.contract import Rejected, RetryLater
from fake_sinch.effects import Answer
from fake_sinch.reasons import ReasonCode

REASONS: dict[str, ReasonCode] = {
    "invalid": ReasonCode.BAD_REQUEST,
    "too_long": ReasonCode.BAD_REQUEST,
    "bad_tag": ReasonCode.BAD_REQUEST,
    "no_user": ReasonCode.RECIPIENT_NOT_REACHABLE,
    "unavailable": ReasonCode.RECIPIENT_NOT_REACHABLE,
    "window": ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW,
    "rate": ReasonCode.RATE_LIMITED,
    "fetch": ReasonCode.MEDIA_NOT_REACHABLE,
    "upload": ReasonCode.MEDIA_TYPE_UNSUPPORTED,
    "size": ReasonCode.MEDIA_TOO_LARGE,
    "expired": ReasonCode.CHANNEL_BAD_CONFIGURATION,
}


def _error(problem: Any) -> dict[str, Any]:
    told = {"message": problem.error.text, "code": problem.error.code}
    return told | ({"error_subcode": problem.subcode} if problem.subcode else {})


@pytest.mark.parametrize("limits", [messenger, instagram])
@pytest.mark.parametrize("name", REASONS)
def test_each_refusal_of_the_servers_has_its_reason(limits: Any, name: str) -> None:
    """The same for both, whatever their codes."""
    problem = getattr(limits.PROBLEMS, name)
    assert errors.reason(_error(problem)).code is REASONS[name]
    verdict = errors.verdict(_error(problem), Answer(problem.error.status, {"retry-after": "3"}, b""))
    assert isinstance(verdict, RetryLater if name == "rate" else Rejected)


@pytest.mark.parametrize("limits", [messenger, instagram])
def test_no_error_of_the_servers_is_unknown(limits: Any) -> None:
    """Each has a row."""
    unknown = [one for one in limits.ALL_PROBLEMS if errors.row(_error(one)).code is ReasonCode.UNKNOWN]
    assert [one for one in unknown if one.error.code != 9010] == []


def test_the_rest() -> None:
    """Out of order is tried again; what nobody knows is tried again only when the server failed."""
    for error in ({"code": 2}, {"code": 1200}, {"code": 4}):
        assert isinstance(errors.verdict(error, Answer(400, {}, b"")), RetryLater)
    assert isinstance(errors.verdict({"code": "x"}, Answer(500, {}, b"")), RetryLater)
    assert isinstance(errors.verdict({"code": 99}, Answer(400, {}, b"")), Rejected)
    assert errors.row({"code": 100, "error_subcode": 33}).code is ReasonCode.CHANNEL_BAD_CONFIGURATION
    assert errors.reason({"code": 551}).channel_code == ""
