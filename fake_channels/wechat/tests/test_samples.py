"""What the documented fields compose to is what this channel takes and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.wechat import markup, wire

_SAMPLES = Path(__file__).parents[1] / "samples"


def _documents(name: str) -> list[bytes]:
    lines = (_SAMPLES / name).read_bytes().splitlines()
    return [line for line in lines if line.startswith(b"<xml>")]


@pytest.mark.parametrize("document", _documents("callbacks.xml"))
def test_sample_callbacks_are_valid(document: bytes) -> None:
    """And invalid without what all of them have."""
    fields = markup.parse(document)
    assert wire.accepts_callback(fields)
    for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType"):
        assert not wire.accepts_callback({key: value for key, value in fields.items() if key != name})


@pytest.mark.parametrize("document", _documents("replies.xml"))
def test_sample_replies_are_understood(document: bytes) -> None:
    """Each shows something."""
    content = wire.parse_reply(markup.parse(document))
    assert content is not None
    assert content.item.text or content.media


@pytest.mark.parametrize("body", orjson.loads((_SAMPLES / "sends.json").read_bytes()))
def test_sample_sends_are_understood(body: dict[str, Any]) -> None:
    """Each shows something."""
    sending = wire.parse_send(body)
    assert sending.openid == "OPENID"
    assert sending.content.item.text or sending.content.media
