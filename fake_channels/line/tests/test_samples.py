"""What the documented fields compose to is what this channel takes and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.line import wire
from fake_channels.line.tests.calls import Owner, shown

_SAMPLES = Path(__file__).parents[1] / "samples"
_WEBHOOKS: dict[str, Any] = orjson.loads((_SAMPLES / "webhooks.json").read_bytes())
_MESSAGES: dict[str, Any] = orjson.loads((_SAMPLES / "messages.json").read_bytes())
MESSAGES: dict[str, Any] = {name: sample for name, sample in _MESSAGES.items() if name != "title"}


@pytest.mark.parametrize("name", _WEBHOOKS)
def test_sample_webhooks_are_valid(name: str) -> None:
    """And invalid without any of their events' required fields."""
    sample = _WEBHOOKS[name]
    assert sample["source"].startswith("https://")
    assert wire.WEBHOOK.accepts(sample["body"])
    for event in sample["body"]["events"]:
        for field in event:
            shorter = {key: value for key, value in event.items() if key != field}
            assert not wire.WEBHOOK.accepts({**sample["body"], "events": [shorter]}), field


@pytest.mark.parametrize("name", MESSAGES)
def test_sample_messages_are_taken_and_shown(name: str) -> None:
    """Every one."""
    owner = Owner()
    friend = owner.friend()
    owner.push(friend, MESSAGES[name])
    assert len(shown(friend)) == 1
