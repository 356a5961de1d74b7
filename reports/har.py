"""A scenario's HTTP hops as HAR 1.2, for the network tools people already have.

The format: http://www.softwareishard.com/blog/har-12-spec/. Fields of ours begin with an underscore, as it asks.
"""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from reports import masks
from reports.bodies import content_type, header
from reports.model import Event, EventKind, Message, Run, Scenario
from reports.text import visible

_UNKNOWN: Final = -1
_VERSION: Final = "HTTP/1.1"


def har(run: Run, scenario: Scenario) -> dict[str, Any]:
    """The HAR document of one scenario; the hops that are not HTTP are left out."""
    hops = [event for event in scenario.trace if event.kind is EventKind.HTTP and event.url]
    start = hops[0].wall if hops else run.header.started_at
    page = {
        "startedDateTime": start,
        "id": scenario.id,
        "title": f"{scenario.feature}: {scenario.name}",
        "pageTimings": {"onContentLoad": _UNKNOWN, "onLoad": _UNKNOWN},
        "comment": f"{scenario.outcome.value} on {run.channel_title(scenario.channel)}",
    }
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "bridgelab", "version": run.header.bridgelab},
            "pages": [page],
            "entries": [_entry(scenario, event) for event in hops],
            "comment": f"run {run.header.run_id}",
        }
    }


def _entry(scenario: Scenario, event: Event) -> dict[str, Any]:
    took = _UNKNOWN if event.duration_ms is None else event.duration_ms
    return {
        "pageref": scenario.id,
        "startedDateTime": event.wall,
        "time": max(took, 0),
        "request": _request(event),
        "response": _response(event),
        "cache": {},
        "timings": {"send": 0, "wait": max(took, 0), "receive": 0},
        "comment": visible(event.note or event.name),
        "_sequence": event.seq,
        "_operation": event.name,
        "_source": event.source,
        "_target": event.target,
        "_virtualTime": event.at,
        "_ids": list(event.ids),
    }


def _request(event: Event) -> dict[str, Any]:
    address = masks.url(event.url or "")
    request: dict[str, Any] = {
        "method": event.method or "",
        "url": address,
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": _headers(event.request),
        "queryString": _query(address),
        "headersSize": _UNKNOWN,
        "bodySize": event.request.bytes if event.request else 0,
    }
    if event.request is not None and event.request.bytes:
        request["postData"] = _post_data(event.request)
    return request


def _query(address: str) -> list[dict[str, str]]:
    try:
        query = urlsplit(address).query
    except ValueError:  # the subject may ask for an address that is none
        return []
    return [{"name": key, "value": value} for key, value in parse_qsl(query, keep_blank_values=True)]


def _post_data(message: Message) -> dict[str, Any]:
    data: dict[str, Any] = {"mimeType": content_type(message), "params": [], "text": _text(message)}
    if message.encoding == "base64":
        data["_encoding"] = "base64"  # HAR 1.2 knows an encoding of responses only
    return {**data, **_evidence(message)}


def _response(event: Event) -> dict[str, Any]:
    """The response; status 0 is how browsers write that none came."""
    message = event.response
    content: dict[str, Any] = {"size": 0, "mimeType": "x-unknown"}
    if message is not None:
        content = {"size": message.bytes, "mimeType": content_type(message) or "x-unknown", **_evidence(message)}
        if message.body is not None:
            content["text"] = _text(message)
        if message.encoding == "base64":
            content["encoding"] = "base64"
    return {
        "status": event.status or 0,
        "statusText": _phrase(event.status),
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": _headers(message),
        "content": content,
        "redirectURL": (header(message, "location") or "") if message else "",
        "headersSize": _UNKNOWN,
        "bodySize": message.bytes if message else _UNKNOWN,
    }


def _evidence(message: Message) -> dict[str, Any]:
    """The full body's digest, and whether the text beside it is all of it."""
    return {"_sha256": message.sha256, "_truncated": message.truncated}


def _text(message: Message) -> str:
    body = message.body or ""
    return masks.body(body) if message.encoding == "text" else body


def _headers(message: Message | None) -> list[dict[str, str]]:
    if message is None:
        return []
    return [
        {"name": name, "value": masks.header(name, value)}
        for name, values in message.headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


def _phrase(status: int | None) -> str:
    try:
        return HTTPStatus(status).phrase if status is not None else ""
    except ValueError:
        return ""
