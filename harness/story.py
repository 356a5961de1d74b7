"""The trace of one message as a table: `bridgelab trace MESSAGE`. Reads events, decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def mentions(event: Mapping[str, Any], message: str) -> bool:
    """Return whether an event has to do with a message id, or with a text that a body contains."""
    if message in event.get("ids", ()):
        return True
    bodies = [event.get(side) or {} for side in ("request", "response")]
    return any(message in (body.get("body") or "") for body in bodies) or message in (event.get("url") or "")


def story(events: Iterable[Mapping[str, Any]]) -> Table:
    """Return one row for each hop, in order."""
    table = Table(show_lines=False)
    for heading in ("#", "virtual time", "from", "to", "what", "status", "note"):
        table.add_column(heading, no_wrap=heading != "note")
    for event in events:
        status = event.get("status")
        table.add_row(
            str(event["seq"]),
            event["at"],
            event["source"],
            event["target"],
            event["name"],
            "" if status is None else str(status),
            event.get("note") or event.get("url") or "",
        )
    return table
