"""A second look at secrets, before anything is published.

The trace masks what it knows to be secret. A report travels further than a trace, so the usual places of credentials
are masked once more here; a value that is already masked stays as it is.
"""

import re
from typing import Final

MASK: Final = "\u2022\u2022\u2022"

_SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-viber-auth-token", "x-api-key"}
)
_KEYS: Final = "access_token|refresh_token|client_secret|app_secret|auth_token|api_key|password|secret|appsecret"
_MASKED: Final = re.compile(r"\*{3}|\u2022|\u2026|\bmasked\b|\bredacted\b", re.IGNORECASE)
_SCHEME: Final = re.compile(r"(?:Basic|Bearer|Digest|OAuth)\s+", re.IGNORECASE)
_IN_JSON: Final = re.compile(rf'("(?:{_KEYS})"\s*:\s*")((?:[^"\\]|\\.)*)', re.IGNORECASE)
_IN_FORM: Final = re.compile(rf"((?:^|[?&])(?:{_KEYS})=)([^&#\s]*)", re.IGNORECASE)
# Telegram carries the bot's token in the path: https://core.telegram.org/bots/api#making-requests
_IN_PATH: Final = re.compile(r"(/bot\d+:)([A-Za-z0-9_-]{8,})")


def header(name: str, value: str) -> str:
    """A header's value, with the credential in it masked; its scheme stays."""
    if name.lower() not in _SECRET_HEADERS or not value or _MASKED.search(value):
        return value
    scheme = _SCHEME.match(value)
    return (scheme.group() if scheme else "") + MASK


def url(value: str) -> str:
    """An address with tokens in its path and query masked."""
    return _IN_FORM.sub(_masked, _IN_PATH.sub(_masked, value))


def body(value: str) -> str:
    """A JSON or form body with the values of secret keys masked."""
    return _IN_FORM.sub(_masked, _IN_JSON.sub(_masked, value))


def _masked(match: re.Match[str]) -> str:
    secret = match.group(2)
    return match.group() if not secret or _MASKED.search(secret) else match.group(1) + MASK
