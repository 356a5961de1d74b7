"""The stage of this channel's tests."""

from __future__ import annotations

import pytest

from fake_channels.instagram.tests.calls import Shop


@pytest.fixture
def shop() -> Shop:
    """Somebody who holds an account, with a webhook."""
    return Shop()
