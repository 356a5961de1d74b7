"""The suite accuses: whoever sends a message out of shape is found, with the path of the mistake."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from harness.callbacks import Sender, made_up_ulid, message_inbound
from harness.outcomes import Outcome
from harness.wires import accusation, breaches, callback_mistakes
from harness.world import Body, TraceEvent

BASE = "http://127.0.0.1:1"
SEND = f"{BASE}/v1/projects/p/messages:send"
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
GOOD_SEND = {
    "app_id": "a",
    "recipient": {"contact_id": "c"},
    "message": {"text_message": {"text": "hi"}},
    "channel_priority_order": None,
}
GOOD_ANSWER = {"message_id": "01KJPWD6M0000003ES1W77YSTS", "accepted_time": "2026-03-02T09:00:00Z"}


def inbound() -> dict[str, Any]:
    """A callback as the suite makes it by hand."""
    sender = Sender("p", "a", "SMS", "4912345678", made_up_ulid("c"), made_up_ulid("v"))
    return message_inbound(sender, "01KJPWD6M0000003ES1W77YSTS", NOW, "hello")


def hop(
    source: str, target: str, request: Any, response: Any = None, url: str = SEND, status: int = 200, **more: Any
) -> TraceEvent:
    """An exchange with JSON on both sides."""
    return TraceEvent(
        7,
        "t",
        "http",
        source,
        target,
        more.pop("name", "messages:send"),
        method=more.pop("method", "POST"),
        url=url,
        request=Body(body=json.dumps(request), truncated=more.pop("truncated", False)),
        status=status,
        response=Body(body=json.dumps(response)) if response is not None else None,
        **more,
    )


def test_a_hand_made_callback_has_the_vendors_shape() -> None:
    """What the suite posts itself is held to the same schema."""
    assert callback_mistakes(inbound()) == ()


def test_good_messages_accuse_nobody() -> None:
    """A null counts as absent, as the gateway has it."""
    good = [
        hop("sinch", "subject", inbound(), name="MESSAGE_INBOUND"),
        hop("subject", "sinch", GOOD_SEND, GOOD_ANSWER),
        hop(
            "subject",
            "sinch",
            {},
            {"access_token": "***", "expires_in": 1, "scope": "", "token_type": "bearer"},
            url=f"{BASE}/oauth2/token",
        ),
        hop("phone", "sms", {"anything": 1}),
    ]
    assert list(breaches(good)) == []
    assert accusation(good) is None


def test_a_subjects_request_out_of_shape_is_its_failure() -> None:
    """Even where the lab refused it: the path tells what to mend."""
    bad = GOOD_SEND | {"message": {"text_message": {"text": 7}}}
    refusal = {"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT", "details": []}}
    found = accusation([hop("subject", "sinch", bad, refusal, status=400)])
    assert found is not None
    assert found.outcome is Outcome.FAIL
    assert "POST /v1/projects/p/messages:send (trace 7) breaks its schema: message.text_message.text" in str(found)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (hop("sinch", "subject", inbound() | {"message": {}}, name="MESSAGE_INBOUND"), "message.id"),
        (hop("sinch", "subject", {"nothing": 1}, name="X"), "is no callback"),
        (hop("subject", "sinch", GOOD_SEND, {"message_id": 7}), "message_id"),
        (hop("subject", "sinch", GOOD_SEND, {"error": "no"}, status=500), "error"),
        (hop("sms", "sinch", {"type": "mo_text"}, name="callback SMS"), "webhook of sms"),
        (hop("whatsapp", "sinch", {"object": 1}, name="callback WHATSAPP"), "webhook of whatsapp"),
    ],
)
def test_a_message_of_the_labs_out_of_shape_is_an_error(event: TraceEvent, told: str) -> None:
    """Callbacks, answers and channel webhooks are the lab's own: never held against the subject."""
    found = accusation([event])
    assert found is not None
    assert found.outcome is Outcome.ERROR
    assert told in str(found)


def test_the_labs_breach_is_told_before_the_subjects() -> None:
    """When the lab is wrong, nothing else is certain."""
    theirs = hop("subject", "sinch", {"app_id": 1}, GOOD_ANSWER)
    ours = hop("sinch", "subject", {"nothing": 1}, name="X")
    found = accusation([theirs, ours])
    assert found is not None
    assert found.outcome is Outcome.ERROR


@pytest.mark.parametrize(
    "event",
    [
        hop("sinch", "subject", {"cut": 1}, name="MESSAGE_INBOUND", truncated=True),
        hop("subject", "sinch", {"cut": 1}, truncated=True),
        hop("subject", "sinch", GOOD_SEND, {"odd": 1}, note="fault status"),
        hop("subject", "sinch", None, b"".decode(), url=f"{BASE}/media/x.jpg", method="GET"),
        hop("fax", "sinch", {"unknown": 1}),
    ],
)
def test_what_cannot_be_known_is_not_judged(event: TraceEvent) -> None:
    """Bodies that the trace cut short, answers bent by a planted fault, media, channels without a document."""
    assert accusation([event]) is None
