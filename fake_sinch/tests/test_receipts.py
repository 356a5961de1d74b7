"""Receipts: submit, delivery and inbound callbacks, and which metadata goes where."""

import orjson
import pytest

from fake_sinch import contracts
from fake_sinch.state import StoredMessage
from fake_sinch.tests.scene import Scene


def _message(scene: Scene) -> StoredMessage:
    return next(iter(scene.service.state.messages.values()))


def _inbound(scene: Scene, metadata: str = "") -> StoredMessage:
    out = _message(scene)
    conversation = scene.service.state.conversations.get(out.conversation_id)
    return StoredMessage(
        scene.service.ids.ulid(scene.now),
        scene.app_id,
        "TO_APP",
        out.channel,
        out.identity,
        "",
        b'{"text_message":{"text":"yes"}}',
        scene.now,
        conversation_id=out.conversation_id,
        contact_id=out.contact_id,
        metadata=metadata,
        processing_mode=out.processing_mode,
        correlation_id=conversation.correlation_id if conversation else "",
    )


@pytest.mark.parametrize("mode", ["CONVERSATION", "DISPATCH"])
def test_submit_and_delivery(mode: str, submitted: list[StoredMessage]) -> None:
    """Both follow their documents, carry message_metadata as metadata, and come in order."""
    scene = Scene(mode)
    scene.webhook("MESSAGE_SUBMIT", "MESSAGE_DELIVERY")
    scene.send(message_metadata="mine", correlation_id="c1")
    (message,) = submitted
    service = scene.service
    scene.take(service.report_submit(message, message.body, scene.now))
    scene.take(service.report_delivery(message, "QUEUED_ON_CHANNEL", None, scene.now))
    reason = {"code": "CHANNEL_FAILURE", "description": "x"}
    scene.take(service.report_delivery(message, "FAILED", reason, scene.now))
    submit, queued, failed = scene.callbacks()
    assert contracts.violations("callbacks", "MESSAGE_SUBMIT", submit) == ()
    assert contracts.violations("callbacks", "MESSAGE_DELIVERY", queued) == ()
    assert contracts.violations("callbacks", "MESSAGE_DELIVERY", failed) == ()
    assert {c["correlation_id"] for c in (submit, queued, failed)} == {"c1"}
    told = submit["message_submit_notification"]
    assert (told["metadata"], told["processing_mode"]) == ("mine", mode)
    assert told["submitted_message"] == {"text_message": {"text": "hello"}}
    assert (told["contact_id"] == "") == (mode == "DISPATCH")
    assert "reason" not in queued["message_delivery_report"]
    assert failed["message_delivery_report"]["reason"] == {**reason, "sub_code": "UNSPECIFIED_SUB_CODE"}


def test_callback_url_takes_the_receipts_of_its_message(scene: Scene, submitted: list[StoredMessage]) -> None:
    """Receipts of the message go to its callback_url, other messages' to the webhook."""
    scene.webhook("MESSAGE_DELIVERY")
    scene.send(callback_url="https://mine.test/")
    scene.send()
    for message in submitted:
        scene.take(scene.service.report_delivery(message, "DELIVERED", None, scene.now))
    assert [c.url for c in scene.calls] == ["https://mine.test/", "https://subject.test/callback"]


def test_inbound_carries_the_conversations_metadata(scene: Scene) -> None:
    """conversation_metadata of a send returns as message_metadata; message_metadata of a send does not."""
    scene.webhook("MESSAGE_INBOUND")
    scene.send(conversation_metadata={"case": {"id": 7}}, message_metadata="not this", correlation_id="c1")
    scene.take(scene.service.report_inbound(_inbound(scene, '{"operator":"1"}'), scene.now))
    (told,) = scene.callbacks()
    assert contracts.violations("callbacks", "MESSAGE_INBOUND", told) == ()
    assert orjson.loads(told["message_metadata"]) == {"case": {"id": 7}}
    assert told["message"]["metadata"] == '{"operator":"1"}'
    assert told["correlation_id"] == "c1"


def test_report_view_none_leaves_the_metadata_out(scene: Scene) -> None:
    """An app with conversation_metadata_report_view NONE gets an empty string."""
    scene.ask("PATCH", f"/apps/{scene.app_id}", {"conversation_metadata_report_view": "NONE"})
    scene.webhook("MESSAGE_INBOUND")
    scene.send(conversation_metadata={"a": 1})
    scene.take(scene.service.report_inbound(_inbound(scene), scene.now))
    assert scene.callbacks()[0]["message_metadata"] == ""


def test_dispatch_mode_loses_the_metadata(dispatch: Scene) -> None:
    """Without a conversation there is nothing to keep it in."""
    dispatch.webhook("MESSAGE_INBOUND")
    dispatch.send(conversation_metadata={"a": 1})
    dispatch.take(dispatch.service.report_inbound(_inbound(dispatch), dispatch.now))
    (told,) = dispatch.callbacks()
    assert (told["message_metadata"], told["message"]["contact_id"]) == ("", "")


def test_inbound_and_delivery_do_not_wait_for_each_other(scene: Scene, submitted: list[StoredMessage]) -> None:
    """They are separate queues; within each, order holds."""
    scene.webhook("MESSAGE_INBOUND", "MESSAGE_DELIVERY")
    scene.send()
    scene.take(scene.service.report_delivery(submitted[0], "DELIVERED", None, scene.now))
    scene.take(scene.service.report_inbound(_inbound(scene), scene.now))
    scene.take(scene.service.report_delivery(submitted[0], "READ", None, scene.now))
    assert [c.name for c in scene.calls] == ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"]
