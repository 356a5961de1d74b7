"""Delivery as playbooks: what is sent where, when it is tried again, and what the app is told."""

from itertools import pairwise
from typing import Any

import orjson
import pytest

from fake_sinch import pipeline
from fake_sinch.errors import Refusal
from fake_sinch.tests.stage import ADA, PAT, Stage, unlimited

BOTH: dict[str, Any] = {
    "recipient": {
        "identified_by": {
            "channel_identities": [
                {"channel": "WHATSAPP", "identity": ADA},
                {"channel": "SMS", "identity": ADA},
            ]
        }
    }
}
LIST = {"list_message": {"title": "t", "sections": [{"title": "s", "items": [{"choice": {"title": "One"}}]}]}}
YES_NO = {
    "choice_message": {
        "text_message": {"text": "Sure?"},
        "choices": [{"text_message": {"text": "Yes"}, "postback_data": "y"}, {"text_message": {"text": "No"}}],
    }
}


def extra(stage: Stage, **fields: Any) -> None:
    """Set fields of the app."""
    stage.service.state.apps[stage.app_id].extra |= fields


def test_submit_then_acceptance_then_receipts() -> None:
    """The app hears of the attempt, of the acceptance, of delivery and of reading, in this order."""
    stage = Stage()
    sent = stage.send()
    (submitted,) = stage.hear("message_submit_notification")
    assert submitted["message_id"] == sent["message_id"]
    assert submitted["submitted_message"] == {"text_message": {"text": "hello"}}
    assert submitted["channel_identity"] == {"channel": "WHATSAPP", "identity": ADA, "app_id": ""}
    call = stage.accept()
    assert call.url == "http://wa.test/v23.0/WA/messages"
    assert call.ids == (sent["message_id"],)
    stage.whatsapp_status("sent")
    stage.whatsapp_status("delivered")
    stage.whatsapp_status("read")
    assert stage.reports() == [
        ("QUEUED_ON_CHANNEL", "WHATSAPP", ""),
        ("DELIVERED", "WHATSAPP", ""),
        ("READ", "WHATSAPP", ""),
    ]
    assert stage.calls == []


def test_states_never_go_back() -> None:
    """READ without DELIVERED is told; what comes after it, or again, is not."""
    stage = Stage()
    stage.send()
    stage.accept()
    stage.reports()
    stage.whatsapp_status("read")
    for late in ("delivered", "read", "sent", "failed"):
        stage.whatsapp_status(late, code=131026 if late == "failed" else 0)
    assert stage.reports() == [("READ", "WHATSAPP", "")]


def test_status_before_the_answer_is_kept() -> None:
    """A channel may report before its own answer has arrived; the report is told after the acceptance."""
    stage = Stage()
    stage.send()
    stage.whatsapp_status("delivered")
    assert stage.reports() == []
    stage.accept()
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WHATSAPP", ""), ("DELIVERED", "WHATSAPP", "")]


def test_statuses_of_strangers_are_bounded_and_ignored() -> None:
    """Statuses of messages nobody sent tell nothing and do not pile up."""
    stage = Stage()
    for n in range(1100):
        stage.whatsapp_status("delivered", f"wamid.unknown{n}")
    assert stage.heard == []
    assert len(stage.service.state.traffic.early) == 1000


def test_last_channel_fails_with_its_reason() -> None:
    """A refused send ends in FAILED with the channel's reason."""
    stage = Stage()
    stage.send()
    stage.reply_to(stage.call(), 400, {"error": {"code": 131009, "message": "bad"}})
    assert stage.reports() == [("FAILED", "WHATSAPP", "BAD_REQUEST")]
    assert stage.calls == []


def test_late_failure_of_an_accepted_message() -> None:
    """The closed window shows after acceptance, as a failed status."""
    stage = Stage()
    stage.send()
    stage.accept()
    stage.reports()
    stage.whatsapp_status("failed", code=131047)
    assert stage.reports() == [("FAILED", "WHATSAPP", "OUTSIDE_ALLOWED_SENDING_WINDOW")]


def test_failover_switches_the_channel() -> None:
    """A failing channel is reported with its reason, then the next is tried under the same id."""
    stage = Stage()
    sent = stage.send(**BOTH)
    stage.accept()
    stage.heard.clear()
    stage.whatsapp_status("failed", code=131026)
    call = stage.call()
    assert call.url == "http://sms.test/xms/v1/plan/batches"
    assert orjson.loads(call.body)["body"] == "hello"
    switched, submitted = stage.heard
    assert switched["message_delivery_report"]["status"] == "SWITCHING_CHANNEL"
    assert switched["message_delivery_report"]["reason"]["code"] == "RECIPIENT_NOT_REACHABLE"
    assert switched["message_delivery_report"]["channel_identity"]["channel"] == "WHATSAPP"
    assert submitted["message_submit_notification"]["message_id"] == sent["message_id"]
    assert submitted["message_submit_notification"]["channel_identity"]["channel"] == "SMS"
    stage.heard.clear()
    stage.accept("B1")
    stage.whatsapp_status("delivered")
    stage.vendor(
        "SMS",
        {"type": "recipient_delivery_report_sms", "batch_id": "B1", "status": "Delivered", "code": 0, "at": ""},
    )
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "SMS", ""), ("DELIVERED", "SMS", "")]


def test_outage_is_retried_until_the_cut_off() -> None:
    """A channel that does not answer is tried again with growing waits, at the cut-off for the last time."""
    stage = Stage()
    extra(stage, message_retry_settings={"retry_duration": 30})
    stage.send()
    started, tries = stage.now, [stage.now]
    while stage.calls:
        stage.reply_to(stage.call(), 503)
        if stage.wakes:
            stage.advance(min(w.at for w in stage.wakes) - stage.now)
            tries.append(stage.now)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert len(tries) >= 4
    assert tries[-1] == started + 30_000
    assert 500 <= waits[0] < 1500
    assert all(500 * 2**n <= wait < 1500 * 2**n for n, wait in enumerate(waits[:-1]))
    assert stage.reports() == [("FAILED", "WHATSAPP", "CHANNEL_FAILURE")]


def test_retry_succeeds() -> None:
    """A channel that recovers gets the message once more and accepts it."""
    stage = Stage()
    stage.send()
    stage.reply_to(stage.call(), 0)
    assert stage.calls == []
    stage.advance(2_000)
    stage.accept()
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WHATSAPP", "")]
    assert stage.wakes == []


def test_the_wait_that_was_asked_for_is_kept() -> None:
    """A throttling channel is not called before the time it named."""
    stage = Stage()
    stage.send(PAT, "TELEGRAM")
    stage.reply_to(stage.call(), 429, {"ok": False, "error_code": 429, "parameters": {"retry_after": 20}})
    stage.advance(19_999)
    assert stage.calls == []
    stage.advance(1)
    assert stage.call().name == "sendMessage"


def test_expiry_ends_without_failover() -> None:
    """A message whose time to live ends before acceptance fails; the next channel is not tried."""
    stage = Stage()
    stage.send(ttl="10s", **BOTH)
    stage.reply_to(stage.call(), 503)
    stage.advance(10_000)
    while stage.calls:
        stage.reply_to(stage.call(), 503)
        stage.advance(10_000)
    assert stage.reports() == [("FAILED", "WHATSAPP", "DELIVERY_TIMED_OUT")]
    assert stage.wakes == []


def test_expiry_after_acceptance_changes_nothing() -> None:
    """Once the channel has the message its own rules hold."""
    stage = Stage()
    stage.send(ttl="10s")
    stage.accept()
    stage.reports()
    stage.advance(10_000)
    assert stage.reports() == []


def test_missing_report_falls_back() -> None:
    """Where the app has it, a message without DELIVERED or READ in time goes to the next channel."""
    stage = Stage()
    extra(stage, delivery_report_based_fallback={"enabled": True, "delivery_report_waiting_time": 60})
    stage.send(**BOTH)
    stage.accept()
    stage.reports()
    stage.advance(59_999)
    assert stage.reports() == []
    stage.advance(1)
    assert stage.reports() == [("SWITCHING_CHANNEL", "WHATSAPP", "DELIVERY_TIMED_OUT")]
    assert stage.call().target == "sms"


def test_report_in_time_keeps_the_channel() -> None:
    """A delivery report, and the lack of a next channel, keep the message where it is."""
    stage = Stage()
    extra(stage, delivery_report_based_fallback={"enabled": True, "delivery_report_waiting_time": 60})
    stage.send(**BOTH)
    stage.accept()
    stage.whatsapp_status("delivered")
    stage.send()
    stage.accept("wamid.MT2")
    stage.reports()
    stage.advance(60_000)
    assert stage.reports() == []
    assert stage.calls == []


def test_channel_without_credentials_is_skipped() -> None:
    """A channel that the app lost is reported as such, without an attempt, and the next is tried."""
    stage = Stage()
    app = stage.service.state.apps[stage.app_id]
    app.credentials = [credential for credential in app.credentials if credential.channel != "WHATSAPP"]
    stage.send(**BOTH)
    assert [report["status"] for report in stage.hear("message_delivery_report")] == ["SWITCHING_CHANNEL"]
    assert stage.call().target == "sms"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (LIST, "UNSUPPORTED_OPERATION"),
        ({"text_message": {"text": "x" * 2001}}, "BAD_REQUEST"),
        (
            {"template_message": {"channel_template": {"WHATSAPP": {"template_id": "t"}}}},
            "TEMPLATE_NOT_FOUND",
        ),
        ({"text_message": {"text": "x"}, "explicit_channel_message": {"SMS": "no json"}}, "BAD_REQUEST"),
    ],
)
def test_second_stage_refusals(message: dict[str, Any], code: str) -> None:
    """What the channel cannot take fails after the attempt was announced, without a call."""
    stage = Stage()
    stage.service.state.webhooks.clear()
    stage.webhook("MESSAGE_SUBMIT", "MESSAGE_DELIVERY")
    body = {"app_id": stage.app_id, "message": message}
    recipient = {"identified_by": {"channel_identities": [{"channel": "SMS", "identity": ADA}]}}
    stage.ask("POST", "/messages:send", body | {"recipient": recipient})
    assert [next(iter(set(told) & KEYS)) for told in stage.heard] == [
        "message_submit_notification",
        "message_delivery_report",
    ]
    assert stage.reports() == [("FAILED", "SMS", code)]
    assert stage.calls == []


KEYS = {"message_submit_notification", "message_delivery_report"}


def test_media_of_unknown_type_are_asked_for() -> None:
    """A link whose name tells no type is asked with HEAD, then sent as what its server says it is."""
    stage = Stage()
    stage.send(message={"media_message": {"url": "https://bridge.test/file/token"}})
    probe = stage.call()
    assert (probe.method, probe.target, probe.url) == ("HEAD", "media", "https://bridge.test/file/token")
    stage.reply_to(probe, 200, content_type="image/png")
    stage.calls.append(probe)
    stage.reply_to(probe, 404)
    assert orjson.loads(stage.accept().body)["image"] == {"link": "https://bridge.test/file/token"}
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WHATSAPP", "")]


def test_server_without_head_serves_documents() -> None:
    """A server that does not answer HEAD leaves the file a document."""
    stage = Stage()
    stage.send(message={"media_message": {"url": "https://bridge.test/file/token"}})
    stage.reply_to(stage.call(), 405)
    assert orjson.loads(stage.call().body)["type"] == "document"


@pytest.mark.parametrize("status", [0, 404, 500])
def test_unreachable_media_fail(status: int) -> None:
    """A file that cannot be asked for fails the channel with the vendor's own sentence."""
    stage = Stage()
    stage.send(message={"media_message": {"url": "https://bridge.test/file/token"}})
    stage.reply_to(stage.call(), status)
    (report,) = stage.hear("message_delivery_report")
    assert report["reason"]["code"] == "MEDIA_NOT_REACHABLE"
    assert report["reason"]["description"].startswith("The provided media [https://bridge.test/file/token] responded")


def test_sms_links_are_not_asked_for() -> None:
    """Where media become a link their type does not matter."""
    stage = Stage()
    stage.send(ADA, "SMS", message={"media_message": {"url": "https://bridge.test/file/token"}})
    assert orjson.loads(stage.call().body)["body"] == "https://bridge.test/file/token"


LONG_CARD = {
    "card_message": {
        "title": "Title",
        "description": "x" * 1024,
        "media_message": {"url": "https://m.example/a.jpg"},
        "choices": [{"call_message": {"title": "Ring", "phone_number": "+46700000009"}}],
    }
}


def test_parts_are_one_message() -> None:
    """A message of two parts is sent in order and has come as far as the slower of them."""
    stage = Stage()
    stage.send(message=LONG_CARD)
    assert orjson.loads(stage.accept("wamid.1").body)["type"] == "image"
    assert stage.reports() == []
    assert orjson.loads(stage.accept("wamid.2").body)["type"] == "text"
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WHATSAPP", "")]
    stage.whatsapp_status("read", "wamid.1")
    assert stage.reports() == []
    stage.whatsapp_status("delivered", "wamid.2")
    assert stage.reports() == [("DELIVERED", "WHATSAPP", "")]
    stage.whatsapp_status("delivered", "wamid.1")
    stage.whatsapp_status("read", "wamid.2")
    assert stage.reports() == [("READ", "WHATSAPP", "")]


def test_one_failing_part_fails_the_message() -> None:
    """When one part of two fails, the message has failed; the other part's reports change nothing."""
    stage = Stage()
    stage.send(message=LONG_CARD)
    stage.accept("wamid.1")
    stage.accept("wamid.2")
    stage.reports()
    stage.whatsapp_status("failed", "wamid.1", code=131053)
    stage.whatsapp_status("delivered", "wamid.2")
    assert stage.reports() == [("FAILED", "WHATSAPP", "MEDIA_NOT_REACHABLE")]


def test_queue_is_drained_at_the_apps_rate() -> None:
    """One second's worth leaves at once, the rest at 20 a second, none lost."""
    stage = Stage()
    for n in range(50):
        stage.send(f"467000000{n:02}")
    assert len(stage.calls) == 20
    assert pipeline.queued(stage.service, stage.app_id) == 30
    stage.advance(500)
    assert len(stage.calls) == 30
    stage.advance(1_000)
    assert len(stage.calls) == 50
    assert pipeline.queued(stage.service, stage.app_id) == 0


def test_high_priority_overtakes() -> None:
    """A message of high priority leaves before those of normal priority that wait."""
    stage = Stage()
    for n in range(22):
        stage.send(f"467000000{n:02}")
    stage.send("46799999999", queue="HIGH_PRIORITY")
    stage.calls.clear()
    stage.advance(60)
    assert orjson.loads(stage.call().body)["to"] == "46799999999"


def test_idle_summary_names_what_waits() -> None:
    """What waits for its turn, and what is being sent, is said in sentences; a settled service says nothing."""
    stage = Stage()
    stage.send()
    assert any("is being sent to WHATSAPP" in line for line in stage.service.idle_summary())
    stage.accept()
    assert stage.service.idle_summary() == []


def test_delivery_survives_a_snapshot() -> None:
    """A world restored between call and answer, or between tries, goes on as if nothing had happened."""
    stage = Stage()
    stage.send()
    stage.restart()
    stage.reply_to(stage.call(), 503)
    stage.restart()
    stage.advance(2_000)
    stage.restart()
    stage.accept()
    stage.restart()
    stage.whatsapp_status("delivered")
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WHATSAPP", ""), ("DELIVERED", "WHATSAPP", "")]


def test_outdated_answers_are_ignored() -> None:
    """An answer that comes a second time changes nothing."""
    stage = Stage(rates=unlimited())
    stage.send()
    call = stage.accept()
    stage.reports()
    stage.calls.append(call)
    stage.reply_to(call, 400, {"error": {"code": 100}})
    assert stage.reports() == []


def test_transcode_shows_the_channels_json() -> None:
    """`messages:transcode` gives each channel's own JSON, with the placeholder unless a recipient is given."""
    stage = Stage()
    body = {"app_id": stage.app_id, "app_message": YES_NO, "channels": ["WHATSAPP", "SMS"]}
    told = stage.ask("POST", "/messages:transcode", body)["transcoded_message"]
    assert orjson.loads(told["WHATSAPP"])["to"] == "{{to}}"
    assert orjson.loads(told["WHATSAPP"])["interactive"]["body"] == {"text": "Sure?"}
    assert orjson.loads(told["SMS"])["body"] == "Sure?\n\n> YES\n> NO"
    told = stage.ask("POST", "/messages:transcode", body | {"to": ADA})["transcoded_message"]
    assert orjson.loads(told["WHATSAPP"])["to"] == ADA


def test_transcode_refuses_what_it_cannot_show() -> None:
    """A channel without an adapter, and a message the channel cannot take, are refused."""
    stage = Stage()
    with pytest.raises(Refusal):
        pipeline.transcode(stage.service, "KAKAOTALK", YES_NO, "", "")
    with pytest.raises(Refusal):
        pipeline.transcode(stage.service, "SMS", {"list_message": {"title": "t"}}, "", "")
    with pytest.raises(Refusal):
        pipeline.transcode(stage.service, "SMS", {"explicit_channel_message": {"SMS": "no"}}, "", "")


def test_credentials_lost_between_tries() -> None:
    """A channel that the app lost while it was retried fails as not configured."""
    stage = Stage()
    stage.send()
    stage.reply_to(stage.call(), 503)
    stage.service.state.apps[stage.app_id].credentials.clear()
    stage.advance(2_000)
    assert stage.reports() == [("FAILED", "WHATSAPP", "CHANNEL_CONFIGURATION_MISSING")]


def test_app_deleted_while_a_message_waits() -> None:
    """A message whose app is gone when its turn comes fails, and nothing is called."""
    stage = Stage()
    for n in range(21):
        stage.send(f"467000000{n:02}")
    stage.calls.clear()
    del stage.service.state.apps[stage.app_id]
    stage.advance(100)
    assert stage.calls == []
    waiting = [m for m in stage.service.state.messages.values() if m.sending and m.sending.status == "FAILED"]
    assert len(waiting) == 1


def test_deleted_messages_are_not_sent() -> None:
    """A message that was deleted while it waited, or was being tried, is not sent any more."""
    stage = Stage()
    sent = stage.send()
    stage.reply_to(stage.call(), 503)
    del stage.service.state.messages[sent["message_id"]]
    stage.advance(10_000)
    assert stage.calls == []
    assert stage.service.idle_summary() == []
