"""Reasons as delivery reports carry them."""

from fake_sinch.reasons import Reason, ReasonCode, SubCode, reported, to_wire


def test_channel_code_only_when_there_is_one() -> None:
    """A reason without a channel code has no such field; the sub code is always there."""
    assert to_wire(Reason(ReasonCode.UNKNOWN, "why")) == {
        "code": "UNKNOWN",
        "description": "why",
        "sub_code": "UNSPECIFIED_SUB_CODE",
    }
    told = to_wire(reported(ReasonCode.BAD_REQUEST, "no", "100", SubCode.ATTACHMENT_REJECTED))
    assert told == {
        "code": "BAD_REQUEST",
        "description": "The underlying channel reported: no",
        "sub_code": "ATTACHMENT_REJECTED",
        "channel_code": "100",
    }
