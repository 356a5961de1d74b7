"""Which queue a chat lands in: a table of (service, app, channel), the most specific row first. Pure.

No public text says how the vendor routes, so the table is ours. ``*`` matches anything; app ids match without regard
to case, because the vendor writes them in capitals and people do not.
"""

from collections.abc import Iterable

from contactpro_bridge.settings.tenant import RouteSettings

ANY = "*"


def find_queue(
    routes: Iterable[RouteSettings], catch_all: str | None, *, service: str, app_id: str, channel: str
) -> str | None:
    """Return the queue of the row that says most about this chat, else the catch-all, else None."""
    best: RouteSettings | None = None
    for route in routes:
        if _matches(route, service, app_id, channel) and (best is None or _weight(route) > _weight(best)):
            best = route
    return catch_all if best is None else best.queue


def _matches(route: RouteSettings, service: str, app_id: str, channel: str) -> bool:
    return (
        route.service in {ANY, service}
        and (route.app_id == ANY or route.app_id.upper() == app_id.upper())
        and route.channel.upper() in {ANY, channel}
    )


def _weight(route: RouteSettings) -> int:
    """Weigh a row: the app says more than the channel, the channel more than the service."""
    return (route.app_id != ANY) * 4 + (route.channel != ANY) * 2 + (route.service != ANY)
