"""Receipts by time: a watermark is about what was sent until then."""

from typing import Any

import pytest

from fake_sinch import watermarks
from fake_sinch.state import Credential
from fake_sinch.tests.scene import NOW
from fake_sinch.tests.stage import Stage

PSID = "1234567890"
MESSENGER = Credential("MESSENGER", "static_token", {"token": "t"})


@pytest.fixture
def stage() -> Stage:
    """An app with a Page."""
    made = Stage()
    made.service.state.apps[made.app_id].credentials.append(MESSENGER)
    return made


def _send(stage: Stage, mid: str, identity: str = PSID) -> None:
    stage.send(identity, "MESSENGER")
    stage.reply_to(stage.call(), 200, {"recipient_id": identity, "message_id": mid})


def _tell(stage: Stage, at: int, **event: Any) -> None:
    whole = {"sender": {"id": PSID}, "recipient": {"id": "1"}, "timestamp": at, **event}
    stage.vendor("MESSENGER", {"object": "page", "entry": [{"id": "1", "time": at, "messaging": [whole]}]})


def _states(stage: Stage) -> list[str]:
    return [status for status, _, _ in stage.reports()]


def test_a_read_is_about_everything_until_then(stage: Stage) -> None:
    """What was sent later is not read; a second watermark tells nothing twice."""
    for mid in ("m_1", "m_2", "m_3"):
        _send(stage, mid)
        stage.advance(1_000)
    _send(stage, "m_4", "42")
    assert _states(stage) == ["QUEUED_ON_CHANNEL"] * 4
    _tell(stage, NOW + 5_000, read={"watermark": NOW + 1_000})
    assert _states(stage) == ["READ", "READ"]
    _tell(stage, NOW + 5_000, read={"watermark": NOW + 1_000})
    assert _states(stage) == []
    _tell(stage, NOW + 5_000, read={"watermark": NOW + 2_000})
    assert _states(stage) == ["READ"]
    assert list(stage.service.state.traffic.unread) == [f"{stage.app_id} MESSENGER 42"]


def test_deliveries_by_id_and_by_time(stage: Stage) -> None:
    """A delivery by time leaves the read to come."""
    _send(stage, "m_1")
    _send(stage, "m_2")
    stage.heard.clear()
    _tell(stage, NOW, delivery={"mids": ["m_1"], "watermark": NOW})
    assert _states(stage) == ["DELIVERED"]
    _tell(stage, NOW, delivery={"watermark": NOW})
    assert _states(stage) == ["DELIVERED"]
    _tell(stage, NOW, read={"watermark": NOW})
    assert _states(stage) == ["READ", "READ"]


def test_a_refused_part_waits_for_no_read(stage: Stage) -> None:
    """Only what was accepted is remembered, and of other channels nothing."""
    stage.send(PSID, "MESSENGER")
    stage.reply_to(stage.call(), 400, {"error": {"code": 551, "error_subcode": 1545041, "message": "gone"}})
    assert stage.reports() == [("FAILED", "MESSENGER", "RECIPIENT_NOT_REACHABLE")]
    stage.send()
    stage.accept()
    assert stage.service.state.traffic.unread == {}


def test_not_everything_is_remembered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one customer, so much."""
    monkeypatch.setattr(watermarks, "_KEPT", 2)
    for mid in ("m_1", "m_2", "m_3"):
        _send(stage, mid)
    stage.heard.clear()
    _tell(stage, NOW, read={"watermark": NOW})
    assert _states(stage) == ["READ", "READ"]
