"""The stage of the family: each of its channels, with somebody who holds the account."""

from __future__ import annotations

import pytest

from fake_channels.meta.tests.calls import FAMILY, Business


@pytest.fixture(params=FAMILY)
def business(request: pytest.FixtureRequest) -> Business:
    """Somebody who holds an account, with a webhook."""
    return Business(FAMILY[request.param])
