"""What the trace says about the subject, from made-up events."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from harness.evidence import (
    accepted_sends,
    callbacks,
    content,
    fetches,
    incoming_media_url,
    last_message,
    published_url,
    sends,
)
from harness.world import Body, TraceEvent

URL = "http://127.0.0.1:1/v1/projects/p/messages:send"


def event(source: str, target: str, name: str, body: Any = None, **more: Any) -> TraceEvent:
    """An HTTP hop with a JSON request."""
    request = Body(body=json.dumps(body)) if body is not None else None
    return TraceEvent(1, "t", "http", source, target, name, request=request, **more)


def test_bodies_are_read_whatever_their_form() -> None:
    """JSON, text, base64 and nothing."""
    assert content(None) is None
    assert content(Body(body='{"a":1}')) == {"a": 1}
    assert content(Body(body="plain")) == "plain"
    assert content(Body(body=base64.b64encode(b'{"a":1}').decode(), encoding="base64")) == {"a": 1}


def test_sends_are_the_subjects_own_calls() -> None:
    """Other senders, other targets and other calls do not count; a refused call is a send but not an accepted one."""
    taken = event("subject", "sinch", "messages:send", status=200)
    refused = event("subject", "sinch", "send", url=f"{URL}?x=1", status=429)
    others = [
        event("desk", "sinch", "messages:send", status=200),
        event("subject", "sinch", "contacts", url="http://x/contacts"),
    ]
    assert sends([taken, refused, *others]) == [taken, refused]
    assert accepted_sends([taken, refused]) == [taken]


def test_the_published_url_is_that_of_the_last_accepted_send() -> None:
    """However deep it stands; a refused send published nothing."""
    old = event("subject", "sinch", "messages:send", {"message": {"media_message": {"url": "http://old"}}}, status=200)
    new = event("subject", "sinch", "messages:send", {"list": [{"url": "http://new"}]}, status=200)
    refused = event("subject", "sinch", "messages:send", {"url": "http://refused"}, status=400)
    assert published_url([old, new, refused]) == "http://new"
    assert published_url([]) is None


def test_what_the_subject_was_told_is_found() -> None:
    """Deliveries of one trigger, the last message, the file in it."""
    first = event("sinch", "subject", "MESSAGE_INBOUND", {"message": {"id": "1", "m": {"url": "http://in"}}})
    other = event("sinch", "subject", "MESSAGE_DELIVERY", {"message_delivery_report": {}})
    assert callbacks([first, other], "MESSAGE_INBOUND") == [first]
    assert incoming_media_url([first, other]) == "http://in"
    assert last_message([first, other]) == {"message": {"id": "1", "m": {"url": "http://in"}}}
    assert last_message([other]) is None


@pytest.mark.parametrize(
    ("method", "url", "status", "count"),
    [
        ("GET", "http://f", 200, 1),
        ("GET", "http://f", 404, 0),
        ("HEAD", "http://f", 200, 0),
        ("GET", "http://other", 200, 0),
    ],
)
def test_only_successful_downloads_count(method: str, url: str, status: int, count: int) -> None:
    """A refused or a different download is none."""
    assert (
        len(fetches([event("subject", "sinch", "media", method=method, url=url, status=status)], "http://f")) == count
    )
