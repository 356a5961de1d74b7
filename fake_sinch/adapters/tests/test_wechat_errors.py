"""WeChat's errcodes as verdicts."""

from typing import Any

import pytest

from fake_sinch.adapters import wechat_errors as errors
from fake_sinch.adapters.contract import Rejected, RetryLater, Ungranted
from fake_sinch.effects import Answer
from fake_sinch.reasons import ReasonCode


def verdict(code: int, status: int = 200) -> Any:
    """What an answer with this errcode means."""
    return errors.verdict(Answer(status), {"errcode": code, "errmsg": "text rid: 1"})


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (45015, ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW),
        (45047, ReasonCode.RATE_LIMITED),
        (40003, ReasonCode.RECIPIENT_NOT_OPTED_IN),
        (48001, ReasonCode.NO_PERMISSION),
        (45002, ReasonCode.BAD_REQUEST),
        (99999, ReasonCode.CHANNEL_REJECT),
    ],
)
def test_refusals_are_final(code: int, reason: ReasonCode) -> None:
    """A code has a reason; an unknown one is a rejection. The description names code and text."""
    found = verdict(code)
    assert isinstance(found, Rejected)
    assert found.reason.code is reason
    assert found.reason.description == f"The underlying channel reported: {code}: text rid: 1"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_tokens_are_replaced(code: int) -> None:
    """A token that is not taken is no failure yet."""
    assert isinstance(verdict(code), Ungranted)


def test_what_passes_is_retried() -> None:
    """A busy system is tried again; the quota of a minute is waited for."""
    busy, minute = verdict(-1), verdict(45011)
    assert isinstance(busy, RetryLater)
    assert isinstance(minute, RetryLater)
    assert (busy.after_s, minute.after_s) == (None, 60.0)


@pytest.mark.parametrize(("status", "kind"), [(0, RetryLater), (502, RetryLater), (429, RetryLater), (404, Rejected)])
def test_answers_without_a_code(status: int, kind: type) -> None:
    """A front that failed is judged by its status."""
    bodies: list[Any] = [None, [], {"errcode": "x"}]
    for told in bodies:
        assert isinstance(errors.verdict(Answer(status), told), kind)
