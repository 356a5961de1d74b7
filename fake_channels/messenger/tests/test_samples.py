"""What the documented fields compose to is what this channel takes and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.messenger import wire
from fake_channels.messenger.rules import PLATFORM
from fake_channels.meta import sending

_SAMPLES = Path(__file__).parents[1] / "samples"
_WEBHOOKS: dict[str, Any] = orjson.loads((_SAMPLES / "webhooks.json").read_bytes())
_REQUESTS: dict[str, Any] = orjson.loads((_SAMPLES / "requests.json").read_bytes())


@pytest.mark.parametrize("name", _WEBHOOKS)
def test_sample_webhooks_are_valid(name: str) -> None:
    """And invalid without either end, the time, or what happened."""
    sample = _WEBHOOKS[name]
    assert wire.WEBHOOK.accepts(sample)
    event = sample["entry"][0]["messaging"][0]
    for part in event:
        entry = {**sample["entry"][0], "messaging": [{key: one for key, one in event.items() if key != part}]}
        assert not wire.WEBHOOK.accepts({**sample, "entry": [entry]}), part


def test_there_is_a_sample_for_every_schema() -> None:
    """No kind of message is left out."""
    assert set(_REQUESTS) == set(wire.SEND)


@pytest.mark.parametrize("kind", _REQUESTS)
def test_sample_requests_are_valid(kind: str) -> None:
    """And understood as what they are."""
    sample = _REQUESTS[kind]
    assert wire.SEND[kind].accepts(sample)
    understood = sending.parse(sample, {}, wire.SEND, PLATFORM)
    assert understood.to == sample["recipient"]["id"]
    assert (understood.item is None) is (kind == "action")
    assert not wire.SEND[kind].accepts({key: one for key, one in sample.items() if key != "recipient"})
