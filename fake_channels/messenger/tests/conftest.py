"""The stage of this channel's tests."""

from __future__ import annotations

import pytest

from fake_channels.messenger.tests.calls import Page


@pytest.fixture
def page() -> Page:
    """Somebody who holds a Page, with a webhook."""
    return Page()
