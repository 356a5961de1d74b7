"""Questions to the trace: what the subject sent, what it fetched, what it published. Pure.

The trace is the only witness of the Conversation API side; these functions read it and change nothing.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.world import Body, TraceEvent

SUBJECT = "subject"
GATEWAY = "sinch"
SEND = "messages:send"
SUCCESS = range(200, 300)


def content(body: Body | None) -> Any:
    """Return a traced body as JSON, as text when it is not JSON, None when there is none."""
    if body is None or body.body is None:
        return None
    text = body.body
    if body.encoding == "base64":
        text = base64.b64decode(text).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def sends(events: Iterable[TraceEvent]) -> list[TraceEvent]:
    """Return every send call of the subject, accepted or not."""
    return [
        event
        for event in events
        if event.kind == "http"
        and event.source == SUBJECT
        and event.target == GATEWAY
        and (event.name == SEND or (event.url or "").split("?")[0].endswith(f"/{SEND}"))
    ]


def accepted_sends(events: Iterable[TraceEvent]) -> list[TraceEvent]:
    """Return the send calls that the gateway took."""
    return [event for event in sends(events) if event.status in SUCCESS]


def callbacks(events: Iterable[TraceEvent], trigger: str) -> list[TraceEvent]:
    """Return the gateway's deliveries of one trigger to the subject, retries included."""
    return [
        event
        for event in events
        if event.kind == "http"
        and event.source == GATEWAY
        and event.target == SUBJECT
        and trigger in event.name.split()
    ]


def published_url(events: Iterable[TraceEvent]) -> str | None:
    """Return the file URL in the subject's last accepted send."""
    for event in reversed(accepted_sends(events)):
        for value in _urls(content(event.request)):
            return value
    return None


def _urls(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [found for key, found in value.items() if key == "url" and isinstance(found, str)]
        return own + [url for nested in value.values() for url in _urls(nested)]
    if isinstance(value, list):
        return [url for nested in value for url in _urls(nested)]
    return []


def incoming_media_url(events: Iterable[TraceEvent]) -> str | None:
    """Return the file URL in the last incoming message that the subject was given."""
    for event in reversed(callbacks(events, "MESSAGE_INBOUND")):
        for value in _urls(content(event.request)):
            return value
    return None


def fetches(events: Iterable[TraceEvent], url: str) -> list[TraceEvent]:
    """Return the successful downloads of a URL, partial ones not counted."""
    return [
        event
        for event in events
        if event.kind == "http" and event.method == "GET" and event.url == url and event.status in SUCCESS
    ]


def last_message(events: Iterable[TraceEvent]) -> dict[str, Any] | None:
    """Return the body of the last incoming message that the subject was given."""
    for event in reversed(callbacks(events, "MESSAGE_INBOUND")):
        body = content(event.request)
        if isinstance(body, dict):
            return body
    return None
