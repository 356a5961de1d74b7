"""Which project a request is for, seen from outside all of them; and the answer when it is for none.

Must not know: any project's state.
"""

from typing import Final

from fake_sinch.errors import NOT_FOUND, render
from fake_sinch.ports import Reply, RequestLike
from fake_sinch.routes import PROJECT_PATH
from fake_sinch.tokens import TOKEN_PATH, basic_pair, refuse_token, unauthenticated

ADAPTER_PATH: Final = "/adapter/v1/"
"""Followed by ``{CHANNEL}/{app_id}/callback``: where the channels' servers call us."""
MEDIA_PATH: Final = "/media/"
"""Followed by ``{token}/{name}``: files of customers, for the time they are kept."""


def locate(request: RequestLike) -> tuple[str, str] | None:
    """Return what names the project: ("project" | "key" | "app" | "media", value); None when nothing does."""
    path = request.path
    match = PROJECT_PATH.fullmatch(path)
    if match is not None:
        return "project", match[2]
    if path == TOKEN_PATH:
        pair = basic_pair(request)
        return ("key", pair[0]) if pair else None
    parts = path.split("/")
    if path.startswith(ADAPTER_PATH) and len(parts) > 4:  # noqa: PLR2004 - "", adapter, v1, channel, app
        return "app", parts[4]
    if path.startswith(MEDIA_PATH) and parts[2]:
        return "media", parts[2]
    return None


def unknown(request: RequestLike) -> Reply:
    """Return the vendor's answer to a request that no project takes.

    A call below an unknown project is one with credentials that nobody knows: 401, as is an unknown key.
    """
    if request.path == TOKEN_PATH:
        return refuse_token(401, "invalid_client", "Client authentication failed.")
    if PROJECT_PATH.fullmatch(request.path):
        return unauthenticated("Bearer")
    return render(NOT_FOUND, f"There is no {request.method} {request.path[:200]}.")
