"""The cases that hold for every channel, over callbacks that are XML."""

from __future__ import annotations

import pytest

from fake_channels.registry import CHANNELS
from fake_channels.tests.conftest import rows, stage  # noqa: F401  fixtures of the cases
from fake_channels.tests.receiver import Received
from fake_channels.tests.test_every_channel import *  # noqa: F403  the cases
from fake_channels.wechat import CHANNEL
from fake_channels.wechat.tests.rows import read


@pytest.fixture
def channel_name() -> str:
    """This one alone."""
    return CHANNEL.name


@pytest.fixture(autouse=True)
def _xml(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite reads callbacks as this channel writes them."""
    monkeypatch.setitem(CHANNELS, CHANNEL.name, CHANNEL)
    monkeypatch.setattr(Received, "json", read)
