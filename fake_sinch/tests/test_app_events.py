"""App events over a channel, and their reports."""

from typing import Any

import orjson

from fake_sinch import app_events
from fake_sinch.events import AppEventAnswered
from fake_sinch.state import Identity
from fake_sinch.tests.stage import ADA, PAT, Stage

COMPOSING: dict[str, Any] = {"composing_event": {}}


def send(stage: Stage, event: dict[str, Any], channel: str, identity: str) -> None:
    """Send an event to an identity, with a webhook that hears the reports."""
    app = stage.service.state.apps[stage.app_id]
    stage.webhook("EVENT_DELIVERY", target="https://subject.test/events")
    about = AppEventAnswered(app.id, "E1", channel, identity, metadata="m")
    stage.take(app_events.send(stage.service, app, event, Identity(channel, identity), about, stage.now))


def test_composing_on_telegram() -> None:
    """Composing is the chat action; its report follows the channel's answer."""
    stage = Stage()
    send(stage, COMPOSING, "TELEGRAM", PAT)
    call = stage.call()
    assert orjson.loads(call.body) == {"chat_id": PAT, "action": "typing"}
    stage.reply_to(call, 200, {"ok": True, "result": True})
    (report,) = stage.hear("event_delivery_report")
    assert (report["event_id"], report["status"], report["metadata"]) == ("E1", "QUEUED_ON_CHANNEL", "m")
    assert "reason" not in report


def test_composing_on_whatsapp_answers_the_last_message() -> None:
    """WhatsApp's typing indicator names the customer's last message."""
    stage = Stage()
    stage.whatsapp(id="wamid.7", type="text", text={"body": "hi"})
    send(stage, COMPOSING, "WHATSAPP", ADA)
    call = stage.call()
    assert orjson.loads(call.body)["message_id"] == "wamid.7"
    stage.reply_to(call, 200, {"success": True})
    assert stage.hear("event_delivery_report")[0]["status"] == "QUEUED_ON_CHANNEL"


def test_refused_event_fails_with_its_reason() -> None:
    """What the channel refuses is reported with the channel's reason, and not tried again."""
    stage = Stage()
    send(stage, COMPOSING, "TELEGRAM", PAT)
    stage.reply_to(stage.call(), 403, {"ok": False, "description": "Forbidden: bot was blocked by the user"})
    (report,) = stage.hear("event_delivery_report")
    assert (report["status"], report["reason"]["code"]) == ("FAILED", "RECIPIENT_NOT_REACHABLE")
    assert stage.calls == []
    assert stage.wakes == []


def test_events_that_a_channel_lacks_fail() -> None:
    """SMS has no events, an unconfigured channel no account: FAILED without a call."""
    stage = Stage()
    send(stage, COMPOSING, "SMS", ADA)
    assert stage.hear("event_delivery_report")[0]["reason"]["code"] == "UNSUPPORTED_OPERATION"
    other = Stage()
    send(other, COMPOSING, "LINE", "U1")
    assert other.hear("event_delivery_report")[0]["reason"]["code"] == "CHANNEL_CONFIGURATION_MISSING"
    assert stage.calls == other.calls == []
