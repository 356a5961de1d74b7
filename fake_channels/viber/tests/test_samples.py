"""What the documented fields compose to is what this channel takes and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.viber import wire

_SAMPLES = Path(__file__).parents[1] / "samples"
_CALLBACKS: dict[str, Any] = orjson.loads((_SAMPLES / "callbacks.json").read_bytes())
_REQUESTS: dict[str, Any] = orjson.loads((_SAMPLES / "requests.json").read_bytes())


@pytest.mark.parametrize("name", _CALLBACKS)
def test_sample_callbacks_are_valid_and_need_each_of_their_parts(name: str) -> None:
    """Without any required field they are not."""
    told = _CALLBACKS[name]
    assert wire.CALLBACK.accepts(told)
    for field in {"event", "timestamp", "message_token", "user_id", "user", "sender", "message", "desc"} & set(told):
        assert not wire.CALLBACK.accepts({key: value for key, value in told.items() if key != field})


@pytest.mark.parametrize("name", _REQUESTS)
def test_sample_messages_are_taken(name: str) -> None:
    """As the vendor's documents show them."""
    sending = wire.parse_message("send_message", _REQUESTS[name])
    assert sending.receivers == ("b64==",)


def test_there_is_a_sample_of_every_type() -> None:
    """The samples cover the table."""
    assert set(_REQUESTS) == wire.TYPES | {"keyboard"}
