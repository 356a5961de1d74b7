"""The samples are what this channel takes and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.viberbm import limits, wire

_SAMPLES = Path(__file__).parents[1] / "samples"
_CALLBACKS: dict[str, Any] = orjson.loads((_SAMPLES / "callbacks.json").read_bytes())
_REQUESTS: dict[str, Any] = orjson.loads((_SAMPLES / "requests.json").read_bytes())


@pytest.mark.parametrize("name", _CALLBACKS)
def test_sample_callbacks_are_valid_and_need_each_of_their_parts(name: str) -> None:
    """Without any required field they are not, and neither with one that nobody knows."""
    told = _CALLBACKS[name]
    assert wire.CALLBACK.accepts(told)
    assert not wire.CALLBACK.accepts({**told, "extra": 1})
    for field in {"event", "service_id", "msisdn", "ts", "message_token", "status", "session_id"} & set(told):
        assert not wire.CALLBACK.accepts({key: value for key, value in told.items() if key != field})


@pytest.mark.parametrize("name", _REQUESTS)
def test_sample_messages_are_taken(name: str) -> None:
    """As public clients send them."""
    sending = wire.parse_send(_REQUESTS[name])
    assert (sending.dest, sending.seq) == ("15550100", 1)


def test_there_is_a_sample_of_every_content() -> None:
    """The samples cover the table."""
    contents = {limits.TYPES[int(name)].content for name in _REQUESTS}
    assert contents == {rule.content for rule in limits.TYPES.values()}
