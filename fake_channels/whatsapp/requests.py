"""What the handlers of all endpoints share: how a request is read, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fake_channels.core.contract import Env
from fake_channels.core.forms import is_form, read_form
from fake_channels.core.http import HttpRequest, Outcome, json_reply, parse_json
from fake_channels.core.schemas import Checker, load
from fake_channels.meta import graph
from fake_channels.whatsapp import limits, wire
from fake_channels.whatsapp.state import Account

_READ: Final = Checker(load("fake_channels.whatsapp", "read.json"))
OK: Final = json_reply({"success": True})

_TEXTS: Final = frozenset({"biz_opaque_callback_data"})
"""What remains a text, whatever it spells."""

Handler = Callable[[Account, HttpRequest, Env, str], Outcome]


def unknown_node(request: HttpRequest, node: str) -> Outcome:
    """There is no such object, or it does not do that."""
    fields = {"method": request.method.lower(), "node": node}
    return Outcome(graph.error_reply(graph.UNKNOWN_NODE, subcode=33, fields=fields))


def read_json(request: HttpRequest) -> Any:
    """The body, JSON or a form.

    Raises:
        wire.Refused: it is no JSON.
        FormError: it is no form.
    """
    if is_form(request):
        return {name: _nested(name, value) for name, value in read_form(request).fields.items()}
    try:
        body = request.json()
    except ValueError as error:
        raise wire.Refused(limits.INVALID_PARAMETER, f"The body is not valid JSON: {error}") from None
    return {name: _nested(name, value) for name, value in body.items()} if isinstance(body, dict) else body


def _nested(name: str, value: Any) -> Any:
    """Graph takes the JSON text of an object or list for it, in forms always and in JSON too."""
    if name in _TEXTS or not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return parse_json(value)
    except ValueError:
        return value


def check_read(body: dict[str, Any]) -> None:
    """Make sure that a request to mark as read, and perhaps to show that somebody types, is one.

    Raises:
        wire.Refused: with all mistakes in its details.
    """
    if not _READ.accepts(body):
        raise wire.refused(_READ.mistakes(body))


def parameters(request: HttpRequest) -> dict[str, Any]:
    """Query and body together: Graph takes parameters from both.

    Raises:
        wire.Refused: the body is no JSON object.
    """
    given = read_json(request) if request.body else {}
    if not isinstance(given, dict):
        raise wire.Refused(limits.INVALID_PARAMETER, "The body is not a JSON object")
    return {**request.query, **given} if request.raw_query else given


def page(request: HttpRequest, entries: list[Any], path: str, base_url: str, most: int = 100) -> dict[str, Any]:
    """One page of a list, with cursors where there is more: https://developers.facebook.com/docs/graph-api/results."""
    size = _number(request.query.get("limit", ""), 25, most)
    start = _number(request.query.get("after", ""), 0, len(entries))
    shown = entries[start : start + size]
    if not shown:
        return {"data": []}
    end = start + len(shown)
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(end)}}
    if end < len(entries):
        paging["next"] = f"{base_url}{path}?limit={size}&after={end}"
    return {"data": shown, "paging": paging}


_DIGITS_MOST: Final = 9


def _number(text: str, default: int, most: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MOST):
        raise wire.Refused(limits.INVALID_PARAMETER, f"{text[:40]!r} is no cursor and no limit")
    return min(int(text), most)


def chosen(entry: dict[str, Any], request: HttpRequest, always: tuple[str, ...] = ("id",)) -> dict[str, Any]:
    """Of an object what `fields` asks for; all of it when nothing is asked for."""
    wanted = [field for field in request.query.get("fields", "").split(",") if field]
    if not wanted:
        return entry
    return {field: entry[field] for field in dict.fromkeys((*always, *wanted)) if field in entry}
