"""The tables agree with the schemas, and nothing in them is unused."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.schemas import load
from fake_channels.line import limits, server

_MESSAGES = load("fake_channels.line", "messages.json")
_SEND = load("fake_channels.line", "send.json")
_REQUESTS = load("fake_channels.line", "requests.json")


def _at(document: dict[str, Any], path: str) -> Any:
    found: Any = document
    for name in path.split("."):
        found = found[name]
    return found


@pytest.mark.parametrize(
    ("document", "path", "number"),
    [
        (_MESSAGES, "kinds.text.properties.text.maxLength", limits.TEXT_MAX),
        (_MESSAGES, "kinds.textV2.properties.text.maxLength", limits.TEXT_MAX),
        (_MESSAGES, "$defs.altText.maxLength", limits.ALT_TEXT_MAX),
        (_MESSAGES, "$defs.url.maxLength", limits.URL_MAX),
        (_MESSAGES, "$defs.quickReply.properties.items.maxItems", limits.QUICK_REPLIES_MAX),
        (_SEND, "common.properties.messages.maxItems", limits.MESSAGES_MAX),
        (_SEND, "kinds.multicast.properties.to.maxItems", limits.MULTICAST_MAX),
        (_REQUESTS, "$defs.webhookUrl.maxLength", limits.WEBHOOK_URL_MAX),
        (_REQUESTS, "$defs.userIds.maxItems", limits.MULTICAST_MAX),
    ],
)
def test_schemas_hold_the_numbers_of_the_tables(document: dict[str, Any], path: str, number: int) -> None:
    """One fact, told twice, is told alike."""
    assert _at(document, path) == number


def test_every_message_type_has_a_schema() -> None:
    """And no schema is of a type that a send refuses."""
    types = _at(_SEND, "common.properties.messages.items.properties.type.enum")
    assert list(_MESSAGES["kinds"]) == types
    assert set(types) >= limits.QUOTABLE


def test_rates_are_of_operations_that_there_are() -> None:
    """A rate of nothing would be a slip."""
    assert set(limits.RATES) <= {name for _, _, name, _ in server._TABLE}


def test_every_error_is_in_the_table() -> None:
    """The report tells them all."""
    assert all(error.code == error.status for error in limits.ERRORS)
    assert limits.MONTHLY_LIMIT in limits.ERRORS
