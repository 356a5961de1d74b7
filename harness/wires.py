"""The suite accuses itself: every message of a trace is checked against the schema of its wire, both ways.

The documents are the ones with which the lab's own servers check: the gateway's operations and callbacks, each
channel's webhook. What the lab sends out of shape is the lab's defect and makes the scenario an `error`; what the
subject sends out of shape is its failure. Pure; it knows no pytest and asks nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fake_channels.core.schemas import Checker, load
from fake_sinch import contracts, routes
from fake_sinch.errors import Refusal
from harness.evidence import GATEWAY, SUBJECT, SUCCESS, content
from harness.outcomes import LabDefect, Problem, SubjectFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.world import Body, TraceEvent

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
WEBHOOK_FILE = "webhook.json"
FAULT = "fault"
MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Breach:
    """One message out of shape: whose it is, which one, and every mistake in it with its path."""

    culprit: str
    message: str
    mistakes: tuple[str, ...]

    def sentence(self) -> str:
        """Return what is wrong, in words."""
        return f"{self.message} breaks its schema: " + "; ".join(self.mistakes[:MOST_TOLD])


def breaches(events: Iterable[TraceEvent]) -> Iterator[Breach]:
    """Yield every message that departs from the schema of its wire, in the order of the trace."""
    for event in events:
        if event.kind != "http":
            continue
        if event.source == GATEWAY and event.target == SUBJECT:
            yield from _callback(event)
        elif event.source == SUBJECT and event.target == GATEWAY:
            yield from _operation(event)
        elif event.target == GATEWAY:
            yield from _channel_webhook(event)


def accusation(events: Iterable[TraceEvent]) -> Problem | None:
    """Return what the trace holds against somebody: the lab first, since it makes every other finding doubtful."""
    found = list(breaches(events))
    for breach in found:
        if breach.culprit != SUBJECT:
            return LabDefect(breach.sentence())
    return SubjectFailure(found[0].sentence()) if found else None


def callback_mistakes(document: object) -> tuple[str, ...]:
    """Return what is wrong with the body of a callback, each mistake with its path."""
    trigger = contracts.trigger_of(document) if isinstance(document, dict) else None
    if trigger is None:
        return ("body: is no callback that the vendor documents",)
    return _told(contracts.violations("callbacks", trigger, document))


def _callback(event: TraceEvent) -> Iterator[Breach]:
    if event.request is None or event.request.truncated:
        return
    if found := callback_mistakes(content(event.request)):
        yield Breach(GATEWAY, f"the callback {event.name} (trace {event.seq})", found)


def _operation(event: TraceEvent) -> Iterator[Breach]:
    where = urlsplit(event.url or "")
    if where.path.endswith(TOKEN_PATH):
        yield from _answer(event, "token" if event.status in SUCCESS else "token_error")
        return
    place = routes.PROJECT_PATH.fullmatch(where.path)
    found = routes.find(place[1], event.method or "", place[3] or "") if place else None
    if found is None:
        # Media, and paths that the vendor does not have: the gateway answers those itself.
        return
    operation, _ = found
    if operation.body and event.request is not None and not event.request.truncated:
        mistakes = _request_mistakes(operation.body, event.request)
        if mistakes:
            yield Breach(SUBJECT, f"the request {event.method} {where.path} (trace {event.seq})", mistakes)
    yield from _answer(event, operation.answer if event.status in SUCCESS else "error")


def _request_mistakes(name: str, body: Body) -> tuple[str, ...]:
    """Return what is wrong with a request; a null counts as absent, as the gateway has it."""
    try:
        contracts.accept(name, content(body))
    except Refusal as refusal:
        return _told(refusal.violations) or (refusal.message,)
    return ()


def _answer(event: TraceEvent, name: str) -> Iterator[Breach]:
    if not name or event.response is None or event.response.truncated or FAULT in (event.note or ""):
        return
    found = _told(contracts.violations("responses", name, content(event.response)))
    if found:
        yield Breach(GATEWAY, f"the answer {event.status} to {event.method} {event.name} (trace {event.seq})", found)


def _told(found: Iterable[Any]) -> tuple[str, ...]:
    return tuple(f"{mistake.field or 'body'}: {mistake.description}" for mistake in found)


@cache
def webhook_checker(channel: str) -> Checker | None:
    """Return the checker of what a channel posts, None when it has no document for that."""
    try:
        document = files(f"fake_channels.{channel}").joinpath("schemas", WEBHOOK_FILE)
    except ModuleNotFoundError:
        return None
    return Checker(load(f"fake_channels.{channel}", WEBHOOK_FILE)) if document.is_file() else None


def _channel_webhook(event: TraceEvent) -> Iterator[Breach]:
    checker = webhook_checker(event.source)
    if checker is None or event.method != "POST" or event.request is None or event.request.truncated:
        return
    value = content(event.request)
    if not checker.accepts(value):
        mistakes = tuple(f"{mistake.path or 'body'}: {mistake.says}" for mistake in checker.mistakes(value))
        yield Breach(event.source, f"the webhook of {event.source} (trace {event.seq})", mistakes)
