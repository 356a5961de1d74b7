"""Routing: the row that says most wins, then the catch-all."""

import pytest

from contactpro_bridge.chats.routing import find_queue
from contactpro_bridge.settings.tenant import RouteSettings

ROUTES = [
    RouteSettings(queue="service", service="sinch"),
    RouteSettings(queue="channel", channel="whatsapp"),
    RouteSettings(queue="channel and service", channel="WHATSAPP", service="sinch"),
    RouteSettings(queue="app", app_id="App1"),
    RouteSettings(queue="app and channel", app_id="APP1", channel="SMS"),
    RouteSettings(queue="app and channel again", app_id="APP1", channel="SMS"),
]


@pytest.mark.parametrize(
    ("service", "app_id", "channel", "queue"),
    [
        ("other", "APP9", "SMS", "catch-all"),
        ("sinch", "APP9", "SMS", "service"),
        ("other", "APP9", "WHATSAPP", "channel"),
        ("sinch", "APP9", "WHATSAPP", "channel and service"),
        ("sinch", "APP1", "WHATSAPP", "app"),
        ("sinch", "app1", "TELEGRAM", "app"),
        ("other", "APP1", "SMS", "app and channel"),
    ],
)
def test_the_most_specific_row_wins(service: str, app_id: str, channel: str, queue: str) -> None:
    """App before channel before service; app ids in any case; of equal rows the first."""
    assert find_queue(ROUTES, "catch-all", service=service, app_id=app_id, channel=channel) == queue


def test_without_catch_all_a_chat_may_have_no_queue() -> None:
    """Nothing matches: the chat is kept outside every queue."""
    assert find_queue([], None, service="s", app_id="A", channel="SMS") is None
