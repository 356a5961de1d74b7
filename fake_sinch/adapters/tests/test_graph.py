"""What Meta's products share on the wire."""

import pytest

from fake_sinch.adapters import graph
from fake_sinch.adapters.contract import Malformed, Rejected, RetryLater
from fake_sinch.effects import Answer
from fake_sinch.reasons import Reason, ReasonCode

REASON = Reason(ReasonCode.UNKNOWN, "?")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"entry": {}}'])
def test_a_body_without_entries_is_malformed(body: bytes) -> None:
    """It is no webhook of the Graph."""
    with pytest.raises(Malformed):
        graph.entries(body)
    assert graph.entries(b'{"entry": [1]}') == [1]


@pytest.mark.parametrize(
    ("row", "status", "kind"),
    [
        (graph.LIMIT, 400, RetryLater),
        (graph.OUTAGE, 400, RetryLater),
        (graph.UNKNOWN, 500, RetryLater),
        (graph.UNKNOWN, 400, Rejected),
        (graph.POLICY, 500, Rejected),
    ],
)
def test_an_error_is_final_unless_it_passes(row: graph.Row, status: int, kind: type) -> None:
    """Limits and outages pass; what nobody knows passes when the server failed."""
    told = graph.verdict(row, REASON, Answer(status, {"retry-after": "9"}))
    assert isinstance(told, kind)
    assert not isinstance(told, RetryLater) or told.after_s == 9.0


def test_an_answer_without_an_id_is_read_by_its_error_first() -> None:
    """Then by its status; one that tells nothing at all is a failure of the channel."""
    known = Rejected(REASON)
    assert graph.refusal({"error": {"code": 1}}, Answer(500), lambda *_: known) is known
    assert isinstance(graph.refusal({}, Answer(500), lambda *_: known), RetryLater)
    told = graph.refusal({"error": "text"}, Answer(200), lambda *_: known)
    assert isinstance(told, Rejected)
    assert told.reason.code is ReasonCode.CHANNEL_FAILURE
