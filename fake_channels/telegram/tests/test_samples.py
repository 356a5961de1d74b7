"""What the documented fields compose to is what this channel takes and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from fake_channels.core.http import HttpRequest
from fake_channels.core.schemas import checkers
from fake_channels.telegram import wire
from fake_channels.telegram.parameters import read

_SAMPLES = Path(__file__).parents[1] / "samples"
_UPDATES: dict[str, Any] = orjson.loads((_SAMPLES / "updates.json").read_bytes())
_REQUESTS: dict[str, Any] = orjson.loads((_SAMPLES / "requests.json").read_bytes())
_SCHEMAS = checkers("fake_channels.telegram", "methods.json")


@pytest.mark.parametrize("name", _UPDATES)
def test_sample_updates_are_valid(name: str) -> None:
    """And invalid without any of their parts' required fields."""
    update = _UPDATES[name]
    assert wire.WEBHOOK.accepts(update)
    kind = next(key for key in update if key != "update_id")
    for field in ("chat", "date", "chat_instance"):
        if field in update[kind]:
            assert not wire.WEBHOOK.accepts({**update, kind: {k: v for k, v in update[kind].items() if k != field}})


@pytest.mark.parametrize("method", _REQUESTS)
def test_sample_requests_are_valid_and_read_alike_from_json_and_from_a_form(method: str) -> None:
    """Every parameter is known, and none is lost."""
    sample = _REQUESTS[method]
    assert _SCHEMAS[method].accepts(sample)
    headers = {"content-type": "application/json"}
    args, _ = read(method, HttpRequest("POST", "/", headers=headers, body=orjson.dumps(sample)))
    assert set(args) == set(sample)
    fields = {key: one if isinstance(one, str) else orjson.dumps(one).decode() for key, one in sample.items()}
    assert read(method, HttpRequest("GET", "/", raw_query=urlencode(fields)))[0] == args
    if "reply_markup" in args:
        wire.parse_keyboard(args["reply_markup"])
